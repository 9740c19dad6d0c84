"""The rows that lists and screens read, as plain immutable values named like their columns.

``owed`` is how many effects a stream has promised and not yet seen kept.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from uuid import UUID

from domain.log import StoredEvent
from domain.records import Sealed


@dataclass(frozen=True, slots=True)
class PathwayRow:
    """One pathway. ``identity`` is sealed; ``identity_context`` is what it was sealed in (see the keyring)."""

    pathway_id: str
    person_id: str
    scheme_id: str
    scheme_version: str
    scheme_hash: str
    attempt: int
    route: str
    employer: str | None
    branch: str | None
    initiative: str | None
    status: str
    step: str | None
    outcome: str | None
    opened_on: date
    closed_on: date | None
    session_id: str | None
    sitting_id: str | None
    held: tuple[str, ...]
    identity_version: int
    owed: int
    version: int
    identity: Sealed | None
    identity_context: str | None


@dataclass(frozen=True, slots=True)
class SessionRow:
    """One professional-jury session. ``capacity`` is seats per block."""

    session_id: str
    scheme_id: str
    scheme_hash: str
    status: str
    opens: date
    closes: date
    modality: str
    place: str | None
    registration_closes: date | None
    capacity: dict[str, int]
    seated: int
    waiting: int
    owed: int
    version: int


@dataclass(frozen=True, slots=True)
class SittingRow:
    """One sitting of the paritaire jury."""

    sitting_id: str
    scheme_id: str
    scheme_hash: str
    status: str
    held_on: date
    place: str | None
    dossiers: int
    decided: int
    presides: str | None
    owed: int
    version: int


@dataclass(frozen=True, slots=True)
class RegisterRow:
    """The register of one certifier."""

    register_id: str
    certifier: str
    scheme_id: str
    scheme_hash: str
    status: str
    owed: int
    version: int


@dataclass(frozen=True, slots=True)
class TaskRow:
    """Something that somebody must do on a stream."""

    stream_id: str
    task_id: str
    kind: str
    who: str
    since: date
    due_on: date | None
    params: dict[str, Any]


@dataclass(frozen=True, slots=True)
class DeadlineRow:
    """A deadline that runs, is paused (no due date), was missed, or is open (a right that ends without a trace).

    ``derivation`` is how its date was computed.
    """

    stream_id: str
    deadline_id: str
    deadline: str
    title: str
    status: str
    starts_on: date
    due_on: date | None
    due_at: datetime | None
    who: str
    basis: str
    passed: str
    derivation: list[dict[str, Any]]


@dataclass(frozen=True, slots=True)
class AwardRow:
    """A block or a certification that a person was awarded; ``withdrawn_on``: it was unlawful, and is so no more."""

    award_id: str
    stream_id: str
    person_id: str
    scheme_id: str
    scheme_hash: str
    kind: str
    block: str | None
    held_as: str | None
    title: str
    awarded_on: date
    valid_until: date | None
    withdrawn_on: date | None


@dataclass(frozen=True, slots=True)
class NoticeRow:
    """Something that was told to an audience (a role)."""

    notice_id: str
    stream_id: str
    audience: str
    template: str
    params: dict[str, Any]
    recorded_at: datetime


@dataclass(frozen=True, slots=True)
class SealedRow:
    """One sealed value of a stream, the event it stands beside, and what it was sealed in."""

    version: int
    field: str
    sealed: Sealed
    context: str


@dataclass(frozen=True, slots=True)
class EventRow:
    """One event of a stream as stored, its identity, and the hash of its leaf."""

    event: StoredEvent
    event_id: UUID
    leaf_hash: bytes
