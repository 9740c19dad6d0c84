"""An event whose shape changed: *agenda closed* says since version 2 which dossiers are on the agenda."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import date
from typing import Any

from domain.ledger import canonical
from domain.log import StoredEvent
from domain.recheck import RuleFault, recheck
from domain.sitting.aggregate import SITTING
from domain.sitting.events import AgendaClosed
from tests.domain.world import World

T = "sitting:s"


def lived() -> list[StoredEvent]:
    """A sitting with two dossiers, from its opening to its decisions, as today's code records it."""
    world = World()
    for stream in ("pathway:a", "pathway:b"):
        world.start(stream, "cqp-gc", person=f"someone-{stream}")
    world.convened("pathway:a", "pathway:b", scheme_id="cqp-gc")
    for stream in ("pathway:a", "pathway:b"):
        world.advised(stream)
    world.deliberating("pathway:a", "pathway:b", scheme_id="cqp-gc", at=date(2027, 7, 13))
    world.give(T, "decide_list")
    world.give(T, "proclaim")
    return world.logs[T]


def changed(events: list[StoredEvent], schema_version: int, **fields: Any) -> list[StoredEvent]:
    """The same history with another *agenda closed*: a field that is None is left out."""
    found = []
    for event in events:
        if event.type == "agenda_closed":
            public = json.loads(event.public)
            fact = {**public["fact"], **fields}
            public["fact"] = {name: value for name, value in fact.items() if value is not None}
            event = replace(event, public=canonical(public).decode(), schema_version=schema_version)
        found.append(event)
    return found


def recorded_before() -> list[StoredEvent]:
    """The history as it was written when the event was of version 1."""
    return changed(lived(), 1, dossiers=None)


def closing(events: list[StoredEvent]) -> AgendaClosed:
    facts = [SITTING.read(T, event)[0].fact for event in events]
    [found] = [fact for fact in facts if isinstance(fact, AgendaClosed)]
    return found


def faults(events: list[StoredEvent]) -> list[str]:
    return [fault.code for fault in recheck(SITTING, T, events)]


def test_the_event_of_today_says_which_dossiers_are_on_the_agenda() -> None:
    assert closing(lived()).dossiers == ("pathway:a", "pathway:b")


def test_an_event_of_version_1_reads_as_one_that_does_not_say() -> None:
    old = closing(recorded_before())
    assert (old.dossiers, old.due) == (None, closing(lived()).due)


def test_a_history_of_version_1_comes_to_the_same_state() -> None:
    old, new = (SITTING.fold(SITTING.new(), T, events) for events in (recorded_before(), lived()))
    assert old == new


def test_a_history_of_version_1_is_still_what_the_rules_give() -> None:
    assert faults(recorded_before()) == []
    assert faults(lived()) == []


def test_what_version_1_said_is_still_held_against_the_rules() -> None:
    version = next(event.version for event in lived() if event.type == "agenda_closed")
    forged = changed(recorded_before(), 1, due="agenda:9")
    assert RuleFault(version, "differs", "agenda_closed") in list(recheck(SITTING, T, forged))


def test_what_version_2_says_can_be_wrong() -> None:
    assert "differs" in faults(changed(lived(), 2, dossiers=["pathway:a"]))
    assert faults(changed(lived(), 2, dossiers=None)) == ["unreadable"]
