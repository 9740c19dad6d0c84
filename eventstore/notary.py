"""The notary: gives every event its place in the one order, and signs what the order has become.

One at a time, over a connection of its own that holds an advisory lock: whoever loses the connection loses the lock,
and could not write any more. What it writes is a matter of the events alone, so its successor writes the same.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from typing import Any

from domain.merkle import Frontier, Kept
from domain.note import Checkpoint
from eventstore.errors import away, is_away
from eventstore.log import CHANNEL, CheckpointRow, Log, TornLog
from eventstore.pool import Pool, PoolConnection, discard, is_gone
from eventstore.signing import PUBLISHED, PublishedRow

LOCK = 0x6A616C6F6E  # "jalon"
BATCH = 8192
"""Events that get their place in one statement, at most."""

# Whoever started before the oldest transaction still running has ended: below it nothing can appear any more. What is
# lost of this in a crash is found again in the same order, so it need not wait for the disk; checkpoints do.
_SEAL = f"""
with next as materialized (
    select position, xid, leaf_hash, $4::bigint + row_number() over (order by xid, position) - 1 as leaf_index
    from events
    where (xid, position) > ($1::text::xid8, $2::bigint) and position > $3::bigint
    and xid < pg_snapshot_xmin(pg_current_snapshot())
    order by xid, position limit {BATCH}
), written as (
    insert into log (leaf_index, position, leaf_hash) select leaf_index, position, leaf_hash from next
    returning leaf_index
), told as (
    select pg_notify('{CHANNEL}', max(leaf_index)::text) from written having count(*) > 0
)
select n.xid::text, n.position, w.hashes, (select count(*) from told)
from (select string_agg(leaf_hash, ''::bytea order by leaf_index) as hashes from next) w
join next n on n.leaf_index = (select max(leaf_index) from next)"""  # noqa: S608

_WAITING = """
select exists(select from events where (xid, position) > ($1::text::xid8, $2::bigint) and position > $3::bigint)"""

_NEW_EPOCH = """
insert into epochs (epoch, cluster, floor_position, first_xid)
select max(epoch) + 1, $1, (select coalesce(max(position), 0) from events), $2::text::xid8 from epochs"""

_UNSIGNED = """
select l.leaf_index, l.leaf_hash, e.leaf_hash as stored from log l left join events e using (position)
where l.leaf_index >= $1 order by l.leaf_index limit $2"""

_REST = """
insert into log (leaf_index, position, leaf_hash)
select (select coalesce(max(leaf_index), -1) from log) + row_number() over (order by position), position, leaf_hash
from events e where not exists (select from log l where l.position = e.position)"""

Sign = Callable[[Checkpoint, Sequence[PublishedRow]], str]
"""A checkpoint and the keys that are published -> the signed note."""


class LogTampered(RuntimeError):
    """What is stored is not what was signed: the notary does not sign on top of it."""


class Notary:
    """Take the :meth:`lead`, then :meth:`seal` and :meth:`sign` until :meth:`resign`, due after errors too."""

    def __init__(self, pool: Pool, sign: Sign, clock: Callable[[], datetime] = lambda: datetime.now(UTC)) -> None:
        self._pool = pool
        self._log = Log(pool)
        self._sign = sign
        self._clock = clock
        self._connection: PoolConnection | None = None
        self._origin = ""
        self._cursor: tuple[str, int] = ("0", 0)
        self._floor = 0
        self._frontier = Frontier()
        self._kept: list[Kept] = []
        self._signed = 0

    @property
    def size(self) -> int:
        """How many events have their place."""
        return self._frontier.size

    @property
    def unsigned(self) -> int:
        """How many of them no checkpoint covers yet."""
        return self._frontier.size - self._signed

    async def lead(self) -> bool:
        """Become the one notary; False while another one is.

        Raises:
            LogTampered, TornLog: the log is not the one that was signed.
            StoreAway: PostgreSQL cannot be reached.
        """
        try:
            connection = await self._pool.acquire()
            try:
                if not await connection.fetchval("select pg_try_advisory_lock($1)", LOCK):
                    await self._pool.release(connection)
                    return False
                self._connection = connection
                await connection.execute("set synchronous_commit = off; set application_name = 'jalon notary'")
                await self._resume(connection)
            except BaseException:
                await discard(self._pool, connection)
                self._connection = None
                raise
        except Exception as error:
            if is_away(error):
                raise away(error) from error
            raise
        return True

    async def resign(self) -> None:
        """Stop leading: the next one may at once, and at the latest when the server notices."""
        connection, self._connection = self._connection, None
        if connection is None:
            return
        try:
            if not is_gone(connection):
                await connection.execute(f"select pg_advisory_unlock({LOCK})")
        except Exception as error:
            if not is_away(error):
                raise
        finally:
            # Its settings are of no use to others.
            await discard(self._pool, connection)

    async def seal(self) -> int:
        """Give their places to the events that can have theirs, up to ``BATCH``; how many got one.

        Raises:
            StoreAway: the connection was lost, and the lead with it.
        """
        row = await self._do(lambda connection: connection.fetchrow(_SEAL, *self._cursor, self._floor, self.size))
        if row is None:
            return 0
        hashes: bytes = row["hashes"]
        leaves = [hashes[at : at + 32] for at in range(0, len(hashes), 32)]
        self._kept.extend(self._frontier.extend(leaves))
        self._cursor = (row["xid"], row["position"])
        return len(leaves)

    async def waiting(self) -> bool:
        """Whether there are events that have no place yet; those of a transaction still running do not show.

        Raises:
            StoreAway: the connection was lost, and the lead with it.
        """
        found: bool = await self._do(lambda connection: connection.fetchval(_WAITING, *self._cursor, self._floor))
        return found

    async def sign(self) -> CheckpointRow:
        """Sign the log as it is, and store the checkpoint durably. Whatever the signer raises comes through.

        Raises:
            StoreAway: the connection was lost, and the lead with it.
        """
        checkpoint = Checkpoint(self._origin, self.size, self._frontier.root())
        kept = list(self._kept)

        async def store(connection: PoolConnection) -> CheckpointRow:
            async with connection.transaction():
                await connection.execute("set local synchronous_commit = on")
                # A key takes over before this checkpoint or after it, never amid.
                await connection.execute("lock table notary_keys in share mode")
                published = [PublishedRow(*key) for key in await connection.fetch(PUBLISHED)]
                note = self._sign(checkpoint, published)
                row = CheckpointRow(checkpoint.size, checkpoint.root, note, self._clock())
                await connection.executemany(
                    "insert into subtrees (level, number, hash) values ($1, $2, $3) on conflict do nothing", kept
                )
                await connection.execute(
                    """insert into checkpoints (size, root, note, recorded_at) values ($1, $2, $3, $4)
                    on conflict (size) do nothing""",
                    *(row.size, row.root, row.note, row.recorded_at),
                )
            return row

        row: CheckpointRow = await self._do(store)
        self._signed = row.size
        del self._kept[: len(kept)]
        return row

    async def _do(self, work: Callable[[PoolConnection], Any]) -> Any:
        if self._connection is None:
            raise RuntimeError("only the one who leads writes the log")
        try:
            return await work(self._connection)
        except Exception as error:
            if is_away(error):
                await self.resign()
                raise away(error) from error
            raise

    # --- taking over ------------------------------------------------------------------------------------------------

    async def _resume(self, connection: PoolConnection) -> None:
        """Begin where the one before ended, once it is certain that its last checkpoint is still true."""
        self._origin = await self._log.origin()
        await self._settle_epoch(connection)
        last = await self._log.last_checkpoint()
        self._frontier, self._kept = Frontier(), []
        if last is not None:
            self._frontier = await self._log.frontier(last.size)
            if self._frontier.root() != last.root:
                raise LogTampered(f"the first {last.size} leaves do not have the root that was signed")
        self._signed = self.size
        while rows := await connection.fetch(_UNSIGNED, self.size, BATCH):
            for index, row in enumerate(rows, self.size):
                if row["leaf_index"] != index:
                    raise TornLog(f"the log has a gap before leaf {row['leaf_index']}")
                if row["stored"] is None:
                    raise TornLog(f"leaf {index} has no event")
                if row["leaf_hash"] != row["stored"]:
                    raise LogTampered(f"leaf {index} is not the hash of its event")
            self._kept.extend(self._frontier.extend([row["leaf_hash"] for row in rows]))
        await self._find_cursor(connection)

    async def _find_cursor(self, connection: PoolConnection) -> None:
        epoch = await connection.fetchrow(
            "select floor_position, first_xid::text as first_xid from epochs order by epoch desc limit 1"
        )
        assert epoch is not None
        self._floor = epoch["floor_position"]
        self._cursor = (epoch["first_xid"], 0)
        last = await connection.fetchrow(
            """select l.leaf_index, l.position, e.xid::text as xid from log l left join events e using (position)
            order by l.leaf_index desc limit 1"""
        )
        if last is not None and last["xid"] is None:
            raise TornLog(f"leaf {last['leaf_index']} has no event")
        if last is not None and last["position"] > self._floor:
            self._cursor = (last["xid"], last["position"])

    async def _settle_epoch(self, connection: PoolConnection) -> None:
        """Notice a log that was brought to another cluster: give the events that came along their places first."""
        cluster = str(await connection.fetchval("select system_identifier from pg_control_system()"))
        known = await connection.fetchval("select cluster from epochs order by epoch desc limit 1")
        if known is None:
            first = "insert into epochs (epoch, cluster, floor_position, first_xid) values (1, $1, 0, '0')"
            await connection.execute(first, cluster)
        elif known != cluster:
            async with connection.transaction():
                # Nobody appends meanwhile: each transaction that comes later has an id of at least this one.
                await connection.execute("lock table events in share row exclusive mode")
                oldest = await connection.fetchval("select pg_snapshot_xmin(pg_current_snapshot())::text")
                await connection.execute(_REST)
                await connection.execute(_NEW_EPOCH, cluster, oldest)
