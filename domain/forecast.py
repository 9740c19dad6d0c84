"""Deadlines that cannot be met as things are planned: what would end them comes too late, or is not planned at all."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import Literal, NamedTuple

from domain.meetings import BEFORE_THE_JURY, BEFORE_THE_SITTING, OpenSession, OpenSitting, first_session, first_sitting
from domain.scheme.model import Deadline

_BY_A_SITTING = BEFORE_THE_SITTING | {"contest_decided"}
_AFTER_A_SITTING = frozenset({"decided", "awarded", "notified"})
"""What has been decided is notified by itself: no meeting is waited for."""


class Ahead(NamedTuple):
    """A deadline that runs on a pathway, and the meetings to come that the pathway is bound to, if any.

    ``blocks``: those that a jury still has to assess.
    """

    id: str
    stream: str
    deadline: Deadline
    due: date
    blocks: tuple[str, ...] = ()
    session: OpenSession | None = None
    sitting: OpenSitting | None = None


class Meeting(NamedTuple):
    """A session or a sitting, and the first day on which it can end a deadline."""

    stream: str
    on: date


class Breach(NamedTuple):
    """A deadline that cannot be met. ``meeting``: what will end it, too late; None when nothing is planned.

    ``saved_by``: meetings that are planned and would still be in time; where there is none, one on ``due`` at the
    latest would do.
    """

    ahead: Ahead
    needs: Literal["session", "sitting"]
    meeting: Meeting | None
    saved_by: tuple[Meeting, ...]


def breach(
    ahead: Ahead, sessions: Sequence[OpenSession], sittings: Sequence[OpenSitting], today: date
) -> Breach | None:
    """Why ``ahead`` cannot be met, if it cannot; ``sessions`` and ``sittings`` are those that still take somebody."""
    ends = set(ahead.deadline.ends)
    if ends & BEFORE_THE_JURY:
        return _before_the_jury(ahead, sessions, today)
    if ends & _BY_A_SITTING and ahead.deadline.starts not in _AFTER_A_SITTING:
        return _before_the_sitting(ahead, sittings, today)
    return None


def _before_the_jury(ahead: Ahead, sessions: Sequence[OpenSession], today: date) -> Breach | None:
    bound = ahead.session or first_session(sessions, ahead.blocks, today)
    if bound is not None and bound.opens <= ahead.due:
        return None
    fitting = [session for session in sessions if first_session([session], ahead.blocks, today) is not None]
    saving = tuple(Meeting(session.session, session.opens) for session in fitting if session.opens <= ahead.due)
    return Breach(ahead, "session", Meeting(bound.session, bound.opens) if bound else None, saving)


def _before_the_sitting(ahead: Ahead, sittings: Sequence[OpenSitting], today: date) -> Breach | None:
    # A candidate who is still to come before a jury cannot be decided on before that.
    after = ahead.session.opens if ahead.session is not None else today
    bound = ahead.sitting or first_sitting(sittings, after)
    if bound is not None and bound.held_on <= ahead.due:
        return None
    fitting = [sitting for sitting in sittings if first_sitting([sitting], after) is not None]
    saving = tuple(Meeting(sitting.sitting, sitting.held_on) for sitting in fitting if sitting.held_on <= ahead.due)
    return Breach(ahead, "sitting", Meeting(bound.sitting, bound.held_on) if bound else None, saving)
