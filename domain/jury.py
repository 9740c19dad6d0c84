"""The composition gate: whether these people may be the jury of this candidate on this day, rule by rule.

The rules are the scheme's (``jury.rules``), each with its basis, and three that go without saying: everyone once, in
office, and there that day. A finding says what it rests on as data; sentences are made elsewhere.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import date
from typing import Any, NamedTuple

from domain.jury_rules import ANSWERS, Answer, Composition, Seating
from domain.people import CandidateFacts, JurorFacts, Part, TieFacts
from domain.records import Frozen
from domain.scheme.model import JuryRule

NEEDS_CANDIDATE = (
    "trade_expert_of_branch", "not_from_employer", "no_tie", "outside_training_body", "trainer_not_evaluator",
)  # fmt: skip
"""Rules that ask about the candidate; without one they are not answered."""


class Finding(Frozen):
    """What one rule says of a composition.

    ``bar``: whether the jury may not sit while it fails; otherwise it is a target, and a miss is only told. ``facts``:
    what it rests on: ids, days (ISO) and counts. ``mends``: who of the pool, joining or in the place of a member, makes
    it hold and breaks no other rule that holds.
    """

    rule: str
    holds: bool
    bar: bool = True
    facts: dict[str, Any] = {}
    basis: str
    mends: tuple[str, ...] = ()


def compose(
    rules: Sequence[JuryRule],
    on: date,
    members: Sequence[JurorFacts],
    candidate: CandidateFacts | None,
    ties: Sequence[TieFacts],
    *,
    pool: Sequence[JurorFacts] = (),
    parts: Mapping[str, Part] | None = None,
    present: bool = False,
) -> tuple[Finding, ...]:
    """What each rule says of ``members`` as the jury of ``candidate`` on the day ``on``; own rules first.

    ``parts``: in which part members sit. Whom it does not name sits in a part that the register gives them: never in
    two at once, and where there is a choice, in the one to which the fewest rules object.
    ``pool``: who could still be asked, for ``mends``. ``present``: the members are there, so whether the register
    expects them that day is not asked. Without ``candidate``, rules that ask about one are left out.
    """
    gate = _Gate(_asked(rules, candidate, present), on, candidate, ties)
    seats = parts or {}
    answers = gate.answers(members, seats)
    mends = _mends(gate, members, seats, pool, answers) if pool else {}
    return tuple(
        [
            Finding(
                rule=rule.rule,
                holds=holds,
                bar=is_bar(rule),
                facts=facts,
                basis=rule.basis,
                mends=mends.get(rule.rule, ()),
            )
            for rule, (holds, facts) in zip(gate.rules, answers, strict=True)
        ]
    )


def failing(findings: Sequence[Finding]) -> tuple[Finding, ...]:
    """The findings that keep a jury from sitting."""
    return tuple(finding for finding in findings if finding.bar and not finding.holds)


class _Own(NamedTuple):
    """A rule that no scheme needs to write."""

    rule: str
    params: Mapping[str, Any] = {}
    basis: str = "Jalon : un jury est fait de personnes distinctes, en fonction et présentes"


_OWN = (_Own("distinct"), _Own("active"), _Own("available"))


def is_bar(rule: JuryRule | _Own) -> bool:
    """Whether a jury may not sit against this rule. Balance is a target unless the scheme makes it a bar."""
    return rule.rule != "gender_balance" or rule.params.get("kind") == "bar"


def _asked(rules: Sequence[JuryRule], candidate: CandidateFacts | None, present: bool) -> tuple[JuryRule | _Own, ...]:
    own = _OWN[:2] if present else _OWN
    return (*own, *(rules if candidate else (rule for rule in rules if rule.rule not in NEEDS_CANDIDATE)))


class _Gate(NamedTuple):
    """What does not change while compositions are tried."""

    rules: tuple[JuryRule | _Own, ...]
    on: date
    candidate: CandidateFacts | None
    ties: Sequence[TieFacts]

    def answers(self, members: Sequence[JurorFacts], parts: Mapping[str, Part]) -> list[Answer]:
        """What each rule says; of the ways in which the members can be seated, that with the fewest objections."""
        first, *others = [self._of(members, seating) for seating in _seatings(members, parts)]
        return min(first, *others, key=self._objections) if others else first

    def _of(self, members: Sequence[JurorFacts], seating: Seating) -> list[Answer]:
        composition = Composition(self.on, members, seating, self.candidate, self.ties)
        return [ANSWERS[rule.rule](composition, rule.params) for rule in self.rules]

    def _objections(self, answers: list[Answer]) -> tuple[int, int]:
        objecting = [rule for rule, (holds, _) in zip(self.rules, answers, strict=True) if not holds]
        return sum(map(is_bar, objecting)), len(objecting)


def _seatings(members: Sequence[JurorFacts], parts: Mapping[str, Part]) -> Iterator[Seating]:
    """Every way in which the members can sit: each in one part of theirs, one at most of those who have the choice as
    president."""
    by_id = {member.juror: member for member in members}
    people = [by_id[juror] for juror in sorted(by_id)]
    free = [member.juror for member in people if member.juror not in parts and len(set(member.parts)) > 1]
    for president in (None, *free):
        yield tuple([(member, _seat(member, parts, president)) for member in people])


def _seat(member: JurorFacts, parts: Mapping[str, Part], president: str | None) -> Part | None:
    if (given := parts.get(member.juror)) is not None:
        return given if given in member.parts else None
    if len(set(member.parts)) > 1:
        return "president" if member.juror == president else "trade_expert"
    return member.parts[0] if member.parts else None


def _mends(
    gate: _Gate,
    members: Sequence[JurorFacts],
    parts: Mapping[str, Part],
    pool: Sequence[JurorFacts],
    answers: Sequence[Answer],
) -> dict[str, tuple[str, ...]]:
    """For each rule that fails, who of the pool mends it."""
    held = {rule.rule for rule, (holds, _) in zip(gate.rules, answers, strict=True) if holds}
    mended: dict[str, set[str]] = {rule.rule: set() for rule in gate.rules if rule.rule not in held}
    here = {member.juror for member in members}
    for substitute in pool if mended else ():
        if substitute.juror in here:
            continue
        for tried, seats in _with(substitute, members, parts):
            after = zip(gate.rules, gate.answers(tried, seats), strict=True)
            now = {rule.rule for rule, (holds, _) in after if holds}
            if held <= now:
                for rule in now - held:
                    mended[rule].add(substitute.juror)
    return {rule: tuple(sorted(names)) for rule, names in mended.items()}


def _with(
    substitute: JurorFacts, members: Sequence[JurorFacts], parts: Mapping[str, Part]
) -> Iterator[tuple[list[JurorFacts], Mapping[str, Part]]]:
    """The compositions with the substitute: joining, then in the place and the part of each member."""
    yield [*members, substitute], parts
    for place, member in enumerate(members):
        seats = {substitute.juror: parts[member.juror], **parts} if member.juror in parts else parts
        yield [*members[:place], substitute, *members[place + 1 :]], seats
