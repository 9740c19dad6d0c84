"""Read models are nothing but what follows from the log: made again, they are the same to the byte."""

from __future__ import annotations

import asyncio

import asyncpg
import pytest

from bench.streams import EVENTS, write_pathway
from eventstore import projections
from eventstore.pool import Pool
from eventstore.projections import AppendsNotHeld, RebuildUnderWay, TableReport, Unfoldable, rebuild
from eventstore.reading import Reading
from eventstore.store import EventStore
from tests.domain.awarded import awarded
from tests.domain.registers import filled
from tests.domain.world import World, scheme
from tests.eventstore.making import append
from tests.eventstore.telling import tell
from tests.golden.stories import stories, whole_road

TAMPERING = (
    "update pathways set status = 'closed', employer = null",
    "delete from tasks where stream_id = (select min(stream_id) from tasks)",
    "update deadlines set derivation = '[]', due_on = due_on + 1",
    "insert into awards select award_id || 'x', stream_id, person_id, scheme_id, scheme_hash, kind, block, held_as, "
    "title, awarded_on, valid_until from awards",
    "update notices set recorded_at = recorded_at + interval '1 microsecond'",
    "delete from notices where notice_id = (select min(notice_id) from notices)",
    "update sessions set capacity = jsonb_build_object('A', 1)",
    "delete from sittings",
    "update registers set certifier = 'nobody'",
    "update award_books set entered = entered + 1",
    "delete from numbered_awards where sequence = 2",
    "update deposits set waiting = waiting + 1",
    "delete from passages",
    "update register_entries set facts = facts || jsonb_build_object('gender', 'M') where entity = 'juror'",
)


async def everything(pool: Pool) -> dict[str, list[str]]:
    """Every row of every read model, as text."""
    return {
        table: [row[0] for row in await pool.fetch(f"select t::text from {table} t order by 1")]
        for table in projections.TABLES
    }


def differences(tables: tuple[TableReport, ...]) -> dict[str, tuple[int, int, int]]:
    return {table.table: (table.missing, table.extra, table.different) for table in tables if not table.same}


@pytest.fixture
async def told(store: EventStore, reading: Reading) -> World:
    world = whole_road()
    world.start("pathway:z", "cqp-cos")
    filled(world)
    awarded(world=world, stream="pathway:y", person="somebody")
    await tell(store, reading, world)
    return world


async def test_the_columns_are_those_of_the_migrations(pool: Pool) -> None:
    query = "select column_name from information_schema.columns where table_name = $1 order by ordinal_position"
    for table, columns in projections.TABLES.items():
        assert {row[0] for row in await pool.fetch(query, table)} == set(columns)


@pytest.mark.parametrize("number", range(len(stories())))
async def test_what_appends_and_effects_wrote_is_what_the_log_gives(
    store: EventStore, reading: Reading, pool: Pool, number: int
) -> None:
    await tell(store, reading, stories()[number])
    found = await rebuild(pool, check=True)
    assert differences(found.tables) == {}
    assert {table.table: table.rows for table in found.tables} == {
        table: len(rows) for table, rows in (await everything(pool)).items()
    }


async def test_what_was_changed_by_hand_is_found_and_put_right_to_the_byte(told: World, pool: Pool) -> None:
    before = await everything(pool)
    assert all(before.values())
    for statement in TAMPERING:
        await pool.execute(statement)
    tampered = await everything(pool)
    found = differences((await rebuild(pool, check=True)).tables)
    assert await everything(pool) == tampered, "a check changes nothing"
    assert set(found) == set(before)
    assert found["notices"] == (1, 0, len(before["notices"]) - 1)
    assert found["sittings"] == (1, 0, 0)
    assert found["awards"] == (0, len(before["awards"]), 0)
    assert differences((await rebuild(pool)).tables) == found
    assert await everything(pool) == before
    assert (await rebuild(pool, check=True)).same


async def test_read_models_lost_whole_come_back(told: World, pool: Pool) -> None:
    before = await everything(pool)
    await pool.execute(f"truncate {', '.join(projections.TABLES)}")
    assert not (await rebuild(pool)).same
    assert await everything(pool) == before


async def test_a_notice_still_owed_may_have_been_told_or_not(store: EventStore, reading: Reading, pool: Pool) -> None:
    world = World()
    world.start("pathway:a", "cqp-cos", "vae")
    world.delivering = False
    while not (owed := [effect for effect in world.states["pathway:a"].owed.values() if effect.kind == "notice"]):
        world.wait(days=30)
    await tell(store, reading, world)
    assert (await rebuild(pool, check=True)).same
    assert await pool.fetchval("select count(*) from notices") == 0
    await reading.insert_notice("pathway:a", owed[0])
    assert (await rebuild(pool, check=True)).same
    await pool.execute("update notices set audience = 'everybody'")
    assert differences((await rebuild(pool)).tables) == {"notices": (0, 0, 1)}


async def test_readers_see_the_old_rows_or_the_new_ones_and_their_statements_go_on(told: World, pool: Pool) -> None:
    before = await everything(pool)
    async with pool.acquire() as reader:
        statement = await reader.prepare("select (select count(*) from tasks), (select count(*) from deadlines)")
        whole = tuple(await statement.fetchrow() or ())
        await pool.execute("delete from tasks; delete from deadlines")
        rebuilding = asyncio.create_task(rebuild(pool))
        seen = set()
        while not rebuilding.done():
            seen.add(tuple(await statement.fetchrow() or ()))
        await rebuilding
        seen.add(tuple(await statement.fetchrow() or ()))
    assert seen == {(0, 0), whole}
    assert await everything(pool) == before


async def test_appends_go_on_meanwhile_and_nothing_of_theirs_is_lost(
    store: EventStore, pool: Pool, monkeypatch: pytest.MonkeyPatch
) -> None:
    # So that the rebuild has many pages, several rounds, and streams that move in each.
    monkeypatch.setattr(projections, "PAGE", 100)
    monkeypatch.setattr(projections, "STREAMS_AT_ONCE", 2)
    monkeypatch.setattr(projections, "FEW", 0)
    scheme("cqp-cos")
    rebuilds = written = 0

    async def write() -> None:
        nonlocal written
        while rebuilds < 2:
            await write_pathway(store)
            written += 1

    writing = asyncio.gather(*(write() for _ in range(2)))
    while rebuilds < 2:
        # Nobody carries out notices here, so that one is missing as soon as it is settled.
        assert set(differences((await rebuild(pool)).tables)) <= {"notices"}
        rebuilds += 1
    await writing
    found = await rebuild(pool)
    assert set(differences(found.tables)) <= {"notices"}
    assert (found.tables[0].rows, found.events) == (written, written * EVENTS)
    assert (await rebuild(pool, check=True)).same


async def test_a_transaction_that_stays_open_is_not_waited_for_for_ever(
    told: World, pool: Pool, database_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(projections, "PATIENCE", "50ms")
    slow = await asyncpg.connect(database_url)
    transaction = slow.transaction()
    await transaction.start()
    await slow.execute("lock table events in row exclusive mode")
    with pytest.raises(AppendsNotHeld):
        await rebuild(pool)
    await transaction.rollback()
    await slow.close()
    assert (await rebuild(pool)).same


async def test_two_rebuilds_do_not_meet(told: World, pool: Pool) -> None:
    answers = await asyncio.gather(*(rebuild(pool) for _ in range(3)), return_exceptions=True)
    assert sum(isinstance(answer, RebuildUnderWay) for answer in answers) == 2
    assert not await pool.fetchval("select count(*) from pg_namespace where nspname = 'rebuilt'")


async def test_an_event_that_means_nothing_is_named_and_nothing_is_changed(
    store: EventStore, told: World, pool: Pool
) -> None:
    await pool.execute("delete from tasks")
    before = await everything(pool)
    await store.append(append("pathway:forged"))
    with pytest.raises(Unfoldable) as fault:
        await rebuild(pool)
    assert (fault.value.stream, fault.value.version) == ("pathway:forged", 1)
    assert await everything(pool) == before
