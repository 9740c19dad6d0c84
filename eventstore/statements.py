# ruff: noqa: S608 - the statements are put together from the constants below and from nothing else
"""The one statement of an append, built for what a batch holds: the gate, the events, sealed values, read models."""

from __future__ import annotations

from functools import cache
from typing import NamedTuple

COLUMNS: dict[str, tuple[str, ...]] = {
    "pathways": (
        *("pathway_id", "person_id", "scheme_id", "scheme_version", "scheme_hash", "attempt", "route", "employer"),
        *("branch", "initiative", "status", "step", "outcome", "opened_on", "closed_on", "session_id", "sitting_id"),
        *("held", "identity_version", "owed", "version"),
    ),
    "sessions": (
        *("session_id", "scheme_id", "scheme_hash", "status", "opens", "closes", "modality", "place"),
        *("registration_closes", "capacity", "seated", "waiting", "owed", "version"),
    ),
    "sittings": (
        *("sitting_id", "scheme_id", "scheme_hash", "status", "held_on", "place", "dossiers", "decided", "owed"),
        "version",
    ),
    "tasks": ("stream_id", "task_id", "kind", "who", "since", "due_on", "params"),
    "deadlines": (
        *("stream_id", "deadline_id", "deadline", "title", "status", "starts_on", "due_on", "due_at", "who", "basis"),
        *("passed", "derivation"),
    ),
    "awards": (
        *("award_id", "stream_id", "person_id", "scheme_id", "scheme_hash", "kind", "block", "held_as", "title"),
        *("awarded_on", "valid_until"),
    ),
}
"""The read models and their columns, as the migrations make them."""

MAIN = {"pathway": "pathways", "session": "sessions", "sitting": "sittings"}
"""The table in which an aggregate has its one row; the first column is the stream's id."""

SETS = {"tasks": "task_id", "deadlines": "deadline_id", "awards": "award_id"}
"""The tables in which a stream has any number of rows, and what names a row within it."""


class Shape(NamedTuple):
    """What a batch holds: new streams, streams that move on, sealed values, and which main tables it writes.

    ``single``: one append of one event, handed over as it is instead of as a list of one.
    """

    single: bool
    born: bool
    moved: bool
    sealed: bool
    mains: frozenset[str]


_BORN = """
    insert into streams (stream_id, aggregate, version, recorded_at)
    select n.stream_id, n.aggregate, n.added, clock_timestamp() from {appends} n where n.expected = 0
    on conflict (stream_id) do nothing
    returning stream_id, recorded_at"""

# greatest(): the clock of a server may be set back, the time of a stream may not.
_MOVED = """
    update streams s
    set version = n.expected + n.added, recorded_at = greatest(s.recorded_at, clock_timestamp())
    from {appends} n
    where s.stream_id = n.stream_id and s.version = n.expected and s.aggregate = n.aggregate
    returning s.stream_id, s.recorded_at"""

# In the order of versions: positions are handed out in the order of insertion, and readers rely on it within a stream.
_LISTS = {
    "appends": "unnest($1::new_append[])",
    "events": "unnest($2::new_event[])",
    "order": "order by e.version\n",
}

# Making and reading lists of one costs a lone producer a fifth of its speed.
_SINGLE = {
    "appends": "(select $1::text as stream_id, $2::text as aggregate, $3::integer as expected, 1 as added)",
    "events": """(
        select $1::text as stream_id, $4::integer as version, $5::uuid as event_id, $6::text as command_id,
               $7::integer as command_seq, $8::text as type, $9::integer as schema_version,
               $10::timestamptz as occurred_at, $11::bytea as public
    )""",
    "order": "",
}

_EVENTS = """
insert into events (
    stream_id, version, event_id, command_id, command_seq, type, schema_version, occurred_at, recorded_at, public,
    leaf_hash
)
select
    e.stream_id, e.version, e.event_id, e.command_id, e.command_seq, e.type, e.schema_version, e.occurred_at,
    g.recorded_at, e.public,
    leaf_hash(e.stream_id, e.version, e.event_id, e.command_id, e.command_seq, e.type, e.schema_version,
              e.occurred_at, g.recorded_at, e.public)
from gate g join {events} e using (stream_id)
{order}returning stream_id, recorded_at"""

_SEALED = """sealed_written as (
    insert into sealed (stream_id, version, field, subject_id, key_version, ciphertext, digest)
    select n.* from unnest(${number}::new_sealed[]) n join gate using (stream_id)
)"""


@cache
def append_statement(shape: Shape) -> str:
    """The statement. Its parameters: the appends, the events, then sealed values and read models if the shape has them.

    Appends, events and sealed values are lists of the types in the migrations, read models one JSON object. If the
    shape is single, the append and its event are ``$1`` to ``$11``: stream, aggregate, expected version, and the
    event's fields after its stream. Rows: ``stream_id, recorded_at`` for every event of the streams let through.
    """
    given, used = (_SINGLE, 11) if shape.single else (_LISTS, 2)
    parts = _gate(shape, given)
    if shape.sealed:
        used += 1
        parts.append(_SEALED.format(number=used))
    if shape.mains:
        rows = f"${used + 1}::jsonb"
        parts.append(f"viewed as materialized (select stream_id from gate where {rows}->'viewed' ? stream_id)")
        parts.extend(_upsert(table, rows, COLUMNS[table][0]) for table in sorted(shape.mains))
        for table in SETS:
            parts.append(_remove(table, rows))
            parts.append(_upsert(table, rows, "stream_id"))
    return "with " + ",\n".join(parts) + _EVENTS.format(**given)


def _gate(shape: Shape, given: dict[str, str]) -> list[str]:
    born, moved = _BORN.format(**given), _MOVED.format(**given)
    if not (shape.born and shape.moved):
        return [f"gate as materialized ({born if shape.born else moved}\n)"]
    both = "select * from born union all select * from moved"
    return [f"born as ({born}\n)", f"moved as ({moved}\n)", f"gate as materialized ({both})"]


def _given(table: str, rows: str) -> str:
    return f"jsonb_populate_recordset(null::{table}, {rows}->'{table}')"


def _key(table: str) -> tuple[str, ...]:
    if table == "awards":
        return ("award_id",)
    return ("stream_id", SETS[table]) if table in SETS else (COLUMNS[table][0],)


def _upsert(table: str, rows: str, stream: str) -> str:
    columns, key = COLUMNS[table], _key(table)
    names = ", ".join(columns)
    same = " and ".join(f"old.{column} = n.{column}" for column in key)
    changes = ", ".join(f"{column} = excluded.{column}" for column in columns if column not in key)
    return f"""{table}_set as (
    insert into {table} ({names})
    select {", ".join(f"n.{column}" for column in columns)}
    from {_given(table, rows)} n join viewed v on v.stream_id = n.{stream}
    where not exists (select from {table} old where {same} and old is not distinct from n)
    on conflict ({", ".join(key)}) do update set {changes}
)"""


def _remove(table: str, rows: str) -> str:
    name = SETS[table]
    return f"""{table}_gone as (
    delete from {table} old using viewed v
    where old.stream_id = v.stream_id
    and not exists (
        select from {_given(table, rows)} n where n.stream_id = old.stream_id and n.{name} = old.{name}
    )
)"""
