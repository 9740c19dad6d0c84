"""What stands in a register, entry by entry, under a code that the office chooses.

Names and addresses are sealed beside the event that brought them; what is here is in the clear, because rules need it.
"""

from __future__ import annotations

import re
from typing import Literal

from domain.people import College, Gender, OrganisationFacts, Part, SiteFacts, Span, TieFacts, TieKind
from domain.records import Frozen, Sealed

CODE = re.compile(r"\w[\w .'’()&+-]{0,79}")
"""What an entry may be called by. One code is never used for two entries of a register."""

Entity = Literal["organisation", "site", "juror", "member", "office", "tie"]
OfficeRole = Literal["administrator", "head"]

PERSONAL = frozenset[Entity]({"juror", "member", "office"})
"""Entries that are persons, with a name."""


class OrganisationEntry(Frozen):
    """A body; ``contact`` is how it is written to, sealed for ``person``, whoever answers there."""

    facts: OrganisationFacts
    person: str = ""
    contact: Sealed | None = None


class SiteEntry(Frozen):
    """A place."""

    facts: SiteFacts


class JurorProfile(Frozen):
    """A juror as the register holds them: as in ``JurorFacts``, with the organisation by its code."""

    juror: str
    parts: tuple[Part, ...]
    organisation: str
    branch: str = ""
    gender: Gender | None = None
    trained: Span | None = None
    sites: tuple[str, ...] = ()
    available: tuple[Span, ...] = ()
    absent: tuple[Span, ...] = ()


class JurorEntry(Frozen):
    """A juror and who they are. ``identity`` and ``contact`` are left out where they stay as they were.

    ``keeps``: what was declared meanwhile and stays as it is, whatever the profile says (``trained``, ``absent``).
    """

    facts: JurorProfile
    person: str
    identity: Sealed | None = None
    contact: Sealed | None = None
    keeps: tuple[Literal["trained", "absent"], ...] = ()


class MemberProfile(Frozen):
    """A member of the paritaire jury, as in ``MemberFacts``; ``juror``: the juror that the same person is, if any."""

    member: str
    college: College
    standing: Literal["titular", "substitute"]
    replaces: str = ""
    organisation: str = ""
    mandate: Span = Span()
    juror: str = ""


class MemberEntry(Frozen):
    """A member and who they are."""

    facts: MemberProfile
    person: str
    identity: Sealed | None = None
    contact: Sealed | None = None


class OfficeProfile(Frozen):
    """Who is written to as ``role``."""

    role: OfficeRole


class OfficeEntry(Frozen):
    """Somebody of the office, called by their role."""

    facts: OfficeProfile
    person: str
    identity: Sealed | None = None
    contact: Sealed | None = None


class TieEntry(Frozen):
    """A tie between ``who`` (a juror or a member) and a candidate; the note is sealed for the candidate."""

    who: str
    person: str
    tie: TieKind
    note: Sealed | None = None


Profile = OrganisationFacts | SiteFacts | JurorProfile | MemberProfile | OfficeProfile | TieFacts


def tie_code(who: str, person: str, tie: str) -> str:
    """What a tie is called by."""
    return f"{who}|{person}|{tie}"
