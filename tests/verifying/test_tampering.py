"""Whatever is changed from outside, through psql and with the triggers off: it is found, and where."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import dataclass
from typing import Any, NamedTuple
from uuid import UUID

import asyncpg
import pytest

from eventstore.pool import open_pool
from eventstore.verifying.snapshot import Snapshot
from interfaces.verdict import fault_sentence
from tests.conftest import fresh_database
from tests.verifying.conftest import Year
from tests.verifying.hands import unguarded
from workers.embedded.postgres import EmbeddedPostgres
from workers.signatures import list_copies
from workers.verifying import verify_snapshot


class Tamper(NamedTuple):
    """What is done, and the fault that must come of it, at the event aimed at unless it is not ``located``.

    ``{e}`` is that event's position and ``{l}`` its place; ``{f}`` and ``{m}`` are those of the event that follows.
    """

    sql: str
    code: str
    located: bool = True


E = "position = {e}"
SWAP = "update events set {c} = case position when {{e}} then (select {c} from events where position = {{f}})"
SWAP += " else (select {c} from events where position = {{e}}) end where position in ({{e}}, {{f}})"

TAMPERS = {
    # A byte of each column of an event.
    "public": Tamper(f"update events set public = set_byte(public, 40, 66) where {E}", "leaf.changed"),
    "public is no text": Tamper(f"update events set public = '\\xff00fe' where {E}", "leaf.changed"),
    "public is no JSON": Tamper(f"update events set public = '{{{{{{{{' where {E}", "leaf.changed"),
    "public is empty": Tamper(f"update events set public = '' where {E}", "leaf.changed"),
    "stream": Tamper(f"update events set stream_id = stream_id || 'x' where {E}", "leaf.changed"),
    "a strange stream": Tamper(f"update events set stream_id = E'\\u00e9 \\'\"<b>' where {E}", "leaf.changed"),
    "version": Tamper(f"update events set version = 900 where {E}", "leaf.changed"),
    "version below zero": Tamper(f"update events set version = -3 where {E}", "leaf.changed"),
    "event id": Tamper(f"update events set event_id = gen_random_uuid() where {E}", "leaf.changed", False),
    "command": Tamper(f"update events set command_id = 'another' where {E}", "leaf.changed"),
    "command number": Tamper(f"update events set command_seq = 7 where {E}", "leaf.changed"),
    "type": Tamper(f"update events set type = 'certification_awarded' where {E}", "leaf.changed"),
    "schema version": Tamper(f"update events set schema_version = 2 where {E}", "leaf.changed"),
    "occurred at": Tamper(f"update events set occurred_at = occurred_at - interval '1 us' where {E}", "leaf.changed"),
    "recorded at": Tamper(f"update events set recorded_at = recorded_at + interval '1 us' where {E}", "leaf.changed"),
    "never": Tamper(f"update events set recorded_at = 'infinity' where {E}", "leaf.unreadable"),
    "before the calendar": Tamper(f"update events set occurred_at = '4713-01-01 BC' where {E}", "leaf.unreadable"),
    "leaf hash": Tamper(f"update events set leaf_hash = set_byte(leaf_hash, 3, 1) where {E}", "leaf.stored"),
    "leaf hash is empty": Tamper(f"update events set leaf_hash = '' where {E}", "leaf.stored"),
    "position": Tamper(f"update events set position = default where {E}", "missing.event", False),
    "transaction": Tamper(f"update events set xid = '3' where {E}", "order.swapped"),
    # Rows that come, go and change places.
    "an event removed": Tamper(f"delete from events where {E}", "missing.event", False),
    "an event removed with its place": Tamper(
        f"delete from events where {E}; delete from log where {E}", "index.gap", False
    ),
    "an event taken out of the log": Tamper(f"delete from log where {E}", "outside.event"),
    "an event removed, those after it moved up": Tamper(
        f"delete from events where {E}; delete from log where {E};"
        "update log set leaf_index = leaf_index + 100000 where leaf_index > {l};"
        "update log set leaf_index = leaf_index - 100001 where leaf_index > {l}",
        "root.differs", False,
    ),
    "two contents swapped": Tamper(SWAP.format(c="public"), "leaf.changed"),
    "two places swapped": Tamper(
        "update log set leaf_index = -1 where position = {e}; update log set leaf_index = {l} where position = {f};"
        "update log set leaf_index = {m} where position = {e}",
        "root.differs", False,
    ),
    "two places swapped without their hashes": Tamper(
        "update log set position = -1 where position = {e}; update log set position = {e} where position = {f};"
        "update log set position = {f} where position = -1",
        "leaf.sealed",
    ),
    "an event inserted by hand": Tamper(
        """insert into events (xid, stream_id, version, event_id, command_id, command_seq, type, schema_version,
        occurred_at, recorded_at, public, leaf_hash) select '5', stream_id, 99, gen_random_uuid(), 'forged', 0, type,
        schema_version, occurred_at, recorded_at, public, leaf_hash from events where position = {e}""",
        "outside.event", False,
    ),
    "an event inserted behind": Tamper(
        """insert into events (stream_id, version, event_id, command_id, command_seq, type, schema_version,
        occurred_at, recorded_at, public, leaf_hash) select stream_id, 99, gen_random_uuid(), 'forged', 0, type,
        schema_version, occurred_at, recorded_at, public, leaf_hash from events where position = {e}""",
        "leaf.unplaced", False,
    ),
    "a truncated tail": Tamper(
        "delete from events where position > {e}; delete from log where leaf_index > {l}", "truncated.log", False
    ),
    "a truncated tail and its checkpoints": Tamper(
        "delete from events where position > {e}; delete from log where leaf_index > {l};"
        "delete from checkpoints where size > {l}; delete from subtrees",
        "copy.alone", False,
    ),
    "everything gone": Tamper("delete from events; delete from log; delete from sealed", "truncated.log", False),
    "the first event gone": Tamper("delete from log where leaf_index = 0", "index.gap", False),
    # The order and what was signed of it.
    "sealed hash": Tamper("update log set leaf_hash = set_byte(leaf_hash, 5, 0) where position = {e}", "leaf.sealed"),
    "sealed hash is empty": Tamper("update log set leaf_hash = '' where position = {e}", "leaf.sealed"),
    "a place far away": Tamper("update log set leaf_index = 9000000000000 where position = {e}", "index.gap", False),
    "a place below zero": Tamper("update log set leaf_index = -7 where position = {e}", "index.stray"),
    "subtree": Tamper("update subtrees set hash = set_byte(hash, 0, 0)", "subtree.differs", False),
    "subtree of another level": Tamper("update subtrees set level = 3", "subtree.differs", False),
    "subtree gone": Tamper("delete from subtrees", "subtree.missing", False),
    "subtree invented": Tamper("insert into subtrees values (1, 77, '\\x00')", "subtree.differs", False),
    "checkpoint's root": Tamper("update checkpoints set root = set_byte(root, 9, 9)", "checkpoint.columns", False),
    "checkpoint's size": Tamper(
        "update checkpoints set size = size + 1 where size = (select min(size) from checkpoints)",
        "checkpoint.columns", False,
    ),
    "checkpoint's signature": Tamper(
        "update checkpoints set note = overlay(note placing 'AAAA' from length(note) - 20)",
        "checkpoint.unsigned", False,
    ),
    "checkpoint is no note": Tamper("update checkpoints set note = E'x\\n\\n' || note", "checkpoint.malformed", False),
    "checkpoint of nothing": Tamper(
        "insert into checkpoints values (-4, '\\x00', '', now())", "checkpoint.malformed", False
    ),
    "checkpoint gone": Tamper(
        "delete from checkpoints where size = (select max(size) from checkpoints)", "copy.alone", False
    ),
    "key": Tamper("update notary_keys set vkey = replace(vkey, '+A', '+B')", "key.chain", False),
    "key's id": Tamper("update notary_keys set key_id = 'deadbeef'", "key.chain", False),
    "key's beginning": Tamper("update notary_keys set since = 12", "key.chain", False),
    "key vouched for by nobody": Tamper("update notary_keys set endorsement = 'me'", "key.chain", False),
    "keys gone": Tamper("delete from notary_keys", "key.none", False),
    "name": Tamper("update log_origin set origin = 'jalon/other'", "key.chain", False),
    "name gone": Tamper("delete from log_origin", "origin.missing", False),
    "cluster": Tamper("update epochs set cluster = '12345'", "epoch.cluster", False),
    "epoch": Tamper("update epochs set epoch = 2", "epoch.unlike", False),
    "epoch too many": Tamper(
        "insert into epochs select 2, cluster, 300, '0' from epochs", "epoch.unlike", False
    ),
    "transaction to come": Tamper(
        "update events set xid = '99999999999' where position = "
        "(select position from log order by leaf_index desc limit 1)",
        "order.future", False,
    ),
    "floor": Tamper("update epochs set floor_position = 1000", "epoch.unlike", False),
    # Sealed values.
    "ciphertext": Tamper("update sealed set ciphertext = set_byte(ciphertext, 9, 9)", "sealed.changed", False),
    "ciphertext and digest": Tamper(
        "update sealed set ciphertext = '\\x01', digest = sha256('\\x01'::bytea)", "sealed.unvouched", False
    ),
    "person": Tamper("update sealed set subject_id = 'somebody'", "sealed.unvouched", False),
    "key version": Tamper("update sealed set key_version = 2", "sealed.unvouched", False),
    "field": Tamper("update sealed set field = 'contact' where field = 'identity'", "sealed.unvouched", False),
    "ciphertext gone": Tamper("update sealed set ciphertext = null", "sealed.taken", False),
    "ciphertext gone as if erased": Tamper(
        "insert into erasures (person_id, begun_by) select distinct subject_id, 'x' from sealed;"
        "update sealed set ciphertext = null",
        "sealed.untold", False,
    ),
    "sealed value gone": Tamper("delete from sealed where field = 'identity'", "sealed.lost", False),
    "sealed value of nothing": Tamper("update sealed set version = version + 5000", "sealed.orphan", False),
    # What stands beside the log.
    "scheme": Tamper("update schemes set content = set_byte(content, 300, 65)", "scheme.changed", False),
    "scheme's hash": Tamper("update schemes set hash = 'a' || substr(hash, 2)", "scheme.changed", False),
    "scheme's version": Tamper("update schemes set version = version || 'b'", "scheme.named", False),
    "schemes gone": Tamper("delete from schemes", "scheme.missing", False),
    "list behind": Tamper("update pathways set version = version - 1", "view.version", False),
    "award given": Tamper(
        """insert into awards select 'pathway:nobody#3', 'pathway:nobody', person_id, scheme_id, scheme_hash, kind,
        block, held_as, title, awarded_on, valid_until from awards limit 1""",
        "award.invented", False,
    ),
    "award given to a candidate": Tamper(
        "update awards set award_id = award_id || '0' where award_id = (select min(award_id) from awards)",
        "award.missing", False,
    ),
    "award's person": Tamper("update awards set person_id = 'somebody'", "award.differs", False),
    "award's day": Tamper("update awards set awarded_on = '4713-01-01 BC'", "award.differs", False),
    "award's end": Tamper("update awards set valid_until = 'infinity'", "award.differs", False),
    "award withdrawn": Tamper("update awards set withdrawn_on = '4713-01-01 BC'", "award.differs", False),
    "award withdrawn for ever": Tamper("update awards set withdrawn_on = '-infinity'", "award.differs", False),
    "awards gone": Tamper("delete from awards", "award.missing", False),
    # The tables themselves.
    "table gone": Tamper("drop table subtrees", "schema.table", False),
    "log gone": Tamper("drop table log", "schema.table", False),
    "events gone": Tamper("drop table events", "schema.table", False),
    "a view for a table": Tamper(
        "alter table events rename to hidden; create view events as select * from hidden", "schema.table", False
    ),
    "column gone": Tamper("alter table events drop column leaf_hash", "schema.column", False),
    "column of awards gone": Tamper("alter table awards drop column withdrawn_on", "schema.column", False),
    "column of another type": Tamper("alter table events alter column version type text", "schema.column", False),
    "column may be empty": Tamper(
        "alter table events alter column public drop not null; update events set public = null where position = {e}",
        "schema.column", False,
    ),
    "hidden rows": Tamper("alter table events enable row level security", "schema.table", False),
    "rows twice": Tamper(
        "alter table log drop constraint log_pkey;"
        "insert into log select leaf_index, -leaf_index - 9, leaf_hash from log",
        "schema.key", False,
    ),
    "trigger gone": Tamper("drop trigger events_never_change on events", "triggers.missing", False),
    "trigger off": Tamper("alter table sealed disable trigger sealed_only_erased", "triggers.disabled", False),
    "trigger for some": Tamper(
        """drop trigger log_never_changes on log; create trigger log_never_changes before update on log
        for each statement when (pg_trigger_depth() > 5) execute function refuse_change();
        alter table log enable always trigger log_never_changes""",
        "triggers.changed", False,
    ),
    "function emptied": Tamper(
        "create or replace function refuse_change() returns trigger language plpgsql as $$begin return null; end$$",
        "triggers.changed", False,
    ),
    "a trigger more": Tamper(
        """create function quietly() returns trigger language plpgsql as $$begin return new; end$$;
        create trigger quietly before insert on events for each row execute function quietly()""",
        "triggers.strange", False,
    ),
}  # fmt: skip


@pytest.fixture(scope="module")
async def database(
    postgres: EmbeddedPostgres, admin: asyncpg.Pool[asyncpg.Record], year: Year
) -> AsyncIterator[asyncpg.Pool[asyncpg.Record]]:
    """A copy of the year that every test leaves as it was."""
    async with fresh_database(postgres, admin, year.database) as url, await open_pool(url, max_size=1) as pool:
        yield pool


@dataclass(frozen=True)
class Aim:
    """The event that a tamper aims at, and the positions and places of it and of the one that follows."""

    event: UUID
    places: dict[str, int]


async def tampered(connection: Any, sql: str) -> Aim:
    """Do as somebody does who owns the database: triggers off, the change, triggers on."""
    rows = await connection.fetch(
        """select l.leaf_index, e.position, e.event_id from log l join events e using (position)
        where l.leaf_index in (60, 61) order by 1"""
    )
    aim = Aim(rows[0]["event_id"], {"e": rows[0][1], "f": rows[1][1], "l": rows[0][0], "m": rows[1][0]})
    if "trigger" in sql:
        await connection.execute(sql.format(**aim.places))
    else:
        async with unguarded(connection):
            await connection.execute(sql.format(**aim.places))
    return aim


@pytest.mark.parametrize("name", TAMPERS)
async def test_what_is_done_to_the_database_is_found(
    name: str, year: Year, database: asyncpg.Pool[asyncpg.Record]
) -> None:
    tamper = TAMPERS[name]
    copies = await list_copies([year.witness])
    async with database.acquire() as connection:
        # Nothing of it is committed: the next test finds the year as it was.
        transaction = connection.transaction(isolation="repeatable_read")
        await transaction.start()
        try:
            aim = await tampered(connection, tamper.sql)
            found = await verify_snapshot(Snapshot(connection), copies, rules=name.startswith("award"))
        finally:
            await transaction.rollback()
    match = [fault for fault in found.faults if fault.code == tamper.code]
    assert match, [(fault.code, fault.params) for fault in found.faults]
    if tamper.located:
        assert str(aim.event) in [fault.event for fault in match]
    for fault in found.faults:
        assert fault_sentence(fault, "fr") != fault_sentence(fault, "en")
