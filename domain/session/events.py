"""What can happen to a session."""

from __future__ import annotations

from datetime import date
from typing import Literal

from domain.records import Fact, Sealed
from domain.settling import DeadlineMissed, EffectSettled, ReminderDue


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
    """The session will not take place."""

    kind: Literal["session_cancelled"] = "session_cancelled"
    reason: str


FACTS: tuple[type[Fact], ...] = (
    SessionOpened,
    JurorAppointed,
    JurorDismissed,
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
)
