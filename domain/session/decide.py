"""What a session answers to a command: facts, or a refusal. One function per command."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from typing import Any

from domain import calendar, mailing, settling
from domain.agenda import Due
from domain.aggregate import Context
from domain.records import Command, Fact
from domain.refusal import refuse
from domain.scheme import library
from domain.scheme.model import Scheme
from domain.session import commands as c
from domain.session import events as e
from domain.session.agenda import REGISTRATION, due
from domain.session.state import Session
from domain.settling import DeadlineReached, Settle


def _open(state: Session, command: c.Open, context: Context) -> list[Fact]:
    if state.status:
        raise refuse("session.already_open", session=state.stream)
    scheme = library.recall(command.scheme_hash)
    if scheme.id != command.scheme_id:
        raise refuse("scheme.mismatch", scheme=command.scheme_id, hash=command.scheme_hash)
    _require_window(scheme, command, context)
    wrong = sorted(command.capacity.keys() - scheme.block_by_id.keys())
    if wrong:
        raise refuse("block.unknown", blocks=wrong, known=sorted(scheme.block_by_id))
    if not any(command.capacity.values()):
        raise refuse("session.no_capacity")
    if command.modality == "remote" and not scheme.sessions.remote:
        raise refuse("session.remote_not_allowed", scheme=scheme.id)
    if command.modality == "in_person" and not command.place:
        raise refuse("session.place_needed")
    return [e.SessionOpened(on=context.on, **command.model_dump(exclude={"kind"}))]


def _require_window(scheme: Scheme, command: c.Open, context: Context) -> None:
    opens, closes, last = command.opens, command.closes, command.registration_closes
    if closes < opens:
        raise refuse("date.reversed", starts=opens.isoformat(), ends=closes.isoformat())
    if opens <= context.today:
        raise refuse("session.in_the_past", opens=opens.isoformat(), today=context.today.isoformat())
    if not context.today <= last < opens:
        raise refuse("session.registration_date", on=last.isoformat(), opens=opens.isoformat())
    if not _allowed(scheme, opens, closes):
        raise refuse(
            "session.outside_calendar",
            basis=f"{scheme.id} {scheme.version}",
            opens=opens.isoformat(),
            closes=closes.isoformat(),
            months=list(scheme.sessions.months),
            first_day=scheme.sessions.first_day,
            last_day=scheme.sessions.last_day,
        )
    _require_time_to_convene(scheme, opens, last)


def _require_time_to_convene(scheme: Scheme, opens: date, registration_closes: date) -> None:
    """Refuse a registration that would still be open on the day on which candidates must be convened."""
    for deadline in scheme.deadlines_of("session"):
        if not (deadline.before and deadline.passed == "convene"):
            continue
        convocation = calendar.add(scheme.calendar, opens, deadline.amount, deadline.unit, before=True).due
        if convocation is not None and registration_closes >= convocation:
            raise refuse(
                "session.registration_after_convocation",
                basis=deadline.basis,
                on=registration_closes.isoformat(),
                convocation=convocation.isoformat(),
            )


def _allowed(scheme: Scheme, opens: date, closes: date) -> bool:
    """Whether the window lies in a published one or, for a year without any, in the months and days of the scheme."""
    published = [window for window in scheme.sessions.windows if window.opens.year == opens.year]
    if published:
        return any(window.opens <= opens and closes <= window.closes for window in published)
    pattern = scheme.sessions
    return (opens.year, opens.month) == (closes.year, closes.month) and (
        (not pattern.months or opens.month in pattern.months)
        and pattern.first_day <= opens.day
        and closes.day <= pattern.last_day
    )


def _require_live(state: Session) -> None:
    if not state.status:
        raise refuse("session.unknown", session=state.stream)
    if state.status in ("held", "completed", "cancelled"):
        raise refuse("session.over", session=state.stream, status=state.status)


def _appoint(state: Session, command: c.AppointJuror, context: Context) -> list[Fact]:
    _require_live(state)
    if command.juror in state.jurors:
        raise refuse("juror.already_appointed", juror=command.juror)
    return [e.JurorAppointed(on=context.on, name=command.name, **command.model_dump(exclude={"kind", "name"}))]


def _dismiss(state: Session, command: c.DismissJuror, context: Context) -> list[Fact]:
    _require_live(state)
    if command.juror not in state.jurors:
        raise refuse("juror.unknown", juror=command.juror)
    return [e.JurorDismissed(on=context.on, juror=command.juror)]


def _request(state: Session, command: c.RequestSeat, context: Context) -> list[Fact]:
    """Answer a pathway: always with a fact, so that it always hears back."""
    if not state.status:
        raise refuse("session.unknown", session=state.stream)
    if command.pathway in state.seated or command.pathway in state.waiting:
        raise refuse("seat.already_requested", session=state.stream)
    reason = _reason_against(state, command)
    if reason:
        refused = e.PlaceRefused(on=context.on, pathway=command.pathway, request=context.command_id, reason=reason)
        return [refused]
    asked = {"pathway": command.pathway, "blocks": command.blocks, "request": context.command_id}
    # Nobody overtakes the waiting list: a free seat that an earlier one cannot use may still be given.
    if state.fits(command.blocks):
        return [e.PlaceGiven(on=context.on, **asked)]
    return [e.PlacedOnWaitingList(on=context.on, **asked)]


def _reason_against(state: Session, command: c.RequestSeat) -> str:
    if missing := [block for block in command.blocks if not state.capacity.get(block)]:
        return "block_not_assessed:" + ",".join(missing)
    if state.status == "cancelled":
        return "session_cancelled"
    return "" if state.status == "open" else "registration_closed"


def _release(state: Session, command: c.ReleaseSeat, context: Context) -> list[Fact]:
    if not state.status:
        raise refuse("session.unknown", session=state.stream)
    if command.pathway not in state.seated and command.pathway not in state.waiting:
        return []
    released: list[Fact] = [e.PlaceReleased(on=context.on, pathway=command.pathway)]
    if state.status in ("held", "completed", "cancelled"):
        return released + _completion(state, command.pathway, context)
    return released + _promotions(state, command.pathway, context)


def _promotions(state: Session, leaving: str, context: Context) -> list[Fact]:
    """Seats for those who wait, in order, once ``leaving`` has gone."""
    after = state.copy()
    place = after.seated.pop(leaving, None)
    after.waiting.pop(leaving, None)
    for block in place.blocks if place else ():
        after.taken[block] -= 1
    facts: list[Fact] = []
    for pathway, waiting in after.waiting.items():
        if after.fits(waiting.blocks):
            for block in waiting.blocks:
                after.taken[block] = after.taken.get(block, 0) + 1
            facts.append(
                e.PlaceGiven(
                    on=context.on, pathway=pathway, blocks=waiting.blocks, request=waiting.request, promoted=True
                )
            )
    return facts


def _close(state: Session, command: c.CloseRegistration, context: Context) -> list[Fact]:
    _require_live(state)
    if state.status != "open":
        raise refuse("session.registration_already_closed", session=state.stream)
    return [e.RegistrationClosed(on=context.on)]


def _convene(state: Session, command: c.Convene, context: Context) -> list[Fact]:
    _require_live(state)
    if state.status == "convened":
        raise refuse("session.already_convened", session=state.stream)
    return _convocation(state, context, "")


def _convocation(state: Session, context: Context, due: str) -> list[Fact]:
    closing = [e.RegistrationClosed(on=context.on)] if state.status == "open" else []
    return [*closing, e.CandidatesConvened(on=context.on, pathways=tuple(state.seated), due=due)]


def _hold(state: Session, command: c.Hold, context: Context) -> list[Fact]:
    _require_live(state)
    if state.status != "convened":
        raise refuse("session.not_convened", session=state.stream)
    assert state.opens is not None
    if context.on < state.opens:
        raise refuse("date.too_early", on=context.on.isoformat(), earliest=state.opens.isoformat())
    wrong = sorted(command.absent.keys() - state.seated.keys())
    if wrong:
        raise refuse("session.not_seated", pathways=wrong)
    present = tuple(pathway for pathway in state.seated if pathway not in command.absent)
    held: list[Fact] = [e.SessionHeld(on=context.on, present=present, absent=command.absent)]
    return held if set(present) - state.results else [*held, e.SessionCompleted(on=context.on)]


def _note_result(state: Session, command: c.NoteResult, context: Context) -> list[Fact]:
    if command.pathway not in state.seated or command.pathway in state.results:
        return []
    return [e.ResultReceived(on=context.on, pathway=command.pathway), *_completion(state, command.pathway, context)]


def _completion(state: Session, pathway: str, context: Context) -> list[Fact]:
    return [e.SessionCompleted(on=context.on)] if state.complete_without(pathway) else []


def _cancel(state: Session, command: c.Cancel, context: Context) -> list[Fact]:
    _require_live(state)
    return [e.SessionCancelled(on=context.on, reason=command.reason)]


def _deadline(state: Session, command: DeadlineReached, context: Context) -> list[Fact]:
    def passing(entry: Due, happens: str) -> list[Fact]:
        if happens == "convene" and state.status in ("open", "closed"):
            return _convocation(state, context, entry.id)
        closes = entry.deadline == REGISTRATION or (happens == "close_registration" and state.status == "open")
        return [e.RegistrationClosed(on=context.today, due=entry.id)] if closes else []

    return settling.reached(state, due(state), command, context, passing)


_DECIDE: dict[type[Command], Callable[[Session, Any, Context], list[Fact]]] = {
    c.Open: _open,
    c.AppointJuror: _appoint,
    c.DismissJuror: _dismiss,
    c.RequestSeat: _request,
    c.ReleaseSeat: _release,
    c.CloseRegistration: _close,
    c.Convene: _convene,
    c.Hold: _hold,
    c.NoteResult: _note_result,
    c.Cancel: _cancel,
    DeadlineReached: _deadline,
    Settle: settling.settle,
    **mailing.DECIDE,
}


def decide(state: Session, command: Command, context: Context) -> list[Fact]:
    """The facts that ``command`` adds; none if it changes nothing.

    Raises:
        Refused: with the rule that says no.
    """
    opened = state.milestones.get("opened")
    if opened is not None and context.on < opened.on:
        raise refuse("date.before_opening", on=context.on.isoformat(), opened=opened.on.isoformat())
    return _DECIDE[type(command)](state, command, context)
