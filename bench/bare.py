"""What the workflows are measured against: the same Update, answered after one local activity that does nothing."""

from __future__ import annotations

import asyncio
import sys
from datetime import timedelta

from temporalio import activity, workflow

with workflow.unsafe.imports_passed_through():
    from activities import contracts
    from activities.contracts import Receipt
    from domain.aggregate import Order

TASK_QUEUE = "bare"


@activity.defn(name="nothing")
async def nothing() -> None:
    """Do nothing."""


@workflow.defn(name="Bare")
class BareWorkflow:
    """Open until told to end; no state, no rules, no log."""

    def __init__(self) -> None:
        self._over = False

    @workflow.run
    async def run(self, once: bool) -> None:
        if once:
            await self._nothing()
        else:
            await workflow.wait_condition(lambda: self._over)

    @workflow.update(name=contracts.UPDATE)
    async def carry_out(self, order: Order) -> Receipt:
        await self._nothing()
        return Receipt(stream=workflow.info().workflow_id, from_version=0, version=1)

    @workflow.signal
    def end(self) -> None:
        self._over = True

    async def _nothing(self) -> None:
        await workflow.execute_local_activity(nothing, start_to_close_timeout=timedelta(seconds=5))


def main() -> int:
    """A worker for the bare workflow, with the options of the real one."""
    from eventstore.reading import Reading
    from eventstore.store import EventStore
    from workers import shutdown
    from workers.settings import connect_temporal, load, open_pool, resolve
    from workers.worker import make_worker

    async def entry(stop: asyncio.Event) -> None:
        services = resolve(load())
        async with await open_pool(services) as pool:
            client = await connect_temporal(services, None)
            async with make_worker(
                client,
                EventStore(pool),
                Reading(pool),
                task_queue=TASK_QUEUE,
                workflows=[BareWorkflow],
                activities=[nothing],
            ):
                await stop.wait()

    return shutdown.run(entry)


if __name__ == "__main__":
    sys.exit(main())
