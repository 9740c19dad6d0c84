"""The whole road, rule by rule, on the four bundled certifications."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest

from tests.domain.world import World, scheme, sealed


def certified_road(world: World, stream: str, scheme_id: str, failed: tuple[str, ...] = ()) -> None:
    world.to_jury(stream)
    world.open_session("session:s", scheme_id, date(2027, 6, 7), date(2027, 6, 15))
    world.give(stream, "request_seat", session="session:s")
    world.wait_until(date(2027, 6, 8))
    world.advised(stream, failed)
    world.give("session:s", "hold")
    world.open_sitting("sitting:s", scheme_id, date(2027, 7, 13))
    world.give(stream, "send_dossier", sitting="sitting:s")
    world.wait_until(date(2027, 7, 13))
    world.give("sitting:s", "decide_list")
    world.give("sitting:s", "proclaim")


@pytest.mark.parametrize(
    ("scheme_id", "route"),
    [(id, route.id) for id in ("cqp-cos", "cqp-gc", "cqp-conseiller-retraite", "clea") for route in scheme(id).routes],
)
def test_a_candidate_goes_from_candidacy_to_certificate(scheme_id: str, route: str) -> None:
    world = World()
    world.start("pathway:a", scheme_id, route)
    certified_road(world, "pathway:a", scheme_id)
    state = world.pathway("pathway:a")
    assert (state.status, state.outcome) == ("closed", "certified")
    assert {award.block for award in state.awards} == {None, *scheme(scheme_id).block_by_id}
    assert "notified" in state.milestones
    assert not state.owed


def test_a_partial_validation_awards_a_block_each_and_recommends_for_the_rest() -> None:
    world = World()
    world.start("pathway:a", "cqp-cos")
    certified_road(world, "pathway:a", "cqp-cos", failed=("TD",))
    state = world.pathway("pathway:a")
    assert state.outcome == "partial"
    assert [award.block for award in state.awards] == ["GRU", "MDR", "POS"]
    assert set(state.recommendations) == {"TD"}


def test_a_block_held_from_elsewhere_counts_and_is_not_assessed_again() -> None:
    world = World()
    held = [{"held_as": scheme("cqp-gc").block_by_id[id].held_as, "since": "2026-01-01"} for id in ("GRU", "MDR")]
    state = world.start("pathway:a", "cqp-gc", held=held)
    assert [block.id for block in state.remaining()] == ["GDU"]
    certified_road(world, "pathway:a", "cqp-gc")
    state = world.pathway("pathway:a")
    assert state.outcome == "certified"
    assert [award.block for award in state.awards] == ["GDU", None]


def test_silence_on_a_complete_file_means_acceptance() -> None:
    world = World()
    world.start("pathway:a", "cqp-cos", "vae")
    while world.pathway("pathway:a").current.kind != "admissibility":  # type: ignore[union-attr]
        world.give("pathway:a", "record_positioning", body="CFP")
    world.give("pathway:a", "file_admissibility", pieces=["livret 1"])
    world.wait(days=70)
    kinds = world.kinds("pathway:a")
    assert "admissibility_decided" in kinds
    assert any(getattr(record.fact, "silence", False) for record in world.records("pathway:a"))


def test_a_decision_that_differs_needs_a_written_reason() -> None:
    world = World()
    world.start("pathway:a", "cqp-cos")
    world.to_jury("pathway:a")
    world.open_session("session:s", "cqp-cos", date(2027, 6, 7), date(2027, 6, 15))
    world.give("pathway:a", "request_seat", session="session:s")
    world.wait_until(date(2027, 6, 8))
    world.advised("pathway:a", failed=("TD",))
    world.open_sitting("sitting:s", "cqp-cos", date(2027, 7, 13))
    world.give("pathway:a", "send_dossier", sitting="sitting:s")
    world.wait_until(date(2027, 7, 13))
    all_four = {"GRU": True, "MDR": True, "POS": True, "TD": True}
    decide: dict[str, Any] = {"pathway": "pathway:a", "blocks": all_four}
    assert world.refusal("sitting:s", "decide_dossier", **decide) == "decision.reason_needed"
    world.give("sitting:s", "decide_dossier", **decide, reasons=sealed().model_dump(mode="json"))
    world.give("sitting:s", "proclaim")
    assert world.pathway("pathway:a").outcome == "certified"
