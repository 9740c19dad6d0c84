"""Where the pages take their answers from: the database, or an export of it when there is none to ask."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable
from datetime import date, datetime
from typing import Protocol, TypeVar

from domain.records import Frozen
from eventstore.errors import StoreAway
from interfaces.public.twin import Twin
from workers import logs

T = TypeVar("T")

PATIENCE = 4.0
"""Seconds that the database has for an answer while an export stands ready."""
AVOIDED = 5.0
"""Seconds for which a database that did not answer is not asked again."""

log = logs.get_logger("public")


class NotaryKey(Frozen):
    """A key of the notary as it is published: the key in its text form, and the size from which on it signs."""

    vkey: str
    since: int


class SealKey(Frozen):
    """A certificate that sealed documents: its SHA-256 digest (hex), and the day of the first document."""

    digest: str
    since: date


class PublicKeys(Frozen):
    """The keys that everything published here can be checked with.

    ``methods``: the issuer's keys, each with ``id``, ``publicKeyMultibase`` and ``publicKey`` (hex); the last signs.
    """

    issuer: str
    methods: tuple[dict[str, str], ...]
    seals: tuple[SealKey, ...]
    notary: tuple[NotaryKey, ...]
    origin: str


class Source(Protocol):
    """Answers about awards. Methods raise ``StoreAway`` when they cannot answer at all; None means: there is none."""

    async def award(self, number: str, mac: str) -> Twin | None:
        """The award at this address; None for an address that was never given, whatever is wrong with it."""
        ...

    async def called(self, number: str) -> Twin | None:
        """The award of this number, for whoever holds its document."""
        ...

    async def proof(self, number: str, mac: str) -> bytes | None:
        """The proof that the award's entry is in the log, as a file."""
        ...

    async def status_list(self, scheme: str, year: int) -> bytes | None:
        """The list that tells which awards of a book are withdrawn, as it was signed."""
        ...

    async def did(self) -> bytes:
        """The document of the issuer."""
        ...

    async def keys(self) -> PublicKeys:
        """What to check with."""
        ...

    async def as_of(self) -> datetime | None:
        """When the answers were written down; None for answers of this moment."""
        ...


class Chosen:
    """The database as long as it answers, then the export if there is one.

    ``live`` is None where no database is to be asked; ``exported`` gives the export that stands ready now, or None.
    """

    def __init__(self, live: Source | None, exported: Callable[[], Source | None]) -> None:
        self._live = live
        self._exported = exported
        self._avoid_until = 0.0

    async def ask(self, question: Callable[[Source], Awaitable[T]]) -> tuple[T, Source]:
        """The answer to ``question``, and who gave it.

        Raises:
            StoreAway: neither can be asked.
        """
        fallback = self._exported()
        live = self._live
        if live is not None and not (fallback is not None and time.monotonic() < self._avoid_until):
            try:
                async with asyncio.timeout(PATIENCE if fallback is not None else PATIENCE * 2):
                    return await question(live), live
            except (StoreAway, TimeoutError) as error:
                self._avoid_until = time.monotonic() + AVOIDED
                log.warning(
                    "database_away", error=type(error).__name__, outcome="export" if fallback is not None else "none"
                )
        if fallback is None:
            raise StoreAway("neither a database nor an export")
        try:
            return await question(fallback), fallback
        except StoreAway:
            # The export was replaced while it was read.
            fallback = self._exported()
            if fallback is None:
                raise
            return await question(fallback), fallback
