"""That a person was erased: only once a pathway is over, only once, with the scheme's reasons for what stays."""

from __future__ import annotations

from domain.aggregates import aggregate_of
from domain.authority import Actor, Role
from domain.pathway.events import SubjectErased
from domain.recheck import recheck
from domain.scheme.model import KEPT
from tests.domain.world import World, sealed

A = "pathway:a"
REASON = sealed().model_dump(mode="json")


def closed() -> World:
    world = World()
    world.start(A, "cqp-cos")
    world.give(A, "withdraw")
    return world


def test_the_subject_of_an_open_or_suspended_pathway_is_not_erased() -> None:
    world = World()
    world.start(A, "cqp-cos")
    assert world.refusal(A, "erase_subject") == "erasure.pathway_open"
    world.give(A, "suspend", reason=REASON)
    assert world.refusal(A, "erase_subject") == "erasure.pathway_open"


def test_only_an_administrator_erases() -> None:
    world = closed()
    for role in Role:
        if role is not Role.ADMINISTRATOR:
            assert world.refusal(A, "erase_subject", actor=Actor(id="x", role=role)) == "authority.not_allowed"


def test_the_fact_tells_what_stays_with_the_reasons_of_the_scheme() -> None:
    world = closed()
    world.give(A, "erase_subject", reason=REASON)
    record = world.records(A)[-1]
    assert isinstance(record.fact, SubjectErased)
    assert [kept.keep for kept in record.fact.kept] == list(KEPT)
    assert all(kept.why and kept.basis for kept in record.fact.kept)
    assert world.pathway(A).erased == record.version


def test_a_subject_is_erased_once() -> None:
    world = closed()
    world.give(A, "erase_subject", reason=REASON)
    assert world.give(A, "erase_subject") == []


def test_an_erased_history_is_what_the_rules_give_and_goes_on() -> None:
    world = closed()
    world.give(A, "erase_subject")
    world.give(A, "correct_candidacy", employer="CAF", reason=REASON)
    assert list(recheck(aggregate_of(A), A, world.logs[A])) == []
