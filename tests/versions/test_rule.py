"""A rule that changes while pathways are open: what was decided under the old one was right then."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime
from typing import Any

from domain.aggregate import Context
from domain.log import StoredEvent
from domain.pathway import commands as c
from domain.pathway.aggregate import PATHWAY
from domain.pathway.state import Pathway
from domain.recheck import RuleFault, recheck
from domain.records import Command, Fact
from domain.refusal import Refusal, refuse
from domain.scheme import library
from domain.scheme.model import Scheme
from tests.domain.world import World, scheme, sealed
from tests.engine.harness import order
from tests.versions.conftest import SCHEME

STREAM = "pathway:1"
IN_FORCE = datetime(2027, 2, 1, tzinfo=UTC)


def careless(state: Pathway, command: Command, context: Context) -> list[Fact]:
    """From now on a withdrawal says why; and so, by mistake, did every one that ever was."""
    if isinstance(command, c.Withdraw) and command.reason is None:
        raise refuse("withdrawal.reason_needed")
    return PATHWAY.decide(state, command, context)


def dated(state: Pathway, command: Command, context: Context) -> list[Fact]:
    """The same rule with its day: it binds whoever asks from then on, and nobody who asked before."""
    if context.now >= IN_FORCE:
        return careless(state, command, context)
    return PATHWAY.decide(state, command, context)


def withdrawn() -> list[StoredEvent]:
    """A candidate who left in January, without a word."""
    world = World()
    world.start(STREAM, SCHEME)
    world.give(STREAM, "withdraw")
    return world.logs[STREAM]


def faults(aggregate: Any, events: list[StoredEvent]) -> list[RuleFault]:
    return list(recheck(aggregate, STREAM, events))


def test_a_rule_without_its_day_calls_the_past_wrong() -> None:
    assert faults(replace(PATHWAY, decide=careless), withdrawn()) == [
        RuleFault(2, "refused", "withdrawal.reason_needed")
    ]


def test_a_rule_with_its_day_leaves_the_past_right_and_binds_from_then_on() -> None:
    aggregate, events = replace(PATHWAY, decide=dated), withdrawn()
    assert faults(aggregate, events) == []
    state = aggregate.fold(aggregate.new(), STREAM, events[:1])
    answer = aggregate.consider(state, order("withdraw"), IN_FORCE)
    assert isinstance(answer, Refusal)
    assert answer.code == "withdrawal.reason_needed"
    reason = sealed().model_dump(mode="json")
    assert isinstance(aggregate.consider(state, order("withdraw", reason=reason), IN_FORCE), list)


def test_a_rule_in_the_scheme_changes_for_those_who_are_pinned_to_the_new_version(release: Scheme) -> None:
    library.learn(release)
    world, deadlines = World(), {}
    for stream, version in (("pathway:old", scheme(SCHEME)), ("pathway:new", release)):
        pinned: dict[str, Any] = {"scheme_id": version.id, "scheme_hash": version.hash}
        identity = sealed().model_dump(mode="json")
        world.give(stream, "start", person=stream, route="vae", identity=identity, **pinned)
        world.give(stream, "file_admissibility", pieces=["livret 1"])
        deadlines[stream] = world.deadline(stream, "admissibility")
    assert deadlines == {"pathway:old": date(2027, 3, 4), "pathway:new": date(2027, 4, 4)}
    world.wait(days=100)
    for stream in deadlines:
        assert "admissibility_decided" in world.kinds(stream)
        assert list(recheck(PATHWAY, stream, world.logs[stream])) == []
