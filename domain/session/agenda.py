"""What lies ahead of a session: the end of registration, the scheme's deadlines, and what somebody must do now."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

from domain import calendar, mailing
from domain.agenda import Due, Task
from domain.authority import Role
from domain.deadlines import Running, dues, running
from domain.meetings import near
from domain.scheme.conduct import Rung
from domain.session.state import Session

REGISTRATION = "registration"
"""The deadline that every session sets itself, whatever its scheme."""

REGISTRATION_OPENS = "registration_opens"
"""The day before which no request is taken, where the session was announced earlier."""

LATE = "results_late"
"""A rung of the ladder that is climbed while results are late."""

_OVER = ("completed", "cancelled")


def runs(state: Session) -> list[Running]:
    """The scheme's deadlines that run on this session."""
    if not state.status or state.status in _OVER:
        return []
    return running("session", state.scheme, state.milestones, state.passed)


def due(state: Session) -> list[Due]:
    """The moments at which something happens by itself, earliest first."""
    if not state.status or state.status in _OVER:
        return []
    found = dues(runs(state), state.scheme, state.passed)
    if state.status == "open" and state.registration_closes is not None:
        at = calendar.instant(state.scheme.calendar, state.registration_closes)
        found.append(Due(id=REGISTRATION, deadline=REGISTRATION, on=state.registration_closes, at=at))
    if state.status == "announced" and state.registration_opens is not None:
        day = state.registration_opens
        at = calendar.instant(state.scheme.calendar, day - timedelta(days=1))
        found.append(Due(id=REGISTRATION_OPENS, deadline=REGISTRATION_OPENS, on=day, at=at))
    found += [due for due, _ in rungs(state) if due.id not in state.passed]
    found += _reminders(state)
    return sorted(found, key=lambda entry: (entry.at, entry.id))


def _reminders(state: Session) -> list[Due]:
    """The reminder of each day on which some juror is first expected."""
    if state.status != "convened":
        return []
    told = state.milestones["convened"].on
    days = {first_day(state, juror) for juror in state.invited if juror in state.jurors}
    found = [near(state.scheme, day, told) for day in sorted(days)]
    return [due for due in found if due is not None and due.id not in state.passed]


def first_day(state: Session, juror: str) -> date:
    """The first day on which ``juror`` is expected: of their visits, or of the session."""
    assert state.opens is not None
    starts = [date.fromisoformat(str(entry["start"])[:10]) for entry in state.invited.get(juror, ())]
    return min(starts, default=state.opens)


def rungs(state: Session) -> list[tuple[Due, Rung]]:
    """The rungs of the scheme's ladder with their moments, counted from the day on which the results are due."""
    conduct = state.scheme.conduct
    results = [run for run in runs(state) if "completed" in run.deadline.ends and run.due is not None]
    if conduct is None or not results:
        return []
    days, found = state.scheme.calendar, []
    for number, rung in enumerate(conduct.session.ladder):
        assert results[0].due is not None
        day = calendar.add(days, results[0].due, rung.after, rung.unit).due
        assert day is not None, "nothing pauses the clock of a session"
        id = f"{LATE}:{results[0].id}:{number}"
        found.append((Due(id=id, deadline=LATE, on=day, at=calendar.instant(days, day)), rung))
    return found


def todo(state: Session) -> list[Task]:
    """What somebody must do now, also about mails that did not arrive."""
    return [*_next_steps(state), *mailing.tasks(state)]


def _next_steps(state: Session) -> list[Task]:
    """What somebody must do now."""
    by = min((run.due for run in runs(state) if run.due is not None), default=None)
    tasks = []
    if state.status in ("announced", "open", "closed", "convened") and len(state.jurors) < state.scheme.jury.assessors:
        tasks.append(("appoint_juror", Role.ADMINISTRATOR, state.opens))
    if state.faults and state.status in ("open", "closed", "convened"):
        tasks.append(("mend_jury", Role.ADMINISTRATOR, state.opens))
    if state.endangered:
        tasks.append(("save_deadline", Role.ADMINISTRATOR, min(late.last_day for late in state.endangered)))
    if state.status == "convened" and state.conducted:
        tasks.append(("begin", Role.JUROR, state.closes))
    elif state.status in ("convened", "begun"):
        tasks.append(("hold", Role.ADMINISTRATOR, state.closes))
    if state.status == "held":
        tasks.append(("give_opinions", Role.JUROR, by))
    since = max((mark.on for name, mark in state.milestones.items() if not name.endswith("s")), default=date.min)
    said = {"mend_jury": _faults(state)} if state.faults else {}
    return [
        Task(id=kind, kind=kind, who=who, since=since, by=until, params=said.get(kind, {}))
        for kind, who, until in tasks
    ]


def _faults(state: Session) -> dict[str, Any]:
    """Which rules stand in the way of how many candidates, and who would mend them."""
    found = [finding for faults in state.faults.values() for finding in faults]
    return {
        "candidates": len(state.faults),
        "rules": sorted({finding.rule for finding in found}),
        "substitutes": sorted({id for finding in found for id in finding.mends}),
    }
