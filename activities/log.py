"""Reading and writing the log on behalf of a workflow."""

from __future__ import annotations

from temporalio import activity

from activities import contracts
from domain.log import AppendAnswer, AppendRequest, LoadAnswer, LoadRequest
from eventstore.store import EventStore


class LogActivities:
    """The event store, as activities."""

    def __init__(self, store: EventStore) -> None:
        self._store = store

    @activity.defn(name=contracts.APPEND)
    async def append(self, request: AppendRequest) -> AppendAnswer:
        """Append events; the answer is one of three (see :class:`domain.log.AppendAnswer`)."""
        return await self._store.append(request)

    @activity.defn(name=contracts.LOAD)
    async def load(self, request: LoadRequest) -> LoadAnswer:
        """Read a page of a stream."""
        return await self._store.load(request)
