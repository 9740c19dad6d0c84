"""What screens and programs are told about a pathway, as plain dicts: made from its facts and from the state they fold
to. What is computed, advised and decided stays apart.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import date
from typing import Any

from domain.agenda import Task
from domain.deadlines import Running
from domain.pathway import events as e
from domain.pathway.agenda import runs, todo
from domain.pathway.contest.events import ContestDecided
from domain.pathway.state import Pathway
from domain.pathway.view import view
from domain.records import Recorded, Sealed
from domain.scheme.model import Scheme
from interfaces.streams import StreamFile, full_name

Texts = Mapping[str, str]
"""Digest of a sealed value -> its text."""


def pathway_report(file: StreamFile, identity: Mapping[str, str] | None, texts: Texts, today: date) -> dict[str, Any]:
    """Who, on which certification, where they stand, what comes next, and every block with what was said of it.

    ``identity`` is the unsealed identity, None where it was erased; ``texts`` the unsealed texts by digest; ``today``
    the day from which lateness is counted.
    """
    state: Pathway = file.state
    step = state.current
    return {
        "id": state.stream,
        "version": state.version,
        "person": state.person,
        "name": full_name(identity),
        "identity": dict(identity) if identity is not None else None,
        "scheme": scheme_report(state.scheme),
        "attempt": state.attempt,
        "route": state.route_id,
        "route_title": state.route.title,
        "employer": state.employer,
        "branch": state.branch,
        "initiative": state.initiative,
        "opened_on": state.opened_on,
        "status": state.status,
        "step": state.step,
        "step_title": step.title if step else None,
        "outcome": state.outcome or None,
        "closed_on": state.closed_on,
        "next": [task_report(task) for task in todo(state)],
        "positioning": {"strengths": list(state.strengths), "needs": list(state.needs)},
        "training": [
            {"id": module.id, "title": module.title, "hours": module.hours, "followed": module.id in state.followed}
            for module in state.modules.values()
        ],
        "blocks": _blocks(file, texts),
        "reasons": _reasons(file, texts),
        "awards": [dict(award) for award in view(state).awards],
        "deadlines": [deadline_report(state.stream, run, today) for run in runs(state) if not _unused(run, today)],
        "seat": _seat(state),
        "dossier": state.dossier._asdict() if state.dossier else None,
        "contest": _contest(state),
        "owed": sorted(state.owed),
    }


def scheme_report(scheme: Scheme) -> dict[str, Any]:
    """Which certification, in which version; ``illustrative`` lists the parts that no source gives."""
    return {
        "id": scheme.id,
        "version": scheme.version,
        "title": scheme.title,
        "hash": scheme.hash,
        "illustrative": list(scheme.illustrative),
    }


def task_report(task: Task) -> dict[str, Any]:
    """What must be done, by whom, by when."""
    since = task.since if task.since != date.min else None
    return {"task": task.kind, "who": task.who.value, "since": since, "by": task.by, "params": task.params}


def deadline_report(stream: str, run: Running, today: date) -> dict[str, Any]:
    """A deadline that runs; ``id`` is what ``jalon deadlines explain`` takes."""
    return {
        "id": f"{stream}/{run.id}",
        "stream": stream,
        "deadline": run.deadline.id,
        "title": run.deadline.title,
        "status": run.status,
        "starts_on": run.starts_on,
        "due_on": run.due,
        "late_days": late_days(run.due, today),
        "who": run.deadline.who,
        "basis": run.deadline.basis,
        "passed": run.deadline.passed,
    }


def _unused(run: Running, today: date) -> bool:
    """Whether ``run`` is a right that ended without being used: nobody is late with it."""
    return run.status == "open" and run.due is not None and run.due < today


def late_days(due: date | None, today: date) -> int:
    """How many days ``due`` is behind ``today``; 0 when it is not."""
    return max(0, (today - due).days) if due else 0


def _blocks(file: StreamFile, texts: Texts) -> list[dict[str, Any]]:
    state: Pathway = file.state
    said = _said(file.records)
    return [
        {
            "id": block.id,
            "title": block.title,
            "held": _held(state, block.held_as),
            "assessed": [
                {"juror": juror, "on": file.record(sheet.version).fact.on, "version": sheet.version}
                for juror, sheet in state.sheets.items()
                if sheet.marks.keys() & set(block.criteria)
            ],
            "computed": said["computed"].get(block.id),
            "advised": said["advised"].get(block.id),
            "decided": said["decided"].get(block.id),
            "recommendation": told(state.recommendations.get(block.id), texts),
        }
        for block in state.scheme.blocks
    ]


def _said(records: Iterable[Recorded]) -> dict[str, dict[str, dict[str, Any]]]:
    """What was last computed, advised and decided for each block, and when."""
    said: dict[str, dict[str, dict[str, Any]]] = {"computed": {}, "advised": {}, "decided": {}}
    for record in records:
        fact, when = record.fact, {"on": record.fact.on, "version": record.version}
        if isinstance(fact, (e.ProposalComputed, e.PreliminaryAssessed)):
            for result in fact.judgement.blocks:
                counts = {"validated_competences": result.validated_competences, "competences": result.competences}
                said["computed"][result.id] = {"validated": result.validated, **counts, **when}
        elif isinstance(fact, e.OpinionGiven):
            for block, validated in fact.blocks.items():
                differs = block in fact.differs
                said["advised"][block] = {"validated": validated, "differs": differs, "juror": fact.juror, **when}
        elif isinstance(fact, e.DecisionRecorded):
            for block, validated in fact.blocks.items():
                differs = block in fact.differs
                said["decided"][block] = {"validated": validated, "differs": differs, "sitting": fact.sitting, **when}
        elif isinstance(fact, ContestDecided):
            for block, validated in fact.blocks.items():
                differs = block in fact.changed
                said["decided"][block] = {"validated": validated, "differs": differs, "sitting": fact.sitting, **when}
    return said


def _contest(state: Pathway) -> dict[str, Any] | None:
    found = state.contest
    if found is None:
        return None
    return {
        "on": found.on,
        "ground": found.ground,
        "blocks": list(found.blocks),
        "status": found.status,
        "decision": found.decided.version,
        "sitting": found.sitting or None,
        "evidence": found.evidence.model_dump(),
    }


def _held(state: Pathway, held_as: str) -> dict[str, Any] | None:
    held = state.held.get(held_as)
    if held is None:
        return None
    return {"held_as": held_as, "since": held.since, "pathway": held.pathway, "here": held.pathway == state.stream}


def _reasons(file: StreamFile, texts: Texts) -> list[dict[str, Any]]:
    """The written reasons of opinions and decisions that differ, of refusals, suspensions, corrections and exits."""
    found = []
    for record in file.records:
        sealed = getattr(record.fact, "reasons", None) or getattr(record.fact, "reason", None)
        if isinstance(sealed, Sealed) and record.version not in file.secret:
            text = told(sealed, texts)
            found.append({"version": record.version, "type": record.fact.kind, "on": record.fact.on, "text": text})
    return found


def told(sealed: Sealed | None, texts: Texts) -> str | None:
    """The text of a sealed value, None if there is none or it can no longer be read."""
    return texts.get(sealed.digest) if sealed is not None else None


def _seat(state: Pathway) -> dict[str, Any] | None:
    if state.seat is None:
        return None
    seat = state.seat._asdict()
    told = {key: list(value) if isinstance(value, tuple) else value for key, value in seat.items()}
    del told["appointments"]
    return {**told, "visits": [visit.model_dump(mode="json") for visit in state.seat.visits]}
