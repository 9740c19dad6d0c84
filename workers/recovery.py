"""Bringing every stream that is not over back on a Temporal that has lost it: the log is all that is needed."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import dataclass

from temporalio.client import Client
from temporalio.common import WorkflowIDReusePolicy
from temporalio.exceptions import WorkflowAlreadyStartedError

from activities.contracts import TASK_QUEUE, StreamStart
from activities.delivery import workflow_of
from eventstore.pool import Pool
from eventstore.unfinished import unfinished

AT_ONCE = 48
"""Workflow starts under way at once."""


@dataclass(slots=True)
class Recovered:
    """Streams that are not over: of ``open``, so many were started now, and so many ran already."""

    started: int = 0
    running: int = 0

    @property
    def open(self) -> int:
        """All of them."""
        return self.started + self.running


async def recover(
    client: Client, pool: Pool, advance: Callable[[int], None], task_queue: str = TASK_QUEUE
) -> Recovered:
    """Have a workflow run for every stream that is not over; those that run are left alone.

    What is started reads the log, arms its deadlines and settles what is owed, each thing under the same id as before
    the loss, so nothing is done twice; nor does it matter how often, or beside what else, this is called.
    ``advance`` is told how many streams have been seen to.

    Raises:
        StoreAway: PostgreSQL cannot be reached.
        RPCError: Temporal cannot be reached.
    """
    found = Recovered()
    gate = asyncio.Semaphore(AT_ONCE)

    async def start(stream: str) -> None:
        async with gate:
            try:
                await client.start_workflow(
                    workflow_of(stream),
                    StreamStart(stream=stream),
                    id=stream,
                    task_queue=task_queue,
                    id_reuse_policy=WorkflowIDReusePolicy.ALLOW_DUPLICATE,
                )
            except WorkflowAlreadyStartedError:
                found.running += 1
            else:
                found.started += 1
        advance(found.open)

    async for page in unfinished(pool):
        await asyncio.gather(*(start(stream) for stream in page))
    return found
