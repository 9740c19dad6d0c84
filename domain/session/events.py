"""What can happen to a session."""

from __future__ import annotations

from datetime import date
from typing import Any, ClassVar, Literal

from domain import mails
from domain.jury import Finding
from domain.meetings import DeadlineEndangered, MeetingNear
from domain.people import CandidateFacts, JurorFacts, SiteFacts, TieFacts
from domain.plan import Unseated, Visit
from domain.records import Fact, Sealed
from domain.settling import DeadlineMissed, EffectSettled, ReminderDue
from domain.upcasting import upcaster


class SessionOpened(Fact):
    """The session exists; registration is open until the end of ``registration_closes``."""

    kind: Literal["session_opened"] = "session_opened"
    scheme_id: str
    scheme_hash: str
    opens: date
    closes: date
    registration_closes: date
    modality: Literal["in_person", "remote"]
    place: str
    capacity: dict[str, int]


class RegistrationAnnounced(Fact):
    """Requests are taken from the day ``opens`` on."""

    kind: Literal["registration_announced"] = "registration_announced"
    opens: date


class RegistrationOpened(Fact):
    """Requests are taken."""

    kind: Literal["registration_opened"] = "registration_opened"
    due: str = ""


class JurorAppointed(Fact):
    """A juror sits on the jury."""

    kind: Literal["juror_appointed"] = "juror_appointed"
    juror: str
    part: Literal["president", "trade_expert"]
    organisation: str
    branch: str
    name: Sealed | None = None


class JurorDismissed(Fact):
    """A juror no longer sits on the jury."""

    kind: Literal["juror_dismissed"] = "juror_dismissed"
    juror: str


class JurorDescribed(Fact):
    """What the register says of a juror who was appointed."""

    kind: Literal["juror_described"] = "juror_described"
    juror: JurorFacts


class JurorWithdrew(Fact):
    """A juror cannot come; the visits planned with them are without a jury until somebody takes their place."""

    kind: Literal["juror_withdrew"] = "juror_withdrew"
    juror: str
    visits: tuple[str, ...]
    reason: Sealed | None = None


class CandidateDescribed(Fact):
    """What a jury must know of a candidate who has a seat or waits for one."""

    kind: Literal["candidate_described"] = "candidate_described"
    candidate: CandidateFacts


class JuryInquired(Fact):
    """The register is asked about everybody who could sit, so that each candidate's jury can be checked."""

    kind: Literal["jury_inquired"] = "jury_inquired"
    about: Literal["convening", "replacement", "change"]
    due: str = ""


class JuryChecked(Fact):
    """Each candidate's jury was held against the scheme's rules, on what the register says.

    ``lawful``: those whose jury may sit. ``faults``: the rules in the way for the others, with the substitutes who
    would mend them. ``excepted``: rules that fail and were set aside. ``jurors`` is what it rested on.
    """

    kind: Literal["jury_checked"] = "jury_checked"
    at: Literal["change", "convening", "opening"]
    lawful: tuple[str, ...]
    faults: dict[str, tuple[Finding, ...]]
    excepted: dict[str, tuple[str, ...]] = {}
    jurors: tuple[JurorFacts, ...]
    ties: tuple[TieFacts, ...] = ()


class PlanPublished(Fact):
    """Who is assessed where and when, by whom. ``moved``: whose visit differs from that of the plan before."""

    kind: Literal["plan_published"] = "plan_published"
    number: int
    visits: tuple[Visit, ...]
    moved: tuple[str, ...]
    unseated: tuple[Unseated, ...]
    jurors: tuple[JurorFacts, ...]
    sites: tuple[SiteFacts, ...]
    ties: tuple[TieFacts, ...]


class ExceptionRecorded(Fact):
    """Rules of the jury are set aside, with a reason, for ``pathways`` or, where none is named, for everybody."""

    kind: Literal["exception_recorded"] = "exception_recorded"
    rules: tuple[str, ...]
    pathways: tuple[str, ...]
    reason: Sealed


class SessionBegun(Fact):
    """The session opened before a jury that may sit."""

    kind: Literal["session_begun"] = "session_begun"
    present: tuple[str, ...]


class ResultsLate(Fact):
    """Results are still missing so long past their day that ``tell`` is told."""

    kind: Literal["results_late"] = "results_late"
    due: str
    tell: Literal["juror", "president", "administrator", "head"]
    last_day: date
    missing: tuple[str, ...]


class PlaceGiven(Fact):
    """A seat was given, at once or from the waiting list."""

    kind: Literal["place_given"] = "place_given"
    pathway: str
    blocks: tuple[str, ...]
    request: str
    promoted: bool = False


class PlacedOnWaitingList(Fact):
    """No seat is free: the candidate waits, in order."""

    kind: Literal["placed_on_waiting_list"] = "placed_on_waiting_list"
    pathway: str
    blocks: tuple[str, ...]
    request: str


class PlaceRefused(Fact):
    """No seat can be given; ``reason`` is a code."""

    kind: Literal["place_refused"] = "place_refused"
    pathway: str
    request: str
    reason: str


class PlaceReleased(Fact):
    """A seat, or a place on the waiting list, was given back."""

    kind: Literal["place_released"] = "place_released"
    pathway: str


class RegistrationClosed(Fact):
    """No further requests are taken; the waiting list still moves."""

    kind: Literal["registration_closed"] = "registration_closed"
    due: str = ""


class CandidatesConvened(Fact):
    """Everyone seated is convened."""

    kind: Literal["candidates_convened"] = "candidates_convened"
    pathways: tuple[str, ...]
    due: str = ""


class SessionHeld(Fact):
    """The session took place; ``absent``: pathway -> excused."""

    kind: Literal["session_held"] = "session_held"
    present: tuple[str, ...]
    absent: dict[str, bool]


class ResultReceived(Fact):
    """The opinion on one candidate is in."""

    kind: Literal["result_received"] = "result_received"
    pathway: str


class SessionCompleted(Fact):
    """Every opinion is in."""

    kind: Literal["session_completed"] = "session_completed"


class SessionCancelled(Fact):
    """The session will not take place; the reason was in the clear until it was sealed under the session's own key."""

    schema_version: ClassVar[int] = 2
    kind: Literal["session_cancelled"] = "session_cancelled"
    reason: str | Sealed


@upcaster("session", "session_cancelled", 1)
def _reason_in_clear(fact: dict[str, Any]) -> dict[str, Any]:
    return fact


FACTS: tuple[type[Fact], ...] = (
    SessionOpened,
    RegistrationAnnounced,
    RegistrationOpened,
    JurorAppointed,
    JurorDescribed,
    JurorDismissed,
    JurorWithdrew,
    CandidateDescribed,
    JuryInquired,
    JuryChecked,
    PlanPublished,
    DeadlineEndangered,
    MeetingNear,
    ExceptionRecorded,
    SessionBegun,
    ResultsLate,
    PlaceGiven,
    PlacedOnWaitingList,
    PlaceRefused,
    PlaceReleased,
    RegistrationClosed,
    CandidatesConvened,
    SessionHeld,
    ResultReceived,
    SessionCompleted,
    SessionCancelled,
    DeadlineMissed,
    ReminderDue,
    EffectSettled,
    *mails.FACTS,
)
