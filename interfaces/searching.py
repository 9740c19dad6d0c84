"""Looking for events: what may be asked for, and what is told of each that was found."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from domain.aggregates import AGGREGATES, aggregate_of
from domain.authority import Actor
from domain.calendar import local_date
from domain.records import Recorded
from domain.scheme import library
from domain.scheme.model import Scheme
from eventstore.reading import Reading
from eventstore.search import Found, Sought, search
from interfaces.sentences import event_sentence
from interfaces.streams import learn
from interfaces.words import say


def known_types() -> tuple[str, ...]:
    """Every type of event that today's vocabulary has."""
    kinds = {fact.model_fields["kind"].default for aggregate in AGGREGATES.values() for fact in aggregate.facts}
    return tuple(sorted(kinds))


async def known_schemes(reading: Reading) -> list[Scheme]:
    """Every published scheme version."""
    hashes = await reading.published_hashes()
    for hash in hashes:
        await learn(reading, hash)
    return [library.recall(hash) for hash in hashes]


def words_of(block: str, schemes: Sequence[Scheme]) -> tuple[str, ...]:
    """The names under which events speak of ``block``: its own, its competences', its criteria's; none if unknown."""
    blocks = [scheme.block_by_id[block] for scheme in schemes if block in scheme.block_by_id]
    return tuple(
        dict.fromkeys(
            name
            for found in blocks
            for name in (
                *(found.id, found.held_as),
                *(competence.id for competence in found.competences),
                *found.criteria,
            )
        )
    )


@dataclass(frozen=True, slots=True)
class Match:
    """An event that was sought: what it says, the scheme version of its stream, the day on which the log learnt of it.

    The three are None for an event that no fact of today can be read from.
    """

    found: Found
    record: Recorded | None = None
    scheme: Scheme | None = None
    known_on: date | None = None


async def matches(reading: Reading, sought: Sought) -> AsyncIterator[Match]:
    """The events that are sought, in the sealed order; those without a place in it come last.

    Raises:
        StoreAway: PostgreSQL cannot be reached.
    """
    async for found in search(reading.pool, sought):
        try:
            record, _ = aggregate_of(found.stream).read(found.stream, found.event)
            actor = record.actor
            await learn(reading, found.scheme_hash)
            scheme = library.recall(found.scheme_hash)
        except (LookupError, ValueError):
            # Written by another hand, or by one of tomorrow: an auditor wants to see it all the more.
            yield Match(found)
            continue
        known_on = local_date(scheme.calendar, record.recorded_at)
        if _is_sought(record, actor, known_on, sought):
            yield Match(found, record, scheme, known_on)


def _is_sought(record: Recorded, actor: Actor, known_on: date, sought: Sought) -> bool:
    on = record.fact.on
    return (
        (sought.actor is None or sought.actor in (actor.id, actor.on_behalf_of))
        and (sought.role is None or sought.role == actor.role)
        and (sought.true_from or on) <= on <= (sought.true_until or on)
        and (sought.known_from or known_on) <= known_on <= (sought.known_until or known_on)
        and (not sought.words or bool(set(sought.words) & set(_said(record.fact.model_dump(mode="json")))))
    )


def _said(value: Any) -> Iterator[str]:
    """Every key and every text of a fact."""
    if isinstance(value, str):
        yield value
    elif isinstance(value, Mapping):
        yield from value
        for item in value.values():
            yield from _said(item)
    elif isinstance(value, list):
        for item in value:
            yield from _said(item)


def match_report(match: Match, language: str) -> dict[str, Any]:
    """What is told of one event; personal data by digest only."""
    found, record, scheme = match.found, match.record, match.scheme
    return {
        "leaf_index": found.leaf_index,
        "stream": found.stream,
        "version": found.event.version,
        "event_id": str(found.event_id),
        "type": found.event.type,
        "scheme": scheme.id if scheme else None,
        "scheme_hash": found.scheme_hash or None,
        "true_on": record.fact.on if record else None,
        "known_on": match.known_on,
        "occurred_at": found.event.occurred_at.isoformat(),
        "recorded_at": found.event.recorded_at.isoformat(),
        "command_id": found.event.command_id,
        "actor": record.actor.model_dump(mode="json") if record else None,
        "fact": record.fact.model_dump(mode="json", exclude={"kind"}) if record else None,
        "leaf_hash": found.leaf_hash.hex(),
        "sentence": event_sentence(record, scheme, language)
        if record and scheme
        else say("search.unreadable", language, type=found.event.type),
    }
