"""The embedded Temporal servers: the persisted one for ``jalon up``, the time-skipping one for played years."""

from __future__ import annotations

import asyncio
import shutil
import signal
import sys
import time
from pathlib import Path
from types import TracebackType

import psutil
from temporalio.api.workflowservice.v1 import DescribeNamespaceRequest
from temporalio.client import Client
from temporalio.contrib.pydantic import pydantic_data_converter
from temporalio.service import RPCError
from temporalio.testing import WorkflowEnvironment

from workers.embedded.places import make_state_dir
from workers.embedded.process import Child, Identity, end_remembered, last_lines, remembered_port
from workers.trouble import StackError

NAMESPACE = "default"
READY_SECONDS = 60.0
TRIES = 3
TERM = (signal.SIGTERM, 15.0)


def program(name: str) -> Path:
    """A program that one of our packages put beside the interpreter. FileNotFoundError when it is missing."""
    beside = Path(sys.executable).with_name(name)
    found = beside if beside.exists() else shutil.which(name)
    if found is None:
        raise FileNotFoundError(name)
    return Path(found)


class EmbeddedTemporal:
    """``async with EmbeddedTemporal(state) as temporal``: the real server, persisted in ``<state>/temporal.db``.

    ``persisted=False`` keeps everything in memory, for tests.
    """

    def __init__(self, state: Path, *, persisted: bool = True) -> None:
        self.state = make_state_dir(state)
        self.database = self.state / "temporal.db" if persisted else None
        self.log = self.state / "logs" / "temporal.log"
        self.port = 0
        self._pid_file = self.state / "temporal.pid"
        self._port_file = self.state / "temporal.port"
        self._server: Child | None = None

    @property
    def address(self) -> str:
        """``host:port`` of the frontend."""
        return f"127.0.0.1:{self.port}"

    @property
    def pid(self) -> int | None:
        """The server's process number while it runs."""
        return self._server.pid if self._server else None

    async def start(self) -> None:
        """Start the server and wait until its namespace answers. StackError when it does not come up."""
        await end_remembered(self._pid_file, TERM)
        for attempt in range(1, TRIES + 1):
            if await self._launch():
                return
            if attempt == TRIES:
                raise StackError("stack.failed.temporal", log=str(self.log), reason=last_lines(self.log, 1))

    async def wait(self) -> int:
        """Until the server ends by itself; its exit code."""
        if self._server is None:
            raise RuntimeError("not started")
        return await self._server.wait()

    async def stop(self) -> None:
        """Stop the server; everything it acknowledged is in its file."""
        if self._server is not None:
            await self._server.stop()
            self._server = None
            self._pid_file.unlink(missing_ok=True)

    async def __aenter__(self) -> EmbeddedTemporal:
        try:
            await self.start()
        except BaseException:
            await self.stop()
            raise
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.stop()

    async def _launch(self) -> bool:
        self.port = await remembered_port(self._port_file, self.port)
        command = [str(program("temporal")), "server", "start-dev", "--headless", "--ip", "127.0.0.1"]
        command += ["--port", str(self.port), "--log-level", "warn", "--log-format", "json"]
        if self.database is not None:
            self._drop_unfinished(self.database)
            command += ["--db-filename", str(self.database)]
        self._server = Child("temporal", command, self.log, stops=(TERM,))
        self._server.start().remember(self._pid_file)
        if await self._answers():
            self._port_file.write_text(f"{self.port}\n", "utf-8")
            return True
        await self.stop()
        return False

    def _drop_unfinished(self, database: Path) -> None:
        """Remove a file that no server ever answered from: killed while it made its tables, it would never start."""
        if not self._port_file.exists():
            for file in database.parent.glob(f"{database.name}*"):
                file.unlink()

    async def _answers(self) -> bool:
        deadline = time.monotonic() + READY_SECONDS
        while self.pid is not None and time.monotonic() < deadline:
            try:
                client = await Client.connect(self.address, namespace=NAMESPACE)
                await client.workflow_service.describe_namespace(DescribeNamespaceRequest(namespace=NAMESPACE))
            except (RuntimeError, RPCError):
                await asyncio.sleep(0.1)
            else:
                return True
        return False


class TestServer:
    """``async with TestServer(state) as env``: Temporal's time-skipping server, one clock for all workflows.

    Entering gives the :class:`WorkflowEnvironment`, whose client speaks pydantic; move the clock with ``env.sleep``.
    """

    __test__ = False
    """Not a class of tests, whatever its name suggests to a test runner."""

    def __init__(self, state: Path) -> None:
        self._pid_file = make_state_dir(state) / "test-server.pid"
        self._environment: WorkflowEnvironment | None = None

    async def __aenter__(self) -> WorkflowEnvironment:
        await end_remembered(self._pid_file, TERM)
        before = {child.pid for child in psutil.Process().children()}
        self._environment = await WorkflowEnvironment.start_time_skipping(
            test_server_existing_path=str(program("temporal-test-server")), data_converter=pydantic_data_converter
        )
        for child in psutil.Process().children():
            if child.pid not in before and "temporal-test-server" in " ".join(child.cmdline()):
                Identity(child.pid, child.create_time()).remember(self._pid_file)
        return self._environment

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._environment is not None:
            await self._environment.shutdown()
        self._pid_file.unlink(missing_ok=True)
