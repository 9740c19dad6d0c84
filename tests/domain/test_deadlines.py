"""Deadlines are computed, never stored: what moves them, what their passing does, and how they are told."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

from domain.aggregates import aggregate_of
from domain.authority import SYSTEM
from domain.settling import DeadlineMissed
from tests.domain.world import World, sealed

A = "pathway:a"
REASON = sealed().model_dump(mode="json")


def filed() -> World:
    world = World()
    world.start(A, "cqp-cos", "vae")
    world.give(A, "file_admissibility", pieces=["livret 1"])
    return world


def due(world: World, deadline: str, stream: str = A) -> tuple[str, datetime]:
    """The id and the instant of the deadline itself, not of its reminders."""
    found = [entry for entry in aggregate_of(stream).due(world.states[stream]) if entry.deadline == deadline]
    entry = next(entry for entry in found if ":remind:" not in entry.id)
    return entry.id, entry.at


def test_a_deadline_falls_at_the_midnight_that_ends_its_last_day_where_the_calendar_is_kept() -> None:
    _, at = due(filed(), "admissibility")
    assert at == datetime(2027, 3, 4, 23, tzinfo=UTC)


def test_a_deadline_that_has_not_come_does_nothing() -> None:
    world = filed()
    id, _ = due(world, "admissibility")
    assert world.give(A, "deadline_reached", due=id, actor=SYSTEM) == []


def test_a_deadline_that_moved_does_nothing_at_its_old_time() -> None:
    world = filed()
    id, at = due(world, "admissibility")
    world.give(A, "request_pieces", missing=["contrat"])
    world.wait(days=10)
    world.give(A, "provide_pieces", pieces=["contrat"])
    world.now = at
    assert world.give(A, "deadline_reached", due=id, actor=SYSTEM) == []
    world.wait(days=12)
    assert "admissibility_decided" in world.kinds(A)


def test_a_deadline_that_was_settled_does_nothing() -> None:
    world = filed()
    id, at = due(world, "admissibility")
    world.give(A, "decide_admissibility", admissible=True)
    world.now = at
    assert world.give(A, "deadline_reached", due=id, actor=SYSTEM) == []


def test_a_deadline_that_passes_is_recorded_once_with_who_and_why() -> None:
    world = World()
    world.start(A, "cqp-cos")
    world.convened(A)
    world.marked(A)
    world.wait(days=60)
    missed = [record.fact for record in world.records(A) if isinstance(record.fact, DeadlineMissed)]
    assert [(fact.deadline, fact.who, fact.last_day) for fact in missed] == [("opinion", "juror", date(2027, 6, 15))]
    assert missed[0].basis


def test_a_missed_deadline_stays_in_the_list_as_missed_until_it_is_settled() -> None:
    world = World()
    world.start(A, "cqp-cos")
    world.convened(A)
    world.marked(A)
    world.wait(days=60)
    assert _status(world, "opinion") == "missed"
    blocks = dict.fromkeys(("GRU", "MDR", "POS", "TD"), True)
    world.give(A, "give_opinion", juror="j1", blocks=blocks)
    assert _status(world, "opinion") is None


def test_a_deadline_starts_again_with_every_new_beginning() -> None:
    world = World()
    world.start(A, "cqp-cos")
    world.convened(A)
    world.marked(A)
    first, _ = due(world, "opinion")
    world.wait(days=3)
    world.give(A, "correct_marks", juror="j1", marks=world.sheet(A), reason=REASON)
    second, _ = due(world, "opinion")
    assert first != second


def test_each_reminder_is_given_once_on_its_day() -> None:
    world = filed()
    _, at = due(world, "admissibility")
    world.wait(days=(at - world.now).days - 20)
    assert world.kinds(A).count("reminder_due") == 1
    world.wait(days=15)
    assert world.kinds(A).count("reminder_due") == 2


def test_a_reminder_goes_to_whoever_must_act_with_the_last_day() -> None:
    world = filed()
    world.wait_until(date(2027, 2, 20))
    notice = next(notice for notice in world.notices if notice.template == "reminder")
    assert notice.audience == "administrator"
    assert notice.params == {"deadline": "admissibility", "last_day": "2027-03-04", "days": 30}


def test_no_reminder_comes_for_what_is_done() -> None:
    world = filed()
    world.give(A, "decide_admissibility", admissible=True)
    world.wait_until(date(2027, 3, 10))
    assert "reminder_due" not in world.kinds(A)


def test_a_deadline_counted_back_from_a_fixed_day_is_kept_when_its_last_day_begins() -> None:
    world = World()
    world.open_session("session:s", "cqp-cos", date(2027, 6, 7), date(2027, 6, 15))
    _, at = due(world, "convocation", "session:s")
    assert at == datetime(2027, 5, 22, 22, tzinfo=UTC)
    assert at.astimezone(UTC) + timedelta(hours=2) == datetime(2027, 5, 23, tzinfo=UTC)


def test_the_results_of_a_session_are_due_ten_working_days_after_its_window() -> None:
    world = World()
    world.start(A, "cqp-cos")
    world.convened(A)
    world.give("session:s", "hold")
    assert world.deadline("session:s", "session_results") == date(2027, 6, 29)
    world.wait_until(date(2027, 7, 1))
    assert "deadline_missed" in world.kinds("session:s")


def test_the_fact_that_a_fact_is_told_later_does_not_move_its_deadline() -> None:
    world = World()
    world.start(A, "cqp-cos", "vae")
    world.wait(days=9)
    world.give(A, "file_admissibility", pieces=["livret 1"], on=date(2027, 1, 5))
    assert world.deadline(A, "admissibility") == date(2027, 3, 5)


def _status(world: World, deadline: str) -> str | None:
    rows = aggregate_of(A).view(world.states[A]).deadlines
    return next((row["status"] for row in rows if row["deadline"] == deadline), None)
