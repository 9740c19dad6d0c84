# ruff: noqa: S608 - the statement is put together from constants; every value is a parameter
"""Reading about a person is an act: it is recorded before anything is opened, and the record never changes.

``Reader`` is the only way from a sealed value to its text, so that no door can forget.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

import asyncpg

from domain.authority import Actor
from domain.records import Sealed
from eventstore.errors import StoreAway
from eventstore.keyring import Keyring
from eventstore.keys import Keys
from eventstore.pool import Pool, fetch

PAGE = 1000


class NotRecorded(RuntimeError):
    """A reading could not be recorded, so nothing was opened."""


@dataclass(frozen=True, slots=True)
class Access:
    """One person's file that somebody opened: ``streams`` are those that were read; ``purpose`` the command given.

    ``person`` is None where what was opened names no person; then ``streams`` says what it was.
    """

    id: int
    at: datetime
    actor: str
    role: str
    purpose: str
    person: str | None
    streams: list[str]


class AccessLog:
    """Who read about whom, when, for what."""

    def __init__(self, pool: Pool) -> None:
        self._pool = pool

    async def record(self, actor: Actor, purpose: str, read: Iterable[tuple[str | None, Collection[str]]]) -> None:
        """Record that ``actor`` is about to read: a person (None: nobody in particular) and the streams, for each.

        Raises:
            NotRecorded: the database refuses.
            StoreAway: PostgreSQL cannot be reached.
        """
        rows = [{"person": person, "streams": sorted(streams)} for person, streams in read]
        try:
            await fetch(
                self._pool,
                """insert into access_log (actor, role, purpose, person_id, streams)
                select $1, $2, $3, r ->> 'person', array(select jsonb_array_elements_text(r -> 'streams'))
                from jsonb_array_elements($4::jsonb) r""",
                *(actor.id, actor.role.value, purpose, rows),
            )
        except (StoreAway, asyncpg.UndefinedTableError):
            raise
        except asyncpg.PostgresError as error:
            raise NotRecorded(type(error).__name__) from error

    async def accesses(
        self,
        *,
        person: str | None = None,
        actor: str | None = None,
        since: datetime | None = None,
        until: datetime | None = None,
    ) -> AsyncIterator[Access]:
        """What was read, the oldest first, from ``since`` until before ``until``. Memory stays flat.

        Raises:
            StoreAway: PostgreSQL cannot be reached.
        """
        filters = {"person_id =": person, "actor =": actor, "at >=": since, "at <": until}
        given = {term: value for term, value in filters.items() if value is not None}
        terms = [f"{term} ${number}" for number, term in enumerate(given, start=2)]
        query = f"""
            select access_id as id, at, actor, role, purpose, person_id as person, streams from access_log
            where {" and ".join(["access_id > $1", *terms])} order by access_id limit {PAGE}"""
        last = 0
        while rows := await fetch(self._pool, query, last, *given.values()):
            for row in rows:
                yield Access(**row)
            last = rows[-1]["id"]


class Reader:
    """One act of reading by one person: whatever it opens was recorded first, once for each person and stream."""

    def __init__(self, log: AccessLog, keyring: Keyring, actor: Actor, purpose: str) -> None:
        """``purpose`` is the command that was given, as it is typed (``pathway show``)."""
        self._log = log
        self._keyring = keyring
        self._actor = actor
        self._purpose = purpose
        self._recorded: set[tuple[str, str]] = set()

    @property
    def keys(self) -> Keys:
        """The keys with which it opens what it entered."""
        return self._keyring.keys

    async def enter(self, files: Iterable[tuple[str, str]]) -> None:
        """Record that these files are read: ``(person, stream)`` each.

        Raises:
            NotRecorded, StoreAway.
        """
        new = [file for file in dict.fromkeys(files) if file not in self._recorded]
        read: dict[str, list[str]] = {}
        for person, stream in new:
            read.setdefault(person, []).append(stream)
        if read:
            await self._log.record(self._actor, self._purpose, read.items())
            self._recorded.update(new)

    async def open(self, values: Sequence[tuple[Sealed, str]]) -> list[str | None]:
        """The texts of ``(sealed, context)`` each, None where the person was erased; recorded before.

        Raises:
            NotRecorded: nothing was opened.
            WrongKey, SealBroken, StoreAway.
        """
        # A context begins with the stream (see ``Keyring.seal``).
        await self.enter((sealed.subject, context.partition("/")[0]) for sealed, context in values)
        return await self._keyring.unseal_all(values)
