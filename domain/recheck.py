"""Asking again what the log says was asked: every order must still give exactly the facts that are stored."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import groupby
from typing import Any

from pydantic import ValidationError

from domain import upcasting
from domain.aggregate import Aggregate, Order, Repeated, Standing, order_digest
from domain.log import NewEvent, StoredEvent
from domain.records import Recorded
from domain.refusal import Refusal, Refused
from domain.scheme.library import UnknownScheme


@dataclass(frozen=True, slots=True)
class RuleFault:
    """An event that the rules do not give. ``code`` says why; ``detail`` holds codes and names, nothing personal.

    ``unreadable``: no fact of today can be read from it. ``not_asked``: nothing says what was asked. ``reused``: the
    order was carried out before. ``digest``: what was asked is not what the digest covers. ``refused``: the rules
    refuse the order (``detail``: the refusal's code). ``differs``: the rules give other facts. ``fold``: the state
    cannot take the event.
    """

    version: int
    code: str
    detail: str = ""


def recheck(
    aggregate: Aggregate[Any], stream: str, events: Iterable[StoredEvent], state: Standing | None = None
) -> Iterator[RuleFault]:
    """Every fault of one stream's history, from its first event; goes on after a fault as long as it can be folded.

    The scheme versions must be known (``library``). A new ``state`` can be given: it is advanced as far as that goes.
    """
    state = aggregate.new() if state is None else state
    state.stream = stream
    for command_id, group in groupby(events, key=lambda event: event.command_id):
        stored = list(group)
        try:
            records = [aggregate.read(stream, event) for event in stored]
        except Exception as error:
            # Forged bytes can break what reads them in any way; that they do is the finding.
            yield RuleFault(stored[0].version, "unreadable", type(error).__name__)
            return
        yield from _order(aggregate, state, command_id, stored, records)
        for record, digest in records:
            try:
                aggregate.evolve_in_place(state, record, digest)
            except Exception as error:
                # As above.
                yield RuleFault(record.version, "fold", type(error).__name__)
                return


def _order(
    aggregate: Aggregate[Any],
    state: Standing,
    command_id: str,
    stored: list[StoredEvent],
    records: list[tuple[Recorded, str]],
) -> Iterator[RuleFault]:
    first, digest = records[0]
    asked = first.asked
    if command_id in state.commands:
        yield RuleFault(first.version, "reused", command_id)
        return
    if asked is None:
        yield RuleFault(first.version, "not_asked")
        return
    expected = order_digest(asked.command, asked.on)
    if any(given != expected for _, given in records):
        yield RuleFault(first.version, "digest")
        return
    try:
        order = Order(command_id=command_id, digest=digest, actor=first.actor, on=asked.on, command=asked.command)
        facts = aggregate.consider(state, order, asked.at)
        if isinstance(facts, Refusal):
            yield RuleFault(first.version, "refused", facts.code)
            return
        given = () if isinstance(facts, Repeated) else aggregate.events(state, order, facts, asked.at)
    except (Refused, UnknownScheme, ValidationError, ValueError, LookupError) as error:
        yield RuleFault(first.version, "refused", type(error).__name__)
        return
    for number, event in enumerate(stored):
        if number >= len(given) or not _same(aggregate, event, given[number]):
            yield RuleFault(event.version, "differs", event.type)
            return
    if len(given) > len(stored):
        yield RuleFault(stored[-1].version, "differs", given[len(stored)].type)


def _same(aggregate: Aggregate[Any], stored: StoredEvent, given: NewEvent) -> bool:
    if stored.type != given.type or stored.occurred_at != given.occurred_at:
        return False
    if stored.schema_version == given.schema_version:
        return stored.public == given.public
    versions = stored.schema_version, given.schema_version
    lifted = json.loads(upcasting.upcast(aggregate.name, stored.type, *versions, stored.public))
    said, today = json.loads(stored.public)["fact"], json.loads(given.public)
    # What the shape of its time had no room for, and the lift does not know, is nothing that it could have got wrong.
    today["fact"] |= {name: None for name, value in lifted["fact"].items() if value is None and name not in said}
    return bool(lifted == today)
