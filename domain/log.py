"""The contract of the log: what goes into an append, and the three answers that come back."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal

from domain.records import Frozen, Sealed
from domain.scheme.model import AggregateName


class NewEvent(Frozen):
    """An event to append. ``public`` is its canonical JSON, with digests in place of sealed values."""

    type: str
    schema_version: int
    occurred_at: datetime
    public: str
    sealed: dict[str, Sealed] = {}


@dataclass(slots=True)
class StoredEvent:
    """An event as stored, without its ciphertexts; never changed once made.

    Not frozen, and no model: the log hands them out by the thousand, and either would treble the price of making one.
    The order of the fields is that of the columns which the store reads.
    """

    version: int
    command_id: str
    type: str
    schema_version: int
    occurred_at: datetime
    recorded_at: datetime
    public: str


class ViewRows(Frozen):
    """The rows of the read models for one stream, as they are after the append: replaces what was there.

    ``main`` is the row of the aggregate's own table. ``entries`` are never removed, and an append brings
    those only that it changed.
    """

    main: dict[str, Any]
    tasks: tuple[dict[str, Any], ...] = ()
    deadlines: tuple[dict[str, Any], ...] = ()
    awards: tuple[dict[str, Any], ...] = ()
    entries: tuple[dict[str, Any], ...] = ()


class AppendRequest(Frozen):
    """Append ``events`` (at least one) to ``stream`` if it stands at ``expected_version``."""

    aggregate: AggregateName
    stream: str
    expected_version: int
    command_id: str
    events: tuple[NewEvent, ...]
    view: ViewRows


@dataclass(slots=True)
class AppendAnswer:
    """One of three answers, with the events that the caller must evolve from; never changed once made.

    ``appended``: these events are now stored. ``already_done``: the command was done before; its events and all before
    them since ``expected_version``. ``behind``: others were appended meanwhile; all events since ``expected_version``.
    """

    outcome: Literal["appended", "already_done", "behind"]
    events: tuple[StoredEvent, ...]


class LoadRequest(Frozen):
    """Events of ``stream`` after ``after_version``, at most about ``max_bytes`` of them."""

    stream: str
    after_version: int = 0
    max_bytes: int = 500_000


class LoadAnswer(Frozen):
    """A page of a stream; ``more`` says whether another follows."""

    events: tuple[StoredEvent, ...]
    more: bool = False
