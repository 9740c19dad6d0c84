"""Sittings with a conduct: members convened, attendance, quorum, recusals, votes, lists, second convocation."""

from __future__ import annotations

import json
from datetime import date
from typing import Any

import pytest

from domain.authority import SYSTEM, Actor, Role
from domain.people import MemberFacts, Span
from domain.refusal import Refused
from domain.sitting import convocation
from domain.sitting.events import MembersConvened, VotesCounted
from domain.sitting.minutes import document
from tests.conducted import conducted, with_conduct
from tests.domain.deliberated import (
    ALL,
    DAY,
    JURY,
    REASON,
    T2,
    A,
    B,
    C,
    T,
    attended,
    decide,
    members,
    opened,
    sitting,
    tie,
)
from tests.domain.world import World, sealed


def refused(world: World, kind: str, stream: str = T, **fields: Any) -> str:
    return world.refusal(stream, kind, actor=JURY, **fields)


# --- convening ------------------------------------------------------------------------------------------------------


def test_members_in_office_are_convened_by_name_when_the_agenda_closes_by_itself() -> None:
    gone = MemberFacts(member="s9", college="employees", standing="titular", mandate=Span(until=date(2027, 1, 1)))
    world = opened(A, register=members(gone))
    told = [(notice.audience, notice.to, notice.params["dossiers"]) for notice in world.notices if notice.to]
    assert told == [("member", id, 1) for id in ("e1", "e2", "s1", "s2", "x1")]
    assert "members_convened" in world.kinds(T)


def test_members_are_told_the_agenda_without_names_and_invited_for_the_day() -> None:
    world = opened(A, B)
    [told] = [notice.params for notice in world.notices if notice.to == "e1"]
    answers = {"yes": ["GRU"], "no": ["TD"]}
    entry = {"blocks": ["GRU", "TD"], "computed": answers, "advised": answers, "anew": False}
    assert told["agenda"] == [{"file": "a", **entry}, {"file": "b", **entry}]
    assert (told["more"], told["blocks"]) == (0, ["GRU", "TD"])
    day = {"start": "2027-07-13", "end": "2027-07-14", "place": "Paris"}
    assert told["appointments"] == [{"uid": f"{T}/e1", **day}]
    assert "person-a" not in str(told)


def test_a_long_agenda_is_told_in_part_and_counted_whole() -> None:
    world = opened(*(f"pathway:{number:036}" for number in range(260)))
    [told] = [notice.params for notice in world.notices if notice.to == "e1"]
    assert (told["dossiers"], len(told["agenda"]) + told["more"]) == (260, 260)
    assert 100 < len(told["agenda"]) <= convocation.MOST_LISTED
    assert len(json.dumps(told)) < 40_000


def test_a_second_convocation_tells_the_agenda_of_the_first() -> None:
    world = attended(opened(A, B), "e1")
    told = [notice.params for notice in world.notices if notice.to == "e1"][-1]
    assert (told["second"], told["dossiers"], [entry["file"] for entry in told["agenda"]]) == (True, 2, ["a", "b"])
    assert told["appointments"][0]["uid"] == f"{T2}/e1"


def test_members_are_told_that_a_sitting_is_cancelled_and_their_day_is_free_again() -> None:
    world = opened(A)
    world.give(T, "cancel", reason=REASON)
    told = [notice for notice in world.notices if notice.template == "sitting_cancelled"]
    assert [notice.to for notice in told] == ["e1", "e2", "s1", "s2", "x1"]
    [entry] = told[0].params["appointments"]
    assert (entry["uid"], entry["cancelled"]) == (f"{T}/e1", True)


def test_nobody_is_convened_to_an_empty_agenda() -> None:
    world = opened()
    assert "members_convened" not in world.kinds(T)
    assert [task["kind"] for task in rows(world)] == ["cancel_sitting"]
    world.give(T, "cancel", reason=REASON)
    assert {notice.audience for notice in world.notices} == {"administrator"}


def test_too_few_members_in_office_is_somebodys_task_and_a_refusal_by_hand() -> None:
    world = opened(A, register=members()[:1])
    assert "members_lacking" in world.kinds(T)
    assert [task["kind"] for task in rows(world)] == ["convene_members"]
    only = [members()[0].model_dump(mode="json")]
    assert world.refusal(T, "note_members", members=only) == "sitting.members_lacking"
    world.give(T, "note_members", members=[member.model_dump(mode="json") for member in members()])
    assert [task["kind"] for task in rows(world)] == ["record_attendance"]
    assert len([notice for notice in world.notices if notice.audience == "member"]) == 5


def rows(world: World) -> Any:
    from domain.sitting.aggregate import SITTING

    return SITTING.view(sitting(world)).tasks


def test_convening_again_tells_only_those_who_were_not_told() -> None:
    world = opened(A)
    late = MemberFacts(member="s3", college="employees", standing="titular")
    world.give(T, "note_members", members=[member.model_dump(mode="json") for member in members(late)])
    assert [notice.to for notice in world.notices if notice.to][-1] == "s3"
    assert len([notice for notice in world.notices if notice.to]) == 6


@pytest.mark.parametrize(
    ("last", "presides"), [(None, "employers"), ("employers", "employees"), ("employees", "employers")]
)
def test_the_presidency_alternates_from_one_sitting_to_the_next(last: str | None, presides: str) -> None:
    world = attended(opened(A, last=last))
    assert sitting(world).presides == presides
    attendance = sitting(world).attendance
    assert attendance is not None
    assert attendance.president == {"employers": "e1", "employees": "s1"}[presides]
    other = {"employers": "s1", "employees": "e1"}[presides]
    assert refused(world, "record_attendance", present=["e1", "s1"], president=other) == "presidency.other_college"


def test_a_scheme_without_conduct_knows_no_attendance() -> None:
    world = World()
    world.open_sitting(T, "cqp-cos", DAY)
    assert world.refusal(T, "record_attendance", present=["e1"]) == "sitting.no_conduct"


# --- the day --------------------------------------------------------------------------------------------------------


def test_nothing_is_decided_before_it_is_known_who_is_there() -> None:
    world = opened(A)
    assert refused(world, "decide_list") == "sitting.no_attendance"
    assert refused(world, "decide_dossier", pathway=A, blocks={"GRU": True, "TD": False}, votes=ALL) == (
        "sitting.no_attendance"
    )


def test_attendance_is_recorded_on_the_day_and_of_those_who_were_convened() -> None:
    world = opened(A)
    assert refused(world, "record_attendance", present=["e1"], on=date(2027, 7, 12)) == "sitting.not_yet"
    assert refused(world, "record_attendance", present=["nobody"]) == "attendance.unknown_member"
    assert refused(world, "record_attendance", present=["e1"], remote=["e1"]) == "attendance.twice"
    twice = [{"giver": "e2", "holder": "e1"}, {"giver": "e2", "holder": "s1"}]
    assert refused(world, "record_attendance", present=["e1", "s1"], proxies=twice) == "proxy.twice"


def test_a_list_goes_by_consensus_in_one_fact_and_what_was_called_out_is_voted_on() -> None:
    world = attended(opened(A, B, C))
    world.give(T, "call_out", actor=JURY, pathway=B, member="s1")
    facts = world.give(T, "decide_list", actor=JURY)
    assert [fact.kind for fact in facts] == ["list_decided"]
    assert set(sitting(world).decisions) == {A, C}
    assert refused(world, "decide_list", pathways=[B]) == "decision.called_out"
    assert refused(world, "proclaim") == "sitting.undecided"
    assert decide(world, B, ALL) == ["votes_counted", "dossier_decided"]
    assert refused(world, "decide_dossier", pathway=B, blocks={"GRU": True, "TD": False}, votes=ALL) == "decision.twice"


def test_a_proposal_that_is_voted_down_decides_nothing_and_another_can_be_put() -> None:
    world = attended(opened(A))
    against = {"e1": "for", "e2": "against", "s1": "against", "s2": "against"}
    assert decide(world, A, against) == ["votes_counted"]
    assert sitting(world).decisions == {}
    whole = {"GRU": True, "TD": True}
    assert refused(world, "decide_dossier", pathway=A, blocks=whole, votes=ALL) == "decision.reason_needed"
    assert decide(world, A, ALL, blocks=whole, reasons=REASON) == ["votes_counted", "dossier_decided"]


def test_the_president_settles_equal_votes() -> None:
    world = attended(opened(A))
    assert decide(world, A, {"e1": "for", "e2": "for", "s1": "against", "s2": "against"})[-1] == "dossier_decided"
    assert sitting(world).votes[A].tally.casting == "for"


@pytest.mark.parametrize(
    ("votes", "code"),
    [
        ({}, "vote.none"),
        ({"s2": "for"}, "vote.absent"),
        ({"x1": "for"}, "vote.absent"),
        ({"zz": "for"}, "vote.unknown_member"),
    ],
)
def test_only_those_who_are_there_vote(votes: dict[str, str], code: str) -> None:
    world = attended(opened(A), "e1 e2 s1")
    assert refused(world, "decide_dossier", pathway=A, blocks={"GRU": True, "TD": False}, votes=votes) == code


def test_dissent_is_recorded_sealed_for_those_who_take_part() -> None:
    world = attended(opened(A), "e1 e2 s1")
    fields: dict[str, Any] = {
        "pathway": A,
        "blocks": {"GRU": True, "TD": False},
        "votes": {"e1": "for", "e2": "for", "s1": "against"},
    }
    assert refused(world, "decide_dossier", dissents={"s2": REASON}, **fields) == "vote.no_dissent"
    decide(world, A, fields["votes"], dissents={"s1": REASON})
    assert sitting(world).votes[A].dissents["s1"].ciphertext is None


# --- recusals -------------------------------------------------------------------------------------------------------


def test_a_tie_with_the_candidate_bars_from_that_dossier_alone() -> None:
    world = attended(opened(A, B, ties=[tie("s2", "person-a")]))
    fields: dict[str, Any] = {"blocks": {"GRU": True, "TD": False}, "votes": ALL}
    assert refused(world, "decide_dossier", pathway=A, **fields) == "vote.recused"
    assert decide(world, B, ALL)[-1] == "dossier_decided"
    decide(world, A, {"e1": "for", "e2": "for", "s1": "for"})
    assert sitting(world).decisions[A].by == ("e1", "e2", "s1")
    assert sitting(world).votes[A].recused == ("s2",)


def test_ties_declared_since_the_convocation_come_with_the_attendance() -> None:
    world = attended(opened(A), ties=[tie("s2", "person-a").model_dump(mode="json")])
    assert sitting(world).recused(A) == ("s2",)


def test_whoever_was_on_the_professional_jury_does_not_decide() -> None:
    both = MemberFacts(member="s3", college="employees", standing="titular", juror="j1")
    world = attended(opened(A, register=members(both), excluded=("j1",)), "e1 e2 s1 s3")
    votes = {"e1": "for", "s3": "for"}
    assert refused(world, "decide_dossier", pathway=A, blocks={"GRU": True, "TD": False}, votes=votes) == "vote.recused"


def test_a_member_who_recuses_themselves_is_out_of_that_dossier() -> None:
    world = attended(opened(A, B))
    world.give(T, "recuse", actor=JURY, pathway=A, member="s1", reason=REASON)
    assert world.give(T, "recuse", actor=JURY, pathway=A, member="s1") == []
    assert refused(world, "call_out", pathway=A, member="s1") == "vote.recused"
    assert refused(world, "recuse", pathway=A, member="zz") == "vote.unknown_member"
    world.give(T, "decide_list", actor=JURY)
    assert sitting(world).decisions[A].by == ("e1", "e2", "s2")
    assert sitting(world).decisions[B].by == ("e1", "e2", "s1", "s2")
    assert refused(world, "recuse", pathway=A, member="s2") == "decision.twice"


def test_recusals_can_take_the_quorum_of_one_dossier_away() -> None:
    world = attended(opened(A, B, ties=[tie("s1", "person-a")]), "e1 s1")
    votes = {"e1": "for"}
    assert (
        refused(world, "decide_dossier", pathway=A, blocks={"GRU": True, "TD": False}, votes=votes) == "quorum.not_met"
    )
    assert refused(world, "decide_list") == "quorum.not_met"
    world.give(T, "decide_list", actor=JURY, pathways=[B])
    world.give(T, "postpone_dossier", actor=JURY, pathway=A, reason=REASON)
    world.give(T, "proclaim", actor=JURY)
    assert sitting(world).status == "proclaimed"


# --- quorum and second convocation ----------------------------------------------------------------------------------


def test_without_quorum_the_sitting_ends_and_the_second_convocation_makes_itself() -> None:
    world = attended(opened(A, B), "e1")
    assert sitting(world).status == "adjourned"
    assert refused(world, "decide_list") == "sitting.over"
    second = sitting(world, T2)
    assert (second.held_on, second.status, second.second_of) == (date(2027, 7, 21), "closed", T)
    assert [notice.params["second"] for notice in world.notices if notice.to] == [False] * 5 + [True] * 5


def test_the_second_convocation_needs_no_quorum_and_takes_no_other_dossier() -> None:
    world = attended(opened(A), "e1")
    fields: dict[str, Any] = {"blocks": ["GRU"], "computed": {"GRU": True}, "advised": {"GRU": True}}
    world.give(T2, "receive_dossier", actor=SYSTEM, pathway=C, **fields)
    assert "dossier_turned_away" in world.kinds(T2)
    world.give(T2, "receive_dossier", actor=SYSTEM, pathway=A, **fields)
    world.wait_until(date(2027, 7, 21))
    assert refused(world, "record_attendance", T2, present=[]) == "attendance.nobody"
    attended(world, "e1", T2)
    world.give(T2, "decide_list", actor=JURY)
    world.give(T2, "proclaim", actor=JURY)
    assert sitting(world, T2).decisions[A].by == ("e1",)


def test_dossiers_follow_to_the_second_convocation_as_their_pathways_have_them() -> None:
    world = World(delivering=False)
    scheme = conducted("cqp-cos")
    identity = sealed().model_dump(mode="json")
    known: dict[str, Any] = {"scheme_id": scheme.id, "scheme_hash": scheme.hash}
    world.give(A, "start", person="person", route="training", identity=identity, **known)
    world.to_jury(A)
    world.give(A, "request_seat", session="session:s")
    seat = world.pathway(A).seat
    assert seat is not None
    world.give(A, "note_seat", actor=SYSTEM, session="session:s", request=seat.request, answer="granted")
    window: dict[str, Any] = {"opens": "2027-01-04", "closes": "2027-01-08", "place": "Paris", "jurors": ["j1", "j2"]}
    world.give(A, "note_convocation", actor=SYSTEM, session="session:s", **window)
    jurors = [Actor(id=f"juror:{id}", role=Role.JUROR) for id in ("j1", "j2")]
    for juror in jurors:
        sheet = world.sheet(A)
        world.give(A, "record_marks", actor=juror, juror=juror.id.partition(":")[2], marks=sheet)
    blocks = {block.id: True for block in world.pathway(A).remaining()}
    world.give(A, "give_opinion", actor=jurors[0], juror="j1", blocks=blocks)
    world.give(A, "send_dossier", sitting=T)
    world.give(A, "note_dossier", actor=SYSTEM, sitting=T, accepted=False, reason="no_quorum", forward=T2)
    assert world.kinds(A)[-2:] == ["dossier_returned", "dossier_sent"]
    dossier = world.pathway(A).dossier
    assert dossier is not None
    assert dossier.sitting == T2
    sent = [effect.command for effect in world.pathway(A).owed.values() if effect.target == T2]
    assert [(command["person"], command["excluded"]) for command in sent] == [("person", ["j1", "j2"])]


def test_only_a_second_convocation_makes_itself() -> None:
    scheme = conducted("cqp-cos")
    fields = {"scheme_id": scheme.id, "scheme_hash": scheme.hash, "held_on": DAY.isoformat()}
    assert World().refusal(T, "open", actor=SYSTEM, **fields) == "sitting.second_by_itself"
    assert World().refusal(T, "open", second_of="sitting:s", **fields) == "sitting.second_by_itself"


def test_who_left_since_takes_the_quorum_along() -> None:
    world = attended(opened(A, B))
    world.give(T, "decide_list", actor=JURY, pathways=[A])
    attended(world, "e1")
    assert refused(world, "decide_list") == "quorum.not_met"
    attended(world, "e1 s1")
    world.give(T, "decide_list", actor=JURY)


# --- what the pathways hear -----------------------------------------------------------------------------------------


def test_pathways_are_told_who_decided_and_how_many_voted_but_not_who_voted_what() -> None:
    world = attended(opened(A, B))
    decide(world, A, {"e1": "for", "e2": "for", "s1": "against"})
    world.give(T, "decide_list", actor=JURY)
    world.delivering = False
    world.give(T, "proclaim", actor=JURY)
    told = {effect.target: effect.command for effect in sitting(world).owed.values()}
    assert told[A]["deliberated_by"] == ["e1", "e2", "s1", "s2"]
    assert told[A]["votes"] == {"voices": 4, "in_favour": 2, "against": 1, "abstained": 1, "casting": ""}
    assert (told[B]["votes"], told[B]["algorithmic"]) == (None, True)


def test_reasons_of_what_is_put_off_or_called_off_are_sealed() -> None:
    world = opened(A, B)
    assert refused(world, "postpone_dossier", pathway=A, reason="Malade") == "reason.in_clear"
    world.give(T, "postpone_dossier", actor=JURY, pathway=A, reason=REASON)
    assert world.refusal(T, "cancel", reason="Malade") == "reason.in_clear"
    world.give(T, "cancel", reason=REASON)
    assert {"dossier_put_off", "sitting_called_off"} <= set(world.kinds(T))


def test_a_scheme_may_bar_unequal_colleges() -> None:
    barred = with_conduct("cqp-cos", sitting={"unequal": "refuse"})
    world = attended(opened(A, scheme=barred), "e1 e2 s1")
    assert refused(world, "decide_list") == "parity.unequal"
    attended(world, "e1 s1")
    world.give(T, "decide_list", actor=JURY)


def test_a_vote_keeps_its_derivation() -> None:
    world = attended(opened(A))
    decide(world, A, ALL)
    facts = [record.fact for record in world.records(T) if isinstance(record.fact, VotesCounted)]
    assert [step["step"] for step in facts[0].tally.derivation] == [
        "quorum",
        "parity",
        "college",
        "college",
        "overall",
        "result",
    ]
    assert facts[0].algorithmic


def test_an_answer_to_a_question_that_was_settled_changes_nothing() -> None:
    world = opened(A)
    told = [record.fact for record in world.records(T) if isinstance(record.fact, MembersConvened)]
    fields: dict[str, Any] = {"members": [], "inquiry": told[0].inquiry}
    assert world.give(T, "note_members", actor=SYSTEM, **fields) == []
    with pytest.raises(Refused):
        world.give(T, "note_members", members=[])


# --- the record -----------------------------------------------------------------------------------------------------


def test_the_record_is_signed_once_by_each_who_attended_on_the_document_that_the_log_gives() -> None:
    world = attended(opened(A), "e1 s1 s2")
    state = sitting(world)
    fields: dict[str, Any] = {"member": "s1", "document": document(T, state.scheme_hash, state.minutes)}
    assert refused(world, "sign_minutes", **fields) == "minutes.not_over"
    world.give(T, "decide_list", actor=JURY)
    world.give(T, "proclaim", actor=JURY)
    own = Actor(id="member:s1", role=Role.PARITAIRE)
    assert world.refusal(T, "sign_minutes", actor=own, **fields) == "minutes.other_document"
    fields["document"] = document(T, state.scheme_hash, sitting(world).minutes)
    assert refused(world, "sign_minutes", **fields) == "minutes.not_yours"
    assert refused(world, "sign_minutes", **{**fields, "member": "e2"}) == "minutes.not_there"
    world.give(T, "sign_minutes", actor=own, **fields)
    assert world.refusal(T, "sign_minutes", actor=own, **fields) == "minutes.already_signed"
    assert document(T, state.scheme_hash, sitting(world).minutes) == fields["document"]
