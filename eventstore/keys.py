"""The keys that personal data is sealed with: one for each owner, wrapped by a master key, destroyed to forget.

An owner is a person, a stream (for what Temporal is told about it) or the blind index.
"""

from __future__ import annotations

import asyncio
import os
import time
from collections import OrderedDict
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from functools import cached_property

import asyncpg
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from eventstore.errors import StoreAway
from eventstore.masters import KEY_BYTES, MasterKey, Masters, WrongKey, derived, framed
from eventstore.pool import Pool, fetch

INDEX = "index"
"""The owner of the key that a person is found again by."""

LEASE_SECONDS = 1.0
"""How long a key that somebody destroyed may still be used from memory."""

_MARGIN = timedelta(seconds=60)
_BATCH = 500


@dataclass(frozen=True)
class DataKey:
    """One key in the clear, with what is derived from it."""

    owner: str
    version: int
    secret: bytes = field(repr=False)

    @cached_property
    def cipher(self) -> AESGCM:
        """AES-256-GCM under this key."""
        return AESGCM(derived(self.secret, b"jalon seal"))

    @cached_property
    def nonce_key(self) -> bytes:
        """For nonces that follow from what is sealed."""
        return derived(self.secret, b"jalon nonce")


@dataclass(frozen=True, slots=True)
class Census:
    """How many keys there are: ``held`` by kind of owner and master key, ``destroyed`` by kind, masters by age."""

    masters: tuple[str, ...]
    held: dict[tuple[str, str], int]
    destroyed: dict[str, int]


class Keys:
    """The keys of a database. ``cached`` bounds how many are held in memory, the least used leaving first.

    Methods raise ``StoreAway`` when PostgreSQL cannot be reached, and ``WrongKey`` when no master key fits.
    """

    def __init__(self, pool: Pool, masters: Masters, cached: int = 8192) -> None:
        self.pool = pool
        self.masters = masters
        self._cached = cached
        self._known: OrderedDict[str, DataKey] = OrderedDict()
        self._registered: tuple[str, ...] = ()
        self._asked: set[str] = set()
        self._looking: asyncio.Future[dict[str, DataKey]] | None = None
        self._checked = self._tried = time.monotonic()

    async def held(self, owners: Iterable[str]) -> dict[str, DataKey]:
        """The keys of ``owners`` that have one; one query for all who ask at the same moment."""
        await self._drop_destroyed()
        wanted = set(owners)
        found = {owner: self._known[owner] for owner in wanted & self._known.keys()}
        absent = wanted - found.keys()
        if absent:
            found |= await self._look_up(absent)
        self._remember(found)
        return found

    async def made(self, owners: Collection[str]) -> dict[str, DataKey]:
        """The keys of ``owners``, made in one statement where there are none (or none any more)."""
        found = await self.held(owners)
        while missing := sorted(set(owners) - found.keys()):
            await self._make(missing)
            found |= await self.held(missing)
        return found

    async def held_at(self, owner: str, version: int) -> DataKey | None:
        """A certain version of a key, None when it was destroyed (or never was)."""
        key = (await self.held([owner])).get(owner)
        if key is not None and key.version < version:
            self.drop([owner])
            key = (await self.held([owner])).get(owner)
        return key if key is not None and key.version == version else None

    async def new(self, owners: Sequence[str], versions: Sequence[int]) -> tuple[list[DataKey], list[bytes], str]:
        """Keys that nobody has yet, how the database is to hold them, and the id of the master key that wraps them.

        The database refuses that master key (``ForeignKeyViolationError``) when it has just been replaced: then
        :meth:`master_replaced`, and again.
        """
        master = await self._wrapping()
        keys = [DataKey(*owned, os.urandom(KEY_BYTES)) for owned in zip(owners, versions, strict=True)]
        wrapped = await asyncio.gather(*(master.wrap(key.secret, _context(key.owner, key.version)) for key in keys))
        return keys, wrapped, master.id

    def drop(self, owners: Iterable[str]) -> None:
        """Forget the keys of ``owners``, which were destroyed."""
        for owner in owners:
            self._known.pop(owner, None)

    def master_replaced(self) -> None:
        """Ask again which master keys may wrap: the database has refused one."""
        self._registered = ()

    # --- the master key ----------------------------------------------------------------------------------------

    async def register(self, master_id: str) -> None:
        """Let a master key wrap from now on."""
        await fetch(self.pool, "insert into masters (master_id) values ($1) on conflict do nothing", master_id)
        self._registered = ()

    async def rewrap(self) -> int:
        """Wrap some keys that another master wraps with the current one instead; how many, 0 when all are.

        Nobody waits: whoever unwraps meanwhile finds one wrapping or the other.
        """
        current = self.masters.current
        others = [id for id in await self._masters() if id != current.id]
        rows = await fetch(
            self.pool,
            "select owner, version, wrapped_key, master_id from keys where master_id = any($1::text[]) limit $2",
            *(others, _BATCH),
        )
        plain = await asyncio.gather(*(self._unwrapped(row) for row in rows))
        again = await asyncio.gather(*(current.wrap(key.secret, _context(key.owner, key.version)) for key in plain))
        await fetch(
            self.pool,
            """update keys k set wrapped_key = n.wrapped_key, master_id = $1
            from unnest($2::text[], $3::integer[], $4::bytea[]) n(owner, version, wrapped_key)
            where (k.owner, k.version) = (n.owner, n.version) and k.destroyed_at is null""",
            *(current.id, [key.owner for key in plain], [key.version for key in plain], again),
        )
        return len(rows)

    async def retire(self) -> bool:
        """Let only the current master key wrap; False while another still wraps something."""
        try:
            await fetch(self.pool, "delete from masters where master_id <> $1", self.masters.current.id)
        except asyncpg.ForeignKeyViolationError:
            return False
        self._registered = ()
        return True

    async def census(self) -> Census:
        """How many keys there are, of whom, under which master key."""
        rows = await fetch(
            self.pool,
            """select case when owner = 'index' then 'index' when strpos(owner, ':') > 0 then 'stream' else 'person' end
                      as kind, master_id, count(*) as number from keys group by 1, 2 order by 1, 2""",
        )
        return Census(
            masters=tuple(await self._masters()),
            held={(row["kind"], row["master_id"]): row["number"] for row in rows if row["master_id"] is not None},
            destroyed={row["kind"]: row["number"] for row in rows if row["master_id"] is None},
        )

    # --- inside ------------------------------------------------------------------------------------------------

    async def _look_up(self, owners: set[str]) -> dict[str, DataKey]:
        self._asked |= owners
        if self._looking is None:
            self._looking = asyncio.ensure_future(self._look())
        found = await asyncio.shield(self._looking)
        return {owner: found[owner] for owner in owners if owner in found}

    async def _look(self) -> dict[str, DataKey]:
        # Whoever else is about to ask gets the chance to.
        await asyncio.sleep(0)
        owners, self._asked, self._looking = self._asked, set(), None
        rows = await fetch(
            self.pool,
            """select owner, version, wrapped_key, master_id from keys
            where owner = any($1::text[]) and destroyed_at is null""",
            list(owners),
        )
        return {key.owner: key for key in await asyncio.gather(*(self._unwrapped(row) for row in rows))}

    async def _unwrapped(self, row: asyncpg.Record) -> DataKey:
        owner, version = row["owner"], row["version"]
        secret = await self.masters.of(row["master_id"]).unwrap(row["wrapped_key"], _context(owner, version))
        return DataKey(owner, version, secret)

    async def _make(self, owners: list[str]) -> None:
        """Make keys, in the order of the owners, so that two who make the same ones wait instead of locking up."""
        rows = await fetch(
            self.pool,
            """select owner, max(version) as version, bool_or(destroyed_at is null) as held from keys
            where owner = any($1::text[]) group by owner""",
            owners,
        )
        last = {row["owner"]: row["version"] for row in rows}
        # Somebody else may have made one since it was looked for: a second one would be another key.
        held = {row["owner"] for row in rows if row["held"]}
        owners = [owner for owner in owners if owner not in held]
        versions = [last.get(owner, 0) + 1 for owner in owners]
        keys, wrapped, master = await self.new(owners, versions)
        try:
            rows = await fetch(
                self.pool,
                """insert into keys (owner, version, wrapped_key, master_id)
                select owner, version, wrapped_key, $4
                from unnest($1::text[], $2::integer[], $3::bytea[]) n(owner, version, wrapped_key)
                on conflict (owner, version) do nothing returning owner""",
                *(owners, versions, wrapped, master),
            )
        except asyncpg.ForeignKeyViolationError:
            self.master_replaced()
            return
        ours = {row[0] for row in rows}
        self._remember({key.owner: key for key in keys if key.owner in ours})

    async def _wrapping(self) -> MasterKey:
        """The master key to wrap with: the first at hand that the database lets wrap."""
        master = self.masters.among(self._registered) if self._registered else None
        if master is None:
            self._registered = await self._masters()
            if not self._registered:
                await fetch(self.pool, "select first_master($1)", self.masters.current.id)
                self._registered = await self._masters()
            master = self.masters.among(self._registered)
        if master is None:
            raise WrongKey(f"the master keys at hand wrap nothing here; those that do: {', '.join(self._registered)}")
        return master

    async def _masters(self) -> tuple[str, ...]:
        return tuple(row[0] for row in await fetch(self.pool, "select master_id from masters order by since"))

    async def _drop_destroyed(self) -> None:
        """Forget the keys that others destroyed, a second after at the latest."""
        now = time.monotonic()
        if not self._known:
            self._checked = self._tried = now
        if now - self._tried < LEASE_SECONDS:
            return
        self._tried = now
        query = "select owner, version from keys where destroyed_at > clock_timestamp() - $1::interval"
        try:
            rows = await fetch(self.pool, query, timedelta(seconds=now - self._checked) + _MARGIN)
        except StoreAway:
            # Nobody destroys a key while the database is away, and what needs no database goes on.
            return
        self._checked = now
        for row in rows:
            key = self._known.get(row["owner"])
            if key is not None and key.version <= row["version"]:
                del self._known[row["owner"]]

    def _remember(self, keys: dict[str, DataKey]) -> None:
        for owner, key in keys.items():
            self._known[owner] = key
            self._known.move_to_end(owner)
        while len(self._known) > self._cached:
            self._known.popitem(last=False)


def _context(owner: str, version: int) -> bytes:
    return framed(owner, str(version))
