"""A stream replayed: as it stood on a day, event by event, why each was allowed; and what differs between two days.

Plain dicts, made from what the log holds; personal data is shown only where it was opened before (``Opened``).
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from domain.aggregate import Aggregate
from domain.aggregates import aggregate_of, runs_of
from domain.recheck import RuleFault, recheck
from domain.replay import Dated, Step, dated, replay
from domain.scheme import library
from domain.scheme.model import Scheme
from eventstore.reading import NotFound, Reading
from eventstore.rows import EventRow
from interfaces.days import explained
from interfaces.grounds import grounds, texts_of
from interfaces.opened import Opened, report_on
from interfaces.sentences import event_sentence
from interfaces.standing import Fields, changes, fields_of
from interfaces.streams import StreamFile, learn

NOTHING = Opened(None, {}, {})


class Unfoldable(ValueError):
    """The events of a stream make no state: its history was tampered with. ``version`` is where it breaks."""

    def __init__(self, version: int) -> None:
        super().__init__(version)
        self.version = version


@dataclass(frozen=True, slots=True)
class History:
    """All events of one stream, each with its two days; ``faults``: where the rules, asked again, say otherwise."""

    stream: str
    rows: tuple[EventRow, ...]
    events: tuple[Dated, ...]
    faults: tuple[RuleFault, ...]

    @property
    def aggregate(self) -> Aggregate[Any]:
        """The aggregate that the stream belongs to."""
        return aggregate_of(self.stream)

    @property
    def first_day(self) -> date:
        """The first day on which anything was true."""
        return min(event.true_on for event in self.events)

    @property
    def scheme(self) -> Scheme:
        """The scheme version that the stream is pinned to."""
        opening: Any = self.events[0].record.fact
        return library.recall(opening.scheme_hash)

    def at(self, as_of: date | None = None, known_on: date | None = None) -> list[Step]:
        """Every event with what became of it; all of them count when no day is given."""
        days = (as_of or date.max, known_on or date.max)
        return list(replay(self.aggregate, self.stream, self.events, *days))

    def file(self, steps: Sequence[Step]) -> StreamFile | None:
        """The stream as it stands after ``steps``; None when nothing of it counts."""
        state = steps[-1].state
        if not state.version:
            return None
        counting = [step.event.record for step in steps if not step.left_out]
        versions = {record.version for record in counting}
        rows = tuple(row for row in self.rows if row.event.version in versions)
        return StreamFile(self.stream, state, tuple(counting), rows)


async def read_history(reading: Reading, stream: str) -> History:
    """The events of ``stream``, which exists.

    Raises:
        Unfoldable: they make no state.
        StoreAway: PostgreSQL cannot be reached.
    """
    rows = await reading.events(stream)
    stored = [row.event for row in rows]
    try:
        await learn(reading, json.loads(stored[0].public)["fact"]["scheme_hash"])
    except (NotFound, KeyError, ValueError) as error:
        raise Unfoldable(stored[0].version) from error
    faults = tuple(recheck(aggregate_of(stream), stream, stored))
    for fault in faults:
        if fault.code in _BREAKS:
            raise Unfoldable(fault.version)
    return History(stream, tuple(rows), tuple(dated(aggregate_of(stream), stream, stored)), faults)


_BREAKS = ("unreadable", "fold")


def state_report(file: StreamFile, opened: Opened, today: date, language: str) -> dict[str, Any]:
    """What ``show`` tells, and how each deadline was computed."""
    report = report_on(file, opened, today)
    found = {run.id: run for run in runs_of(file.state)}
    for deadline in report["deadlines"]:
        run = found[deadline["id"].removeprefix(f"{file.stream}/")]
        deadline["derivation"] = [dict(step) for step in run.derivation]
        deadline["sentences"] = explained(run.derivation, language)
    return report


def event_reports(
    history: History, steps: Sequence[Step], opened: Opened, language: str, *, changing: bool = False
) -> list[dict[str, Any]]:
    """Every event that counts: what, when true, when known, who for whom, why; with ``changing``, what it changed."""
    why = grounds(history.aggregate, history.stream, history.events, history.faults, language)
    rows = {row.event.version: row for row in history.rows}
    scheme = history.scheme
    reports, before = [], fields_of(None)
    for number, step in enumerate(steps):
        if step.left_out:
            continue
        record = step.event.record
        report = {
            "version": record.version,
            "event_id": str(record.event_id),
            "type": record.fact.kind,
            "sentence": event_sentence(record, scheme, language),
            "true_on": step.event.true_on,
            "known_on": step.event.known_on,
            "occurred_at": record.occurred_at.isoformat(),
            "recorded_at": record.recorded_at.isoformat(),
            "command_id": record.command_id,
            "actor": record.actor.model_dump(mode="json"),
            "fact": record.fact.model_dump(mode="json", exclude={"kind"}),
            "texts": texts_of(record.fact, opened.texts),
            "leaf_hash": rows[record.version].leaf_hash.hex(),
            "why": why[record.version],
        }
        if changing:
            after = _fields(history, steps[: number + 1], step.event.true_on, language)
            if _goes_on(steps, number):
                # What must be done is asked where an order ends: in its midst there is no answer to it.
                after = {**_only(after, tasks=False), **_only(before, tasks=True)}
            report["changes"] = changes(before, after, language)
            before = after
        reports.append(report)
    return reports


def _goes_on(steps: Sequence[Step], number: int) -> bool:
    """Whether the order that gave event ``number`` gave the next one too."""
    ids = [step.event.record.command_id for step in steps[number : number + 2]]
    return len(ids) == 2 and ids[0] == ids[1]


def _only(fields: Fields, *, tasks: bool) -> Fields:
    return {key: field for key, field in fields.items() if (field.name == "next") is tasks}


def left_out_reports(history: History, steps: Sequence[Step], language: str) -> list[dict[str, Any]]:
    """The events that do not count, and why not: ``not_known`` yet, ``not_true`` yet, ``not_standing`` alone."""
    return [
        {
            "version": step.event.record.version,
            "type": step.event.record.fact.kind,
            "reason": step.left_out,
            "true_on": step.event.true_on,
            "known_on": step.event.known_on,
            "sentence": event_sentence(step.event.record, history.scheme, language),
        }
        for step in steps
        if step.left_out
    ]


def difference(history: History, first: date, second: date, known_on: date | None, language: str) -> dict[str, Any]:
    """What differs between the stream as it stood on two days, and the events that count on one of them only."""
    one, other = history.at(first, known_on), history.at(second, known_on)
    found = changes(_fields(history, one, first, language), _fields(history, other, second, language), language)
    events = [
        {
            "version": before.event.record.version,
            "type": before.event.record.fact.kind,
            "counts_on": second if before.left_out else first,
            "sentence": event_sentence(before.event.record, history.scheme, language),
        }
        for before, after in zip(one, other, strict=True)
        if bool(before.left_out) != bool(after.left_out)
    ]
    return {**found, "events": events}


def _fields(history: History, steps: Sequence[Step], today: date, language: str) -> Fields:
    file = history.file(steps)
    return fields_of(report_on(file, NOTHING, today) if file else None, language)
