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

from domain.log import AppendAnswer, AppendRequest, NewEvent, ViewRows
from domain.records import EVENT_NAMESPACE, Sealed
from eventstore.statements import COLUMNS, MAIN, SETS, Shape, append_statement

_EXPECTED_KEYS = {
    table: frozenset(columns) - ({"stream_id"} if table in SETS else set()) for table, columns in COLUMNS.items()
}


class Entry:
    """One append, checked and laid out as rows. ``future`` is there while its caller waits in the queue."""

    __slots__ = ("append", "events", "future", "request", "sealed", "stream")

    def __init__(self, request: AppendRequest) -> None:
        """Raises ValueError for an append that must not reach the database."""
        events = request.events
        if not events:
            raise ValueError("an append without events is refused")
        stream, expected, command = request.stream, request.expected_version, request.command_id
        if expected < 0:
            raise ValueError("a version is never negative")
        self.request = request
        self.stream = stream
        self.future: Future[datetime | None] | None = None
        self.append = (stream, request.aggregate, expected, len(events))
        self.events: list[tuple[Any, ...]] = []
        self.sealed: list[tuple[Any, ...]] = []
        version = expected
        for seq, event in enumerate(events):
            version += 1
            moment = event.occurred_at
            if moment.tzinfo is None:
                raise ValueError("a moment without a time zone is refused")
            self.events.append(
                (
                    *(stream, version, _event_id(stream, version), command, seq),
                    *(event.type, event.schema_version, moment, event.public.encode()),
                )
            )
            if event.sealed:
                self.sealed.extend(_sealed_rows(stream, version, event))
        if request.view.main:
            _check_view(request)

    def answer(self, recorded_at: datetime) -> AppendAnswer:
        """What the caller hears when the append was let through."""
        request = self.request
        version = request.expected_version
        events = []
        for event in request.events:
            version += 1
            events.append(
                {
                    "version": version,
                    "command_id": request.command_id,
                    "type": event.type,
                    "schema_version": event.schema_version,
                    "occurred_at": event.occurred_at.astimezone(UTC),
                    "recorded_at": recorded_at,
                    "public": event.public,
                }
            )
        # One validation for the answer and its events together: half the price of one for each.
        return AppendAnswer.model_validate({"outcome": "appended", "events": events})


_NAMESPACE = EVENT_NAMESPACE.bytes


def _event_id(stream: str, version: int) -> UUID:
    """``domain.records.event_id`` in the driver's own type, at a third of the price; a test holds the two together."""
    raw = bytearray(hashlib.sha1(_NAMESPACE + f"{stream}/{version}".encode(), usedforsecurity=False).digest()[:16])
    raw[6] = raw[6] & 0x0F | 0x50
    raw[8] = raw[8] & 0x3F | 0x80
    return UUID(bytes(raw))


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
    for name, rows in _sets(view):
        for row in rows:
            _check_keys(name, row)


def _check_keys(table: str, row: dict[str, Any]) -> None:
    if row.keys() != _EXPECTED_KEYS[table]:
        wrong = sorted(row.keys() ^ _EXPECTED_KEYS[table])
        raise ValueError(f"a row of {table} has missing or unknown columns: {', '.join(wrong)}")


def _sets(view: ViewRows) -> tuple[tuple[str, tuple[dict[str, Any], ...]], ...]:
    return (("tasks", view.tasks), ("deadlines", view.deadlines), ("awards", view.awards))


_NO_MAINS: frozenset[str] = frozenset()
_BARE = {
    born: append_statement(Shape(single=True, born=born, moved=not born, sealed=False, mains=_NO_MAINS))
    for born in (True, False)
}


def statement_for(entries: Sequence[Entry]) -> tuple[str, list[Any]]:
    """The statement that appends ``entries`` (at most one per stream), and its arguments."""
    if len(entries) == 1:
        return _for_one(entries[0])
    # By stream, so that two processes that share streams lock them in one order.
    ordered = sorted(entries, key=lambda entry: entry.stream)
    events: list[tuple[Any, ...]] = []
    for entry in ordered:
        events += entry.events
    moved = sum(1 for entry in ordered if entry.append[2])
    return _complete([[entry.append for entry in ordered], events], ordered, False, moved < len(ordered), moved > 0)


def _for_one(entry: Entry) -> tuple[str, list[Any]]:
    append, events = entry.append, entry.events
    born = append[2] == 0
    if len(events) > 1:
        return _complete([[append], events], [entry], False, born, not born)
    arguments: list[Any] = [*append[:3], *events[0][1:]]
    if not entry.sealed and not entry.request.view.main:
        return _BARE[born], arguments
    return _complete(arguments, [entry], True, born, not born)


def _complete(
    arguments: list[Any], entries: Sequence[Entry], single: bool, born: bool, moved: bool
) -> tuple[str, list[Any]]:
    """The statement once sealed values and read models, if there are any, have joined the arguments."""
    sealed = [row for entry in entries for row in entry.sealed]
    viewed = [entry.request for entry in entries if entry.request.view.main]
    mains = frozenset([MAIN[request.aggregate] for request in viewed])
    if sealed:
        arguments.append(sealed)
    if viewed:
        arguments.append(_view_rows(viewed))
    return append_statement(Shape(single, born, moved, bool(sealed), mains)), arguments


def _view_rows(requests: Sequence[AppendRequest]) -> dict[str, Any]:
    rows: dict[str, list[Any]] = {"viewed": [request.stream for request in requests]}
    for request in requests:
        rows.setdefault(MAIN[request.aggregate], []).append(request.view.main)
        for name, given in _sets(request.view):
            rows.setdefault(name, []).extend({**row, "stream_id": request.stream} for row in given)
    return rows
