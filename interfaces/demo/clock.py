"""The time of the demonstration: played, and what is recorded is recorded in it."""

from __future__ import annotations

from collections.abc import Coroutine
from datetime import UTC, datetime, timedelta
from typing import Any

from temporalio.testing import WorkflowEnvironment

from domain.log import AppendAnswer, AppendRequest
from eventstore.pool import Pool
from eventstore.store import EventStore


class PlayedClock:
    """The engine's clock, and the latest moment that the play has reached, for those who cannot wait for an answer."""

    def __init__(self, environment: WorkflowEnvironment) -> None:
        self._environment = environment
        self._latest = datetime.min.replace(tzinfo=UTC)

    async def get_current_time(self) -> datetime:
        """What time it is."""
        return self.reach(await self._environment.get_current_time())

    async def sleep(self, duration: timedelta) -> None:
        """Let time pass for everyone."""
        await self._environment.sleep(duration)
        await self.get_current_time()

    def reach(self, moment: datetime) -> datetime:
        """The play has come to ``moment``; answers with it."""
        self._latest = max(self._latest, moment)
        return moment

    def latest(self) -> datetime:
        """The latest moment reached."""
        return self._latest


class PlayedStore(EventStore):
    """Records at the moment that the play has reached, which is never before what is recorded."""

    def __init__(self, pool: Pool, clock: PlayedClock) -> None:
        super().__init__(pool, clock.latest)
        self._played = clock

    def append(self, request: AppendRequest) -> Coroutine[Any, Any, AppendAnswer]:
        """As for every store."""
        for event in request.events:
            self._played.reach(event.occurred_at)
        return super().append(request)
