"""What a sitting answers to a command: facts, or a refusal. One function per command."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from domain import mailing, settling
from domain.agenda import Due
from domain.aggregate import Context
from domain.authority import Role
from domain.records import Command, Fact, Sealed
from domain.refusal import refuse
from domain.scheme import library
from domain.settling import DeadlineReached, Settle
from domain.sitting import commands as c
from domain.sitting import convening, deliberate
from domain.sitting import events as e
from domain.sitting.agenda import due
from domain.sitting.guards import require_day, require_dossier, require_live, require_sealed
from domain.sitting.state import Sitting


def _open(state: Sitting, command: c.Open, context: Context) -> list[Fact]:
    if state.status:
        raise refuse("sitting.already_open", sitting=state.stream)
    if (context.actor.role is Role.SYSTEM) != bool(command.second_of):
        raise refuse("sitting.second_by_itself", sitting=state.stream)
    scheme = library.recall(command.scheme_hash)
    if scheme.id != command.scheme_id:
        raise refuse("scheme.mismatch", scheme=command.scheme_id, hash=command.scheme_hash)
    if command.held_on <= context.today:
        raise refuse("sitting.in_the_past", on=command.held_on.isoformat(), today=context.today.isoformat())
    opened = e.SittingOpened(on=context.on, **command.model_dump(exclude={"kind", "second_of", "dossiers"}))
    if command.second_of:
        # Its day follows from that of the first, whatever was published.
        return [opened, e.SecondConvocation(on=context.on, first=command.second_of, dossiers=command.dossiers)]
    published = [sitting.date for sitting in scheme.sittings if sitting.date.year == command.held_on.year]
    if published and command.held_on not in published:
        dates = [day.isoformat() for day in published]
        raise refuse("sitting.outside_calendar", on=command.held_on.isoformat(), published=dates)
    return [opened]


def _receive(state: Sitting, command: c.ReceiveDossier, context: Context) -> list[Fact]:
    """Answer a pathway: always with a fact, so that it always hears back."""
    if not state.status:
        raise refuse("sitting.unknown", sitting=state.stream)
    if command.pathway in state.dossiers:
        raise refuse("dossier.already_sent", sitting=state.stream)
    if state.status != "open" and not (state.status == "closed" and command.pathway in state.expected):
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
            person=command.person,
            excluded=command.excluded,
            anew=command.anew,
        )
    ]


def _close(state: Sitting, command: c.CloseAgenda, context: Context) -> list[Fact]:
    require_live(state)
    if state.status == "closed":
        raise refuse("sitting.agenda_already_closed", sitting=state.stream)
    return [e.AgendaClosed(on=context.on, dossiers=tuple(state.dossiers))]


def _postpone(state: Sitting, command: c.PostponeDossier, context: Context) -> list[Fact]:
    require_live(state)
    require_dossier(state, command.pathway)
    if isinstance(command.reason, Sealed):
        return [e.DossierPutOff(on=context.on, pathway=command.pathway, reason=command.reason)]
    require_sealed(state)
    return [e.DossierPostponed(on=context.on, pathway=command.pathway, reason=command.reason)]


def _withdraw(state: Sitting, command: c.WithdrawDossier, context: Context) -> list[Fact]:
    if state.status not in ("open", "closed") or command.pathway not in state.dossiers:
        return []
    return [e.DossierWithdrawn(on=context.on, pathway=command.pathway)]


def _proclaim(state: Sitting, command: c.Proclaim, context: Context) -> list[Fact]:
    require_day(state, context)
    undecided = sorted(state.dossiers.keys() - state.decisions.keys())
    if undecided:
        raise refuse("sitting.undecided", pathways=undecided[:20], number=len(undecided))
    return [e.Proclaimed(on=context.on, dossiers=len(state.decisions))]


def _cancel(state: Sitting, command: c.Cancel, context: Context) -> list[Fact]:
    require_live(state)
    if isinstance(command.reason, Sealed):
        return [e.SittingCalledOff(on=context.on, reason=command.reason)]
    require_sealed(state)
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
    c.NoteMembers: convening.note_members,
    c.RecordAttendance: convening.record_attendance,
    c.Recuse: deliberate.recuse,
    c.CallOut: deliberate.call_out,
    c.DecideDossier: deliberate.decide_dossier,
    c.DecideList: deliberate.decide_list,
    c.PostponeDossier: _postpone,
    c.WithdrawDossier: _withdraw,
    c.Proclaim: _proclaim,
    c.SignMinutes: deliberate.sign_minutes,
    c.Cancel: _cancel,
    DeadlineReached: _deadline,
    Settle: settling.settle,
    **mailing.DECIDE,
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
