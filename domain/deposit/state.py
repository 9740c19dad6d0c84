"""Where each passage of a queue stands: the fold of its events."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import date
from itertools import takewhile
from typing import Any, Literal, NamedTuple

from domain.aggregate import Standing
from domain.certificate import AwardKind
from domain.deposit import events as e
from domain.records import Fact, Recorded
from domain.settling import EffectSettled, apply_settled

PassageStatus = Literal["waiting", "sent", "accepted", "rejected", "dropped", "to_suppress", "suppressed"]

DEPOSITED = frozenset({"accepted", "to_suppress", "suppressed"})
"""What was accepted once is never deposited again."""


class Passage(NamedTuple):
    """One award on its way to the Caisse des Dépôts, as events up to ``version`` leave it.

    ``flux``: the file it went into last; ``tries``: how many it went into. ``fault``: the kind of the last rejection,
    ``identity`` whether that is one of who it is about, ``told_in`` the event that holds its words. ``withdrawn``: the
    basis on which the award was withdrawn. ``asked``: whom the identity was asked of and did not come from yet.
    """

    number: str
    award: str
    pathway: str
    person: str
    scheme_id: str
    scheme_hash: str
    kind: AwardKind
    block: str
    route: str
    awarded_on: date
    valid_until: date | None
    version: int
    status: PassageStatus = "waiting"
    flux: str = ""
    tries: int = 0
    fault: str = ""
    identity: bool = False
    told_in: int | None = None
    since: date = date.min
    withdrawn: str = ""
    asked: str = ""
    erased: bool = False


class Flux(NamedTuple):
    """One file: when it was written, what is in it, and how many of its passages are unanswered."""

    digest: str
    on: date
    numbers: tuple[str, ...]
    unanswered: int
    abandoned: bool = False


@dataclass(slots=True)
class Deposit(Standing):
    """One queue. ``receipts``: treatment -> digest; ``read``: the parts of them that were; ``rows``: for the view."""

    status: Literal["", "open"] = ""
    certifier: str = ""
    passages: dict[str, Passage] = field(default_factory=dict)
    fluxes: dict[str, Flux] = field(default_factory=dict)
    receipts: dict[str, str] = field(default_factory=dict)
    read: set[tuple[str, int]] = field(default_factory=set)
    rows: dict[str, dict[str, Any]] = field(default_factory=dict)

    def changed(self, since: int) -> tuple[dict[str, Any], ...]:
        """The rows that events after ``since`` changed."""
        return tuple(takewhile(lambda row: bool(row["version"] > since), reversed(self.rows.values())))

    def of_pathway(self, pathway: str) -> list[Passage]:
        """The passages of one pathway."""
        return [passage for passage in self.passages.values() if passage.pathway == pathway]

    def change(self, record: Recorded, number: str, **changes: Any) -> Passage:
        """A passage as an event leaves it."""
        if "status" in changes:
            changes.setdefault("since", record.fact.on)
        passage = self.passages[number]._replace(version=record.version, **changes)
        self.put(passage)
        return passage

    def put(self, passage: Passage) -> None:
        """Keep a passage, and its row: thousands of rows are not made anew for each event.

        What changed last stands last, so that it is found without looking at all the others.
        """
        self.passages.pop(passage.number, None)
        self.rows.pop(passage.number, None)
        self.passages[passage.number] = passage
        self.rows[passage.number] = {
            "number": passage.number,
            "pathway_id": passage.pathway,
            "person_id": passage.person,
            "scheme_id": passage.scheme_id,
            "scheme_hash": passage.scheme_hash,
            "kind": passage.kind,
            "block": passage.block or None,
            "route": passage.route,
            "awarded_on": passage.awarded_on,
            "valid_until": passage.valid_until,
            "status": passage.status,
            "flux": passage.flux or None,
            "tries": passage.tries,
            "fault": passage.fault or None,
            "told_in": passage.told_in,
            "version": passage.version,
        }


def _opened(state: Deposit, record: Recorded, fact: e.DepositOpened) -> None:
    state.scheme_hash, state.certifier = fact.scheme_hash, fact.certifier
    state.status = "open"
    state.reached("opened", record)


def _queued(state: Deposit, record: Recorded, fact: e.PassageQueued) -> None:
    told = fact.model_dump(exclude={"kind", "on", "kind_of_award"})
    state.put(Passage(**told, kind=fact.kind_of_award, version=record.version, since=fact.on))


def _tell(state: Deposit, record: Recorded, passage: Passage, status: Literal["accepted", "rejected"]) -> None:
    """Tell the pathway what became of its award."""
    if passage.erased:
        return
    command = {
        "kind": "note_deposit",
        "number": passage.number,
        "award": passage.award,
        "status": status,
        "fault": passage.fault,
        "identity": passage.identity,
    }
    state.owe(record, f"deposit-{passage.number}", kind="deliver", target=passage.pathway, command=command)


def _requested(state: Deposit, record: Recorded, fact: e.IdentityRequested) -> None:
    state.change(record, fact.number, asked=fact.of)
    command = {"kind": "ask_identity", "number": fact.number, "of": fact.of, "faults": fact.faults}
    state.owe(record, "identity", kind="deliver", target=fact.pathway, command=command)


def _noted(state: Deposit, record: Recorded, fact: e.IdentityNoted) -> None:
    for passage in state.of_pathway(fact.pathway):
        if passage.number in fact.numbers:
            state.change(record, passage.number, status="waiting", asked="")
        elif passage.asked:
            state.change(record, passage.number, asked="")


def _written(state: Deposit, record: Recorded, fact: e.FluxWritten) -> None:
    state.fluxes[fact.flux] = Flux(fact.digest, fact.on, fact.numbers, len(fact.numbers))
    for number in fact.numbers:
        tries = state.passages[number].tries + 1
        state.change(record, number, status="sent", flux=fact.flux, tries=tries, fault="", identity=False, told_in=None)


def _abandoned(state: Deposit, record: Recorded, fact: e.FluxAbandoned) -> None:
    state.fluxes[fact.flux] = state.fluxes[fact.flux]._replace(unanswered=0, abandoned=True)
    for number in fact.numbers:
        _untaken(state, record, number, "waiting")


def _untaken(state: Deposit, record: Recorded, number: str, status: PassageStatus, **changes: Any) -> Passage:
    """A passage that was not taken: nobody needs it any more where the award, or the person, is gone."""
    passage = state.passages[number]
    gone = passage.withdrawn or passage.erased
    return state.change(record, number, status="dropped" if gone else status, **changes)


def _read(state: Deposit, record: Recorded, fact: e.ReceiptRead) -> None:
    state.receipts[fact.treatment] = fact.digest
    state.read.add((fact.treatment, fact.part))
    for number in fact.accepted:
        passage = state.passages[number]
        if passage.status in DEPOSITED:
            continue
        _answered(state, passage)
        status: PassageStatus = "to_suppress" if passage.withdrawn else "accepted"
        passage = state.change(record, number, status=status, flux=fact.flux, fault="", identity=False, told_in=None)
        _tell(state, record, passage, "accepted")
    for rejection in fact.rejected:
        passage = state.passages[rejection.number]
        if passage.status != "sent" or passage.flux != fact.flux:
            continue
        _answered(state, passage)
        fault = {"fault": rejection.code, "identity": rejection.identity, "told_in": record.version}
        passage = _untaken(state, record, rejection.number, "rejected", **fault)
        if passage.status == "rejected":
            _tell(state, record, passage, "rejected")


def _answered(state: Deposit, passage: Passage) -> None:
    """One more passage of the file that it is in has its answer."""
    if passage.status == "sent":
        flux = state.fluxes[passage.flux]
        state.fluxes[passage.flux] = flux._replace(unanswered=flux.unanswered - 1)


def _retried(state: Deposit, record: Recorded, fact: e.PassagesRetried) -> None:
    for number in fact.numbers:
        state.change(record, number, status="waiting")


def _withdrawn(state: Deposit, record: Recorded, fact: e.PassageWithdrawn) -> None:
    status = state.passages[fact.number].status
    if status == "accepted":
        state.change(record, fact.number, status="to_suppress", withdrawn=fact.basis)
    elif status in ("waiting", "rejected"):
        state.change(record, fact.number, status="dropped", withdrawn=fact.basis)
    else:
        state.change(record, fact.number, withdrawn=fact.basis)


def _suppressed(state: Deposit, record: Recorded, fact: e.PassagesSuppressed) -> None:
    for number in fact.numbers:
        state.change(record, number, status="suppressed")


def _erased(state: Deposit, record: Recorded, fact: e.TitularErased) -> None:
    for number in fact.numbers:
        if state.passages[number].status in ("waiting", "rejected"):
            state.change(record, number, status="dropped", asked="", erased=True)
        else:
            state.change(record, number, asked="", erased=True)


_APPLY: dict[type[Fact], Callable[[Deposit, Recorded, Any], None]] = {
    e.DepositOpened: _opened,
    e.PassageQueued: _queued,
    e.IdentityRequested: _requested,
    e.IdentityNoted: _noted,
    e.FluxWritten: _written,
    e.FluxAbandoned: _abandoned,
    e.ReceiptRead: _read,
    e.PassagesRetried: _retried,
    e.PassageWithdrawn: _withdrawn,
    e.PassagesSuppressed: _suppressed,
    e.TitularErased: _erased,
    EffectSettled: lambda state, record, fact: apply_settled(state, fact),
}


def apply(state: Deposit, record: Recorded) -> None:
    """Advance ``state`` in place by one event. Total over the queue's facts."""
    _APPLY[type(record.fact)](state, record, record.fact)
