"""The table of composition cases, and jurors to compose from."""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import Any, NamedTuple

from domain.people import CandidateFacts, JurorFacts, TieFacts
from domain.scheme.model import JuryRule
from schemes.strict_yaml import read
from tests.conducted import conducted


class Case(NamedTuple):
    """One composition; which rules fail (rule -> its basis), and whether the jury may sit."""

    rules: tuple[JuryRule, ...]
    on: str
    members: tuple[JurorFacts, ...]
    candidate: CandidateFacts
    ties: tuple[TieFacts, ...]
    present: bool
    fails: dict[str, str]
    met: bool


@cache
def table() -> dict[str, Any]:
    """The file as it is."""
    found = read(Path(__file__).with_name("jury_cases.yaml")).value
    assert isinstance(found, dict)
    return found


@cache
def cases() -> dict[str, Case]:
    """Every case by its name."""
    return {case["case"]: _case(case) for case in table()["cases"]}


def person(name: str, **changes: Any) -> JurorFacts:
    """Somebody of the table."""
    said = {"trained": table()["trained"], **table()["people"][name], **changes}
    body = said["organisation"]
    return JurorFacts.model_validate({**said, "juror": name, "organisation": {"id": body, **table()["bodies"][body]}})


def candidate(**changes: Any) -> CandidateFacts:
    """The candidate of the table."""
    return CandidateFacts.model_validate({**table()["candidate"], **changes})


def _case(case: dict[str, Any]) -> Case:
    scheme = case.get("scheme", table()["scheme"])
    params = case.get("params", {})
    bases = {**table()["bases"], **table().get(f"{scheme}_bases", {})}
    ties = [
        {"person": "gaia", "declared_on": "2027-01-04", "declared_by": "anne", **tie} for tie in case.get("ties", [])
    ]
    return Case(
        rules=tuple(
            rule.model_copy(update={"params": params.get(rule.rule, rule.params)})
            for rule in conducted(scheme).jury.rules
        ),
        on=case.get("day", table()["day"]),
        members=tuple(_member(one) for one in case["members"]),
        candidate=candidate(**case.get("candidate", {})),
        ties=tuple(TieFacts.model_validate(tie) for tie in ties),
        present=case.get("present", False),
        fails={rule: bases[rule] for rule in case["fails"]},
        met=case.get("met", not case["fails"]),
    )


def _member(said: str | dict[str, dict[str, Any]]) -> JurorFacts:
    if isinstance(said, str):
        return person(said)
    ((name, changes),) = said.items()
    return person(name, **changes)
