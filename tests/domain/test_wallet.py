"""The wallet: blocks that count across pathways, through crosswalks, for life or until a day."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain import wallet
from domain.authority import SYSTEM
from domain.held import HeldBlock
from domain.pathway import events as e
from domain.scheme.model import Scheme
from domain.verifying import histories
from domain.wallet import Holding
from tests.by_hand import by_hand
from tests.certified import BASIS, crosswalk, renamed, with_certificates
from tests.domain.decided import TEXT, assess, decide
from tests.domain.world import World

COS, GC = "pathway:cos", "pathway:gc"
GRU = "ucanss:GRU"
DAY = date(2027, 1, 4)


def begin(world: World, stream: str, scheme: Scheme, **fields: Any) -> None:
    named = {"scheme_id": scheme.id, "scheme_hash": scheme.hash, "route": "training", "identity": TEXT}
    world.give(stream, "start", **{"person": "person", **named, **fields})


def certify(world: World, stream: str, sitting: str, **refused: bool) -> None:
    """From wherever the pathway stands to the decision of ``sitting``."""
    world.delivering = False
    world.to_jury(stream)
    failed = tuple(refused)
    assess(world, failed, stream)
    world.give(stream, "send_dossier", sitting=sitting)
    world.give(stream, "note_dossier", actor=SYSTEM, sitting=sitting, accepted=True)
    decide(world, stream, sitting)
    share(world, stream)


def share(world: World, stream: str) -> None:
    for effect in list(world.states[stream].owed.values()):
        if effect.kind == "share":
            world.settle(stream, effect)


def recognised(world: World, stream: str) -> list[e.BlockRecognised]:
    return [record.fact for record in world.records(stream) if isinstance(record.fact, e.BlockRecognised)]


def lost(world: World, stream: str) -> list[Any]:
    return [record.fact for record in world.records(stream) if record.fact.kind == "block_no_longer_held"]


# --- across pathways ------------------------------------------------------------------------------------------------


def test_a_block_held_under_another_referential_s_name_counts_when_another_pathway_is_awarded_it() -> None:
    gc = with_certificates("cqp-gc", crosswalk=crosswalk(GRU=GRU))
    old = renamed(with_certificates("cqp-cos"), "cqp-cos-ancien", {"GRU": "old:GRU", "MDR": "old:MDR"})
    world = World()
    begin(world, GC, gc)
    begin(world, COS, old)
    certify(world, COS, "sitting:t")
    [fact] = recognised(world, GC)
    assert (fact.block.held_as, fact.block.pathway) == ("old:GRU", COS)
    assert fact.through is not None
    assert (fact.through.counts_as, fact.through.basis) == (GRU, BASIS)
    assert [block.id for block in world.pathway(GC).remaining()] == ["MDR", "GDU"]


def test_what_counts_through_a_crosswalk_counts_no_longer_when_its_award_is_withdrawn() -> None:
    gc = with_certificates("cqp-gc", crosswalk=crosswalk(GRU=GRU))
    world = World()
    begin(world, GC, gc, held=[{"held_as": "old:GRU", "since": "2026-06-01", "pathway": COS}])
    world.give(GC, "note_withdrawal", actor=SYSTEM, held_as="old:GRU", pathway=COS)
    [fact] = lost(world, GC)
    assert (fact.held_as, fact.pathway, fact.through.held) == (GRU, COS, "old:GRU")
    assert GRU not in world.pathway(GC).held
    assert world.give(GC, "note_withdrawal", actor=SYSTEM, held_as="old:GRU", pathway=COS) == []


def test_a_withdrawn_award_is_replaced_by_another_one_of_the_same_block_that_the_person_holds() -> None:
    gc = with_certificates("cqp-gc", crosswalk=crosswalk(GRU=GRU))
    world = World()
    begin(world, GC, gc, held=[{"held_as": "old:GRU", "since": "2026-06-01", "pathway": COS}])
    instead = {"held_as": GRU, "since": "2026-09-01", "pathway": "pathway:other"}
    world.give(GC, "note_withdrawal", actor=SYSTEM, held_as="old:GRU", pathway=COS, instead=instead)
    assert lost(world, GC) == []
    assert world.pathway(GC).held[GRU].pathway == "pathway:other"


def test_a_scheme_without_certificates_knows_no_crosswalk_and_no_validity() -> None:
    world = World()
    begin(world, GC, by_hand()["cqp-gc"])
    assert world.refusal(GC, "recognise_block", block={"held_as": "old:GRU", "since": "2026-06-01"}) == "block.unknown"
    world.give(GC, "recognise_block", block={"held_as": GRU, "since": "2020-06-01", "until": "2021-06-01"})
    assert recognised(world, GC)[0].block.until is None


def test_what_is_held_for_life_under_its_own_name_is_told_as_it_always_was() -> None:
    fact = e.BlockRecognised(on=DAY, block=HeldBlock(held_as=GRU, since=DAY))
    assert fact.model_dump(mode="json") == {
        "kind": "block_recognised",
        "on": "2027-01-04",
        "block": {"held_as": GRU, "since": "2027-01-04", "pathway": None, "proof": None},
    }


def test_a_block_counts_once_even_if_it_is_held_under_two_names() -> None:
    gc = with_certificates("cqp-gc", crosswalk=crosswalk(GRU=GRU))
    world = World()
    both = [{"held_as": name, "since": "2026-06-01"} for name in (GRU, "old:GRU")]
    begin(world, GC, gc, held=both[:1])
    assert world.refusal(GC, "recognise_block", block=both[1]) == "block.already_held"


def test_what_counts_through_a_crosswalk_is_looked_up_under_the_name_of_its_award() -> None:
    world = World()
    block = {"held_as": "old:GRU", "since": "2026-06-01", "pathway": COS}
    begin(world, GC, with_certificates("cqp-gc", crosswalk=crosswalk(GRU=GRU)), held=[block])
    assert histories.recognised(world.pathway(GC)) == [(COS, "old:GRU")]


# --- validity -------------------------------------------------------------------------------------------------------


def test_a_block_whose_validity_has_passed_is_not_recognised() -> None:
    gc = with_certificates("cqp-gc", years=5)
    world = World()
    begin(world, GC, gc)
    declared = {"held_as": GRU, "since": "2022-01-03"}
    assert world.refusal(GC, "recognise_block", block=declared) == "block.expired"
    assert world.refusal(GC, "recognise_block", block={**declared, "until": "2027-01-03"}) == "block.expired"
    world.give(GC, "recognise_block", block={**declared, "since": "2022-01-04"})
    assert recognised(world, GC)[0].block.until == DAY, "the last day is one on which it is valid"


def test_a_candidacy_with_a_block_that_is_no_longer_valid_is_refused_with_the_rule() -> None:
    gc = with_certificates("cqp-gc", years=5)
    world = World()
    held = [{"held_as": GRU, "since": "2021-06-01"}]
    fields: dict[str, Any] = {"scheme_id": gc.id, "scheme_hash": gc.hash, "route": "training", "identity": TEXT}
    assert world.refusal(GC, "start", person="person", held=held, **fields) == "block.expired"


def test_an_award_keeps_the_validity_under_which_it_was_made() -> None:
    five = with_certificates("cqp-gc", years=5)
    for_life = HeldBlock(held_as=GRU, since=date(2010, 1, 4), pathway=COS)
    found = wallet.counted(five, for_life)
    assert found is not None
    assert found.block.until is None
    limited = for_life.model_copy(update={"until": date(2012, 1, 4)})
    found = wallet.counted(with_certificates("cqp-gc"), limited)
    assert found is not None
    assert not wallet.valid(found.block, DAY)


def test_what_counts_is_the_day_of_the_decision() -> None:
    """A block that was recognised and has lapsed before the jury decides does not make a certification."""
    gc = with_certificates("cqp-gc")
    for until, outcome in ((DAY, "certified"), (DAY - timedelta(days=1), "partial")):
        world = World()
        block = {"held_as": GRU, "since": "2024-06-01", "until": until.isoformat(), "pathway": COS}
        begin(world, GC, gc, on=date(2027, 1, 2), held=[block])
        certify(world, GC, "sitting:t")
        state = world.pathway(GC)
        assert (state.outcome or "partial") == outcome, until
        assert state.certified is (outcome == "certified")
        assert len(lost(world, GC)) == (outcome == "partial")


def test_a_block_that_lapses_on_the_way_is_to_be_assessed_like_any_other() -> None:
    gc = with_certificates("cqp-gc")
    world = World()
    block = {"held_as": GRU, "since": "2024-06-01", "until": "2027-01-20", "pathway": COS}
    begin(world, GC, gc, held=[block])
    world.wait_until(date(2027, 1, 20))
    assert lost(world, GC) == []
    world.wait_until(date(2027, 1, 21))
    [fact] = lost(world, GC)
    assert (fact.held_as, fact.until, fact.pathway) == (GRU, date(2027, 1, 20), COS)
    assert [block.id for block in world.pathway(GC).remaining()] == ["GRU", "MDR", "GDU"]
    assert world.notices == [] or all(notice.template != "award_doubtful" for notice in world.notices)


def test_a_suspended_pathway_learns_of_a_lapse_when_it_resumes() -> None:
    world = World()
    block = {"held_as": GRU, "since": "2024-06-01", "until": "2027-01-20", "pathway": COS}
    begin(world, GC, with_certificates("cqp-gc"), held=[block])
    world.give(GC, "suspend", reason=TEXT)
    world.wait_until(date(2027, 2, 1))
    assert lost(world, GC) == []
    world.give(GC, "resume")
    world.wait(hours=1)
    assert len(lost(world, GC)) == 1


def test_what_a_certification_rested_on_may_lapse_afterwards() -> None:
    gc = with_certificates("cqp-gc")
    world = World()
    block = {"held_as": GRU, "since": "2024-06-01", "until": "2027-01-20", "pathway": COS}
    begin(world, GC, gc, held=[block])
    certify(world, GC, "sitting:t")
    world.wait_until(date(2028, 1, 20))
    assert lost(world, GC) == []
    assert world.pathway(GC).certified


def test_a_block_earned_again_counts_for_as_long_as_it_does_now() -> None:
    world = World()
    block = {"held_as": GRU, "since": "2024-06-01", "until": "2027-06-01", "pathway": COS}
    begin(world, GC, with_certificates("cqp-gc"), held=[block])
    assert world.refusal(GC, "recognise_block", block=block) == "block.already_held"
    world.give(GC, "recognise_block", block={**block, "since": "2027-01-02", "until": "2030-01-02"})
    assert world.pathway(GC).held[GRU].until == date(2030, 1, 2)


def test_an_award_for_some_years_says_until_when_and_tells_the_other_pathways() -> None:
    cos, gc = with_certificates("cqp-cos", years=3), with_certificates("cqp-gc")
    world = World()
    begin(world, GC, gc)
    begin(world, COS, cos)
    certify(world, COS, "sitting:t")
    assert {fact.block.until for fact in recognised(world, GC)} == {date(2030, 1, 4)}
    assert world.pathway(COS).held[GRU].until == date(2030, 1, 4)


# --- the wallet itself ----------------------------------------------------------------------------------------------

NAMES = ("ucanss:GRU", "ucanss:MDR", "old:GRU", "old:OTHER", "elsewhere:X")
DAYS = st.dates(date(2020, 1, 1), date(2030, 12, 31))
BLOCKS = st.builds(
    HeldBlock,
    held_as=st.sampled_from(NAMES),
    since=DAYS,
    until=st.none() | DAYS,
    pathway=st.none() | st.sampled_from(("pathway:1", "pathway:2")),
)


@given(st.lists(BLOCKS, max_size=8), DAYS, st.none() | st.integers(1, 6))
def test_a_candidacy_never_brings_what_the_rules_would_refuse(
    blocks: list[HeldBlock], on: date, years: int | None
) -> None:
    gc = with_certificates("cqp-gc", years=years, crosswalk=crosswalk(GRU=GRU, OTHER="ucanss:GDU"))
    found = [wallet.counted(gc, block) for block in wallet.recognisable(gc, blocks, on)]
    names = [one.held_as for one in found if one is not None]
    assert len(names) == len(found) == len(set(names))
    assert all(one is not None and wallet.valid(one.block, on) for one in found)
    countable = [one for block in blocks if (one := wallet.counted(gc, block)) and wallet.valid(one.block, on)]
    assert set(names) == {one.held_as for one in countable}, "whatever counts is brought"


HOLDINGS = st.builds(
    Holding,
    held_as=st.sampled_from(NAMES),
    scheme_id=st.just("cqp-gc"),
    scheme_hash=st.just("unknown"),
    pathway=st.just("pathway:1"),
    since=DAYS,
    until=st.none() | DAYS,
    withdrawn_on=st.none() | DAYS,
    award=st.just("pathway:1#9"),
)


@given(st.lists(HOLDINGS, max_size=6), DAYS)
def test_what_was_withdrawn_is_never_shown_as_valid(holdings: list[Holding], on: date) -> None:
    gc = with_certificates("cqp-gc", crosswalk=crosswalk(GRU=GRU))
    entries = wallet.assembled(holdings, {gc.hash: gc}, on)
    assert len(entries) == len(holdings)
    for entry in entries:
        if entry.holding.withdrawn_on is not None:
            assert entry.status == "withdrawn"
        if entry.status != "valid":
            assert entry.counts_in == ()
    shown = [entry.status for entry in entries]
    assert shown == sorted(shown, key=("valid", "expired", "withdrawn").index)


@pytest.mark.parametrize(
    ("since", "years", "until"),
    [
        (date(2028, 2, 29), 1, date(2029, 2, 28)),
        (date(2028, 2, 29), 4, date(2032, 2, 28)),
        (date(2027, 7, 13), 5, date(2032, 7, 13)),
        (date(2027, 7, 13), None, None),
    ],
)
def test_validity_ends_on_the_anniversary(since: date, years: int | None, until: date | None) -> None:
    assert wallet.valid_until(since, years) == until
