"""What can be asked of a sitting."""

from __future__ import annotations

from datetime import date
from typing import Annotated, Literal

from pydantic import Field

from domain.records import Command, Sealed
from domain.settling import DeadlineReached, Settle


class Open(Command):
    """Set a sitting of the paritaire jury for a scheme."""

    kind: Literal["open"] = "open"
    scheme_id: str
    scheme_hash: str
    held_on: date
    place: str = ""


class ReceiveDossier(Command):
    """A pathway sends its dossier: the blocks to decide, what was computed, what was advised."""

    kind: Literal["receive_dossier"] = "receive_dossier"
    pathway: str
    blocks: tuple[str, ...]
    computed: dict[str, bool]
    advised: dict[str, bool]
    recommendations: dict[str, Sealed] = {}


class CloseAgenda(Command):
    """Close the agenda before its day."""

    kind: Literal["close_agenda"] = "close_agenda"


class DecideDossier(Command):
    """Decide on one dossier, block by block. The jury is sovereign; a difference needs a written reason."""

    kind: Literal["decide_dossier"] = "decide_dossier"
    pathway: str
    blocks: dict[str, bool]
    reasons: Sealed | None = None
    recommendations: dict[str, Sealed] = {}


class DecideList(Command):
    """Follow the professional jury's advice on a list of dossiers; an empty list means all that are not decided."""

    kind: Literal["decide_list"] = "decide_list"
    pathways: tuple[str, ...] = ()


class PostponeDossier(Command):
    """Take a dossier off this sitting: it goes to another one."""

    kind: Literal["postpone_dossier"] = "postpone_dossier"
    pathway: str
    reason: str


class WithdrawDossier(Command):
    """The pathway ended before the sitting: its dossier is off the agenda."""

    kind: Literal["withdraw_dossier"] = "withdraw_dossier"
    pathway: str


class Proclaim(Command):
    """Proclaim all decisions in one act."""

    kind: Literal["proclaim"] = "proclaim"


class Cancel(Command):
    """Cancel the sitting: every dossier goes back."""

    kind: Literal["cancel"] = "cancel"
    reason: str


SittingCommand = Annotated[
    Open
    | ReceiveDossier
    | CloseAgenda
    | DecideDossier
    | DecideList
    | PostponeDossier
    | WithdrawDossier
    | Proclaim
    | Cancel
    | DeadlineReached
    | Settle,
    Field(discriminator="kind"),
]
