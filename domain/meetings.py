"""Sessions and sittings as others look them up: those that still take somebody; and the deadlines they endanger."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from datetime import date, timedelta
from typing import Literal

from domain import calendar
from domain.agenda import Due
from domain.deadlines import Running
from domain.records import Fact, Frozen
from domain.scheme.model import Scheme

BEFORE_THE_JURY = frozenset({"jury_attended", "marked", "opinion_given"})
"""Milestones of a pathway that only a session of the professional jury can bring about."""

BEFORE_THE_SITTING = frozenset({"decided", "notified"})
"""Those that only a sitting of the paritaire jury can bring about."""


class OpenSession(Frozen):
    """A session that takes candidates today. ``blocks``: those that are assessed there."""

    session: str
    opens: date
    closes: date
    registration_closes: date
    blocks: tuple[str, ...]


class OpenSitting(Frozen):
    """A sitting whose agenda is open."""

    sitting: str
    held_on: date


class DeadlineEndangered(Fact):
    """A deadline cannot be met: what would end it only happens in ``meeting``, after the ``last_day``.

    ``meeting`` is empty when there is none at all. ``deadline`` names the deadline of the scheme.
    """

    kind: Literal["deadline_endangered"] = "deadline_endangered"
    deadline: str
    last_day: date
    meeting: str
    held_on: date | None
    basis: str


class MeetingNear(Fact):
    """Whoever is expected at ``meeting`` is reminded of it; ``held_on``: the first day on which they are."""

    kind: Literal["meeting_near"] = "meeting_near"
    due: str
    meeting: str
    held_on: date


NEAR = "meeting_near"
"""The moment at which whoever is convened is reminded: :data:`NEAR_DAYS` before their first day."""

NEAR_DAYS = 7


def near(scheme: Scheme, held_on: date, told_on: date) -> Due | None:
    """The moment of the reminder, once for each day; None when the convocation itself came later than that."""
    day = held_on - timedelta(days=NEAR_DAYS)
    if scheme.conduct is None or told_on >= day:
        return None
    at = calendar.instant(scheme.calendar, day - timedelta(days=1))
    return Due(id=f"{NEAR}:{held_on.isoformat()}", deadline=NEAR, on=day, at=at)


def endangered(
    runs: Sequence[Running], ends: Collection[str], meeting: str, held_on: date, today: date
) -> Iterator[DeadlineEndangered]:
    """Which of ``runs`` end by one of ``ends``, that is not before ``held_on``, and so come too late."""
    for run in runs:
        if run.due is not None and run.due < held_on and not set(run.deadline.ends).isdisjoint(ends):
            yield DeadlineEndangered(
                on=today,
                deadline=run.deadline.id,
                last_day=run.due,
                meeting=meeting,
                held_on=held_on,
                basis=run.deadline.basis,
            )


def first_session(sessions: Sequence[OpenSession], blocks: Sequence[str], today: date) -> OpenSession | None:
    """The earliest of ``sessions`` that still takes a candidate for all of ``blocks``."""
    fitting = [
        session
        for session in sessions
        if session.opens > today and session.registration_closes >= today and set(blocks) <= set(session.blocks)
    ]
    return min(fitting, key=lambda session: (session.opens, session.session), default=None)


def first_sitting(sittings: Sequence[OpenSitting], today: date) -> OpenSitting | None:
    """The earliest of ``sittings`` that still takes a dossier."""
    fitting = [sitting for sitting in sittings if sitting.held_on > today]
    return min(fitting, key=lambda sitting: (sitting.held_on, sitting.sitting), default=None)
