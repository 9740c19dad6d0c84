"""What screens and programs are told about a session or a sitting, as plain dicts."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Any

from domain.records import Sealed
from domain.session.agenda import rungs
from domain.session.agenda import runs as session_runs
from domain.session.agenda import todo as session_todo
from domain.session.events import ExceptionRecorded, SessionCancelled
from domain.session.state import Place, Session
from domain.sitting.agenda import runs as sitting_runs
from domain.sitting.agenda import todo as sitting_todo
from domain.sitting.state import Sitting
from interfaces.reports import Texts, deadline_report, scheme_report, task_report, told
from interfaces.streams import StreamFile

Names = Mapping[str, str | None]
"""Pathway id -> the candidate's name, None (or absent) where it was erased."""


def session_report(file: StreamFile, names: Names, texts: Texts, today: date) -> dict[str, Any]:
    """Window, capacity, jurors, seats and waiting list in order, what comes next."""
    state: Session = file.state
    return {
        "id": state.stream,
        "version": state.version,
        "scheme": scheme_report(state.scheme),
        "status": state.status,
        "opens": state.opens,
        "closes": state.closes,
        "registration_closes": state.registration_closes,
        "modality": state.modality,
        "place": state.place,
        "capacity": [
            {
                "block": block,
                "seats": seats,
                "taken": state.taken.get(block, 0),
                "free": seats - state.taken.get(block, 0),
            }
            for block, seats in state.capacity.items()
        ],
        "jurors": [
            {"juror": id, "part": juror.part, "organisation": juror.organisation, "branch": juror.branch}
            for id, juror in state.jurors.items()
        ],
        "seated": [_place(state, pathway, place, names) for pathway, place in state.seated.items()],
        "waiting": [_place(state, pathway, place, names) for pathway, place in state.waiting.items()],
        **(_conducted(file, state, texts) if state.conducted else {}),
        "next": [task_report(task) for task in session_todo(state)],
        "deadlines": [deadline_report(state.stream, run, today) for run in session_runs(state)],
        "owed": sorted(state.owed),
    }


def _conducted(file: StreamFile, state: Session, texts: Texts) -> dict[str, Any]:
    """The plan, who is not convened and why, what was set aside, the ladder, and what is in danger."""
    return {
        "registration_opens": state.registration_opens,
        "plan": {
            "number": state.plan,
            "visits": [visit.model_dump(mode="json") for visits in state.visits.values() for visit in visits],
            "unseated": [unseated.model_dump(mode="json") for unseated in state.unseated],
        },
        "convened": sorted(state.convened),
        "faults": {
            pathway: [finding.model_dump(mode="json") for finding in found] for pathway, found in state.faults.items()
        },
        "exceptions": [
            {"rules": list(fact.rules), "pathways": list(fact.pathways), "reason": told(fact.reason, texts)}
            for fact in (record.fact for record in file.records)
            if isinstance(fact, ExceptionRecorded)
        ],
        "cancelled_because": next(
            (
                told(record.fact.reason, texts)
                for record in file.records
                if isinstance(record.fact, SessionCancelled) and isinstance(record.fact.reason, Sealed)
            ),
            None,
        ),
        "ladder": [{"on": due.on, "tell": rung.tell, "climbed": due.id in state.passed} for due, rung in rungs(state)],
        "endangered": [late.model_dump(mode="json", exclude={"kind", "on"}) for late in state.endangered],
    }


def _place(state: Session, pathway: str, place: Place, names: Names) -> dict[str, Any]:
    held = state.status in ("held", "completed")
    return {
        "pathway": pathway,
        "name": names.get(pathway),
        "blocks": list(place.blocks),
        "present": pathway in state.present if held else None,
        "result": pathway in state.results,
    }


def sitting_report(file: StreamFile, names: Names, texts: Texts, today: date) -> dict[str, Any]:
    """Day, agenda in order, and for each block of each dossier what was computed, advised and decided."""
    state: Sitting = file.state
    return {
        "id": state.stream,
        "version": state.version,
        "scheme": scheme_report(state.scheme),
        "status": state.status,
        "held_on": state.held_on,
        "place": state.place,
        "second_of": state.second_of or None,
        "second": state.second or None,
        "called_off": told(state.called_off, texts),
        **_jury(state),
        "dossiers": [_dossier(state, pathway, names, texts) for pathway in state.dossiers],
        "next": [task_report(task) for task in sitting_todo(state)],
        "deadlines": [deadline_report(state.stream, run, today) for run in sitting_runs(state)],
        "owed": sorted(state.owed),
    }


def _jury(state: Sitting) -> dict[str, Any]:
    """Who was convened, which college presides, and who attends with which voice."""
    attendance = state.attendance
    seats = {seat.member: seat for seat in state.seats}
    return {
        "presides": state.presides,
        "members": [
            {
                "member": member.member,
                "college": member.college,
                "standing": member.standing,
                "attends": seats[member.member].by if member.member in seats else None,
                "holder": (seats[member.member].holder or None) if member.member in seats else None,
                "replaces": (seats[member.member].replaces or None) if member.member in seats else None,
            }
            for member in state.members
        ],
        "president": attendance.president if attendance else None,
        "quorum": attendance.quorum.model_dump(mode="json") if attendance else None,
    }


def _deliberation(state: Sitting, pathway: str, texts: Texts) -> dict[str, Any]:
    """Who takes no part in a dossier, who called it out, and the last vote on it."""
    vote = state.votes.get(pathway)
    return {
        "recused": list(state.recused(pathway)),
        "called_out": state.called_out.get(pathway),
        "vote": None
        if vote is None
        else {
            **vote.tally.model_dump(mode="json", exclude={"quorum"}),
            "votes": vote.votes,
            "proposal": vote.blocks,
            "dissents": {member: told(sealed, texts) for member, sealed in vote.dissents.items()},
        },
    }


def _dossier(state: Sitting, pathway: str, names: Names, texts: Texts) -> dict[str, Any]:
    received, decision = state.dossiers[pathway], state.decisions.get(pathway)
    decided = decision.fact if decision else None
    recommendations = decided.recommendations if decided else received.recommendations
    return {
        "pathway": pathway,
        "name": names.get(pathway),
        "listed": decided.listed if decided else None,
        "deliberated_by": list(decision.by) if decision else [],
        **_deliberation(state, pathway, texts),
        "reasons": told(decided.reasons, texts) if decided else None,
        "blocks": [
            {
                "id": block,
                "computed": received.computed.get(block),
                "advised": received.advised.get(block),
                "decided": decided.blocks.get(block) if decided else None,
                "differs": decided is not None and block in decided.differs,
                "recommendation": told(recommendations.get(block), texts),
            }
            for block in received.blocks
        ],
    }
