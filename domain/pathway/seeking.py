"""How a pathway finds its next session and its sitting by itself, and what it tells the session it has a seat in.

A version of the scheme without a conduct leaves all of this to people.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from domain.meetings import DeadlineEndangered, MeetingNear
from domain.records import Recorded

if TYPE_CHECKING:
    from domain.pathway import events as e
    from domain.pathway.state import Pathway

NOT_THEIR_DOING = frozenset({"session_full", "session_cancelled", "no_lawful_jury"})
"""Reasons of a session for which a candidate who had asked in time goes to the next one, as if excused."""


def seek_session(state: Pathway, record: Recorded) -> None:
    """Owe the question which session takes the candidate, where the scheme has them go to the next by itself."""
    conduct, step = state.scheme.conduct, state.current
    if conduct is None or step is None:
        return
    if step.kind == "deliberation":
        seek_sitting(state, record)
    elif step.kind == "jury" and conduct.session.excused_to_next:
        _inquire(state, record, "sessions")


def seek_sitting(state: Pathway, record: Recorded) -> None:
    """Owe the question which sitting takes the dossier."""
    step = state.current
    if state.scheme.conduct is not None and step is not None and step.kind == "deliberation" and state.to_decide():
        _inquire(state, record, "sittings")


def resume_seeking(state: Pathway, record: Recorded) -> None:
    """Ask again what was asked before a suspension."""
    if state.seeking:
        _inquire(state, record, state.seeking)


def _inquire(state: Pathway, record: Recorded, what: str) -> None:
    state.seeking, state.unfound = what, False
    state.owe(record, what, kind="inquire", template=what, params={"scheme": state.scheme.id})


def unfound(state: Pathway, record: Recorded, fact: e.NoSessionFound | e.NoSittingFound) -> None:
    """Nothing takes them today; the administrator is told, and what opens next asks for them."""
    state.unfound = True
    params = {"pathway": state.stream}
    state.owe(record, "unfound", kind="notice", audience="administrator", template=fact.kind, params=params)


def warned(state: Pathway, record: Recorded, fact: DeadlineEndangered) -> None:
    """The administrator is told of a deadline that the meeting comes too late for."""
    state.endangered.add(f"{fact.deadline}/{fact.meeting}")
    params = {
        "deadline": fact.deadline,
        "last_day": fact.last_day.isoformat(),
        "meeting": fact.meeting,
        "held_on": fact.held_on.isoformat() if fact.held_on else None,
    }
    told = {"audience": "administrator", "template": "deadline_endangered", "params": params}
    state.owe(record, f"endangered/{fact.deadline}", kind="notice", **told)


def near(state: Pathway, record: Recorded, fact: MeetingNear) -> None:
    """The candidate and the employer are reminded of the session."""
    state.passed.add(fact.due)
    params = {"meeting": fact.meeting, "held_on": fact.held_on.isoformat(), "appointments": list(state.invited)}
    for audience in ("candidate", "employer") if state.employer else ("candidate",):
        told = {"audience": audience, "template": "reminder_session", "params": params}
        state.owe(record, f"near-{audience}", kind="notice", **told)


def tell_session(state: Pathway, record: Recorded) -> None:
    """Owe the session of the seat what has changed about its candidate."""
    seat = state.seat
    if state.scheme.conduct is None or seat is None or seat.status in ("attended", "absent", "excused"):
        return
    command = {"kind": "note_candidate", "candidate": state.candidate(seat.blocks).model_dump(mode="json")}
    state.owe(record, "candidate", kind="deliver", target=seat.session, command=command)
