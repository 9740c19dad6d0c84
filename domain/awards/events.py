"""What can happen to a book of awards."""

from __future__ import annotations

from datetime import date
from typing import Literal

from domain.awards.disclosure import DisclosureSet as DisclosureSet
from domain.certificate import AwardKind
from domain.records import Fact, Sealed
from domain.settling import EffectSettled


class BookOpened(Fact):
    """The book of one certification and year is open; ``code`` is how its numbers begin."""

    kind: Literal["book_opened"] = "book_opened"
    scheme_id: str
    scheme_hash: str
    code: str
    year: int


class AwardNumbered(Fact):
    """An award stands in the book as ``number``, the ``sequence``-th (from 1), for good.

    ``award``: the pathway's event that made it; ``decision``: the version there of the decision of ``sitting``.
    ``scheme_hash``: the version under which it was awarded; ``title``: what was awarded, as that version has it.
    """

    kind: Literal["award_numbered"] = "award_numbered"
    number: str
    sequence: int
    award: str
    kind_of_award: AwardKind
    block: str = ""
    held_as: str = ""
    title: str
    awarded_on: date
    valid_until: date | None = None
    sitting: str
    decision: int
    pathway: str
    person: str
    route: str
    scheme_hash: str


class CertificateIssued(Fact):
    """The documents of an edition were made and kept: digests (SHA-256, hex) of the sealed PDF and of the credential.

    ``key``: the digest of the certificate that sealed it.
    """

    kind: Literal["certificate_issued"] = "certificate_issued"
    number: str
    edition: int
    document: str
    credential: str
    key: str


class CertificatePassedOver(Fact):
    """No documents can be made of an edition: the data of whoever holds it is erased."""

    kind: Literal["certificate_passed_over"] = "certificate_passed_over"
    number: str
    edition: int
    why: Literal["erased"]


class CertificateReissued(Fact):
    """Another edition is to be made; those before it are void."""

    kind: Literal["certificate_reissued"] = "certificate_reissued"
    number: str
    edition: int
    why: Literal["lost", "name_changed"]
    basis: str
    reason: Sealed | None = None


class AwardCorrected(Fact):
    """What the book says of an award was wrong: this is so (empty and None: as it was). Another edition is made."""

    kind: Literal["award_corrected"] = "award_corrected"
    number: str
    edition: int
    title: str = ""
    valid_until: date | None = None
    basis: str
    reason: Sealed


class AwardStruck(Fact):
    """The award was withdrawn (the pathway's event ``withdrawal`` says so): it is never valid again."""

    kind: Literal["award_struck"] = "award_struck"
    number: str
    withdrawal: int
    withdrawn_on: date
    basis: str


class StatusPublished(Fact):
    """The list that tells which awards are withdrawn was published, as of the book's ``version``."""

    kind: Literal["status_published"] = "status_published"
    version: int
    digest: str
    withdrawn: int


class HolderErased(Fact):
    """The personal data of whoever holds these awards is erased: certificates are gone, numbers stay."""

    kind: Literal["holder_erased"] = "holder_erased"
    person: str
    numbers: tuple[str, ...]
    reason: Sealed | None = None


FACTS: tuple[type[Fact], ...] = (
    BookOpened,
    AwardNumbered,
    CertificateIssued,
    CertificatePassedOver,
    CertificateReissued,
    AwardCorrected,
    AwardStruck,
    StatusPublished,
    DisclosureSet,
    HolderErased,
    EffectSettled,
)
