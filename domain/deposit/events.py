"""What can happen to a queue of deposits."""

from __future__ import annotations

from datetime import date, datetime
from typing import Literal

from domain.certificate import AwardKind
from domain.deposit.commands import Rejection
from domain.records import Fact, Sealed
from domain.settling import EffectSettled


class DepositOpened(Fact):
    """The queue of a certifier is open."""

    kind: Literal["deposit_opened"] = "deposit_opened"
    scheme_id: str
    scheme_hash: str
    certifier: str


class PassageQueued(Fact):
    """An award waits to be deposited."""

    kind: Literal["passage_queued"] = "passage_queued"
    number: str
    award: str
    pathway: str
    person: str
    scheme_id: str
    scheme_hash: str
    kind_of_award: AwardKind
    block: str
    route: str
    awarded_on: date
    valid_until: date | None


class IdentityRequested(Fact):
    """What is missing or odd was asked of the candidate or of the employer."""

    kind: Literal["identity_requested"] = "identity_requested"
    number: str
    pathway: str
    of: Literal["candidate", "employer"]
    faults: dict[str, str]


class IdentityNoted(Fact):
    """The identity behind a pathway was completed: these of its passages are tried again."""

    kind: Literal["identity_noted"] = "identity_noted"
    pathway: str
    numbers: tuple[str, ...]


class FluxWritten(Fact):
    """These passages went into one file, ``at`` its horodatage; ``digest``: of its bytes (SHA-256, hex).

    ``versions``: of the pathway behind each, as it was read; ``client`` and ``contract``: under which they went.
    """

    kind: Literal["flux_written"] = "flux_written"
    flux: str
    at: datetime
    numbers: tuple[str, ...]
    versions: tuple[int, ...]
    client: str
    contract: str
    digest: str


class FluxAbandoned(Fact):
    """The file was never sent, or never answered: ``numbers``, which it left unanswered, wait again."""

    kind: Literal["flux_abandoned"] = "flux_abandoned"
    flux: str
    numbers: tuple[str, ...]
    reason: Sealed | None = None


class ReceiptRead(Fact):
    """What the Caisse des Dépôts answered to a file; passages that it does not name are still unanswered."""

    kind: Literal["receipt_read"] = "receipt_read"
    flux: str
    treatment: str
    digest: str
    part: int
    parts: int
    accepted: tuple[str, ...]
    rejected: tuple[Rejection, ...]


class PassagesRetried(Fact):
    """Rejected passages wait to be deposited again."""

    kind: Literal["passages_retried"] = "passages_retried"
    numbers: tuple[str, ...]


class PassageWithdrawn(Fact):
    """The award was withdrawn."""

    kind: Literal["passage_withdrawn"] = "passage_withdrawn"
    number: str
    basis: str


class PassagesSuppressed(Fact):
    """The Caisse des Dépôts was told to suppress these passages."""

    kind: Literal["passages_suppressed"] = "passages_suppressed"
    numbers: tuple[str, ...]


class TitularErased(Fact):
    """The personal data of somebody is erased for good; ``numbers`` are those of their passages."""

    kind: Literal["titular_erased"] = "titular_erased"
    person: str
    numbers: tuple[str, ...]
    reason: Sealed | None = None


FACTS: tuple[type[Fact], ...] = (
    DepositOpened,
    PassageQueued,
    IdentityRequested,
    IdentityNoted,
    FluxWritten,
    FluxAbandoned,
    ReceiptRead,
    PassagesRetried,
    PassageWithdrawn,
    PassagesSuppressed,
    TitularErased,
    EffectSettled,
)
