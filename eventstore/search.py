# ruff: noqa: S608 - the statements are put together from constants; every value is a parameter
"""Events found by what the log says of them, in the sealed order; then those that have no place in it yet.

Nothing is indexed for this: the log is walked, a range of leaves at a time, and what cannot match is dropped where
it lies. A search comes close and never misses; who asks looks at what it finds once more.
"""

from __future__ import annotations

import json
from collections.abc import AsyncIterator, Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any
from uuid import UUID

import asyncpg

from domain.log import StoredEvent
from eventstore.pool import Pool, fetch
from eventstore.statements import COLUMNS, MAIN

FIRST, RANGE, PAGE = 1_000, 32_000, 5_000
"""Leaves walked in one statement, few at first and then more; events that one statement may find in the whole log."""

SPARSE = 50
"""Where fewer than one leaf in so many matches, reading the whole log at once is quicker than walking it in order."""

_EVENT = """e.position, e.stream_id, e.event_id, e.leaf_hash, e.version, e.command_id, e.type, e.schema_version,
       e.occurred_at, e.recorded_at, convert_from(e.public, 'UTF8') as public"""

_WALK = f"""
select l.leaf_index, {_EVENT} from log l join events e on e.position = l.position
where l.leaf_index >= $1 and l.leaf_index < $2 {{terms}} order by l.leaf_index"""

_SCAN = f"""
with hits as materialized (select e.position from events e where true {{terms}}),
placed as materialized (
    select l.leaf_index, l.position from hits h join log l on l.position = h.position
    where l.leaf_index >= $1 and l.leaf_index < $2 order by l.leaf_index limit {PAGE}
)
select l.leaf_index, {_EVENT} from placed l join events e on e.position = l.position order by l.leaf_index"""

# Within an epoch places are given in the order of (xid, position), and what a cluster adds to a log that came from
# another one lies beyond all positions that came along: so whatever has no place yet lies beyond this edge.
_EDGE = """
select n.size, coalesce(e.xid::text, '0') as xid, coalesce(e.position, 0) as position,
       (select coalesce(max(floor_position), 0) from epochs) as floor,
       (select coalesce(max(l.position), 0) from log l) as furthest
from (select coalesce(max(leaf_index) + 1, 0) as size from log) n
left join log l on l.leaf_index = n.size - 1 left join events e on e.position = l.position"""

_BEYOND = f"""
with beyond as materialized (
    select position from events where (xid, position) > ($2::text::xid8, $3::bigint) and position > $4
    union select position from events where position > $5
)
select l.leaf_index, {_EVENT} from beyond b
cross join lateral (select * from events where events.position = b.position offset 0) e
left join log l on l.position = e.position
where (l.leaf_index is null or l.leaf_index >= $1) and e.position > $6 {{terms}} order by e.position limit {PAGE}"""

_KEYS = [(table, COLUMNS[table][0]) for table in MAIN.values()]
_SCHEMES = " union all ".join(
    f"select {key} as stream, scheme_hash from {table} where {key} = any($1::text[])" for table, key in _KEYS
)
_OF_SCHEME = "e.stream_id in ({})".format(
    " union all ".join(f"select {key} from {table} where scheme_id = {{0}}" for table, key in _KEYS)
)

_LIKE = "e.public like any({0}::bytea[])"


@dataclass(frozen=True, slots=True)
class Sought:
    """What to look for; what is left out matches everything.

    ``actor``: who acted or was acted for. ``words``: any of these is a whole text or key in the event. Days are
    inclusive, and come a day too wide, because whose days they are is known only by the scheme.
    """

    types: tuple[str, ...] = ()
    actor: str | None = None
    role: str | None = None
    true_from: date | None = None
    true_until: date | None = None
    known_from: date | None = None
    known_until: date | None = None
    scheme: str | None = None
    words: tuple[str, ...] = ()
    stream: str | None = None


@dataclass(frozen=True, slots=True)
class Found:
    """One event. ``leaf_index`` is None while it has no place in the order; ``scheme_hash`` is its stream's."""

    leaf_index: int | None
    stream: str
    event_id: UUID
    leaf_hash: bytes
    scheme_hash: str
    event: StoredEvent


Term = tuple[str, Any]
"""A condition with a place for its value, and the value."""


async def search(pool: Pool, sought: Sought) -> AsyncIterator[Found]:
    """Every event that may be one of those sought, in order; memory stays flat.

    Raises:
        StoreAway: PostgreSQL cannot be reached.
    """
    given = list(_terms(sought))
    values = [value for _, value in given]
    edge = (await fetch(pool, _EDGE))[0]
    async for rows in _in_order(pool, edge["size"], given):
        for found in await _found(pool, rows):
            yield found
    last = 0
    while rows := await fetch(pool, _with(_BEYOND, given, 6), *edge, last, *values):
        for found in await _found(pool, rows):
            yield found
        last = rows[-1]["position"]


async def _in_order(pool: Pool, size: int, given: Sequence[Term]) -> AsyncIterator[list[asyncpg.Record]]:
    """What matches among the first ``size`` leaves: walked leaf by leaf where much does, else found all at once."""
    values = [value for _, value in given]
    first, leaves, dense = 0, FIRST, True
    while first < size:
        until = min(first + leaves, size) if dense else size
        rows = await fetch(pool, _with(_WALK if dense else _SCAN, given, 2), first, until, *values)
        yield rows
        if dense:
            dense = len(rows) * SPARSE >= until - first
            leaves = min(2 * leaves, RANGE)
        elif len(rows) == PAGE:
            until = rows[-1]["leaf_index"] + 1
        first = until


def _with(statement: str, given: Sequence[Term], places: int) -> str:
    """``statement`` with the conditions, whose values come after its own ``places``."""
    terms = "".join(f" and {term.format(f'${number}')}" for number, (term, _) in enumerate(given, start=places + 1))
    return statement.format(terms=terms)


def _terms(sought: Sought) -> Iterator[Term]:
    """The conditions. The public part is canonical JSON that begins with the actor."""
    if sought.types:
        yield "e.type = any({0}::text[])", list(sought.types)
    if sought.stream is not None:
        yield "e.stream_id = {0}", sought.stream
    if sought.scheme is not None:
        yield _OF_SCHEME, sought.scheme
    for column, first, last in (
        ("occurred_at", sought.true_from, sought.true_until),
        ("recorded_at", sought.known_from, sought.known_until),
    ):
        if first is not None:
            yield f"e.{column} >= {{0}}::date - 1", first
        if last is not None:
            yield f"e.{column} < {{0}}::date + 2", last
    if sought.actor is not None:
        id = _literal(sought.actor)
        yield _LIKE, [b'{"actor":{"id":' + id + b",%", b'{"actor":%"on_behalf_of":' + id + b",%"]
    if sought.role is not None:
        yield _LIKE, [b'{"actor":%"role":' + _literal(sought.role) + b"}%"]
    if sought.words:
        yield _LIKE, [b"%" + _literal(word) + b"%" for word in sought.words]


def _literal(text: str) -> bytes:
    """``text`` as the log writes it, in quotation marks, and with nothing in it that a pattern would take for more."""
    written = json.dumps(text, ensure_ascii=False)
    return "".join(f"\\{sign}" if sign in "\\%_" else sign for sign in written).encode()


async def _found(pool: Pool, rows: list[asyncpg.Record]) -> list[Found]:
    streams = list({row["stream_id"] for row in rows})
    schemes = {row["stream"]: row["scheme_hash"] for row in await fetch(pool, _SCHEMES, streams)} if streams else {}
    found = []
    for row in rows:
        leaf_index, _, stream, event_id, leaf_hash, *event = row
        found.append(Found(leaf_index, stream, event_id, leaf_hash, schemes.get(stream, ""), StoredEvent(*event)))
    return found
