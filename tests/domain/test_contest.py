"""A decision is contested in time, answered, deliberated anew by others; an unlawful award is withdrawn in time."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from domain import calendar
from domain.authority import SYSTEM
from domain.pathway import agenda
from domain.pathway.contest import decide as contesting
from domain.pathway.contest import events as e
from domain.pathway.events import BlockAwarded
from domain.pathway.view import view as pathway_view
from domain.refusal import Refused
from domain.scheme import library
from domain.scheme.model import Scheme
from domain.verifying.histories import award_faults
from tests.conducted import CONTESTATION, conducted, with_conduct
from tests.domain.decided import (
    CANDIDATE,
    MEMBERS,
    OTHERS,
    TEXT,
    A,
    T,
    U,
    admitted,
    assess,
    before_the_sitting,
    begin,
    contested,
    decide,
    decided,
)
from tests.domain.world import World

DAY = timedelta(days=1)


def contest(world: World, **fields: Any) -> list[Any]:
    return world.give(A, "contest", actor=CANDIDATE, **{"ground": "merit", "reason": TEXT, **fields})


def last(world: World, kind: type) -> Any:
    return next(record.fact for record in reversed(world.records(A)) if isinstance(record.fact, kind))


# --- contesting -----------------------------------------------------------------------------------------------------


def test_what_was_refused_is_contested_with_what_it_rested_on_frozen() -> None:
    world = decided()
    first = world.pathway(A).decided
    assert first is not None
    [fact] = contest(world)
    assert (fact.decision, fact.blocks, fact.ground) == (first.version, ("TD",), "merit")
    assert fact.evidence.version == first.version
    assert fact.until == calendar.add(world.pathway(A).scheme.calendar, world.today, 2, "mois").due
    assert [task.kind for task in todo(world)][-1] == "decide_contest_admissibility"


def todo(world: World) -> list[Any]:
    return agenda.todo(world.pathway(A))


def test_the_evidence_stays_the_same_whatever_happens_later() -> None:
    world = contested()
    frozen = last(world, e.DecisionContested).evidence
    world.give(A, "correct_candidacy", branch="famille", reason=TEXT)
    world.give(A, "decide_contest_admissibility", admissible=True)
    assert contesting.evidence(world.pathway(A), frozen.version) == frozen
    assert contesting.evidence(world.pathway(A), frozen.version - 9) != frozen


def test_on_its_last_day_a_contestation_is_in_time_and_the_day_after_it_is_inadmissible_without_anyone_deciding() -> (
    None
):
    world = decided()
    until = contesting.last_day(world.pathway(A), world.pathway(A).scheme.conduct.contestation)  # type: ignore
    assert until is not None
    world.wait_until(until)
    assert len(contest(world)) == 1
    late = decided()
    late.wait_until(until + DAY)
    filed, answered = contest(late)
    assert (filed.until, answered.admissible, answered.late) == (until, False, True)
    assert late.pathway(A).contest.status == "inadmissible"  # type: ignore[union-attr]


def test_as_long_as_a_decision_is_not_notified_the_time_for_contesting_it_does_not_run() -> None:
    world = before_the_sitting()
    decide_silently(world)
    world.now += timedelta(days=400)
    [fact] = contest(world)
    assert fact.until is None


def decide_silently(world: World) -> None:
    blocks = dict(world.pathway(A).advised)
    said = {"blocks": blocks, "recommendations": {"TD": TEXT}, "deliberated_by": list(MEMBERS)}
    world.give(A, "note_decision", actor=SYSTEM, sitting=T, **said)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("fields", "code"),
    [({"blocks": ["GRU"]}, "contest.blocks"), ({"blocks": ["XYZ"]}, "contest.blocks")],
)
def test_only_what_was_refused_can_be_contested(fields: dict[str, Any], code: str) -> None:
    assert decided().refusal(A, "contest", ground="merit", reason=TEXT, **fields) == code


def test_what_cannot_be_contested() -> None:
    asked = {"ground": "merit", "reason": TEXT}
    assert before_the_sitting().refusal(A, "contest", **asked) == "contest.nothing_decided"
    assert decided(failed=()).refusal(A, "contest", **asked) == "contest.nothing_refused"
    assert contested().refusal(A, "contest", **asked) == "contest.under_way"
    procedure = with_conduct("cqp-cos", contestation={**CONTESTATION, "grounds": ["procedure"]})
    assert decided(scheme=procedure).refusal(A, "contest", **asked) == "contest.ground"
    without = with_conduct("cqp-cos")
    assert decided(scheme=without).refusal(A, "contest", **asked) == "contest.not_provided"


def test_that_it_is_inadmissible_needs_a_reason_and_leaves_the_decision() -> None:
    world = contested()
    assert world.refusal(A, "decide_contest_admissibility", admissible=False) == "contest.reason_needed"
    world.give(A, "decide_contest_admissibility", admissible=False, reason=TEXT)
    assert world.refusal(A, "redeliberate", sitting=U) == "contest.none_pending"
    assert "TD" not in world.pathway(A).held_blocks()


def test_the_answer_and_the_new_decision_have_their_own_clocks() -> None:
    world = contested()
    due = calendar.add(world.pathway(A).scheme.calendar, world.today, 2, "mois").due
    assert world.deadline(A, "contest_admissibility") == due
    world.give(A, "decide_contest_admissibility", admissible=True)
    assert world.deadline(A, "contest_decision") == due
    world.wait(days=90)
    assert "deadline_missed" in world.kinds(A)


# --- deliberating anew ----------------------------------------------------------------------------------------------


def test_the_contested_decision_goes_elsewhere_as_it_was_and_without_those_who_took_it() -> None:
    world = admitted()
    assert world.refusal(A, "redeliberate", sitting=T) == "contest.same_sitting"
    [sent] = world.give(A, "redeliberate", sitting=U)
    first = world.pathway(A).contest.decided  # type: ignore[union-attr]
    assert isinstance(sent, e.ContestSent)
    assert (sent.blocks, sent.advised) == (("TD",), {"TD": False})
    assert sent.excluded == ("j1", "j2", *MEMBERS)
    assert sent.computed == {"TD": first.computed["TD"]}
    [effect] = [effect for effect in world.pathway(A).owed.values() if effect.id.endswith("contest_dossier")]
    assert (effect.target, effect.command["excluded"], effect.command["anew"]) == (U, list(sent.excluded), True)


def test_a_block_validated_anew_is_awarded_and_the_first_decision_stays_told() -> None:
    world = admitted()
    world.give(A, "redeliberate", sitting=U)
    decide(world, sitting=U, members=OTHERS, TD=True)
    assert world.kinds(A).count("decision_recorded") == 1
    assert last(world, e.ContestDecided).changed == ("TD",)
    state = world.pathway(A)
    assert state.certified
    assert (state.status, state.outcome) == ("closed", "certified")
    assert {award.block for award in state.awards} == {"GRU", "MDR", "POS", "TD", None}


def test_a_decision_that_is_confirmed_awards_nothing() -> None:
    world = admitted()
    awards = len(world.pathway(A).awards)
    world.give(A, "redeliberate", sitting=U)
    decide(world, sitting=U, members=OTHERS)
    assert len(world.pathway(A).awards) == awards
    assert last(world, e.ContestDecided).changed == ()
    assert world.refusal(A, "contest", ground="merit", reason=TEXT) == "contest.already_decided"


def test_a_decision_by_one_of_those_who_took_the_first_is_none_and_goes_to_another_sitting() -> None:
    world = admitted()
    world.give(A, "redeliberate", sitting=U)
    decide(world, sitting=U, members=("m2", "m3"), TD=True)
    assert last(world, e.ContestReturned).reason == "same_members"
    assert "TD" not in world.pathway(A).held_blocks()
    world.give(A, "redeliberate", sitting="sitting:v")


def test_a_sitting_that_hands_the_dossier_back_or_refuses_it_leaves_it_to_be_sent() -> None:
    world = admitted()
    world.give(A, "redeliberate", sitting=U)
    world.give(A, "note_dossier", actor=SYSTEM, sitting=U, accepted=False, reason="agenda_closed")
    world.give(A, "redeliberate", sitting="sitting:v")
    [effect] = [effect for effect in world.pathway(A).owed.values() if effect.id.endswith("/contest_dossier")][1:]
    world.settle(A, effect)  # nobody ever opened that sitting
    world.give(A, "redeliberate", sitting="sitting:w")


def test_meanwhile_the_candidate_may_go_on_and_no_block_is_awarded_twice() -> None:
    world = admitted(scheme=again())
    world.give(A, "redeliberate", sitting=U)
    assess(world, failed=())
    world.give(A, "send_dossier", sitting="sitting:v")
    decide(world, sitting="sitting:v")
    assert world.pathway(A).certified
    decide(world, sitting=U, members=OTHERS, TD=True)
    given = [record.fact.block for record in world.records(A) if isinstance(record.fact, BlockAwarded)]
    assert sorted(given) == sorted(set(given))


def again() -> Scheme:
    """A certification whose candidates come before the jury again after a partial result."""
    plain = conducted("cqp-cos").model_dump(mode="json", exclude_defaults=True)
    for route in plain["routes"]:
        jury = next(step["id"] for step in route["steps"] if step["kind"] == "jury")
        [deliberation] = [step for step in route["steps"] if step["kind"] == "deliberation"]
        deliberation["next"] = {"full": "end", "partial": jury, "none": jury}
    scheme = Scheme.model_validate(plain)
    library.learn(scheme)
    return scheme


def test_a_closed_pathway_is_contested_too() -> None:
    world = decided()
    assert world.pathway(A).status == "closed"
    contest(world)
    assert [task.kind for task in todo(world)] == ["decide_contest_admissibility"]
    assert world.deadline(A, "contest_admissibility") is not None
    world.give(A, "decide_contest_admissibility", admissible=True)
    world.give(A, "redeliberate", sitting=U)
    decide(world, sitting=U, members=OTHERS, TD=True)
    assert (world.pathway(A).status, world.pathway(A).outcome) == ("closed", "certified")
    world.give(A, "erase_subject")
    assert world.refusal(A, "contest", ground="merit", reason=TEXT) == "contest.erased"


def test_whoever_is_erased_leaves_no_contestation_behind() -> None:
    world = admitted()
    world.give(A, "redeliberate", sitting=U)
    world.give(A, "erase_subject")
    assert todo(world) == []
    assert agenda.due(world.pathway(A)) == []
    [effect] = [item for item in world.pathway(A).owed.values() if item.command.get("kind") == "withdraw_dossier"]
    assert effect.target == U


# --- withdrawing ----------------------------------------------------------------------------------------------------


def withdraw(world: World, block: str = "POS", **fields: Any) -> list[Any]:
    return world.give(A, "withdraw_award", block=block, reason=TEXT, basis="Code du travail, art. D. 6412-6", **fields)


def test_with_an_unlawful_block_goes_the_certification_and_both_stay_told() -> None:
    world = decided(failed=())
    assert world.pathway(A).certified
    withdraw(world)
    state = world.pathway(A)
    assert (state.certified, state.outcome) == (False, "partial")
    assert "POS" not in state.held_blocks()
    assert len(state.awards) == 5
    withdrawn = [award.block for award in state.awards if award.withdrawn_on is not None]
    assert withdrawn == ["POS", None]
    share = [effect for effect in state.owed.values() if effect.kind == "share"][-1]
    assert share.params == {"withdrawn": [state.scheme.block_by_id["POS"].held_as]}
    assert world.refusal(A, "withdraw_award", block="POS", reason=TEXT, basis="x") == "award.none"


def test_the_certification_alone_can_be_withdrawn_and_the_blocks_stay() -> None:
    world = decided(failed=())
    withdraw(world, block="")
    assert (world.pathway(A).certified, world.pathway(A).outcome) == (False, "partial")
    assert world.pathway(A).holds_all()


def test_an_award_is_withdrawn_on_the_last_day_of_the_fourth_month_and_never_after() -> None:
    world = decided()
    awarded = world.today
    until = calendar.add(world.pathway(A).scheme.calendar, awarded, 4, "mois").due
    assert until is not None
    world.wait_until(until + DAY)
    assert world.refusal(A, "withdraw_award", block="POS", reason=TEXT, basis="x") == "award.too_late"
    assert world.refusal(A, "withdraw_award", block="POS", reason=TEXT, basis="x", on=awarded) == "award.too_late"
    other = decided()
    other.wait_until(until)
    [fact] = withdraw(other)
    assert (fact.until, fact.awarded_on) == (until, awarded)


def test_a_withdrawal_says_which_text_was_broken_and_what_was_awarded() -> None:
    world = decided()
    assert world.refusal(A, "withdraw_award", block="POS", reason=TEXT, basis=" ") == "award.basis_needed"
    assert world.refusal(A, "withdraw_award", block="TD", reason=TEXT, basis="x") == "award.none"
    assert world.refusal(A, "withdraw_award", block="", reason=TEXT, basis="x") == "award.none"


def test_a_block_that_was_withdrawn_is_assessed_again() -> None:
    world = decided()
    withdraw(world)
    assert {block.id for block in world.pathway(A).remaining()} == {"POS", "TD"}


def test_the_other_pathways_of_the_person_hear_of_it_and_a_certification_that_rests_on_it_is_looked_at() -> None:
    world = decided()
    held_as = world.pathway(A).scheme.block_by_id["GRU"].held_as
    other = conducted("cqp-gc")
    held = [{"held_as": held_as, "since": world.today.isoformat(), "pathway": A}]
    begin(world, "pathway:b", other, held=held)
    withdraw(world, block="GRU")
    share = [effect for effect in world.pathway(A).owed.values() if effect.kind == "share"][-1]
    world.settle(A, share)
    assert "GRU" not in world.pathway("pathway:b").held_blocks()
    assert world.kinds("pathway:b")[-1] == "block_no_longer_held"
    told = {"held_as": held_as, "pathway": A}
    assert world.give("pathway:b", "note_withdrawal", actor=SYSTEM, **told) == []  # type: ignore[arg-type]


@settings(max_examples=25, deadline=None)
@given(st.integers(0, 200), st.integers(0, 200), st.booleans())
def test_whenever_it_is_tried_no_withdrawal_takes_place_outside_the_four_months(
    wait: int, back: int, whole: bool
) -> None:
    world = decided(failed=() if whole else ("TD",))
    until = calendar.add(world.pathway(A).scheme.calendar, world.today, 4, "mois").due
    assert until is not None
    awarded = world.today
    world.now += timedelta(days=wait)
    on = world.today - timedelta(days=back)
    try:
        facts = withdraw(world, on=on)
    except Refused:
        assert world.today > until or on < awarded
    else:
        assert world.today <= until
        assert all(fact.until == until for fact in facts)
    rows = [{**award, "stream_id": A} for award in view(world)]
    assert list(award_faults(world.pathway(A), rows)) == []


def view(world: World) -> Any:
    return pathway_view(world.pathway(A)).awards
