"""The worker process: takes workflow and activity tasks until it is told to stop."""

from __future__ import annotations

import asyncio
import sys
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from temporalio.client import Client
from temporalio.worker import Worker
from temporalio.worker.workflow_sandbox import SandboxedWorkflowRunner, SandboxRestrictions

from activities.contracts import TASK_QUEUE
from activities.log import LogActivities
from activities.mailing import Mailer
from activities.settling import SettlingActivities
from eventstore.histories import Histories, RunBook
from eventstore.keys import Keys
from eventstore.pool import open_pool
from eventstore.reading import Reading
from eventstore.store import EventStore
from workers import heap, logs, shutdown
from workers.exporter import Exporter
from workers.issuing import make_issuing
from workers.mail import make_mailer
from workers.publishing import keep_learning, publish_bundled
from workers.settings import Settings, connect_temporal, load, resolve
from workflows.awards import AwardsWorkflow
from workflows.deposit import DepositWorkflow
from workflows.pathway import PathwayWorkflow
from workflows.register import RegisterWorkflow
from workflows.session import SessionWorkflow
from workflows.sitting import SittingWorkflow

# Half a second of libraries, which only whoever issues needs.
if TYPE_CHECKING:
    from activities.issuing import Issuing

WORKFLOWS = (PathwayWorkflow, SessionWorkflow, SittingWorkflow, RegisterWorkflow, AwardsWorkflow, DepositWorkflow)
CONNECTIONS = 16
DRAIN = timedelta(seconds=20)

# Modules that the sandbox need not load again for every workflow: they are pure, and loading them again costs twelve
# times the memory (see the project's design notes).
_PASSED_THROUGH = ("domain", "activities", "workflows", "pydantic", "pydantic_core", "annotated_types")

log = logs.get_logger("worker")


def sandbox() -> SandboxedWorkflowRunner:
    """How workflows are run: here, and wherever recorded histories are replayed."""
    return SandboxedWorkflowRunner(restrictions=SandboxRestrictions.default.with_passthrough_modules(*_PASSED_THROUGH))


def make_worker(
    client: Client,
    store: EventStore,
    reading: Reading,
    mailer: Mailer | None = None,
    issuing: Issuing | None = None,
    **options: Any,
) -> Worker:
    """A worker for the workflows and their activities; ``options`` replace those chosen here.

    Without a ``mailer`` notices are recorded and not sent; without ``issuing`` no certificates are made.
    """
    journal = LogActivities(store, RunBook(reading.pool))
    effects = SettlingActivities(client, reading, mailer, issuing)
    chosen: dict[str, Any] = {
        "task_queue": TASK_QUEUE,
        "workflows": WORKFLOWS,
        "activities": [journal.append, journal.load, effects.settle],
        "workflow_runner": sandbox(),
        # A run evicted while its local activity is under way waits for the ten seconds of a workflow task's timeout: so
        # many more cached than under way at once.
        "max_cached_workflows": 1500,
        "max_concurrent_workflow_tasks": 100,
        "max_concurrent_local_activities": 200,
        "max_concurrent_activities": 100,
        "graceful_shutdown_timeout": DRAIN,
    }
    return Worker(client, **(chosen | options))


async def run_worker(settings: Settings, stop: asyncio.Event) -> None:
    """Work until ``stop`` is set, then finish what is under way."""
    services = resolve(settings)
    pool = await open_pool(services.database_url, max_size=CONNECTIONS)
    try:
        keys = Keys(pool, services.masters)
        client = await connect_temporal(services, keys)
        reading, store = Reading(pool), EventStore(pool)
        mailer = make_mailer(settings, reading, keys)
        issuing = make_issuing(settings, reading, keys)
        await publish_bundled(reading)
        heap.settle()
        try:
            async with (
                make_worker(client, store, reading, mailer, issuing),
                shutdown.beside(keep_learning(reading), Exporter(client, Histories(pool)).keep_exporting()),
            ):
                log.info("worker ready", task_queue=TASK_QUEUE)
                await stop.wait()
                log.info("worker stopping")
        finally:
            if mailer is not None:
                await mailer.close()
            await store.close()
    finally:
        await pool.close()


def main() -> int:
    """Run a worker with the settings of the environment."""
    settings = load()
    logs.configure(level=settings.log_level)

    async def entry(stop: asyncio.Event) -> None:
        await run_worker(settings, stop)

    return shutdown.run(entry)


if __name__ == "__main__":
    sys.exit(main())
