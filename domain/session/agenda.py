"""What lies ahead of a session: the end of registration, the scheme's deadlines, and what somebody must do now."""

from __future__ import annotations

from datetime import date

from domain import calendar, mailing
from domain.agenda import Due, Task
from domain.authority import Role
from domain.deadlines import Running, dues, running
from domain.session.state import Session

REGISTRATION = "registration"
"""The deadline that every session sets itself, whatever its scheme."""

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
    return sorted(found, key=lambda entry: (entry.at, entry.id))


def todo(state: Session) -> list[Task]:
    """What somebody must do now, also about mails that did not arrive."""
    return [*_next_steps(state), *mailing.tasks(state)]


def _next_steps(state: Session) -> list[Task]:
    """What somebody must do now."""
    by = min((run.due for run in runs(state) if run.due is not None), default=None)
    tasks = []
    if state.status in ("open", "closed", "convened") and len(state.jurors) < state.scheme.jury.assessors:
        tasks.append(("appoint_juror", Role.ADMINISTRATOR, state.opens))
    if state.status == "convened":
        tasks.append(("hold", Role.ADMINISTRATOR, state.closes))
    if state.status == "held":
        tasks.append(("give_opinions", Role.JUROR, by))
    since = max((mark.on for name, mark in state.milestones.items() if not name.endswith("s")), default=date.min)
    return [Task(id=kind, kind=kind, who=who, since=since, by=until) for kind, who, until in tasks]
