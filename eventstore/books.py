"""The register of awards as lists and issuers read it: rows of numbers, and the events behind one of them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from domain.log import StoredEvent
from eventstore.pool import Pool, fetch
from eventstore.reading import Ambiguous, NotFound

_KIND = "awards:"
_TELLING = ("award_numbered", "award_corrected", "certificate_reissued", "award_struck")


@dataclass(frozen=True, slots=True)
class BookRow:
    """One book of awards; ``issued``: awards of which there are documents, ``owed``: what is still to be made."""

    book_id: str
    scheme_id: str
    scheme_hash: str
    year: int
    status: str
    entered: int
    issued: int
    withdrawn: int
    owed: int
    version: int


@dataclass(frozen=True, slots=True)
class NumberRow:
    """One award. ``edition`` is the one that counts, ``issued`` the last of which there are documents (0: none), and
    ``document`` its digest."""

    stream_id: str
    number: str
    sequence: int
    award_id: str
    pathway_id: str
    person_id: str
    scheme_id: str
    scheme_hash: str
    kind: str
    block: str | None
    held_as: str | None
    title: str
    route: str
    awarded_on: date
    valid_until: date | None
    withdrawn_on: date | None
    edition: int
    issued: int
    document: str | None
    erased: bool
    version: int


class Books:
    """Queries on the register of awards. Every method raises ``StoreAway`` when PostgreSQL cannot be reached."""

    def __init__(self, pool: Pool) -> None:
        self._pool = pool

    async def books(self, scheme: str | None = None, year: int | None = None) -> list[BookRow]:
        """The books, by certification and year."""
        query = """select book_id, scheme_id, scheme_hash, year, status, entered, issued, withdrawn, owed, version
            from award_books where ($1::text is null or scheme_id = $1) and ($2::integer is null or year = $2)
            order by scheme_id, year"""
        return [BookRow(**row) for row in await fetch(self._pool, query, scheme, year)]

    async def book(self, id: str) -> BookRow:
        """The book called ``id`` or the only one whose id begins so. Raises NotFound, Ambiguous."""
        wanted = id if id.startswith(_KIND) else f"{_KIND}{id}"
        found = [row for row in await self.books() if row.book_id.startswith(wanted)]
        exact = [row for row in found if row.book_id == wanted]
        if len(exact or found) > 1:
            raise Ambiguous(id, tuple(row.book_id for row in found[:5]))
        if not found:
            raise NotFound(id)
        return (exact or found)[0]

    async def numbers(
        self,
        *,
        scheme: str | None = None,
        year: int | None = None,
        persons: Sequence[str] | None = None,
        pathway: str | None = None,
    ) -> list[NumberRow]:
        """Awards by number: of a certification, of a year, of persons, of a pathway."""
        query = """select n.* from numbered_awards n join award_books b on b.book_id = n.stream_id
            where ($1::text is null or n.scheme_id = $1) and ($2::integer is null or b.year = $2)
            and ($3::text[] is null or n.person_id = any($3)) and ($4::text is null or n.pathway_id = $4)
            order by n.scheme_id, b.year, n.sequence"""
        rows = await fetch(self._pool, query, scheme, year, list(persons) if persons is not None else None, pathway)
        return [NumberRow(**row) for row in rows]

    async def number(self, number: str) -> NumberRow:
        """The award called so. Raises NotFound."""
        rows = await fetch(self._pool, "select * from numbered_awards where number = $1", number.strip().upper())
        if not rows:
            raise NotFound(number)
        return NumberRow(**rows[0])

    async def event(self, stream: str, version: int) -> StoredEvent | None:
        """One event of a stream, without what is sealed."""
        query = """select version, command_id, type, schema_version, occurred_at, recorded_at,
            convert_from(public, 'UTF8') as public from events where stream_id = $1 and version = $2"""
        rows = await fetch(self._pool, query, stream, version)
        return StoredEvent(*rows[0]) if rows else None

    async def events_of(self, stream: str, number: str, until: int) -> list[StoredEvent]:
        """The events that say what an award is, up to the version ``until``."""
        query = """select version, command_id, type, schema_version, occurred_at, recorded_at,
            convert_from(public, 'UTF8') as public from events
            where stream_id = $1 and version <= $2 and type = any($3)
            and position($4 in convert_from(public, 'UTF8')) > 0 order by version"""
        # As canonical JSON has it.
        rows = await fetch(self._pool, query, stream, until, list(_TELLING), f'"number":"{number}"')
        return [StoredEvent(*row) for row in rows]

    async def withdrawn(self, stream: str, until: int) -> tuple[int, list[int], datetime]:
        """As of a version of a book: how many awards, the sequences of those withdrawn, and when it came to be so.

        Raises:
            NotFound: the book has no such version.
        """
        query = """select (select count(*) from events where stream_id = $1 and version <= $2
                    and type = 'award_numbered') as entered,
                array(select convert_from(public, 'UTF8')::jsonb #>> '{fact,number}' from events
                    where stream_id = $1 and version <= $2 and type = 'award_struck' order by version) as struck,
                (select recorded_at from events where stream_id = $1 and version = $2) as at"""
        row: Any = (await fetch(self._pool, query, stream, until))[0]
        if row["at"] is None:
            raise NotFound(f"{stream}#{until}")
        return row["entered"], sorted(int(number.rpartition("-")[2]) for number in row["struck"]), row["at"]
