"""Whose jury may sit: every candidate of a session held against the scheme's rules, on what the register says."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import date
from typing import Any, NamedTuple

from domain.jury import Finding, compose, failing
from domain.people import CandidateFacts, JurorFacts, TieFacts
from domain.scheme.model import Scheme
from domain.session.state import Session

KNOWN = "Jalon : un jury se compose d'après le registre"
PLANNED = "Jalon : un candidat est évalué selon le plan publié"


Answers = dict[tuple[Any, ...], tuple[Finding, ...]]
"""What the gate said of one jury before candidates whom no rule tells apart: a session asks it hundreds of times."""


class Checked(NamedTuple):
    """Whose jury may sit, whose may not and why, and which failing rules were set aside for whom."""

    lawful: tuple[str, ...]
    faults: dict[str, tuple[Finding, ...]]
    excepted: dict[str, tuple[str, ...]]

    def substitutes(self) -> tuple[str, ...]:
        """Everybody who would mend some jury."""
        return tuple(sorted({id for found in self.faults.values() for finding in found for id in finding.mends}))


def check(
    state: Session,
    pathways: Iterable[str],
    register: Mapping[str, JurorFacts],
    ties: Sequence[TieFacts],
    *,
    present: Collection[str] | None = None,
    on: date | None = None,
) -> Checked:
    """The juries of ``pathways``. ``present``: who is really there, when the session opens on the day ``on``."""
    lawful, faults, excepted = [], {}, {}
    known: Answers = {}
    for pathway in pathways:
        found = failing(composition(state, pathway, register, ties, present=present, on=on, known=known))
        aside = tuple(finding.rule for finding in found if state.excepts(finding.rule, pathway))
        left = tuple(finding for finding in found if finding.rule not in aside)
        if aside:
            excepted[pathway] = aside
        if left:
            faults[pathway] = left
        else:
            lawful.append(pathway)
    return Checked(tuple(lawful), faults, excepted)


def composition(
    state: Session,
    pathway: str,
    register: Mapping[str, JurorFacts],
    ties: Sequence[TieFacts],
    *,
    present: Collection[str] | None = None,
    on: date | None = None,
    known: Answers | None = None,
) -> tuple[Finding, ...]:
    """What each rule says of the jury of ``pathway``; of several days, that on which it fails, if any.

    ``known``: answers to the same question, which is not asked twice.
    """
    known = {} if known is None else known
    candidate, visits = state.candidates.get(pathway), state.visits.get(pathway, ())
    if state.plan and (missing := _unplanned(state, pathway, candidate)):
        return (Finding(rule="planned", holds=False, facts={"blocks": missing}, basis=PLANNED),)
    jury = [juror for juror in state.jury(pathway) if present is None or juror in present]
    unknown = sorted(set(jury) - register.keys())
    if unknown:
        return (Finding(rule="registered", holds=False, facts={"jurors": unknown}, basis=KNOWN),)
    assert state.opens is not None
    days = {visit.starts.date() for visit in visits} or {on or state.opens}
    own = [tie for tie in ties if candidate and tie.person == candidate.person]
    found: dict[str, Finding] = {}
    for day in sorted(days):
        key = (day, tuple(jury), bool(visits), _kind(candidate, own))
        if key not in known:
            known[key] = compose(
                state.scheme.jury.rules,
                day,
                [register[juror] for juror in jury],
                candidate,
                own,
                pool=[juror for juror in register.values() if juror.juror not in jury],
                # A plan is checked on what the register says each may do; appointed by hand, they sit as appointed.
                parts=None if visits else {juror: state.jurors[juror].part for juror in jury if juror in state.jurors},
                present=present is not None,
            )
        answers = known[key]
        for finding in answers:
            if finding.rule not in found or found[finding.rule].holds:
                found[finding.rule] = finding
    return tuple(found.values())


def _kind(candidate: CandidateFacts | None, ties: Sequence[TieFacts]) -> tuple[Any, ...]:
    """All that a rule of a jury asks of a candidate."""
    if candidate is None:
        return ()
    told = tuple((tie.who, tie.kind, tie.declared_on) for tie in ties)
    return candidate.employer, candidate.branch, candidate.training_body, told


def _unplanned(state: Session, pathway: str, candidate: CandidateFacts | None) -> list[str]:
    """The blocks of a seat that the published plan leaves out."""
    held = {task.block for visit in state.visits.get(pathway, ()) for task in visit.tasks}
    return [
        block
        for block in state.seated[pathway].blocks
        if block not in held and (candidate is None or _timed(state.scheme, block, candidate))
    ]


def _timed(scheme: Scheme, block: str, candidate: CandidateFacts) -> bool:
    tasks = scheme.block_by_id[block].tasks.get(candidate.route, ())
    return any(task.minutes for task in tasks)
