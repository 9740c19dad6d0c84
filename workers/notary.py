"""The notary process: gives every event its place, signs the order, and sees to the copies. Any number may run; one
leads, the others stand by.
"""

from __future__ import annotations

import asyncio
import sys
import time
from collections.abc import Coroutine
from typing import Any

import asyncpg

from eventstore.errors import StoreAway, is_away
from eventstore.log import TornLog
from eventstore.notary import LogTampered, Notary
from eventstore.pool import Pool, open_pool
from workers import heap, logs, shutdown
from workers.copying import Copier, keep_stamping
from workers.notary_key import KeyFile, KeyTrouble, Signer, publish_first
from workers.settings import Settings, load, resolve_database
from workers.timestamping import Authority, read_certificates
from workers.trouble import SettingsError
from workers.witness import Witness

CONNECTIONS = 4
SHORTEST, LONGEST = 0.02, 0.05
"""Seconds between two looks for new events: while there are some, and after a while without.

A look costs as much as the places of a hundred events, and an event may wait 50 ms for its own."""
SIGN_SECONDS = 1.0
SIGN_EVENTS = 20_000
STAND_BY_SECONDS = 0.5
SLOW_SECONDS = 10.0
"""After what no second try will mend by itself: a log that was changed, a key that is missing."""
FINISH_LOOKS = 300
FINISH_SECONDS = 5.0

log = logs.get_logger("notary")


class Office:
    """What the notary process does until it is told to stop."""

    def __init__(self, pool: Pool, keys: KeyFile, witnesses: list[Witness], authority: Authority | None) -> None:
        self._pool = pool
        self._keys = keys
        self._signer = Signer(keys)
        self._copiers = [Copier(pool, witness) for witness in witnesses]
        self._authority = authority
        self._sign_after = 0.0

    async def run(self, stop: asyncio.Event) -> None:
        """Lead whenever nobody else does, until ``stop``; then seal and sign what is left."""
        said = ""
        while not stop.is_set():
            notary = Notary(self._pool, self._signer)
            pause, trouble = STAND_BY_SECONDS, ""
            try:
                if await notary.lead():
                    said = ""
                    log.info("notary_leads", size=notary.size)
                    await self._lead(notary, stop)
            except (LogTampered, TornLog) as error:
                pause, trouble = SLOW_SECONDS, str(error)
            except Exception as error:
                if not is_away(error) and not isinstance(error, asyncpg.PostgresError):
                    raise
                pause, trouble = STAND_BY_SECONDS if is_away(error) else SLOW_SECONDS, type(error).__name__
            finally:
                await notary.resign()
            if trouble and trouble != said:
                log.error("notary_stopped", error=trouble, restart_in=pause)
                said = trouble
            await _within(pause, stop.wait())

    async def _lead(self, notary: Notary, stop: asyncio.Event) -> None:
        await self._publish()
        async with shutdown.beside(*self._work_beside()):
            pause = SHORTEST
            while not stop.is_set():
                sealed = await notary.seal()
                if notary.unsigned and (time.monotonic() >= self._sign_after or notary.unsigned >= SIGN_EVENTS):
                    await self._sign(notary)
                pause = SHORTEST if sealed else min(pause * 1.5, LONGEST)
                await asyncio.sleep(pause)
        log.info("notary_stopping", size=notary.size)
        await self._finish(notary)

    def _work_beside(self) -> list[Coroutine[Any, Any, None]]:
        """What goes on while one leads: copies and time stamps."""
        work: list[Coroutine[Any, Any, None]] = [copier.keep_up() for copier in self._copiers]
        if self._authority is not None:
            work.append(keep_stamping(self._pool, self._authority, self._copiers))
        return work

    async def _publish(self) -> None:
        try:
            await publish_first(self._pool, self._keys)
        except KeyTrouble as trouble:
            log.error("key_not_published", code=trouble.name)

    async def _sign(self, notary: Notary) -> None:
        """Sign, and let the copies follow. Without the right key the order goes on unsigned."""
        try:
            row = await notary.sign()
        except KeyTrouble as trouble:
            self._sign_after = time.monotonic() + SLOW_SECONDS
            log.error("not_signed", code=trouble.name)
            await self._publish()
            return
        self._sign_after = time.monotonic() + SIGN_SECONDS
        log.debug("signed", size=row.size)
        for copier in self._copiers:
            copier.tell()
        try:
            self._signer.retire()
        except KeyTrouble as trouble:
            log.warning("old_key_kept", code=trouble.name)

    async def _finish(self, notary: Notary) -> None:
        """Seal what is left, wait a little for transactions still running, sign, and copy once more."""
        for _ in range(FINISH_LOOKS):
            if not await notary.seal() and not await notary.waiting():
                break
            await asyncio.sleep(SHORTEST)
        if notary.unsigned:
            await self._sign(notary)
        await asyncio.gather(*(_within(FINISH_SECONDS, copier.catch_up()) for copier in self._copiers))


async def run_notary(settings: Settings, stop: asyncio.Event) -> None:
    """Be a notary until ``stop``. SettingsError when no database is known, or a file of the settings is unreadable."""
    authority = _authority(settings)
    pool = await _open(resolve_database(settings), stop)
    if pool is None:
        return
    try:
        heap.settle()
        witnesses = [Witness(place) for place in settings.witness_places]
        await Office(pool, KeyFile(settings.notary_key_file), witnesses, authority).run(stop)
    finally:
        await pool.close()


async def _open(database_url: str, stop: asyncio.Event) -> Pool | None:
    """The store's connections, as soon as there is a database; None when told to stop before."""
    while not stop.is_set():
        try:
            return await open_pool(database_url, max_size=CONNECTIONS)
        except StoreAway:
            log.warning("database_away")
            await _within(STAND_BY_SECONDS, stop.wait())
    return None


def _authority(settings: Settings) -> Authority | None:
    if settings.tsa_url is None:
        return None
    file = settings.tsa_certificates
    try:
        return Authority(settings.tsa_url, read_certificates(file) if file is not None else ())
    except (OSError, ValueError) as error:
        raise SettingsError("stack.settings.file", file=str(file)) from error


async def _within(seconds: float, work: Coroutine[Any, Any, Any]) -> None:
    try:
        await asyncio.wait_for(work, seconds)
    except TimeoutError:
        return
    except ConnectionError as error:
        log.warning("copies_late", error=type(error).__name__)


def main() -> int:
    """Be a notary with the settings of the environment."""
    settings = load()
    logs.configure(level=settings.log_level, engine=False)

    async def entry(stop: asyncio.Event) -> None:
        await run_notary(settings, stop)

    return shutdown.run(entry)


if __name__ == "__main__":
    sys.exit(main())
