"""What can be asked of a queue of deposits."""

from __future__ import annotations

from datetime import date, datetime
from typing import Annotated, Literal

from pydantic import Field

from domain.certificate import AwardKind
from domain.mailing import NoteBounce, ResolveMail
from domain.records import Command, Frozen, Sealed
from domain.settling import DeadlineReached, Settle


class Queue(Command):
    """An award is to be deposited: its number is the technical id for good. The first one opens the queue.

    ``award``: the event of the pathway that made it (``pathway:…#12``).
    """

    kind: Literal["queue"] = "queue"
    scheme_id: str
    scheme_hash: str
    number: str
    award: str
    pathway: str
    person: str
    kind_of_award: AwardKind
    block: str = ""
    route: str
    awarded_on: date
    valid_until: date | None = None


class Withdraw(Command):
    """The award was withdrawn: it is not deposited, or, where it was, listed for suppression."""

    kind: Literal["withdraw"] = "withdraw"
    number: str
    basis: str


class AskIdentity(Command):
    """What is missing or odd (codes of rules, by field) is asked of the candidate or of the employer, as a task."""

    kind: Literal["ask_identity"] = "ask_identity"
    number: str
    of: Literal["candidate", "employer"]
    faults: dict[str, str]


class NoteIdentity(Command):
    """The pathway tells that the identity was completed."""

    kind: Literal["note_identity"] = "note_identity"
    pathway: str


class WriteFlux(Command):
    """Deposit these passages in one file.

    ``flux`` is its idFlux, ``at`` its horodatage, ``digest`` that of its bytes (SHA-256, hex). ``versions``: of the
    pathway behind each number, as it was read; ``client`` and ``contract``: under which they are deposited. With these
    the same bytes can be written again.
    """

    kind: Literal["write_flux"] = "write_flux"
    flux: str
    at: datetime
    numbers: tuple[str, ...]
    versions: tuple[int, ...]
    client: str
    contract: str
    digest: str


class AbandonFlux(Command):
    """The file was never sent, or never answered: its passages wait again."""

    kind: Literal["abandon_flux"] = "abandon_flux"
    flux: str
    reason: Sealed | None = None


class Rejection(Frozen):
    """A passage that was not taken; ``code``: what kind of fault the message tells, ``message``: in full.

    ``identity``: the fault is one of who the passage is about.
    """

    number: str
    code: str
    identity: bool = False
    message: Sealed | None = None


class ReadReceipt(Command):
    """The answer to a file: ``treatment`` is its idTraitement, ``digest`` that of its bytes.

    A long answer is told in ``parts``, of which this is number ``part``.
    """

    kind: Literal["read_receipt"] = "read_receipt"
    flux: str
    treatment: str
    digest: str
    accepted: tuple[str, ...]
    rejected: tuple[Rejection, ...] = ()
    part: int = Field(default=1, ge=1)
    parts: int = Field(default=1, ge=1)


class Retry(Command):
    """Deposit passages again that were rejected: what was wrong is put right, or was not wrong here."""

    kind: Literal["retry"] = "retry"
    numbers: tuple[str, ...]


class NoteSuppressed(Command):
    """The Caisse des Dépôts was told to suppress these passages."""

    kind: Literal["note_suppressed"] = "note_suppressed"
    numbers: tuple[str, ...]


class EraseSubject(Command):
    """Note that the personal data of ``person`` is erased: what was not deposited cannot be any more."""

    kind: Literal["erase_subject"] = "erase_subject"
    person: str
    reason: Sealed | None = None


DepositCommand = Annotated[
    Queue
    | Withdraw
    | AskIdentity
    | NoteIdentity
    | WriteFlux
    | AbandonFlux
    | ReadReceipt
    | Retry
    | NoteSuppressed
    | EraseSubject
    | DeadlineReached
    | Settle
    | ResolveMail
    | NoteBounce,
    Field(discriminator="kind"),
]
