"""What a register takes and refuses; what is entered twice leaves one trace."""

from __future__ import annotations

from typing import Any

import pytest

from domain.authority import Actor, Role
from domain.refusal import Refused
from domain.register import register_of
from tests.domain.registers import body, filled, juror, member, opened, register, text
from tests.domain.world import ROLES, World, scheme

LEAVE = {"since": "2027-02-01", "until": "2027-02-05"}


@pytest.fixture
def world() -> World:
    return World()


@pytest.fixture
def stream(world: World) -> str:
    return filled(world)


def test_every_scheme_of_one_certifier_shares_its_register() -> None:
    assert register_of(scheme("cqp-cos")) == register_of(scheme("cqp-gc")) == "register:ucanss"
    assert register_of(scheme("clea")) == "register:certif-pro"


def test_a_register_is_opened_once_and_under_its_own_name(world: World) -> None:
    fields = {"scheme_id": "cqp-cos", "scheme_hash": scheme("cqp-cos").hash}
    assert world.refusal("register:clea", "open", **fields) == "register.of_another"
    assert world.refusal("register:ucanss", "open", **fields | {"scheme_id": "clea"}) == "scheme.mismatch"
    stream = opened(world)
    assert world.refusal(stream, "open", **fields) == "register.already_open"


def test_nothing_is_entered_in_a_register_that_was_not_opened(world: World) -> None:
    assert world.refusal("register:ucanss", "enter_sites", entries=[]) == "stream.not_open"


def test_what_is_as_it_was_leaves_no_trace(world: World, stream: str) -> None:
    version = register(world, stream).version
    trained = {"since": "2026-01-01", "until": "2028-12-31"}
    assert not world.give(stream, "enter_jurors", entries=[juror("J2", known=True, trained=trained)])
    assert not world.give(stream, "enter_organisations", entries=[body("caf", "employer", branch="famille")])
    assert register(world, stream).version == version


def test_only_what_changed_is_written_and_it_says_what_it_supersedes(world: World, stream: str) -> None:
    before = register(world, stream).entries["J2"].version
    entries = [juror("J2", known=True, branch="famille"), juror("J3")]
    first, second = world.give(stream, "enter_jurors", entries=entries)
    assert (first.facts.juror, first.supersedes) == ("J2", before)  # type: ignore[attr-defined]
    assert (second.facts.juror, second.supersedes) == ("J3", None)  # type: ignore[attr-defined]
    kept = register(world, stream).entries["J2"]
    assert kept.identity == before, "the name stays where it was told"


@pytest.mark.parametrize(
    ("kind", "entry", "code"),
    [
        ("enter_jurors", juror("J9", organisation="nobody"), "register.no_organisation"),
        ("enter_jurors", juror("J9", sites=["nowhere"]), "register.no_site"),
        ("enter_jurors", juror("J9", parts=[]), "register.no_part"),
        ("enter_jurors", juror("J9", trained={"since": "2027-02-01", "until": "2027-01-01"}), "register.days"),
        ("enter_jurors", juror("J9", known=True), "register.identity_needed"),
        ("enter_jurors", juror("M1"), "register.code_taken"),
        ("enter_jurors", juror("J|9"), "register.code"),
        ("enter_jurors", {**juror("J9"), "person": ""}, "register.other_person"),
        ("enter_jurors", {**juror("J2"), "person": "person J1"}, "register.other_person"),
        ("enter_members", member("M9", standing="substitute", replaces="M2"), "register.replaces"),
        ("enter_members", member("M9", replaces="M1"), "register.replaces"),
        ("enter_members", member("M9", standing="substitute", replaces="M1", college="employees"), "register.replaces"),
        ("enter_members", member("M9", organisation="nobody"), "register.no_organisation"),
        ("enter_members", member("M9", juror="M1"), "register.no_juror"),
        ("enter_organisations", body("x", part_of="nobody"), "register.no_organisation"),
        ("enter_organisations", body("x", part_of="x"), "register.no_organisation"),
        ("enter_sites", {"facts": {"id": "s", "organisation": "nobody"}}, "register.no_organisation"),
        ("enter_sites", {"facts": {"id": "s", "organisation": "caf", "latitude": "1"}}, "register.coordinates"),
        ("enter_office", {"facts": {"role": "administrator"}, "person": "p"}, "register.contact_needed"),
    ],
)
def test_what_a_register_does_not_take(world: World, stream: str, kind: str, entry: dict[str, Any], code: str) -> None:
    assert world.refusal(stream, kind, entries=[entry]) == code


def test_one_wrong_entry_keeps_all_of_its_command_out(world: World, stream: str) -> None:
    before = dict(register(world, stream).entries)
    assert world.refusal(stream, "enter_jurors", entries=[juror("J8"), juror("J8")]) == "register.twice"
    assert world.refusal(stream, "enter_jurors", entries=[juror("J8"), juror("J9", sites=["x"])]) == "register.no_site"
    assert register(world, stream).entries == before


def test_whoever_left_comes_back_by_being_entered_again(world: World, stream: str) -> None:
    world.give(stream, "leave", entity="juror", code="J2")
    assert not register(world, stream).entries["J2"].active
    assert world.refusal(stream, "leave", entity="juror", code="J2") == "register.already_left"
    assert world.refusal(stream, "leave", entity="juror", code="M1") == "register.unknown"
    assert world.refusal(stream, "declare_absence", juror="J2", absence=LEAVE) == "register.unknown"
    world.give(stream, "enter_jurors", entries=[juror("J2", known=True)])
    assert register(world, stream).entries["J2"].active


def test_a_body_stays_as_long_as_others_are_of_it(world: World, stream: str) -> None:
    assert world.refusal(stream, "leave", entity="organisation", code="caf") == "register.still_used"
    world.give(stream, "leave", entity="juror", code="J2")
    world.give(stream, "leave", entity="organisation", code="caf")


def test_absences_and_trainings_stand_until_they_are_told_otherwise(world: World, stream: str) -> None:
    world.give(stream, "declare_absence", juror="J2", absence=LEAVE, actor=ROLES[Role.JUROR])
    assert not world.give(stream, "declare_absence", juror="J2", absence=LEAVE)
    world.give(stream, "note_training", juror="J2", trained={"since": "2027-01-03"})
    world.give(stream, "enter_jurors", entries=[juror("J2", known=True, keeps=("absent", "trained"), branch="x")])
    facts = register(world, stream).juror("J2")
    assert (len(facts.absent), facts.branch) == (1, "x")
    assert facts.trained is not None
    assert facts.trained.until is None
    world.give(stream, "lift_absence", juror="J2", absence=LEAVE)
    assert register(world, stream).juror("J2").absent == ()
    assert world.refusal(stream, "lift_absence", juror="J2", absence=LEAVE) == "register.no_absence"


def test_anyone_declares_a_tie_and_the_office_lifts_it(world: World, stream: str) -> None:
    tie: dict[str, Any] = {"who": "J2", "person": "someone", "tie": "coached"}
    candidate = Actor(id="c-17", role=Role.CANDIDATE)
    [fact] = world.give(stream, "declare_ties", ties=[{**tie, "note": text("someone")}], actor=candidate)
    assert fact.declared_by == "candidate:c-17"  # type: ignore[attr-defined]
    assert not world.give(stream, "declare_ties", ties=[tie, tie])
    with pytest.raises(Refused, match="authority"):
        world.give(stream, "lift_tie", actor=candidate, **tie)
    world.give(stream, "lift_tie", **tie)
    assert world.refusal(stream, "lift_tie", **tie) == "register.no_tie"
    assert world.give(stream, "declare_ties", ties=[tie])
    assert world.refusal(stream, "declare_ties", ties=[{**tie, "who": "J7"}]) == "register.nobody"


def test_an_erased_juror_is_out_of_use_and_the_code_is_never_used_again(world: World, stream: str) -> None:
    world.give(stream, "erase_subject", person="person J2")
    entry = register(world, stream).entries["J2"]
    assert (entry.active, entry.identity, entry.contact) == (False, None, None)
    assert world.refusal(stream, "enter_jurors", entries=[juror("J2")]) == "register.code_erased"
    assert not world.give(stream, "erase_subject", person="person J2")


def test_a_body_outlives_whoever_answered_for_it(world: World, stream: str) -> None:
    world.give(stream, "erase_subject", person="at ucanss")
    entry = register(world, stream).entries["ucanss"]
    assert entry.active
    assert entry.contact is None
    again = body("ucanss", "certifier", contact=True)
    again["person"], again["contact"] = "their successor", text("their successor")
    world.give(stream, "enter_organisations", entries=[again])
    assert register(world, stream).entries["ucanss"].person == "their successor"


def test_an_append_brings_the_rows_of_what_it_changed_and_no_others(world: World, stream: str) -> None:
    before = register(world, stream).version
    world.give(stream, "declare_absence", juror="J2", absence=LEAVE)
    rows = world_rows(world, stream, before)
    assert [row["code"] for row in rows] == ["J2"]
    assert len(world_rows(world, stream, 0)) == len(register(world, stream).entries)


def world_rows(world: World, stream: str, since: int) -> tuple[dict[str, Any], ...]:
    from domain.register.aggregate import REGISTER

    return REGISTER.rows(register(world, stream), since).entries
