"""What can be asked of a register."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from domain.people import Span, TieKind
from domain.records import Command, Sealed
from domain.register.entries import (
    JurorEntry,
    MemberEntry,
    OfficeEntry,
    OrganisationEntry,
    SiteEntry,
    TieEntry,
)


class Open(Command):
    """Open the register of a certifier; the scheme lends it its calendar."""

    kind: Literal["open"] = "open"
    scheme_id: str
    scheme_hash: str


class EnterOrganisations(Command):
    """Enter bodies, or correct those that have these codes; what is as it was leaves no trace."""

    kind: Literal["enter_organisations"] = "enter_organisations"
    entries: tuple[OrganisationEntry, ...]


class EnterSites(Command):
    """Enter places, or correct them."""

    kind: Literal["enter_sites"] = "enter_sites"
    entries: tuple[SiteEntry, ...]


class EnterJurors(Command):
    """Enter jurors, or correct what is known of them."""

    kind: Literal["enter_jurors"] = "enter_jurors"
    entries: tuple[JurorEntry, ...]


class EnterMembers(Command):
    """Enter members of the paritaire jury, or correct what is known of them."""

    kind: Literal["enter_members"] = "enter_members"
    entries: tuple[MemberEntry, ...]


class EnterOffice(Command):
    """Say who is written to for the office."""

    kind: Literal["enter_office"] = "enter_office"
    entries: tuple[OfficeEntry, ...]


class Leave(Command):
    """Take an entry out of use, from the day of the fact on. Entering it again brings it back."""

    kind: Literal["leave"] = "leave"
    entity: Literal["organisation", "site", "juror", "member", "office"]
    code: str


class DeclareAbsence(Command):
    """A juror cannot sit on these days."""

    kind: Literal["declare_absence"] = "declare_absence"
    juror: str
    absence: Span


class LiftAbsence(Command):
    """A juror can sit on these days after all; the absence is named as it was declared."""

    kind: Literal["lift_absence"] = "lift_absence"
    juror: str
    absence: Span


class NoteTraining(Command):
    """A juror followed the jury training; it is valid as ``trained`` says."""

    kind: Literal["note_training"] = "note_training"
    juror: str
    trained: Span


class DeclareTies(Command):
    """Declare ties between jurors or members and candidates; those that are known leave no trace."""

    kind: Literal["declare_ties"] = "declare_ties"
    ties: tuple[TieEntry, ...]


class LiftTie(Command):
    """A tie does not exist, or does not exist any more."""

    kind: Literal["lift_tie"] = "lift_tie"
    who: str
    person: str
    tie: TieKind
    reason: Sealed | None = None


class EraseSubject(Command):
    """Note that the personal data of everybody who is ``person`` is erased."""

    kind: Literal["erase_subject"] = "erase_subject"
    person: str
    reason: Sealed | None = None


RegisterCommand = Annotated[
    Open
    | EnterOrganisations
    | EnterSites
    | EnterJurors
    | EnterMembers
    | EnterOffice
    | Leave
    | DeclareAbsence
    | LiftAbsence
    | NoteTraining
    | DeclareTies
    | LiftTie
    | EraseSubject,
    Field(discriminator="kind"),
]
