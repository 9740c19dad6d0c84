"""Keeping the places outside the database up with the notary: what was missed is caught up, in the background."""

from __future__ import annotations

import asyncio
from contextlib import suppress

import asyncpg

from eventstore.errors import StoreAway
from eventstore.log import Log
from eventstore.pool import Pool, fetch
from eventstore.signing import PUBLISHED, PublishedRow
from workers import logs
from workers.timestamping import Authority, AuthorityAway, NotStamped, store_timestamp, timestamps
from workers.witness import AT_ONCE, CopyDiffers, Witness, WitnessAway, checkpoint_path, timestamp_path

EVERY_SECONDS = 60.0
LONGEST_PAUSE = 60.0
STAMP_SECONDS = 600.0
"""Each stamp covers all checkpoints before it: more of them would only burden the authority."""

_PAGE = f"select size, note from checkpoints where size > $1 order by size limit {16 * AT_ONCE}"  # noqa: S608

log = logs.get_logger("copies")


class Copier:
    """Copies keys, checkpoints and time stamps to one place. :meth:`tell` it that there are new ones."""

    def __init__(self, pool: Pool, witness: Witness) -> None:
        self._pool = pool
        self._witness = witness
        self._news = asyncio.Event()
        self._keys = 0
        self._last = 0
        self._last_stamp = 0
        self._present: set[int] | None = None

    def tell(self) -> None:
        """There is something new."""
        self._news.set()

    async def keep_up(self) -> None:
        """Copy what is missing, for ever, however often the place or the database is away."""
        pause = 0.0
        while True:
            self._news.clear()
            try:
                await self.catch_up()
                if pause:
                    log.info("witness_back", address=self._witness.place)
                pause = 0.0
            except Exception as error:
                # Copies are late now, and nothing else may be: sealing goes on.
                if not pause:
                    known = isinstance(error, WitnessAway | StoreAway)
                    log.warning(
                        "copies_late",
                        address=self._witness.place,
                        error=type(error).__name__,
                        exc_info=None if known else error,
                    )
                pause = min(max(2 * pause, 1.0), LONGEST_PAUSE)
                await asyncio.sleep(pause)
                continue
            with suppress(TimeoutError):
                await asyncio.wait_for(self._news.wait(), EVERY_SECONDS)

    async def catch_up(self) -> None:
        """Copy everything that is not there. What differs there is said and left alone.

        Raises:
            WitnessAway, StoreAway: the rest is for the next time.
        """
        await self._copy_keys()
        if self._present is None:
            # Once: gaps that an earlier notary left. From here on copies are made in order.
            self._present = set(await self._witness.sizes())
        while page := await fetch(self._pool, _PAGE, self._last):
            missing = [row for row in page if row["size"] not in self._present]
            for at in range(0, len(missing), AT_ONCE):
                some = missing[at : at + AT_ONCE]
                await asyncio.gather(*(self._copy(checkpoint_path(row["size"]), row["note"].encode()) for row in some))
            self._last = page[-1]["size"]
        self._present = set()
        for stamp in await timestamps(self._pool, self._last_stamp + 1):
            await self._copy(timestamp_path(stamp.size), stamp.response)
            self._last_stamp = stamp.size

    async def _copy_keys(self) -> None:
        rows = [PublishedRow(*row) for row in await fetch(self._pool, PUBLISHED)]
        if len(rows) != self._keys:
            try:
                await self._witness.put_keys(rows)
            except CopyDiffers as other:
                self._alarm(other)
            self._keys = len(rows)

    async def _copy(self, path: str, content: bytes) -> None:
        try:
            await self._witness.put(path, content)
        except CopyDiffers as other:
            self._alarm(other)

    def _alarm(self, other: CopyDiffers) -> None:
        log.error("copy_differs", address=self._witness.place, path=other.path)


async def keep_stamping(pool: Pool, authority: Authority, copiers: list[Copier]) -> None:
    """Have the last checkpoint stamped from time to time, for ever."""
    while True:
        try:
            if await stamp_last(pool, authority):
                for copier in copiers:
                    copier.tell()
        except (AuthorityAway, NotStamped, StoreAway, asyncpg.PostgresError) as error:
            log.warning("not_stamped", address=authority.url, error=type(error).__name__)
        await asyncio.sleep(STAMP_SECONDS)


async def stamp_last(pool: Pool, authority: Authority) -> bool:
    """Have the last checkpoint stamped unless it is; whether there was anything to do.

    Raises:
        AuthorityAway, NotStamped, StoreAway.
    """
    last = await Log(pool).last_checkpoint()
    if last is None or await timestamps(pool, last.size):
        return False
    await store_timestamp(pool, await authority.stamp(last.size, last.note))
    return True
