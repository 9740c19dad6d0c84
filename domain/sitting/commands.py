"""What can be asked of a sitting."""

from __future__ import annotations

from datetime import date
from typing import Annotated, Literal

from pydantic import Field

from domain.attendance import Proxy
from domain.deliberation import Vote
from domain.mailing import NoteBounce, ResolveMail
from domain.people import College, MemberFacts, TieFacts
from domain.records import Command, Sealed
from domain.settling import DeadlineReached, Settle


class Open(Command):
    """Set a sitting of the paritaire jury for a scheme.

    ``second_of``: the sitting whose quorum failed; this one is its second convocation, for the same ``dossiers``.
    """

    kind: Literal["open"] = "open"
    scheme_id: str
    scheme_hash: str
    held_on: date
    place: str = ""
    second_of: str = ""
    dossiers: tuple[str, ...] = ()


class ReceiveDossier(Command):
    """A pathway sends its dossier: the blocks to decide, what was computed, what was advised.

    ``excluded``: jurors and members who had a part in what is decided, and so do not sit on it. ``anew``: it was
    decided before, and contested.
    """

    kind: Literal["receive_dossier"] = "receive_dossier"
    pathway: str
    blocks: tuple[str, ...]
    computed: dict[str, bool]
    advised: dict[str, bool]
    recommendations: dict[str, Sealed] = {}
    person: str = ""
    excluded: tuple[str, ...] = ()
    anew: bool = False


class CloseAgenda(Command):
    """Close the agenda before its day."""

    kind: Literal["close_agenda"] = "close_agenda"


class NoteMembers(Command):
    """Convene the members in office, as the register has them.

    ``ties``: theirs with candidates. ``last``: the college that presided the sitting before. ``inquiry``: the question
    that this answers, empty where somebody convenes them by hand.
    """

    kind: Literal["note_members"] = "note_members"
    members: tuple[MemberFacts, ...]
    ties: tuple[TieFacts, ...] = ()
    last: College | None = None
    inquiry: str = ""


class RecordAttendance(Command):
    """Record who came, who takes part from afar, and who gave a proxy to whom. ``president``: who presides, unless the
    first of the college whose turn it is. ``ties``: those of the members on the day, where they are looked up again."""

    kind: Literal["record_attendance"] = "record_attendance"
    present: tuple[str, ...] = ()
    remote: tuple[str, ...] = ()
    proxies: tuple[Proxy, ...] = ()
    president: str = ""
    ties: tuple[TieFacts, ...] | None = None


class Recuse(Command):
    """A member takes no part in one dossier."""

    kind: Literal["recuse"] = "recuse"
    pathway: str
    member: str
    reason: Sealed | None = None


class CallOut(Command):
    """A member wants a dossier discussed: it is not decided by list."""

    kind: Literal["call_out"] = "call_out"
    pathway: str
    member: str


class DecideDossier(Command):
    """Decide on one dossier, block by block. The jury is sovereign; a difference needs a written reason.

    ``votes`` on this decision, member by member; ``dissents``: what those who disagree want recorded.
    """

    kind: Literal["decide_dossier"] = "decide_dossier"
    pathway: str
    blocks: dict[str, bool]
    reasons: Sealed | None = None
    recommendations: dict[str, Sealed] = {}
    votes: dict[str, Vote] = {}
    dissents: dict[str, Sealed] = {}


class DecideList(Command):
    """Follow the professional jury's advice on a list of dossiers; an empty list means all that are not decided.

    Where members vote, a list is decided by consensus: nobody called a dossier out, and an empty list leaves out those
    that somebody did.
    """

    kind: Literal["decide_list"] = "decide_list"
    pathways: tuple[str, ...] = ()


class PostponeDossier(Command):
    """Take a dossier off this sitting: it goes to another one. The reason is sealed where the scheme has a conduct."""

    kind: Literal["postpone_dossier"] = "postpone_dossier"
    pathway: str
    reason: str | Sealed


class WithdrawDossier(Command):
    """The pathway ended before the sitting: its dossier is off the agenda."""

    kind: Literal["withdraw_dossier"] = "withdraw_dossier"
    pathway: str


class Proclaim(Command):
    """Proclaim all decisions in one act."""

    kind: Literal["proclaim"] = "proclaim"


class SignMinutes(Command):
    """Sign the PV of the sitting. ``document``: the digest that it bears."""

    kind: Literal["sign_minutes"] = "sign_minutes"
    member: str
    document: str


class Cancel(Command):
    """Cancel the sitting: every dossier goes back. The reason is sealed where the scheme has a conduct."""

    kind: Literal["cancel"] = "cancel"
    reason: str | Sealed


SittingCommand = Annotated[
    Open
    | ReceiveDossier
    | CloseAgenda
    | NoteMembers
    | RecordAttendance
    | Recuse
    | CallOut
    | DecideDossier
    | DecideList
    | PostponeDossier
    | WithdrawDossier
    | Proclaim
    | SignMinutes
    | Cancel
    | DeadlineReached
    | Settle
    | ResolveMail
    | NoteBounce,
    Field(discriminator="kind"),
]
