"""What a scheme says of the certificates that its awards become. A scheme without this section issues none."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import Field

from domain.records import Frozen
from domain.scheme.values import Name

DEPOSIT = "deposit"
"""The deadline for depositing the holders with the Caisse des Dépôts."""


class Alignment(Frozen):
    """What an award corresponds to in a framework that others know: an occupation, an entry of a register."""

    framework: Literal["RNCP", "RS", "ROME", "ESCO", "NSF"]
    code: Name
    title: Name
    url: str = ""


class Crosswalk(Frozen):
    """A block of another referential, held as ``held``, counts as the one held here as ``counts_as``."""

    held: Name
    counts_as: Name
    basis: Name


class Deposit(Frozen):
    """Which awards are deposited with the Caisse des Dépôts, and within how many months."""

    awards: tuple[Literal["certification", "block"], ...] = ("certification",)
    months: int = Field(default=3, ge=1)
    basis: Name = "Code du travail, art. L. 6113-8"

    def period(self) -> dict[str, Any]:
        """The deadline that follows, as fields of :class:`domain.scheme.model.Deadline`."""
        return {
            "id": DEPOSIT,
            "aggregate": "pathway",
            "title": "Dépôt auprès de la Caisse des Dépôts (« accrochage »)",
            "starts": "deposit_owed",
            "ends": ("deposited",),
            "amount": self.months,
            "unit": "mois",
            "passed": "record",
            "who": "administrator",
            "basis": self.basis,
            "remind": (30,),
        }


class Certificates(Frozen):
    """How awards are numbered, worded and made known.

    ``code``: how the numbers of this certification begin (``COS-2027-000001``). ``languages``: of its documents, the
    first one first; with two, a document shows both. ``titles``: the certification and its blocks in the second
    language, by block id (the certification's is ``""``); what is not there is shown in the first one.
    """

    code: Annotated[str, Field(pattern=r"^[A-Z][A-Z0-9]{1,11}$")]
    languages: tuple[Literal["fr", "en"], ...] = ("fr",)
    titles: dict[str, Name] = {}
    alignments: tuple[Alignment, ...] = ()
    crosswalk: tuple[Crosswalk, ...] = ()
    deposit: Deposit | None = None
