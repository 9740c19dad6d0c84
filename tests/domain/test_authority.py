"""Who may do what: one table, and no command outside it."""

from __future__ import annotations

from typing import Any

import pytest

from domain.aggregate import Aggregate, Order, order_digest
from domain.aggregates import AGGREGATES
from domain.authority import MAY, Actor, Role
from domain.refusal import Refusal
from domain.scheme.model import AggregateName
from tests.domain.world import ROLES, World, scheme, sealed


def command_kinds(aggregate: Aggregate[Any]) -> set[str]:
    schema = aggregate.commands.json_schema()
    return set(schema["discriminator"]["mapping"])


def refused(aggregate: Aggregate[Any], kind: str, actor: Actor) -> Refusal | None:
    """The refusal of a role, whatever else is wrong with the order; None if the role may."""
    schema = aggregate.commands.json_schema()
    model = schema["$defs"][schema["discriminator"]["mapping"][kind].rpartition("/")[2]]
    command = {
        "kind": kind,
        **{name: _example(schema, model["properties"][name]) for name in model.get("required", ())},
    }
    order = Order(command_id="c", digest=order_digest(command, None), actor=actor, command=command)
    answer = aggregate.consider(aggregate.new(), order, World().now)
    assert isinstance(answer, Refusal)
    assert answer.code != "command.malformed", answer.params
    return answer if answer.code == "authority.not_allowed" else None


def _example(schema: dict[str, Any], property: dict[str, Any]) -> Any:
    if "anyOf" in property:
        return _example(schema, property["anyOf"][0])
    if "$ref" in property:
        model = schema["$defs"][property["$ref"].rpartition("/")[2]]
        return {name: _example(schema, model["properties"][name]) for name in model.get("required", ())}
    if property.get("enum"):
        return property["enum"][0]
    if property.get("format") == "date":
        return "2027-01-01"
    if property.get("format") == "date-time":
        return "2027-01-01T09:00:00+01:00"
    match property["type"]:
        case "array":
            return [_example(schema, property["items"])] if property.get("minItems") else []
        case "integer":
            return 1
        case "boolean":
            return True
        case "object":
            return {}
    return "x"


@pytest.mark.parametrize("aggregate", AGGREGATES.values(), ids=list(map(str, AGGREGATES)))
def test_every_command_of_every_aggregate_has_its_line_in_the_table(aggregate: Aggregate[Any]) -> None:
    written = {name.partition(".")[2] for name in MAY if name.startswith(f"{aggregate.name}.")}
    assert written == command_kinds(aggregate)


def test_the_table_names_no_aggregate_that_there_is_not() -> None:
    assert {name.partition(".")[0] for name in MAY} == {str(name) for name in AGGREGATES}


COMMANDS = [
    pytest.param(aggregate, kind, id=f"{aggregate.name}.{kind}")
    for aggregate in AGGREGATES.values()
    for kind in sorted(command_kinds(aggregate))
]


FOUNDING = ("start", "open", "enter", "queue")


# A command that founds a stream is asked of a scheme that must be known, so the two are left to the tests below.
@pytest.mark.parametrize(("aggregate", "kind"), [case for case in COMMANDS if case.values[1] not in FOUNDING])
def test_exactly_the_roles_of_the_table_may_give_a_command(aggregate: Aggregate[Any], kind: str) -> None:
    may = {role for role, actor in ROLES.items() if refused(aggregate, kind, actor) is None}
    assert may == MAY[f"{aggregate.name}.{kind}"]


@pytest.mark.parametrize("name", ["session", "sitting"])
def test_only_the_administration_opens_sessions_and_sittings(name: AggregateName) -> None:
    machine = {Role.SYSTEM} if name == "sitting" else set()  # A second convocation makes itself.
    for role in set(Role) - {Role.ADMINISTRATOR} - machine:
        assert refused(AGGREGATES[name], "open", ROLES[role]) is not None


def test_a_candidacy_is_registered_by_the_office_the_candidate_or_the_employer() -> None:
    assert MAY["pathway.start"] == {Role.ADMINISTRATOR, Role.CANDIDATE, Role.EMPLOYER}


@pytest.mark.parametrize(("aggregate", "kind"), COMMANDS)
def test_an_auditor_can_do_nothing(aggregate: Aggregate[Any], kind: str) -> None:
    assert refused(aggregate, kind, ROLES[Role.AUDITOR]) is not None


def test_a_refusal_of_authority_names_the_roles_that_may() -> None:
    found = refused(AGGREGATES["pathway"], "request_pieces", ROLES[Role.CANDIDATE])
    assert found is not None
    assert found.params == {"command": "request_pieces", "role": "candidate", "allowed": ["administrator"]}


def test_a_repeated_command_is_recognised_before_anything_else_is_asked() -> None:
    world = World()
    world.start("pathway:a", "cqp-cos")
    world.give("pathway:a", "record_positioning", command_id="x", body="CFP")
    assert world.give("pathway:a", "record_positioning", command_id="x", body="CFP", actor=ROLES[Role.AUDITOR]) == []


def test_only_the_office_counts_a_block_held_from_elsewhere_at_the_candidacy() -> None:
    held = [{"held_as": scheme("cqp-gc").block_by_id["GRU"].held_as, "since": "2026-01-01"}]
    fields: dict[str, Any] = {
        "person": "person",
        "scheme_id": "cqp-gc",
        "scheme_hash": scheme("cqp-gc").hash,
        "route": "training",
        "identity": sealed().model_dump(mode="json"),
        "held": held,
    }
    candidate = ROLES[Role.CANDIDATE]
    assert World().refusal("pathway:a", "start", actor=candidate, **fields) == "authority.not_allowed"
    World().give("pathway:a", "start", **fields)
