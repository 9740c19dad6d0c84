"""The ledger of deadlines: what ran, runs and will run, where each stands, and what ended it."""

from __future__ import annotations

from datetime import timedelta

from hypothesis import given, settings
from hypothesis import strategies as st

from domain.aggregates import runs_of
from domain.deadline_book import Entry, book, history
from tests.domain.decided import A, asked_for_pieces, completing, contested, decided, everything
from tests.domain.world import World


def entries(world: World, stream: str = A) -> list[Entry]:
    state, reached = history(stream, world.logs[stream])
    return book(state, reached, world.today)


def standing(world: World) -> dict[str, str]:
    return {entry.deadline.id: entry.standing for entry in entries(world)}


def test_a_deadline_that_was_kept_says_what_ended_it_and_when() -> None:
    [training] = [entry for entry in entries(decided()) if entry.deadline.id == "training"]
    assert training.standing == "met"
    assert training.ended is not None
    assert training.ended.milestone == "training_completed"


def test_the_right_to_contest_is_open_then_over_and_used_when_it_is() -> None:
    world = decided()
    assert standing(world)["contestation"] == "open"
    world.wait(days=70)
    assert standing(world)["contestation"] == "over"
    assert standing(contested())["contestation"] == "met"


def test_the_four_months_for_a_withdrawal_are_a_deadline_with_their_basis() -> None:
    [withdrawal] = [entry for entry in entries(decided()) if entry.deadline.id == "withdrawal"]
    assert (withdrawal.standing, withdrawal.deadline.basis) == ("open", "CRPA, art. L. 242-1")
    assert not [due for due in runs_of(decided().pathway(A)) if due.deadline.id == "withdrawal" and due.at is None]


def test_a_right_that_ends_unused_is_neither_missed_nor_waited_for() -> None:
    world = decided()
    world.wait(days=400)
    assert "deadline_missed" not in world.kinds(A)


def test_a_missed_deadline_stays_missed_also_once_it_is_ended() -> None:
    world = contested()
    world.wait(days=70)
    world.give(A, "decide_contest_admissibility", admissible=True)
    [answer] = [entry for entry in entries(world) if entry.deadline.id == "contest_admissibility"]
    assert answer.standing == "missed"
    assert answer.ended is not None


def test_a_paused_clock_has_no_day_and_names_its_pause() -> None:
    world = asked_for_pieces(completing("close_file"))
    [admissibility] = [entry for entry in entries(world) if entry.deadline.id == "admissibility"]
    assert (admissibility.standing, admissibility.due) == ("paused", None)
    assert [pause.until for pause in admissibility.pauses] == [None]


def test_what_another_route_asks_is_not_told() -> None:
    assert "admissibility" not in standing(decided())
    assert "training" not in standing(asked_for_pieces(completing("close_file")))


@settings(max_examples=12, deadline=None)
@given(st.integers(0, 200))
def test_whatever_the_agenda_runs_is_in_the_book_and_nothing_stands_twice(days: int) -> None:
    world = everything()
    world.now += timedelta(days=days)
    for stream in world.logs:
        found = entries(world, stream)
        assert len({entry.id for entry in found}) == len(found)
        running = {run.id: run.due for run in runs_of(world.states[stream])}
        assert running.items() <= {entry.id: entry.due for entry in found}.items()
