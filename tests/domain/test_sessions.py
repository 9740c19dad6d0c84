"""Sessions: windows, seats, the waiting list, convocation, presence."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest

from domain.pathway.events import SeatRefused
from domain.session.state import Session
from tests.domain.world import World, scheme, sealed

S = "session:s"
A, B, C = "pathway:a", "pathway:b", "pathway:c"
OPENS, CLOSES = date(2027, 6, 7), date(2027, 6, 15)
FOUR = ("GRU", "MDR", "POS", "TD")


def session(world: World, stream: str = S) -> Session:
    state = world.states[stream]
    assert isinstance(state, Session)
    return state


def crowded(seats: int, *streams: str) -> World:
    """A session with ``seats`` in each block and candidates who asked in order."""
    world = World()
    world.open_session(S, "cqp-cos", OPENS, CLOSES, capacity=dict.fromkeys(FOUR, seats))
    for stream in streams:
        world.start(stream, "cqp-cos", person=stream)
        world.to_jury(stream)
        world.give(stream, "request_seat", session=S)
    return world


def seat_of(world: World, stream: str) -> str | None:
    seat = world.pathway(stream).seat
    return seat.status if seat else None


def reason_of_refusal(world: World, stream: str) -> str:
    facts = [record.fact for record in world.records(stream)]
    return [fact.reason for fact in facts if isinstance(fact, SeatRefused)][-1]


def opening(**changes: Any) -> str:
    fields = {
        "scheme_id": "cqp-cos",
        "scheme_hash": scheme("cqp-cos").hash,
        "opens": "2027-06-07",
        "closes": "2027-06-15",
        "registration_closes": "2027-05-01",
        "place": "Paris",
        "capacity": {"GRU": 2},
    }
    return World().refusal(S, "open", **{**fields, **changes})


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"opens": "2027-06-15", "closes": "2027-06-07"}, "date.reversed"),
        ({"opens": "2026-12-01", "closes": "2026-12-08"}, "session.in_the_past"),
        ({"registration_closes": "2027-06-07"}, "session.registration_date"),
        ({"registration_closes": "2026-12-01"}, "session.registration_date"),
        ({"opens": "2027-07-05", "closes": "2027-07-09"}, "session.outside_calendar"),
        ({"closes": "2027-06-16"}, "session.outside_calendar"),
        ({"capacity": {"GDU": 2}}, "block.unknown"),
        ({"capacity": {"GRU": 0}}, "session.no_capacity"),
        ({"capacity": {}}, "session.no_capacity"),
        ({"modality": "remote"}, "session.remote_not_allowed"),
        ({"place": ""}, "session.place_needed"),
        ({"opens": "2027-02-30"}, "command.malformed"),
        ({"capacity": {"GRU": -1}}, "command.malformed"),
    ],
)
def test_a_session_is_opened_within_the_rules_of_its_scheme(changes: dict[str, Any], code: str) -> None:
    assert opening(**changes) == code


def test_the_published_windows_of_a_year_are_the_only_ones_of_that_year() -> None:
    world = World(now=World().now.replace(year=2022, month=1))
    world.open_session(S, "cqp-cos", date(2022, 4, 1), date(2022, 4, 15))
    window = {"opens": "2022-04-14", "closes": "2022-04-16", "registration_closes": "2022-03-01", "place": "Paris"}
    known = {"scheme_id": "cqp-cos", "scheme_hash": scheme("cqp-cos").hash, "capacity": {"GRU": 1}}
    assert world.refusal("session:t", "open", **window, **known) == "session.outside_calendar"


def test_a_remote_session_needs_no_place_where_the_scheme_allows_it() -> None:
    world = World()
    fields: dict[str, Any] = {"opens": "2027-03-08", "closes": "2027-03-12", "registration_closes": "2027-02-01"}
    known: dict[str, Any] = {"scheme_id": "clea", "scheme_hash": scheme("clea").hash, "capacity": {"D1": 1}}
    world.give(S, "open", **fields, **known, modality="remote")
    assert session(world).modality == "remote"


def test_a_session_is_opened_once() -> None:
    world = crowded(1)
    fields = {"opens": "2027-06-07", "closes": "2027-06-15", "registration_closes": "2027-05-01", "place": "Paris"}
    known = {"scheme_id": "cqp-cos", "scheme_hash": scheme("cqp-cos").hash, "capacity": {"GRU": 1}}
    assert world.refusal(S, "open", **fields, **known) == "session.already_open"


def test_seats_are_given_in_the_order_of_the_requests_and_the_rest_wait_in_order() -> None:
    world = crowded(1, A, B, C)
    assert [seat_of(world, stream) for stream in (A, B, C)] == ["granted", "waiting", "waiting"]
    assert list(session(world).waiting) == [B, C]


def test_a_seat_given_back_goes_to_the_first_who_waits() -> None:
    world = crowded(1, A, B, C)
    world.give(A, "give_up_seat")
    assert [seat_of(world, stream) for stream in (A, B, C)] == [None, "granted", "waiting"]
    assert world.kinds(S).count("place_given") == 2


def test_a_withdrawal_gives_the_seat_back_and_promotes_the_next() -> None:
    world = crowded(1, A, B)
    world.give(A, "withdraw")
    assert world.pathway(A).outcome == "withdrawn"
    assert list(session(world).seated) == [B]
    assert seat_of(world, B) == "granted"


def test_someone_who_leaves_the_waiting_list_lets_the_others_move_up() -> None:
    world = crowded(1, A, B, C)
    world.give(B, "give_up_seat")
    world.give(A, "give_up_seat")
    assert list(session(world).seated) == [C]


def test_capacity_is_counted_for_each_block() -> None:
    world = World()
    world.open_session(S, "cqp-cos", OPENS, CLOSES, capacity={"GRU": 1, "MDR": 1, "POS": 2, "TD": 2})
    for stream, blocks in ((A, ["GRU", "POS"]), (B, ["GRU"]), (C, ["TD", "POS"])):
        world.start(stream, "cqp-cos", person=stream)
        world.to_jury(stream)
        world.give(stream, "request_seat", session=S, blocks=blocks)
    assert [seat_of(world, stream) for stream in (A, B, C)] == ["granted", "waiting", "granted"]
    assert session(world).taken == {"GRU": 1, "POS": 2, "TD": 1}


def test_who_waits_for_a_full_block_does_not_hold_up_a_seat_they_cannot_use() -> None:
    world = World()
    world.open_session(S, "cqp-cos", OPENS, CLOSES, capacity={"GRU": 1, "TD": 1})
    for stream, blocks in ((A, ["GRU", "TD"]), (B, ["GRU", "TD"]), (C, ["TD"])):
        world.start(stream, "cqp-cos", person=stream)
        world.to_jury(stream)
        world.give(stream, "request_seat", session=S, blocks=blocks)
    world.give(A, "give_up_seat")
    assert list(session(world).seated) == [B]
    world.give(B, "give_up_seat")
    assert list(session(world).seated) == [C]


def test_a_session_that_does_not_assess_a_block_refuses_the_seat() -> None:
    world = World()
    world.open_session(S, "cqp-cos", OPENS, CLOSES, capacity={"GRU": 1})
    world.start(A, "cqp-cos")
    world.to_jury(A)
    world.give(A, "request_seat", session=S)
    assert seat_of(world, A) is None
    assert reason_of_refusal(world, A) == "block_not_assessed:MDR,POS,TD"


def test_no_seat_is_given_once_registration_is_closed() -> None:
    world = crowded(5)
    world.give(S, "close_registration")
    world.start(A, "cqp-cos")
    world.to_jury(A)
    world.give(A, "request_seat", session=S)
    assert seat_of(world, A) is None
    assert "seat_refused" in world.kinds(A)
    assert world.refusal(S, "close_registration") == "session.registration_already_closed"


def test_registration_closes_by_itself_at_the_end_of_its_day() -> None:
    world = crowded(5)
    assert session(world).registration_closes == date(2027, 5, 13)
    world.wait_until(date(2027, 5, 13))
    assert session(world).status == "open"
    world.wait_until(date(2027, 5, 14))
    assert session(world).status == "closed"


def test_candidates_are_convened_by_themselves_when_the_day_comes() -> None:
    world = crowded(5, A)
    world.wait_until(date(2027, 5, 22))
    assert seat_of(world, A) == "granted"
    world.wait_until(date(2027, 5, 24))
    assert seat_of(world, A) == "convened"
    assert world.refusal(S, "convene") == "session.already_convened"


def test_convening_early_closes_registration() -> None:
    world = crowded(5, A)
    world.give(S, "convene")
    assert world.kinds(S)[-3:] == ["registration_closed", "candidates_convened", "effect_settled"]


def test_who_is_promoted_after_the_convocation_is_convened_at_once() -> None:
    world = crowded(1, A, B)
    world.give(S, "convene")
    world.give(A, "give_up_seat")
    assert seat_of(world, B) == "convened"


def test_a_juror_who_replaces_another_after_the_convocation_may_mark() -> None:
    world = crowded(5, A)
    world.give(S, "convene")
    world.give(S, "dismiss_juror", juror="j2")
    world.give(S, "appoint_juror", juror="j3", part="trade_expert", organisation="CNAM")
    world.wait_until(date(2027, 6, 8))
    assert world.pathway(A).seat.jurors == ("j1", "j3")  # type: ignore[union-attr]
    world.give(A, "record_marks", juror="j3", marks=world.sheet(A))
    assert world.refusal(A, "record_marks", juror="j2", marks=world.sheet(A)) == "marks.not_on_jury"


def test_a_juror_sits_once_on_a_jury() -> None:
    world = crowded(5)
    again = {"juror": "j1", "part": "president", "organisation": "Ucanss"}
    assert world.refusal(S, "appoint_juror", **again) == "juror.already_appointed"
    assert world.refusal(S, "dismiss_juror", juror="j9") == "juror.unknown"


def test_a_cancelled_session_takes_every_seat_back() -> None:
    world = crowded(1, A, B)
    world.give(S, "cancel", reason="Grève")
    assert [seat_of(world, stream) for stream in (A, B)] == [None, None]
    assert world.refusal(S, "convene") == "session.over"
    world.give(A, "request_seat", session=S)
    assert seat_of(world, A) is None


def test_marks_of_a_cancelled_session_do_not_count_in_the_next() -> None:
    world = crowded(5, A)
    world.wait_until(date(2027, 6, 8))
    world.give(A, "record_marks", juror="j1", marks=world.sheet(A))
    world.give(S, "cancel", reason="Grève")
    world.convened(A, session="session:t", at=date(2027, 10, 5))
    world.give(A, "record_marks", juror="j2", marks=world.sheet(A))
    assert "proposal_computed" not in world.kinds(A)
    world.give(A, "record_marks", juror="j1", marks=world.sheet(A))
    assert "proposal_computed" in world.kinds(A)


def test_a_session_is_not_held_before_it_opens_nor_before_its_convocation() -> None:
    world = crowded(5, A)
    assert world.refusal(S, "hold") == "session.not_convened"
    world.give(S, "convene")
    assert world.refusal(S, "hold") == "date.too_early"


def test_an_excused_absence_frees_the_candidate_for_another_session() -> None:
    world = crowded(5, A)
    world.wait_until(date(2027, 6, 8))
    world.give(S, "hold", absent={A: True})
    assert seat_of(world, A) is None
    assert world.pathway(A).step == "jury"


def test_an_absence_without_excuse_bars_another_session_until_it_is_excused() -> None:
    world = crowded(5, A)
    world.wait_until(date(2027, 6, 8))
    world.give(S, "hold", absent={A: False})
    assert world.refusal(A, "request_seat", session="session:t") == "seat.absence_not_excused"
    assert world.refusal(A, "record_marks", juror="j1", marks=world.sheet(A)) == "marks.absent"
    world.give(A, "excuse_absence", reason=sealed().model_dump(mode="json"))
    world.open_session("session:t", "cqp-cos", date(2027, 10, 4), date(2027, 10, 8))
    world.give(A, "request_seat", session="session:t")
    assert seat_of(world, A) == "granted"


def test_an_absence_is_only_excused_where_there_was_one() -> None:
    world = crowded(5, A)
    assert world.refusal(A, "excuse_absence", reason=sealed().model_dump(mode="json")) == "absence.none"


def test_only_those_who_have_a_seat_can_be_absent() -> None:
    world = crowded(5, A)
    world.wait_until(date(2027, 6, 8))
    assert world.refusal(S, "hold", absent={B: True}) == "session.not_seated"


def test_a_session_is_complete_once_the_opinions_on_all_who_came_are_in() -> None:
    world = crowded(5, A, B, C)
    world.wait_until(date(2027, 6, 8))
    world.give(S, "hold", absent={C: True})
    world.advised(A)
    assert session(world).status == "held"
    world.advised(B)
    assert session(world).status == "completed"


def test_a_session_does_not_wait_for_the_opinion_on_someone_who_withdrew() -> None:
    world = crowded(5, A, B)
    world.wait_until(date(2027, 6, 8))
    world.give(S, "hold")
    world.advised(A)
    world.give(B, "withdraw")
    assert session(world).status == "completed"


def test_a_session_that_nobody_came_to_is_complete() -> None:
    world = crowded(5, A)
    world.wait_until(date(2027, 6, 8))
    world.give(S, "hold", absent={A: True})
    assert session(world).status == "completed"


def test_who_still_waits_when_the_session_is_held_hears_that_it_was_full() -> None:
    world = crowded(1, A, B)
    world.wait_until(date(2027, 6, 8))
    world.give(S, "hold")
    assert seat_of(world, B) is None
    assert reason_of_refusal(world, B) == "session_full"


def test_a_pathway_asks_one_session_at_a_time() -> None:
    world = crowded(1, A, B)
    assert world.refusal(A, "request_seat", session="session:t") == "seat.already_requested"
    assert world.refusal(B, "request_seat", session="session:t") == "seat.already_requested"


def test_a_seat_is_asked_only_for_blocks_that_remain() -> None:
    world = World()
    held = [{"held_as": scheme("cqp-cos").block_by_id["GRU"].held_as, "since": "2026-01-01"}]
    world.start(A, "cqp-cos", held=held)
    world.to_jury(A)
    assert world.refusal(A, "request_seat", session=S, blocks=["GRU"]) == "seat.block_not_remaining"


def test_a_seat_in_a_session_that_does_not_exist_is_lost_again() -> None:
    world = World()
    world.start(A, "cqp-cos")
    world.to_jury(A)
    world.give(A, "request_seat", session="session:nowhere")
    assert seat_of(world, A) is None


def test_no_seat_can_be_given_back_where_there_is_none_or_once_it_was_used() -> None:
    world = crowded(5, A)
    world.wait_until(date(2027, 6, 8))
    world.give(S, "hold")
    assert world.refusal(A, "give_up_seat") == "seat.too_late"
    world.start(B, "cqp-cos", person=B)
    assert world.refusal(B, "give_up_seat") == "seat.none"


def test_an_answer_to_a_request_that_no_longer_stands_gives_the_seat_back() -> None:
    world = crowded(1)
    world.start(A, "cqp-cos")
    world.to_jury(A)
    world.delivering = False
    world.give(A, "request_seat", session=S)
    world.give(A, "give_up_seat")
    world.delivering = True
    world.deliver()
    assert seat_of(world, A) is None
    assert session(world).seated == {}


def test_a_late_answer_to_an_earlier_request_leaves_the_new_seat_alone() -> None:
    world = crowded(1)
    world.start(A, "cqp-cos")
    world.to_jury(A)
    world.delivering = False
    world.give(A, "request_seat", session=S)
    world.give(A, "give_up_seat")
    world.give(A, "request_seat", session=S)
    world.delivering = True
    world.deliver()
    assert seat_of(world, A) == "granted"
    assert list(session(world).seated) == [A]


def test_registration_closes_before_the_day_of_the_convocation() -> None:
    fields: dict[str, Any] = {
        "scheme_id": "cqp-cos",
        "scheme_hash": scheme("cqp-cos").hash,
        "opens": "2027-06-07",
        "closes": "2027-06-15",
        "place": "Paris",
        "capacity": {"GRU": 1},
    }
    late = World().refusal(S, "open", registration_closes="2027-05-23", **fields)
    assert late == "session.registration_after_convocation"
    World().give(S, "open", registration_closes="2027-05-22", **fields)
