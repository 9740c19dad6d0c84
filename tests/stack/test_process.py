"""The leash, and the supervision of what ends by itself."""

from __future__ import annotations

import asyncio
import os
import signal
import socket
import subprocess
import sys
import threading
from itertools import pairwise
from pathlib import Path

import psutil
import pytest

from tests.stack.running import alive, eventually
from workers.embedded.process import Child, Identity, end, free_port, remembered_port, until
from workers.embedded.stack import Lock, Stack
from workers.settings import Settings
from workers.trouble import StackError

SLEEPER = [sys.executable, "-c", "import time; time.sleep(600)"]
STUBBORN = [
    sys.executable,
    "-c",
    "import signal, time; signal.signal(signal.SIGTERM, signal.SIG_IGN); print('ready', flush=True); time.sleep(600)",
]


def elsewhere(state: Path, database_url: str) -> Settings:
    """Settings that leave nothing to start but the worker."""
    return Settings(state=state, database_url=database_url, temporal_address="127.0.0.1:1", sealing_key=bytes(32))


def test_a_leashed_child_ends_with_its_killed_parent(tmp_path: Path) -> None:
    program = (
        "import sys, time; from pathlib import Path; from workers.embedded.process import Child;"
        f"print(Child('x', {SLEEPER!r}, Path({str(tmp_path / 'log')!r})).start().pid, flush=True); time.sleep(600)"
    )
    parent = subprocess.Popen([sys.executable, "-c", program], stdout=subprocess.PIPE, text=True)
    assert parent.stdout is not None
    child = int(parent.stdout.readline())
    eventually(lambda: psutil.Process(child).cmdline()[:2] == SLEEPER[:2], "the leash became the program")
    parent.kill()
    parent.wait()
    eventually(lambda: not alive(child), "the child ended")


async def test_a_child_that_ignores_its_signal_is_killed(tmp_path: Path) -> None:
    child = Child("x", STUBBORN, tmp_path / "log", stops=((signal.SIGTERM, 0.5),))
    pid = child.start().pid
    eventually(lambda: "ready" in (tmp_path / "log").read_text(), "the signal is ignored")
    await child.stop()
    assert not alive(pid)
    assert child.exit_code == -signal.SIGKILL


async def test_a_number_that_another_process_took_is_left_alone() -> None:
    bystander = subprocess.Popen(SLEEPER)
    try:
        await end(Identity(bystander.pid, started=1.0), (signal.SIGTERM, 1.0))
        assert bystander.poll() is None
    finally:
        bystander.kill()
        bystander.wait()


async def test_a_port_that_somebody_else_took_is_replaced(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("workers.embedded.process.PORT_SECONDS", 0.2)
    noted = tmp_path / "port"
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        noted.write_text(str(other.getsockname()[1]))
        assert await remembered_port(noted, 0) != other.getsockname()[1]
    free = free_port()
    noted.write_text(str(free))
    assert await remembered_port(noted, 0) == free


async def test_a_port_that_is_being_let_go_is_waited_for(tmp_path: Path) -> None:
    other = socket.create_server(("127.0.0.1", 0))
    port = other.getsockname()[1]
    threading.Timer(0.5, other.close).start()
    assert await remembered_port(tmp_path / "none", port) == port


def test_a_lock_has_one_holder_and_dies_with_it(tmp_path: Path) -> None:
    first, second = Lock(tmp_path), Lock(tmp_path)
    assert first.take()
    assert not second.take()
    first.release()
    assert second.take()


async def test_a_worker_that_keeps_ending_is_restarted_ever_more_slowly(tmp_path: Path, database_url: str) -> None:
    started = tmp_path / "started"
    failing = [sys.executable, "-c", f"import time; open({str(started)!r}, 'a').write(f'{{time.time()}}\\n')"]
    async with Stack(elsewhere(tmp_path / "state", database_url), worker=failing, notary=None, public=None) as stack:
        keeping = asyncio.create_task(stack.keep_alive())
        assert await until(lambda: started.exists() and started.read_text().count("\n") == 4, 30)
        keeping.cancel()
        await asyncio.gather(keeping, return_exceptions=True)
    times = [float(line) for line in started.read_text().split()]
    pauses = [later - earlier for earlier, later in pairwise(times)]
    assert pauses[1] >= 0.5
    assert pauses[2] >= 1.0


async def test_a_second_stack_in_one_directory_is_refused(tmp_path: Path, database_url: str) -> None:
    settings = elsewhere(tmp_path / "state", database_url)
    async with Stack(settings, worker=SLEEPER, notary=None, public=None) as first:
        with pytest.raises(StackError) as refusal:
            await Stack(settings, worker=None, notary=None, public=None).start()
        assert refusal.value.name == "stack.failed.locked"
        assert first.info.worker_pid is not None
        assert alive(first.info.worker_pid)


async def test_a_worker_left_over_is_ended_before_a_new_one_starts(tmp_path: Path, database_url: str) -> None:
    settings = elsewhere(tmp_path / "state", database_url)
    (tmp_path / "state").mkdir()
    orphan = subprocess.Popen(SLEEPER)
    identity = Identity.of(orphan.pid)
    assert identity is not None
    identity.remember(tmp_path / "state" / "worker.pid")
    async with Stack(settings, worker=None, notary=None, public=None):
        assert orphan.wait(5) == -signal.SIGTERM


def test_our_own_number_is_ours() -> None:
    me = Identity.of(os.getpid())
    assert me is not None
    assert me.process() is not None
    assert Identity(me.pid, me.started - 100).process() is None
