"""Appends made ready to be sent together: each checked alone, then laid side by side."""

from __future__ import annotations

import base64
import binascii
import hashlib
from asyncio import Future
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any

from asyncpg.pgproto.pgproto import UUID

from domain.ledger import leaf_hash
from domain.log import AppendAnswer, AppendRequest, NewEvent, StoredEvent, ViewRows
from domain.records import Sealed, event_ids
from eventstore.statements import COLUMNS, GROWING, MAIN, Shape

_EXPECTED_KEYS = {table: frozenset(columns) - {"stream_id"} for table, columns in COLUMNS.items()}


class Entry:
    """One append, checked and laid out as rows. ``future`` is there while its caller waits in the queue.

    It is recorded ``now``, or at ``not_before`` if the clock stands behind the stream's last event. ``age``: of which
    memory this last event is certain; None if of none. ``passed``: it was let through.
    """

    __slots__ = ("age", "base", "events", "future", "passed", "recorded_at", "request", "sealed", "stream")

    def __init__(
        self, request: AppendRequest, now: datetime, not_before: datetime | None = None, age: int | None = None
    ) -> None:
        """Raises ValueError for an append that must not reach the database."""
        events = request.events
        if not events:
            raise ValueError("an append without events is refused")
        stream, base, command = request.stream, request.expected_version, request.command_id
        if base < 0:
            raise ValueError("a version is never negative")
        self.request = request
        self.stream = stream
        self.base = base
        self.age = age
        self.passed = False
        self.future: Future[bool] | None = None
        self.recorded_at = now if not_before is None or now > not_before else not_before
        self.events: list[tuple[Any, ...]] = []
        self.sealed: list[tuple[Any, ...]] = []
        version = base
        for seq, event in enumerate(events):
            version += 1
            self.events.append(_row(stream, version, command, seq, event, self.recorded_at))
            if event.sealed:
                self.sealed.extend(_sealed_rows(stream, version, event))
        if request.view.main:
            _check_view(request)

    def answer(self) -> AppendAnswer:
        """What the caller hears when the append was let through."""
        request, version = self.request, self.base
        events = []
        for event in request.events:
            version += 1
            events.append(
                StoredEvent(
                    version,
                    request.command_id,
                    event.type,
                    event.schema_version,
                    event.occurred_at.astimezone(UTC),
                    self.recorded_at,
                    event.public,
                )
            )
        return AppendAnswer(outcome="appended", events=tuple(events))


def _row(stream: str, version: int, command: str, seq: int, event: NewEvent, recorded_at: datetime) -> tuple[Any, ...]:
    moment, public = event.occurred_at, event.public.encode()
    if moment.tzinfo is None:
        raise ValueError("a moment without a time zone is refused")
    id = UUID(event_ids((f"{stream}/{version}",)))
    leaf = leaf_hash(
        stream=stream,
        version=version,
        event_id=id,
        command_id=command,
        command_seq=seq,
        type=event.type,
        schema_version=event.schema_version,
        occurred_at=moment,
        recorded_at=recorded_at,
        public=public,
    )
    return (stream, version, id, command, seq, event.type, event.schema_version, moment, recorded_at, public, leaf)


def _sealed_rows(stream: str, version: int, event: NewEvent) -> list[tuple[Any, ...]]:
    return [
        (stream, version, field, sealed.subject, sealed.key_version, *_ciphertext(field, sealed, event.public))
        for field, sealed in event.sealed.items()
    ]


def _ciphertext(field: str, sealed: Sealed, public: str) -> tuple[bytes, bytes]:
    """The ciphertext and its digest, once it is certain that the public part vouches for exactly these bytes."""
    if sealed.ciphertext is None:
        raise ValueError(f"the sealed field {field} comes without its ciphertext")
    try:
        ciphertext = base64.b64decode(sealed.ciphertext, validate=True)
    except binascii.Error:
        raise ValueError(f"the ciphertext of {field} is not base64") from None
    digest = hashlib.sha256(ciphertext)
    if digest.hexdigest() != sealed.digest or sealed.digest not in public:
        raise ValueError(f"the public part does not hold the digest of {field}")
    if sealed.ciphertext in public:
        raise ValueError(f"the public part holds the ciphertext of {field}")
    return ciphertext, digest.digest()


def _check_view(request: AppendRequest) -> None:
    view, table = request.view, MAIN[request.aggregate]
    _check_keys(table, view.main)
    if view.main[COLUMNS[table][0]] != request.stream:
        raise ValueError(f"the row of {table} is not that of stream {request.stream}")
    for name, rows in sets_of(table, view):
        for row in rows:
            _check_keys(name, row)


def _check_keys(table: str, row: dict[str, Any]) -> None:
    if row.keys() != _EXPECTED_KEYS[table]:
        wrong = sorted(row.keys() ^ _EXPECTED_KEYS[table])
        raise ValueError(f"a row of {table} has missing or unknown columns: {', '.join(wrong)}")


def sets_of(main: str, view: ViewRows) -> tuple[tuple[str, tuple[dict[str, Any], ...]], ...]:
    """The tables in which a stream of the table ``main`` has any number of rows, each with the rows of ``view``."""
    sets = (("tasks", view.tasks), ("deadlines", view.deadlines), ("awards", view.awards))
    return (*sets, (GROWING[main], view.entries)) if main in GROWING else sets


_BARE = Shape(single=True, gated=False, sealed=False, mains=frozenset())


def laid_out(entries: Sequence[Entry], age: int) -> tuple[Shape, list[Any]]:
    """The shape of the statement that appends ``entries`` (at most one per stream), and its arguments.

    ``age`` is that of what is remembered: an entry of this age has its event before, and so has a first one.
    """
    gated = [entry for entry in entries if entry.age != age and entry.base]
    arguments: list[Any]
    if single := len(entries) == 1 and len(entries[0].events) == 1:
        arguments = [*entries[0].events[0], entries[0].base] if gated else list(entries[0].events[0])
    else:
        arguments = [[(*row, 0 if entry.age == age else entry.base) for entry in entries for row in entry.events]]
    sealed = [row for entry in entries for row in entry.sealed]
    viewed = [entry.request for entry in entries if entry.request.view.main]
    if single and not (gated or sealed or viewed):
        return _BARE, arguments
    if sealed:
        arguments.append(sealed)
    if viewed:
        arguments.append(_view_rows(viewed))
    mains = frozenset(MAIN[request.aggregate] for request in viewed)
    return Shape(single, bool(gated), bool(sealed), mains), arguments


def _view_rows(requests: Sequence[AppendRequest]) -> dict[str, Any]:
    rows: dict[str, list[Any]] = {"viewed": [request.stream for request in requests]}
    for request in requests:
        table = MAIN[request.aggregate]
        rows.setdefault(table, []).append(request.view.main)
        for name, given in sets_of(table, request.view):
            rows.setdefault(name, []).extend({**row, "stream_id": request.stream} for row in given)
    return rows
