"""Group commit: the appends of one process share statements, so that many are made durable at the price of one."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable, Sequence
from datetime import datetime

import asyncpg
from asyncpg.prepared_stmt import PreparedStatement

from domain.log import AppendAnswer, AppendRequest
from eventstore.batch import Entry, laid_out
from eventstore.errors import StoreAway, away, is_away
from eventstore.pool import Pool, PoolConnection, discard, is_gone
from eventstore.remembered import Remembered
from eventstore.statements import Shape, append_statement

LANES = 2
"""Batches in flight at once: one is written while the next is made ready."""

BATCH = 64
"""Appends in one statement at most: beyond, waiting for one's batch costs more than sharing it saves."""

OVERLAP = 8
"""So many must wait before a second batch joins one in flight: small batches cost more than overlapping them gains."""

SLOW_SECONDS = 0.001
EVENT_SECONDS = 0.00005
"""A statement that takes so much longer than its events account for waits for the disk, or for a processor."""

IDLE_SECONDS = 0.25
"""A lane without work gives its connection back to the pool after about this long."""

Settle = Callable[[AppendRequest], Awaitable[AppendAnswer | datetime]]
Clock = Callable[[], datetime]


class Appender:
    """Queues appends and hands them, in batches, to a few connections.

    ``settle`` answers for an append that the gate did not let through: already done, or behind. A moment means
    that only the clock stands in the way: it must be tried again, recorded then or later. ``clock`` says when events
    are recorded.
    """

    def __init__(self, pool: Pool, settle: Settle, clock: Clock) -> None:
        self._settle = settle
        self._clock = clock
        self._remembered = Remembered()
        self._pace = _Pace()
        self._queue: list[Entry] = []
        self._in_flight: set[str] = set()
        self._lanes = tuple(_Lane(pool, self._remembered, self._pace) for _ in range(LANES))
        self._idle = list(self._lanes)
        self._running: set[asyncio.Task[None]] = set()

    async def append(self, request: AppendRequest) -> AppendAnswer:
        """Append, together with whatever else is being appended at this moment."""
        not_before = self._remembered.recorded_at(request.stream, request.expected_version)
        age = None if not_before is None else self._remembered.age
        while True:
            entry = Entry(request, self._clock(), not_before, age)
            if await (self._alone(entry) if len(self._idle) == LANES else self._together(entry)):
                return entry.answer()
            answer = await self._settle(request)
            if isinstance(answer, AppendAnswer):
                return answer
            not_before, age = answer, None

    async def close(self) -> None:
        """Wait for what is in flight and give the connections back."""
        await asyncio.gather(*self._running)
        await asyncio.gather(*(lane.release() for lane in self._lanes))

    async def _alone(self, entry: Entry) -> bool:
        """Nobody else is appending: no queue, no task, the caller itself waits for PostgreSQL."""
        lane = self._idle.pop()
        self._in_flight.add(entry.stream)
        try:
            return await _one(lane, entry)
        finally:
            self._in_flight.discard(entry.stream)
            self._idle.append(lane)
            if self._queue:
                self._start()

    def _together(self, entry: Entry) -> asyncio.Future[bool]:
        entry.future = asyncio.get_running_loop().create_future()
        self._queue.append(entry)
        if self._idle and (len(self._idle) == LANES or self._overlaps(len(self._queue))):
            self._start()
        return entry.future

    def _start(self) -> None:
        task = asyncio.create_task(self._drain(self._idle.pop()))
        self._running.add(task)
        task.add_done_callback(self._running.discard)

    async def _drain(self, lane: _Lane) -> None:
        try:
            while batch := self._take():
                if self._idle and self._overlaps(len(self._queue) * LANES):
                    self._start()
                await _carry(lane, batch)
                self._in_flight.difference_update([entry.stream for entry in batch])
                # Those just answered get their turn to bring the next append before the next batch is taken.
                await asyncio.sleep(0)
        finally:
            self._idle.append(lane)

    def _overlaps(self, waiting: int) -> bool:
        """Whether so many make two batches in flight worth their while."""
        return waiting >= OVERLAP and not self._pace.slow

    def _take(self) -> list[Entry]:
        """The next batch: in order of arrival, one append per stream, none of a stream that is in flight."""
        batch: list[Entry] = []
        left: list[Entry] = []
        waiting = len(self._queue)
        room = min(BATCH, -(-waiting // LANES) if self._overlaps(waiting) else waiting)
        for entry in self._queue:
            if entry.future is None or entry.future.done():
                continue
            if len(batch) < room and entry.stream not in self._in_flight:
                self._in_flight.add(entry.stream)
                batch.append(entry)
            else:
                left.append(entry)
        self._queue = left
        return batch


class _Pace:
    """How long statements take beyond what their events account for, the last ones counting most.

    Where that is long, two batches in flight would pay it twice, one after the other: better all go together.
    """

    def __init__(self) -> None:
        self._beyond = 0.0

    @property
    def slow(self) -> bool:
        return self._beyond > SLOW_SECONDS

    def note(self, seconds: float, events: int) -> None:
        self._beyond += (seconds - events * EVENT_SECONDS - self._beyond) / 8


class _Lane:
    """A connection kept at hand while there is work, and the one statement at a time that it carries."""

    def __init__(self, pool: Pool, remembered: Remembered, pace: _Pace) -> None:
        self._pool = pool
        self._remembered = remembered
        self._pace = pace
        self._connection: PoolConnection | None = None
        self._prepared: dict[Shape, PreparedStatement[asyncpg.Record]] = {}
        self._busy = False
        self._used = False
        self._timer: asyncio.TimerHandle | None = None
        self._releasing: asyncio.Task[None] | None = None

    async def send(self, entries: Sequence[Entry]) -> None:
        """Send one batch, and note which of its entries passed.

        Raises:
            StoreAway: the connection was refused or lost.
            asyncpg.PostgresError: PostgreSQL refused the statement, and with it the whole batch.
        """
        self._busy = True
        try:
            connection = self._connection
            if connection is None or is_gone(connection):
                connection = await self._connect()
            # Only now: opening the connection may have made one forget.
            shape, arguments = laid_out(entries, self._remembered.age)
            prepared = self._prepared.get(shape)
            if prepared is None:
                prepared = self._prepared[shape] = await connection.prepare(append_statement(shape))
            sent = time.perf_counter()
            rows = await prepared.fetch(*arguments)
            self._pace.note(time.perf_counter() - sent, sum(len(entry.events) for entry in entries))
            passed = {row[0] for row in rows} if shape.gated else None
            for entry in entries:
                if passed is None or entry.stream in passed:
                    entry.passed = True
                    self._remembered.note(entry.stream, entry.base + len(entry.events), entry.recorded_at)
        except asyncio.CancelledError:
            await self._abandon()
            raise
        except Exception as error:
            if is_away(error):
                await self._abandon()
                raise away(error) from error
            raise
        finally:
            self._busy = False
            self._used = True

    async def _connect(self) -> PoolConnection:
        await self.release()
        self._connection = await self._pool.acquire()
        self._remembered.forget()
        if self._timer is None:
            self._timer = asyncio.get_running_loop().call_later(IDLE_SECONDS, self._tidy)
        return self._connection

    def _tidy(self) -> None:
        self._timer = None
        if self._busy or self._used:
            self._used = False
            self._timer = asyncio.get_running_loop().call_later(IDLE_SECONDS, self._tidy)
        else:
            self._releasing = asyncio.create_task(self.release())

    async def _abandon(self) -> None:
        """What the server is still doing on this connection is not known: never use it again."""
        connection, self._connection = self._connection, None
        self._prepared = {}
        self._remembered.forget()
        if connection is not None:
            await discard(self._pool, connection)

    async def release(self) -> None:
        """Give the connection back to the pool."""
        connection, self._connection = self._connection, None
        self._prepared = {}
        if connection is not None:
            await self._pool.release(connection)


async def _one(lane: _Lane, entry: Entry) -> bool:
    """Send one append alone. False: the gate is closed, somebody was quicker, or the command was done before."""
    try:
        await lane.send([entry])
    except asyncpg.UniqueViolationError:
        return False
    return entry.passed


async def _carry(lane: _Lane, batch: list[Entry]) -> None:
    """Send a batch and answer all who wait for it. Never raises."""
    if len(batch) == 1:
        await _carry_one(lane, batch[0])
        return
    try:
        await lane.send(batch)
    except StoreAway as error:
        for entry in batch:
            _fail(entry, error)
    except Exception:
        # One row is enough to fail the statement, and nothing was stored: each on its own, so only its caller hears.
        for entry in batch:
            await _carry_one(lane, entry)
    else:
        for entry in batch:
            if entry.future is not None and not entry.future.done():
                entry.future.set_result(entry.passed)


async def _carry_one(lane: _Lane, entry: Entry) -> None:
    try:
        passed = await _one(lane, entry)
    except Exception as error:
        _fail(entry, error)
    else:
        if entry.future is not None and not entry.future.done():
            entry.future.set_result(passed)


def _fail(entry: Entry, error: Exception) -> None:
    if entry.future is not None and not entry.future.done():
        entry.future.set_exception(error)
