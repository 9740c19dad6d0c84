"""Admissibility of a VAE candidacy: the file, the missing pieces that stop the clock, the decision, and silence."""

from __future__ import annotations

from datetime import date, timedelta

from domain.pathway.events import AdmissibilityDecided
from domain.pathway.view import view
from tests.domain.world import World, sealed

A = "pathway:a"


def filed(complete: bool = True) -> World:
    world = World()
    world.start(A, "cqp-cos", "vae")
    world.give(A, "file_admissibility", pieces=["livret 1"], complete=complete)
    return world


def decision(world: World) -> AdmissibilityDecided:
    return next(record.fact for record in world.records(A) if isinstance(record.fact, AdmissibilityDecided))


def test_two_months_run_from_a_complete_file() -> None:
    assert filed().deadline(A, "admissibility") == date(2027, 3, 4)


def test_no_clock_runs_while_the_file_is_incomplete() -> None:
    world = filed(complete=False)
    assert "admissibility" not in {run["deadline"] for run in _rows(world)}
    world.wait_until(date(2027, 2, 1))
    world.give(A, "provide_pieces", pieces=["contrat"], complete=True)
    assert world.deadline(A, "admissibility") == date(2027, 4, 1)


def test_a_request_for_pieces_stops_the_clock() -> None:
    world = filed()
    world.wait_until(date(2027, 1, 11))
    world.give(A, "request_pieces", missing=["contrat"])
    assert world.deadline(A, "admissibility") is None
    world.wait(days=200)
    assert "admissibility_decided" not in world.kinds(A)


def test_the_days_of_a_request_for_pieces_do_not_count() -> None:
    world = filed()
    world.wait_until(date(2027, 1, 11))
    world.give(A, "request_pieces", missing=["contrat"])
    world.wait_until(date(2027, 1, 20))
    world.give(A, "provide_pieces", pieces=["contrat"])
    # From the 11th to the 20th, both included: ten days.
    assert world.deadline(A, "admissibility") == date(2027, 3, 14)


def test_pieces_that_do_not_complete_the_file_leave_the_clock_stopped() -> None:
    world = filed()
    world.give(A, "request_pieces", missing=["contrat", "bulletin"])
    world.give(A, "provide_pieces", pieces=["contrat"], complete=False)
    assert world.deadline(A, "admissibility") is None


def test_pieces_are_requested_once_at_a_time_and_provided_only_when_missing() -> None:
    world = filed()
    assert world.refusal(A, "provide_pieces", pieces=["contrat"]) == "admissibility.nothing_missing"
    world.give(A, "request_pieces", missing=["contrat"])
    assert world.refusal(A, "request_pieces", missing=["bulletin"]) == "admissibility.pieces_already_requested"


def test_silence_until_the_end_of_the_last_day_means_acceptance_with_its_basis() -> None:
    world = filed()
    world.wait_until(date(2027, 3, 4))
    assert "admissibility_decided" not in world.kinds(A)
    world.wait_until(date(2027, 3, 5))
    fact = decision(world)
    assert (fact.admissible, fact.silence, fact.on) == (True, True, date(2027, 3, 5))
    assert "L. 6412-2" in fact.basis
    assert world.pathway(A).step == "livret2"


def test_a_decision_in_time_leaves_nothing_to_silence() -> None:
    world = filed()
    world.give(A, "decide_admissibility", admissible=True)
    world.wait(days=100)
    assert world.kinds(A).count("admissibility_decided") == 1
    assert not decision(world).silence


def test_a_refusal_needs_a_written_reason_and_ends_the_pathway() -> None:
    world = filed()
    assert world.refusal(A, "decide_admissibility", admissible=False) == "admissibility.reason_needed"
    world.give(A, "decide_admissibility", admissible=False, reason=sealed().model_dump(mode="json"))
    assert (world.pathway(A).status, world.pathway(A).outcome) == ("closed", "inadmissible")


def test_an_incomplete_file_cannot_be_accepted() -> None:
    world = filed(complete=False)
    assert world.refusal(A, "decide_admissibility", admissible=True) == "admissibility.incomplete"


def test_a_file_is_filed_once_and_decided_only_when_filed() -> None:
    world = World()
    world.start(A, "cqp-cos", "vae")
    assert world.refusal(A, "decide_admissibility", admissible=True) == "admissibility.not_filed"
    world.give(A, "file_admissibility", pieces=["livret 1"])
    assert world.refusal(A, "file_admissibility", pieces=["livret 1"]) == "admissibility.already_filed"


def test_candidate_and_employer_are_told_of_the_decision() -> None:
    world = filed()
    world.give(A, "decide_admissibility", admissible=True)
    told = {notice.audience for notice in world.notices if notice.template == "admissibility"}
    assert told == {"candidate", "employer"}


def test_livret_2_presents_one_or_two_situations_for_each_block() -> None:
    world = filed()
    world.give(A, "decide_admissibility", admissible=True)
    short = {"GRU": 1, "MDR": 1, "POS": 1}
    assert world.refusal(A, "file_dossier", situations=short) == "dossier.situations"
    assert world.refusal(A, "file_dossier", situations={**short, "TD": 3}) == "dossier.situations"
    assert world.refusal(A, "file_dossier", situations={**short, "TD": 2, "GDU": 1}) == "block.unknown"
    world.give(A, "file_dossier", situations={**short, "TD": 2})
    assert world.pathway(A).step == "jury"


def test_whoever_decides_is_reminded_before_the_last_day() -> None:
    world = filed()
    due = world.deadline(A, "admissibility")
    assert due is not None
    world.wait_until(due - timedelta(days=30))
    assert _reminded(world) == [30]
    world.wait_until(due - timedelta(days=7))
    assert _reminded(world) == [30, 7]


def _reminded(world: World) -> list[int]:
    return [notice.params["days"] for notice in world.notices if notice.template == "reminder"]


def _rows(world: World) -> tuple[dict[str, object], ...]:
    return view(world.pathway(A)).deadlines
