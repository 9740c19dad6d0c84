"""What several commands to a sitting require."""

from __future__ import annotations

from domain.aggregate import Context
from domain.refusal import refuse
from domain.sitting import events as e
from domain.sitting.state import Sitting


def require_live(state: Sitting) -> None:
    """Refuse what comes before the sitting is set or after it is over."""
    if not state.status:
        raise refuse("sitting.unknown", sitting=state.stream)
    if state.status in ("proclaimed", "cancelled", "adjourned"):
        raise refuse("sitting.over", sitting=state.stream, status=state.status)


def require_day(state: Sitting, context: Context) -> None:
    """Refuse what only happens at the sitting: with a closed agenda, not before its day."""
    require_live(state)
    if state.status != "closed":
        raise refuse("sitting.agenda_open", sitting=state.stream)
    assert state.held_on is not None
    if context.on < state.held_on:
        raise refuse("sitting.not_yet", on=context.on.isoformat(), held_on=state.held_on.isoformat())


def require_dossier(state: Sitting, pathway: str) -> e.DossierReceived:
    """The dossier of ``pathway``, refused unless it is on the agenda."""
    dossier = state.dossiers.get(pathway)
    if dossier is None:
        raise refuse("dossier.not_on_agenda", pathway=pathway, sitting=state.stream)
    return dossier


def require_undecided(state: Sitting, pathway: str) -> e.DossierReceived:
    """The dossier of ``pathway``, refused once it is decided."""
    dossier = require_dossier(state, pathway)
    if pathway in state.decisions:
        raise refuse("decision.twice", pathway=pathway, sitting=state.stream)
    return dossier


def require_sealed(state: Sitting) -> None:
    """Refuse a reason in the clear where the scheme has a conduct: it may tell of people."""
    if state.conduct is not None:
        raise refuse("reason.in_clear", stream=state.stream)
