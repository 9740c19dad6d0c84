"""A stream as it stood: two days, any of them, and never a state that the rules would not allow."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from domain.aggregates import aggregate_of
from domain.pathway.state import Pathway
from domain.replay import Step, dated, replay
from domain.session.state import Session
from tests.domain.chance import Move, moves, played
from tests.domain.sessions import OPENS, S, begin, plan, seated, visits
from tests.domain.world import World, sealed

STREAM = "pathway:1"
REASON = sealed().model_dump(mode="json")
DAY = timedelta(days=1)
FIRST = World().today

often = settings(max_examples=20, deadline=None, derandomize=True, suppress_health_check=[HealthCheck.too_slow])


def steps(world: World, stream: str = STREAM, **days: date) -> list[Step]:
    aggregate = aggregate_of(stream)
    return list(replay(aggregate, stream, dated(aggregate, stream, world.logs[stream]), **days))


def pathway(found: list[Step]) -> Pathway:
    state = found[-1].state
    assert isinstance(state, Pathway)
    return state


def left_out(found: list[Step]) -> list[tuple[str, str]]:
    return [(step.event.record.fact.kind, step.left_out) for step in found if step.left_out]


def started() -> World:
    world = World()
    world.start(STREAM, "cqp-cos", "training", employer="CPAM du Doubs")
    return world


@often
@given(chance=moves, as_of=st.integers(-5, 400), known_on=st.integers(-5, 400))
def test_any_two_days_give_a_state_that_can_be_told(chance: list[Move], as_of: int, known_on: int) -> None:
    world = played(chance)
    for stream in world.states:
        aggregate = aggregate_of(stream)
        log = world.logs[stream]
        found = steps(world, stream, as_of=FIRST + as_of * DAY, known_on=FIRST + known_on * DAY)
        assert [step.event.record.version for step in found] == [event.version for event in log]
        state = found[-1].state
        aggregate.due(state)
        aggregate.todo(state)
        if state.version:
            aggregate.view(state)
        # The zone is ahead of UTC: what is recorded late in the evening is known the day after.
        assert (
            steps(world, stream, as_of=world.today + DAY, known_on=world.today + DAY)[-1].state == world.states[stream]
        )
        # A day of knowing is a beginning of the log, and nothing else.
        known = [step for step in steps(world, stream, known_on=FIRST + known_on * DAY) if not step.left_out]
        beginning: Any = aggregate.fold(aggregate.new(), stream, log[: len(known)])
        assert not known or known[-1].state == beginning


def test_a_fact_told_later_is_true_before_it_is_known() -> None:
    world = started()
    monday = world.today
    world.wait(days=10)
    world.give(STREAM, "record_positioning", on=monday + DAY, body="CFP")
    told = monday + 10 * DAY
    assert pathway(steps(world, as_of=monday)).step == "positioning"
    assert pathway(steps(world, as_of=monday + DAY)).step == "training"
    assert pathway(steps(world, as_of=monday + DAY, known_on=told - DAY)).step == "positioning"


def test_a_correction_is_true_from_the_day_of_what_it_corrects_and_known_from_its_own() -> None:
    world = started()
    monday = world.today
    world.wait(days=30)
    world.give(STREAM, "correct_candidacy", employer="CPAM du Jura", reason=REASON)
    assert pathway(steps(world, as_of=monday)).employer == "CPAM du Jura"
    assert pathway(steps(world, as_of=monday, known_on=monday)).employer == "CPAM du Doubs"
    [*_, (_, corrected)] = [(step.left_out, step.event.true_on) for step in steps(world)]
    assert corrected == monday


def test_a_correction_of_a_correction_goes_back_to_the_first_fact() -> None:
    world = started()
    monday = world.today
    for employer in ("CPAM du Jura", "CPAM de Saône-et-Loire"):
        world.wait(days=5)
        world.give(STREAM, "correct_candidacy", employer=employer, reason=REASON)
    assert pathway(steps(world, as_of=monday)).employer == "CPAM de Saône-et-Loire"
    assert pathway(steps(world, as_of=monday, known_on=monday + 5 * DAY)).employer == "CPAM du Jura"


def test_a_sheet_of_marks_that_corrects_nothing_stands_on_its_own_day() -> None:
    world = seated(STREAM)
    world.wait_until(OPENS)
    begin(world)
    world.marked(STREAM)
    sheets = [step.event for step in steps(world) if step.event.record.fact.kind == "sheet_given"]
    assert [sheet.true_on for sheet in sheets] == [OPENS, OPENS]


def test_a_fact_that_rests_on_one_not_yet_true_does_not_stand() -> None:
    world = started()
    monday = world.today
    world.wait(days=10)
    world.give(STREAM, "record_positioning", body="CFP")
    module = {"id": "m1", "title": "Module", "hours": 7}
    day = monday.isoformat()
    world.give(STREAM, "plan_training", on=monday + DAY, body="CFP", modules=[module], starts=day, ends=day)
    found = steps(world, as_of=monday + 2 * DAY)
    assert pathway(found).step == "positioning"
    assert left_out(found) == [("positioning_recorded", "not_true"), ("training_planned", "not_standing")]


def test_what_the_rules_give_in_other_words_stands_in_these() -> None:
    world = seated(STREAM)
    world.give(STREAM, "set_conditions", workplace="Paris")
    world.wait_until(date(2027, 5, 10))
    world.give(S, "publish_plan", **plan(world, visits(world, "07 09:00")))
    world.wait_until(date(2027, 5, 15))
    world.give(S, "withdraw_juror", juror="j2", on=date(2027, 5, 5))
    found = steps(world, S, as_of=date(2027, 5, 7))
    # The plan was not yet true: there was no visit to lose.
    assert ("plan_published", "not_true") in left_out(found)
    [withdrawn] = [step for step in found if step.event.record.fact.kind == "juror_withdrew"]
    state = withdrawn.state
    assert isinstance(state, Session)
    assert (withdrawn.left_out, state.visits, set(state.jurors)) == ("", {}, {"j1"})


def test_before_the_first_event_there_is_nothing() -> None:
    world = started()
    found = steps(world, as_of=world.today - DAY)
    assert (pathway(found).version, {why for _, why in left_out(found)}) == (0, {"not_true"})
