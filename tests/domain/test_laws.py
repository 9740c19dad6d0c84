"""Laws of the domain, whatever is asked and in whatever order."""

from __future__ import annotations

import copy
import json
import re
from collections import Counter
from functools import cache
from importlib.resources import files
from random import Random
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from domain.aggregate import Repeated, Standing
from domain.aggregates import AGGREGATES, aggregate_of
from domain.log import StoredEvent, ViewRows
from domain.recheck import recheck
from domain.session.state import Session
from tests.domain.chance import MOVES, Move, moves, played
from tests.domain.chance_questions import PATHWAYS
from tests.domain.chance_steps import ASIDE

often = settings(max_examples=50, deadline=None, derandomize=True, suppress_health_check=[HealthCheck.too_slow])


def folded(stream: str, events: list[StoredEvent], state: Standing | None = None) -> Standing:
    aggregate = aggregate_of(stream)
    found: Standing = aggregate.fold(aggregate.new() if state is None else state, stream, events)
    return found


@often
@given(moves)
def test_whatever_is_asked_the_domain_answers_or_refuses(moves: list[Move]) -> None:
    played(moves)


@often
@given(moves, st.integers(0, 10**6))
def test_folding_a_beginning_and_then_the_rest_is_folding_all(moves: list[Move], cut: int) -> None:
    world = played(moves)
    for stream, log in world.logs.items():
        at = cut % (len(log) + 1)
        assert folded(stream, log[at:], folded(stream, log[:at])) == folded(stream, log) == world.states[stream]


@often
@given(moves, st.integers(0, 10**6))
def test_evolving_leaves_the_state_it_came_from_as_it_was(moves: list[Move], cut: int) -> None:
    world = played(moves)
    for stream, log in world.logs.items():
        at = cut % (len(log) + 1)
        before = folded(stream, log[:at])
        kept = copy.deepcopy(before)
        after = aggregate_of(stream).evolve(before, stream, log[at:])
        assert before == kept
        assert after == world.states[stream]


@often
@given(moves)
def test_asking_again_what_the_log_says_was_asked_gives_the_log_again(moves: list[Move]) -> None:
    for stream, log in played(moves).logs.items():
        assert list(recheck(aggregate_of(stream), stream, log)) == []


@often
@given(moves)
def test_a_command_that_was_done_is_recognised_for_ever(moves: list[Move]) -> None:
    world = played(moves)
    for stream, order in world.done:
        answer = aggregate_of(stream).consider(world.states[stream], order, world.now)
        assert isinstance(answer, Repeated)


@often
@given(moves)
def test_every_event_belongs_to_a_command_that_the_state_knows(moves: list[Move]) -> None:
    world = played(moves)
    for stream, log in world.logs.items():
        known = world.states[stream].commands
        assert [event.version for event in log] == list(range(1, len(log) + 1))
        for event in log:
            done = known[event.command_id]
            assert done.first <= event.version <= done.last


@often
@given(moves)
def test_no_deadline_is_lost_in_the_past(moves: list[Move]) -> None:
    world = played([*moves, ("wait", 0)])
    for stream, state in world.states.items():
        for due in aggregate_of(stream).due(state):
            assert due.at > world.now


@often
@given(moves)
def test_every_promise_is_kept_once_everybody_can_be_reached(moves: list[Move]) -> None:
    world = played([*moves, ("deliver", 0)])
    assert not [effect.id for state in world.states.values() for effect in state.owed.values()]


@often
@given(moves)
def test_a_pathway_and_its_session_agree_on_the_seat_once_everything_is_delivered(moves: list[Move]) -> None:
    world = played([*(move for move in moves if move[0] != "forge"), ("deliver", 0)])
    for stream in PATHWAYS:
        seat = world.pathway(stream).seat
        if seat is not None and seat.status in ("granted", "waiting", "convened"):
            session = world.states[seat.session]
            assert isinstance(session, Session)
            assert stream in (session.waiting if seat.status == "waiting" else session.seated)
        for name, state in world.states.items():
            # Once it was held, a session keeps the names of those who had a seat.
            if isinstance(state, Session) and state.status in ("open", "closed", "convened"):
                here = seat is not None and seat.session == name
                assert here or stream not in state.waiting
                # So does one that has its result, for whoever comes back to a jury later.
                assessed = stream in state.results or world.pathway(stream).step != "jury"
                assert here or stream not in state.seated or assessed


@often
@given(moves)
def test_seats_taken_are_those_of_the_seated_and_nobody_waits_for_a_free_one(moves: list[Move]) -> None:
    for state in played(moves).states.values():
        if isinstance(state, Session):
            taken = Counter(block for place in state.seated.values() for block in place.blocks)
            assert {block: seats for block, seats in state.taken.items() if seats} == dict(taken)
            assert all(taken[block] <= state.capacity[block] for block in taken)
            if state.status in ("open", "closed", "convened") and "begun" not in state.milestones:
                assert not [place for place in state.waiting.values() if state.fits(place.blocks)]


@often
@given(moves)
def test_what_is_done_leaves_nothing_to_do_and_what_is_open_never_stalls(moves: list[Move]) -> None:
    world = played(moves)
    for stream, state in world.states.items():
        aggregate = aggregate_of(stream)
        left = [task for task in aggregate.todo(state) if task.kind not in ASIDE]
        if aggregate.ended(state):
            assert left == []
        elif stream in PATHWAYS:
            assert len(left) == 1


@cache
def columns() -> dict[str, set[str]]:
    """The columns of every table that the migrations make."""
    scripts = sorted(entry.name for entry in files("migrations").iterdir() if entry.name.endswith(".sql"))
    text = "\n".join(files("migrations").joinpath(name).read_text("utf-8") for name in scripts)
    tables = re.findall(r"^create table (\w+) \((.*?)^\)", text, re.MULTILINE | re.DOTALL)
    names = {name: set(re.findall(r"^    (\w+)\s", body, re.MULTILINE)) - {"primary"} for name, body in tables}
    added = re.findall(r"alter table (\w+)\s+add column (?:if not exists )?(\w+)", text)
    for table, column in added:
        names[table].add(column)
    return names


def _rows(stream: str, view: ViewRows) -> list[tuple[str, set[str]]]:
    kind = stream.partition(":")[0]
    rows: list[tuple[str, set[str]]] = [(f"{kind}s", set(view.main))]
    for table, found in (("tasks", view.tasks), ("deadlines", view.deadlines), ("awards", view.awards)):
        rows += [(table, set(row)) for row in found]
    return rows


@often
@given(moves)
def test_the_rows_of_the_read_models_are_json_and_fit_their_tables(moves: list[Move]) -> None:
    world = played(moves)
    for stream, state in world.states.items():
        view = aggregate_of(stream).view(state)
        assert json.loads(view.model_dump_json()) == view.model_dump(mode="json")
        for table, row in _rows(stream, view):
            assert row <= columns()[table], table
            # The writer adds the stream to the rows that belong to it.
            assert columns()[table] - row <= {"stream_id"}, table


@pytest.mark.parametrize("name", AGGREGATES)
def test_the_kinds_of_facts_of_an_aggregate_are_distinct(name: Any) -> None:
    kinds = [fact.model_fields["kind"].default for fact in AGGREGATES[name].facts]
    assert len(kinds) == len(set(kinds))


ELSEWHERE = {
    # By hand, the very criteria of a seat are corrected.
    "pathway.marks_corrected": "test_corrected_marks_count_and_the_proposal_is_computed_anew",
    # By hand, a reason in the clear, between the closing of the agenda and the proclamation.
    "sitting.dossier_postponed": "test_nothing_is_proclaimed_while_a_dossier_is_undecided",
    # Only where a scheme has certificates, which those of chance do not: their laws are those of books and queues.
    "pathway.deposit_noted": "test_its_three_months_run_on_the_closed_pathway_and_end_with_the_acceptance",
    "pathway.identity_asked": "test_what_is_asked_of_the_employer_is_asked_of_them_until_it_is_told",
    "pathway.identity_completed": "test_what_is_asked_of_the_employer_is_asked_of_them_until_it_is_told",
}
"""Kinds of facts that chance seldom leads to, and the tests that tell of them."""

WITH_CERTIFICATES = ("awards", "deposit")
"""The aggregates that only schemes with certificates lead to: ``test_awards`` and ``test_deposit`` have their laws."""


def test_chance_leads_to_every_corner() -> None:
    """The laws are worth what chance reaches: almost every kind of fact must turn up, sooner or later."""
    random = Random(1)
    played_out = [name for name in AGGREGATES if name not in WITH_CERTIFICATES]
    kinds = {name: [fact.model_fields["kind"].default for fact in AGGREGATES[name].facts] for name in played_out}
    missing = {f"{name}.{kind}" for name, found in kinds.items() for kind in found} - ELSEWHERE.keys()
    for _ in range(300):
        world = played([(random.choice(MOVES), random.randrange(10**6)) for _ in range(60)])
        missing -= {f"{stream.partition(':')[0]}.{event.type}" for stream, log in world.logs.items() for event in log}
        if not missing:
            break
    assert missing == set()
