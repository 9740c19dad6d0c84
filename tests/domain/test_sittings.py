"""Sittings: the agenda, decisions one by one and by list, reasons, recommendations, proclamation."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest

from domain.pathway.events import DossierReturned
from domain.sitting.events import DossierDecided
from domain.sitting.state import Sitting
from tests.domain.world import World, scheme, sealed

T = "sitting:s"
A, B, C = "pathway:a", "pathway:b", "pathway:c"
REASON = sealed().model_dump(mode="json")
FOUR = ("GRU", "MDR", "POS", "TD")


def sitting(world: World, stream: str = T) -> Sitting:
    state = world.states[stream]
    assert isinstance(state, Sitting)
    return state


def before_the_sitting(*streams: str, failed: tuple[str, ...] = ()) -> World:
    """Candidates with an opinion; the first one failed ``failed``."""
    world = World()
    for stream in streams:
        world.start(stream, "cqp-cos", person=stream)
    world.convened(*streams)
    for number, stream in enumerate(streams):
        world.advised(stream, failed if number == 0 else ())
    return world


def deliberating(*streams: str, failed: tuple[str, ...] = ()) -> World:
    world = before_the_sitting(*streams, failed=failed)
    world.deliberating(*streams)
    return world


def answers(**changes: bool) -> dict[str, bool]:
    return {**dict.fromkeys(FOUR, True), **changes}


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"held_on": "2027-01-04"}, "sitting.in_the_past"),
        ({"held_on": "2026-01-04"}, "sitting.in_the_past"),
        ({"scheme_id": "clea"}, "scheme.mismatch"),
        ({"held_on": "13 juillet"}, "command.malformed"),
    ],
)
def test_a_sitting_is_set_for_a_day_to_come(changes: dict[str, str], code: str) -> None:
    fields = {"scheme_id": "cqp-cos", "scheme_hash": scheme("cqp-cos").hash, "held_on": "2027-07-13"}
    assert World().refusal(T, "open", **{**fields, **changes}) == code


def test_a_sitting_takes_one_of_the_dates_that_were_published_for_its_year() -> None:
    world = World(now=World().now.replace(year=2022))
    fields = {"scheme_id": "cqp-cos", "scheme_hash": scheme("cqp-cos").hash}
    assert world.refusal(T, "open", held_on="2022-07-14", **fields) == "sitting.outside_calendar"
    world.open_sitting(T, "cqp-cos", date(2022, 7, 13))
    assert world.refusal(T, "open", held_on="2022-07-13", **fields) == "sitting.already_open"


def test_the_agenda_closes_by_itself_before_the_day_and_convenes_the_members() -> None:
    world = before_the_sitting(A)
    world.open_sitting(T, "cqp-cos", date(2027, 7, 13))
    world.give(A, "send_dossier", sitting=T)
    world.wait_until(date(2027, 7, 7))
    assert sitting(world).status == "open"
    world.wait_until(date(2027, 7, 8))
    assert sitting(world).status == "closed"
    assert [notice.params for notice in world.notices if notice.template == "sitting"] == [
        {"dossiers": 1, "held_on": "2027-07-13"}
    ]


def test_a_dossier_that_comes_after_the_agenda_was_closed_is_turned_away_and_can_go_elsewhere() -> None:
    world = before_the_sitting(A)
    world.open_sitting(T, "cqp-cos", date(2027, 7, 13))
    world.give(T, "close_agenda")
    world.give(A, "send_dossier", sitting=T)
    assert world.kinds(T)[-2:] == ["dossier_turned_away", "effect_settled"]
    returned = [record.fact for record in world.records(A) if isinstance(record.fact, DossierReturned)]
    assert [fact.reason for fact in returned] == ["agenda_closed"]
    world.open_sitting("sitting:t", "cqp-cos", date(2027, 11, 9))
    world.give(A, "send_dossier", sitting="sitting:t")
    assert list(sitting(world, "sitting:t").dossiers) == [A]


def test_a_dossier_is_before_one_sitting_at_a_time() -> None:
    world = before_the_sitting(A)
    world.open_sitting(T, "cqp-cos", date(2027, 7, 13))
    world.give(A, "send_dossier", sitting=T)
    assert world.refusal(A, "send_dossier", sitting="sitting:t") == "dossier.already_sent"


def test_a_dossier_sent_to_a_sitting_that_does_not_exist_comes_back() -> None:
    world = before_the_sitting(A)
    world.give(A, "send_dossier", sitting="sitting:nowhere")
    assert world.pathway(A).dossier is None


def test_nothing_is_decided_while_the_agenda_is_open_nor_before_the_day() -> None:
    world = before_the_sitting(A)
    world.open_sitting(T, "cqp-cos", date(2027, 7, 13))
    world.give(A, "send_dossier", sitting=T)
    assert world.refusal(T, "decide_list") == "sitting.agenda_open"
    world.give(T, "close_agenda")
    assert world.refusal(T, "close_agenda") == "sitting.agenda_already_closed"
    assert world.refusal(T, "decide_list") == "sitting.not_yet"
    assert world.refusal(T, "proclaim") == "sitting.not_yet"


def test_only_a_dossier_on_the_agenda_is_decided() -> None:
    world = deliberating(A)
    assert world.refusal(T, "decide_dossier", pathway=B, blocks=answers()) == "dossier.not_on_agenda"
    assert world.refusal(T, "decide_list", pathways=[A, B]) == "dossier.not_on_agenda"
    assert sitting(world).decisions == {}


def test_a_list_follows_the_opinions_of_all_that_are_not_decided() -> None:
    world = deliberating(A, B, failed=("TD",))
    world.give(T, "decide_dossier", pathway=B, blocks=answers())
    world.give(T, "decide_list")
    decided = {pathway: decision.fact for pathway, decision in sitting(world).decisions.items()}
    assert (decided[A].listed, decided[A].blocks) == (True, answers(TD=False))
    assert not decided[B].listed
    assert world.refusal(T, "decide_list") == "decision.nothing_to_decide"


def test_a_dossier_whose_opinion_departs_from_the_computation_cannot_go_by_list() -> None:
    world = World()
    world.start(A, "cqp-cos")
    world.convened(A)
    world.marked(A, failed=("TD",))
    assert world.refusal(A, "give_opinion", juror="j1", blocks=answers()) == "decision.reason_needed"
    world.give(A, "give_opinion", juror="j1", blocks=answers(), reasons=REASON)
    world.deliberating(A)
    assert world.refusal(T, "decide_list") == "decision.not_by_list"
    assert world.refusal(T, "decide_dossier", pathway=A, blocks=answers()) == "decision.reason_needed"
    world.give(T, "decide_dossier", pathway=A, blocks=answers(), reasons=REASON)
    world.give(T, "proclaim")
    assert world.pathway(A).outcome == "certified"


def test_an_opinion_recommends_for_every_block_that_it_does_not_validate() -> None:
    world = World()
    world.start(A, "cqp-cos")
    world.convened(A)
    world.marked(A, failed=("POS", "TD"))
    blocks = answers(POS=False, TD=False)
    give: dict[str, Any] = {"juror": "j1", "blocks": blocks, "recommendations": {"POS": REASON}}
    assert world.refusal(A, "give_opinion", **give) == "decision.recommendation_needed"


def test_a_stricter_decision_needs_a_reason_and_a_recommendation() -> None:
    world = deliberating(A)
    decide: dict[str, Any] = {"pathway": A, "blocks": answers(TD=False)}
    assert world.refusal(T, "decide_dossier", **decide) == "decision.reason_needed"
    assert world.refusal(T, "decide_dossier", **decide, reasons=REASON) == "decision.recommendation_needed"
    world.give(T, "decide_dossier", **decide, reasons=REASON, recommendations={"TD": REASON})
    fact = sitting(world).decisions[A].fact
    assert isinstance(fact, DossierDecided)
    assert fact.differs == ("TD",)


def test_the_three_answers_are_kept_apart() -> None:
    world = deliberating(A, failed=("TD",))
    world.give(T, "decide_dossier", pathway=A, blocks=answers(), reasons=REASON)
    world.give(T, "proclaim")
    state = world.pathway(A)
    assert (state.computed["TD"], state.advised["TD"]) == (False, False)
    assert "TD" in {award.block for award in state.awards}


@pytest.mark.parametrize(("blocks", "code"), [({"GRU": True}, "block.missing"), (answers(GDU=True), "block.unknown")])
def test_a_decision_covers_exactly_the_blocks_of_the_dossier(blocks: dict[str, bool], code: str) -> None:
    assert deliberating(A).refusal(T, "decide_dossier", pathway=A, blocks=blocks) == code


def test_nothing_is_proclaimed_while_a_dossier_is_undecided() -> None:
    world = deliberating(A, B)
    world.give(T, "decide_list", pathways=[A])
    assert world.refusal(T, "proclaim") == "sitting.undecided"
    world.give(T, "postpone_dossier", pathway=B, reason="Pièce manquante")
    world.give(T, "proclaim")
    assert (world.pathway(A).outcome, world.pathway(B).step) == ("certified", "deliberation")
    assert world.pathway(B).dossier is None


def test_a_pathway_hears_of_the_decision_only_when_it_is_proclaimed() -> None:
    world = deliberating(A)
    world.give(T, "decide_list")
    assert "decision_recorded" not in world.kinds(A)
    world.give(T, "proclaim")
    assert "decision_recorded" in world.kinds(A)
    assert world.refusal(T, "proclaim") == "sitting.over"


def test_a_cancelled_sitting_sends_every_dossier_back() -> None:
    world = deliberating(A, B)
    world.give(T, "cancel", reason="Pas de quorum")
    assert [world.pathway(stream).dossier for stream in (A, B)] == [None, None]
    assert world.refusal(T, "decide_list") == "sitting.over"


def test_a_partial_result_closes_where_the_scheme_has_no_support() -> None:
    world = deliberating(A, failed=("TD",))
    world.give(T, "decide_list")
    world.give(T, "proclaim")
    assert (world.pathway(A).status, world.pathway(A).outcome) == ("closed", "partial")


def test_no_block_validated_is_no_validation() -> None:
    world = deliberating(A, failed=FOUR)
    world.give(T, "decide_list")
    world.give(T, "proclaim")
    assert (world.pathway(A).outcome, world.pathway(A).awards) == ("none", [])
    assert set(world.pathway(A).recommendations) == set(FOUR)


def test_candidate_and_employer_are_told_the_result() -> None:
    world = deliberating(A)
    world.give(T, "decide_list")
    world.give(T, "proclaim")
    told = [(notice.audience, notice.params["result"]) for notice in world.notices if notice.template == "result"]
    assert told == [("candidate", "full"), ("employer", "full")]


def test_a_decision_on_someone_who_withdrew_does_not_stop_the_sitting() -> None:
    world = deliberating(A, B)
    world.give(T, "decide_list")
    world.give(A, "withdraw")
    world.give(T, "proclaim")
    assert (world.pathway(A).outcome, world.pathway(B).outcome) == ("withdrawn", "certified")
    assert not sitting(world).owed


def test_a_pathway_that_ends_takes_its_dossier_off_the_agenda() -> None:
    world = deliberating(A, B)
    world.give(A, "withdraw")
    assert set(sitting(world).dossiers) == {B}
    assert world.kinds(T)[-1] == "dossier_withdrawn"
