"""How workflows end, begin again, and come back from the log."""

from __future__ import annotations

import asyncio
from pathlib import Path

from temporalio.client import Client, WorkflowExecutionStatus
from temporalio.contrib.pydantic import pydantic_data_converter

from activities.delivery import give
from bench.orders import sealed
from domain.pathway.agenda import todo
from tests.engine.harness import Engine, candidacy, engine, eventually, gapless, once_each, order, stream
from tests.engine.test_commands import MODULES, planned
from workers.embedded.temporal import EmbeddedTemporal


async def test_continuing_as_new_rehydrates_from_the_log_and_goes_on(live: Engine) -> None:
    pathway = stream()
    await live.found(pathway, candidacy(), orders_per_run=3)
    await live.recorded(pathway)
    first = (await live.handle(pathway).describe()).run_id
    for _ in range(4):
        await live.give(pathway, "suspend", reason=sealed())
        await live.give(pathway, "resume")
    assert (await live.handle(pathway).describe()).run_id != first
    old = live.client.get_workflow_handle(pathway, run_id=first)
    assert (await old.describe()).status == WorkflowExecutionStatus.CONTINUED_AS_NEW
    events = await live.events(pathway)
    assert len(events) == 9
    assert gapless(events)


async def test_a_command_repeated_after_continuing_as_new_is_not_done_again(live: Engine) -> None:
    pathway = stream()
    await live.found(pathway, candidacy(), orders_per_run=2)
    await live.recorded(pathway)
    command = order("suspend", reason=sealed())
    first = await give(live.client, pathway, command, live.task_queue)
    await live.give(pathway, "resume")
    again = await give(live.client, pathway, command, live.task_queue)
    assert (again.from_version, again.version, again.repeated) == (first.from_version, first.version, True)
    assert len(await live.events(pathway)) == 3


async def test_commands_given_while_a_run_ends_are_carried_out_by_the_next(live: Engine) -> None:
    pathway = stream()
    await live.found(pathway, candidacy(), orders_per_run=2)
    await live.recorded(pathway)
    reason = sealed()
    await asyncio.gather(
        *(live.give(pathway, "correct_candidacy", employer=f"CPAM {n}", reason=reason) for n in range(12))
    )
    events = await live.events(pathway)
    assert len(events) == 13
    assert gapless(events)
    assert once_each(events)


async def test_a_finished_pathway_takes_a_correction_and_ends_again(live: Engine) -> None:
    pathway = await live.start()
    await live.give(pathway, "withdraw")
    await live.until_status(pathway, WorkflowExecutionStatus.COMPLETED)
    receipt = await live.give(pathway, "correct_candidacy", employer="CAF", reason=sealed())
    assert receipt.version == 3
    await live.until_status(pathway, WorkflowExecutionStatus.COMPLETED)
    state = await live.pathway(pathway)
    assert (state.employer, state.status) == ("CAF", "closed")


async def test_a_finished_pathway_refuses_what_is_too_late(live: Engine) -> None:
    pathway = await live.start()
    await live.give(pathway, "withdraw")
    await live.until_status(pathway, WorkflowExecutionStatus.COMPLETED)
    assert await live.refusal(pathway, "withdraw") == "pathway.closed"
    await live.until_status(pathway, WorkflowExecutionStatus.COMPLETED)
    assert len(await live.events(pathway)) == 2


async def test_a_workflow_that_was_terminated_comes_back_with_the_next_command(live: Engine) -> None:
    pathway = await planned(live)
    await live.handle(pathway).terminate("lost")
    receipt = await live.give(pathway, "complete_module", module="m1")
    assert (receipt.from_version, receipt.version) == (3, 4)
    assert (await live.handle(pathway).describe()).status == WorkflowExecutionStatus.RUNNING


async def test_a_pathway_goes_on_when_temporal_lost_everything(live: Engine, tmp_path: Path) -> None:
    pathway = await planned(live)
    done = order("complete_module", module="m1")
    await give(live.client, pathway, done, live.task_queue)
    async with EmbeddedTemporal(tmp_path / "temporal", persisted=False) as empty:
        client = await Client.connect(empty.address, data_converter=pydantic_data_converter)
        async with engine(client, live.database_url) as later, later.worker():
            again = await give(later.client, pathway, done, later.task_queue)
            assert (again.from_version, again.version, again.repeated) == (3, 4, True)
            assert (await later.give(pathway, "complete_module", module="m2")).version == 5
            assert await later.refusal(pathway, "complete_module", module="m1") == "module.already_completed"
    assert len(await live.events(pathway)) == 5


async def test_a_founding_order_given_again_after_the_end_founds_nothing(live: Engine) -> None:
    pathway, founding = stream(), candidacy()
    await live.found(pathway, founding)
    await live.recorded(pathway)
    await live.give(pathway, "withdraw")
    await live.until_status(pathway, WorkflowExecutionStatus.COMPLETED)
    await live.found(pathway, founding)
    await live.until_status(pathway, WorkflowExecutionStatus.COMPLETED)
    assert await live.kinds(pathway) == ["candidacy_registered", "pathway_closed"]


async def test_a_seat_asked_of_an_unknown_session_comes_back_as_something_to_do(live: Engine) -> None:
    pathway, session = await live.start(), stream("session")
    await live.to_jury(pathway)
    await live.give(pathway, "request_seat", session=session)
    await live.until(pathway, lambda state: not state.owed, "nothing owed")
    state = await live.pathway(pathway)
    assert state.seat is None
    assert [task.kind for task in todo(state)] == ["request_seat"]
    settled = (await live.events(pathway))[-1]
    assert '"refused":"stream.not_open"' in settled.public
    assert await live.events(session) == []
    await live.until_status(session, WorkflowExecutionStatus.COMPLETED)


async def test_a_worker_that_is_stopped_finishes_what_is_under_way(workless: Engine) -> None:
    worker = workless.worker()
    running = asyncio.create_task(worker.run())
    pathway = await planned(workless)
    async with workless.pool.acquire() as blocker, blocker.transaction():
        await blocker.execute("lock table events in exclusive mode")
        asked = asyncio.create_task(workless.give(pathway, "complete_module", module=MODULES[0]["id"]))

        async def held_up() -> bool:
            query = "select count(*) from pg_locks where not granted and relation = 'events'::regclass"
            return bool(await workless.pool.fetchval(query))

        await eventually(held_up, "an append that waits")
        stopping = asyncio.create_task(worker.shutdown())

        async def stops() -> bool:
            return worker.is_shutdown or not worker.is_running or stopping.done() or worker_is_draining(worker)

        await eventually(stops, "a worker that stops")
        assert not stopping.done()
    await stopping
    await running
    assert (await workless.kinds(pathway))[-1] == "module_completed"
    async with workless.worker():
        assert (await asked).version == 4
    assert len(await workless.events(pathway)) == 4


def worker_is_draining(worker: object) -> bool:
    """Whether ``shutdown`` was heard."""
    return bool(getattr(worker, "_shutdown_event").is_set())  # noqa: B009 - the library shows it nowhere else
