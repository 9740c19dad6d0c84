"""The notary as a process: it leads or stands by, survives and is survived, and leaves nothing unsigned behind."""

from __future__ import annotations

import asyncio
import json
import os
import signal
import subprocess
import sys
import tempfile
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest

from domain.note import Note
from eventstore.log import Log
from eventstore.migrate import migrate
from eventstore.pool import Pool, open_pool
from eventstore.signing import load_keys, published_keys, require_signature
from eventstore.store import EventStore
from tests.eventstore.making import append, event
from tests.stack.running import REPOSITORY, folder_for_all
from workers.embedded.postgres import EmbeddedPostgres
from workers.embedded.process import until
from workers.notary_key import KeyFile, rotate
from workers.witness import Witness

PATIENCE = 20.0


class Process:
    """One ``python -m workers.notary``."""

    def __init__(self, database_url: str, state: Path, **environment: str) -> None:
        self.said = tempfile.TemporaryFile("w+")  # noqa: SIM115 - lives as long as the process
        kept = {name: value for name, value in os.environ.items() if not name.startswith(("JALON_", "AWS_"))}
        self.process = subprocess.Popen(
            [sys.executable, "-P", "-m", "workers.notary"],
            cwd=REPOSITORY,
            env={**kept, "JALON_STATE": str(state), "JALON_DATABASE_URL": database_url, **environment},
            stderr=self.said,
        )

    def lines(self, event: str) -> list[dict[str, Any]]:
        """What it logged under this name."""
        self.said.seek(0)
        found = (json.loads(line) for line in self.said.read().splitlines() if line.startswith("{"))
        return [line for line in found if line["event"] == event]

    def end(self, number: signal.Signals = signal.SIGTERM) -> int:
        """Send a signal and wait; the exit code."""
        self.process.send_signal(number)
        return self.process.wait(PATIENCE)


Start = Callable[..., Process]


@pytest.fixture
def start(database_url: str, tmp_path: Path) -> Iterator[Start]:
    """Starts notaries on this test's database, with its state directory; ends those that are left."""
    started: list[Process] = []

    def one(url: str = database_url, **environment: str) -> Process:
        started.append(Process(url, tmp_path, **environment))
        return started[-1]

    yield one
    for each in started:
        each.process.kill()
        each.process.wait()
        each.said.close()


@pytest.fixture
async def pool(database_url: str) -> AsyncIterator[Pool]:
    async with opened(database_url) as pool:
        yield pool


@asynccontextmanager
async def opened(database_url: str) -> AsyncIterator[Pool]:
    pool = await open_pool(database_url, max_size=20)
    try:
        yield pool
    finally:
        await pool.close()


async def write(pool: Pool, streams: range, events: int = 1) -> None:
    store = EventStore(pool)
    await asyncio.gather(
        *(store.append(append(f"pathway:{number}", 0, "c", *[event()] * events)) for number in streams)
    )
    await store.close()


async def eventually(condition: Callable[[], Awaitable[bool]]) -> None:
    async with asyncio.timeout(PATIENCE):
        while True:
            if await condition():
                return
            await asyncio.sleep(0.02)


async def signed(pool: Pool, size: int) -> None:
    """Wait until the notary has signed the log of ``size``."""

    async def done() -> bool:
        last = await Log(pool).last_checkpoint()
        return last is not None and last.size >= size

    await eventually(done)


async def assert_sound(pool: Pool, size: int) -> None:
    """Dense, without gap or double, every checkpoint with its root and its signature."""
    log = Log(pool)
    entries = await log.entries(0, size + 1)
    assert [entry.leaf_index for entry in entries] == list(range(size))
    assert len({entry.event_id for entry in entries}) == size
    assert all(entry.leaf_hash == entry.sealed_hash for entry in entries)
    chain = await load_keys(pool, await log.origin())
    checkpoints = await log.checkpoints()
    assert checkpoints[-1].size == size
    for row in checkpoints:
        checkpoint = chain.checkpoint(row.note)
        assert (checkpoint.size, checkpoint.root) == (row.size, row.root)
        assert row.root == await log.root(row.size)


async def test_it_makes_its_key_signs_and_a_clean_stop_leaves_nothing_unsigned_and_nothing_uncopied(
    start: Start, pool: Pool, tmp_path: Path
) -> None:
    notary = start()
    await write(pool, range(3))
    await signed(pool, 3)
    assert (tmp_path / "notary.key").stat().st_mode & 0o077 == 0
    # Within the second in which nothing is signed again.
    await write(pool, range(3, 40))
    assert notary.end() == 0
    await assert_sound(pool, 40)
    witness = Witness(str(tmp_path / "witness"))
    checkpoints = {row.size: row.note for row in await Log(pool).checkpoints()}
    assert {size: note async for size, note in witness.checkpoints(await witness.sizes())} == checkpoints
    published = await load_keys(pool, await Log(pool).origin())
    assert [key.vkey for key in await witness.keys()] == [key.format() for key in published.keys]


async def test_when_the_leader_is_killed_amid_the_stream_the_other_goes_on_without_gap_or_double(
    start: Start, pool: Pool
) -> None:
    living = [start(), start(), start()]
    await write(pool, range(50), 2)
    await signed(pool, 100)
    for round in (1, 2):
        leader = next(each for each in living if each.lines("notary_leads"))
        writing = asyncio.create_task(write(pool, range(100 * round, 100 * round + 50), 2))
        await asyncio.sleep(0.03 * round)
        leader.process.kill()
        living.remove(leader)
        await writing
        await signed(pool, 100 * (round + 1))
    await assert_sound(pool, 300)


async def test_it_waits_for_a_database_that_is_away_and_takes_the_lead_again(start: Start) -> None:
    with folder_for_all() as folder:
        await _through_an_outage(EmbeddedPostgres(folder, durable=False), start)


async def _through_an_outage(server: EmbeddedPostgres, start: Start) -> None:
    try:
        await server.start()
        await asyncio.to_thread(migrate, server.url())
        notary = start(server.url())
        async with opened(server.url()) as pool:
            await write(pool, range(10))
            await signed(pool, 10)
        assert server.pid is not None
        os.kill(server.pid, signal.SIGKILL)
        assert await until(lambda: bool(notary.lines("notary_stopped")), PATIENCE)
        await server.wait()
        await server.start()
        async with opened(server.url()) as pool:
            await write(pool, range(10, 20))
            await signed(pool, 20)
            await assert_sound(pool, 20)
        assert notary.end() == 0
    finally:
        await server.stop()


async def test_a_new_key_takes_over_without_restart_and_the_old_one_is_destroyed(
    start: Start, pool: Pool, tmp_path: Path
) -> None:
    notary = start()
    await write(pool, range(3))
    await signed(pool, 3)
    file = KeyFile(tmp_path / "notary.key")
    [old] = file.read()
    row = await rotate(pool, file)
    assert row.since == 3
    await write(pool, range(3, 6))
    await signed(pool, 6)
    log = Log(pool)
    chain = await load_keys(pool, await log.origin())
    first, second = await log.checkpoints()
    for key in chain.keys:
        require_signature(Note.parse(second.note), key)
    assert len(Note.parse(first.note).signatures) == 1
    assert await until(lambda: len(file.read()) == 1, PATIENCE)
    assert file.read()[0].public != old.public
    await write(pool, range(6, 9))
    await signed(pool, 9)
    assert len(Note.parse((await log.checkpoints())[-1].note).signatures) == 1
    await assert_sound(pool, 9)
    assert notary.end() == 0
    copied = await Witness(str(tmp_path / "witness")).keys()
    assert published_keys(await log.origin(), copied).keys == chain.keys


async def test_it_signs_nothing_on_top_of_a_changed_log(start: Start, pool: Pool) -> None:
    notary = start()
    await write(pool, range(6))
    await signed(pool, 6)
    assert notary.end() == 0
    await pool.execute("alter table log disable trigger user")
    await pool.execute("update log set leaf_hash = sha256('other') where leaf_index = 2")
    notary = start()
    await write(pool, range(6, 9))
    assert await until(lambda: bool(notary.lines("notary_stopped")), PATIENCE)
    assert "root" in notary.lines("notary_stopped")[0]["error"]
    assert await Log(pool).size() == 6
    assert notary.end() == 0


async def test_without_its_key_the_order_goes_on_and_nothing_is_signed(
    start: Start, pool: Pool, tmp_path: Path
) -> None:
    notary = start()
    await write(pool, range(2))
    await signed(pool, 2)
    assert notary.end() == 0
    kept = (tmp_path / "notary.key").rename(tmp_path / "elsewhere")
    notary = start()
    await write(pool, range(2, 4))
    assert await until(lambda: bool(notary.lines("not_signed")), PATIENCE)
    assert notary.lines("not_signed")[0]["code"] == "notary.key.other"
    assert await Log(pool).size() == 4
    assert not (tmp_path / "notary.key").exists()
    kept.rename(tmp_path / "notary.key")
    assert notary.end() == 0
    await assert_sound(pool, 4)
