"""One candidate's pathway, as a workflow."""

from __future__ import annotations

from temporalio import workflow

from workflows.loop import Living

with workflow.unsafe.imports_passed_through():
    from activities.contracts import StreamStart
    from domain.pathway.aggregate import PATHWAY


@workflow.defn(name="Pathway")
class PathwayWorkflow(Living):
    """Lives as long as the pathway is open or owes something."""

    aggregate = PATHWAY

    @workflow.init
    def __init__(self, start: StreamStart) -> None:
        super().__init__(start)

    @workflow.run
    async def run(self, start: StreamStart) -> None:
        """Live."""
        await self.live()
