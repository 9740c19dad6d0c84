# ruff: noqa: S608 - the statements are put together from constants and from nothing else
"""The log in the one order that everyone reads, and the proofs that it gives. The notary writes it."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from domain.merkle import (
    LEVEL_BITS,
    Frontier,
    Node,
    complete_root,
    consistency_ranges,
    inclusion_ranges,
    path,
    subtrees,
)
from eventstore.errors import StoreAway, is_away
from eventstore.pool import Pool, fetch

CHANNEL = "jalon_log"
"""Told after every batch that was given its place."""

EVERY_SECONDS = 1.0
"""A follower looks again after this long, should a word have been lost."""

ENTRY = """l.leaf_index, l.position, l.leaf_hash as sealed_hash, e.stream_id as stream, e.version, e.event_id,
       e.command_id, e.command_seq, e.type, e.schema_version, e.occurred_at, e.recorded_at,
       convert_from(e.public, 'UTF8') as public, e.leaf_hash"""

_ENTRIES = f"""
select {ENTRY} from log l left join events e on e.position = l.position
where l.leaf_index >= $1 order by l.leaf_index limit $2"""

_AT = f"""
select {ENTRY} from log l left join events e on e.position = l.position
where l.leaf_index = any($1::bigint[]) order by l.leaf_index"""

_OF_STREAM = f"""
select {ENTRY} from events e join log l on l.position = e.position
where e.stream_id = $1 order by e.version"""

_RANGES = "unnest($1::bigint[], $2::bigint[]) w(first, count) cross join lateral"

_LEAVES = f"""
select k.* from {_RANGES} (
    select leaf_index, leaf_hash from log where leaf_index >= w.first and leaf_index < w.first + w.count
) k"""

_SUBTREES = f"""
select k.* from {_RANGES} (
    select number, hash from subtrees where level = $3 and number >= w.first and number < w.first + w.count
) k"""


class TornLog(RuntimeError):
    """The log names an event that is not there any more, or has lost its own beginning."""


@dataclass(frozen=True, slots=True)
class LogEntry:
    """One event with everything its leaf hash covers; ``sealed_hash`` is the hash that got its place."""

    leaf_index: int
    position: int
    sealed_hash: bytes
    stream: str
    version: int
    event_id: UUID
    command_id: str
    command_seq: int
    type: str
    schema_version: int
    occurred_at: datetime
    recorded_at: datetime
    public: str
    leaf_hash: bytes


@dataclass(frozen=True, slots=True)
class CheckpointRow:
    """What the notary signed: the first ``size`` leaves have this root."""

    size: int
    root: bytes
    note: str
    recorded_at: datetime


class Log:
    """Reads what the notary put in order. Every method raises ``StoreAway`` when PostgreSQL cannot be reached."""

    def __init__(self, pool: Pool) -> None:
        self._pool = pool

    async def origin(self) -> str:
        """The name of this log in its checkpoints."""
        return str((await fetch(self._pool, "select origin from log_origin"))[0][0])

    async def size(self) -> int:
        """How many events have their place."""
        rows = await fetch(self._pool, "select leaf_index + 1 from log order by leaf_index desc limit 1")
        return rows[0][0] if rows else 0

    async def unsealed(self) -> int:
        """How many events do not have their place yet."""
        query = "select count(*) from events e where not exists (select from log l where l.position = e.position)"
        return int((await fetch(self._pool, query))[0][0])

    async def entries(self, first: int = 0, limit: int = 1000) -> list[LogEntry]:
        """The entries from leaf ``first`` on, in order.

        Raises:
            TornLog: one of them names an event that is not there.
        """
        return _entries(await fetch(self._pool, _ENTRIES, first, limit))

    async def at(self, indexes: Sequence[int]) -> list[LogEntry]:
        """The entries at these leaves, in order; leaves that are not there are left out.

        Raises:
            TornLog: one of them names an event that is not there.
        """
        return _entries(await fetch(self._pool, _AT, indexes))

    async def of_stream(self, stream: str) -> list[LogEntry]:
        """The entries of one stream, by version; events without a place yet are left out."""
        return [LogEntry(*row) for row in await fetch(self._pool, _OF_STREAM, stream)]

    async def openings(self, streams: Sequence[str]) -> dict[str, str]:
        """The public part of the first event of each of these streams that exists."""
        query = """
            select stream_id, convert_from(public, 'UTF8') from events
            where version = 1 and stream_id = any($1::text[])"""
        return {row[0]: row[1] for row in await fetch(self._pool, query, streams)}

    async def index_of(self, event_id: UUID) -> int | None:
        """The leaf of an event; None when there is no such event, or it has no place yet."""
        query = "select l.leaf_index from events e join log l using (position) where e.event_id = $1"
        rows = await fetch(self._pool, query, event_id)
        return rows[0][0] if rows else None

    async def follow(self, first: int = 0, limit: int = 1000) -> AsyncIterator[list[LogEntry]]:
        """Entries from leaf ``first`` on, for ever: those that are there, then others as they get their place.

        Raises:
            TornLog, StoreAway; begin again after the last leaf that came.
        """
        try:
            async with self._pool.acquire() as connection:
                news = asyncio.Event()

                def heard(*_: Any) -> None:
                    news.set()

                await connection.add_listener(CHANNEL, heard)
                try:
                    while True:
                        news.clear()
                        entries = await self.entries(first, limit)
                        if entries:
                            yield entries
                            first = entries[-1].leaf_index + 1
                        else:
                            with suppress(TimeoutError):
                                await asyncio.wait_for(news.wait(), EVERY_SECONDS)
                finally:
                    if not connection.is_closed():
                        await connection.remove_listener(CHANNEL, heard)
        except Exception as error:
            if is_away(error):
                raise StoreAway(f"PostgreSQL is away ({type(error).__name__})") from error
            raise

    # --- checkpoints and proofs -------------------------------------------------------------------------------------

    async def checkpoints(self, since: int = 0) -> list[CheckpointRow]:
        """The checkpoints of ``since`` leaves or more, the smallest first."""
        query = "select size, root, note, recorded_at from checkpoints where size >= $1 order by size"
        return [CheckpointRow(**row) for row in await fetch(self._pool, query, since)]

    async def last_checkpoint(self) -> CheckpointRow | None:
        """The checkpoint that covers most."""
        query = "select size, root, note, recorded_at from checkpoints order by size desc limit 1"
        rows = await fetch(self._pool, query)
        return CheckpointRow(**rows[0]) if rows else None

    async def first_checkpoint(self, size: int) -> CheckpointRow | None:
        """The first checkpoint of ``size`` leaves or more."""
        query = "select size, root, note, recorded_at from checkpoints where size >= $1 order by size limit 1"
        rows = await fetch(self._pool, query, size)
        return CheckpointRow(**rows[0]) if rows else None

    async def frontier(self, size: int) -> Frontier:
        """The right edge of the tree of ``size``, ready to be extended. TornLog when leaves are missing."""
        nodes = subtrees(0, size)
        hashes = await self._hashes(nodes)
        return Frontier(size, [hashes[node] for node in nodes])

    async def root(self, size: int) -> bytes:
        """The root of the first ``size`` leaves. TornLog when leaves are missing."""
        return (await self.frontier(size)).root()

    async def inclusion(self, index: int, size: int) -> list[bytes]:
        """The proof that leaf ``index`` is in the tree of ``size``, which has a checkpoint.

        Raises:
            ValueError: there is no such leaf.
            TornLog: leaves are missing.
        """
        return (await self.inclusions([index], size))[0]

    async def inclusions(self, indexes: Sequence[int], size: int) -> list[list[bytes]]:
        """:meth:`inclusion` for many leaves at once; neighbours share most of what is read."""
        wanted = [inclusion_ranges(index, size) for index in indexes]
        hashes = await self._hashes([node for ranges in wanted for range in ranges for node in subtrees(*range)])
        return [path(ranges, hashes.__getitem__) for ranges in wanted]

    async def consistency(self, first: int, second: int) -> list[bytes]:
        """The proof that the tree of ``second`` begins with that of ``first``; both have a checkpoint.

        Raises:
            ValueError: ``first`` is the larger one.
            TornLog: leaves are missing.
        """
        ranges = consistency_ranges(first, second)
        hashes = await self._hashes([node for range in ranges for node in subtrees(*range)])
        return path(ranges, hashes.__getitem__)

    async def _hashes(self, nodes: Sequence[Node]) -> dict[Node, bytes]:
        """The hashes of complete subtrees, from the largest that are kept below each, one query for each level."""
        found: dict[Node, bytes] = {}
        by_level: dict[int, list[Node]] = {}
        for node in dict.fromkeys(nodes):
            by_level.setdefault(node.height // LEVEL_BITS, []).append(node)
        for level, wanted in by_level.items():
            firsts = [node.number << (node.height - LEVEL_BITS * level) for node in wanted]
            counts = [1 << (node.height - LEVEL_BITS * level) for node in wanted]
            rows = await self._row(level, firsts, counts)
            for node, first, count in zip(wanted, firsts, counts, strict=True):
                hashes = [rows[number] for number in range(first, first + count) if number in rows]
                if len(hashes) < count:
                    raise TornLog(f"hashes of level {level} are missing from {first} on")
                found[node] = complete_root(hashes)
        return found

    async def _row(self, level: int, firsts: list[int], counts: list[int]) -> dict[int, bytes]:
        if level == 0:
            rows = await fetch(self._pool, _LEAVES, firsts, counts)
        else:
            rows = await fetch(self._pool, _SUBTREES, firsts, counts, level)
        return {row[0]: row[1] for row in rows}


def _entries(rows: Sequence[Any]) -> list[LogEntry]:
    for row in rows:
        if row["event_id"] is None:
            raise TornLog(f"leaf {row['leaf_index']} has no event")
    return [LogEntry(*row) for row in rows]
