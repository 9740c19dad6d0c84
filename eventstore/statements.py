# ruff: noqa: S608 - the statements are put together from the constants below and from nothing else
"""The one statement of an append, built for what a batch holds: events behind a gate, sealed values, read models."""

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
        *("sitting_id", "scheme_id", "scheme_hash", "status", "held_on", "place", "dossiers", "decided", "presides"),
        *("owed", "version"),
    ),
    "registers": ("register_id", "certifier", "scheme_id", "scheme_hash", "status", "owed", "version"),
    "award_books": (
        *("book_id", "scheme_id", "scheme_hash", "year", "status", "entered", "issued", "withdrawn", "owed", "version"),
    ),
    "deposits": (
        *("deposit_id", "certifier", "scheme_id", "scheme_hash", "status", "waiting", "sent", "accepted", "rejected"),
        *("owed", "version"),
    ),
    "tasks": ("stream_id", "task_id", "kind", "who", "since", "due_on", "params"),
    "deadlines": (
        *("stream_id", "deadline_id", "deadline", "title", "status", "starts_on", "due_on", "due_at", "who", "basis"),
        *("passed", "derivation"),
    ),
    "awards": (
        *("award_id", "stream_id", "person_id", "scheme_id", "scheme_hash", "kind", "block", "held_as", "title"),
        *("awarded_on", "valid_until", "withdrawn_on"),
    ),
    "register_entries": (
        *("stream_id", "entity", "code", "person_id", "identity_version", "contact_version", "active", "facts"),
        "version",
    ),
    "numbered_awards": (
        *("stream_id", "number", "sequence", "award_id", "pathway_id", "person_id", "scheme_id", "scheme_hash", "kind"),
        *("block", "held_as", "title", "route", "awarded_on", "valid_until", "withdrawn_on", "edition", "issued"),
        *("document", "erased", "version"),
    ),
    "passages": (
        *("stream_id", "number", "pathway_id", "person_id", "scheme_id", "scheme_hash", "kind", "block", "route"),
        *("awarded_on", "valid_until", "status", "flux", "tries", "fault", "told_in", "version"),
    ),
}
"""The read models and their columns, as the migrations make them."""

MAIN = {
    "pathway": "pathways",
    "session": "sessions",
    "sitting": "sittings",
    "register": "registers",
    "awards": "award_books",
    "deposit": "deposits",
}
"""The table in which an aggregate has its one row; the first column is the stream's id."""

SETS = {"tasks": "task_id", "deadlines": "deadline_id", "awards": "award_id"}
"""The tables in which a stream has any number of rows, and what names a row within it."""

GROWING = {"registers": "register_entries", "award_books": "numbered_awards", "deposits": "passages"}
"""Main table -> the table of the same streams of which an append brings only the rows that it changed."""

_NAMED: dict[str, tuple[str, ...]] = {
    "register_entries": ("entity", "code"),
    "numbered_awards": ("number",),
    "passages": ("number",),
}
"""What names a row of a growing table within its stream."""


class Shape(NamedTuple):
    """What a batch holds: sealed values, and which main tables it writes.

    ``single``: one event, handed over as it is instead of as a list of one. ``gated``: of some stream it is not certain
    that it stands where it is expected to.
    """

    single: bool
    gated: bool
    sealed: bool
    mains: frozenset[str]


_EVENT = (
    *("stream_id", "version", "event_id", "command_id", "command_seq", "type", "schema_version", "occurred_at"),
    *("recorded_at", "public", "leaf_hash"),
)
_LIST = "unnest($1::new_event[])"
# Making and reading lists of one costs a lone producer a fifth of its speed.
_VALUES = "values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)"
_SINGLE = """(
    select $1::text as stream_id, $2::integer as version, $3::uuid as event_id, $4::text as command_id,
           $5::integer as command_seq, $6::text as type, $7::integer as schema_version, $8::timestamptz as occurred_at,
           $9::timestamptz as recorded_at, $10::bytea as public, $11::bytea as leaf_hash, $12::integer as base
)"""

# The gate: the stream stands at ``base``, the version that was expected, and its last event was not recorded later than
# these (a clock may be set back, the time of a stream may not). A first event needs no gate, nor does one whose
# predecessor is certain. Whoever comes at the same moment with the same base meets the unique index on (stream_id,
# version), and with it an error: nothing is ever passed over in silence.
_GATE = """
    where e.base = 0 or exists (
        select from events b where b.stream_id = e.stream_id and b.version = e.base and b.recorded_at <= e.recorded_at
    )"""
# By stream, so that two processes that share streams wait for each other in one order.
_IN_ORDER = "\n    order by e.stream_id, e.version"

_SEALED = """sealed_written as (
    insert into sealed (stream_id, version, field, subject_id, key_version, ciphertext, digest)
    select n.* from unnest(${number}::new_sealed[]) n join passed using (stream_id)
)"""


@cache
def append_statement(shape: Shape) -> str:
    """The statement. Its parameters: the events, then sealed values and read models if the shape has them.

    Events and sealed values are lists of the types in the migrations, read models one JSON object. If the shape is
    single, the event's fields are ``$1`` to ``$11``, in the order of ``new_event``, and its base is ``$12`` if it is
    gated.
    Rows, unless nothing can hold it back: the streams let through.
    """
    used = (12 if shape.gated else 11) if shape.single else 1
    written = f"insert into events ({', '.join(_EVENT)})\n    {_source(shape)}"
    if shape.gated or shape.sealed or shape.mains:
        written += "\n    returning stream_id"
    if not (shape.sealed or shape.mains):
        return written
    parts = [f"written as (\n    {written}\n)", "passed as materialized (select distinct stream_id from written)"]
    if shape.sealed:
        used += 1
        parts.append(_SEALED.format(number=used))
    if shape.mains:
        rows = f"${used + 1}::jsonb"
        parts.append(f"viewed as materialized (select stream_id from passed where {rows}->'viewed' ? stream_id)")
        parts.extend(_upsert(table, rows, COLUMNS[table][0]) for table in sorted(shape.mains))
        parts.extend(_upsert(GROWING[table], rows, "stream_id") for table in sorted(shape.mains & GROWING.keys()))
        for table in SETS:
            parts.append(_remove(table, rows))
            parts.append(_upsert(table, rows, "stream_id"))
    return "with " + ",\n".join(parts) + "\nselect stream_id from passed"


def _source(shape: Shape) -> str:
    if shape.single and not shape.gated:
        return _VALUES
    rows, order = (_SINGLE, "") if shape.single else (_LIST, _IN_ORDER)
    columns = ", ".join(f"e.{column}" for column in _EVENT)
    return f"select {columns}\n    from {rows} e{_GATE if shape.gated else ''}{order}"


def _given(table: str, rows: str) -> str:
    return f"jsonb_populate_recordset(null::{table}, {rows}->'{table}')"


def key_of(table: str) -> tuple[str, ...]:
    """The primary key of a read model."""
    if table in ("awards", "notices"):
        return (f"{table[:-1]}_id",)
    if table in _NAMED:
        return ("stream_id", *_NAMED[table])
    return ("stream_id", SETS[table]) if table in SETS else (COLUMNS[table][0],)


def _upsert(table: str, rows: str, stream: str) -> str:
    columns, key = COLUMNS[table], key_of(table)
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
