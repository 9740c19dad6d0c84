"""What can happen to a register. ``supersedes`` is the version of the event that last said what this one says anew."""

from __future__ import annotations

from typing import Literal

from domain.people import OrganisationFacts, SiteFacts, Span, TieKind
from domain.records import Fact, Sealed
from domain.register.entries import Entity, JurorProfile, MemberProfile, OfficeProfile


class RegisterOpened(Fact):
    """The register of a certifier is open."""

    kind: Literal["register_opened"] = "register_opened"
    scheme_id: str
    scheme_hash: str
    certifier: str


class OrganisationEntered(Fact):
    """A body stands in the register as ``facts`` say; None of what is sealed: as it was."""

    kind: Literal["organisation_entered"] = "organisation_entered"
    facts: OrganisationFacts
    person: str = ""
    contact: Sealed | None = None
    supersedes: int | None = None


class SiteEntered(Fact):
    """A place stands in the register."""

    kind: Literal["site_entered"] = "site_entered"
    facts: SiteFacts
    supersedes: int | None = None


class JurorEntered(Fact):
    """A juror stands in the register."""

    kind: Literal["juror_entered"] = "juror_entered"
    facts: JurorProfile
    person: str
    identity: Sealed | None = None
    contact: Sealed | None = None
    supersedes: int | None = None


class MemberEntered(Fact):
    """A member of the paritaire jury stands in the register."""

    kind: Literal["member_entered"] = "member_entered"
    facts: MemberProfile
    person: str
    identity: Sealed | None = None
    contact: Sealed | None = None
    supersedes: int | None = None


class OfficeEntered(Fact):
    """It is known who is written to for the office."""

    kind: Literal["office_entered"] = "office_entered"
    facts: OfficeProfile
    person: str
    identity: Sealed | None = None
    contact: Sealed | None = None
    supersedes: int | None = None


class EntryLeft(Fact):
    """An entry is out of use."""

    kind: Literal["entry_left"] = "entry_left"
    entity: Entity
    code: str
    supersedes: int


class AbsenceDeclared(Fact):
    """A juror cannot sit on these days."""

    kind: Literal["absence_declared"] = "absence_declared"
    juror: str
    absence: Span


class AbsenceLifted(Fact):
    """An absence is withdrawn."""

    kind: Literal["absence_lifted"] = "absence_lifted"
    juror: str
    absence: Span


class TrainingNoted(Fact):
    """A juror followed the jury training."""

    kind: Literal["training_noted"] = "training_noted"
    juror: str
    trained: Span


class TieDeclared(Fact):
    """A juror or a member is tied to a candidate, as ``declared_by`` (an account, with its role) says."""

    kind: Literal["tie_declared"] = "tie_declared"
    who: str
    person: str
    tie: TieKind
    declared_by: str
    note: Sealed | None = None


class TieLifted(Fact):
    """A tie does not bar any more."""

    kind: Literal["tie_lifted"] = "tie_lifted"
    who: str
    person: str
    tie: TieKind
    reason: Sealed | None = None


class EntrantErased(Fact):
    """The names and addresses behind these entries are erased for good; their codes are never used again."""

    kind: Literal["entrant_erased"] = "entrant_erased"
    person: str
    codes: tuple[str, ...]
    reason: Sealed | None = None


FACTS: tuple[type[Fact], ...] = (
    RegisterOpened,
    OrganisationEntered,
    SiteEntered,
    JurorEntered,
    MemberEntered,
    OfficeEntered,
    EntryLeft,
    AbsenceDeclared,
    AbsenceLifted,
    TrainingNoted,
    TieDeclared,
    TieLifted,
    EntrantErased,
)
