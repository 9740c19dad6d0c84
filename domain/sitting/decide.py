"""What a sitting answers to a command: facts, or a refusal. One function per command."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from domain import settling
from domain.agenda import Due
from domain.aggregate import Context
from domain.proposals import differing, require_blocks, require_reasons, require_recommendations
from domain.records import Command, Fact
from domain.refusal import refuse
from domain.scheme import library
from domain.settling import DeadlineReached, Settle
from domain.sitting import commands as c
from domain.sitting import events as e
from domain.sitting.agenda import due
from domain.sitting.state import Sitting


def _open(state: Sitting, command: c.Open, context: Context) -> list[Fact]:
    if state.status:
        raise refuse("sitting.already_open", sitting=state.stream)
    scheme = library.recall(command.scheme_hash)
    if scheme.id != command.scheme_id:
        raise refuse("scheme.mismatch", scheme=command.scheme_id, hash=command.scheme_hash)
    if command.held_on <= context.today:
        raise refuse("sitting.in_the_past", on=command.held_on.isoformat(), today=context.today.isoformat())
    published = [sitting.date for sitting in scheme.sittings if sitting.date.year == command.held_on.year]
    if published and command.held_on not in published:
        dates = [day.isoformat() for day in published]
        raise refuse("sitting.outside_calendar", on=command.held_on.isoformat(), published=dates)
    return [e.SittingOpened(on=context.on, **command.model_dump(exclude={"kind"}))]


def _require_live(state: Sitting) -> None:
    if not state.status:
        raise refuse("sitting.unknown", sitting=state.stream)
    if state.status in ("proclaimed", "cancelled"):
        raise refuse("sitting.over", sitting=state.stream, status=state.status)


def _receive(state: Sitting, command: c.ReceiveDossier, context: Context) -> list[Fact]:
    """Answer a pathway: always with a fact, so that it always hears back."""
    if not state.status:
        raise refuse("sitting.unknown", sitting=state.stream)
    if command.pathway in state.dossiers:
        raise refuse("dossier.already_sent", sitting=state.stream)
    if state.status != "open":
        reason = "agenda_closed" if state.status == "closed" else f"sitting_{state.status}"
        return [e.DossierTurnedAway(on=context.on, pathway=command.pathway, reason=reason)]
    return [
        e.DossierReceived(
            on=context.on,
            pathway=command.pathway,
            blocks=command.blocks,
            computed=command.computed,
            advised=command.advised,
            recommendations=command.recommendations,
        )
    ]


def _close(state: Sitting, command: c.CloseAgenda, context: Context) -> list[Fact]:
    _require_live(state)
    if state.status == "closed":
        raise refuse("sitting.agenda_already_closed", sitting=state.stream)
    return [e.AgendaClosed(on=context.on, dossiers=tuple(state.dossiers))]


def _require_deliberating(state: Sitting, context: Context) -> None:
    _require_live(state)
    if state.status != "closed":
        raise refuse("sitting.agenda_open", sitting=state.stream)
    assert state.held_on is not None
    if context.on < state.held_on:
        raise refuse("sitting.not_yet", on=context.on.isoformat(), held_on=state.held_on.isoformat())


def _require_dossier(state: Sitting, pathway: str) -> e.DossierReceived:
    dossier = state.dossiers.get(pathway)
    if dossier is None:
        raise refuse("dossier.not_on_agenda", pathway=pathway, sitting=state.stream)
    return dossier


def _decide(state: Sitting, command: c.DecideDossier, context: Context) -> list[Fact]:
    _require_deliberating(state, context)
    dossier = _require_dossier(state, command.pathway)
    if command.pathway in state.decisions:
        raise refuse("decision.twice", pathway=command.pathway, sitting=state.stream)
    require_blocks(command.blocks, dossier.blocks)
    differs = differing(command.blocks, dossier.computed, dossier.advised)
    require_reasons(differs, command.reasons)
    recommendations = {
        block: sealed
        for block, sealed in {**dossier.recommendations, **command.recommendations}.items()
        if not command.blocks.get(block, True)
    }
    require_recommendations(command.blocks, recommendations)
    return [
        e.DossierDecided(
            on=context.on,
            pathway=command.pathway,
            blocks=command.blocks,
            listed=False,
            differs=differs,
            reasons=command.reasons,
            recommendations=recommendations,
        )
    ]


def _decide_list(state: Sitting, command: c.DecideList, context: Context) -> list[Fact]:
    _require_deliberating(state, context)
    undecided = [pathway for pathway in state.dossiers if pathway not in state.decisions]
    chosen = command.pathways or tuple(undecided)
    if not chosen:
        raise refuse("decision.nothing_to_decide", sitting=state.stream)
    facts: list[Fact] = []
    for pathway in dict.fromkeys(chosen):
        dossier = _require_dossier(state, pathway)
        if pathway in state.decisions:
            raise refuse("decision.twice", pathway=pathway, sitting=state.stream)
        facts.append(_as_advised(dossier, context))
    return facts


def _as_advised(dossier: e.DossierReceived, context: Context) -> e.DossierDecided:
    """The decision that follows the advice. Where the advice itself departs from the computed proposal, its reason is
    the opinion's, and a paritaire jury that shares it says so on that dossier alone: it cannot go by list.
    """
    blocks = {block: dossier.advised[block] for block in dossier.blocks}
    differs = differing(blocks, dossier.computed)
    if differs:
        raise refuse("decision.not_by_list", pathway=dossier.pathway, blocks=list(differs))
    recommendations = {
        block: sealed for block, sealed in dossier.recommendations.items() if not blocks.get(block, True)
    }
    require_recommendations(blocks, recommendations)
    return e.DossierDecided(
        on=context.on, pathway=dossier.pathway, blocks=blocks, listed=True, recommendations=recommendations
    )


def _postpone(state: Sitting, command: c.PostponeDossier, context: Context) -> list[Fact]:
    _require_live(state)
    _require_dossier(state, command.pathway)
    return [e.DossierPostponed(on=context.on, pathway=command.pathway, reason=command.reason)]


def _withdraw(state: Sitting, command: c.WithdrawDossier, context: Context) -> list[Fact]:
    if state.status not in ("open", "closed") or command.pathway not in state.dossiers:
        return []
    return [e.DossierWithdrawn(on=context.on, pathway=command.pathway)]


def _proclaim(state: Sitting, command: c.Proclaim, context: Context) -> list[Fact]:
    _require_deliberating(state, context)
    undecided = sorted(state.dossiers.keys() - state.decisions.keys())
    if undecided:
        raise refuse("sitting.undecided", pathways=undecided[:20], number=len(undecided))
    return [e.Proclaimed(on=context.on, dossiers=len(state.decisions))]


def _cancel(state: Sitting, command: c.Cancel, context: Context) -> list[Fact]:
    _require_live(state)
    return [e.SittingCancelled(on=context.on, reason=command.reason)]


def _deadline(state: Sitting, command: DeadlineReached, context: Context) -> list[Fact]:
    def passing(entry: Due, happens: str) -> list[Fact]:
        closes = happens == "close_agenda" and state.status == "open"
        return [e.AgendaClosed(on=context.today, due=entry.id, dossiers=tuple(state.dossiers))] if closes else []

    return settling.reached(state, due(state), command, context, passing)


_DECIDE: dict[type[Command], Callable[[Sitting, Any, Context], list[Fact]]] = {
    c.Open: _open,
    c.ReceiveDossier: _receive,
    c.CloseAgenda: _close,
    c.DecideDossier: _decide,
    c.DecideList: _decide_list,
    c.PostponeDossier: _postpone,
    c.WithdrawDossier: _withdraw,
    c.Proclaim: _proclaim,
    c.Cancel: _cancel,
    DeadlineReached: _deadline,
    Settle: settling.settle,
}


def decide(state: Sitting, command: Command, context: Context) -> list[Fact]:
    """The facts that ``command`` adds; none if it changes nothing.

    Raises:
        Refused: with the rule that says no.
    """
    opened = state.milestones.get("opened")
    if opened is not None and context.on < opened.on:
        raise refuse("date.before_opening", on=context.on.isoformat(), opened=opened.on.isoformat())
    return _DECIDE[type(command)](state, command, context)
