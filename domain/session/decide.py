"""What a session answers to a command: facts, or a refusal. One function per command."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, timedelta
from typing import Any

from domain import calendar, mailing, settling
from domain.agenda import Due
from domain.aggregate import Context
from domain.meetings import NEAR, NEAR_DAYS, MeetingNear
from domain.records import Command, Fact
from domain.refusal import refuse
from domain.scheme import library
from domain.scheme.model import Scheme
from domain.session import commands as c
from domain.session import events as e
from domain.session import jury, planned
from domain.session.agenda import LATE, REGISTRATION, REGISTRATION_OPENS, due, rungs, runs
from domain.session.guards import require_live
from domain.session.jury import inquired
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
    facts: list[Fact] = [e.SessionOpened(on=context.on, **command.model_dump(exclude={"kind", "registration_opens"}))]
    if command.registration_opens is not None and command.registration_opens > context.today:
        facts.append(e.RegistrationAnnounced(on=context.on, opens=command.registration_opens))
    return facts


def _require_window(scheme: Scheme, command: c.Open, context: Context) -> None:
    opens, closes, last = command.opens, command.closes, command.registration_closes
    if closes < opens:
        raise refuse("date.reversed", starts=opens.isoformat(), ends=closes.isoformat())
    if opens <= context.today:
        raise refuse("session.in_the_past", opens=opens.isoformat(), today=context.today.isoformat())
    if not context.today <= last < opens:
        raise refuse("session.registration_date", on=last.isoformat(), opens=opens.isoformat())
    begins = command.registration_opens
    if begins is not None and begins > last:
        raise refuse("date.reversed", starts=begins.isoformat(), ends=last.isoformat())
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


def _appoint(state: Session, command: c.AppointJuror, context: Context) -> list[Fact]:
    require_live(state)
    if command.juror in state.jurors:
        raise refuse("juror.already_appointed", juror=command.juror)
    if command.facts is not None and command.facts.juror != command.juror:
        raise refuse("juror.unknown", juror=command.facts.juror)
    told = command.model_dump(exclude={"kind", "name", "facts"})
    facts: list[Fact] = [e.JurorAppointed(on=context.on, name=command.name, **told)]
    if command.facts is not None:
        facts.append(e.JurorDescribed(on=context.on, juror=command.facts))
    return [*facts, *inquired(state, context, "change")]


def _dismiss(state: Session, command: c.DismissJuror, context: Context) -> list[Fact]:
    require_live(state)
    if command.juror not in state.jurors:
        raise refuse("juror.unknown", juror=command.juror)
    return [e.JurorDismissed(on=context.on, juror=command.juror), *inquired(state, context, "change")]


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
    facts: list[Fact] = []
    if command.candidate is not None and state.conducted:
        facts.append(e.CandidateDescribed(on=context.on, candidate=command.candidate))
    # Nobody overtakes the waiting list: a free seat that an earlier one cannot use may still be given.
    if state.fits(command.blocks):
        return [*facts, e.PlaceGiven(on=context.on, **asked)]
    return [*facts, e.PlacedOnWaitingList(on=context.on, **asked)]


def _note_candidate(state: Session, command: c.NoteCandidate, context: Context) -> list[Fact]:
    """Take what has changed about somebody whose assessment lies ahead."""
    pathway = command.candidate.pathway
    expected = pathway in state.seated or pathway in state.waiting
    if not expected or not state.conducted or state.candidates.get(pathway) == command.candidate:
        return []
    if state.status in ("held", "completed", "cancelled"):
        return []
    changed = inquired(state, context, "change") if pathway in state.seated else []
    return [e.CandidateDescribed(on=context.on, candidate=command.candidate), *changed]


def _reason_against(state: Session, command: c.RequestSeat) -> str:
    if missing := [block for block in command.blocks if not state.capacity.get(block)]:
        return "block_not_assessed:" + ",".join(missing)
    if state.status == "cancelled":
        return "session_cancelled"
    if state.status == "announced":
        return "registration_not_open"
    return "" if state.status == "open" else "registration_closed"


def _release(state: Session, command: c.ReleaseSeat, context: Context) -> list[Fact]:
    if not state.status:
        raise refuse("session.unknown", session=state.stream)
    if command.pathway not in state.seated and command.pathway not in state.waiting:
        return []
    released: list[Fact] = [e.PlaceReleased(on=context.on, pathway=command.pathway)]
    if state.status in ("begun", "held", "completed", "cancelled"):
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
    return [*facts, *inquired(state, context, "change")] if facts else []


def _close(state: Session, command: c.CloseRegistration, context: Context) -> list[Fact]:
    require_live(state)
    if state.status != "open":
        raise refuse("session.registration_already_closed", session=state.stream)
    return [e.RegistrationClosed(on=context.on)]


def _convene(state: Session, command: c.Convene, context: Context) -> list[Fact]:
    require_live(state)
    if state.status in ("convened", "begun") or state.convening:
        raise refuse("session.already_convened", session=state.stream)
    return _convocation(state, context, "")


def _convocation(state: Session, context: Context, due: str) -> list[Fact]:
    closing: list[Fact] = [e.RegistrationClosed(on=context.on)] if state.status in ("announced", "open") else []
    if state.conducted:
        return [*closing, *inquired(state, context, "convening", due)]
    return [*closing, e.CandidatesConvened(on=context.on, pathways=tuple(state.seated), due=due)]


def _hold(state: Session, command: c.Hold, context: Context) -> list[Fact]:
    require_live(state)
    if state.conducted and state.status == "convened":
        raise refuse("session.not_begun", session=state.stream)
    if state.status not in ("convened", "begun"):
        raise refuse("session.not_convened", session=state.stream)
    assert state.opens is not None
    if context.on < state.opens:
        raise refuse("date.too_early", on=context.on.isoformat(), earliest=state.opens.isoformat())
    expected = [id for id in state.seated if id in state.convened] if state.conducted else list(state.seated)
    wrong = sorted(set(command.absent).difference(expected))
    if wrong:
        raise refuse("session.not_seated", pathways=wrong)
    present = tuple(pathway for pathway in expected if pathway not in command.absent)
    held: list[Fact] = [
        *(
            # Whose jury could not sit was not convened, and cannot be absent.
            e.PlaceRefused(on=context.on, pathway=id, request=place.request, reason="no_lawful_jury")
            for id, place in state.seated.items()
            if id not in expected
        ),
        e.SessionHeld(on=context.on, present=present, absent=command.absent),
    ]
    return held if set(present) - state.results else [*held, e.SessionCompleted(on=context.on)]


def _note_result(state: Session, command: c.NoteResult, context: Context) -> list[Fact]:
    if command.pathway not in state.seated or command.pathway in state.results:
        return []
    return [e.ResultReceived(on=context.on, pathway=command.pathway), *_completion(state, command.pathway, context)]


def _completion(state: Session, pathway: str, context: Context) -> list[Fact]:
    return [e.SessionCompleted(on=context.on)] if state.complete_without(pathway) else []


def _cancel(state: Session, command: c.Cancel, context: Context) -> list[Fact]:
    require_live(state)
    if state.conducted and isinstance(command.reason, str):
        raise refuse("session.reason_in_clear")
    return [e.SessionCancelled(on=context.on, reason=command.reason)]


def _deadline(state: Session, command: DeadlineReached, context: Context) -> list[Fact]:
    def passing(entry: Due, happens: str) -> list[Fact]:
        if happens == "convene" and state.status in ("announced", "open", "closed") and not state.convening:
            return _convocation(state, context, entry.id)
        if entry.deadline == REGISTRATION_OPENS:
            return [e.RegistrationOpened(on=context.today, due=entry.id)]
        if entry.deadline == LATE:
            return _late(state, entry, context)
        if entry.deadline == NEAR:
            day = entry.on + timedelta(days=NEAR_DAYS)
            return [MeetingNear(on=context.today, due=entry.id, meeting=state.stream, held_on=day)]
        closes = entry.deadline == REGISTRATION or (happens == "close_registration" and state.status == "open")
        return [e.RegistrationClosed(on=context.today, due=entry.id)] if closes else []

    return settling.reached(state, due(state), command, context, passing)


def _late(state: Session, entry: Due, context: Context) -> list[Fact]:
    rung = next(rung for due, rung in rungs(state) if due.id == entry.id)
    last = next(run.due for run in runs(state) if "completed" in run.deadline.ends)
    assert last is not None
    return [e.ResultsLate(on=context.today, due=entry.id, tell=rung.tell, last_day=last, missing=state.missing())]


_DECIDE: dict[type[Command], Callable[[Session, Any, Context], list[Fact]]] = {
    c.Open: _open,
    c.AppointJuror: _appoint,
    c.DismissJuror: _dismiss,
    c.WithdrawJuror: jury.withdraw_juror,
    c.NoteJurors: jury.note_jurors,
    c.NoteSittings: jury.note_sittings,
    c.RequestSeat: _request,
    c.NoteCandidate: _note_candidate,
    c.ReleaseSeat: _release,
    c.CloseRegistration: _close,
    c.Convene: _convene,
    c.PublishPlan: planned.publish,
    c.RecordException: jury.record_exception,
    c.Begin: jury.begin,
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
