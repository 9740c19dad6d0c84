"""``jalon up`` as a person starts it: a process of its own, found by its state directory."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path

import psutil

from workers.embedded.found import StackInfo, find_stack

REPOSITORY = Path(__file__).parents[2]
PATIENCE = 90.0


def eventually(condition: Callable[[], bool], what: str, seconds: float = PATIENCE) -> None:
    """Wait until ``condition`` holds; AssertionError names ``what`` did not come about."""
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, what
        time.sleep(0.05)


@contextmanager
def folder_for_all() -> Iterator[Path]:
    """A folder that other accounts may pass through, as a state directory in a home usually is not."""
    folder = Path(tempfile.mkdtemp(prefix="jalon-stack-"))
    folder.chmod(0o711)
    try:
        yield folder
    finally:
        shutil.rmtree(folder)


class Up:
    """One ``jalon up``. Close it with :meth:`end`, or ``with``, which kills what is left."""

    def __init__(
        self,
        state: Path,
        *,
        python: Sequence[str] = (sys.executable,),
        user: int | None = None,
        environment: Mapping[str, str] | None = None,
    ) -> None:
        self.state = state
        self.errors = tempfile.TemporaryFile("w+")  # noqa: SIM115 - lives as long as the process
        inherited = {name: value for name, value in os.environ.items() if not name.startswith("JALON_")}
        self.process = subprocess.Popen(
            [*python, "-m", "interfaces.cli.main", "up", "--state", str(state)],
            cwd=REPOSITORY,
            env={**inherited, **(environment or {})},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=self.errors,
            user=user,
            group=user,
            extra_groups=[] if user is not None else None,
        )
        self._seen: list[StackInfo] = []

    @property
    def info(self) -> StackInfo:
        """Where everything is, waiting for it to be there."""

        def found() -> StackInfo | None:
            stack = find_stack(self.state)
            return stack if stack is not None and stack.pid == self.process.pid and stack.notary_pid else None

        eventually(lambda: found() is not None or self.process.poll() is not None, "the stack is up")
        stack = found()
        assert stack is not None, self.said()
        self._seen.append(stack)
        return stack

    def said(self) -> str:
        """What it wrote on standard error so far."""
        self.errors.seek(0)
        return self.errors.read()

    def end(self, number: signal.Signals = signal.SIGTERM) -> int:
        """Send a signal and wait; the exit code."""
        self.process.send_signal(number)
        return self.process.wait(PATIENCE)

    def __enter__(self) -> Up:
        return self

    def __exit__(self, *error: object) -> None:
        if self.process.poll() is None:
            self.end()
        eventually(lambda: not self.left_over(), "nothing is left running")
        self.errors.close()

    def left_over(self) -> list[int]:
        """The parts of this stack that still run."""
        seen = {pid for info in self._seen for pid in parts(info)}
        return [pid for pid in seen if alive(pid)]


def parts(info: StackInfo) -> list[int]:
    """The process numbers of the servers, the worker and the notary."""
    numbers = (info.postgres_pid, info.temporal_pid, info.worker_pid, info.notary_pid, info.public_pid)
    return [pid for pid in numbers if pid is not None]


def alive(pid: int) -> bool:
    """Whether the process runs (a zombie does not)."""
    try:
        return psutil.Process(pid).status() != psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return False
