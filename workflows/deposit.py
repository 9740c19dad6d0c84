"""One queue of deposits, as a workflow."""

from __future__ import annotations

from temporalio import workflow

from workflows.loop import Living

with workflow.unsafe.imports_passed_through():
    from activities.contracts import StreamStart
    from domain.deposit.aggregate import DEPOSIT


@workflow.defn(name="Deposit")
class DepositWorkflow(Living):
    """Lives for as long as its certifier awards anything."""

    aggregate = DEPOSIT
    many_write = True

    @workflow.init
    def __init__(self, start: StreamStart) -> None:
        super().__init__(start)

    @workflow.run
    async def run(self, start: StreamStart) -> None:
        """Live."""
        await self.live()
