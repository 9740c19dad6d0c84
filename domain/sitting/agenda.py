"""What lies ahead of a sitting: the scheme's deadlines, and what somebody must do now."""

from __future__ import annotations

from datetime import date

from domain import mailing
from domain.agenda import Due, Task
from domain.authority import Role
from domain.deadlines import Running, dues, running
from domain.sitting.state import Sitting


def runs(state: Sitting) -> list[Running]:
    """The scheme's deadlines that run on this sitting."""
    if state.status not in ("open", "closed"):
        return []
    return running("sitting", state.scheme, state.milestones, state.passed)


def due(state: Sitting) -> list[Due]:
    """The moments at which something happens by itself, earliest first."""
    return dues(runs(state), state.scheme, state.passed) if state.status in ("open", "closed") else []


def todo(state: Sitting) -> list[Task]:
    """What somebody must do now, also about mails that did not arrive."""
    return [*_next_steps(state), *mailing.tasks(state)]


def _next_steps(state: Sitting) -> list[Task]:
    """What somebody must do now."""
    since = max((mark.on for name, mark in state.milestones.items() if name != "sitting_date"), default=date.min)

    def task(kind: str, who: Role, by: date | None) -> Task:
        return Task(id=kind, kind=kind, who=who, since=since, by=by)

    if state.status == "open":
        by = min((run.due for run in runs(state) if run.due is not None), default=state.held_on)
        return [task("close_agenda", Role.ADMINISTRATOR, by)]
    if state.status == "closed":
        if state.conduct is not None and not state.members:
            if not state.dossiers and not state.expected:
                return [task("cancel_sitting", Role.ADMINISTRATOR, state.held_on)]
            return [task("convene_members", Role.ADMINISTRATOR, state.held_on)] if state.lacking else []
        if state.conduct is not None and state.attendance is None:
            return [task("record_attendance", Role.PARITAIRE, state.held_on)]
        undecided = state.dossiers.keys() - state.decisions.keys()
        return [task("decide_dossiers" if undecided else "proclaim", Role.PARITAIRE, state.held_on)]
    return []
