"""One register, as a workflow."""

from __future__ import annotations

from temporalio import workflow

from workflows.loop import Living

with workflow.unsafe.imports_passed_through():
    from activities.contracts import StreamStart
    from domain.register.aggregate import REGISTER


@workflow.defn(name="Register")
class RegisterWorkflow(Living):
    """Lives for as long as its certifier has juries."""

    aggregate = REGISTER

    @workflow.init
    def __init__(self, start: StreamStart) -> None:
        super().__init__(start)

    @workflow.run
    async def run(self, start: StreamStart) -> None:
        """Live."""
        await self.live()
