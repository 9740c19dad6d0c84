"""What people are told about the marks of one candidate, as plain dicts: who has marked, and, once all have, how."""

from __future__ import annotations

from collections.abc import Container, Mapping
from typing import Any

from domain.authority import Actor, Role
from domain.marks import Mark, combine
from domain.pathway import events as e
from domain.pathway.minutes import open_criteria
from domain.pathway.state import Pathway, Seat, Sheet
from interfaces.reports import Texts, told


def marks_report(state: Pathway, seat: Seat, texts: Texts, viewer: Actor | None) -> dict[str, Any]:
    """The sheets of the assessment for ``seat`` as ``viewer`` may see them (None: as nobody in particular).

    Until every assessor has given theirs, a sheet is shown to its own juror only. ``open``: what is left to settle. Of
    each criterion, ``state`` is ``agreed``, ``diverging`` or ``unobserved``, and ``mark`` the mark that counts; both
    are None while marks are secret.
    """
    secret = state.scheme.conduct is not None and not state.all_marked
    seen = {juror: sheet for juror, sheet in state.sheets.items() if not secret or _own(juror, viewer)}
    joint, left = last(state, e.JointMarksRecorded), state.to_settle()
    settled = {} if secret else _settled(state, joint, texts)
    return {
        "pathway": state.stream,
        "session": seat.session,
        "jurors": list(seat.jurors),
        "assessors": state.scheme.jury.assessors,
        "given": list(state.sheets),
        "secret": secret,
        "joint_by": joint.juror if joint else None,
        "open": list(left.all),
        "criteria": _criteria(state, seat, seen, settled, texts) if seen else [],
    }


def last(state: Pathway, kind: type[Any]) -> Any:
    """The last fact of this kind in the minutes of the present assessment, or None."""
    return next((fact for _, fact in reversed(state.minutes) if isinstance(fact, kind)), None)


def _own(juror: str, viewer: Actor | None) -> bool:
    return viewer is not None and viewer.role is Role.JUROR and viewer.id == f"juror:{juror}"


def _criteria(
    state: Pathway, seat: Seat, sheets: Mapping[str, Sheet], settled: Mapping[str, dict[str, Any]], texts: Texts
) -> list[dict[str, Any]]:
    return [
        {
            "block": id,
            "competence": competence.id,
            "criterion": criterion.id,
            "title": criterion.title,
            "marks": {juror: sheet.marks.get(criterion.id) for juror, sheet in sheets.items()},
            "notes": {
                juror: told(sheet.notes[criterion.id], texts)
                for juror, sheet in sheets.items()
                if criterion.id in sheet.notes
            },
            **settled.get(criterion.id, _UNSETTLED),
        }
        for id in seat.blocks
        for competence in state.scheme.block_by_id[id].competences
        for criterion in competence.criteria
    ]


_UNSETTLED: dict[str, Any] = {"state": None, "joint": None, "decided": False, "said": None, "mark": None}


def _settled(state: Pathway, joint: e.JointMarksRecorded | None, texts: Texts) -> dict[str, dict[str, Any]]:
    """Of each criterion: whether the sheets agree on it, what the jury settled and said, and the mark that counts."""
    sheets = {juror: sheet.marks for juror, sheet in state.sheets.items()}
    left, waits = open_criteria(sheets), set(state.to_settle().all)
    states = dict.fromkeys(left.diverging, "diverging") | dict.fromkeys(left.unobserved, "unobserved")
    marks, decided, notes = (joint.marks, joint.decided, joint.notes) if joint else ({}, {}, {})
    return {
        criterion: {
            "state": states.get(criterion, "agreed"),
            "joint": marks.get(criterion),
            "decided": criterion in decided,
            "said": told(decided.get(criterion, notes.get(criterion)), texts),
            "mark": None if criterion in waits else _counts(criterion, agreed, marks, decided),
        }
        for criterion, agreed in combine(sheets).items()
    }


def _counts(criterion: str, agreed: Mark, marks: Mapping[str, bool], decided: Container[str]) -> Mark:
    return False if criterion in decided else marks.get(criterion, agreed)
