"""From criteria to the certificate, at the edges and in general."""

from __future__ import annotations

from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.marks import Mark, certificate, combine, judge, judge_block, judge_competence, reaches
from domain.scheme.model import Block, Competence, Criterion
from schemes.files import bundled

EIGHTY = Fraction(4, 5)


def competence(id: str, criteria: int, threshold: Fraction = EIGHTY) -> Competence:
    found = tuple(Criterion(id=f"{id}.{number}", title="…") for number in range(1, criteria + 1))
    return Competence(id=id, title="…", threshold=threshold, criteria=found)


def block(competences: int, criteria: int = 5) -> Block:
    found = tuple(competence(f"B.{number}", criteria) for number in range(1, competences + 1))
    return Block(id="B", title="…", held_as="B", threshold=EIGHTY, competences=found)


def first_met(of: Competence, met: int) -> dict[str, Mark]:
    return {criterion.id: number < met for number, criterion in enumerate(of.criteria)}


@pytest.mark.parametrize(
    ("met", "criteria", "validated"),
    [
        (4, 5, True),
        (3, 5, False),
        (7, 9, False),
        (8, 9, True),
        (5, 7, False),
        (6, 7, True),
        (8, 10, True),
        (7, 10, False),
    ],
)
def test_a_competence_is_validated_at_exactly_eighty_percent(met: int, criteria: int, validated: bool) -> None:
    one = competence("C", criteria)
    result = judge_competence(one, first_met(one, met))
    assert (result.validated, result.met, result.criteria) == (validated, met, criteria)


@pytest.mark.parametrize(("validated", "expected"), [(4, True), (3, False), (5, True)])
def test_a_block_is_validated_at_exactly_eighty_percent(validated: int, expected: bool) -> None:
    whole = block(5)
    marks: dict[str, Mark] = {}
    for number, one in enumerate(whole.competences):
        marks |= first_met(one, 4 if number < validated else 3)
    result = judge_block(whole, marks)
    assert (result.validated, result.validated_competences, result.competences) == (expected, validated, 5)


def test_a_block_counts_competences_and_not_criteria() -> None:
    whole = block(5)
    marks = {criterion: True for criterion in whole.criteria}
    for one in whole.competences[:2]:
        marks |= {criterion.id: False for criterion in one.criteria[:2]}
    result = judge_block(whole, marks)
    assert sum(marks.values()) * 100 > 80 * len(marks)
    assert not result.validated


def test_a_criterion_that_was_not_observed_counts_as_not_met() -> None:
    one = competence("C", 5)
    marks = first_met(one, 4) | {"C.1": None}
    result = judge_competence(one, marks)
    assert (result.validated, result.met, result.not_observed) == (False, 3, 1)


def test_the_certificate_asks_for_every_block_of_the_scheme() -> None:
    scheme = bundled()["cqp-cos"]
    marks: dict[str, Mark] = dict.fromkeys(scheme.block_of_criterion, True)
    assert certificate(scheme, judge(scheme, marks).validated())
    assert not certificate(scheme, judge(scheme, marks, ["GRU", "MDR", "POS"]).validated())


def test_blocks_are_judged_in_the_order_of_the_scheme() -> None:
    scheme = bundled()["cqp-cos"]
    assert [result.id for result in judge(scheme, {}, ["TD", "GRU"]).blocks] == ["GRU", "TD"]


@given(st.integers(0, 200), st.integers(1, 200), st.integers(1, 50), st.integers(1, 50))
def test_a_threshold_is_reached_exactly_when_the_fraction_is(part: int, whole: int, low: int, high: int) -> None:
    threshold = Fraction(min(low, high), max(low, high))
    assert reaches(part, whole, threshold) == (Fraction(part, whole) >= threshold)


marks_of_five = st.lists(st.sampled_from([True, False, None]), min_size=5, max_size=5)


@given(marks_of_five, st.integers(0, 4))
def test_one_more_criterion_met_never_takes_a_validation_away(marks: list[Mark], index: int) -> None:
    one = competence("C", 5)
    before = dict(zip((criterion.id for criterion in one.criteria), marks, strict=True))
    after = before | {one.criteria[index].id: True}
    assert judge_competence(one, after).validated >= judge_competence(one, before).validated


def test_a_criterion_is_met_when_all_who_observed_it_say_so() -> None:
    combined = combine({"a": {"1": True, "2": True, "3": None}, "b": {"1": None, "2": False, "3": None}})
    assert combined == {"1": True, "2": False, "3": None}


@given(
    st.dictionaries(
        st.sampled_from("abcd"), st.dictionaries(st.sampled_from("123"), st.sampled_from([True, False, None]))
    )
)
def test_the_order_of_the_jurors_does_not_matter(by_juror: dict[str, dict[str, Mark]]) -> None:
    assert combine(by_juror) == combine(dict(reversed(by_juror.items())))
