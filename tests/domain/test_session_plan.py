"""A session holds its plan: published once it is legal, amended with the least change, told to whom it concerns."""

from __future__ import annotations

from datetime import date

from domain.aggregates import aggregate_of
from tests.domain.registered import juror, president
from tests.domain.sessions import CONVENED, OPENS, S, begin, hurried, known, plan, seated, session, visits
from tests.domain.world import scheme, sealed

A, B = "pathway:a", "pathway:b"
REASON = sealed().model_dump(mode="json")


def test_a_plan_gives_each_candidate_their_own_day_hour_place_and_jury() -> None:
    world = seated(A, B, route="vae")
    world.register |= {"j3": president("j3"), "j4": juror("j4")}
    first, second = visits(world, "08 09:00", "09 14:00")
    second = second.model_copy(update={"jurors": ("j3", "j4")})
    world.give(S, "publish_plan", **plan(world, [first, second]))
    world.wait_until(CONVENED)
    seats = [world.pathway(stream).seat for stream in (A, B)]
    assert [seat and seat.jurors for seat in seats] == [("j1", "j2"), ("j3", "j4")]
    told = {notice.id.partition("#")[0]: notice for notice in world.notices if notice.template == "convocation"}
    (appointment, *_) = told[A].params["appointments"]
    assert appointment["start"] == "2027-06-08T09:10:00+02:00"
    assert appointment["place"] == "Ucanss, Paris"
    programmes = {notice.to: notice for notice in world.notices if notice.template == "convocation_juror"}
    assert [entry["pathway"] for entry in programmes["j3"].params["appointments"]] == [B]


def test_a_plan_with_a_fault_is_refused_and_the_fault_is_named() -> None:
    world = seated(A, B, route="vae")
    both = visits(world, "08 09:00", "08 09:00")
    assert world.refusal(S, "publish_plan", **plan(world, both)) == "plan.faulty"


def test_no_plan_is_published_over_a_cancelled_session() -> None:
    world = seated(A, route="vae")
    asked = plan(world, visits(world, "08 09:00"))
    world.give(S, "cancel", reason=REASON)
    assert world.refusal(S, "publish_plan", **asked) == "session.over"


def test_no_plan_is_published_over_a_session_that_was_held() -> None:
    world = seated(A, route="vae")
    asked = plan(world, visits(world, "08 09:00"))
    world.wait_until(OPENS)
    begin(world)
    world.give(S, "hold")
    assert world.refusal(S, "publish_plan", **asked) == "session.over"


def test_an_amended_plan_tells_who_moved_and_only_they_are_convened_anew() -> None:
    world = seated(A, B, route="vae")
    world.give(S, "publish_plan", **plan(world, visits(world, "08 09:00", "08 14:00")))
    world.wait_until(CONVENED)
    world.give(S, "publish_plan", **plan(world, visits(world, "08 09:00", "09 14:00")))
    published = [record.fact for record in world.records(S) if record.fact.kind == "plan_published"]
    assert [(fact.number, fact.moved) for fact in published] == [(1, ()), (2, (B,))]  # type: ignore[attr-defined]
    assert [world.kinds(stream).count("convened") for stream in (A, B)] == [1, 2]


def test_a_candidate_who_leaves_is_taken_out_of_the_jurors_calendars() -> None:
    world = seated(A, B, route="vae")
    world.give(S, "publish_plan", **plan(world, visits(world, "08 09:00", "08 14:00")))
    world.wait_until(CONVENED)
    world.give(B, "withdraw")
    told = [notice for notice in world.notices if notice.template == "convocation_juror"][-1]
    assert [(entry["pathway"], entry.get("cancelled")) for entry in told.params["appointments"]] == [
        (A, None),
        (B, True),
    ]


def test_whom_the_plan_leaves_out_is_not_convened() -> None:
    world = seated(A, B, route="vae")
    world.give(S, "publish_plan", **plan(world, visits(world, "08 09:00")))
    world.wait_until(CONVENED)
    assert set(session(world).faults) == {B}
    assert session(world).faults[B][0].rule == "planned"
    assert [world.kinds(stream).count("convened") for stream in (A, B)] == [1, 0]


def test_the_visits_of_a_juror_who_withdraws_are_without_a_jury_until_they_are_planned_anew() -> None:
    world = seated(A, B, route="vae")
    world.register |= {"j3": president("j3"), "j4": juror("j4")}
    first, second = visits(world, "08 09:00", "09 14:00")
    second = second.model_copy(update={"jurors": ("j3", "j4")})
    world.give(S, "publish_plan", **plan(world, [first, second]))
    world.wait_until(CONVENED)
    world.give(S, "withdraw_juror", juror="j4")
    assert set(session(world).visits) == {A}
    assert set(session(world).faults) == {B}
    again = second.model_copy(update={"jurors": ("j2", "j3")})
    world.give(S, "publish_plan", **plan(world, [first, again]))
    assert not session(world).faults
    seat = world.pathway(B).seat
    assert seat is not None
    assert seat.jurors == ("j2", "j3")


def test_an_opening_checks_each_candidate_s_own_jury() -> None:
    world = seated(A, B, route="vae")
    world.register |= {"j3": president("j3"), "j4": juror("j4")}
    first, second = visits(world, "08 09:00", "09 14:00")
    second = second.model_copy(update={"jurors": ("j3", "j4")})
    world.give(S, "publish_plan", **plan(world, [first, second]))
    world.wait_until(OPENS)
    # j1 and j2 would do for A alone.
    assert world.refusal(S, "begin", present=["j1", "j2"], jurors=known(world)) == "session.jury_unlawful"
    begin(world, "j1", "j2", "j3", "j4")


def test_a_scheme_without_a_conduct_takes_no_plan() -> None:
    world = seated(A, schemes=scheme)
    fields: dict[str, list[str]] = {"visits": [], "jurors": [], "sites": []}
    assert world.refusal(S, "publish_plan", **fields) == "session.not_conducted"


def test_a_sitting_too_late_for_a_legal_deadline_is_told_when_the_plan_is_published() -> None:
    world = seated(A, route="vae", schemes=hurried)
    world.open_sitting("sitting:s", "cqp-cos", date(2027, 9, 8))
    world.give(S, "publish_plan", **plan(world, visits(world, "08 09:00")))
    (late,) = session(world).endangered
    assert (late.deadline, late.meeting, late.last_day) == ("decision", "sitting:s", date(2027, 7, 15))
    assert "save_deadline" in [task["kind"] for task in aggregate_of(S).view(session(world)).tasks]
