"""How the notary is, as its status, its doctor and its commands tell."""

from __future__ import annotations

import asyncio
import base64
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from pathlib import Path

import asyncpg
import pytest

from eventstore.log import Log
from eventstore.pool import Pool, open_pool
from eventstore.signing import load_keys
from eventstore.store import EventStore
from tests.cli.office import jalon
from tests.eventstore.making import append
from workers.notary import run_notary
from workers.notary_health import Health, Holder, examine_notary, problems
from workers.notary_key import KeyFile
from workers.settings import Settings
from workers.trouble import Trouble
from workers.witness import Witness, checkpoint_path


@pytest.fixture
def settings(database_url: str, tmp_path: Path) -> Settings:
    return Settings(state=tmp_path, database_url=database_url)


@pytest.fixture
async def pool(database_url: str) -> AsyncIterator[Pool]:
    pool = await open_pool(database_url)
    yield pool
    await pool.close()


@asynccontextmanager
async def notary(settings: Settings) -> AsyncIterator[None]:
    """A notary at work in this process; ended in order."""
    stop = asyncio.Event()
    running = asyncio.create_task(run_notary(settings, stop))
    try:
        yield
    finally:
        stop.set()
        await running


async def write(pool: Pool, *streams: str) -> None:
    store = EventStore(pool)
    for stream in streams:
        await store.append(append(stream))
    await store.close()


async def signed(pool: Pool, settings: Settings, size: int) -> Health:
    """How the notary is once it has signed and copied ``size`` events."""
    async with asyncio.timeout(20):
        while True:
            health = await examine_notary(pool, settings)
            if health.last_size == size and not health.copies[0].missing:
                return health
            await asyncio.sleep(0.02)


def codes(health: Health) -> list[str]:
    return [problem.name.removeprefix("stack.doctor.") for problem in problems(health)]


async def test_all_is_well_with_a_notary_at_work(settings: Settings, pool: Pool) -> None:
    async with notary(settings):
        await write(pool, "pathway:1", "pathway:2")
        health = await signed(pool, settings, 2)
        assert codes(health) == []
        assert (health.sealed, health.waiting, health.unsigned) == (2, 0, 0)
        assert health.leader is not None
        assert health.leader.application == "jalon notary"
        last = await Log(pool).last_checkpoint()
        assert last is not None
        assert (health.last_root, health.copies[0].last) == (last.root.hex(), 2)
        assert health.key == (await load_keys(pool, await Log(pool).origin())).keys[-1].key_id.hex()


async def test_what_waits_is_counted_and_whoever_holds_the_order_back_is_named(
    settings: Settings, pool: Pool, database_url: str
) -> None:
    async with notary(settings):
        await write(pool, "pathway:1")
        await signed(pool, settings, 1)
        holder = await asyncpg.connect(database_url, server_settings={"application_name": "a report"})
        async with holder.transaction():
            await holder.execute("select pg_current_xact_id()")
            await write(pool, "pathway:2", "pathway:3")
            health = await examine_notary(pool, settings)
            assert (health.sealed, health.waiting) == (1, 2)
            assert health.lag > 0
            assert health.oldest_transaction is not None
            assert health.oldest_transaction.application == "a report"
            assert health.oldest_transaction.pid == holder.get_server_pid()
        await holder.close()
        assert (await signed(pool, settings, 3)).waiting == 0


async def test_without_a_notary_what_waits_is_a_fault(settings: Settings, pool: Pool) -> None:
    await write(pool, "pathway:1")
    health = await examine_notary(pool, settings)
    assert (health.waiting, health.key, health.leader) == (1, None, None)
    assert codes(health) == ["notary.absent"]


async def test_a_changed_log_a_missing_key_and_forged_copies_are_seen(settings: Settings, pool: Pool) -> None:
    async with notary(settings):
        await write(pool, "pathway:1")
        await signed(pool, settings, 1)
    witness = Witness(settings.witness_places[0])
    (Path(witness.place) / checkpoint_path(1)).unlink()
    assert (await examine_notary(pool, settings)).copies[0].missing == 1
    await witness.put(checkpoint_path(1), b"forged")
    settings.notary_key_file.unlink()
    await pool.execute("alter table log disable trigger user")
    await pool.execute("update log set leaf_hash = sha256('other')")
    assert set(codes(await examine_notary(pool, settings))) == {
        "notary.changed",
        "notary.copies_differ",
        "notary.absent",
        "notary.key.other",
    }


async def test_a_place_that_is_away_stops_neither_the_order_nor_its_signature(settings: Settings, pool: Pool) -> None:
    (settings.state / "taken").write_text("not a folder")
    settings = replace(settings, witnesses=(str(settings.state / "taken"), str(settings.state / "witness")))
    async with notary(settings):
        for number in range(1, 4):
            await write(pool, f"pathway:{number}")
            async with asyncio.timeout(20):
                while (await examine_notary(pool, settings)).last_size < number:  # noqa: ASYNC110
                    await asyncio.sleep(0.02)
        health = await examine_notary(pool, settings)
        assert [copies.away for copies in health.copies] == [True, False]
        assert codes(health) == ["notary.copies_away"]
    assert await Witness(settings.witness_places[1]).sizes() == [1, 2, 3]


@pytest.mark.parametrize(
    ("change", "found"),
    [
        ({}, []),
        ({"last_size": 5, "last_age": 20.0}, ["notary.unsigned"]),
        ({"last_size": 5, "last_age": 2.0}, []),
        ({"waiting": 3, "lag": 6.0}, ["notary.late"]),
        ({"waiting": 3, "lag": 6.0, "oldest_transaction": Holder(1, "a", 61.0)}, ["notary.held"]),
        ({"oldest_transaction": Holder(1, "a", 59.0)}, []),
        ({"key_trouble": Trouble("notary.key.other")}, ["notary.key.other"]),
    ],
)
def test_each_trouble_has_its_sentence(change: dict[str, object], found: list[str]) -> None:
    well = Health(9, 0, 0.0, Holder(1, "jalon notary", 100.0), None, 9, "00", 3.0)
    assert codes(replace(well, **change)) == found  # type: ignore[arg-type]


async def test_the_commands_tell_and_rotate(settings: Settings, pool: Pool, monkeypatch: pytest.MonkeyPatch) -> None:
    assert settings.database_url is not None
    for name, value in {
        "JALON_STATE": str(settings.state),
        "JALON_DATABASE_URL": settings.database_url,
        "JALON_TEMPORAL_ADDRESS": "127.0.0.1:1",
        "JALON_SEALING_KEY": base64.b64encode(bytes(32)).decode(),
    }.items():
        monkeypatch.setenv(name, value)
    early = await jalon("notary", "rotate")
    assert early.code == 1
    assert "pas encore de clé" in early.err
    async with notary(settings):
        await write(pool, "pathway:1")
        before = await signed(pool, settings, 1)
        told = await jalon("notary", "status", "--json")
        assert told.code == 0
        assert {name: told.json[name] for name in ("ok", "sealed", "unsigned", "key", "problems")} == {
            "ok": True,
            "sealed": 1,
            "unsigned": 0,
            "key": before.key,
            "problems": [],
        }
        rotated = await jalon("notary", "rotate", "--json")
        assert (rotated.code, rotated.json["old"], rotated.json["size"]) == (0, before.key, 1)
        assert [copy["copied"] for copy in rotated.json["copies"]] == [True]
        await write(pool, "pathway:2")
        after = await signed(pool, settings, 2)
        assert after.key == rotated.json["key"] != before.key
        said = await jalon("notary", "status")
        assert f"Clé en usage : {after.key}" in said.out
    assert len(KeyFile(settings.notary_key_file).read()) == 1
    stopped = await jalon("notary", "status")
    assert stopped.code == 1
    assert "Aucun notaire n'est en fonction" in stopped.err
