# ruff: noqa: S608 - the statements are put together from constants and from nothing else
"""The event store: append, and load one stream."""

from __future__ import annotations

from collections.abc import Coroutine, Sequence
from datetime import UTC, datetime
from typing import Any

import asyncpg

from domain.log import AppendAnswer, AppendRequest, LoadAnswer, LoadRequest, StoredEvent
from eventstore.appender import Appender, Clock
from eventstore.errors import AheadOfLog
from eventstore.pool import Pool, fetch

ANSWER_BYTES = 1_000_000
"""An answer carries at most about this much: what is longer comes in several answers of *behind*."""

PAGE_ROWS = 500

_STORED = (
    """version, command_id, type, schema_version, occurred_at, recorded_at, convert_from(public, 'UTF8') as public"""
)

_LOAD = f"select {_STORED} from events where stream_id = $1 and version > $2 order by version limit {PAGE_ROWS + 1}"

_DONE = f"select {_STORED} from events where stream_id = $1 and command_id = $2 order by version"

_LAST = "select version, recorded_at from events where stream_id = $1 order by version desc limit 1"


class EventStore:
    """Events in PostgreSQL. One instance per process (and event loop), so that its appends are made together."""

    def __init__(self, pool: Pool, clock: Clock = lambda: datetime.now(UTC)) -> None:
        """``clock`` tells the moment (with its zone) at which events are recorded."""
        self._pool = pool
        self._clock = clock
        self._appender = Appender(pool, self._settle, clock)

    def append(self, request: AppendRequest) -> Coroutine[Any, Any, AppendAnswer]:
        """Append if the stream stands at ``expected_version``, read models included, in one transaction.

        An empty ``view.main`` leaves the read models as they are.

        Raises:
            ValueError: for an append that is malformed (no events, a moment without zone, a sealed field whose digest
                is not in the public part, wrong columns in a view row).
            AheadOfLog: ``expected_version`` is beyond the end of the stream.
            StoreAway: the connection was lost; ask again with the same ``command_id``.
            asyncpg.PostgresError: PostgreSQL refused this append; nothing of it is stored.
        """
        return self._appender.append(request)

    async def load(self, request: LoadRequest) -> LoadAnswer:
        """Events after ``after_version``, at least one if there are any, else up to about ``max_bytes``.

        Raises:
            StoreAway: PostgreSQL cannot be reached.
        """
        rows = await fetch(self._pool, _LOAD, request.stream, request.after_version)
        kept = _fitting(rows, request.max_bytes)
        return LoadAnswer(events=_stored(rows[:kept]), more=kept < len(rows))

    async def close(self) -> None:
        """Wait for the appends under way and give the connections back to the pool."""
        await self._appender.close()

    async def _settle(self, request: AppendRequest) -> AppendAnswer | datetime:
        """What an append that was not let through is told; or the time before which it may not be recorded."""
        since = await fetch(self._pool, _LOAD, request.stream, request.expected_version)
        done = await fetch(self._pool, _DONE, request.stream, request.command_id)
        kept = since[: _fitting(since, ANSWER_BYTES)]
        last = kept[-1]["version"] if kept else request.expected_version
        if done and done[-1]["version"] <= last:
            before = [row for row in done if row["version"] <= request.expected_version]
            return AppendAnswer(outcome="already_done", events=_stored([*before, *kept]))
        if kept:
            return AppendAnswer(outcome="behind", events=_stored(kept))
        rows = await fetch(self._pool, _LAST, request.stream)
        version = rows[0]["version"] if rows else 0
        if version < request.expected_version:
            raise AheadOfLog(f"{request.stream} stands at {version}, the append expects {request.expected_version}")
        moment: datetime = rows[0]["recorded_at"] if rows else self._clock()
        return moment


def _fitting(rows: Sequence[asyncpg.Record], max_bytes: int) -> int:
    """How many of ``rows`` make a page: at least one, at most ``PAGE_ROWS``, about ``max_bytes`` together."""
    size = 0
    for number, row in enumerate(rows[:PAGE_ROWS]):
        size += len(row["public"])
        if size > max_bytes and number:
            return number
    return min(len(rows), PAGE_ROWS)


def _stored(rows: Sequence[asyncpg.Record]) -> tuple[StoredEvent, ...]:
    return tuple([StoredEvent(*row) for row in rows])
