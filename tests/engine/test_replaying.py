"""Kept histories against today's code, and against code that somebody changed without a thought for what has been."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta

import pytest
from temporalio import workflow
from temporalio.client import WorkflowHistory

from activities.contracts import StreamStart
from bench.orders import sealed
from eventstore.histories import Histories
from eventstore.keys import Keys
from tests.engine.harness import Engine, candidacy, stream
from tests.histories.test_replay import HastyPathway
from workers.exporter import Exporter
from workers.replaying import Difference, Replayed, difference_in, replay
from workers.worker import WORKFLOWS
from workflows.pathway import PathwayWorkflow


@workflow.defn(name="Pathway", sandboxed=False)
class BreakingPathway(PathwayWorkflow):
    """A pathway whose loop somebody broke."""

    @workflow.init
    def __init__(self, start: StreamStart) -> None:
        super().__init__(start)

    @workflow.run
    async def run(self, start: StreamStart) -> None:
        """Fail."""
        raise LookupError("somebody's mistake")


@workflow.defn(name="Pathway", sandboxed=False)
class IndebtedPathway(PathwayWorkflow):
    """A pathway that pays its debts no more."""

    @workflow.init
    def __init__(self, start: StreamStart) -> None:
        super().__init__(start)

    @workflow.run
    async def run(self, start: StreamStart) -> None:
        """Live."""
        await self.live()

    def _settle_owed(self) -> None:
        pass


async def judged(made: Engine, workflows: Sequence[type] = WORKFLOWS) -> list[Replayed]:
    await Exporter(made.client, Histories(made.pool)).export(timedelta(0))
    return [replayed async for replayed in replay(Histories(made.pool).kept(), made.keys, workflows)]


async def closed(made: Engine) -> str:
    """A pathway that owed something, paid it, and is over."""
    pathway = await made.start()
    await made.to_jury(pathway)
    await made.give(pathway, "request_seat", session=stream("session"))
    await made.until(pathway, lambda state: not state.owed, "nothing owed")
    await made.give(pathway, "withdraw")
    await made.handle(pathway).result()
    return pathway


async def test_histories_of_every_ending_replay_and_an_erased_one_is_called_erased(live: Engine) -> None:
    pathway, other = await closed(live), await closed(live)
    renewed = stream()
    await live.found(renewed, candidacy(), orders_per_run=2)
    await live.recorded(renewed)
    for number in range(2):
        await live.give(renewed, "correct_candidacy", employer=f"CAF {number}", reason=sealed())
    await live.handle(renewed).terminate()
    await live.pool.execute("update runs set noted_at = noted_at - interval '7 hours'")
    found = await judged(live)
    assert {(one.history.status, one.verdict) for one in found} == {
        ("completed", "replays"),
        ("continued_as_new", "replays"),
        ("terminated", "replays"),
    }
    await live.pool.execute("delete from keys where owner = $1", other)
    live.keys = Keys(live.pool, live.keys.masters)
    verdicts = {one.history.run.stream: one.verdict for one in await judged(live)}
    assert (verdicts[pathway], verdicts[other], verdicts[renewed]) == ("replays", "erased", "replays")


@pytest.mark.parametrize(
    ("changed", "verdict", "event"),
    [
        (HastyPathway, "differs", "append"),
        (IndebtedPathway, "differs", "ActivityTaskScheduled"),
        (BreakingPathway, "fails", None),
    ],
)
async def test_a_history_that_no_longer_replays_is_named_with_where_it_differs(
    live: Engine, changed: type, verdict: str, event: str | None
) -> None:
    pathway = await closed(live)
    [replayed] = [one for one in await judged(live, [changed, *WORKFLOWS[1:]]) if one.history.run.stream == pathway]
    assert replayed.verdict == verdict
    difference = replayed.difference
    assert difference is not None
    assert (difference.event, difference.event_id is None) == (event, event is None)
    assert difference.detail


def test_the_command_that_takes_another_ones_place_is_named() -> None:
    said = "[TMPRL1100] Timer machine does not handle this event: HistoryEvent(id: 37, ActivityTaskScheduled)"
    assert difference_in(WorkflowHistory("x", []), said) == Difference(37, "ActivityTaskScheduled", "Timer", said)
