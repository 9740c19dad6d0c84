"""One session, as a workflow."""

from __future__ import annotations

from temporalio import workflow

from workflows.loop import Living

with workflow.unsafe.imports_passed_through():
    from activities.contracts import StreamStart
    from domain.session.aggregate import SESSION


@workflow.defn(name="Session")
class SessionWorkflow(Living):
    """Lives as long as the session is not over or owes something."""

    aggregate = SESSION

    @workflow.init
    def __init__(self, start: StreamStart) -> None:
        super().__init__(start)

    @workflow.run
    async def run(self, start: StreamStart) -> None:
        """Live."""
        await self.live()
