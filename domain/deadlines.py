"""The deadlines of a scheme applied to what has happened: which run, until when, and why.

A deadline is never stored: it is computed from the milestones of the stream and from the scheme version (calendar
included) that the stream is pinned to, so it moves by itself when a pause or a new milestone moves it.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Literal, NamedTuple

from domain import calendar
from domain.agenda import Due
from domain.calendar import AfterPause, Pause, Reckoning
from domain.scheme.model import AggregateName, Deadline, Scheme

_DAY = timedelta(days=1)


class Milestone(NamedTuple):
    """When something was reached: the version of the event that said so, and the day it was true."""

    version: int
    on: date


Status = Literal["running", "paused", "missed", "open"]


@dataclass(frozen=True, slots=True)
class Running:
    """A deadline that has started and has not ended.

    ``due`` and ``at`` are None while a pause lasts. ``status``: ``running``, ``paused``, ``missed`` once its passing
    was recorded, or ``open``: a right that may be used until then, and nothing happens when it ends.
    """

    id: str
    deadline: Deadline
    starts_on: date
    due: date | None
    at: datetime | None
    status: Status
    derivation: tuple[dict[str, str | int], ...]


def running(
    aggregate: AggregateName,
    scheme: Scheme,
    milestones: Mapping[str, Milestone],
    passed: AbstractSet[str],
    suspensions: Sequence[Pause] = (),
    completeness: Sequence[Pause] = (),
) -> list[Running]:
    """The deadlines of ``aggregate`` that run, in the scheme's order.

    ``suspensions`` stop every clock; ``completeness`` stops those that the scheme says a request for pieces stops.
    """
    found = []
    for deadline in scheme.deadlines_of(aggregate):
        start = milestones.get(deadline.starts)
        if start is None or _ended(deadline, start, milestones):
            continue
        found.append(_running(deadline, start, scheme, passed, suspensions, completeness))
    return found


def _ended(deadline: Deadline, start: Milestone, milestones: Mapping[str, Milestone]) -> bool:
    return any(end in milestones and milestones[end].version > start.version for end in deadline.ends)


def _running(
    deadline: Deadline,
    start: Milestone,
    scheme: Scheme,
    passed: AbstractSet[str],
    suspensions: Sequence[Pause],
    completeness: Sequence[Pause],
) -> Running:
    pauses = pauses_of(deadline, start, suspensions, completeness)
    reckoning = reckoned(deadline, start, scheme, pauses)
    id = f"{deadline.id}:{start.version}"
    at = passes_at(deadline, scheme, reckoning.due)
    status: Status = "missed" if id in passed else "paused" if at is None else "running"
    if status == "running" and deadline.passed == "over":
        status = "open"
    return Running(id, deadline, start.on, reckoning.due, at, status, reckoning.derivation)


def pauses_of(
    deadline: Deadline, start: Milestone, suspensions: Sequence[Pause], completeness: Sequence[Pause]
) -> tuple[Pause, ...]:
    """The pauses that stop this clock, the earliest first; those that ended before it started are left out."""
    stops = deadline.paused_by_completeness != "no"
    pauses = sorted((*suspensions, *(completeness if stops else ())), key=lambda pause: pause.since)
    return tuple(pause for pause in pauses if pause.until is None or pause.until > start.on)


def reckoned(deadline: Deadline, start: Milestone, scheme: Scheme, pauses: tuple[Pause, ...]) -> Reckoning:
    """The last day of ``deadline``, started by ``start`` and stopped by ``pauses``, and how it comes about."""
    after: AfterPause = "restart" if deadline.paused_by_completeness == "restart" else "resume"
    return calendar.add(scheme.calendar, start.on, deadline.amount, deadline.unit, pauses, after, deadline.before)


def passes_at(deadline: Deadline, scheme: Scheme, due: date | None) -> datetime | None:
    """The moment at which ``deadline`` has passed; None while a pause lasts."""
    if due is None:
        return None
    # A period counted back from a fixed date must be kept when its last day begins; any other is over when it ends.
    return calendar.instant(scheme.calendar, due - _DAY if deadline.before else due)


def dues(runs: Sequence[Running], scheme: Scheme, passed: AbstractSet[str]) -> list[Due]:
    """The passings and reminders that ``runs`` still have ahead of them, earliest first."""
    return sorted(_dues(runs, scheme, passed), key=lambda due: (due.at, due.id))


def _dues(runs: Sequence[Running], scheme: Scheme, passed: AbstractSet[str]) -> Iterator[Due]:
    for run in runs:
        if run.due is None or run.at is None or run.status != "running":
            continue
        yield Due(id=run.id, deadline=run.deadline.id, on=run.due, at=run.at)
        for days in run.deadline.remind:
            reminder = f"{run.id}:remind:{days}"
            day = run.due - timedelta(days=days)
            if (run.deadline.before or day > run.starts_on) and reminder not in passed:
                at = calendar.instant(scheme.calendar, day - _DAY)
                yield Due(id=reminder, deadline=run.deadline.id, on=day, at=at)
