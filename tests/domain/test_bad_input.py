"""What the domain answers to bad input: one refusal each, and nothing left behind."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import pytest

from domain.aggregate import Order
from domain.pathway.aggregate import PATHWAY
from domain.refusal import Refusal, Refused
from tests.domain.world import ADMINISTRATOR, World, scheme, sealed

A = "pathway:a"


def convened() -> World:
    world = World()
    world.start(A, "cqp-cos")
    world.convened(A)
    return world


def test_marks_for_an_unknown_criterion_are_refused() -> None:
    world = convened()
    marks = {**world.sheet(A), "GRU.99": True}
    assert world.refusal(A, "record_marks", juror="j1", marks=marks) == "marks.unknown_criteria"


def test_marks_for_a_criterion_of_another_certification_are_refused() -> None:
    world = convened()
    stranger = scheme("cqp-gc").block_by_id["GDU"].criteria[0]
    marks = {**world.sheet(A), stranger: True}
    assert world.refusal(A, "record_marks", juror="j1", marks=marks) == "marks.unknown_criteria"


def test_marks_that_leave_a_criterion_out_are_refused_and_name_it() -> None:
    world = convened()
    marks = world.sheet(A)
    left_out = sorted(marks)[0]
    del marks[left_out]
    with pytest.raises(Refused) as caught:
        world.give(A, "record_marks", juror="j1", marks=marks)
    assert (caught.value.refusal.code, caught.value.refusal.params) == (
        "marks.missing_criteria",
        {"criteria": [left_out]},
    )


def test_a_criterion_that_was_not_observed_is_a_mark() -> None:
    world = convened()
    marks = dict.fromkeys(world.sheet(A))
    world.give(A, "record_marks", juror="j1", marks=marks | {"GRU.1.1": True}, on=None)
    assert world.pathway(A).sheets["j1"].marks["GRU.1.2"] is None


def test_marks_before_the_convocation_are_refused() -> None:
    world = World()
    world.start(A, "cqp-cos")
    world.to_jury(A)
    assert world.refusal(A, "record_marks", juror="j1", marks=world.sheet(A)) == "marks.before_convocation"
    world.open_session("session:s", "cqp-cos", date(2027, 6, 7), date(2027, 6, 15))
    world.give(A, "request_seat", session="session:s")
    assert world.refusal(A, "record_marks", juror="j1", marks=world.sheet(A)) == "marks.before_convocation"


def test_marks_before_the_session_opens_are_refused() -> None:
    world = World()
    world.start(A, "cqp-cos")
    world.convened(A, at=date(2027, 6, 8))
    day = date(2027, 6, 6)
    assert world.refusal(A, "record_marks", juror="j1", marks=world.sheet(A), on=day) == "date.too_early"


def test_marks_by_somebody_who_is_not_on_the_jury_are_refused() -> None:
    world = convened()
    assert world.refusal(A, "record_marks", juror="j9", marks=world.sheet(A)) == "marks.not_on_jury"


def test_a_juror_marks_once() -> None:
    world = convened()
    world.give(A, "record_marks", juror="j1", marks=world.sheet(A))
    assert world.refusal(A, "record_marks", juror="j1", marks=world.sheet(A)) == "marks.already_recorded"


def test_an_opinion_without_marks_is_refused() -> None:
    world = convened()
    blocks = dict.fromkeys(("GRU", "MDR", "POS", "TD"), True)
    assert world.refusal(A, "give_opinion", juror="j1", blocks=blocks) == "opinion.without_marks"


def test_an_opinion_waits_for_the_marks_of_every_assessor() -> None:
    world = convened()
    world.give(A, "record_marks", juror="j1", marks=world.sheet(A))
    blocks = dict.fromkeys(("GRU", "MDR", "POS", "TD"), True)
    assert world.refusal(A, "give_opinion", juror="j1", blocks=blocks) == "opinion.without_marks"


def test_an_opinion_dated_before_the_marks_is_refused() -> None:
    world = convened()
    world.wait(days=1)
    world.marked(A)
    blocks = dict.fromkeys(("GRU", "MDR", "POS", "TD"), True)
    yesterday = world.today - timedelta(days=1)
    assert world.refusal(A, "give_opinion", juror="j1", blocks=blocks, on=yesterday) == "date.too_early"


@pytest.mark.parametrize(
    ("blocks", "code"),
    [({"GRU": True}, "block.missing"), (dict.fromkeys(("GRU", "MDR", "POS", "TD", "GDU"), True), "block.unknown")],
)
def test_an_opinion_covers_exactly_the_blocks_of_the_seat(blocks: dict[str, bool], code: str) -> None:
    world = convened()
    world.marked(A)
    assert world.refusal(A, "give_opinion", juror="j1", blocks=blocks) == code


def test_a_dossier_is_decided_once() -> None:
    world = convened()
    world.advised(A)
    world.deliberating(A)
    world.give("sitting:s", "decide_list")
    all_four = dict.fromkeys(("GRU", "MDR", "POS", "TD"), True)
    assert world.refusal("sitting:s", "decide_dossier", pathway=A, blocks=all_four) == "decision.twice"
    assert world.refusal("sitting:s", "decide_list", pathways=[A]) == "decision.twice"


def test_the_same_command_twice_is_done_once() -> None:
    world = World()
    world.start(A, "cqp-cos", command_id="first")
    again: dict[str, Any] = {
        "person": "person",
        "scheme_id": "cqp-cos",
        "scheme_hash": scheme("cqp-cos").hash,
        "route": "training",
    }
    identity = sealed().model_dump(mode="json")
    assert world.give(A, "start", command_id="first", **again, identity=identity) == []
    assert world.kinds(A) == ["candidacy_registered"]


def test_one_command_id_with_another_content_is_refused() -> None:
    world = World()
    world.start(A, "cqp-cos")
    world.give(A, "record_positioning", command_id="x", body="CFP")
    assert world.refusal(A, "record_positioning", command_id="x", body="GRETA") == "command.reused"


def test_one_command_id_on_another_day_is_another_content() -> None:
    world = World()
    world.start(A, "cqp-cos")
    world.wait(days=2)
    world.give(A, "record_positioning", command_id="x", body="CFP")
    yesterday = world.today - timedelta(days=1)
    assert world.refusal(A, "record_positioning", command_id="x", body="CFP", on=yesterday) == "command.reused"


def test_a_second_candidacy_on_the_same_pathway_is_refused() -> None:
    world = World()
    world.start(A, "cqp-cos")
    with pytest.raises(Refused) as caught:
        world.start(A, "cqp-cos")
    assert caught.value.refusal.code == "pathway.already_started"


@pytest.mark.parametrize(("scheme_id", "route"), [("cqp-cos", "free_candidacy"), ("clea", "vae"), ("cqp-gc", "teapot")])
def test_a_route_that_the_scheme_does_not_have_is_refused(scheme_id: str, route: str) -> None:
    with pytest.raises(Refused) as caught:
        World().start(A, scheme_id, route)
    assert caught.value.refusal.code == "route.not_open"
    assert caught.value.refusal.params["routes"] == [known.id for known in scheme(scheme_id).routes]


def test_a_scheme_id_that_is_not_that_of_the_hash_is_refused() -> None:
    fields = {"person": "person", "scheme_id": "clea", "route": "training", "scheme_hash": scheme("cqp-cos").hash}
    identity = sealed().model_dump(mode="json")
    assert World().refusal(A, "start", **fields, identity=identity) == "scheme.mismatch"


def test_a_date_in_the_future_is_refused() -> None:
    world = World()
    world.start(A, "cqp-cos")
    tomorrow = world.today + timedelta(days=1)
    assert world.refusal(A, "record_positioning", body="CFP", on=tomorrow) == "date.in_future"


@pytest.mark.parametrize("stream", [A, "session:s", "sitting:s"])
def test_a_date_before_the_opening_is_refused(stream: str) -> None:
    world = World()
    world.start(A, "cqp-cos")
    world.open_session("session:s", "cqp-cos", date(2027, 6, 7), date(2027, 6, 15))
    world.open_sitting("sitting:s", "cqp-cos", date(2027, 7, 13))
    kind = {A: "withdraw", "session:s": "close_registration", "sitting:s": "close_agenda"}[stream]
    yesterday = world.today - timedelta(days=1)
    assert world.refusal(stream, kind, on=yesterday) == "date.before_opening"


def test_a_training_that_ends_before_it_starts_is_refused() -> None:
    world = World()
    world.start(A, "cqp-cos")
    world.give(A, "record_positioning", body="CFP")
    modules = [{"id": "m1", "title": "Module", "hours": 7}]
    plan = {"body": "CFP", "modules": modules, "starts": "2027-03-01", "ends": "2027-02-01"}
    assert world.refusal(A, "plan_training", **plan) == "date.reversed"


def test_an_admissibility_decision_dated_before_the_file_is_refused() -> None:
    world = World()
    world.start(A, "cqp-cos", "vae")
    world.wait(days=3)
    world.give(A, "file_admissibility", pieces=["livret 1"])
    yesterday = world.today - timedelta(days=1)
    assert world.refusal(A, "decide_admissibility", admissible=True, on=yesterday) == "date.too_early"


def test_a_date_beyond_the_calendar_of_the_scheme_is_refused() -> None:
    world = World()
    window = {"opens": "2060-06-01", "closes": "2060-06-08", "registration_closes": "2060-05-01", "place": "Paris"}
    known = {"scheme_id": "cqp-cos", "scheme_hash": scheme("cqp-cos").hash}
    assert world.refusal("session:s", "open", **window, **known, capacity={"GRU": 1}) == "calendar.beyond"


def test_a_candidacy_before_the_calendar_of_the_scheme_is_refused() -> None:
    with pytest.raises(Refused) as caught:
        World().start(A, "cqp-cos", on=date(1999, 1, 1))
    assert caught.value.refusal.code == "calendar.beyond"


def test_a_malformed_command_says_where_and_never_what() -> None:
    world = World()
    world.start(A, "cqp-cos")
    with pytest.raises(Refused) as caught:
        world.give(A, "record_positioning", body=["Madame Secrète"])
    assert caught.value.refusal.code == "command.malformed"
    assert caught.value.refusal.params == {"fields": ["record_positioning.body (string_type)"]}


@pytest.mark.parametrize("kind", ["teapot", ""])
def test_an_unknown_command_is_malformed(kind: str) -> None:
    world = World()
    world.start(A, "cqp-cos")
    assert world.refusal(A, kind) == "command.malformed"


def test_a_command_to_a_stream_that_does_not_exist_is_refused() -> None:
    assert World().refusal("pathway:nobody", "withdraw") == "stream.not_open"


def test_a_step_out_of_turn_is_refused() -> None:
    world = World()
    world.start(A, "cqp-cos")
    assert world.refusal(A, "complete_training") == "step.not_current"
    assert world.refusal(A, "file_admissibility", pieces=["livret 1"]) == "step.not_current"


def test_a_competence_cannot_be_a_strength_and_a_need() -> None:
    world = World()
    world.start(A, "cqp-cos")
    both = {"strengths": ["GRU.1"], "needs": ["GRU.1", "GRU.2"]}
    assert world.refusal(A, "record_positioning", body="CFP", **both) == "positioning.strength_and_need"
    unknown = {"strengths": ["GRU.77"]}
    assert world.refusal(A, "record_positioning", body="CFP", **unknown) == "competence.unknown"


def test_an_order_thought_of_on_another_version_is_refused() -> None:
    world = World()
    world.start(A, "cqp-cos")
    order = Order(command_id="c", digest="d", actor=ADMINISTRATOR, expects=7, command={"kind": "withdraw"})
    answer = PATHWAY.consider(world.pathway(A), order, world.now)
    assert isinstance(answer, Refusal)
    assert (answer.code, answer.params) == ("command.stale", {"expected": 7, "version": 1})
    fresh = order.model_copy(update={"expects": 1})
    assert not isinstance(PATHWAY.consider(world.pathway(A), fresh, world.now), Refusal)
