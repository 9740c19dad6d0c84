"""What a certificate says, whoever prints, signs or publishes it: facts of one award, already in order."""

from __future__ import annotations

from datetime import date
from typing import Literal

from domain.records import Frozen
from domain.scheme.certificates import Alignment

AwardKind = Literal["certification", "block"]


class Holder(Frozen):
    """Who was awarded. In the clear: never logged, never stored, never sent to Temporal."""

    family_name: str
    given_name: str
    usage_name: str = ""
    birth_date: date | None = None

    def __repr__(self) -> str:
        return "Holder(…)"

    __str__ = __repr__


class CertifiedBlock(Frozen):
    """A block that the award is of, or rests on; ``since``: the day on which it was first awarded."""

    id: str
    title: str
    title_en: str = ""
    competences: tuple[str, ...] = ()
    since: date | None = None


class CertificateFacts(Frozen):
    """One edition of one certificate.

    ``number``: ``COS-2027-000001``. ``title``: of the award, as the scheme has it; ``scheme_title``: of the
    certification. ``awarded_on``: the day of the paritaire jury's decision; ``issued_on``: of this edition;
    ``reissued``: why there is another edition than the first (``lost``, ``name_changed``, ``correction``).
    ``register_code``: with which the certification stands in the ``repertoire`` (``RNCP35543``), or stood until
    ``registered_until``.
    ``address``: where anyone may verify it, as the QR code says it. ``languages``: the first is the main one.
    """

    number: str
    kind: AwardKind
    title: str
    scheme_id: str
    scheme_title: str
    scheme_title_en: str = ""
    certifier: str
    deciding_body: str
    repertoire: Literal["RNCP", "RS"] = "RNCP"
    register_code: str = ""
    registered_until: date | None = None
    level: int | None = None
    route: Literal["training", "vae", "free_candidacy"] = "training"
    awarded_on: date
    valid_until: date | None = None
    issued_on: date
    edition: int = 1
    reissued: Literal["", "lost", "name_changed", "correction"] = ""
    blocks: tuple[CertifiedBlock, ...]
    alignments: tuple[Alignment, ...] = ()
    languages: tuple[Literal["fr", "en"], ...] = ("fr",)
    address: str
    holder: Holder
