"""Child processes: started on a leash, stopped for certain, recognised again after a crash."""

from __future__ import annotations

import asyncio
import json
import math
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import psutil

from workers.embedded.account import Account

LEASH = Path(__file__).with_name("leash.py")
POLL = 0.05
PORT_SECONDS = 5.0
LOG_LIMIT = 20_000_000


async def until(condition: Callable[[], bool], seconds: float = math.inf) -> bool:
    """Wait until ``condition`` holds, looking 20 times a second; False when ``seconds`` passed first."""
    deadline = time.monotonic() + seconds
    while not condition():
        if time.monotonic() > deadline:
            return False
        await asyncio.sleep(POLL)
    return True


def free_port() -> int:
    """A TCP port of the loopback address that nobody listens on right now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def port_is_free(port: int) -> bool:
    """Whether ``port`` of the loopback address can be bound, also just after its last holder ended."""
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except OSError:
            return False
    return True


@dataclass(frozen=True)
class Identity:
    """A process that cannot be mistaken for a later one with the same number."""

    pid: int
    started: float

    @classmethod
    def of(cls, pid: int) -> Identity | None:
        """Who has this number now, or None."""
        try:
            return cls(pid, psutil.Process(pid).create_time())
        except psutil.NoSuchProcess:
            return None

    @classmethod
    def read(cls, file: Path) -> Identity | None:
        """The identity that :meth:`remember` wrote, or None when there is none."""
        try:
            return cls(**json.loads(file.read_text("utf-8")))
        except (FileNotFoundError, ValueError, TypeError):
            return None

    def remember(self, file: Path) -> None:
        """Write the identity down, for whoever has to end the process after a crash of ours."""
        file.write_text(json.dumps({"pid": self.pid, "started": self.started}), "utf-8")

    def process(self) -> psutil.Process | None:
        """The living process, or None when it ended (a zombie has ended)."""
        try:
            found = psutil.Process(self.pid)
            same = abs(found.create_time() - self.started) < 1 and found.status() != psutil.STATUS_ZOMBIE
        except psutil.NoSuchProcess:
            return None
        return found if same else None


async def end(identity: Identity, *signals: tuple[signal.Signals, float]) -> None:
    """Send each signal in turn, giving the process that many seconds to end; SIGKILL comes last."""
    for number, seconds in (*signals, (signal.SIGKILL, 10.0)):
        process = identity.process()
        if process is None:
            return
        try:
            process.send_signal(number)
        except psutil.NoSuchProcess:
            return
        await until(lambda: identity.process() is None, seconds)


async def end_remembered(file: Path, *signals: tuple[signal.Signals, float]) -> None:
    """End the process that ``file`` names, if it still lives, and forget it."""
    identity = Identity.read(file)
    if identity is not None:
        await end(identity, *signals)
    _forget(file)


def _forget(file: Path) -> None:
    file.unlink(missing_ok=True)


def _noted_port(file: Path) -> int:
    try:
        return int(file.read_text("utf-8"))
    except (FileNotFoundError, ValueError):
        return 0


async def remembered_port(file: Path, current: int) -> int:
    """The port to listen on: ``current`` or the one in ``file`` if it is or soon becomes free, otherwise a free one."""
    current = current or _noted_port(file)
    # The last children of a killed server hold its port until they notice its death.
    if current and await until(lambda: port_is_free(current), PORT_SECONDS):
        return current
    return free_port()


@dataclass
class Child:
    """One leashed child process with its output in a log file.

    ``stops`` are the signals that ask it to end, each with the seconds it gets before the next one; the first is also
    what the kernel sends when we die. Start it from a thread that lives as long as the child should: the leash is tied
    to the starting thread.
    """

    name: str
    command: Sequence[str]
    log: Path
    stops: Sequence[tuple[signal.Signals, float]] = ((signal.SIGTERM, 10.0),)
    account: Account | None = None
    environment: Mapping[str, str] | None = None
    folder: Path | None = None
    _running: subprocess.Popen[bytes] | None = field(default=None, init=False)

    def start(self) -> Identity:
        """Start it; OSError when the program cannot be executed."""
        uid, gid = (str(self.account.uid), str(self.account.gid)) if self.account else ("-", "-")
        leash = [sys.executable, "-I", "-S", str(LEASH), str(os.getpid()), str(int(self.stops[0][0])), uid, gid]
        with open_log(self.log) as output:
            self._running = subprocess.Popen(  # noqa: S603
                [*leash, *self.command],
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
                cwd=self.folder,
                env=dict(self.environment) if self.environment is not None else None,
                # Ctrl-C on the terminal is for us alone: we stop the children in order.
                start_new_session=True,
            )
        return Identity.of(self._running.pid) or Identity(self._running.pid, time.time())

    @property
    def pid(self) -> int | None:
        """The process number while it runs."""
        return self._running.pid if self._running is not None and self._running.poll() is None else None

    @property
    def exit_code(self) -> int | None:
        """How it ended, or None while it runs or before it started."""
        return None if self._running is None else self._running.poll()

    async def wait(self) -> int:
        """Until it ends; its exit code (negative: the signal that ended it)."""
        await until(lambda: self.exit_code is not None)
        return self.exit_code or 0

    async def stop(self) -> None:
        """Ask it to end, ever more firmly, and wait until it did."""
        running = self._running
        if running is None:
            return
        for number, seconds in (*self.stops, (signal.SIGKILL, 10.0)):
            if running.poll() is not None:
                break
            running.send_signal(number)
            await until(lambda: running.poll() is not None, seconds)

    def ask_to_end(self) -> None:
        """Send the first stop signal and do not wait."""
        if self._running is not None and self._running.poll() is None:
            self._running.send_signal(self.stops[0][0])


class LogFile:
    """An open log file as a context manager."""

    def __init__(self, descriptor: int) -> None:
        self.descriptor = descriptor

    def fileno(self) -> int:
        """The descriptor that a child writes to."""
        return self.descriptor

    def __enter__(self) -> int:
        return self.descriptor

    def __exit__(self, *exception: object) -> None:
        os.close(self.descriptor)


def open_log(path: Path) -> LogFile:
    """Open ``path`` for appending, readable by its owner only; a large old one is set aside first."""
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    if path.exists() and path.stat().st_size > LOG_LIMIT:
        path.replace(path.with_suffix(path.suffix + ".1"))
    return LogFile(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600))


def last_lines(path: Path, count: int = 5) -> str:
    """The end of a log file, for an error message; empty when there is none."""
    if not path.exists():
        return ""
    with path.open("rb") as file:
        file.seek(max(0, path.stat().st_size - 8_000))
        return "\n".join(file.read().decode("utf-8", "replace").splitlines()[-count:])
