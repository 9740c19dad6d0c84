"""The rules on publishing a plan: over a session that lives, without a fault, and moving nobody who has begun."""

from __future__ import annotations

from collections import defaultdict

from domain.aggregate import Context
from domain.plan import PlanProblem, Visit
from domain.plan_check import check_plan
from domain.records import Fact
from domain.refusal import refuse
from domain.session import commands as c
from domain.session import events as e
from domain.session.guards import require_live
from domain.session.jury import conduct_of, inquired
from domain.session.state import Session


def publish(state: Session, command: c.PublishPlan, context: Context) -> list[Fact]:
    """Publish ``command.visits``, once the independent check has found nothing against them."""
    require_live(state)
    conduct_of(state)
    problem = problem_of(state, command, context)
    faults = check_plan(state.scheme, problem, command.visits)
    if faults:
        named = [
            {**fault.model_dump(mode="json"), "pathway": _pathway(command.visits, fault.visit)} for fault in faults
        ]
        rules = sorted({fault.rule for fault in faults})
        raise refuse("plan.faulty", basis=faults[0].basis, number=len(faults), rules=rules, faults=named[:50])
    visits = by_pathway(command.visits)
    moved = tuple(sorted(id for id, before in state.visits.items() if visits.get(id) != before))
    published = e.PlanPublished(
        on=context.on,
        number=state.plan + 1,
        moved=moved,
        **{name: getattr(command, name) for name in ("visits", "unseated", "jurors", "sites", "ties")},
    )
    return [*_appointed(state, command, context), published, *inquired(state, context, "change")]


def problem_of(state: Session, command: c.PublishPlan, context: Context) -> PlanProblem:
    """What the plan is checked against: the session as it is, the register as the command brings it."""
    assert state.opens is not None
    assert state.closes is not None
    assert state.modality in ("in_person", "remote")
    begun = [id for id, visits in state.visits.items() if min(v.starts.date() for v in visits) < context.today]
    return PlanProblem(
        session=state.stream,
        scheme_hash=state.scheme_hash,
        opens=state.opens,
        closes=state.closes,
        modality="remote" if state.modality == "remote" else "in_person",
        site=command.site or state.place,
        capacity=state.capacity,
        candidates=tuple(state.candidates[id] for id in state.seated if id in state.candidates),
        jurors=command.jurors,
        sites=command.sites,
        ties=command.ties,
        minutes=command.minutes,
        published=tuple(visit for visits in state.visits.values() for visit in visits),
        fixed=tuple(begun),
    )


def by_pathway(visits: tuple[Visit, ...]) -> dict[str, tuple[Visit, ...]]:
    """The visits of each candidate, the earliest first."""
    found: dict[str, list[Visit]] = defaultdict(list)
    for visit in sorted(visits, key=lambda visit: visit.starts):
        found[visit.pathway].append(visit)
    return {pathway: tuple(own) for pathway, own in found.items()}


def _pathway(visits: tuple[Visit, ...], number: int | None) -> str | None:
    return None if number is None else visits[number].pathway


def _appointed(state: Session, command: c.PublishPlan, context: Context) -> list[Fact]:
    """Those whom the plan has sit and who were not appointed before."""
    planned = {juror for visit in command.visits for juror in visit.jurors} - state.jurors.keys()
    return [
        e.JurorAppointed(
            on=context.on,
            juror=juror.juror,
            part="president" if "president" in juror.parts else "trade_expert",
            organisation=juror.organisation.name,
            branch=juror.branch,
        )
        for juror in command.jurors
        if juror.juror in planned
    ]
