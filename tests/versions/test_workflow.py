"""A workflow that changes while others are open: ``patched`` keeps each run on the road on which it began."""

from __future__ import annotations

import inspect
import json
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

import pytest
from temporalio import workflow
from temporalio.client import WorkflowHistory
from temporalio.worker import Replayer

from activities import contracts
from activities.contracts import StreamStart
from domain.aggregate import Order
from domain.log import AppendAnswer
from domain.records import Fact
from tests.engine.fingerprints import FOLDER, fingerprints
from tests.engine.harness import Engine
from tests.histories.test_replay import FILES, recorded, replayer, schemes
from workers.recovery import recover
from workers.worker import WORKFLOWS, sandbox
from workflows.pathway import PathwayWorkflow

__all__ = ["schemes"]

PATCH = "append-at-leisure"
OTHERS = [found for found in WORKFLOWS if found is not PathwayWorkflow]


async def at_leisure(living: Any, order: Order, facts: Sequence[Fact], now: datetime) -> AppendAnswer:
    """Append through an ordinary activity from the first try."""
    answer: AppendAnswer = await workflow.execute_activity(
        contracts.APPEND,
        living._request(order, facts, now),
        result_type=AppendAnswer,
        start_to_close_timeout=timedelta(seconds=30),
    )
    return answer


@workflow.defn(name="Pathway", sandboxed=False)
class CarelessPathway(PathwayWorkflow):
    """The change as one would write it if nothing were open."""

    @workflow.init
    def __init__(self, start: StreamStart) -> None:
        super().__init__(start)

    @workflow.run
    async def run(self, start: StreamStart) -> None:
        """Live."""
        await self.live()

    async def _append(self, order: Order, facts: Sequence[Fact], now: datetime) -> AppendAnswer:
        return await at_leisure(self, order, facts, now)


@workflow.defn(name="Pathway", sandboxed=False)
class PatchedPathway(PathwayWorkflow):
    """The same change, for the runs that begin with it."""

    @workflow.init
    def __init__(self, start: StreamStart) -> None:
        super().__init__(start)

    @workflow.run
    async def run(self, start: StreamStart) -> None:
        """Live."""
        await self.live()

    async def _append(self, order: Order, facts: Sequence[Fact], now: datetime) -> AppendAnswer:
        if workflow.patched(PATCH):
            return await at_leisure(self, order, facts, now)
        return await super()._append(order, facts, now)


async def test_the_careless_change_is_stopped_by_the_recorded_histories() -> None:
    history = next(path for path in FILES if path.name == "1-certified-pathway-1.json.gz")
    with pytest.raises(workflow.NondeterminismError):
        await replayer(CarelessPathway).replay_workflow(recorded(history))


async def test_the_patched_change_replays_every_recorded_history() -> None:
    for path in FILES:
        await replayer(PatchedPathway, *OTHERS).replay_workflow(recorded(path))


def test_the_fingerprint_names_what_changed() -> None:
    texts = [path.read_text("utf-8") for path in FOLDER.glob("*.py")]
    before = fingerprints()["PathwayWorkflow"]
    after = fingerprints([*texts, inspect.getsource(at_leisure), inspect.getsource(PatchedPathway)])["PatchedPathway"]
    assert after["hash"] != before["hash"]
    assert isinstance(after["commands"], list)
    assert any(line.endswith(": patched PATCH") for line in after["commands"])


async def test_a_run_that_was_open_goes_on_as_it_began_and_a_new_one_takes_the_new_road(workless: Engine) -> None:
    async with workless.worker():
        old = await workless.start()
        await workless.give(old, "record_positioning", body="CFP")
    async with workless.worker(workflows=[PatchedPathway, *OTHERS]):
        new = await workless.start()
        for pathway in (old, new):
            await workless.give(pathway, "withdraw")
            await workless.handle(pathway).result()
    assert await roads(workless, old) == {"local"}
    assert await roads(workless, new) == {"ordinary"}
    converter = workless.client.config()["data_converter"]
    again = Replayer(workflows=[PatchedPathway], workflow_runner=sandbox(), data_converter=converter)
    for pathway in (old, new):
        await again.replay_workflow(await history(workless, pathway))


async def test_a_run_that_is_ended_and_recovered_takes_the_new_road(workless: Engine) -> None:
    async with workless.worker():
        pathway = await workless.start()
    await workless.handle(pathway).terminate("over to the new road")
    async with workless.worker(workflows=[PatchedPathway, *OTHERS]):
        found = await recover(workless.client, workless.pool, lambda seen: None, workless.task_queue)
        assert (found.started, found.running) == (1, 0)
        await workless.give(pathway, "withdraw")
        await workless.handle(pathway).result()
    assert await roads(workless, pathway) == {"ordinary"}
    assert await workless.kinds(pathway) == ["candidacy_registered", "pathway_closed"]


async def history(made: Engine, pathway: str) -> WorkflowHistory:
    return await made.handle(pathway).fetch_history()


async def roads(made: Engine, pathway: str) -> set[str]:
    """How a run appended: by local activities, or by ordinary ones."""
    found = set()
    for event in (await history(made, pathway)).events:
        marker = event.marker_recorded_event_attributes
        if marker.marker_name == "core_local_activity":
            activity = json.loads(marker.details["data"].payloads[0].data)["activity_type"]
            found |= {"local"} if activity == contracts.APPEND else set()
        if event.activity_task_scheduled_event_attributes.activity_type.name == contracts.APPEND:
            found.add("ordinary")
    return found
