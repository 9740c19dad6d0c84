"""Reading and writing the log on behalf of a workflow."""

from __future__ import annotations

import asyncio

import structlog
from temporalio import activity

from activities import contracts
from domain.log import AppendAnswer, AppendRequest, LoadAnswer, LoadRequest
from domain.records import event_id
from eventstore.histories import RunBook
from eventstore.store import EventStore

_log = structlog.get_logger("jalon.log")


class LogActivities:
    """The event store, as activities. None of them succeeds before the run that asks for it is noted."""

    def __init__(self, store: EventStore, runs: RunBook) -> None:
        self._store = store
        self._runs = runs

    @activity.defn(name=contracts.APPEND)
    async def append(self, request: AppendRequest) -> AppendAnswer:
        """Append events; the answer is one of three (see :class:`domain.log.AppendAnswer`)."""
        noting = self._note()
        answer = await self._store.append(request)
        await _finish(noting)
        _log.info(
            answer.outcome,
            **{request.aggregate: request.stream},
            workflow=activity.info().workflow_id,
            command=request.command_id,
            event_id=[str(event_id(request.stream, event.version)) for event in answer.events],
            version=answer.events[-1].version if answer.events else request.expected_version,
        )
        return answer

    @activity.defn(name=contracts.LOAD)
    async def load(self, request: LoadRequest) -> LoadAnswer:
        """Read a page of a stream."""
        noting = self._note()
        answer = await self._store.load(request)
        await _finish(noting)
        return answer

    def _note(self) -> asyncio.Future[None] | None:
        info = activity.info()
        if info.workflow_id is None or info.workflow_run_id is None:
            return None
        return self._runs.note(info.workflow_id, info.workflow_run_id)


async def _finish(noting: asyncio.Future[None] | None) -> None:
    # Beside the work and not before it: if either fails the activity is tried again, and finds the other done.
    if noting is not None:
        await asyncio.shield(noting)
