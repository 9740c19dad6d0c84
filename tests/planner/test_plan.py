"""Plans that the planner makes: lawful by the independent check, bounded, amended with the least change, explained."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, timedelta
from threading import Event
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from domain.people import CandidateFacts, JurorFacts, Span, TieFacts
from domain.plan import Plan, PlanProblem, Visit
from domain.plan_check import check_plan
from domain.refusal import Refused
from examples.session_sample import make_session
from interfaces.plan_words import unseated_sentences
from planner.search import Progress, plan
from tests.conducted import conducted, with_conduct

COS = conducted("cqp-cos")
OPENS = date(2027, 6, 1)
AWAY = Span(since=OPENS, until=OPENS + timedelta(days=30))


def small(candidates: int = 6, jurors: int = 8, sites: int = 2, days: int = 4, seed: int = 3) -> PlanProblem:
    return make_session(COS, OPENS, candidates=candidates, jurors=jurors, sites=sites, days=days, seed=seed)


def planned(problem: PlanProblem, seconds: float = 3, **asked: Any) -> Plan:
    return plan(COS, problem, seconds=seconds, **asked)


def changed(problem: PlanProblem, **changes: Any) -> PlanProblem:
    return problem.model_copy(update=changes)


def by_pathway(visits: Sequence[Visit]) -> dict[str, list[Visit]]:
    return {id: [v for v in visits if v.pathway == id] for id in {v.pathway for v in visits}}


def rules_of(made: Plan, number: int = 0) -> list[str]:
    return [rule["rule"] for rule in made.unseated[number].rules]


def refusal(problem: PlanProblem) -> str:
    with pytest.raises(Refused) as no:
        planned(problem)
    return no.value.refusal.code


@settings(max_examples=6, deadline=None, suppress_health_check=[HealthCheck.too_slow], derandomize=True)
@given(
    seed=st.integers(0, 10_000),
    candidates=st.integers(1, 9),
    jurors=st.integers(2, 8),
    sites=st.integers(1, 3),
    days=st.integers(1, 4),
)
def test_whatever_the_session_its_plan_is_lawful_and_within_its_bound(
    seed: int, candidates: int, jurors: int, sites: int, days: int
) -> None:
    problem = small(candidates, jurors, sites, days, seed)
    made = planned(problem, seconds=1)
    assert not check_plan(COS, problem, made.visits)
    seated = {visit.pathway for visit in made.visits}
    assert len(seated) <= made.bound <= candidates
    assert seated | {entry.pathway for entry in made.unseated} == {c.pathway for c in problem.candidates}
    assert not seated & {entry.pathway for entry in made.unseated}
    assert made.objective["unseated"] == len(made.unseated)
    assert all(entry.rules and all(unseated_sentences(entry)) for entry in made.unseated)


def test_where_there_is_time_everybody_is_seated_and_nothing_can_be_better() -> None:
    made = planned(small())
    assert (made.unseated, made.bound, made.proven, made.gap) == ((), 6, True, 0.0)


@pytest.mark.parametrize(
    "planning",
    [
        {"lunch": 0},
        {"day_closes": "12:30"},
        {"day_opens": "13:00"},
        {"lunch_from": "11:30", "lunch_until": "12:15"},
        {"step": 7, "preparation": 3, "turnover": 0},
    ],
)
def test_the_scheme_says_how_a_day_is_filled(planning: dict[str, Any]) -> None:
    scheme = with_conduct("cqp-cos", session={"planning": planning})
    made = plan(scheme, small(5, days=8), seconds=1)
    assert made.visits
    assert len(made.visits) + len(made.unseated) >= 5


def test_a_visit_too_long_for_half_a_day_is_held_in_parts_before_one_jury() -> None:
    problem = small(1, days=8)
    one = problem.candidates[0].model_copy(
        update={"route": "training", "blocks": ("GRU", "MDR", "POS", "TD"), "extra_time": 33}
    )
    made = planned(changed(problem, candidates=(one,)))
    assert len(made.visits) == 2
    assert len({visit.jurors for visit in made.visits}) == 1
    assert not check_plan(COS, changed(problem, candidates=(one,)), made.visits, allow_unseated=False)


def test_one_interview_serves_all_blocks_by_the_vae() -> None:
    problem = small(1)
    one = problem.candidates[0].model_copy(update={"route": "vae", "blocks": ("GRU", "TD")})
    (visit,) = planned(changed(problem, candidates=(one,))).visits
    assert [(task.block, task.task) for task in visit.tasks] == [("GRU", "vae-entretien"), ("TD", "vae-entretien")]
    assert len({(task.starts, task.ends) for task in visit.tasks}) == 1


def test_what_was_published_stays_where_nothing_stands_against_it() -> None:
    problem = small()
    first = planned(problem)
    again = planned(changed(problem, published=first.visits))
    assert again.objective["moved"] == 0
    assert by_pathway(again.visits) == by_pathway(first.visits)


def test_when_a_juror_falls_away_only_those_whom_they_were_to_see_move() -> None:
    problem = small(candidates=8, jurors=12, days=6)
    first = planned(problem)
    gone = first.visits[0].jurors[0]
    jurors = tuple(j.model_copy(update={"absent": (AWAY,)}) if j.juror == gone else j for j in problem.jurors)
    amended = planned(changed(problem, jurors=jurors, published=first.visits))
    before, after = by_pathway(first.visits), by_pathway(amended.visits)
    touched = {visit.pathway for visit in first.visits if gone in visit.jurors}
    assert touched
    assert {id for id in before if before[id] != after.get(id)} == touched
    assert amended.objective["moved"] == sum(id in after for id in touched)


def test_a_visit_that_has_begun_does_not_move() -> None:
    problem = small()
    first = planned(problem)
    held = first.visits[0].pathway
    new = problem.candidates[0].model_copy(update={"pathway": "pathway:new", "person": "person:new"})
    amended = planned(changed(problem, candidates=(*problem.candidates, new), published=first.visits, fixed=(held,)))
    assert by_pathway(amended.visits)[held] == by_pathway(first.visits)[held]


def test_a_visit_that_must_not_move_but_is_no_longer_lawful_is_refused() -> None:
    problem = small()
    first = planned(problem)
    held, gone = first.visits[0].pathway, first.visits[0].jurors[0]
    jurors = tuple(j.model_copy(update={"absent": (AWAY,)}) if j.juror == gone else j for j in problem.jurors)
    assert refusal(changed(problem, jurors=jurors, published=first.visits, fixed=(held,))) == "plan.fixed_unlawful"


def test_the_best_plan_so_far_can_be_taken_at_any_moment() -> None:
    stop, steps = Event(), list[Progress]()

    def taken(step: Progress) -> None:
        steps.append(step)
        stop.set()

    made = planned(small(candidates=20, jurors=12, days=8), seconds=60, stop=stop, progress=taken)
    assert len(steps) == 1
    assert made.visits


def test_a_session_without_candidates_jurors_or_days_is_refused() -> None:
    problem = small()
    assert refusal(changed(problem, candidates=())) == "plan.no_candidates"
    assert refusal(changed(problem, jurors=())) == "plan.no_jurors"
    weekend = changed(problem, opens=date(2027, 6, 5), closes=date(2027, 6, 6))
    assert refusal(weekend) == "plan.no_days"


def _tied(candidate: CandidateFacts, jurors: Sequence[JurorFacts]) -> tuple[TieFacts, ...]:
    return tuple(
        TieFacts(who=j.juror, person=candidate.person, kind="coached", declared_on=OPENS, declared_by="x")
        for j in jurors
    )


def test_a_candidate_tied_to_every_president_has_no_lawful_jury_and_that_is_why() -> None:
    problem = small()
    one = problem.candidates[0]
    presidents = [juror for juror in problem.jurors if "president" in juror.parts]
    made = planned(changed(problem, ties=_tied(one, presidents)))
    assert [entry.pathway for entry in made.unseated] == [one.pathway]
    # Either would do: that two experts might sit without a president, or that a tie does not count.
    assert rules_of(made) == ["president_from_certifier", "no_tie"]
    assert {free["rule"] for free in made.unseated[0].frees} == {"president_from_certifier", "no_tie"}
    assert made.bound == len(problem.candidates) - 1
    assert made.proven


def test_jurors_who_are_never_there_are_why_and_one_day_of_theirs_would_free_it() -> None:
    problem = small(candidates=1)
    jurors = tuple(juror.model_copy(update={"absent": (AWAY,)}) for juror in problem.jurors)
    made = planned(changed(problem, jurors=jurors))
    assert rules_of(made) == ["available"]
    assert made.unseated[0].frees[0].keys() == {"free", "juror", "day"}


def test_other_reasons_for_having_no_seat_are_named() -> None:
    problem = small(candidates=1, days=1)
    one = problem.candidates[0].model_copy(update={"route": "training", "blocks": ("TD",)})
    closed = {**problem.capacity, "TD": 0}
    assert rules_of(planned(changed(problem, candidates=(one,), capacity=closed))) == ["capacity"]
    lost = one.model_copy(update={"workplace": "nowhere"})
    assert rules_of(planned(changed(problem, candidates=(lost,)))) == ["workplace"]
    steep = tuple(site.model_copy(update={"accessible": False}) for site in problem.sites)
    needing = one.model_copy(update={"accessible": True})
    assert rules_of(planned(changed(problem, candidates=(needing,), sites=steep))) == ["accessible"]
    busy = one.model_copy(update={"unavailable": (OPENS,)})
    assert rules_of(planned(changed(problem, candidates=(busy,)))) == ["unavailable"]


def test_rooms_that_are_taken_are_why() -> None:
    problem = small(candidates=8, jurors=8, sites=1, days=1)
    roomless = tuple(site.model_copy(update={"rooms": 1}) for site in problem.sites)
    full = [c.model_copy(update={"route": "training", "blocks": ("GRU", "MDR", "POS"), "extra_time": 0})
            for c in problem.candidates]  # fmt: skip
    jurors = tuple(juror.model_copy(update={"absent": ()}) for juror in problem.jurors)
    made = planned(changed(problem, candidates=tuple(full), sites=roomless, ties=(), jurors=jurors), seconds=1)
    assert made.unseated
    assert rules_of(made) == ["rooms"]
    assert made.unseated[0].frees[0] == {"free": "room", "site": problem.sites[0].id}
