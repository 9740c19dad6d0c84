"""A full disk under PostgreSQL: refused and said so, nothing half done, and all goes on once there is room."""

from __future__ import annotations

import asyncio
import contextlib
import os
import signal
import subprocess
import sys
import tempfile
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import asynccontextmanager
from pathlib import Path

import asyncpg
import pytest
from temporalio.client import Client

from activities.contracts import Receipt
from bench.orders import sealed
from bench.streams import write_pathway
from domain.log import AppendAnswer, AppendRequest
from eventstore.errors import StoreAway, StoreFull
from eventstore.log import Log
from eventstore.projections import rebuild
from eventstore.store import EventStore
from tests.cli.office import jalon
from tests.engine.harness import Engine, engine, eventually, gapless, once_each
from tests.stack.running import REPOSITORY
from workers import doctor
from workers.embedded.found import find_stack
from workers.embedded.stack import Stack
from workers.settings import Settings

PLACE = "JALON_TEST_SMALL_DISK"
SIZE = "size=128m"
MAY_MOUNT = os.geteuid() == 0 or PLACE in os.environ


@pytest.fixture
def small_disk() -> Iterator[Path]:
    """A file system of 128 MiB."""
    if given := os.environ.get(PLACE):
        yield Path(given)
        return
    folder = Path(tempfile.mkdtemp(prefix="jalon-small-"))
    mounted = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", f"{SIZE},mode=0711", "tmpfs", folder], capture_output=True, text=True
    )
    if mounted.returncode:
        folder.rmdir()
        pytest.skip(f"this machine mounts nothing: {mounted.stderr.strip()}")
    try:
        yield folder
    finally:
        subprocess.run(["umount", "--lazy", folder], check=True)
        folder.rmdir()


@pytest.mark.skipif(MAY_MOUNT, reason="the test itself can mount")
def test_a_full_disk_in_a_name_space_where_a_user_may_mount() -> None:
    with tempfile.TemporaryDirectory(prefix="jalon-small-") as folder:
        user = f"--map-user={os.getuid()} --map-group={os.getgid()}"
        run = f"{sys.executable} -m pytest -p no:cacheprovider {Path(__file__).relative_to(REPOSITORY)}"
        # As root of a name space to mount, then as oneself again, because PostgreSQL does not run as root.
        script = f"mount -t tmpfs -o {SIZE} tmpfs {folder} && exec unshare --user {user} {run}"
        ran = subprocess.run(
            ["unshare", "--map-root-user", "--mount", "sh", "-c", script],
            env={**os.environ, PLACE: folder},
            cwd=REPOSITORY,
            capture_output=True,
            text=True,
        )
        if ran.returncode and "passed" not in ran.stdout + ran.stderr and "failed" not in ran.stdout:
            pytest.skip(f"this machine gives no name space to mount in: {ran.stderr.strip()}")
        assert ran.returncode == 0, ran.stdout


class Ballast:
    """What takes all the room."""

    def __init__(self, folder: Path) -> None:
        self._file = folder / "ballast"

    def fill(self) -> None:
        """Leave no room at all."""
        with contextlib.suppress(OSError), self._file.open("ab", buffering=0) as file:
            while True:
                file.write(bytes(4096))

    def drop(self) -> None:
        """Make room."""
        self._file.unlink()


@asynccontextmanager
async def kept_alive(settings: Settings) -> AsyncIterator[Stack]:
    """The stack, restarting what ends as ``jalon up`` does."""
    async with Stack(settings, worker=None, public=None) as stack:
        keeping = asyncio.create_task(stack.keep_alive())
        try:
            yield stack
        finally:
            assert not keeping.done(), "a full disk must not end the stack"
            keeping.cancel()
            await asyncio.gather(keeping, return_exceptions=True)


async def faults(settings: Settings) -> set[str]:
    found = [finding async for finding in doctor.examine(settings)]
    return {finding.name.removeprefix("stack.") for finding in found if finding.verdict == "fault"}


class Counting(EventStore):
    """A store that counts what it was told is stored."""

    stored = 0

    async def append(self, request: AppendRequest) -> AppendAnswer:
        """Append, and count."""
        answer = await super().append(request)
        self.stored += len(answer.events)
        return answer


async def write_for_ever(store: EventStore) -> None:
    while True:
        await write_pathway(store)


async def crash_for_want_of_wal(url: str) -> None:
    """Have PostgreSQL begin a file of its write-ahead log for which there is no room: it ends itself."""
    connection = await asyncpg.connect(url)
    with contextlib.suppress(asyncpg.PostgresError, OSError):
        while True:
            await connection.execute("select pg_switch_wal(), pg_logical_emit_message(false, 'test', 'x')")


def correct(engine: Engine, pathway: str, number: int) -> asyncio.Task[Receipt]:
    order = engine.give(
        pathway, "correct_candidacy", employer=f"CPAM {number}", reason=sealed(), command_id=f"c{number}"
    )
    return asyncio.create_task(order)


def waits(engine: Engine, pathway: str) -> Callable[[], Awaitable[bool]]:
    async def waiting() -> bool:
        return bool((await engine.handle(pathway).describe()).raw_description.pending_activities)

    return waiting


@pytest.mark.skipif(not MAY_MOUNT, reason="only root may mount; see the test before")
async def test_a_full_disk_refuses_halves_nothing_and_heals(
    small_disk: Path, temporal_client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings = Settings(state=small_disk, temporal_address=temporal_client.service_client.config.target_host)
    ballast = Ballast(small_disk)
    for name in ("JALON_DATABASE_URL", "JALON_SEALING_KEY"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("JALON_STATE", str(small_disk))
    monkeypatch.setenv("JALON_TEMPORAL_ADDRESS", str(settings.temporal_address))
    async with kept_alive(settings) as stack:
        url = stack.info.database_url
        async with engine(temporal_client, url) as made, made.worker():
            first, second = [await made.start() for _ in range(2)]
            assert await correct(made, first, 0)

            ballast.fill()
            store, before = Counting(made.pool), await made.reading.event_count()
            with pytest.raises(StoreFull):
                await write_for_ever(store)
            assert await made.reading.event_count() == before + store.stored
            assert {"doctor.disk.full", "doctor.room.full"} <= await faults(settings)
            told = await jalon("projections", "rebuild")
            assert (told.code, told.out, "plus de place" in told.err) == (3, "", True)
            # It comes back, though there is no room to write down where it is now.
            assert stack.notary.child.pid is not None
            os.kill(stack.notary.child.pid, signal.SIGKILL)
            late = correct(made, first, 1)
            await eventually(waits(made, first), "an order that waits for room")

            await crash_for_want_of_wal(url)
            with pytest.raises(StoreAway):
                await write_pathway(store)
            assert {"doctor.disk.full", "unreachable.postgres"} <= await faults(settings)
            later = correct(made, second, 2)
            await eventually(waits(made, second), "an order that waits for PostgreSQL")
            assert not late.done()
            assert not later.done()

            ballast.drop()
            assert (await late).version == 3
            assert (await later).version == 2
            await write_pathway(store)
            await store.close()
            for stream in await made.reading.streams():
                events = await made.events(stream)
                assert gapless(events)
                assert once_each(events)
            total = before + store.stored + 2
            assert await made.reading.event_count() == total
            log = Log(made.pool)

            async def all_in_place() -> bool:
                return await log.size() == total

            await eventually(all_in_place, "a place for every event")
            assert [entry.leaf_index for entry in await log.entries(0, total)] == list(range(total))
            found = await rebuild(made.pool, check=True)
            # Nobody told the notices of the pathways that were written without a workflow.
            assert {table.table for table in found.tables if not table.same} <= {"notices"}
            assert "doctor.room.full" not in await faults(settings)

            async def told_anew() -> bool:
                return find_stack(small_disk) == stack.info

            await eventually(told_anew, "where everything is, written down")
