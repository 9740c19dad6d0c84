"""How the notary is: what waits for it and since when, what it signed last, who leads, whether the copies are there."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any, Literal, NamedTuple

from eventstore.log import CheckpointRow, Log, TornLog
from eventstore.notary import LOCK
from eventstore.pool import Pool, fetch
from eventstore.signing import BrokenChain, load_keys
from workers.notary_key import KeyFile, held_key
from workers.settings import Settings
from workers.trouble import Trouble
from workers.witness import Witness, WitnessAway

WATCHED = 100
"""The newest checkpoints, whose copies are looked at one by one; the verification looks at all of them."""

LATE_SECONDS = 5.0
UNSIGNED_SECONDS = 15.0
LONG_SECONDS = 60.0
"""A transaction open for this long holds back everyone who reads in order."""

_WAITING = """
with epoch as (select floor_position, first_xid from epochs order by epoch desc limit 1),
last as (
    select case when l.position > floor_position then e.xid else first_xid end as xid,
           case when l.position > floor_position then l.position else 0 end as position
    from log l join events e using (position), epoch order by leaf_index desc limit 1
)
select count(*) as count,
       greatest(0, extract(epoch from clock_timestamp() - min(recorded_at)))::float8 as seconds
from events
where (xid, position) > (coalesce((select xid from last), '0'), coalesce((select position from last), 0))
and position > coalesce((select floor_position from epoch), 0)"""

_LEADER = """
select pid, application_name as application,
       extract(epoch from clock_timestamp() - backend_start)::float8 as seconds
from pg_locks join pg_stat_activity using (pid)
where locktype = 'advisory' and granted and objsubid = 1
and database = (select oid from pg_database where datname = current_database())
and (classid::bigint << 32) | objid::bigint = $1"""

# Of all databases: the order stops below the oldest transaction of the cluster that writes.
_OLDEST = """
select pid, application_name as application, extract(epoch from clock_timestamp() - xact_start)::float8 as seconds
from pg_stat_activity where backend_xid is not null and pid <> pg_backend_pid()
union all
select null, gid, extract(epoch from clock_timestamp() - prepared)::float8 from pg_prepared_xacts
order by seconds desc limit 1"""

_STAMP = "select size, authority, stamped_at from timestamps order by size desc limit 1"


class Holder(NamedTuple):
    """A connection of PostgreSQL: its process there (None for a prepared transaction), its name, for how long."""

    pid: int | None
    application: str
    seconds: float


@dataclass(frozen=True)
class Copies:
    """What one place holds of the newest checkpoints. ``away``: it could not be asked."""

    place: str
    missing: int = 0
    different: int = 0
    last: int | None = None
    away: bool = False


class Problem(NamedTuple):
    """What is wrong: a message of the catalogue (``name``, and ``name + "_do"`` for the remedy), and how bad it is."""

    verdict: Literal["warning", "fault"]
    name: str
    params: dict[str, Any]


@dataclass(frozen=True)
class Health:
    """The state of the order at one moment. Ages are in seconds; roots and keys in hexadecimal."""

    sealed: int
    waiting: int
    lag: float
    leader: Holder | None
    oldest_transaction: Holder | None
    last_size: int = 0
    last_root: str | None = None
    last_age: float | None = None
    changed: str | None = None
    """In what the log is not the one that was signed."""
    key: str | None = None
    key_trouble: Trouble | None = None
    copies: list[Copies] = field(default_factory=list)
    stamped_size: int | None = None
    stamped_at: str | None = None

    @property
    def unsigned(self) -> int:
        """Events with a place that no checkpoint covers yet."""
        return max(self.sealed - self.last_size, 0)


async def examine_notary(pool: Pool, settings: Settings) -> Health:
    """Look at everything. Raises StoreAway."""
    log = Log(pool)
    waiting = (await fetch(pool, _WAITING))[0]
    leader, oldest, stamp = await fetch(pool, _LEADER, LOCK), await fetch(pool, _OLDEST), await fetch(pool, _STAMP)
    last = await log.last_checkpoint()
    key, trouble = await _key(pool, log, KeyFile(settings.notary_key_file))
    return Health(
        sealed=await log.size(),
        waiting=waiting["count"],
        lag=waiting["seconds"],
        leader=Holder(*leader[0]) if leader else None,
        oldest_transaction=Holder(*oldest[0]) if oldest else None,
        last_size=last.size if last else 0,
        last_root=last.root.hex() if last else None,
        last_age=max((datetime.now(UTC) - last.recorded_at).total_seconds(), 0.0) if last else None,
        changed=await _changed(log, last),
        key=key,
        key_trouble=trouble,
        copies=[await _copies(pool, Witness(place)) for place in settings.witness_places],
        stamped_size=stamp[0]["size"] if stamp else None,
        stamped_at=stamp[0]["stamped_at"].isoformat() if stamp else None,
    )


def problems(health: Health) -> Iterator[Problem]:
    """What is wrong, the worst first."""
    if health.changed is not None:
        yield _fault("changed", why=health.changed)
    for copies in health.copies:
        if copies.different:
            yield _fault("copies_differ", place=copies.place, count=copies.different)
    if health.leader is None:
        yield _fault("absent", count=health.waiting + health.unsigned)
    if health.key_trouble is not None:
        yield Problem("fault", health.key_trouble.name, health.key_trouble.params)
    elif health.leader and health.unsigned and (health.last_age or 0.0) > UNSIGNED_SECONDS:
        yield _fault("unsigned", count=health.unsigned)
    oldest = health.oldest_transaction
    if oldest is not None and oldest.seconds > LONG_SECONDS:
        yield _warning("held", seconds=round(oldest.seconds), application=oldest.application, pid=oldest.pid or "-")
    elif health.leader and health.lag > LATE_SECONDS:
        yield _warning("late", count=health.waiting, seconds=round(health.lag))
    for copies in health.copies:
        if copies.away:
            yield _warning("copies_away", place=copies.place)
        elif copies.missing and (health.last_age or 0.0) > LATE_SECONDS:
            yield _warning("copies_missing", place=copies.place, count=copies.missing)


async def _changed(log: Log, last: CheckpointRow | None) -> str | None:
    if last is None:
        return None
    try:
        return None if await log.root(last.size) == last.root else f"the first {last.size} leaves"
    except TornLog as error:
        return str(error)


async def _key(pool: Pool, log: Log, file: KeyFile) -> tuple[str | None, Trouble | None]:
    """The key in force, and what is wrong with it; neither for a log that has none yet."""
    try:
        chain = await load_keys(pool, await log.origin())
    except BrokenChain as broken:
        if not broken.key_id and await log.last_checkpoint() is None:
            return None, None
        return None, Trouble("notary.key.chain", reason=str(broken))
    try:
        return held_key(file, chain).key_id.hex(), None
    except Trouble as trouble:
        return chain.keys[-1].key_id.hex(), trouble


async def _copies(pool: Pool, witness: Witness) -> Copies:
    query = "select size, note from checkpoints order by size desc limit $1"
    watched = {row["size"]: row["note"] for row in await fetch(pool, query, WATCHED)}
    if not watched:
        return Copies(witness.place)
    try:
        present = [size for size in await witness.sizes(min(watched)) if size in watched]
        found = {size: note async for size, note in witness.checkpoints(present)}
    except WitnessAway:
        return Copies(witness.place, away=True)
    different = sum(note != watched[size] for size, note in found.items())
    return Copies(witness.place, len(watched) - len(found), different, max(found, default=None))


def _fault(what: str, **params: Any) -> Problem:
    return Problem("fault", f"stack.doctor.notary.{what}", params)


def _warning(what: str, **params: Any) -> Problem:
    return Problem("warning", f"stack.doctor.notary.{what}", params)
