"""Marks with a conduct: each assessor alone, in secret, then together; the opinion; the PV that the jury signs."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.authority import Actor, Role
from domain.marks import Mark, combine
from domain.pathway import minutes
from domain.pathway.events import JointMarksRecorded, ProposalComputed, SheetGiven
from tests.conducted import with_conduct
from tests.domain.marked import J1, J2, NOTE, A, advised, convened, document, marked, sheet
from tests.domain.world import ADMINISTRATOR, World, sealed

# --- alone ----------------------------------------------------------------------------------------------------------


def test_agreeing_sheets_compute_the_proposal_at_once() -> None:
    world = convened()
    marked(sheet(world), sheet(world), world)
    assert world.kinds(A)[-3:] == ["sheet_given", "sheet_given", "proposal_computed"]


def test_marks_by_somebody_who_is_not_on_that_jury_are_refused() -> None:
    world = convened()
    other = Actor(id="juror:j3", role=Role.JUROR)
    assert world.refusal(A, "record_marks", actor=other, juror="j3", marks=sheet(world)) == "marks.not_on_jury"
    nobody = convened(jurors=())
    assert nobody.refusal(A, "record_marks", actor=J1, juror="j1", marks=sheet(nobody)) == "marks.not_on_jury"


def test_a_juror_gives_their_own_sheet_only_and_the_office_may_enter_one() -> None:
    world = convened()
    fields: dict[str, Any] = {"juror": "j2", "marks": sheet(world)}
    assert world.refusal(A, "record_marks", actor=J1, **fields) == "marks.not_yours"
    nameless = Actor(id="j2", role=Role.JUROR)
    assert world.refusal(A, "record_marks", actor=nameless, **fields) == "marks.not_yours"
    world.give(A, "record_marks", actor=ADMINISTRATOR, **fields)


def test_a_note_is_about_a_criterion_of_the_seat() -> None:
    world = convened()
    fields: dict[str, Any] = {"juror": "j1", "marks": sheet(world)}
    assert world.refusal(A, "record_marks", actor=J1, **fields, notes={"X.1": NOTE}) == "marks.unknown_criteria"
    world.give(A, "record_marks", actor=J1, **fields, notes={"GRU.1.1": NOTE})
    given = world.records(A)[-1].fact
    assert isinstance(given, SheetGiven)
    assert given.notes["GRU.1.1"].ciphertext is None


def test_nobody_joins_once_every_assessor_has_marked() -> None:
    world = convened(jurors=("j1", "j2", "j3"))
    marked(sheet(world), sheet(world), world)
    third = Actor(id="juror:j3", role=Role.JUROR)
    assert world.refusal(A, "record_marks", actor=third, juror="j3", marks=sheet(world)) == "marks.all_in"


def test_a_sheet_is_corrected_while_nobody_has_seen_it_and_never_after() -> None:
    world = convened()
    world.give(A, "record_marks", actor=J1, juror="j1", marks=sheet(world))
    again: dict[str, Any] = {"juror": "j1", "marks": sheet(world, GRU_1_1=False), "reason": NOTE}
    assert world.refusal(A, "correct_marks", actor=J2, **again) == "marks.not_yours"
    world.give(A, "correct_marks", actor=J1, **again)
    assert world.pathway(A).sheets["j1"].marks["GRU.1.1"] is False
    world.give(A, "record_marks", actor=J2, juror="j2", marks=sheet(world))
    assert world.refusal(A, "correct_marks", actor=J1, **again) == "marks.seen"


def test_sheets_are_hidden_until_all_are_in_and_those_of_an_abandoned_jury_for_ever() -> None:
    world = convened()
    world.give(A, "record_marks", actor=J1, juror="j1", marks=sheet(world))
    first = world.pathway(A).version
    assert minutes.hidden(world.records(A), 2) == {first}
    world.give(A, "correct_marks", actor=J1, juror="j1", marks=sheet(world), reason=NOTE)
    assert minutes.hidden(world.records(A), 2) == {first, first + 1}, "a sheet that was replaced counts once"
    left = list(world.records(A))
    world.give(A, "record_marks", actor=J2, juror="j2", marks=sheet(world))
    assert minutes.hidden(world.records(A), 2) == set()
    asked = next(record for record in left if record.fact.kind == "seat_requested")
    after = [*left, asked, *(record for record in world.records(A) if record.version > left[-1].version)]
    assert minutes.hidden(after, 2) == {first, first + 1, first + 2}


# --- together -------------------------------------------------------------------------------------------------------


def test_where_they_differ_nothing_is_computed_before_a_joint_mark() -> None:
    world = convened()
    marked(sheet(world), sheet(world, GRU_1_1=False), world)
    assert world.kinds(A)[-1] == "sheet_given"
    assert [task.kind for task in _todo(world)] == ["record_joint_marks"]
    blocks = {block.id: True for block in world.pathway(A).remaining()}
    assert world.refusal(A, "give_opinion", actor=J1, juror="j1", blocks=blocks) == "opinion.without_marks"
    assert world.refusal(A, "record_joint_marks", actor=J1, juror="j1") == "marks.joint_missing"
    world.give(A, "record_joint_marks", actor=J1, juror="j1", marks={"GRU.1.1": True})
    assert world.kinds(A)[-2:] == ["joint_marks_recorded", "proposal_computed"]
    assert [task.kind for task in _todo(world)] == ["give_opinion"]


def test_a_criterion_that_nobody_observed_is_raised_in_the_interview_or_decided_with_a_reason() -> None:
    world = convened()
    marked(sheet(world, GRU_1_1=None, GRU_1_2=None), sheet(world, GRU_1_1=None, GRU_1_2=None), world)
    fields: dict[str, Any] = {"actor": J1, "juror": "j1"}
    assert world.refusal(A, "record_joint_marks", **fields, marks={"GRU.1.1": True}) == "marks.joint_missing"
    world.give(A, "record_joint_marks", **fields, marks={"GRU.1.1": True}, decided={"GRU.1.2": NOTE})
    joint, proposal = (record.fact for record in world.records(A)[-2:])
    assert isinstance(joint, JointMarksRecorded)
    assert isinstance(proposal, ProposalComputed)
    assert joint.unobserved == ("GRU.1.1", "GRU.1.2")
    competence = proposal.judgement.blocks[0].detail[0]
    assert (competence.met, competence.not_observed) == (competence.criteria - 1, 0)


def test_what_one_assessor_observed_needs_nothing_and_is_not_decided() -> None:
    world = convened()
    marked(sheet(world, GRU_1_1=None), sheet(world, GRU_1_1=False, GRU_1_2=False), world)
    fields: dict[str, Any] = {"actor": J2, "juror": "j2", "marks": {"GRU.1.2": False}}
    assert world.refusal(A, "record_joint_marks", **fields, decided={"GRU.1.1": NOTE}) == "marks.joint_observed"
    both: dict[str, Any] = {"decided": {"GRU.1.2": NOTE}}
    assert world.refusal(A, "record_joint_marks", **fields, **both) == "marks.joint_twice"
    world.give(A, "record_joint_marks", **fields)
    joint = world.records(A)[-2].fact
    assert isinstance(joint, JointMarksRecorded)
    assert (joint.diverging, joint.unobserved) == (("GRU.1.2",), ())


def test_an_agreed_mark_is_changed_together_only_with_a_note() -> None:
    world = convened()
    marked(sheet(world), sheet(world), world)
    fields: dict[str, Any] = {"actor": J1, "juror": "j1", "marks": {"GRU.1.1": False}}
    assert world.refusal(A, "record_joint_marks", **fields) == "marks.joint_reason_needed"
    world.give(A, "record_joint_marks", **fields, notes={"GRU.1.1": NOTE})
    assert world.kinds(A)[-2:] == ["joint_marks_recorded", "proposal_computed"]


def test_joint_marks_wait_for_every_sheet() -> None:
    world = convened()
    world.give(A, "record_marks", actor=J1, juror="j1", marks=sheet(world))
    fields: dict[str, Any] = {"actor": J1, "juror": "j1", "marks": {"GRU.1.1": True}}
    assert world.refusal(A, "record_joint_marks", **fields) == "marks.not_all_in"
    assert world.refusal(A, "record_joint_marks", **{**fields, "juror": "j2"}) == "marks.not_yours"


def test_a_scheme_without_joint_marks_counts_what_was_observed() -> None:
    scheme = with_conduct("cqp-cos", session={"joint_marks": False})
    world = convened(scheme=scheme)
    marked(sheet(world), sheet(world, GRU_1_1=False, GRU_1_2=None), world)
    assert world.kinds(A)[-1] == "proposal_computed"
    fields: dict[str, Any] = {"actor": J1, "juror": "j1", "marks": {"GRU.1.1": True}}
    assert world.refusal(A, "record_joint_marks", **fields) == "marks.no_joint"


def test_a_scheme_without_conduct_has_neither_notes_nor_joint_marks_nor_pv() -> None:
    world = World()
    world.start(A, "cqp-cos")
    world.convened(A)
    fields: dict[str, Any] = {"juror": "j1", "marks": world.sheet(A)}
    assert world.refusal(A, "record_marks", **fields, notes={"GRU.1.1": NOTE}) == "marks.no_notes"
    assert world.refusal(A, "record_joint_marks", juror="j1") == "marks.no_joint"
    assert world.refusal(A, "sign_pv", signatory="j1", document="", composition="") == "pv.not_kept"
    world.marked(A)
    assert world.kinds(A)[-2:] == ["marks_recorded", "proposal_computed"]
    assert world.pathway(A).minutes == ()


MARKS = st.sampled_from([True, False, None])
SHEETS = st.lists(st.fixed_dictionaries({f"C.{number}": MARKS for number in range(5)}), min_size=1, max_size=3).map(
    lambda sheets: {f"j{number}": sheet for number, sheet in enumerate(sheets)}
)


@given(SHEETS)
def test_every_criterion_is_agreed_diverging_or_unobserved(sheets: dict[str, dict[str, Mark]]) -> None:
    left = minutes.open_criteria(sheets)
    agreed = combine(sheets)
    for criterion in agreed:
        seen = {marks[criterion] for marks in sheets.values()} - {None}
        assert (criterion in left.diverging) == (len(seen) == 2)
        assert (criterion in left.unobserved) == (agreed[criterion] is None)
    assert not set(left.diverging) & set(left.unobserved)


# --- the PV ---------------------------------------------------------------------------------------------------------


def test_the_members_of_the_jury_sign_the_document_that_the_log_gives_once_each() -> None:
    world = convened()
    marked(sheet(world), sheet(world), world)
    assert world.refusal(A, "sign_pv", actor=J1, signatory="j1", document="", composition="") == "pv.no_opinion"
    advised(world)
    assert "sign_pv" in [task.kind for task in _todo(world)]
    signed = document(world)
    wrong = {**signed, "document": "0" * 64}
    assert world.refusal(A, "sign_pv", actor=J1, signatory="j1", **wrong) == "pv.other_document"
    assert world.refusal(A, "sign_pv", actor=J1, signatory="j2", **signed) == "marks.not_yours"
    assert world.refusal(A, "sign_pv", signatory="j9", **signed) == "pv.not_on_jury"
    world.give(A, "sign_pv", actor=J1, signatory="j1", **signed)
    assert world.refusal(A, "sign_pv", actor=J1, signatory="j1", **signed) == "pv.already_signed"
    assert document(world) == signed, "a signature changes nothing in what is signed"
    world.give(A, "sign_pv", actor=J2, signatory="j2", **signed)
    assert "sign_pv" not in [task.kind for task in _todo(world)]


@pytest.mark.parametrize(
    "change",
    [
        lambda kept: kept[:-1],
        lambda kept: [*kept[:-1], (kept[-1][0] + 1, kept[-1][1])],
        lambda kept: [(v, f.model_copy(update={"on": date(2027, 1, 3)})) for v, f in kept],
        lambda kept: [
            (v, f.model_copy(update={"notes": {"GRU.1.1": sealed()}}) if isinstance(f, SheetGiven) else f)
            for v, f in kept
        ],
    ],
    ids=["without the opinion", "another version", "another day", "another note"],
)
def test_a_log_that_says_anything_else_gives_another_document(change: Any) -> None:
    world = convened()
    advised(marked(sheet(world), sheet(world), world))
    state = world.pathway(A)
    true = minutes.document(state.stream, state.scheme_hash, state.minutes, "")
    assert minutes.document(state.stream, state.scheme_hash, change(list(state.minutes)), "") != true
    assert minutes.document(state.stream, state.scheme_hash, state.minutes, "other") != true


def _todo(world: World) -> list[Any]:
    from domain.pathway.agenda import todo

    return todo(world.pathway(A))
