"""Which events a bundle holds, and in what streams."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator, Callable, Iterable
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from eventstore.log import CheckpointRow, Log, LogEntry, TornLog
from interfaces.bundle.sample import draw

PAGE = 2000
ZONE = ZoneInfo("Europe/Paris")
"""Where the days of a period begin and end."""


@dataclass(frozen=True, slots=True)
class OneStream:
    """A stream from its first event; for a pathway also what sessions, sittings and other pathways say about it."""

    stream: str

    def told(self) -> dict[str, Any]:
        """What the manifest says."""
        return {"kind": self.stream.partition(":")[0], "stream": self.stream}


@dataclass(frozen=True, slots=True)
class Period:
    """What was recorded from the beginning of ``since`` to the end of ``until``; None: without that bound."""

    since: date | None
    until: date | None

    def bounds(self) -> tuple[datetime, datetime]:
        """The first moment, and the first that is beyond."""
        return (
            datetime.combine(self.since, time(), ZONE) if self.since else datetime(1970, 1, 1, tzinfo=UTC),
            datetime.combine(self.until + timedelta(days=1), time(), ZONE)
            if self.until
            else datetime(9999, 12, 31, tzinfo=UTC),
        )

    def told(self) -> dict[str, Any]:
        """What the manifest says."""
        first, beyond = map(instant, self.bounds())
        days = {"since": self.since and self.since.isoformat(), "until": self.until and self.until.isoformat()}
        return {"kind": "period", "from": first, "before": beyond, **days}


@dataclass(frozen=True, slots=True)
class Sample:
    """So many events by chance, which the seed decides."""

    count: int
    seed: str

    def told(self) -> dict[str, Any]:
        """What the manifest says."""
        return {"kind": "sample", "count": self.count, "seed": self.seed}


@dataclass(frozen=True, slots=True)
class WholeLog:
    """Everything that the checkpoint covers."""

    def told(self) -> dict[str, Any]:
        """What the manifest says."""
        return {"kind": "log"}


Selection = OneStream | Period | Sample | WholeLog


def is_whole(selection: Selection, stream: str) -> bool:
    """Whether the bundle holds ``stream`` from its first event, as far as the checkpoint goes."""
    return isinstance(selection, WholeLog) or (isinstance(selection, OneStream) and stream == selection.stream)


def instant(moment: datetime) -> str:
    """A moment to the microsecond, in UTC: ``2026-03-02T08:00:00.000000Z``."""
    return moment.astimezone(UTC).replace(tzinfo=None).isoformat(timespec="microseconds") + "Z"


async def selected(log: Log, selection: Selection, checkpoint: CheckpointRow) -> AsyncIterator[list[LogEntry]]:
    """The entries that ``selection`` means and ``checkpoint`` covers, in the order of the log, page by page.

    Raises:
        ValueError: a sample is larger than the log.
        TornLog, StoreAway.
    """
    size = checkpoint.size
    if isinstance(selection, OneStream):
        found = await _stream(log, selection.stream, size)
        entries = sorted(found.values(), key=lambda entry: entry.leaf_index)
        for start in range(0, len(entries), PAGE):
            yield entries[start : start + PAGE]
    elif isinstance(selection, Sample):
        drawn = draw(selection.seed, checkpoint.root, size, selection.count)
        for start in range(0, len(drawn), PAGE):
            yield await log.at(drawn[start : start + PAGE])
    else:
        first, beyond = (selection if isinstance(selection, Period) else Period(None, None)).bounds()
        for start in range(0, size, PAGE):
            page = await log.entries(start, min(PAGE, size - start))
            yield [entry for entry in page if first <= entry.recorded_at < beyond]


Found = dict[int, LogEntry]


async def _stream(log: Log, stream: str, size: int) -> Found:
    found = await _covered(log, stream, size)
    if stream.startswith("pathway:"):
        facts = [fact_in(entry.public) for entry in found.values()]
        found = await _elsewhere(log, stream, facts, size) | found
        for fact in facts:
            block = fact.get("block")
            if isinstance(block, dict) and isinstance(block.get("pathway"), str):
                found = await _block(log, block["pathway"], block.get("held_as"), size) | found
    return found


async def _elsewhere(log: Log, pathway: str, facts: Iterable[dict[str, Any]], size: int) -> Found:
    """What the sessions and sittings that ``facts`` name say about ``pathway``: its seat, and the decision."""
    found: Found = {}
    named = (fact.get(kind) for fact in facts for kind in ("session", "sitting"))
    for stream in dict.fromkeys(name for name in named if isinstance(name, str) and name):
        found |= _excerpt(await _covered(log, stream, size), lambda entry: f'"{pathway}"' in entry.public)
    return found


async def _block(log: Log, pathway: str, held_as: object, size: int) -> Found:
    """How another pathway earned a block that counts in this one."""

    def awards(entry: LogEntry) -> bool:
        return entry.type == "block_awarded" and fact_in(entry.public).get("held_as") == held_as

    found = _excerpt(await _covered(log, pathway, size), awards)
    return found | await _elsewhere(log, pathway, [fact_in(entry.public) for entry in found.values()], size)


def _excerpt(entries: Found, wanted: Callable[[LogEntry], bool]) -> Found:
    """The wanted entries, the first of each of their orders, which tells what was asked, and the stream's opening."""
    chosen = {index: entry for index, entry in entries.items() if wanted(entry)}
    orders = {entry.command_id for entry in chosen.values()}
    context = {
        index: entry
        for index, entry in entries.items()
        if entry.command_seq == 0 and (entry.command_id in orders or (chosen and entry.version == 1))
    }
    return chosen | context


async def _covered(log: Log, stream: str, size: int) -> Found:
    return {entry.leaf_index: entry for entry in await log.of_stream(stream) if entry.leaf_index < size}


def fact_in(public: str) -> dict[str, Any]:
    """The fact in the public part of an event, as data. TornLog when there is none."""
    try:
        fact = json.loads(public)["fact"]
    except (ValueError, LookupError, TypeError):
        fact = None
    if not isinstance(fact, dict):
        raise TornLog("an event tells no fact")
    return fact
