"""``jalon up``: started, stopped, killed, started again; nothing is lost and nothing is left behind."""

from __future__ import annotations

import asyncio
import os
import signal
import stat
import uuid
from collections.abc import Iterator
from pathlib import Path

import asyncpg
import psutil
import pytest
from temporalio.client import Client, WorkflowExecutionStatus

from tests.stack.running import Up, alive, eventually, folder_for_all, parts
from workers.embedded.found import StackInfo, find_stack
from workers.embedded.process import until


@pytest.fixture
def state() -> Iterator[Path]:
    with folder_for_all() as folder:
        yield folder / "state"


@pytest.fixture(scope="module")
def running() -> Iterator[Up]:
    """One stack for the tests that only kill a part of it."""
    with folder_for_all() as folder, Up(folder / "state") as up:
        yield up


async def leave_a_trace(info: StackInfo) -> str:
    """Something in PostgreSQL and something in Temporal; its name."""
    name = f"trace-{uuid.uuid4()}"
    connection = await asyncpg.connect(info.database_url)
    await connection.execute("CREATE TABLE IF NOT EXISTS traces (name text)")
    await connection.execute("INSERT INTO traces VALUES ($1)", name)
    await connection.close()
    client = await Client.connect(info.temporal_address)
    await client.start_workflow("Nothing", id=name, task_queue="nobody-listens")
    return name


async def assert_trace(info: StackInfo, name: str) -> None:
    connection = await asyncpg.connect(info.database_url)
    assert await connection.fetchval("SELECT count(*) FROM traces WHERE name = $1", name) == 1
    await connection.close()
    client = await Client.connect(info.temporal_address)
    assert (await client.get_workflow_handle(name).describe()).status == WorkflowExecutionStatus.RUNNING


async def test_a_stopped_stack_continues_where_it_was(state: Path) -> None:
    with Up(state) as up:
        before = up.info
        trace = await leave_a_trace(before)
        assert up.end(signal.SIGTERM) == 0
        assert not up.left_over()
        assert find_stack(state) is None
    with Up(state) as up:
        await assert_trace(up.info, trace)
        assert (up.info.database_url, up.info.temporal_address) == (before.database_url, before.temporal_address)
        assert up.end(signal.SIGINT) == 0


async def test_a_stack_whose_starter_was_killed_is_taken_over(state: Path) -> None:
    with Up(state) as first:
        orphans = parts(first.info)
        trace = await leave_a_trace(first.info)
        first.process.kill()
        first.process.wait()
        with Up(state) as second:
            await assert_trace(second.info, trace)
            assert not [pid for pid in orphans if alive(pid)]


async def test_a_stack_that_was_killed_whole_recovers(state: Path) -> None:
    with Up(state) as first:
        trace = await leave_a_trace(first.info)
        for pid in (first.process.pid, *parts(first.info)):
            os.kill(pid, signal.SIGKILL)
        first.process.wait()
        with Up(state) as second:
            await assert_trace(second.info, trace)


def test_one_directory_holds_one_stack_and_two_directories_hold_two(state: Path) -> None:
    with Up(state) as first, Up(state.with_name("other")) as beside:
        assert {first.info.database_url, first.info.temporal_address}.isdisjoint(
            {beside.info.database_url, beside.info.temporal_address}
        )
        with Up(state) as second:
            assert second.process.wait(30) == 1
            assert str(state) in second.said()
        assert find_stack(state) == first.info


def test_a_start_that_is_interrupted_leaves_nothing_running(state: Path) -> None:
    with Up(state) as up:
        eventually(lambda: (state / "postgres.password").exists(), "the first step is done")
        family = psutil.Process(up.process.pid)
        assert up.end(signal.SIGINT) == 0
        assert not [child for child in psutil.process_iter() if str(state) in " ".join(_command(child))]
        assert not family.is_running()


def _command(process: psutil.Process) -> list[str]:
    try:
        return process.cmdline()
    except (psutil.NoSuchProcess, psutil.AccessDenied):
        return []


@pytest.mark.parametrize("part", ["postgres_pid", "temporal_pid", "worker_pid", "notary_pid"])
async def test_a_part_that_is_killed_is_started_again_at_the_same_address(running: Up, part: str) -> None:
    before = running.info
    trace = await leave_a_trace(before)
    killed = getattr(before, part)
    os.kill(killed, signal.SIGKILL)

    def replaced() -> bool:
        now = find_stack(running.state)
        return now is not None and getattr(now, part) not in (killed, None)

    assert await until(replaced, 30)
    after = running.info
    assert (after.database_url, after.temporal_address) == (before.database_url, before.temporal_address)
    await _patiently(after, trace)


async def _patiently(info: StackInfo, trace: str) -> None:
    async with asyncio.timeout(20):
        while True:
            try:
                return await assert_trace(info, trace)
            except (OSError, RuntimeError, asyncpg.PostgresError):
                await asyncio.sleep(0.1)


def test_what_the_stack_writes_is_for_its_owner_only(running: Up) -> None:
    assert running.info
    secret = ["stack.json", "sealing.key", "notary.key", "postgres.password", "temporal.db", "logs", "postgres"]
    modes = {name: stat.S_IMODE((running.state / name).stat().st_mode) for name in secret}
    assert {name: mode & 0o077 for name, mode in modes.items()} == dict.fromkeys(secret, 0)


def test_nothing_listens_beyond_this_machine(running: Up) -> None:
    owners = [psutil.Process(pid) for pid in parts(running.info)]
    listening = [link for owner in owners for link in owner.net_connections("inet") if link.status == "LISTEN"]
    assert listening
    assert {link.laddr.ip for link in listening} <= {"127.0.0.1", "::1"}
