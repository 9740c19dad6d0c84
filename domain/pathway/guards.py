"""Conditions that many commands share."""

from __future__ import annotations

from collections.abc import Container, Iterable
from datetime import date

from domain.aggregate import Context
from domain.pathway.state import Pathway
from domain.refusal import refuse
from domain.scheme.model import Step, StepKind


def require_open(state: Pathway, *, suspended: bool = False) -> None:
    """Refuse unless the pathway is open (or suspended, where that is allowed)."""
    if not state.status:
        raise refuse("pathway.unknown", pathway=state.stream)
    if state.status == "closed":
        raise refuse("pathway.closed", pathway=state.stream, outcome=state.outcome, on=str(state.closed_on))
    if state.status == "suspended" and not suspended:
        raise refuse("pathway.suspended", pathway=state.stream, since=str(state.suspensions[-1].since))


def require_step(state: Pathway, kind: StepKind, *, suspended: bool = False) -> Step:
    """The current step, refused unless it is of ``kind`` and the pathway open (or suspended, where that is allowed)."""
    require_open(state, suspended=suspended)
    step = state.current
    if step is None or step.kind != kind:
        raise refuse("step.not_current", expected=kind, current=step.id if step else state.step, route=state.route_id)
    return step


def require_date(context: Context, earliest: date) -> None:
    """Refuse a fact dated before what it follows."""
    if context.on < earliest:
        raise refuse("date.too_early", on=context.on.isoformat(), earliest=earliest.isoformat())


def unknown(ids: Iterable[str], known: Container[str]) -> list[str]:
    """The ids that are not known, sorted, each once."""
    return sorted({id for id in ids if id not in known})
