"""What stands between the worker and Temporal in the played year, so that either can be taken away from the other."""

from __future__ import annotations

import asyncio
import re
import zlib
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from temporalio.api.enums.v1 import TaskQueueKind, WorkflowTaskFailedCause
from temporalio.api.taskqueue.v1 import TaskQueue
from temporalio.api.workflowservice.v1 import PollWorkflowTaskQueueRequest, RespondWorkflowTaskFailedRequest
from temporalio.client import Client

_OWN_QUEUE = re.compile(rb"\d+@[\w.-]+-[0-9a-f]{32}")
_GZIP = b"\x1f\x8b\x08"


class Relay:
    """A port of the loopback address behind which is ``target`` (``host:port``), or nothing while that is empty.

    It remembers the names of the queues that workers keep for the workflows in their memory.
    """

    def __init__(self) -> None:
        self.target = ""
        self.queues: set[str] = set()
        self._links: set[asyncio.StreamWriter] = set()
        self._server: asyncio.Server | None = None

    @property
    def address(self) -> str:
        """Where it listens."""
        assert self._server is not None
        host, port = self._server.sockets[0].getsockname()
        return f"{host}:{port}"

    @asynccontextmanager
    async def listening(self) -> AsyncIterator[Relay]:
        """Listen while the block runs."""
        self._server = await asyncio.start_server(self._serve, "127.0.0.1", 0)
        try:
            yield self
        finally:
            self._server.close()
            self.cut()

    def cut(self) -> None:
        """Nothing is behind it any more, and whoever is connected notices."""
        self.target = ""
        for link in self._links:
            link.close()

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        host, _, port = self.target.rpartition(":")
        try:
            there_reader, there_writer = await asyncio.open_connection(host, int(port or 0))
        except OSError:
            writer.close()
            return
        links = {writer, there_writer}
        self._links |= links
        try:
            await asyncio.gather(self._pass(reader, there_writer, seen=True), self._pass(there_reader, writer))
        finally:
            self._links -= links

    async def _pass(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, seen: bool = False) -> None:
        try:
            while data := await reader.read(65536):
                if seen:
                    self.queues.update(queues_in(data))
                writer.write(data)
                await writer.drain()
        except OSError:
            return
        finally:
            writer.close()


def queues_in(data: bytes) -> set[str]:
    """The names of workers' own queues in what a client sends: it asks for their tasks in short zipped messages."""
    found: set[str] = set()
    for part in data.split(_GZIP)[1:]:
        try:
            found.update(name.decode() for name in _OWN_QUEUE.findall(zlib.decompressobj(31).decompress(_GZIP + part)))
        except zlib.error:
            # A longer message that the packet cut in two, or no message at all.
            continue
    return found


async def give_back(client: Client, queue: str) -> None:
    """For ever: what arrives in the queue of a worker that died goes to one that lives.

    A full Temporal does this by itself after some seconds; the time-skipping one leaves it there for ever.
    """
    mine = TaskQueue(name=queue, kind=TaskQueueKind.TASK_QUEUE_KIND_STICKY)
    while True:
        task = await client.workflow_service.poll_workflow_task_queue(
            PollWorkflowTaskQueueRequest(namespace=client.namespace, task_queue=mine, identity="give back")
        )
        if task.task_token:
            await client.workflow_service.respond_workflow_task_failed(
                RespondWorkflowTaskFailedRequest(
                    namespace=client.namespace,
                    task_token=task.task_token,
                    cause=WorkflowTaskFailedCause.WORKFLOW_TASK_FAILED_CAUSE_RESET_STICKY_TASK_QUEUE,
                )
            )
