"""Reading and writing the log on behalf of a workflow."""

from __future__ import annotations

import structlog
from temporalio import activity

from activities import contracts
from domain.log import AppendAnswer, AppendRequest, LoadAnswer, LoadRequest
from domain.records import event_id
from eventstore.store import EventStore

_log = structlog.get_logger("jalon.log")


class LogActivities:
    """The event store, as activities."""

    def __init__(self, store: EventStore) -> None:
        self._store = store

    @activity.defn(name=contracts.APPEND)
    async def append(self, request: AppendRequest) -> AppendAnswer:
        """Append events; the answer is one of three (see :class:`domain.log.AppendAnswer`)."""
        answer = await self._store.append(request)
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
        return await self._store.load(request)
