"""The life of a pathway beside its assessment: suspension, expiry, withdrawal, corrections, blocks held for life."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import pytest

from domain.authority import Role
from domain.pathway.events import CandidacyCorrected, CandidacyRegistered, MarksCorrected, PathwayClosed
from tests.domain.world import ROLES, World, scheme, sealed

A, B = "pathway:a", "pathway:b"
REASON = sealed().model_dump(mode="json")


def test_a_suspension_stops_every_clock_and_resumption_adds_its_days() -> None:
    world = World()
    world.start(A, "cqp-cos")
    assert world.deadline(A, "pathway_validity") == date(2032, 1, 4)
    world.wait_until(date(2027, 2, 1))
    world.give(A, "suspend", reason=REASON)
    assert world.deadline(A, "pathway_validity") is None
    world.wait_until(date(2027, 2, 28))
    world.give(A, "resume")
    assert world.deadline(A, "pathway_validity") == date(2032, 1, 4) + timedelta(days=28)


def test_nothing_falls_due_while_a_pathway_is_suspended() -> None:
    world = World()
    world.start(A, "cqp-cos", "vae")
    world.give(A, "file_admissibility", pieces=["livret 1"])
    world.give(A, "suspend", reason=REASON)
    world.wait(days=4000)
    assert world.kinds(A)[-1] == "pathway_suspended"


def test_a_suspended_pathway_only_resumes_gives_its_seat_back_or_is_left() -> None:
    world = World()
    world.start(A, "cqp-cos")
    world.give(A, "suspend", reason=REASON)
    assert world.refusal(A, "record_positioning", body="CFP") == "pathway.suspended"
    assert world.refusal(A, "suspend", reason=REASON) == "pathway.suspended"
    world.give(A, "resume")
    assert world.refusal(A, "resume") == "pathway.not_suspended"
    world.give(A, "suspend", reason=REASON)
    world.give(A, "withdraw")
    assert world.pathway(A).outcome == "withdrawn"


def test_a_decision_proclaimed_while_the_pathway_is_suspended_is_not_lost() -> None:
    world = World()
    world.start(A, "cqp-cos")
    world.convened(A)
    world.advised(A)
    world.deliberating(A)
    world.give(A, "suspend", reason=REASON)
    world.give("sitting:s", "decide_list")
    world.give("sitting:s", "proclaim")
    assert world.pathway(A).outcome == "certified"


def test_a_resumption_cannot_be_dated_before_the_suspension() -> None:
    world = World()
    world.start(A, "cqp-cos")
    world.wait(days=10)
    world.give(A, "suspend", reason=REASON)
    assert world.refusal(A, "resume", on=world.today - timedelta(days=1)) == "date.too_early"


def test_a_pathway_expires_after_the_years_of_its_scheme() -> None:
    world = World()
    world.start(A, "cqp-cos")
    world.wait_until(date(2032, 1, 4))
    assert world.pathway(A).status == "open"
    world.wait_until(date(2032, 1, 5))
    closed = world.records(A)[-2].fact
    assert isinstance(closed, PathwayClosed)
    assert (closed.outcome, closed.basis != "") == ("expired", True)
    assert {notice.template for notice in world.notices} >= {"reminder", "expiry"}


def test_an_expired_pathway_gives_its_place_on_the_waiting_list_back() -> None:
    world = World()
    world.start(A, "clea")
    world.to_jury(A)
    world.wait_until(date(2031, 11, 1))
    world.open_session("session:s", "clea", date(2032, 3, 1), date(2032, 3, 5))
    world.give(A, "request_seat", session="session:s")
    world.wait_until(date(2032, 1, 6))
    assert world.pathway(A).outcome == "expired"
    assert "place_released" in world.kinds("session:s")


def test_the_final_assessment_of_clea_must_come_within_five_years_of_the_preliminary() -> None:
    world = World()
    world.start(A, "clea")
    world.wait(days=100)
    world.give(A, "record_preliminary", body="Évaluateur", marks=world.sheet(A, False))
    assert world.deadline(A, "pathway_validity") == date(2032, 4, 14)


def test_a_closed_pathway_takes_no_further_command() -> None:
    world = World()
    world.start(A, "cqp-cos")
    world.give(A, "withdraw")
    commands: dict[str, dict[str, Any]] = {
        "withdraw": {},
        "suspend": {"reason": REASON},
        "record_positioning": {"body": "CFP"},
    }
    for kind, fields in commands.items():
        assert world.refusal(A, kind, **fields) == "pathway.closed"


def test_a_closed_pathway_still_owes_the_notification_of_its_result() -> None:
    world = World()
    world.start(A, "cqp-cos")
    world.convened(A)
    world.advised(A)
    world.deliberating(A)
    world.give("sitting:s", "decide_list")
    world.delivering = False
    world.give("sitting:s", "proclaim")
    for effect in list(world.states["sitting:s"].owed.values()):
        world.settle("sitting:s", effect)
    state = world.pathway(A)
    assert state.status == "closed"
    assert {effect.template for effect in state.owed.values() if effect.kind == "notice"} == {"result"}
    assert world.deadline(A, "result_notice") == date(2027, 7, 28)
    world.wait(days=20)
    assert world.kinds(A)[-1] == "deadline_missed"
    world.delivering = True
    world.deliver()
    assert "notified" in world.pathway(A).milestones
    assert not world.pathway(A).owed


def test_a_correction_of_the_candidacy_leaves_the_first_event_and_changes_the_state() -> None:
    world = World()
    world.start(A, "cqp-cos", employer="CPAM 1", branch="maladie")
    world.give(A, "correct_candidacy", employer="CPAM 2", reason=REASON)
    facts = [record.fact for record in world.records(A)]
    assert isinstance(facts[0], CandidacyRegistered)
    assert isinstance(facts[1], CandidacyCorrected)
    assert (facts[0].employer, facts[1].employer, facts[1].corrects) == ("CPAM 1", "CPAM 2", 1)
    assert (world.pathway(A).employer, world.pathway(A).branch) == ("CPAM 2", "maladie")


def test_a_second_correction_corrects_the_first() -> None:
    world = World()
    world.start(A, "cqp-cos")
    world.give(A, "correct_candidacy", employer="CPAM 2", reason=REASON)
    world.give(A, "correct_candidacy", identity=REASON, reason=REASON)
    fact = world.records(A)[-1].fact
    assert isinstance(fact, CandidacyCorrected)
    assert (fact.corrects, world.pathway(A).identity_version) == (2, 3)


def test_a_correction_that_changes_nothing_is_refused() -> None:
    world = World()
    world.start(A, "cqp-cos")
    assert world.refusal(A, "correct_candidacy", reason=REASON) == "correction.empty"


def test_a_positioning_is_corrected_and_the_first_stays() -> None:
    world = World()
    world.start(A, "cqp-cos")
    assert world.refusal(A, "correct_positioning", reason=REASON) == "correction.nothing_to_correct"
    world.give(A, "record_positioning", body="CFP", strengths=["GRU.1"], needs=["GRU.2"])
    world.give(A, "correct_positioning", strengths=["GRU.2"], reason=REASON)
    assert world.kinds(A)[-2:] == ["positioning_recorded", "positioning_corrected"]
    assert (world.pathway(A).strengths, world.pathway(A).needs) == (("GRU.2",), ())
    assert world.pathway(A).step == "training"


def test_corrected_marks_count_and_the_proposal_is_computed_anew() -> None:
    world = World()
    world.start(A, "cqp-cos")
    world.convened(A)
    world.marked(A)
    assert world.pathway(A).computed["TD"] is True
    version = world.pathway(A).sheets["j1"].version
    world.give(A, "correct_marks", juror="j1", marks=world.sheet(A, failed=("TD",)), reason=REASON)
    corrected = world.records(A)[-2].fact
    assert isinstance(corrected, MarksCorrected)
    assert corrected.corrects == version
    assert world.pathway(A).computed["TD"] is False
    assert world.kinds(A).count("marks_recorded") == 2


def test_marks_that_were_not_given_cannot_be_corrected() -> None:
    world = World()
    world.start(A, "cqp-cos")
    world.convened(A)
    marks = world.sheet(A)
    assert world.refusal(A, "correct_marks", juror="j1", marks=marks, reason=REASON) == "correction.nothing_to_correct"


def test_marks_cannot_be_corrected_once_an_opinion_rests_on_them() -> None:
    world = World()
    world.start(A, "cqp-cos")
    world.convened(A)
    marks = world.sheet(A)
    world.advised(A)
    assert world.refusal(A, "correct_marks", juror="j1", marks=marks, reason=REASON) == "step.not_current"


def test_a_ccp_of_one_pathway_is_recognised_in_the_others_of_the_same_person() -> None:
    world = World()
    world.start(A, "cqp-cos", person="p")
    world.start(B, "cqp-gc", person="p")
    world.start("pathway:other", "cqp-gc", person="q")
    world.convened(A)
    world.advised(A)
    world.deliberating(A)
    world.give("sitting:s", "decide_list")
    world.give("sitting:s", "proclaim")
    assert [block.id for block in world.pathway(B).remaining()] == ["GDU"]
    assert world.kinds(B).count("block_recognised") == 2
    assert len(world.pathway("pathway:other").remaining()) == 3


def test_a_block_acquired_elsewhere_while_the_dossier_was_on_its_way_is_not_awarded_twice() -> None:
    world = World()
    world.start(A, "cqp-gc")
    world.convened(A, scheme_id="cqp-gc")
    world.advised(A)
    world.deliberating(A, scheme_id="cqp-gc")
    block = {"held_as": scheme("cqp-gc").block_by_id["GRU"].held_as, "since": "2027-07-01"}
    world.give(A, "recognise_block", block=block)
    world.give("sitting:s", "decide_list")
    world.give("sitting:s", "proclaim")
    assert [award.block for award in world.pathway(A).awards] == ["MDR", "GDU", None]


def test_a_jury_with_nothing_left_to_assess_is_passed_over_when_the_seat_is_given_back() -> None:
    world = World()
    held = [{"held_as": scheme("cqp-gc").block_by_id[id].held_as, "since": "2026-01-01"} for id in ("GRU", "MDR")]
    world.start(A, "cqp-gc", held=held)
    world.to_jury(A)
    world.open_session("session:s", "cqp-gc", date(2027, 6, 7), date(2027, 6, 15))
    world.give(A, "request_seat", session="session:s")
    block = {"held_as": scheme("cqp-gc").block_by_id["GDU"].held_as, "since": "2027-01-01"}
    world.give(A, "recognise_block", block=block)
    assert world.pathway(A).step == "jury"
    world.give(A, "give_up_seat")
    assert world.pathway(A).step == "deliberation"


@pytest.mark.parametrize(
    ("block", "code"),
    [
        ({"held_as": "ucanss:GDU", "since": "2026-01-01"}, "block.unknown"),
        ({"held_as": "ucanss:GRU", "since": "2027-06-01"}, "date.in_future"),
    ],
)
def test_only_a_block_of_the_certification_that_is_held_already_is_recognised(block: dict[str, str], code: str) -> None:
    world = World()
    world.start(A, "cqp-cos")
    assert world.refusal(A, "recognise_block", block=block) == code


def test_a_block_is_recognised_once() -> None:
    world = World()
    world.start(A, "cqp-cos")
    block = {"held_as": "ucanss:GRU", "since": "2026-01-01"}
    world.give(A, "recognise_block", block=block)
    assert world.refusal(A, "recognise_block", block=block) == "block.already_held"


def test_a_complete_preliminary_assessment_goes_straight_to_deliberation() -> None:
    world = World()
    world.start(A, "clea")
    world.give(A, "record_preliminary", body="Évaluateur", marks=world.sheet(A))
    assert world.pathway(A).step == "deliberation"
    world.deliberating(A, scheme_id="clea")
    world.give("sitting:s", "decide_list")
    world.give("sitting:s", "proclaim")
    assert world.pathway(A).outcome == "certified"


def test_a_preliminary_assessment_leaves_only_what_is_missing_to_assess() -> None:
    world = World()
    world.start(A, "clea", "free_candidacy")
    world.give(A, "record_preliminary", body="Évaluateur", marks=world.sheet(A, failed=("D3", "D7")))
    assert world.pathway(A).step == "final"
    assert [block.id for block in world.pathway(A).remaining()] == ["D3", "D7"]
    world.convened(A, scheme_id="clea")
    world.advised(A)
    assert set(world.pathway(A).to_decide()) == set(scheme("clea").block_by_id)


@pytest.mark.parametrize(("outcome", "step"), [("ready", "dossier"), ("needs", "training")])
def test_a_positioning_that_decides_opens_one_way_or_the_other(outcome: str, step: str) -> None:
    world = World()
    world.start(A, "cqp-conseiller-retraite")
    assert world.refusal(A, "record_positioning", body="CFP") == "positioning.outcome_needed"
    world.give(A, "record_positioning", body="CFP", outcome=outcome)
    assert world.pathway(A).step == step


def test_a_positioning_that_decides_nothing_takes_no_outcome() -> None:
    world = World()
    world.start(A, "cqp-cos")
    assert world.refusal(A, "record_positioning", body="CFP", outcome="ready") == "positioning.decides_nothing"


def test_support_after_a_partial_result_leads_back_to_the_jury_for_the_remaining_blocks_only() -> None:
    world = World()
    id = "cqp-conseiller-retraite"
    missing = scheme(id).blocks[-1].id
    world.start(A, id)
    world.convened(A, scheme_id=id)
    world.advised(A, failed=(missing,))
    world.deliberating(A, scheme_id=id)
    world.give("sitting:s", "decide_list")
    world.give("sitting:s", "proclaim")
    assert (world.pathway(A).step, world.pathway(A).status) == ("support", "open")
    world.give(A, "complete_support")
    assert (world.pathway(A).step, [block.id for block in world.pathway(A).remaining()]) == ("jury", [missing])
    world.convened(A, scheme_id=id, session="session:t", at=date(2027, 9, 8))
    assert world.pathway(A).seat.blocks == (missing,)  # type: ignore[union-attr]
    world.advised(A)
    world.deliberating(A, scheme_id=id, sitting="sitting:t", at=date(2027, 10, 13))
    world.give("sitting:t", "decide_list")
    world.give("sitting:t", "proclaim")
    assert world.pathway(A).outcome == "certified"


def test_a_training_ends_when_its_modules_are_followed_or_a_reason_is_written() -> None:
    world = World()
    world.start(A, "cqp-cos")
    world.give(A, "record_positioning", body="CFP")
    assert world.refusal(A, "complete_training") == "training.not_planned"
    modules = [{"id": id, "title": id, "hours": 7} for id in ("m1", "m2")]
    plan: dict[str, Any] = {"body": "CFP", "starts": "2027-01-04", "ends": "2027-02-01"}
    assert world.refusal(A, "plan_training", modules=[*modules, modules[0]], **plan) == "module.twice"
    world.give(A, "plan_training", actor=ROLES[Role.TRAINING_BODY], modules=modules, **plan)
    world.give(A, "complete_module", module="m1")
    assert world.refusal(A, "complete_module", module="m1") == "module.already_completed"
    assert world.refusal(A, "complete_module", module="m9") == "module.unknown"
    assert world.refusal(A, "complete_training") == "training.modules_left"
    world.give(A, "complete_training", exempted=REASON)
    assert world.pathway(A).step == "jury"


def test_a_pathway_pins_the_version_of_the_scheme_it_started_under() -> None:
    world = World()
    world.start(A, "cqp-cos")
    assert world.pathway(A).scheme_hash == scheme("cqp-cos").hash
