"""Where the streams stand that this process appended to a moment ago."""

from __future__ import annotations

from collections import OrderedDict
from datetime import datetime

STREAMS = 10_000
"""How many are remembered: those appended to last."""


class Remembered:
    """The last event of some streams, as this process saw it committed: events are never taken away again.

    Somebody else may have appended since; whoever builds on what is remembered meets the unique index then. What
    happened before a connection was opened says nothing about the server behind it (a backup may have been
    restored): whoever opens one forgets everything first. ``age`` is another one from then on.
    """

    def __init__(self, limit: int = STREAMS) -> None:
        self.age = 0
        self._limit = limit
        self._streams: OrderedDict[str, tuple[int, datetime]] = OrderedDict()

    def recorded_at(self, stream: str, version: int) -> datetime | None:
        """When the event at ``version`` of ``stream`` was recorded, if that is the one remembered."""
        last = self._streams.get(stream)
        return last[1] if last is not None and last[0] == version else None

    def note(self, stream: str, version: int, recorded_at: datetime) -> None:
        """The event at ``version`` was committed, and is the last of ``stream`` as far as this process knows."""
        self._streams[stream] = (version, recorded_at)
        self._streams.move_to_end(stream)
        if len(self._streams) > self._limit:
            self._streams.popitem(last=False)

    def forget(self) -> None:
        """Know nothing any more."""
        self._streams.clear()
        self.age += 1
