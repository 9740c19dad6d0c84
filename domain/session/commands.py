"""What can be asked of a session."""

from __future__ import annotations

from datetime import date
from typing import Annotated, Literal

from pydantic import Field

from domain.records import Command, Sealed
from domain.settling import DeadlineReached, Settle


class Open(Command):
    """Open a session of a scheme. ``capacity`` is seats per block; a block left out is not assessed there."""

    kind: Literal["open"] = "open"
    scheme_id: str
    scheme_hash: str
    opens: date
    closes: date
    registration_closes: date
    modality: Literal["in_person", "remote"] = "in_person"
    place: str = ""
    capacity: dict[str, Annotated[int, Field(ge=0)]]


class AppointJuror(Command):
    """Put a juror on the jury. Whether they may sit is checked by ``domain/jury.py`` once there are registers."""

    kind: Literal["appoint_juror"] = "appoint_juror"
    juror: str
    part: Literal["president", "trade_expert"]
    organisation: str
    branch: str = ""
    name: Sealed | None = None


class DismissJuror(Command):
    """Take a juror off the jury."""

    kind: Literal["dismiss_juror"] = "dismiss_juror"
    juror: str


class RequestSeat(Command):
    """A pathway asks for a seat for these blocks; the command id is the request's."""

    kind: Literal["request_seat"] = "request_seat"
    pathway: str
    blocks: tuple[str, ...]


class ReleaseSeat(Command):
    """A pathway gives its seat, or its place on the waiting list, back."""

    kind: Literal["release_seat"] = "release_seat"
    pathway: str


class CloseRegistration(Command):
    """Close registration before its day."""

    kind: Literal["close_registration"] = "close_registration"


class Convene(Command):
    """Convene everyone who has a seat."""

    kind: Literal["convene"] = "convene"


class Hold(Command):
    """The session was held; ``absent``: pathway -> whether the absence is excused."""

    kind: Literal["hold"] = "hold"
    absent: dict[str, bool] = {}


class NoteResult(Command):
    """The jury's opinion on a pathway was given."""

    kind: Literal["note_result"] = "note_result"
    pathway: str


class Cancel(Command):
    """Cancel the session: every seat is lost, everyone is told."""

    kind: Literal["cancel"] = "cancel"
    reason: str


SessionCommand = Annotated[
    Open
    | AppointJuror
    | DismissJuror
    | RequestSeat
    | ReleaseSeat
    | CloseRegistration
    | Convene
    | Hold
    | NoteResult
    | Cancel
    | DeadlineReached
    | Settle,
    Field(discriminator="kind"),
]
