"""What a session knows of a candidate's jury: its members, the rules they were held against, who was really there."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import Any

from domain.jury import Finding, compose
from domain.ledger import digest
from domain.people import JurorFacts, Part
from domain.records import Fact
from domain.session import events as e
from domain.session.aggregate import SESSION
from domain.session.state import Session
from interfaces.streams import StreamFile


@dataclass(frozen=True, slots=True)
class Composition:
    """The composition of one jury as it stood when the opinion was given.

    ``document``: the digest of the session's facts that it rests on. ``at``: the last time it was checked (``change``,
    ``convening``, ``opening``), None if it never was; then there are no findings. ``excepted``: rules set aside.
    """

    document: str
    parts: dict[str, Part]
    organisations: dict[str, str]
    at: str | None = None
    on: date | None = None
    findings: tuple[Finding, ...] = ()
    excepted: tuple[str, ...] = ()
    present: tuple[str, ...] | None = None


def composition(session: StreamFile, pathway: str, jurors: Collection[str], until: datetime) -> Composition:
    """The composition of the jury ``jurors`` of ``pathway``, from what the session recorded up to ``until``."""
    state, checked, kept = SESSION.new(), None, []
    for record, row in zip(session.records, session.rows, strict=True):
        if record.recorded_at > until:
            break
        SESSION.fold(state, session.stream, [row.event])
        if _concerns(record.fact, pathway, jurors):
            kept.append((record.version, record.fact))
        if isinstance(record.fact, e.JuryChecked) and _checks(record.fact, pathway):
            checked = (record.fact, state.copy())
    members = {id: juror for id, juror in state.jurors.items() if id in jurors}
    said = Composition(
        document=digest({"session": session.stream, "facts": [_told(version, fact) for version, fact in kept]}),
        parts={id: juror.part for id, juror in members.items()},
        organisations={id: juror.organisation for id, juror in members.items()},
    )
    if checked is None:
        return said
    fact, then = checked
    begun = next((fact for _, fact in reversed(kept) if isinstance(fact, e.SessionBegun)), None)
    present = begun.present if begun is not None and fact.at == "opening" else None
    return replace(
        said,
        at=fact.at,
        on=fact.on,
        findings=_findings(then, fact, pathway, present),
        excepted=fact.excepted.get(pathway, ()),
        present=present,
    )


def _told(version: int, fact: Fact) -> dict[str, Any]:
    return {"version": version, "fact": fact.model_dump(mode="json")}


def _checks(fact: e.JuryChecked, pathway: str) -> bool:
    return pathway in fact.lawful or pathway in fact.faults


def _concerns(fact: Fact, pathway: str, jurors: Collection[str]) -> bool:
    match fact:
        case e.JurorAppointed() | e.JurorWithdrew() | e.JurorDismissed():
            return fact.juror in jurors
        case e.JuryChecked():
            return _checks(fact, pathway)
        case e.ExceptionRecorded():
            return not fact.pathways or pathway in fact.pathways
    return isinstance(fact, e.SessionBegun)


def _findings(
    state: Session, checked: e.JuryChecked, pathway: str, present: tuple[str, ...] | None
) -> tuple[Finding, ...]:
    """Every rule's answer on what the check rested on, those that hold included."""
    register: dict[str, JurorFacts] = {**state.facts, **{juror.juror: juror for juror in checked.jurors}}
    jury = [id for id in state.jury(pathway) if id in register and (present is None or id in present)]
    visits = state.visits.get(pathway, ())
    day = min((visit.starts.date() for visit in visits), default=checked.on if present is not None else state.opens)
    assert day is not None
    return compose(
        state.scheme.jury.rules,
        day,
        [register[id] for id in jury],
        state.candidates.get(pathway),
        checked.ties,
        parts=None if visits else {id: state.jurors[id].part for id in jury if id in state.jurors},
        present=present is not None,
    )
