"""Which juries the composition gate lets sit for which candidate on which day: asked once per kind of candidate."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from datetime import date
from itertools import combinations, islice
from typing import Any

from domain.jury import compose, failing
from domain.people import OrganisationFacts, Span, TieFacts
from domain.plan import PlanProblem
from domain.scheme.model import Scheme

Jury = tuple[int, ...]
"""Positions of jurors in the problem, in ascending order."""

ALONE = frozenset({"active", "trained", "no_tie"})
"""Rules on each member alone: whoever breaks one by themselves breaks it in every jury."""

SOMEBODY = frozenset({"president_from_certifier", "trade_expert_of_branch"})
"""Rules that one member keeps for all: a jury in which nobody keeps one by themselves breaks it."""

_LARGE = 20_000
"""No more compositions than this are tried for one kind of candidate."""


class Gate:
    """The lawful juries of a session's candidates. Candidates whom no rule tells apart are asked about once."""

    def __init__(self, scheme: Scheme, problem: PlanProblem, days: Sequence[date]) -> None:
        self._rules = scheme.jury.rules
        self._problem, self._days = problem, days
        members = [int(r.params.get("members", 1)) for r in self._rules if r.rule == "minimum_members"]
        self.size = max(scheme.jury.assessors, *members, 1)
        ties: dict[str, list[TieFacts]] = {}
        for tie in problem.ties:
            ties.setdefault(tie.person, []).append(tie)
        self.ties = [tuple(ties.get(candidate.person, ())) for candidate in problem.candidates]
        self._kind = [self._kind_of(number) for number in range(len(problem.candidates))]
        self._law = [tuple(covers(day) for covers in self._spans()) for day in days]
        self._there = [frozenset(n for n, juror in enumerate(problem.jurors) if juror.can_sit(day)) for day in days]
        self._lawful: dict[tuple[Any, Any], tuple[Jury, ...]] = {}
        self._sitting: dict[tuple[Any, int], tuple[Jury, ...]] = {}

    def juries(self, candidate: int, day: int) -> tuple[Jury, ...]:
        """The juries that may sit for this candidate on this day, whose members are all there; best balanced first."""
        key = (self._kind[candidate], day)
        if key not in self._sitting:
            there = self._there[day]
            self._sitting[key] = tuple(jury for jury in self.lawful(candidate, day) if there.issuperset(jury))
        return self._sitting[key]

    def lawful(self, candidate: int, day: int, beside: Iterable[str] = ()) -> tuple[Jury, ...]:
        """The juries that the rules accept for this candidate on this day, whoever is there or not; the rules named in
        ``beside`` are set aside."""
        aside = frozenset(beside)
        key = (self._kind[candidate], (self._law[day], aside))
        if key not in self._lawful:
            self._lawful[key] = tuple(self._accepted(candidate, self._days[day], aside))
        return self._lawful[key]

    def there(self, day: int) -> frozenset[int]:
        """The jurors who can sit on this day."""
        return self._there[day]

    def _accepted(self, candidate: int, day: date, aside: frozenset[str]) -> list[Jury]:
        facts, ties = self._problem.candidates[candidate], self.ties[candidate]
        jurors = self._problem.jurors

        def broken(jury: Jury) -> tuple[frozenset[str], int]:
            findings = compose(self._rules, day, [jurors[n] for n in jury], facts, ties, present=True)
            return frozenset(f.rule for f in failing(findings)) - aside, sum(not f.holds for f in findings)

        alone = {number: broken((number,))[0] for number in range(len(jurors))}
        able = [number for number, objections in alone.items() if not objections & ALONE]
        for size in (self.size, self.size + 1):
            worth = (jury for jury in combinations(able, size) if not _all_break(alone, jury))
            tried = ((jury, *broken(jury)) for jury in islice(worth, _LARGE))
            if found := sorted((missed, jury) for jury, objections, missed in tried if not objections):
                return [jury for _, jury in found]
        return []

    def _kind_of(self, candidate: int) -> tuple[Any, ...]:
        facts = self._problem.candidates[candidate]
        ties = frozenset((tie.who, tie.kind) for tie in self.ties[candidate])
        return facts.route, facts.employer, facts.branch, facts.training_body, ties

    def _spans(self) -> list[Callable[[date], bool]]:
        """Everything in the facts that is valid for a time only: days on which all these agree have the same law."""
        spans: set[Span] = set()
        for juror in self._problem.jurors:
            spans |= {juror.trained} if juror.trained else set()
            body: OrganisationFacts | None = juror.organisation
            while body is not None:
                spans |= {held.valid for held in body.habilitations}
                body = body.parent
        return [span.covers for span in sorted(spans, key=str)]


def _all_break(alone: dict[int, frozenset[str]], jury: Jury) -> frozenset[str]:
    """The rules for which one member would do, and none does."""
    return frozenset.intersection(*(alone[number] for number in jury)) & SOMEBODY
