"""One book of awards, as a workflow."""

from __future__ import annotations

from temporalio import workflow

from workflows.loop import Living

with workflow.unsafe.imports_passed_through():
    from activities.contracts import StreamStart
    from domain.awards.aggregate import AWARDS


@workflow.defn(name="Awards")
class AwardsWorkflow(Living):
    """Lives for as long as anybody holds what stands in it."""

    aggregate = AWARDS
    many_write = True

    @workflow.init
    def __init__(self, start: StreamStart) -> None:
        super().__init__(start)

    @workflow.run
    async def run(self, start: StreamStart) -> None:
        """Live."""
        await self.live()
