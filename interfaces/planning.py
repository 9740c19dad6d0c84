"""A session as the planner is given it, and a plan as it is published, printed in JSON, and read back from a file."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from datetime import date, timedelta
from pathlib import Path
from typing import Any, NamedTuple

from pydantic import TypeAdapter, ValidationError

from domain.plan import Plan, PlanProblem, Visit
from domain.register import register_of
from domain.scheme.model import Scheme
from domain.session.events import JurorAppointed, JurorWithdrew
from domain.session.guards import require_live
from domain.session.jury import conduct_of
from domain.session.state import Session
from eventstore.reading import Reading
from eventstore.roster import Roster
from interfaces.streams import StreamFile, read_stream

_VISITS = TypeAdapter(tuple[Visit, ...])


class Asked(NamedTuple):
    """A session to plan: its stream, version and scheme, what the planner needs, which plan is published (0: none)."""

    stream: str
    version: int
    scheme: Scheme
    problem: PlanProblem
    plan: int


class NotAPlan(Exception):
    """A file holds no plan; ``line`` is where JSON breaks, ``place`` what is wrong in it."""

    def __init__(self, reason: str, place: str = "", line: int = 0) -> None:
        super().__init__(reason)
        self.reason, self.place, self.line = reason, place, line


async def asked_of(
    reading: Reading, stream: str, today: date, site: str = "", afresh: bool = False, *, published: bool = False
) -> Asked:
    """What is to be planned: the candidates who have a seat, and what the register says of jurors, sites and ties.

    ``site``: where the rooms are, unless it is the session's place. ``afresh``: the plan published does not count,
    but for those whose visits have begun. ``published``: only the plan that was published is asked for, which a
    session that is over has, too.

    Raises:
        Refused: for a session that is over, or whose scheme has no conduct.
    """
    file = await read_stream(reading, stream)
    state: Session = file.state
    if not published or not state.status:
        require_live(state)
    conduct_of(state)
    assert state.opens is not None
    assert state.closes is not None
    roster, register = Roster(reading.pool), register_of(state.scheme)
    past = tuple(state.opens + timedelta(days=n) for n in range(max(0, (today - state.opens).days)))
    begun = tuple(id for id, visits in state.visits.items() if min(v.starts.date() for v in visits) < today)
    planned = tuple(visit for id, visits in state.visits.items() for visit in visits if not afresh or id in begun)
    candidates = tuple(
        state.candidates[id].model_copy(update={"unavailable": (*state.candidates[id].unavailable, *past)})
        if past and id not in begun
        else state.candidates[id]
        for id in state.seated
        if id in state.candidates
    )
    gone = _gone(file)
    problem = PlanProblem(
        session=stream,
        scheme_hash=state.scheme_hash,
        opens=state.opens,
        closes=state.closes,
        modality="remote" if state.modality == "remote" else "in_person",
        site=site or state.place,
        capacity=state.capacity,
        candidates=candidates,
        jurors=tuple(j for j in await roster.jurors(register) if j.active and j.juror not in gone),
        sites=tuple(await roster.sites(register)),
        ties=tuple(await roster.ties(register, [candidate.person for candidate in candidates])),
        published=planned,
        fixed=begun,
    )
    return Asked(stream, state.version, state.scheme, problem, state.plan)


def _gone(file: StreamFile) -> set[str]:
    """Jurors who withdrew from this session and were not appointed again."""
    gone = set[str]()
    for record in file.records:
        if isinstance(record.fact, JurorWithdrew):
            gone.add(record.fact.juror)
        elif isinstance(record.fact, JurorAppointed):
            gone.discard(record.fact.juror)
    return gone


def order(problem: PlanProblem, plan: Plan) -> dict[str, Any]:
    """The command that publishes a plan, with the facts that it rests on and no others."""
    jurors = {juror for visit in plan.visits for juror in visit.jurors}
    sites = {visit.site for visit in plan.visits} | {problem.site}
    return {
        "kind": "publish_plan",
        "visits": [visit.model_dump(mode="json") for visit in plan.visits],
        "unseated": [entry.model_dump(mode="json") for entry in plan.unseated],
        "jurors": [juror.model_dump(mode="json") for juror in problem.jurors if juror.juror in jurors],
        "sites": [site.model_dump(mode="json") for site in problem.sites if site.id in sites],
        "ties": [tie.model_dump(mode="json") for tie in problem.ties if tie.who in jurors],
        "minutes": dict(problem.minutes),
        "site": problem.site,
    }


def report(asked: Asked, plan: Plan, status: str) -> dict[str, Any]:
    """A plan in JSON: per seat (a task of a block) the candidate, site, start, end and jurors; then whole visits."""
    return {
        "session": asked.stream,
        "status": status,
        "scheme": asked.scheme.id,
        "scheme_hash": asked.problem.scheme_hash,
        "timezone": asked.scheme.calendar.timezone,
        "candidates": len(asked.problem.candidates),
        "seated": len({visit.pathway for visit in plan.visits}),
        "bound": plan.bound,
        "gap": plan.gap,
        "proven": plan.proven,
        "objective": plan.objective,
        "seats": seats(plan.visits),
        "visits": [visit.model_dump(mode="json") for visit in plan.visits],
        "unseated": [entry.model_dump(mode="json") for entry in plan.unseated],
    }


def seats(visits: Sequence[Visit]) -> list[dict[str, Any]]:
    """One entry for each task of each block, in order of time."""
    return [
        {
            "candidate": visit.pathway,
            "block": task.block,
            "task": task.task,
            "site": visit.site,
            "modality": visit.modality,
            "start": task.starts.isoformat(),
            "end": task.ends.isoformat(),
            "jurors": list(visit.jurors),
            "visit": number,
        }
        for number, visit in enumerate(visits)
        for task in visit.tasks
    ]


def read_plan(path: Path) -> tuple[Visit, ...]:
    """The visits of a plan that :func:`report` wrote, perhaps changed by hand since.

    Raises:
        OSError: when the file cannot be read.
        NotAPlan: when it holds no plan.
    """
    try:
        document = json.loads(path.read_text("utf-8-sig"))
    except UnicodeDecodeError:
        raise NotAPlan("encoding") from None
    except json.JSONDecodeError as error:
        raise NotAPlan("json", line=error.lineno) from None
    except RecursionError:
        raise NotAPlan("json", line=1) from None
    if not isinstance(document, Mapping) or not isinstance(document.get("visits"), list):
        raise NotAPlan("visits")
    try:
        return _VISITS.validate_python(document["visits"], strict=False)
    except ValidationError as error:
        place = "visits." + ".".join(str(part) for part in error.errors()[0]["loc"])
        raise NotAPlan("field", place=place) from None


def as_plan(asked: Asked, visits: Sequence[Visit]) -> Plan:
    """Visits that come from elsewhere as a plan of which nothing is proven."""
    seated = {visit.pathway for visit in visits}
    return Plan(
        visits=tuple(visits),
        bound=len(asked.problem.candidates),
        gap=(len(asked.problem.candidates) - len(seated)) / max(1, len(asked.problem.candidates)),
        proven=False,
    )
