"""Recorded histories run again through today's workflows: what is open today must live on tomorrow."""

from __future__ import annotations

import gzip
import json
from pathlib import Path

import pytest
from temporalio import workflow
from temporalio.client import WorkflowHistory
from temporalio.contrib.pydantic import pydantic_data_converter
from temporalio.worker import Replayer

from activities.contracts import StreamStart
from domain.scheme import library
from domain.scheme.model import Scheme
from tests.histories.record import FOLDER, SCHEMES
from workers.worker import WORKFLOWS, sandbox
from workflows.pathway import PathwayWorkflow

FILES = sorted(path for path in FOLDER.glob("*.json.gz") if path != SCHEMES)


@pytest.fixture(scope="module", autouse=True)
def schemes() -> None:
    """The scheme versions that the histories name, whatever the bundled files say today."""
    for hash, content in json.loads(gzip.decompress(SCHEMES.read_bytes())).items():
        scheme = Scheme.model_validate(content)
        assert scheme.hash == hash, "a published scheme version must keep reading as it was published"
        library.learn(scheme)


def recorded(path: Path) -> WorkflowHistory:
    """One recorded history."""
    content = json.loads(gzip.decompress(path.read_bytes()))
    return WorkflowHistory.from_json(content.pop("workflow_id"), content)


def replayer(*workflows: type) -> Replayer:
    """Replays as the worker runs: the same sandbox, the same data converter."""
    return Replayer(workflows=workflows, workflow_runner=sandbox(), data_converter=pydantic_data_converter)


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.name.removesuffix(".json.gz"))
async def test_a_recorded_history_replays(path: Path) -> None:
    await replayer(*WORKFLOWS).replay_workflow(recorded(path))


def test_the_corpus_holds_every_kind_of_workflow_and_everything_that_can_happen_to_one() -> None:
    types, happened = set(), set()
    for path in FILES:
        for event in recorded(path).events:
            happened.add(str(event.WhichOneof("attributes")).removesuffix("_event_attributes"))
            if event.HasField("workflow_execution_started_event_attributes"):
                types.add(event.workflow_execution_started_event_attributes.workflow_type.name)
    assert types == {"Pathway", "Session", "Sitting"}
    assert happened >= {
        "activity_task_scheduled",
        "marker_recorded",
        "timer_started",
        "timer_fired",
        "timer_canceled",
        "workflow_execution_update_completed",
        "workflow_execution_continued_as_new",
        "workflow_execution_completed",
    }


@workflow.defn(name="Pathway", sandboxed=False)
class HastyPathway(PathwayWorkflow):
    """A pathway whose loop somebody changed without a thought for those that are open."""

    @workflow.init
    def __init__(self, start: StreamStart) -> None:
        super().__init__(start)

    @workflow.run
    async def run(self, start: StreamStart) -> None:
        """Sleep first."""
        await workflow.sleep(1)
        await self.live()


async def test_a_change_that_would_break_open_workflows_is_noticed() -> None:
    history = recorded(FOLDER / "1-certified-pathway-1.json.gz")
    with pytest.raises(workflow.NondeterminismError):
        await replayer(HastyPathway).replay_workflow(history)
