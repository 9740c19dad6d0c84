"""Where a session stands: the fold of its events."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import date
from typing import Any, Literal, NamedTuple

from domain import mails
from domain.aggregate import Standing
from domain.deadlines import Milestone
from domain.records import Fact, Recorded
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

    part: str
    organisation: str
    branch: str
    version: int


@dataclass(slots=True)
class Session(Standing):
    """One session. ``seated`` and ``waiting`` keep the order in which candidates came."""

    status: Literal["", "open", "closed", "convened", "held", "completed", "cancelled"] = ""
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
        command = {
            "kind": "note_seat",
            "session": self.stream,
            "request": request,
            "answer": answer,
            "reason": reason,
        }
        self.tell(record, pathway, "seat", command)

    def convocation(self) -> dict[str, Any]:
        """The command that convenes a candidate."""
        assert self.opens is not None
        assert self.closes is not None
        return {
            "kind": "note_convocation",
            "session": self.stream,
            "opens": self.opens.isoformat(),
            "closes": self.closes.isoformat(),
            "place": self.place,
            "jurors": sorted(self.jurors),
        }


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


def _appointed(state: Session, record: Recorded, fact: e.JurorAppointed) -> None:
    state.jurors[fact.juror] = Juror(fact.part, fact.organisation, fact.branch, record.version)
    _tell_jury(state, record)


def _dismissed(state: Session, record: Recorded, fact: e.JurorDismissed) -> None:
    del state.jurors[fact.juror]
    _tell_jury(state, record)


def _tell_jury(state: Session, record: Recorded) -> None:
    """Convene anew those who were convened before another jury: they, and the marks, go by its members."""
    if state.status == "convened":
        for pathway in state.seated:
            state.tell(record, pathway, "convocation", state.convocation())


def _given(state: Session, record: Recorded, fact: e.PlaceGiven) -> None:
    state.waiting.pop(fact.pathway, None)
    state.seated[fact.pathway] = Place(fact.blocks, fact.request)
    for block in fact.blocks:
        state.taken[block] = state.taken.get(block, 0) + 1
    state.answer(record, fact.pathway, fact.request, "granted")
    if state.status == "convened":
        state.tell(record, fact.pathway, "convocation", state.convocation())


def _waiting(state: Session, record: Recorded, fact: e.PlacedOnWaitingList) -> None:
    state.waiting[fact.pathway] = Place(fact.blocks, fact.request)
    state.answer(record, fact.pathway, fact.request, "waiting")


def _refused(state: Session, record: Recorded, fact: e.PlaceRefused) -> None:
    state.waiting.pop(fact.pathway, None)
    state.answer(record, fact.pathway, fact.request, "refused", fact.reason)


def _released(state: Session, record: Recorded, fact: e.PlaceReleased) -> None:
    state.waiting.pop(fact.pathway, None)
    place = state.seated.pop(fact.pathway, None)
    for block in place.blocks if place else ():
        state.taken[block] -= 1
    state.present.discard(fact.pathway)


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
    for pathway in fact.pathways:
        state.tell(record, pathway, "convocation", state.convocation())


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


_APPLY: dict[type[Fact], Callable[[Session, Recorded, Any], None]] = {
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
