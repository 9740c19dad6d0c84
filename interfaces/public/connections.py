"""How long a connection may take: one that asks for nothing would otherwise be held for ever, and few are enough to
keep everybody else out."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from uvicorn.protocols.http.h11_impl import H11Protocol

if TYPE_CHECKING:
    from uvicorn.protocols.http.h11_impl import RequestResponseCycle

HEAD_SECONDS = 10.0
"""For the whole head of a request, from the opening of the connection or the end of the answer before."""
ANSWER_SECONDS = 300.0
"""From the head of a request to the last byte of its answer: more than a slow upload and its examination take."""


class Connection(H11Protocol):
    """A connection of the server's own kind that is ended when the other side has had its time."""

    head_seconds, answer_seconds = HEAD_SECONDS, ANSWER_SECONDS
    _deadline: asyncio.TimerHandle | None = None
    _at: RequestResponseCycle | None = None

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        """The other side is there."""
        super().connection_made(transport)
        self._timed()

    def data_received(self, data: bytes) -> None:
        """The other side says something, which may be a request, or only another byte of one."""
        super().data_received(data)
        self._timed()

    def on_response_complete(self) -> None:
        """An answer is given."""
        super().on_response_complete()
        self._timed()

    def connection_lost(self, exc: Exception | None) -> None:
        """The other side is gone."""
        if self._deadline is not None:
            self._deadline.cancel()
        super().connection_lost(exc)

    def _timed(self) -> None:
        """Give time for what is under way; what was already under way gets no more of it."""
        at = self.cycle if self.cycle is not None and not self.cycle.response_complete else None
        if self._deadline is not None:
            if at is self._at:
                return
            self._deadline.cancel()
        self._at = at
        seconds = self.head_seconds if at is None else self.answer_seconds
        self._deadline = self.loop.call_later(seconds, self.transport.abort)
