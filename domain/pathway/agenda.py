"""What lies ahead of a pathway: deadlines due, and what somebody must do now."""

from __future__ import annotations

from datetime import date
from typing import Any

from domain import mailing
from domain.agenda import Due, Task
from domain.authority import Role
from domain.deadlines import Running, dues, running
from domain.meetings import near
from domain.pathway import lapsing
from domain.pathway.state import Pathway

_AFTER_THE_END = frozenset({"decided", "closed"})
"""A closed pathway still owes what its decision started: the notification above all."""

_AFTER_A_DECISION = frozenset({"notified", "awarded", "contested", "contest_admitted"})
"""What starts the periods in which the decision may be contested, must be answered for, and an award be withdrawn."""

_AFTER_AN_AWARD = frozenset({"deposit_owed"})
"""What starts the period in which the holder is to be deposited with the Caisse des Dépôts."""

_ASIDE = _AFTER_A_DECISION | _AFTER_AN_AWARD | {"contest_answered", "contest_decided", "award_withdrawn", "deposited"}
"""Milestones beside the road: they change nothing about how long the next step has been waiting."""


def runs(state: Pathway) -> list[Running]:
    """The deadlines that run on this pathway."""
    if not state.status:
        return []
    found = running("pathway", state.scheme, state.milestones, state.passed, state.suspensions, state.completeness)
    if state.status == "closed":
        # Nobody who was erased can contest, or be told of a withdrawal.
        conducted = _AFTER_A_DECISION if state.scheme.conduct is not None and not state.erased else frozenset()
        # Nor can they be deposited.
        awarded = frozenset() if state.erased else _AFTER_AN_AWARD
        return [run for run in found if run.deadline.starts in _AFTER_THE_END | conducted | awarded]
    return found


def due(state: Pathway) -> list[Due]:
    """The moments at which something happens by itself, earliest first. None while the pathway is suspended."""
    if not state.status:
        return []
    found = dues(runs(state), state.scheme, state.passed)
    return sorted([*found, *_reminder(state), *lapsing.dues(state)], key=lambda entry: (entry.at, entry.id))


def _reminder(state: Pathway) -> list[Due]:
    """The reminder of the session that the candidate is convened to."""
    seat, convened = state.seat, state.milestones.get("convened")
    if state.status != "open" or seat is None or seat.status != "convened" or convened is None or seat.opens is None:
        return []
    first = min((visit.starts.date() for visit in seat.visits), default=seat.opens)
    due = near(state.scheme, first, convened.on)
    return [due] if due is not None and due.id not in state.passed else []


def todo(state: Pathway) -> list[Task]:
    """What somebody must do now: for the pathway to go on, and about mails that did not arrive."""
    return [*_next_steps(state), *_after_a_decision(state), *_asked(state), *mailing.tasks(state)]


def _next_steps(state: Pathway) -> list[Task]:
    """What somebody must do now for the pathway to go on; empty once it is closed."""
    if not state.status or state.status == "closed":
        return []
    aside = _ASIDE if state.scheme.conduct is not None else frozenset()
    reached = (milestone.on for name, milestone in state.milestones.items() if name not in aside)
    since = max(reached, default=state.opened_on)
    ahead = (run for run in runs(state) if run.deadline.starts not in aside and run.due is not None)
    by = min((run.due for run in ahead if run.due is not None), default=None)
    kind, who, params = _next(state)
    return [Task(id=kind, kind=kind, who=who, since=since or date.min, by=by, params=params), *_unsigned(state)]


def _after_a_decision(state: Pathway) -> list[Task]:
    """Who must answer a contestation, and which certification no longer rests on all its blocks."""
    tasks = []
    contest = state.contest
    if contest is not None and contest.pending:
        due = {run.deadline.starts: run.due for run in runs(state)}
        if contest.status == "filed":
            by = due.get("contested")
            tasks.append(task("decide_contest_admissibility", Role.ADMINISTRATOR, contest.on, by))
        else:
            since, by = state.milestones["contest_admitted"].on, due.get("contest_admitted")
            who = Role.PARITAIRE if contest.sitting else Role.ADMINISTRATOR
            params = {"sitting": contest.sitting} if contest.sitting else {}
            tasks.append(task("redecide" if contest.sitting else "redeliberate", who, since, by, **params))
    if state.lost and state.certified:
        assert state.opened_on is not None
        tasks.append(task("review_award", Role.ADMINISTRATOR, state.closed_on or state.opened_on))
    return tasks


def _asked(state: Pathway) -> list[Task]:
    """What the Caisse des Dépôts needs to know of the holder, until it is told."""
    if state.question is None or state.erased:
        return []
    by = next((run.due for run in runs(state) if run.deadline.starts in _AFTER_AN_AWARD), None)
    asked = {field: code for field, code in sorted(state.question.faults.items())}
    return [task("complete_identity", Role(state.question.of), state.question.on, by, faults=asked)]


def _unsigned(state: Pathway) -> list[Task]:
    """The PV of the professional jury, until all who assessed have signed it."""
    if state.opinion is None or state.sheets.keys() <= state.signed.keys():
        return []
    return [task("sign_pv", Role.JUROR, state.opinion.on, session=state.opinion.session)]


def task(kind: str, who: Role, since: date, by: date | None = None, **params: Any) -> Task:
    """A task of which a pathway has one at a time."""
    return Task(id=kind, kind=kind, who=who, since=since, by=by, params=params)


def _next(state: Pathway) -> tuple[str, Role, dict[str, str]]:
    step = state.current
    if state.status == "suspended" or step is None:
        return "resume", Role.ADMINISTRATOR, {}
    match step.kind:
        case "positioning":
            return "record_positioning", Role.EMPLOYER, {}
        case "preliminary":
            return "record_preliminary", Role.TRAINING_BODY, {}
        case "training":
            return ("complete_training" if state.modules else "plan_training"), Role.TRAINING_BODY, {}
        case "admissibility":
            return _admissibility(state)
        case "dossier":
            return "file_dossier", Role.CANDIDATE, {"step": step.id}
        case "jury":
            return _jury(state)
        case "deliberation":
            if state.dossier is None:
                if state.seeking:
                    return "await_sitting", Role.ADMINISTRATOR, {}
                return "send_dossier", Role.ADMINISTRATOR, {}
            return "decide_dossier", Role.PARITAIRE, {"sitting": state.dossier.sitting}
        case "support":
            return "complete_support", Role.TRAINING_BODY, {}


def _admissibility(state: Pathway) -> tuple[str, Role, dict[str, str]]:
    if "file_submitted" not in state.milestones:
        return "file_admissibility", Role.CANDIDATE, {}
    if not state.complete or (state.completeness and state.completeness[-1].until is None):
        return "provide_pieces", Role.CANDIDATE, {}
    return "decide_admissibility", Role.ADMINISTRATOR, {}


def _jury(state: Pathway) -> tuple[str, Role, dict[str, str]]:
    seat = state.seat
    if seat is None and state.seeking:
        return "await_session", Role.ADMINISTRATOR, {}
    if seat is None:
        return "request_seat", Role.ADMINISTRATOR, {}
    params = {"session": seat.session}
    if seat.status == "absent":
        return "excuse_absence", Role.ADMINISTRATOR, params
    if seat.status in ("requested", "waiting"):
        return "await_seat", Role.ADMINISTRATOR, params
    if seat.status == "granted":
        return "await_convocation", Role.ADMINISTRATOR, params
    if state.to_settle():
        return "record_joint_marks", Role.JUROR, params
    if set(seat.blocks) <= state.computed.keys() and state.sheets:
        return "give_opinion", Role.JUROR, params
    return "record_marks", Role.JUROR, params
