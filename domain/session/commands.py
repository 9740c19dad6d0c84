"""What can be asked of a session."""

from __future__ import annotations

from datetime import date
from typing import Annotated, Literal

from pydantic import Field

from domain.mailing import NoteBounce, ResolveMail
from domain.meetings import OpenSitting
from domain.people import CandidateFacts, JurorFacts, SiteFacts, TieFacts
from domain.plan import Unseated, Visit
from domain.records import Command, Sealed
from domain.settling import DeadlineReached, Settle


class Open(Command):
    """Open a session of a scheme. ``capacity`` is seats per block; a block left out is not assessed there.

    ``registration_opens``: the day on which requests begin to be taken; at once without it.
    """

    kind: Literal["open"] = "open"
    scheme_id: str
    scheme_hash: str
    opens: date
    closes: date
    registration_closes: date
    registration_opens: date | None = None
    modality: Literal["in_person", "remote"] = "in_person"
    place: str = ""
    capacity: dict[str, Annotated[int, Field(ge=0)]]


class AppointJuror(Command):
    """Put a juror on the jury. ``facts``: what the register says of them; ``domain/jury.py`` says if they may sit."""

    kind: Literal["appoint_juror"] = "appoint_juror"
    juror: str
    part: Literal["president", "trade_expert"]
    organisation: str
    branch: str = ""
    name: Sealed | None = None
    facts: JurorFacts | None = None


class DismissJuror(Command):
    """Take a juror off the jury."""

    kind: Literal["dismiss_juror"] = "dismiss_juror"
    juror: str


class WithdrawJuror(Command):
    """A juror cannot come after all: somebody has to take their place."""

    kind: Literal["withdraw_juror"] = "withdraw_juror"
    juror: str
    reason: Sealed | None = None


class NoteJurors(Command):
    """What the register says, in answer to ``inquiry``, of everybody who could sit, of places and of ties."""

    kind: Literal["note_jurors"] = "note_jurors"
    inquiry: str
    jurors: tuple[JurorFacts, ...]
    sites: tuple[SiteFacts, ...] = ()
    ties: tuple[TieFacts, ...] = ()


class NoteSittings(Command):
    """Which sittings of the certification take dossiers, in answer to ``inquiry``."""

    kind: Literal["note_sittings"] = "note_sittings"
    inquiry: str
    sittings: tuple[OpenSitting, ...]


class RequestSeat(Command):
    """A pathway asks for a seat for these blocks; the command id is the request's."""

    kind: Literal["request_seat"] = "request_seat"
    pathway: str
    blocks: tuple[str, ...]
    candidate: CandidateFacts | None = None


class NoteCandidate(Command):
    """What has changed about a candidate who has a seat or waits for one."""

    kind: Literal["note_candidate"] = "note_candidate"
    candidate: CandidateFacts


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


class PublishPlan(Command):
    """Publish a plan, the first or one that amends another; the facts are those that it was made from.

    ``site``: where the rooms are, when that is not the session's place.
    """

    kind: Literal["publish_plan"] = "publish_plan"
    visits: tuple[Visit, ...]
    unseated: tuple[Unseated, ...] = ()
    jurors: tuple[JurorFacts, ...]
    sites: tuple[SiteFacts, ...]
    ties: tuple[TieFacts, ...] = ()
    minutes: dict[str, Annotated[int, Field(ge=0)]] = {}
    site: str = ""


class RecordException(Command):
    """Set rules of the jury aside, for ``pathways`` (default: everybody), with a reason, where the scheme allows it."""

    kind: Literal["record_exception"] = "record_exception"
    rules: tuple[str, ...] = Field(min_length=1)
    pathways: tuple[str, ...] = ()
    reason: Sealed


class Begin(Command):
    """Open the session on its day, before the jurors who are there; the facts are those of the register that day."""

    kind: Literal["begin"] = "begin"
    present: tuple[str, ...]
    jurors: tuple[JurorFacts, ...]
    ties: tuple[TieFacts, ...] = ()


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
    reason: str | Sealed


SessionCommand = Annotated[
    Open
    | AppointJuror
    | DismissJuror
    | WithdrawJuror
    | NoteJurors
    | NoteSittings
    | RequestSeat
    | NoteCandidate
    | ReleaseSeat
    | CloseRegistration
    | PublishPlan
    | Convene
    | RecordException
    | Begin
    | Hold
    | NoteResult
    | Cancel
    | DeadlineReached
    | Settle
    | ResolveMail
    | NoteBounce,
    Field(discriminator="kind"),
]
