"""A contestation before two real sittings: those who took the first decision have no voice in the second."""

from __future__ import annotations

from datetime import date

from domain.pathway.contest import events as e
from tests.conducted import conducted
from tests.domain.decided import TEXT, A, T, U, before_the_sitting
from tests.domain.deliberated import JURY, attended, members, sitting
from tests.domain.world import World

FIRST, SECOND = date(2027, 1, 20), date(2027, 2, 24)


def first_decision() -> World:
    """Two of four members refuse TD; the two others were not there."""
    world, scheme = World(), conducted("cqp-cos")
    known = [member.model_dump(mode="json") for member in members()]
    world.answers["members"] = lambda effect: {"members": known, "ties": [], "last": None}
    for stream, day in ((T, FIRST), (U, SECOND)):
        world.give(stream, "open", scheme_id=scheme.id, scheme_hash=scheme.hash, held_on=day.isoformat())
    before_the_sitting(world=world)
    world.delivering = True
    world.deliver()
    world.wait_until(FIRST)
    attended(world, "e1 s1", stream=T)
    blocks = {"GRU": True, "MDR": True, "POS": True, "TD": False}
    votes = {"e1": "for", "s1": "for"}
    world.give(T, "decide_dossier", actor=JURY, pathway=A, blocks=blocks, votes=votes)
    world.give(T, "proclaim", actor=JURY)
    return world


def contested() -> World:
    world = first_decision()
    world.give(A, "contest", ground="merit", reason=TEXT)
    world.give(A, "decide_contest_admissibility", admissible=True)
    world.give(A, "redeliberate", sitting=U)
    world.wait_until(SECOND)
    return attended(world, "e1 e2 s1 s2", stream=U)


def test_it_is_not_decided_by_list_nor_without_a_reason_nor_by_those_who_had_decided() -> None:
    world = contested()
    assert set(sitting(world, U).recused(A)) >= {"e1", "s1"}
    assert world.refusal(U, "decide_list", actor=JURY, pathways=[A]) == "decision.contested"
    decide = {"pathway": A, "blocks": {"TD": False}, "votes": {"e2": "for", "s2": "for"}}
    assert world.refusal(U, "decide_dossier", actor=JURY, **decide) == "decision.reason_needed"
    mixed = {**decide, "reasons": TEXT, "votes": {"e1": "for", "s2": "for"}}
    assert world.refusal(U, "decide_dossier", actor=JURY, **mixed) == "vote.recused"


def test_two_others_award_what_two_had_refused_and_the_first_decision_stays() -> None:
    world = contested()
    votes = {"e2": "for", "s2": "for"}
    world.give(U, "decide_dossier", actor=JURY, pathway=A, blocks={"TD": True}, votes=votes, reasons=TEXT)
    world.give(U, "proclaim", actor=JURY)
    assert world.pathway(A).certified
    facts = [record.fact for record in world.records(A)]
    [decided] = [fact for fact in facts if isinstance(fact, e.ContestDecided)]
    assert (decided.members, decided.changed) == (("e2", "s2"), ("TD",))
    assert [fact.members for fact in facts if isinstance(fact, e.Deliberated)] == [("e1", "s1"), ("e2", "s2")]
    told = [effect.template for effect in world.notices if effect.audience == "candidate"]
    assert [name for name in told if name.startswith(("result", "contest"))] == [
        "result",
        "contest_received",
        "contest_admissible",
        "contest_decided",
    ]
