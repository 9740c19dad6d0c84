"""Keeping the engine's histories: what Temporal forgets after its retention stays beside the events."""

from __future__ import annotations

import asyncio
import gzip
import json
from datetime import UTC, datetime, timedelta

from temporalio.client import Client, WorkflowExecutionStatus, WorkflowHistory
from temporalio.service import RPCError, RPCStatusCode

from eventstore.errors import StoreAway
from eventstore.histories import AGAIN, Histories, KeptHistory, Run
from workers import logs

EVERY_SECONDS = 30.0

AWAY = (RPCStatusCode.UNAVAILABLE, RPCStatusCode.DEADLINE_EXCEEDED, RPCStatusCode.CANCELLED)

log = logs.get_logger("exporter")


class Exporter:
    """Any number may work at once, in as many processes: a run is taken by one of them."""

    def __init__(self, client: Client, histories: Histories) -> None:
        self._client = client
        self._histories = histories

    async def export(self, again: timedelta = AGAIN) -> int:
        """Keep the history of every run that has closed and is not kept yet; how many.

        A run about which Temporal was asked less than ``again`` ago is left for later.

        Raises:
            StoreAway: PostgreSQL cannot be reached.
            RPCError: Temporal cannot be reached.
        """
        now, count = datetime.now(UTC), 0
        while runs := await self._histories.claim(now, again):
            for run in runs:
                count += await self._export(run)
        return count

    async def keep_exporting(self) -> None:
        """Export for ever what closes, whatever stands in the way meanwhile."""
        while True:
            try:
                count = await self.export()
                if count:
                    log.info("histories kept", count=count)
            except (StoreAway, RPCError) as error:
                log.warning("histories wait for a server", error=type(error).__name__)
            await asyncio.sleep(EVERY_SECONDS)

    async def _export(self, run: Run) -> bool:
        handle = self._client.get_workflow_handle(run.stream, run_id=run.run_id)
        try:
            described = await handle.describe()
            if described.status in (None, WorkflowExecutionStatus.RUNNING):
                return False
            history = await handle.fetch_history()
        except RPCError as error:
            if error.status in AWAY:
                raise
            if error.status == RPCStatusCode.NOT_FOUND:
                log.warning("history lost", workflow=run.stream, run=run.run_id)
                await self._histories.lose(run)
            else:
                log.error("history not kept", workflow=run.stream, run=run.run_id, code=error.status.name)
            return False
        kept = await asyncio.to_thread(pack, run, described.status.name.lower(), history)
        await self._histories.keep(kept)
        return True


def pack(run: Run, status: str, history: WorkflowHistory) -> KeptHistory:
    """A history as it is kept; its payloads stay as Temporal holds them, sealed by the codec."""
    content = {"workflow_id": history.workflow_id, **history.to_json_dict()}
    first, last = history.events[0], history.events[-1]
    return KeptHistory(
        run=run,
        workflow_type=first.workflow_execution_started_event_attributes.workflow_type.name,
        status=status,
        events=len(history.events),
        started_at=first.event_time.ToDatetime(UTC),
        closed_at=last.event_time.ToDatetime(UTC),
        content=gzip.compress(json.dumps(content, separators=(",", ":")).encode(), mtime=0),
    )


def unpack(kept: KeptHistory) -> WorkflowHistory:
    """The history as the engine's replayer takes it."""
    content = json.loads(gzip.decompress(kept.content))
    return WorkflowHistory.from_json(content.pop("workflow_id"), content)
