"""Where a session stands: the fold of its events."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import date
from typing import Any, Literal, NamedTuple

from domain import mails
from domain.aggregate import Standing
from domain.appointments import Appointments
from domain.deadlines import Milestone
from domain.jury import Finding
from domain.meetings import DeadlineEndangered
from domain.people import CandidateFacts, JurorFacts, Part, SiteFacts
from domain.plan import Unseated, Visit
from domain.records import Fact, Recorded
from domain.session import conducted
from domain.session import events as e
from domain.settling import (
    DeadlineMissed,
    EffectSettled,
    ReminderDue,
    apply_missed,
    apply_reminder,
    apply_settled,
)


class Place(NamedTuple):
    """A candidate's seat or place on the waiting list."""

    blocks: tuple[str, ...]
    request: str


class Juror(NamedTuple):
    """A member of the jury; the name is sealed in event ``version``."""

    part: Part
    organisation: str
    branch: str
    version: int


@dataclass(slots=True)
class Session(Standing):
    """One session. ``seated`` and ``waiting`` keep the order in which candidates came.

    From ``registration_opens`` on, what a session has whose scheme says how it is conducted. ``facts`` and
    ``candidates``: what the rules know of jurors and candidates; ``plan``: number of the plan published last, 0 without
    one; ``visits``: pathway -> its visits there; ``inquiry``: the question under way to the register; ``convening``:
    whether it is time to convene; ``convened``: pathway -> what it was told last; ``faults``: what stands in the way of
    whose jury; ``exceptions``: rule -> for whom it is set aside (empty: everybody); ``invited``: juror -> what their
    calendar holds.
    """

    status: Literal["", "announced", "open", "closed", "convened", "begun", "held", "completed", "cancelled"] = ""
    opens: date | None = None
    closes: date | None = None
    registration_closes: date | None = None
    modality: str = ""
    place: str = ""
    capacity: dict[str, int] = field(default_factory=dict)
    taken: dict[str, int] = field(default_factory=dict)
    jurors: dict[str, Juror] = field(default_factory=dict)
    seated: dict[str, Place] = field(default_factory=dict)
    waiting: dict[str, Place] = field(default_factory=dict)
    present: set[str] = field(default_factory=set)
    results: set[str] = field(default_factory=set)
    registration_opens: date | None = None
    facts: dict[str, JurorFacts] = field(default_factory=dict)
    candidates: dict[str, CandidateFacts] = field(default_factory=dict)
    sites: dict[str, SiteFacts] = field(default_factory=dict)
    plan: int = 0
    visits: dict[str, tuple[Visit, ...]] = field(default_factory=dict)
    unseated: tuple[Unseated, ...] = ()
    inquiry: str = ""
    convening: bool = False
    replacing: bool = False
    foreseen: bool = False
    convened: dict[str, dict[str, Any]] = field(default_factory=dict)
    faults: dict[str, tuple[Finding, ...]] = field(default_factory=dict)
    exceptions: dict[str, frozenset[str]] = field(default_factory=dict)
    endangered: tuple[DeadlineEndangered, ...] = ()
    invited: dict[str, Appointments] = field(default_factory=dict)

    @property
    def conducted(self) -> bool:
        """Whether the scheme says how this session lives."""
        return self.scheme.conduct is not None

    def jury(self, pathway: str) -> tuple[str, ...]:
        """Who assesses the candidate: the jurors of their visits or, without a plan, all who are appointed."""
        visits = self.visits.get(pathway)
        if visits:
            return tuple(sorted({juror for visit in visits for juror in visit.jurors}))
        return () if self.plan else tuple(sorted(self.jurors))

    def excepts(self, rule: str, pathway: str) -> bool:
        """Whether ``rule`` is set aside for the jury of ``pathway``."""
        pathways = self.exceptions.get(rule)
        return pathways is not None and (not pathways or pathway in pathways)

    def shaken(self) -> None:
        """Note that the jury has changed: an opening that took place before it does not count any more."""
        if self.status == "begun":
            self.status = "convened"

    def missing(self) -> tuple[str, ...]:
        """Those on whom an opinion is still expected."""
        expected = self.present if self.status == "held" else self.convened.keys() & self.seated.keys()
        return tuple(sorted(expected - self.results))

    def window(self) -> dict[str, str]:
        """What every notice about the session tells."""
        return {"session": self.stream, "opens": str(self.opens), "closes": str(self.closes)}

    def places(self) -> dict[str, str]:
        """Site -> what it is called."""
        return {site.id: site.name or site.id for site in self.sites.values()}

    def fits(self, blocks: tuple[str, ...]) -> bool:
        """Whether there is a free seat in every one of ``blocks``."""
        return all(self.taken.get(block, 0) < self.capacity.get(block, 0) for block in blocks)

    def complete_without(self, *pathways: str) -> bool:
        """Whether the opinions on all who were present are in, leaving ``pathways`` aside."""
        return self.status == "held" and self.present <= self.results | set(pathways)

    def tell(self, record: Recorded, pathway: str, name: str, command: dict[str, Any]) -> None:
        """Owe a command to a pathway; one event can owe one to many."""
        self.owe(record, f"{name}/{pathway}", kind="deliver", target=pathway, command=command)

    def answer(self, record: Recorded, pathway: str, request: str, answer: str, reason: str = "") -> None:
        """Owe a pathway the answer to its request for a seat."""
        command: dict[str, Any] = {
            "kind": "note_seat",
            "session": self.stream,
            "request": request,
            "answer": answer,
            "reason": reason,
        }
        if answer == "granted" and self.conducted:
            command["opens"] = str(self.opens)
        self.tell(record, pathway, "seat", command)

    def convocation(self, pathway: str) -> dict[str, Any]:
        """The command that convenes a candidate."""
        assert self.opens is not None
        assert self.closes is not None
        command: dict[str, Any] = {
            "kind": "note_convocation",
            "session": self.stream,
            "opens": self.opens.isoformat(),
            "closes": self.closes.isoformat(),
            "place": self.place,
            "jurors": list(self.jury(pathway)),
        }
        if visits := self.visits.get(pathway):
            here = {visit.site for visit in visits}
            command["visits"] = [visit.model_dump(mode="json") for visit in visits]
            command["places"] = {site: name for site, name in self.places().items() if site in here}
        return command


def _opened(state: Session, record: Recorded, fact: e.SessionOpened) -> None:
    state.scheme_hash = fact.scheme_hash
    state.status = "open"
    state.opens, state.closes = fact.opens, fact.closes
    state.registration_closes = fact.registration_closes
    state.modality, state.place = fact.modality, fact.place
    state.capacity = dict(fact.capacity)
    state.reached("opened", record)
    for milestone, day in (
        ("registration_closes", fact.registration_closes),
        ("window_opens", fact.opens),
        ("window_closes", fact.closes),
    ):
        state.milestones[milestone] = Milestone(record.version, day)
    if state.conducted:
        conducted.look_for_candidates(state, record)


def _appointed(state: Session, record: Recorded, fact: e.JurorAppointed) -> None:
    state.jurors[fact.juror] = Juror(fact.part, fact.organisation, fact.branch, record.version)
    _tell_jury(state, record)


def _dismissed(state: Session, record: Recorded, fact: e.JurorDismissed) -> None:
    del state.jurors[fact.juror]
    state.shaken()
    _tell_jury(state, record)


def _tell_jury(state: Session, record: Recorded) -> None:
    """Convene anew those who were convened before another jury: they, and the marks, go by its members."""
    if state.status == "convened" and not state.conducted:
        for pathway in state.seated:
            state.tell(record, pathway, "convocation", state.convocation(pathway))


def _given(state: Session, record: Recorded, fact: e.PlaceGiven) -> None:
    state.waiting.pop(fact.pathway, None)
    state.seated[fact.pathway] = Place(fact.blocks, fact.request)
    for block in fact.blocks:
        state.taken[block] = state.taken.get(block, 0) + 1
    state.answer(record, fact.pathway, fact.request, "granted")
    if state.status == "convened" and not state.conducted:
        state.tell(record, fact.pathway, "convocation", state.convocation(fact.pathway))


def _waiting(state: Session, record: Recorded, fact: e.PlacedOnWaitingList) -> None:
    state.waiting[fact.pathway] = Place(fact.blocks, fact.request)
    state.answer(record, fact.pathway, fact.request, "waiting")


def _refused(state: Session, record: Recorded, fact: e.PlaceRefused) -> None:
    _leave(state, fact.pathway)
    state.answer(record, fact.pathway, fact.request, "refused", fact.reason)


def _released(state: Session, record: Recorded, fact: e.PlaceReleased) -> None:
    _leave(state, fact.pathway)
    if state.conducted and state.status in ("convened", "begun"):
        conducted.tell_jurors(state, record)


def _leave(state: Session, pathway: str) -> None:
    state.waiting.pop(pathway, None)
    place = state.seated.pop(pathway, None)
    for block in place.blocks if place else ():
        state.taken[block] -= 1
    state.present.discard(pathway)
    for known in (state.candidates, state.visits, state.convened, state.faults):
        known.pop(pathway, None)


def _registration_closed(state: Session, record: Recorded, fact: e.RegistrationClosed) -> None:
    state.status = "closed"
    state.reached("registration_closed", record)
    if fact.due:
        state.passed.add(fact.due)


def _convened(state: Session, record: Recorded, fact: e.CandidatesConvened) -> None:
    state.status = "convened"
    state.reached("convened", record)
    if fact.due:
        state.passed.add(fact.due)
    if state.conducted:
        conducted.convened(state, record, fact.pathways)
        return
    for pathway in fact.pathways:
        state.tell(record, pathway, "convocation", state.convocation(pathway))


def _held(state: Session, record: Recorded, fact: e.SessionHeld) -> None:
    state.status = "held"
    state.reached("held", record)
    state.present |= set(fact.present)
    for pathway in fact.present:
        state.tell(
            record,
            pathway,
            "attendance",
            {"kind": "note_attendance", "session": state.stream, "present": True},
        )
    for pathway, excused in sorted(fact.absent.items()):
        state.tell(
            record,
            pathway,
            "attendance",
            {"kind": "note_attendance", "session": state.stream, "present": False, "excused": excused},
        )
    for pathway, place in state.waiting.items():
        state.answer(record, pathway, place.request, "refused", "session_full")
    state.waiting = {}


def _result(state: Session, record: Recorded, fact: e.ResultReceived) -> None:
    state.results.add(fact.pathway)


def _completed(state: Session, record: Recorded, fact: e.SessionCompleted) -> None:
    state.status = "completed"
    state.reached("completed", record)


def _cancelled(state: Session, record: Recorded, fact: e.SessionCancelled) -> None:
    state.status = "cancelled"
    state.reached("completed", record)
    for pathway, place in [*state.seated.items(), *state.waiting.items()]:
        state.answer(record, pathway, place.request, "cancelled", "session_cancelled")
    state.seated, state.waiting, state.taken = {}, {}, {}
    if state.conducted:
        conducted.cancelled(state, record)


_APPLY: dict[type[Fact], Callable[[Session, Recorded, Any], None]] = {
    **conducted.APPLY,
    e.SessionOpened: _opened,
    e.JurorAppointed: _appointed,
    e.JurorDismissed: _dismissed,
    e.PlaceGiven: _given,
    e.PlacedOnWaitingList: _waiting,
    e.PlaceRefused: _refused,
    e.PlaceReleased: _released,
    e.RegistrationClosed: _registration_closed,
    e.CandidatesConvened: _convened,
    e.SessionHeld: _held,
    e.ResultReceived: _result,
    e.SessionCompleted: _completed,
    e.SessionCancelled: _cancelled,
    DeadlineMissed: lambda state, record, fact: apply_missed(state, fact),
    ReminderDue: apply_reminder,
    EffectSettled: lambda state, record, fact: apply_settled(state, fact),
    **mails.APPLY,
}


def apply(state: Session, record: Recorded) -> None:
    """Advance ``state`` in place by one event. Total over the session's facts."""
    _APPLY[type(record.fact)](state, record, record.fact)
