"""Where a sitting stands: the fold of its events."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from datetime import date
from typing import Any, Literal, NamedTuple

from domain import mails
from domain.aggregate import Standing
from domain.attendance import Seat, counting
from domain.deadlines import Milestone
from domain.people import College, MemberFacts, TieFacts
from domain.records import Fact, Recorded, Sealed
from domain.scheme.conduct import SittingConduct
from domain.settling import (
    DeadlineMissed,
    EffectSettled,
    ReminderDue,
    apply_missed,
    apply_reminder,
    apply_settled,
)
from domain.sitting import convocation
from domain.sitting import events as e
from domain.sitting.minutes import KEPT, Minute


class Decision(NamedTuple):
    """What was decided on a dossier, in event ``version``, ``by`` which members; empty where nobody recorded them."""

    version: int
    fact: e.DossierDecided
    by: tuple[str, ...] = ()


@dataclass(slots=True)
class Sitting(Standing):
    """One sitting. ``dossiers`` keeps the order of the agenda.

    Where the scheme has a conduct: ``members`` are convened (``told``: those who were told so), ``seats`` are the
    voices of those who attend, ``tied`` says by person which members have a tie with them, ``declared`` by dossier who
    recused themselves, ``votes`` is the last vote on each dossier. ``second_of`` is the sitting whose quorum failed, of
    which this one takes ``expected`` dossiers over; ``second`` the one that takes over from this. ``minutes`` is what
    the PV is made of, ``signed`` the digest of it that each member signed.
    """

    status: Literal["", "open", "closed", "proclaimed", "cancelled", "adjourned"] = ""
    held_on: date | None = None
    place: str = ""
    dossiers: dict[str, e.DossierReceived] = field(default_factory=dict)
    decisions: dict[str, Decision] = field(default_factory=dict)
    members: tuple[MemberFacts, ...] = ()
    lacking: bool = False
    told: set[str] = field(default_factory=set)
    presides: College | None = None
    tied: dict[str, tuple[str, ...]] = field(default_factory=dict)
    attendance: e.AttendanceRecorded | None = None
    declared: dict[str, tuple[str, ...]] = field(default_factory=dict)
    called_out: dict[str, str] = field(default_factory=dict)
    votes: dict[str, e.VotesCounted] = field(default_factory=dict)
    second_of: str = ""
    expected: tuple[str, ...] = ()
    second: str = ""
    called_off: Sealed | None = None
    minutes: list[Minute] = field(default_factory=list)
    signed: dict[str, str] = field(default_factory=dict)

    @property
    def conduct(self) -> SittingConduct | None:
        """How the scheme has its sittings conducted; None where it leaves that to people."""
        return self.scheme.conduct.sitting if self.scheme.conduct else None

    @property
    def seats(self) -> tuple[Seat, ...]:
        """The voices of those who attend."""
        return self.attendance.seats if self.attendance else ()

    def recused(self, pathway: str) -> tuple[str, ...]:
        """The members who take no part in a dossier: by their own word, by a tie, or because they had a part in it."""
        dossier = self.dossiers[pathway]
        barred = {*self.declared.get(pathway, ()), *self.tied.get(dossier.person, ()), *dossier.excluded}
        return tuple(member.member for member in self.members if barred & {member.member, member.juror or None})

    def tell(self, record: Recorded, pathway: str, command: dict[str, Any]) -> None:
        """Owe a command to a pathway."""
        self.owe(record, f"{command['kind']}/{pathway}", kind="deliver", target=pathway, command=command)

    def hand_back(self, record: Recorded, pathway: str, reason: str) -> None:
        """Owe a pathway the news that its dossier was not decided here."""
        command = {"kind": "note_dossier", "sitting": self.stream, "accepted": False, "reason": reason}
        self.tell(record, pathway, command)


def _opened(state: Sitting, record: Recorded, fact: e.SittingOpened) -> None:
    state.scheme_hash = fact.scheme_hash
    state.status = "open"
    state.held_on, state.place = fact.held_on, fact.place
    state.reached("opened", record)
    state.milestones["sitting_date"] = Milestone(record.version, fact.held_on)
    if state.scheme.conduct is not None:
        # Dossiers that no sitting took wait for one to open.
        params = {"scheme": state.scheme.id, "what": "sittings"}
        state.owe(record, "seekers", kind="inquire", template="seekers", params=params)


def _received(state: Sitting, record: Recorded, fact: e.DossierReceived) -> None:
    state.dossiers[fact.pathway] = fact
    state.tell(record, fact.pathway, {"kind": "note_dossier", "sitting": state.stream, "accepted": True})


def _turned_away(state: Sitting, record: Recorded, fact: e.DossierTurnedAway) -> None:
    state.hand_back(record, fact.pathway, fact.reason)


def _agenda_closed(state: Sitting, record: Recorded, fact: e.AgendaClosed) -> None:
    state.status = "closed"
    state.reached("agenda_closed", record)
    if fact.due:
        state.passed.add(fact.due)
    if state.conduct is not None:
        # With nothing on the agenda there is nobody to convene: the sitting is to be cancelled.
        if state.dossiers:
            _inquire(state, record)
        return
    params = {"dossiers": len(state.dossiers), "held_on": str(state.held_on)}
    state.owe(record, "convocation", kind="notice", audience="paritaire", template="sitting", params=params)


def _inquire(state: Sitting, record: Recorded) -> None:
    """Owe the question who the members in office are on the day."""
    params = {"sitting": state.stream, "on": str(state.held_on)}
    state.owe(record, "members", kind="inquire", template="members", params=params)


def _second(state: Sitting, record: Recorded, fact: e.SecondConvocation) -> None:
    state.second_of, state.expected = fact.first, fact.dossiers
    # The agenda is that of the first sitting: nothing else can be put on it.
    state.status = "closed"
    state.reached("agenda_closed", record)
    _inquire(state, record)


def _convened(state: Sitting, record: Recorded, fact: e.MembersConvened) -> None:
    state.members, state.presides, state.lacking = fact.members, fact.presides, False
    state.tied = _by_person(fact.ties)
    params = convocation.notice(state)
    for member in fact.members:
        if member.member not in state.told:
            theirs = {**params, "appointments": [convocation.appointment(state, member.member)]}
            told = {"audience": "member", "to": member.member, "template": "sitting", "params": theirs}
            state.owe(record, f"convocation/{member.member}", kind="notice", **told)
    state.told |= {member.member for member in fact.members}


def _by_person(ties: Iterable[TieFacts]) -> dict[str, tuple[str, ...]]:
    tied: dict[str, tuple[str, ...]] = {}
    for tie in ties:
        tied[tie.person] = (*tied.get(tie.person, ()), tie.who)
    return tied


def _lacking(state: Sitting, record: Recorded, fact: e.MembersLacking) -> None:
    state.lacking = True
    params = {"held_on": str(state.held_on), "titulars": fact.titulars, "needed": fact.needed}
    told = {"audience": "administrator", "template": "members_lacking", "params": params}
    state.owe(record, "lacking", kind="notice", **told)


def _attended(state: Sitting, record: Recorded, fact: e.AttendanceRecorded) -> None:
    state.attendance = fact
    if fact.ties is not None:
        state.tied = _by_person(fact.ties)


def _failed(state: Sitting, record: Recorded, fact: e.QuorumFailed) -> None:
    state.status, state.second = "adjourned", fact.second
    state.reached("proclaimed", record)
    command = {
        "kind": "open",
        "scheme_id": state.scheme.id,
        "scheme_hash": state.scheme_hash,
        "held_on": fact.second_on.isoformat(),
        "place": state.place,
        "second_of": state.stream,
        "dossiers": list(state.dossiers),
    }
    # The dossiers follow once it is open: see what is done when this is settled.
    state.owe(record, "second", kind="deliver", target=fact.second, command=command)


def _recused(state: Sitting, record: Recorded, fact: e.MemberRecused) -> None:
    state.declared[fact.pathway] = (*state.declared.get(fact.pathway, ()), fact.member)


def _called_out(state: Sitting, record: Recorded, fact: e.DossierCalledOut) -> None:
    state.called_out[fact.pathway] = fact.member


def _voted(state: Sitting, record: Recorded, fact: e.VotesCounted) -> None:
    state.votes[fact.pathway] = fact


def _decided(state: Sitting, record: Recorded, fact: e.DossierDecided) -> None:
    by = _deliberated(state, fact.pathway, state.recused(fact.pathway)) if state.attendance else ()
    state.decisions[fact.pathway] = Decision(record.version, fact, by)


def _deliberated(state: Sitting, pathway: str, recused: tuple[str, ...]) -> tuple[str, ...]:
    return tuple(seat.member for seat in counting(state.seats, recused) if not seat.holder)


def _list_decided(state: Sitting, record: Recorded, fact: e.ListDecided) -> None:
    everybody = _deliberated(state, "", ())
    for pathway in fact.dossiers:
        recused = fact.recused.get(pathway)
        by = _deliberated(state, pathway, recused) if recused else everybody
        state.decisions[pathway] = Decision(record.version, as_advised(state.dossiers[pathway], fact.on), by)


def as_advised(dossier: e.DossierReceived, on: date) -> e.DossierDecided:
    """The decision that follows the professional jury's advice on ``dossier``."""
    blocks = {block: dossier.advised[block] for block in dossier.blocks}
    recommendations = {
        block: sealed for block, sealed in dossier.recommendations.items() if not blocks.get(block, True)
    }
    return e.DossierDecided(on=on, pathway=dossier.pathway, blocks=blocks, listed=True, recommendations=recommendations)


def _postponed(state: Sitting, record: Recorded, fact: e.DossierPostponed) -> None:
    _off(state, fact.pathway)
    state.hand_back(record, fact.pathway, fact.reason)


def _put_off(state: Sitting, record: Recorded, fact: e.DossierPutOff) -> None:
    _off(state, fact.pathway)
    state.hand_back(record, fact.pathway, "dossier_postponed")


def _off(state: Sitting, pathway: str) -> None:
    """The dossier is before this sitting no more."""
    state.dossiers.pop(pathway)
    state.decisions.pop(pathway, None)


def _withdrawn(state: Sitting, record: Recorded, fact: e.DossierWithdrawn) -> None:
    _off(state, fact.pathway)


def _proclaimed(state: Sitting, record: Recorded, fact: e.Proclaimed) -> None:
    state.status = "proclaimed"
    state.reached("proclaimed", record)
    for pathway, decision in state.decisions.items():
        decided = decision.fact
        command = {
            "kind": "note_decision",
            "sitting": state.stream,
            "blocks": decided.blocks,
            "reasons": decided.reasons.model_dump(mode="json") if decided.reasons else None,
            "recommendations": {block: _told(sealed) for block, sealed in decided.recommendations.items()},
        }
        if state.conduct is not None:
            command |= _deliberation(state, pathway, decision)
        state.tell(record, pathway, command)


def _deliberation(state: Sitting, pathway: str, decision: Decision) -> dict[str, Any]:
    """Who decided on a dossier and how, as its pathway is told."""
    vote = None if decision.fact.listed else state.votes[pathway].tally
    return {
        "deliberated_by": list(decision.by),
        "votes": vote.summary().model_dump(mode="json") if vote else None,
        "algorithmic": bool(state.dossiers[pathway].computed),
    }


def _signed(state: Sitting, record: Recorded, fact: e.MinutesSigned) -> None:
    state.signed[fact.member] = fact.document


def _told(sealed: Sealed) -> dict[str, Any]:
    return sealed.model_dump(mode="json")


def _cancelled(state: Sitting, record: Recorded, fact: e.SittingCancelled | e.SittingCalledOff) -> None:
    state.status = "cancelled"
    state.called_off = fact.reason if isinstance(fact, e.SittingCalledOff) else None
    state.reached("proclaimed", record)
    for pathway in state.dossiers:
        state.hand_back(record, pathway, "sitting_cancelled")
    for member in sorted(state.told):
        taken_back = [convocation.appointment(state, member, cancelled=True)]
        params = {"held_on": str(state.held_on), "place": state.place, "appointments": taken_back}
        told = {"audience": "member", "to": member, "template": "sitting_cancelled", "params": params}
        state.owe(record, f"cancelled/{member}", kind="notice", **told)
    state.dossiers, state.decisions = {}, {}


def _settled(state: Sitting, record: Recorded, fact: EffectSettled) -> None:
    apply_settled(state, fact)
    if fact.about != "open" or state.status != "adjourned":
        return
    for pathway in state.dossiers:
        command = {"kind": "note_dossier", "sitting": state.stream, "accepted": False, "reason": "no_quorum"}
        if fact.refused is None:
            command["forward"] = state.second
        state.tell(record, pathway, command)
    state.dossiers = {}


_APPLY: dict[type[Fact], Callable[[Sitting, Recorded, Any], None]] = {
    e.SittingOpened: _opened,
    e.SecondConvocation: _second,
    e.DossierReceived: _received,
    e.DossierTurnedAway: _turned_away,
    e.AgendaClosed: _agenda_closed,
    e.MembersConvened: _convened,
    e.MembersLacking: _lacking,
    e.AttendanceRecorded: _attended,
    e.QuorumFailed: _failed,
    e.MemberRecused: _recused,
    e.DossierCalledOut: _called_out,
    e.VotesCounted: _voted,
    e.ListDecided: _list_decided,
    e.DossierDecided: _decided,
    e.DossierPostponed: _postponed,
    e.DossierPutOff: _put_off,
    e.DossierWithdrawn: _withdrawn,
    e.Proclaimed: _proclaimed,
    e.MinutesSigned: _signed,
    e.SittingCancelled: _cancelled,
    e.SittingCalledOff: _cancelled,
    DeadlineMissed: lambda state, record, fact: apply_missed(state, fact),
    ReminderDue: apply_reminder,
    EffectSettled: _settled,
    **mails.APPLY,
}


def apply(state: Sitting, record: Recorded) -> None:
    """Advance ``state`` in place by one event. Total over the sitting's facts."""
    _APPLY[type(record.fact)](state, record, record.fact)
    if type(record.fact) in KEPT and state.conduct is not None:
        state.minutes.append((record.version, record.fact))
