"""Who may be a jury: the table of legal cases, and what holds of every composition."""

from __future__ import annotations

from datetime import date
from itertools import permutations
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from domain.jury import Finding, compose, failing
from domain.people import CandidateFacts, JurorFacts, OrganisationFacts, Part, Span, TieFacts
from domain.scheme.model import JuryRule
from interfaces.findings import finding_sentence, rule_title
from interfaces.words import LANGUAGES
from tests.conducted import conducted
from tests.domain.composing import candidate, cases, person, table

DAY = date(2027, 2, 2)
RULES = conducted("cqp-cos").jury.rules


@pytest.mark.parametrize("name", cases())
def test_a_composition_gets_its_legal_answer(name: str) -> None:
    case = cases()[name]
    found = compose(
        case.rules, date.fromisoformat(case.on), case.members, case.candidate, case.ties, present=case.present
    )
    assert {finding.rule: finding.basis for finding in found if not finding.holds} == case.fails
    assert {rule.rule for rule in case.rules} <= {finding.rule for finding in found}
    assert (not failing(found)) == case.met
    for language in LANGUAGES:
        assert all(finding_sentence(finding, language) and rule_title(finding.rule, language) for finding in found)


def test_the_table_breaks_every_rule() -> None:
    broken = {rule for case in cases().values() for rule in case.fails}
    assert len(cases()) >= 40
    assert broken == {*table()["bases"], *table()["clea_bases"]}


def test_without_a_candidate_only_the_jury_itself_is_asked() -> None:
    found = compose(RULES, DAY, [person("anne"), person("marc")], None, [])
    assert [finding.rule for finding in found] == [
        "distinct", "active", "available", "minimum_members", "president_from_certifier", "trained", "gender_balance",
    ]  # fmt: skip


def test_who_was_appointed_to_a_part_sits_in_no_other() -> None:
    both, jeanne = person("both"), person("jeanne")
    wrong = compose(RULES, DAY, [both, jeanne], candidate(), [], parts={"both": "trade_expert"})
    assert {finding.rule for finding in failing(wrong)} == {"president_from_certifier"}
    beyond = compose(RULES, DAY, [person("anne"), person("marc")], candidate(), [], parts={"marc": "president"})
    assert {finding.rule for finding in failing(beyond)} == {"trade_expert_of_branch"}


def test_a_failing_rule_names_who_would_mend_it() -> None:
    found = compose(
        RULES,
        DAY,
        [person("anne"), person("nora")],
        candidate(),
        [],
        pool=[person("marc"), person("karim"), person("luc")],
    )
    assert {finding.rule: finding.mends for finding in found if not finding.holds} == {"not_from_employer": ("marc",)}


@pytest.mark.parametrize(("part", "mends"), [("trade_expert", ("marc",)), ("president", ())])
def test_whose_part_is_decided_mends_nothing_in_another(part: Part, mends: tuple[str, ...]) -> None:
    marc = person("marc").model_copy(update={"parts": ("president", "trade_expert")})
    members = [person("anne"), person("nora")]
    found = compose(RULES, DAY, members, candidate(), [], pool=[marc], parts={"nora": "trade_expert", "marc": part})
    assert [finding.mends for finding in found if finding.rule == "not_from_employer"] == [mends]


def test_the_facts_name_ids_days_and_counts_only() -> None:
    found = compose(RULES, DAY, [person("anne"), person("marc", trained=None)], candidate(), [])
    facts = {finding.rule: finding.facts for finding in found}
    assert facts["trained"] == {"day": "2027-02-02", "untrained": [{"juror": "marc", "since": None, "until": None}]}
    assert facts["outside_training_body"]["share"] == "1/2"
    assert facts["gender_balance"] == {"women": 1, "men": 1, "unknown": 0}


# --- laws -----------------------------------------------------------------------------------------------------------

BODIES = [
    OrganisationFacts(id=id, **facts)
    for id, facts in table()["bodies"].items()
    for facts in [{key: value for key, value in facts.items() if key != "parent"}]
]
KINDS = ("trained", "coached", "manages", "employs", "related")
SPANS = [None, Span(), Span(until=date(2027, 2, 1)), Span(since=DAY)]


@st.composite
def jurors(draw: st.DrawFn, least: int = 0, most: int = 4) -> list[JurorFacts]:
    names = draw(st.lists(st.sampled_from("abcdefgh"), min_size=least, max_size=most, unique=True))
    return [
        JurorFacts(
            juror=name,
            parts=draw(st.sampled_from([(), ("president",), ("trade_expert",), ("president", "trade_expert")])),
            organisation=draw(st.sampled_from(BODIES)),
            gender=draw(st.sampled_from(["F", "M", None])),
            trained=draw(st.sampled_from(SPANS)),
            active=draw(st.booleans()) or draw(st.booleans()),
        )
        for name in names
    ]


@st.composite
def ties(draw: st.DrawFn) -> list[TieFacts]:
    found = draw(st.lists(st.tuples(st.sampled_from("abcdefgh"), st.sampled_from(KINDS)), max_size=2))
    return [TieFacts(who=who, person="gaia", kind=kind, declared_on=DAY, declared_by=who) for who, kind in found]


def verdicts(found: tuple[Finding, ...]) -> dict[str, bool]:
    return {finding.rule: finding.holds for finding in found}


@settings(max_examples=50)
@given(jurors(most=3), ties())
def test_the_order_of_the_members_makes_no_difference(members: list[JurorFacts], tied: list[TieFacts]) -> None:
    answers = [compose(RULES, DAY, list(order), candidate(), tied) for order in permutations(members)]
    assert all(answer == answers[0] for answer in answers)


@settings(max_examples=50)
@given(jurors(), ties(), jurors(least=1, most=3))
def test_a_mend_really_mends_and_breaks_nothing(
    members: list[JurorFacts], tied: list[TieFacts], pool: list[JurorFacts]
) -> None:
    before = compose(RULES, DAY, members, candidate(), tied, pool=pool)
    held = {rule for rule, holds in verdicts(before).items() if holds}
    outside = [one for one in pool if one.juror not in {member.juror for member in members}]
    ways: dict[str, list[set[str]]] = {}
    for one in outside:
        tries = [[*members, one], *([*members[:n], one, *members[n + 1 :]] for n in range(len(members)))]
        after = [verdicts(compose(RULES, DAY, way, candidate(), tied)) for way in tries]
        ways[one.juror] = [{rule for rule, holds in way.items() if holds} for way in after]
    for finding in before:
        really = {name for name, way in ways.items() if any(finding.rule in now and held <= now for now in way)}
        assert set(finding.mends) == (set() if finding.holds else really)


@settings(max_examples=50)
@given(jurors(), ties())
def test_a_free_outsider_breaks_neither_ties_nor_shares(members: list[JurorFacts], tied: list[TieFacts]) -> None:
    free = person("anne", juror="z")
    of_all = [rule.model_copy(update={"params": {}}) if rule.rule == "not_from_employer" else rule for rule in RULES]
    before = verdicts(compose(of_all, DAY, members, candidate(), tied))
    after = verdicts(compose(of_all, DAY, [*members, free], candidate(), tied))
    for rule in ("no_tie", "outside_training_body", "trained", "not_from_employer", "minimum_members"):
        assert after[rule] >= before[rule]


@settings(max_examples=50)
@given(jurors(least=1))
def test_a_tie_keeps_a_member_out_whatever_its_kind(members: list[JurorFacts]) -> None:
    for kind in KINDS:
        tie = TieFacts(who=members[0].juror, person="gaia", kind=kind, declared_on=DAY, declared_by="x")
        assert not verdicts(compose(RULES, DAY, members, candidate(), [tie]))["no_tie"]


@settings(max_examples=50)
@given(jurors(least=1), st.fractions(min_value=0, max_value=1, max_denominator=12).filter(bool))
def test_the_share_is_exact(members: list[JurorFacts], share: Any) -> None:
    rule = JuryRule(rule="outside_training_body", params={"share": f"{share.numerator}/{share.denominator}"}, basis="b")
    outside = sum(member.organisation.id != "institut" for member in members)
    holds = verdicts(compose([rule], DAY, members, candidate(), []))["outside_training_body"]
    assert holds == (outside >= share * len(members))


@settings(max_examples=50)
@given(jurors(), ties(), st.sampled_from(["", "cpam-ain", "ucanss"]))
def test_every_rule_answers_once_for_whoever_is_asked(
    members: list[JurorFacts], tied: list[TieFacts], employer: str
) -> None:
    asked: CandidateFacts = candidate(employer=employer)
    found = compose(RULES, DAY, members, asked, tied)
    assert [finding.rule for finding in found[3:]] == [rule.rule for rule in RULES]
    assert all(Finding.model_validate_json(finding.model_dump_json()) == finding for finding in found)
