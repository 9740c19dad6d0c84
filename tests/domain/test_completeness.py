"""Files of which pieces are missing (CRPA, art. L. 114-5): the clock stops, resumes or restarts; or waits no longer."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import pytest

from domain.scheme import library
from domain.scheme.model import Scheme
from tests.conducted import conducted
from tests.domain.decided import A, asked_for_pieces, completing
from tests.domain.world import World

DAY = timedelta(days=1)


def deciding(**changes: Any) -> Scheme:
    """CQP COS with another rule on the admissibility decision: two months by default."""
    plain = conducted("cqp-cos").model_dump(mode="json", exclude_defaults=True)
    deadline = next(item for item in plain["deadlines"] if item["id"] == "admissibility")
    deadline.update(changes)
    scheme = Scheme.model_validate(plain)
    library.learn(scheme)
    return scheme


def provide(world: World, after: int, **fields: Any) -> None:
    world.wait(days=after)
    world.give(A, "provide_pieces", pieces=["contrat de travail"], **fields)


def test_while_pieces_are_missing_no_day_is_due() -> None:
    world = asked_for_pieces(deciding())
    assert world.deadline(A, "admissibility") is None
    world.wait(days=200)
    assert "admissibility_decided" not in world.kinds(A)


def test_a_clock_that_resumes_ends_later_by_the_days_from_the_request_to_the_pieces_and_one_that_restarts_afresh() -> (
    None
):
    resumed, restarted = asked_for_pieces(deciding()), asked_for_pieces(deciding(paused_by_completeness="restart"))
    for world in (resumed, restarted):
        provide(world, after=10)
    assert resumed.deadline(A, "admissibility") == date(2027, 3, 4) + 10 * DAY
    assert restarted.deadline(A, "admissibility") == date(2027, 3, 14)


def test_pieces_that_do_not_complete_the_file_leave_the_clock_standing() -> None:
    world = asked_for_pieces(deciding())
    provide(world, after=5, complete=False)
    assert world.deadline(A, "admissibility") is None
    provide(world, after=5)
    assert world.deadline(A, "admissibility") == date(2027, 3, 14)


def test_every_request_stops_the_clock_and_one_is_answered_before_the_next() -> None:
    world = asked_for_pieces(deciding())
    assert world.refusal(A, "request_pieces", missing=["autre"]) == "admissibility.pieces_already_requested"
    provide(world, after=10)
    world.wait(days=20)
    world.give(A, "request_pieces", missing=["autre"])
    provide(world, after=5)
    # The day of the request and that of the answer are days of the pause.
    assert world.deadline(A, "admissibility") == date(2027, 3, 4) + (10 + 6) * DAY


def test_a_file_that_was_never_complete_starts_its_clock_with_the_last_piece() -> None:
    world = asked_for_pieces(deciding(), complete=False)
    provide(world, after=10)
    assert world.deadline(A, "admissibility") == date(2027, 3, 14)


@pytest.mark.parametrize(("passed", "admissible"), [("accept", True), ("refuse", False)])
def test_silence_accepts_or_refuses_as_the_scheme_says_counting_what_stopped_the_clock(
    passed: str, admissible: bool
) -> None:
    world = asked_for_pieces(deciding(passed=passed))
    provide(world, after=10)
    world.wait_until(date(2027, 3, 14))
    assert "admissibility_decided" not in world.kinds(A)
    world.wait_until(date(2027, 3, 15))
    fact = next(record.fact for record in world.records(A) if record.fact.kind == "admissibility_decided")
    assert (fact.admissible, fact.silence) == (admissible, True)  # type: ignore[attr-defined]
    assert world.pathway(A).status == ("open" if admissible else "closed")


def test_a_file_whose_pieces_never_come_is_closed_where_the_scheme_says_so() -> None:
    world = asked_for_pieces(completing("close_file"))
    assert world.deadline(A, "completeness") == date(2027, 2, 3)
    world.wait(days=40)
    assert world.kinds(A)[-3:] == ["pieces_overdue", "admissibility_decided", "pathway_closed"]
    assert world.pathway(A).outcome == "inadmissible"


@pytest.mark.parametrize("complete", [True, False])
def test_or_it_is_decided_as_it_stands_and_the_clock_runs_from_the_last_day_given(complete: bool) -> None:
    world = asked_for_pieces(completing("as_it_stands"), complete=complete)
    world.wait(days=31)
    assert world.kinds(A)[-1] == "pieces_overdue"
    # 30 days did not count, the last of them included; a file that had never been complete starts its clock now.
    assert world.deadline(A, "admissibility") == (date(2027, 3, 4) + 30 * DAY if complete else date(2027, 4, 4))
    world.give(A, "decide_admissibility", admissible=True)


def test_pieces_that_come_in_time_end_the_wait() -> None:
    world = asked_for_pieces(completing("close_file"))
    provide(world, after=30)
    world.wait(days=5)
    assert "pieces_overdue" not in world.kinds(A)


def test_every_request_gives_its_own_time() -> None:
    world = asked_for_pieces(completing("close_file"))
    provide(world, after=20)
    world.give(A, "request_pieces", missing=["autre"])
    assert world.deadline(A, "completeness") == date(2027, 1, 24) + 30 * DAY
