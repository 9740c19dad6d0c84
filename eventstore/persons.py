# ruff: noqa: S608 - the statements are put together from constants; every value is a parameter
"""Persons as the database knows them: by identifier only, with what becomes of them when they are erased."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from eventstore.keys import Keys
from eventstore.pool import Pool, fetch
from eventstore.reading import Ambiguous, NotFound
from eventstore.statements import COLUMNS

_KNOWN = """(
    select person_id from persons union select person_id from erasures union select person_id from pathways
    union select person_id from register_entries where person_id <> ''
)"""


@dataclass(frozen=True, slots=True)
class Erasure:
    """An erasure, under way (``ended_at`` None) or done. ``certificate`` holds identifiers and dates only."""

    person_id: str
    begun_at: datetime
    begun_by: str
    ended_at: datetime | None
    certificate: dict[str, Any] | None


@dataclass(frozen=True, slots=True)
class Noted:
    """The event in which a stream noted that somebody was erased; ``public`` is its canonical JSON."""

    stream_id: str
    version: int
    event_id: UUID
    public: str


class Persons:
    """Queries about persons. Every method raises ``StoreAway`` when PostgreSQL cannot be reached."""

    def __init__(self, pool: Pool) -> None:
        self._pool = pool

    async def called(self, id: str) -> str:
        """The person called ``id``, or the only one whose id begins so, erased or not. Raises NotFound, Ambiguous."""
        query = f"""
            select person_id from {_KNOWN} k where person_id = $1 or ($1 <> '' and starts_with(person_id, $1))
            order by person_id <> $1, person_id limit 5"""
        found = [row[0] for row in await fetch(self._pool, query, id)]
        if not found:
            raise NotFound(id)
        if len(found) > 1 and found[0] != id:
            raise Ambiguous(id, tuple(found))
        return str(found[0])

    async def enrolled_at(self, person: str) -> datetime | None:
        """When the person was first met; None once they are erased."""
        rows = await fetch(self._pool, "select created_at from persons where person_id = $1", person)
        return rows[0][0] if rows else None

    async def pathways(self, person: str) -> list[str]:
        """The ids of the person's pathways, in the order of their opening."""
        query = "select pathway_id from pathways where person_id = $1 order by opened_on, pathway_id"
        return [row[0] for row in await fetch(self._pool, query, person)]

    async def registers(self, person: str) -> list[str]:
        """The registers in which an entry is about the person: theirs, or a tie of others with them."""
        query = "select distinct stream_id from register_entries where person_id = $1 order by stream_id"
        return [row[0] for row in await fetch(self._pool, query, person)]

    # --- erasing -----------------------------------------------------------------------------------------------

    async def erasure(self, person: str) -> Erasure | None:
        """What is known of the person's erasure."""
        query = "select person_id, begun_at, begun_by, ended_at, certificate from erasures where person_id = $1"
        rows = await fetch(self._pool, query, person)
        return Erasure(**rows[0]) if rows else None

    async def unfinished(self) -> list[str]:
        """The persons whose erasure was begun and has not ended, the oldest first."""
        query = "select person_id from erasures where ended_at is null order by begun_at, person_id"
        return [row[0] for row in await fetch(self._pool, query)]

    async def begin_erasure(self, person: str, by: str) -> None:
        """From now on nobody finds the person by name, and their ciphertexts may be taken away. Again is nothing."""
        await fetch(
            self._pool,
            """with begun as (
                insert into erasures (person_id, begun_by) values ($1, $2) on conflict do nothing
            )
            delete from persons where person_id = $1""",
            *(person, by),
        )

    async def noted(self, pathways: Sequence[str]) -> list[Noted]:
        """Where these pathways noted that their subject was erased."""
        query = """
            select stream_id, version, event_id, convert_from(public, 'UTF8') as public from events
            where stream_id = any($1::text[]) and type = 'subject_erased' order by stream_id, version"""
        return [Noted(**row) for row in await fetch(self._pool, query, list(pathways))]

    async def entered(self, person: str) -> list[str]:
        """The registers in which the person has a name or an address that was not erased."""
        query = """
            select distinct stream_id from register_entries
            where person_id = $1 and (identity_version is not null or contact_version is not null) order by stream_id"""
        return [row[0] for row in await fetch(self._pool, query, person)]

    async def holding(self, person: str) -> list[str]:
        """The books in which the person holds an award and is not erased."""
        query = "select distinct stream_id from numbered_awards where person_id = $1 and not erased order by stream_id"
        return [row[0] for row in await fetch(self._pool, query, person)]

    async def left_books(self, person: str) -> list[Noted]:
        """Where books of awards noted that the person was erased."""
        return await self._left("award_books", "holder_erased", person)

    async def left_deposits(self, person: str) -> list[Noted]:
        """Where queues of deposits noted that the person was erased."""
        return await self._left("deposits", "titular_erased", person)

    async def left_registers(self, person: str) -> list[Noted]:
        """Where registers noted that the person was erased."""
        return await self._left("registers", "entrant_erased", person)

    async def _left(self, table: str, type: str, person: str) -> list[Noted]:
        query = f"""
            select e.stream_id, e.version, e.event_id, convert_from(e.public, 'UTF8') as public
            from {table} t join events e on e.stream_id = t.{COLUMNS[table][0]} and e.type = '{type}'
            where convert_from(e.public, 'UTF8')::jsonb -> 'fact' ->> 'person' = $1
            order by e.stream_id, e.version"""
        return [Noted(**row) for row in await fetch(self._pool, query, person)]

    async def destroy(self, person: str, owners: Collection[str]) -> None:
        """Destroy the keys of ``owners`` and take away every ciphertext about ``person``, wherever it stands: what was
        issued to them too.
        """
        await fetch(
            self._pool,
            """with destroyed as (
                update keys set wrapped_key = null, master_id = null, destroyed_at = clock_timestamp()
                where owner = any($2::text[]) and destroyed_at is null
            ), withdrawn as (
                delete from documents where person_id = $1
            )
            update sealed set ciphertext = null where subject_id = $1 and ciphertext is not null""",
            *(person, list(owners)),
        )

    async def destroyed(self, person: str, owners: Collection[str]) -> tuple[int, int]:
        """How many keys of ``owners`` are destroyed, and how many ciphertexts about ``person`` are taken away."""
        rows = await fetch(
            self._pool,
            """select (select count(*) from keys where owner = any($2::text[]) and destroyed_at is not null),
                      (select count(*) from sealed where subject_id = $1 and ciphertext is null)""",
            *(person, list(owners)),
        )
        return rows[0][0], rows[0][1]

    async def clear(self) -> None:
        """Have PostgreSQL write anew the small tables that held keys, and free what the ciphertexts took.

        Until then the old rows are still in its files.
        """
        for statement in ("vacuum full keys", "vacuum full persons", "vacuum sealed", "vacuum documents"):
            await fetch(self._pool, statement)

    async def end_erasure(self, person: str, certificate: dict[str, Any]) -> datetime:
        """Nothing is left to destroy; ``certificate`` holds nothing personal. The moment that this is noted for."""
        query = """
            update erasures set ended_at = clock_timestamp(), certificate = $2
            where person_id = $1 returning ended_at"""
        moment: datetime = (await fetch(self._pool, query, person, certificate))[0][0]
        return moment


async def forget(keys: Keys, persons: Persons, person: str, streams: Collection[str]) -> None:
    """Destroy the keys of a person and of what Temporal was told about ``streams``, here at once and for all."""
    owners = (person, *streams)
    await persons.destroy(person, owners)
    keys.drop(owners)
