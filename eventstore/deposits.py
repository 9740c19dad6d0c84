# ruff: noqa: S608 - the statements are put together from constants; every value is a parameter
"""The queues of deposits as the office reads them, and what a file is made from: pathways, many at a time."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from domain.log import StoredEvent
from domain.records import Sealed
from eventstore.pool import Pool, fetch
from eventstore.reading import NotFound, context_of, sealed_in
from eventstore.statements import COLUMNS

_PASSAGES = f"select {', '.join(COLUMNS['passages'])} from passages"
_QUEUES = f"select {', '.join(COLUMNS['deposits'])} from deposits"
_EVENTS = "version, command_id, type, schema_version, occurred_at, recorded_at, convert_from(public, 'UTF8') as public"


@dataclass(frozen=True, slots=True)
class DepositRow:
    """One queue; how many passages stand where."""

    deposit_id: str
    certifier: str
    scheme_id: str
    scheme_hash: str
    status: str
    waiting: int
    sent: int
    accepted: int
    rejected: int
    owed: int
    version: int


@dataclass(frozen=True, slots=True)
class PassageRow:
    """One passage. ``fault``: the kind of its last rejection, whose words stand beside the event ``told_in``."""

    stream_id: str
    number: str
    pathway_id: str
    person_id: str
    scheme_id: str
    scheme_hash: str
    kind: str
    block: str | None
    route: str
    awarded_on: date
    valid_until: date | None
    status: str
    flux: str | None
    tries: int
    fault: str | None
    told_in: int | None
    version: int


class Deposits:
    """Queries on the queues. Every method raises ``StoreAway`` when PostgreSQL cannot be reached."""

    def __init__(self, pool: Pool) -> None:
        self._pool = pool

    async def queues(self) -> list[DepositRow]:
        """Every queue, in the order of their ids."""
        return [DepositRow(**row) for row in await fetch(self._pool, f"{_QUEUES} order by deposit_id")]

    async def queue(self, id: str) -> DepositRow:
        """The queue called ``id``, with or without ``deposit:`` before it. Raises NotFound."""
        found = await fetch(self._pool, f"{_QUEUES} where deposit_id = $1", f"deposit:{id.removeprefix('deposit:')}")
        if not found:
            raise NotFound(id)
        return DepositRow(**found[0])

    async def passages(
        self, *, queue: str | None = None, statuses: Sequence[str] | None = None, scheme: str | None = None
    ) -> list[PassageRow]:
        """Passages that meet every filter given, those awarded first before the others."""
        query = f"""{_PASSAGES} where ($1::text is null or stream_id = $1) and ($2::text[] is null or status = any($2))
            and ($3::text is null or scheme_id = $3) order by awarded_on, number"""
        chosen = None if statuses is None else list(statuses)
        return [PassageRow(**row) for row in await fetch(self._pool, query, queue, chosen, scheme)]

    async def numbered(self, numbers: Sequence[str]) -> dict[str, PassageRow]:
        """The passages of these numbers; those that are nobody's are left out."""
        rows = await fetch(self._pool, f"{_PASSAGES} where number = any($1::text[])", list(numbers))
        return {row["number"]: PassageRow(**row) for row in rows}

    async def of_person(self, person: str) -> list[PassageRow]:
        """The passages of one person."""
        query = f"{_PASSAGES} where person_id = $1 order by awarded_on, number"
        return [PassageRow(**row) for row in await fetch(self._pool, query, person)]

    async def queues_of_person(self, person: str) -> list[str]:
        """The queues in which passages of ``person`` stand."""
        query = "select distinct stream_id from passages where person_id = $1 order by stream_id"
        return [row[0] for row in await fetch(self._pool, query, person)]

    async def histories(self, streams: Sequence[str]) -> dict[str, list[StoredEvent]]:
        """The events of each of these streams, in order."""
        query = f"select stream_id, {_EVENTS} from events where stream_id = any($1::text[]) order by stream_id, version"
        found: dict[str, list[StoredEvent]] = {stream: [] for stream in streams}
        for row in await fetch(self._pool, query, list(streams)):
            values: list[Any] = list(row)
            found[values[0]].append(StoredEvent(*values[1:]))
        return found

    async def identities(self, streams: Sequence[str]) -> dict[tuple[str, int], tuple[Sealed, str]]:
        """``(pathway, version)`` -> the identity that this event told, sealed, and its context; erased ones are not."""
        query = """
            select s.stream_id, s.version, s.subject_id, s.key_version, s.ciphertext, s.digest, e.command_id
            from sealed s join events e using (stream_id, version)
            where s.stream_id = any($1::text[]) and s.field = 'identity' and s.ciphertext is not null"""
        return {
            (row["stream_id"], row["version"]): (
                sealed_in(row),
                context_of(row["stream_id"], row["command_id"], "identity"),
            )
            for row in await fetch(self._pool, query, list(streams))
        }

    async def messages(self, queue: str, versions: Sequence[int]) -> dict[str, tuple[Sealed, str]]:
        """Number -> what the Caisse des Dépôts said of the passage in one of these events, sealed, and its context."""
        query = """
            select s.version, s.field, s.subject_id, s.key_version, s.ciphertext, s.digest, e.command_id,
                   convert_from(e.public, 'UTF8')::jsonb
                       #>> array['fact', 'rejected', split_part(s.field, '.', 2), 'number'] as number
            from sealed s join events e using (stream_id, version)
            where s.stream_id = $1 and s.version = any($2::int[]) and s.field like 'rejected.%'
            and s.ciphertext is not null order by s.version"""
        return {
            row["number"]: (sealed_in(row), context_of(queue, row["command_id"], row["field"]))
            for row in await fetch(self._pool, query, queue, list(versions))
        }
