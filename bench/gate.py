"""Compositions put through the gate, against the records of the answer alone.

``python -m bench.gate`` needs no server and prints one JSON object.
"""

from __future__ import annotations

import random
import statistics
import time
from collections.abc import Sequence
from datetime import date
from typing import Any

from bench.rig import line, say, show
from domain.jury import Finding, compose
from domain.people import CandidateFacts, JurorFacts, OrganisationFacts, Span, TieFacts
from domain.scheme.model import JuryRule
from schemes.files import bundled

JURORS, CANDIDATES, CHECKS, ROUNDS = 40, 300, 2_000, 7
DAY = date(2027, 2, 2)

Asked = tuple[tuple[JurorFacts, ...], CandidateFacts, tuple[TieFacts, ...]]


def asked(seed: int) -> list[Asked]:
    """Pairs of jurors and a candidate, as a planner meets them: most are legal, some break a rule or two."""
    chance = random.Random(seed)
    bodies = [OrganisationFacts(id=f"o{n}", name=f"O {n}", kinds=("employer",), branch="maladie") for n in range(10)]
    certifier = OrganisationFacts(id="certifier", name="Certifier", kinds=("certifier",))
    jurors = [
        JurorFacts(
            juror=f"j{number}",
            parts=("trade_expert",) if number % 2 else ("president",),
            organisation=chance.choice(bodies) if number % 2 else certifier,
            gender=chance.choice(("F", "M")),
            trained=Span(since=date(2025, 1, 1), until=date(2027, chance.choice((1, 6)), 1)),
        )
        for number in range(JURORS)
    ]
    people = [
        CandidateFacts(
            pathway=f"pathway:{number}",
            person=f"p{number}",
            scheme_hash="",
            route="training",
            blocks=("GRU",),
            employer=chance.choice(bodies).id,
            branch="maladie",
            training_body="institute",
        )
        for number in range(CANDIDATES)
    ]
    found: list[Asked] = []
    for _ in range(CHECKS):
        members, person = chance.sample(jurors, 2), chance.choice(people)
        tie = TieFacts(who=members[0].juror, person=person.person, kind="coached", declared_on=DAY, declared_by="x")
        found.append((tuple(members), person, (tie,) if chance.random() < 0.1 else ()))
    return found


def gate() -> dict[str, object]:
    """Compositions checked per second: eight rules of a scheme and three of Jalon's, each with its facts."""
    rules = bundled()["cqp-cos"].jury.rules
    values, references, ratios = [], [], []
    for number in range(ROUNDS + 1):
        compositions = asked(number)
        known = [[dict(finding) for finding in compose(rules, DAY, *composition)] for composition in compositions]
        value, reference = _checked(rules, compositions), _recorded(known)
        if number:  # the first round warms up
            values.append(value)
            references.append(reference)
            ratios.append(value / reference)
    value, reference = statistics.median(values), statistics.median(references)
    say(f"gate: {value:.0f} checks/s, the records of the answer alone {reference:.0f}")
    note = f"{CHECKS} pairs of jurors, {len(known[0])} rules; reference: the same findings from known facts"
    return line("gate", "checks/s", value, reference, statistics.median(ratios), note)


def _checked(rules: Sequence[JuryRule], compositions: Sequence[Asked]) -> float:
    start = time.perf_counter()
    for members, person, ties in compositions:
        compose(rules, DAY, members, person, ties)
    return len(compositions) / (time.perf_counter() - start)


def _recorded(known: Sequence[Sequence[dict[str, Any]]]) -> float:
    start = time.perf_counter()
    for findings in known:
        tuple([Finding(**facts) for facts in findings])
    return len(known) / (time.perf_counter() - start)


if __name__ == "__main__":
    show(gate())
