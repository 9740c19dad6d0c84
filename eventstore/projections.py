# ruff: noqa: S608 - the statements are put together from constants and from nothing else
"""Every read model made again from the log, beside the one that is read, which then takes over what differs.

Whoever reads sees the old rows or the new ones, and nothing between them; whoever appends waits only for the last part,
in which the streams that moved meanwhile are made again and the two are compared.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Iterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any

import asyncpg

from domain.aggregate import Aggregate
from domain.aggregates import aggregate_of
from domain.log import StoredEvent, ViewRows
from eventstore.batch import sets_of
from eventstore.errors import away, is_away
from eventstore.pool import Pool, PoolConnection
from eventstore.statements import COLUMNS, MAIN, key_of

NOTICES = ("notice_id", "stream_id", "audience", "template", "params", "recorded_at")
TABLES = {**COLUMNS, "notices": NOTICES}
"""The read models and their columns."""

LOCK = 0x72656275696C74  # "rebuilt"
PAGE = 4000
STREAMS_AT_ONCE = 250
"""Streams whose rows are written in one statement for each table."""

FEW = 50
"""So few streams may be left to be made again while appends wait."""

ROUNDS = 5

PATIENCE = "5s"
"""How long appends wait at most for a transaction that stays open, before the rebuild gives up."""

_STORED = "version, command_id, type, schema_version, occurred_at, recorded_at, public"
_PAGE = f"""select stream_id, {_STORED} from events
where (stream_id, version) > ($1, $2){{}} order by stream_id, version limit {PAGE}"""
_ALL, _ONE = _PAGE.format(""), _PAGE.format(" and stream_id = $3")

_DROP = "drop schema if exists rebuilt cascade"

# A notice that is still owed may have been told already; if not, whoever owes it will.
_NOT_YET_TOLD = """delete from rebuilt.notices r using rebuilt.owed o
where r.notice_id = o.notice_id and not exists (select from notices l where l.notice_id = r.notice_id)"""

Progress = Callable[[int], None]
"""Hears how many events are done."""


class RebuildUnderWay(RuntimeError):
    """Another process makes the read models again."""


class AppendsNotHeld(RuntimeError):
    """A transaction that writes to the log stays open, and appends are not made to wait for it."""


class Unfoldable(ValueError):
    """An event from which no state follows: the log was changed, or a newer version of this program wrote it."""

    def __init__(self, stream: str, version: int, error: Exception) -> None:
        super().__init__(f"{stream}/{version}: {type(error).__name__}")
        self.stream = stream
        self.version = version


@dataclass(frozen=True, slots=True)
class TableReport:
    """One read model: how many rows the log gives, and how the table that was read differed from them."""

    table: str
    rows: int
    missing: int
    extra: int
    different: int

    @property
    def same(self) -> bool:
        """Whether the two were equal, byte for byte."""
        return not (self.missing or self.extra or self.different)


@dataclass(frozen=True, slots=True)
class Rebuild:
    """What was compared: every table, as it follows from so many events."""

    events: int
    tables: tuple[TableReport, ...]

    @property
    def same(self) -> bool:
        """Whether every read model was what the log gives."""
        return all(table.same for table in self.tables)


async def rebuild(pool: Pool, *, check: bool = False, progress: Progress = lambda done: None) -> Rebuild:
    """Make every read model again and compare; unless ``check``, correct what differs, in one transaction.

    The scheme versions must be known (``library``). Memory does not grow with the log.

    Raises:
        RebuildUnderWay, AppendsNotHeld: at another time.
        Unfoldable: the log itself must be looked at first. Nothing is changed.
        StoreAway: PostgreSQL cannot be reached.
    """
    try:
        async with _alone(pool) as connection:
            return await _Rebuilding(connection, progress).run(check)
    except asyncpg.LockNotAvailableError:
        raise AppendsNotHeld("a transaction that writes to the log stays open") from None
    except Exception as error:
        if is_away(error):
            raise away(error) from error
        raise


@asynccontextmanager
async def _alone(pool: Pool) -> AsyncIterator[PoolConnection]:
    """A connection set for large questions, on which nobody else makes read models again at the same time."""
    connection = await pool.acquire()
    try:
        if not await connection.fetchval("select pg_try_advisory_lock($1)", LOCK):
            raise RebuildUnderWay("the read models are being made again by another process")
        await connection.execute(
            f"""set enable_seqscan = on; set plan_cache_mode = auto; set lock_timeout = '{PATIENCE}';
            set idle_in_transaction_session_timeout = '60s'; set client_min_messages = warning"""
        )
        yield connection
    finally:
        # Closed for good: the lock and the settings belong to the session.
        connection.terminate()
        await pool.release(connection)


class _Folded:
    """One stream from its first event on: the state, and every notice that it ever owed."""

    def __init__(self, stream: str) -> None:
        self.stream = stream
        self.aggregate: Aggregate[Any] | None = None
        self._state: Any = None
        self._notices: dict[str, dict[str, Any]] = {}

    def add(self, row: asyncpg.Record) -> None:
        """Advance by one event. Raises Unfoldable."""
        try:
            if self.aggregate is None:
                self.aggregate = aggregate_of(self.stream)
                self._state = self.aggregate.new()
                self._state.stream = self.stream
            stored = StoredEvent(*[*row[1:-1], row["public"].decode()])
            record, order = self.aggregate.read(self.stream, stored)
            self.aggregate.evolve_in_place(self._state, record, order)
        except Exception as error:
            # A forged fact can break a fold in any way.
            raise Unfoldable(self.stream, row["version"], error) from error
        # What is newly owed stands last.
        for effect in reversed(self._state.owed.values()):
            if effect.version != record.version:
                break
            if effect.kind == "notice":
                self._notices[effect.id] = {
                    **{"notice_id": effect.id, "stream_id": self.stream, "audience": effect.audience},
                    **{"template": effect.template, "params": effect.params, "recorded_at": record.recorded_at},
                }

    def view(self) -> ViewRows:
        """The rows of the stream. Raises Unfoldable."""
        assert self.aggregate is not None
        try:
            return self.aggregate.view(self._state)
        except Exception as error:
            raise Unfoldable(self.stream, self._state.version, error) from error

    def notices(self) -> Iterator[tuple[dict[str, Any], bool]]:
        """Every notice, and whether it is still owed: such a one may have been told already, or not yet."""
        for id, notice in self._notices.items():
            yield notice, id in self._state.owed


class _Batch:
    """The rows of some streams, by table."""

    def __init__(self) -> None:
        self.streams = 0
        self.owed: list[str] = []
        self.rows: dict[str, list[dict[str, Any]]] = {}

    def add(self, folded: _Folded) -> None:
        """Add the rows of one stream."""
        view = folded.view()
        assert folded.aggregate is not None
        self.streams += 1
        main = MAIN[folded.aggregate.name]
        self._of(main).append(view.main)
        for table, rows in sets_of(main, view):
            self._of(table).extend({**row, "stream_id": folded.stream} for row in rows)
        for notice, owed in folded.notices():
            self._of("notices").append(notice)
            if owed:
                self.owed.append(notice["notice_id"])

    def _of(self, table: str) -> list[dict[str, Any]]:
        return self.rows.setdefault(table, [])


class _Rebuilding:
    def __init__(self, connection: PoolConnection, progress: Progress) -> None:
        self._connection = connection
        self._progress = progress
        self._events = 0

    async def run(self, check: bool) -> Rebuild:
        connection = self._connection
        await connection.execute(_DROP)
        try:
            await connection.execute(_make())
            since = await self._cut()
            await self._make_again(None)
            for _ in range(ROUNDS):
                moved = await self._moved(since)
                if len(moved) <= FEW:
                    break
                since = await self._cut()
                await self._make_again(moved)
            async with connection.transaction():
                await connection.execute("lock table events, notices in share row exclusive mode")
                await self._make_again(await self._moved(since))
                await connection.execute(_NOT_YET_TOLD)
                events = await connection.fetchval("select count(*) from events")
                reports = [await self._compared(table) for table in TABLES]
                for report in reports:
                    if not (check or report.same):
                        await connection.execute(_take_over(report.table))
            return Rebuild(events, tuple(reports))
        finally:
            if not connection.is_closed():
                await connection.execute(_DROP)

    async def _compared(self, table: str) -> TableReport:
        [counts] = await self._connection.fetch(_compare(table))
        return TableReport(table, *counts)

    async def _cut(self) -> int:
        """A position up to which every event is there: whoever was about to write one has ended."""
        async with self._connection.transaction():
            await self._connection.execute("lock table events in share row exclusive mode")
            return int(await self._connection.fetchval("select coalesce(max(position), 0) from events"))

    async def _moved(self, since: int) -> list[str]:
        query = "select distinct stream_id from events where position > $1"
        return [row[0] for row in await self._connection.fetch(query, since)]

    async def _make_again(self, streams: Sequence[str] | None) -> None:
        """Fold ``streams`` (None: all, for the first time) and write their rows."""
        batch = _Batch()
        if streams is None:
            async for folded in self._folded(_ALL):
                batch.add(folded)
                if batch.streams == STREAMS_AT_ONCE:
                    await self._write(batch)
                    batch = _Batch()
        else:
            for statement in _forget():
                await self._connection.execute(statement, list(streams))
            for stream in streams:
                async for folded in self._folded(_ONE, stream):
                    batch.add(folded)
        await self._write(batch)

    async def _folded(self, query: str, *stream: str) -> AsyncIterator[_Folded]:
        folded: _Folded | None = None
        after: tuple[str, int] = ("", 0)
        while rows := await self._connection.fetch(query, *after, *stream):
            for row in rows:
                if folded is None or folded.stream != row["stream_id"]:
                    if folded is not None:
                        yield folded
                    folded = _Folded(row["stream_id"])
                folded.add(row)
            after = (rows[-1]["stream_id"], rows[-1]["version"])
            if not stream:
                self._events += len(rows)
                self._progress(self._events)
            if len(rows) < PAGE:
                break
        if folded is not None:
            yield folded

    async def _write(self, batch: _Batch) -> None:
        for table, rows in batch.rows.items():
            await self._connection.execute(_insert(table), rows)
        await self._connection.execute("insert into rebuilt.owed select unnest($1::text[])", batch.owed)


def _make() -> str:
    tables = "".join(f"create unlogged table rebuilt.{table} (like {table} including indexes);\n" for table in TABLES)
    return f"create schema rebuilt;\n{tables}create unlogged table rebuilt.owed (notice_id text primary key)"


def _stream_of(table: str) -> str:
    return COLUMNS[table][0] if table in MAIN.values() else "stream_id"


def _insert(table: str) -> str:
    # In the way of an append, so that a row takes the same form.
    columns = ", ".join(TABLES[table])
    return f"insert into rebuilt.{table} ({columns}) select {columns} from jsonb_populate_recordset(null::{table}, $1)"


def _forget() -> tuple[str, ...]:
    """Statements that take the streams ``$1`` out of what was made."""
    owed = (
        "delete from rebuilt.owed o using rebuilt.notices n where o.notice_id = n.notice_id and n.stream_id = any($1)"
    )
    return (owed, *(f"delete from rebuilt.{table} where {_stream_of(table)} = any($1)" for table in TABLES))


def _same_key(table: str) -> str:
    return " and ".join(f"r.{column} = l.{column}" for column in key_of(table))


def _compare(table: str) -> str:
    key = key_of(table)[0]
    return f"""select count(r.{key}), count(*) filter (where l.{key} is null), count(*) filter (where r.{key} is null),
    count(*) filter (where r::text <> l::text)
    from rebuilt.{table} r full join {table} l on {_same_key(table)}"""


def _take_over(table: str) -> str:
    """What differs goes, what is missing comes: the table itself stays, and so do the statements prepared on it."""
    return f"""delete from {table} l
    where not exists (select from rebuilt.{table} r where {_same_key(table)} and r::text = l::text);
    insert into {table} select r.* from rebuilt.{table} r
    where not exists (select from {table} l where {_same_key(table)})"""
