"""Whether the tables are those that the migrations made: columns, keys, and the triggers that refuse every change."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterator
from functools import cache
from importlib.resources import files
from typing import Any, NamedTuple

from domain.verifying.fault import Fault
from eventstore.verifying.snapshot import Snapshot

COLUMNS: dict[str, dict[str, str]] = {
    "events": {
        **{"position": "bigint", "xid": "xid8", "stream_id": "text", "version": "integer", "event_id": "uuid"},
        **{"command_id": "text", "command_seq": "integer", "type": "text", "schema_version": "integer"},
        **{"occurred_at": "timestamp with time zone", "recorded_at": "timestamp with time zone"},
        **{"public": "bytea", "leaf_hash": "bytea"},
    },
    "sealed": {
        **{"stream_id": "text", "version": "integer", "field": "text", "subject_id": "text"},
        **{"key_version": "integer", "ciphertext": "bytea?", "digest": "bytea"},
    },
    "schemes": {"hash": "text", "scheme_id": "text", "version": "text", "content": "bytea"},
    "log": {"leaf_index": "bigint", "position": "bigint", "leaf_hash": "bytea"},
    "subtrees": {"level": "smallint", "number": "bigint", "hash": "bytea"},
    "checkpoints": {
        **{"size": "bigint", "root": "bytea", "note": "text"},
        "recorded_at": "timestamp with time zone",
    },
    "notary_keys": {
        **{"key_id": "text", "vkey": "text", "since": "bigint", "endorsement": "text?"},
        "recorded_at": "timestamp with time zone",
    },
    "epochs": {"epoch": "integer", "cluster": "text", "floor_position": "bigint", "first_xid": "xid8"},
    "log_origin": {"origin": "text"},
    "erasures": {"person_id": "text"},
    "pathways": {"pathway_id": "text", "person_id": "text", "version": "integer"},
    "sessions": {"session_id": "text", "version": "integer"},
    "sittings": {"sitting_id": "text", "version": "integer"},
    "registers": {"register_id": "text", "version": "integer"},
    "award_books": {"book_id": "text", "version": "integer"},
    "deposits": {"deposit_id": "text", "version": "integer"},
    "awards": {
        **{"award_id": "text", "stream_id": "text", "person_id": "text", "scheme_id": "text", "scheme_hash": "text"},
        **{"kind": "text", "block": "text?", "held_as": "text?", "title": "text", "awarded_on": "date"},
        **{"valid_until": "date?", "withdrawn_on": "date?"},
    },
    "documents": {"number": "text", "edition": "integer", "stream_id": "text", "person_id": "text", "digest": "text"},
    "status_lists": {"stream_id": "text", "version": "integer", "content": "text"},
    "mails": {
        **{"effect_id": "text", "stream_id": "text", "audience": "text", "recipient": "text", "template": "text"},
        **{"message_id": "text", "attempt": "integer", "status": "text", "code": "text"},
    },
}
"""What is read of each table; a column with a question mark may be null, the others may not."""

KEYS: dict[str, tuple[str, ...]] = {
    "events": ("event_id", "position", "stream_id,command_id,command_seq", "stream_id,version"),
    "sealed": ("stream_id,version,field",),
    "schemes": ("hash", "scheme_id,version"),
    "log": ("leaf_index", "position"),
    "subtrees": ("level,number",),
    "checkpoints": ("size",),
    "notary_keys": ("key_id",),
    "epochs": ("epoch",),
    "log_origin": ("one",),
    "awards": ("award_id",),
    "documents": ("number,edition",),
    "status_lists": ("stream_id,version",),
    "mails": ("effect_id",),
}
"""The columns whose values, together, come once."""

_TABLES = """
select c.relname, c.relkind = 'r' and not c.relhasrules and not c.relrowsecurity and not c.relhassubclass
       and c.relpersistence = 'p' as plain
from pg_catalog.pg_class c where c.oid = any(select to_regclass(name) from unnest($1::text[]) name)"""

_COLUMNS = """
select c.relname, a.attname,
       pg_catalog.format_type(a.atttypid, a.atttypmod) || case when a.attnotnull then '' else '?' end
from pg_catalog.pg_class c join pg_catalog.pg_attribute a on a.attrelid = c.oid
where c.oid = any(select to_regclass(name) from unnest($1::text[]) name) and a.attnum > 0 and not a.attisdropped"""

_KEYS = """
select c.relname, string_agg(a.attname, ',' order by k.number)
from pg_catalog.pg_class c join pg_catalog.pg_index i on i.indrelid = c.oid
cross join lateral unnest(i.indkey::smallint[]) with ordinality k(attnum, number)
join pg_catalog.pg_attribute a on a.attrelid = c.oid and a.attnum = k.attnum
where c.oid = any(select to_regclass(name) from unnest($1::text[]) name)
and i.indisunique and i.indisvalid and i.indpred is null group by c.relname, i.indexrelid"""

_TRIGGERS = """
select c.relname, t.tgname, t.tgenabled::text as enabled, pg_catalog.pg_get_triggerdef(t.oid) as made, p.prosrc as body
from pg_catalog.pg_class c join pg_catalog.pg_trigger t on t.tgrelid = c.oid
join pg_catalog.pg_proc p on p.oid = t.tgfoid
where c.oid = any(select to_regclass(name) from unnest($1::text[]) name) and not t.tgisinternal"""

_CREATED = re.compile(
    r"create (?:constraint )?trigger (\w+) before ([a-z_, ]+?) on (?:\w+\.)?(\w+)\s+for each (\w+) execute function "
    r"(?:\w+\.)?(\w+)\(\)",
    re.IGNORECASE,
)
_FUNCTION = re.compile(
    r"create (?:or replace )?function (\w+)\(\) returns trigger language plpgsql as \$\$(.*?)\$\$", re.S
)
_DROPPED = re.compile(r"drop trigger (?:if exists )?(\w+) on (\w+)")
_STATEMENT = re.compile(f"{_CREATED.pattern}|{_DROPPED.pattern}", re.IGNORECASE)


class Trigger(NamedTuple):
    """When a trigger fires, and what it then does."""

    events: frozenset[str]
    level: str
    body: str


def broken_tables(faults: list[Fault]) -> set[str]:
    """The tables that cannot be read as they should be."""
    return {fault.params["table"] for fault in faults if fault.code in ("schema.table", "schema.column")}


async def table_faults(snapshot: Snapshot) -> list[Fault]:
    """Tables, columns and keys that are missing or are not what they were."""
    faults = []
    names = list(COLUMNS)
    plain: dict[str, bool] = dict(await snapshot.fetch(_TABLES, names))
    columns: dict[str, dict[str, str]] = defaultdict(dict)
    for table, column, type in await snapshot.fetch(_COLUMNS, names):
        columns[table][column] = type
    keys: dict[str, set[str]] = defaultdict(set)
    for table, key in await snapshot.fetch(_KEYS, names):
        keys[table].add(key)
    for table, expected in COLUMNS.items():
        if not plain.get(table):
            faults.append(Fault("schema.table", params={"table": table}))
            continue
        for column, type in expected.items():
            if columns[table].get(column) != type:
                faults.append(Fault("schema.column", params={"table": table, "column": column, "type": type}))
        for key in KEYS.get(table, ()):
            if key not in keys[table]:
                faults.append(Fault("schema.key", params={"table": table, "key": key}))
    return faults


async def trigger_faults(snapshot: Snapshot) -> list[Fault]:
    """Triggers that no longer refuse what they refused, and those that nobody here made."""
    return list(_compare(expected_triggers(), await snapshot.fetch(_TRIGGERS, list(COLUMNS))))


def _compare(expected: dict[tuple[str, str], Trigger], rows: list[Any]) -> Iterator[Fault]:
    left = dict(expected)
    for table, name, enabled, made, body in rows:
        params = {"table": table, "trigger": name}
        trigger = left.pop((table, name), None)
        if trigger is None:
            yield Fault("triggers.strange", params=params)
        elif trigger != _read(made, body):
            yield Fault("triggers.changed", params=params)
        elif enabled != "A":
            yield Fault("triggers.disabled", params=params)
    for table, name in left:
        yield Fault("triggers.missing", params={"table": table, "trigger": name})


@cache
def expected_triggers() -> dict[tuple[str, str], Trigger]:
    """The triggers that the migrations leave on these tables, by table and name."""
    found: dict[tuple[str, str], Trigger] = {}
    bodies: dict[str, str] = {}
    for file in sorted(files("migrations").iterdir(), key=lambda file: file.name):
        if file.name.endswith(".sql"):
            text = file.read_text("utf-8").partition("-- migrate:down")[0]
            bodies.update(_FUNCTION.findall(text))
            for made in _STATEMENT.finditer(text):
                if made[6]:
                    found.pop((made[7], made[6]), None)
                elif made[3] in COLUMNS:
                    found[made[3], made[1]] = _trigger(made, bodies[made[5]])
    return found


def _read(made: str, body: str) -> Trigger | None:
    """A trigger as the database tells it; None for one that fires under conditions, as none of ours does."""
    match = _CREATED.fullmatch(made)
    return _trigger(match, body) if match else None


def _trigger(made: re.Match[str], body: str) -> Trigger:
    events = frozenset(made[2].lower().replace(" or ", ",").replace(" ", "").split(","))
    return Trigger(events, made[4].lower(), body)
