"""Votes as cases on their own: a table of cases with their legal answer, and laws of tallying."""

from __future__ import annotations

import json
from fractions import Fraction
from pathlib import Path
from typing import Any

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from domain.attendance import Proxy, counting, seats
from domain.deliberation import Tally, Vote, tally
from domain.people import College, MemberFacts
from domain.refusal import Refused
from domain.scheme.conduct import SittingConduct
from interfaces.vote_cases import BadCase, answer, read_cases

TABLE: list[dict[str, Any]] = json.loads((Path(__file__).parents[1] / "domain" / "vote_cases.json").read_text("utf-8"))


@pytest.mark.parametrize("row", TABLE, ids=lambda row: row["why"])
@pytest.mark.parametrize("language", ["fr", "en"])
def test_the_table_of_votes(row: dict[str, Any], language: str) -> None:
    cases, several = read_cases(json.dumps(row["case"]))
    assert not several
    found = answer(cases[0], language)
    assert {name: found.get(name) for name in row["answer"]} == row["answer"]
    if not found["legal"]:
        assert found["sentence"]
        assert found["adopted"] is None
    else:
        assert found["explained"][-1]


def test_without_votes_only_whether_the_jury_may_decide_is_asked() -> None:
    case = {key: value for key, value in TABLE[0]["case"].items() if key != "votes"}
    found = answer(read_cases(json.dumps(case))[0][0])
    assert (found["legal"], found["adopted"], found["quorum"]["counted"]) == (True, None, 6)


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("{", "json"),
        ('{"members": []', "json"),
        ("7", "field"),
        ('{"members": [], "votes": {"e1": "yes"}}', "field"),
        ('{"members": [], "surprise": 1}', "field"),
        ('{"members": [], "votes": {"e1": "for", "e1": "against"}}', "twice"),
        ('{"members": [{"member": "e1", "college": "employers"}, {"member": "e1", "college": "employees"}]}', "twice"),
        ("[" * 100_000, "json"),
    ],
)
def test_what_is_no_case_is_said_to_be_none(text: str, reason: str) -> None:
    with pytest.raises(BadCase) as bad:
        read_cases(text)
    assert bad.value.reason == reason


# --- laws -----------------------------------------------------------------------------------------------------------

VOTES: st.SearchStrategy[Vote] = st.sampled_from(["for", "against", "abstain"])


@st.composite
def votes(draw: st.DrawFn) -> tuple[SittingConduct, list[MemberFacts], list[str], dict[str, Vote], set[str], str]:
    """A jury of two colleges, who is there, how they vote, who is recused, who presides."""
    sizes = draw(st.tuples(st.integers(1, 6), st.integers(1, 6)))
    colleges: tuple[College, College] = ("employers", "employees")
    members = [
        MemberFacts(member=f"{letter}{number}", college=college, standing="titular")
        for letter, college, size in zip("es", colleges, sizes, strict=True)
        for number in range(size)
    ]
    present = [member.member for member in members if draw(st.booleans())]
    recused = {id for id in present if draw(st.integers(0, 5)) == 0}
    said: dict[str, Vote] = {id: draw(VOTES) for id in present if id not in recused}
    rules = SittingConduct(
        vote=draw(st.sampled_from(["overall", "by_college"])),
        parity=draw(st.booleans()),
        casting_vote=draw(st.booleans()),
    )
    return rules, members, present, said, recused, draw(st.sampled_from(present or [""]))


def count(case: Any, **changes: Any) -> Tally:
    """The tally of a case; one that cannot be decided is not what the law speaks of."""
    rules, members, present, said, recused, head = case
    given_seats = seats(rules, members, present)
    fields = {"president": head, "recused": recused, "second": True, **changes}
    said = fields.pop("votes", said)
    try:
        return tally(rules, members, given_seats, said, **fields)
    except Refused as refused:
        assume(refused.refusal.code not in ("quorum.not_met", "vote.none"))
        raise


@settings(max_examples=40, deadline=None)
@given(votes())
def test_every_voice_is_counted_once(case: Any) -> None:
    found = count(case)
    voices = counting(seats(case[0], case[1], case[2]), case[4])
    assert sum(one.voices for one in found.colleges.values()) == len(voices)
    assert all(one.voices == one.in_favour + one.against + one.abstained for one in found.colleges.values())


@settings(max_examples=40, deadline=None)
@given(votes(), st.data())
def test_one_more_vote_for_never_rejects_what_was_adopted(case: Any, data: st.DataObject) -> None:
    before = count(case)
    assume(before.adopted)
    changed = {**case[3], data.draw(st.sampled_from(sorted(case[3]))): "for"}
    assert count(case, votes=changed).adopted


@settings(max_examples=40, deadline=None)
@given(votes())
def test_unanimity_adopts_and_unanimity_rejects(case: Any) -> None:
    assert count(case, votes=dict.fromkeys(case[3], "for")).adopted
    assert not count(case, votes=dict.fromkeys(case[3], "against")).adopted


@settings(max_examples=40, deadline=None)
@given(votes())
def test_the_order_of_the_votes_says_nothing(case: Any) -> None:
    assert count(case) == count(case, votes=dict(reversed(case[3].items())))


@settings(max_examples=40, deadline=None)
@given(votes())
def test_the_president_settles_only_what_is_equal(case: Any) -> None:
    found = count(case)
    if found.casting:
        assert case[0].casting_vote
        assert found.president == case[5]
        assert case[3][case[5]] == found.casting
        assert any(step["step"] == "equal" for step in found.derivation)


@settings(max_examples=40, deadline=None)
@given(votes())
def test_with_parity_both_colleges_weigh_the_same(case: Any) -> None:
    found = count(case)
    step = next(step for step in found.derivation if step["step"] == "parity")
    if "weights" in step:
        weighed = {name: Fraction(step["weights"][name]) * step[name] for name in ("employers", "employees")}
        assert len(set(weighed.values())) == 1
        assert max(Fraction(weight) for weight in step["weights"].values()) == 1


@settings(max_examples=40, deadline=None)
@given(votes(), st.data())
def test_a_recused_member_changes_nothing_by_being_there(case: Any, data: st.DataObject) -> None:
    rules, members, present, said, recused, head = case
    assume(recused and head not in recused)
    here = [id for id in present if id not in recused]
    found, without = count(case), count((rules, members, here, said, set(), head))
    assert (found.adopted, found.casting, found.colleges) == (without.adopted, without.casting, without.colleges)


@settings(max_examples=40, deadline=None)
@given(votes(), st.data())
def test_a_proxy_that_says_nothing_doubles_its_holder(case: Any, data: st.DataObject) -> None:
    rules, members, present, said, recused, head = case
    absent = [member.member for member in members if member.member not in present]
    holders = [id for id in present if id not in recused]
    assume(absent and holders)
    proxy = Proxy(giver=data.draw(st.sampled_from(absent)), holder=data.draw(st.sampled_from(holders)))
    given_seats = seats(rules, members, present, proxies=[proxy])
    told = {**said, proxy.giver: said[proxy.holder]}
    fields = {"president": head, "recused": recused, "second": True}
    assert tally(rules, members, given_seats, said, **fields) == tally(rules, members, given_seats, told, **fields)
