"""What can be asked of a book of awards."""

from __future__ import annotations

from datetime import date
from typing import Annotated, Literal

from pydantic import Field

from domain.awards.disclosure import SetDisclosure
from domain.certificate import AwardKind
from domain.mailing import NoteBounce, ResolveMail
from domain.records import Command, Frozen, Sealed
from domain.settling import DeadlineReached, Settle


class Claim(Frozen):
    """An award that a pathway made: ``award`` is its event (``pathway:…#12``), ``decision`` the sitting's there."""

    award: str
    kind: AwardKind
    block: str = ""
    held_as: str = ""
    awarded_on: date
    sitting: str
    decision: int


class Enter(Command):
    """Enter the awards of one decision, each under the next number; the first entry opens the book."""

    kind: Literal["enter"] = "enter"
    scheme_id: str
    scheme_hash: str
    pathway: str
    person: str
    route: str
    awards: tuple[Claim, ...]


class NoteIssued(Command):
    """The documents of an edition were made and kept: digests (SHA-256, hex) of the sealed PDF and of the credential.

    ``key``: the digest of the certificate that sealed it. ``passed_over``: none could be made, and why.
    """

    kind: Literal["note_issued"] = "note_issued"
    number: str
    edition: int
    document: str = ""
    credential: str = ""
    key: str = ""
    passed_over: Literal["", "erased"] = ""


class Reissue(Command):
    """Make another edition of a certificate; the ones before it are void."""

    kind: Literal["reissue"] = "reissue"
    number: str
    why: Literal["lost", "name_changed"]
    basis: str
    reason: Sealed | None = None


class Correct(Command):
    """Correct what an entry says; another edition of the certificate follows."""

    kind: Literal["correct"] = "correct"
    number: str
    title: str = ""
    valid_until: date | None = None
    basis: str
    reason: Sealed


class Withdraw(Command):
    """The pathway withdrew the award of this event; ``withdrawal``: the version of the event that says so."""

    kind: Literal["withdraw"] = "withdraw"
    award: str
    withdrawal: int
    withdrawn_on: date
    basis: str


class NotePublished(Command):
    """The list that tells which awards are withdrawn was published: its version, its digest, what it counts."""

    kind: Literal["note_published"] = "note_published"
    version: int
    digest: str
    withdrawn: int


class EraseSubject(Command):
    """Note that the personal data of ``person`` is erased: their certificates are gone, their numbers stay."""

    kind: Literal["erase_subject"] = "erase_subject"
    person: str
    reason: Sealed | None = None


AwardsCommand = Annotated[
    Enter
    | NoteIssued
    | Reissue
    | Correct
    | Withdraw
    | NotePublished
    | SetDisclosure
    | EraseSubject
    | DeadlineReached
    | Settle
    | ResolveMail
    | NoteBounce,
    Field(discriminator="kind"),
]
