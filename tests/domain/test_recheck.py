"""A history that the rules do not give is found out, and where."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from datetime import date, timedelta
from typing import Any, get_args

from domain.aggregate import order_digest
from domain.aggregates import AGGREGATES, aggregate_of
from domain.ledger import canonical
from domain.log import StoredEvent
from domain.recheck import RuleFault, recheck
from tests.domain.chance import begun
from tests.domain.world import World

STREAM = "pathway:1"

Public = dict[str, Any]


def history() -> list[StoredEvent]:
    world = World()
    world.start(STREAM, "cqp-cos", "training")
    world.give(STREAM, "record_positioning", body="CFP")
    world.give(STREAM, "withdraw")
    return world.logs[STREAM]


def faults(events: list[StoredEvent]) -> list[RuleFault]:
    return list(recheck(aggregate_of(STREAM), STREAM, events))


def forged(event: StoredEvent, change: Callable[[Public], None]) -> StoredEvent:
    """``event`` with another public part, digest made to fit as a careful forger would."""
    public = json.loads(event.public)
    change(public)
    if "asked" in public:
        on = public["asked"]["on"]
        public["digest"] = order_digest(public["asked"]["command"], date.fromisoformat(on) if on else None)
    return replace(event, public=canonical(public).decode())


def test_a_history_that_was_lived_has_no_fault() -> None:
    assert faults(history()) == []


def test_no_command_has_a_field_called_fact() -> None:
    for aggregate in AGGREGATES.values():
        for model in get_args(get_args(aggregate.commands._type)[0]):
            assert '"fact"' not in json.dumps(model.model_json_schema()["properties"])


def test_a_fact_that_was_changed_is_not_what_the_order_gives() -> None:
    events = history()
    events[1] = forged(events[1], lambda public: public["fact"].update(body="Other"))
    assert faults(events)[0] == RuleFault(2, "differs", "positioning_recorded")


def test_an_order_that_was_changed_has_another_digest() -> None:
    events = history()
    public = json.loads(events[1].public)
    public["asked"]["command"]["body"] = "Other"
    events[1] = replace(events[1], public=canonical(public).decode())
    assert faults(events)[0] == RuleFault(2, "digest")


def test_an_order_that_may_not_be_given_is_refused() -> None:
    events = history()
    events[1] = forged(events[1], lambda public: public["actor"].update(role="juror"))
    assert faults(events)[0] == RuleFault(2, "refused", "authority.not_allowed")


def test_an_event_of_nobodys_asking_is_named() -> None:
    events = history()
    events[1] = forged(events[1], lambda public: public.pop("asked"))
    assert faults(events)[0] == RuleFault(2, "not_asked")


def test_an_event_moved_in_the_world_is_not_what_the_order_gives() -> None:
    events = history()
    events[1] = replace(events[1], occurred_at=events[1].occurred_at + timedelta(days=1))
    assert faults(events)[0] == RuleFault(2, "differs", "positioning_recorded")


def test_an_order_carried_out_twice_is_named() -> None:
    events = history()
    again = replace(events[1], version=4)
    assert RuleFault(4, "reused", events[1].command_id) in faults([*events, again])


def test_a_fact_left_out_of_an_order_is_missed() -> None:
    log = begun("opinion").logs[STREAM]
    second = next(
        number for number, event in enumerate(log) if number and event.command_id == log[number - 1].command_id
    )
    assert faults(log[:second])[-1].code == "differs"


def test_an_event_that_cannot_be_read_ends_the_check() -> None:
    events = history()
    events[1] = replace(events[1], type="never_heard_of")
    assert faults(events) == [RuleFault(2, "unreadable", "KeyError")]
