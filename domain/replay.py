"""A stream as it stood: what was true on one day, as far as it was known on another.

A fact is true from the day it happened, not from the day it was told. A correction is true from the day of what it
corrects, for that is what had been wrong. A fact that was true but rests on one that was not yet (told out of order)
does not stand: the rules, asked again with only the facts that do, would not give it. Where they give it in other words
(fewer visits of a juror who left), these are what stands.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import date
from itertools import groupby
from typing import Any, Literal, NamedTuple

from domain import calendar
from domain.aggregate import Aggregate, Order, Standing
from domain.log import StoredEvent
from domain.records import Fact, Recorded
from domain.scheme import library

LeftOut = Literal["", "not_known", "not_true", "not_standing"]


class Dated(NamedTuple):
    """An event with its two days, both in the scheme's zone, and the digest of the order that it came from."""

    record: Recorded
    true_on: date
    known_on: date
    digest: str


class Step(NamedTuple):
    """One event of a replay. ``state`` is as it was after it, a copy; ``left_out`` says why it does not count."""

    event: Dated
    left_out: LeftOut
    state: Standing


def dated(aggregate: Aggregate[Any], stream: str, events: Iterable[StoredEvent]) -> list[Dated]:
    """The events of a stream, from the first, with the day each was true and the day it was known.

    The scheme versions must be known (``library``).
    """
    found: list[Dated] = []
    since = None
    for stored in events:
        record, digest = aggregate.read(stream, stored)
        if not found or record.command_id != found[-1].record.command_id:
            corrected = getattr(record.fact, "corrects", None) or 0
            # What follows from a correction is as true as the correction.
            since = found[corrected - 1].true_on if 0 < corrected <= len(found) else None
        on = record.fact.on
        opening = found[0].record if found else record
        zone = library.recall(getattr(opening.fact, "scheme_hash", "")).calendar
        known_on = calendar.local_date(zone, record.recorded_at)
        found.append(Dated(record, min(on, since) if since else on, known_on, digest))
    return found


def replay(
    aggregate: Aggregate[Any],
    stream: str,
    events: Iterable[Dated],
    as_of: date = date.max,
    known_on: date = date.max,
) -> Iterator[Step]:
    """Fold what was true on ``as_of`` and known on ``known_on``, event by event; those left out come too, with why."""
    state: Standing = aggregate.new()
    state.stream = stream
    whole = True
    for _, order in groupby(events, key=lambda event: event.record.command_id):
        steps: list[tuple[Dated, LeftOut]] = [
            (event, "not_known" if event.known_on > known_on else "not_true" if event.true_on > as_of else "")
            for event in order
        ]
        counting = [event for event, left_out in steps if not left_out]
        # As long as nothing was left out, this is the stream's own past, whatever the rules think of it.
        facts = {event.record.version: event.record.fact for event in counting}
        if not whole:
            facts = _paired(counting, _given(aggregate, state, counting))
        for event, left_out in steps:
            record = event.record
            reason = left_out or ("" if record.version in facts else "not_standing")
            if not reason:
                state = state.copy()
                aggregate.evolve_in_place(state, record._replace(fact=facts[record.version]), event.digest)
            whole = whole and not reason
            yield Step(event, reason, state)


def _given(aggregate: Aggregate[Any], state: Standing, order: list[Dated]) -> list[Fact]:
    """The facts that the rules give when what led to ``order`` is asked of ``state``."""
    asked = order[0].record.asked if order else None
    if asked is None:
        return []
    record = order[0].record
    again = Order(
        command_id=record.command_id, digest=order[0].digest, actor=record.actor, on=asked.on, command=asked.command
    )
    answer = aggregate.consider(state, again, asked.at)
    return answer if isinstance(answer, list) else []


def _paired(order: list[Dated], given: list[Fact]) -> dict[int, Fact]:
    """Version -> the fact of ``given`` that stands for that event: the very same or, of those left, one of its kind."""
    left, found = given.copy(), dict[int, Fact]()
    for same in (True, False):
        for event in order:
            stored = event.record.fact
            matching = (fact for fact in left if (fact == stored if same else fact.kind == stored.kind))
            if event.record.version not in found and (fact := next(matching, None)) is not None:
                left.remove(fact)
                found[event.record.version] = fact
    return found
