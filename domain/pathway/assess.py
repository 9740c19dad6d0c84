"""The rules on assessment: seat, marks, proposal, opinion, dossier, decision.

Three facts are kept apart: what the marks compute, what the professional jury advises, what the paritaire jury decides.
"""

from __future__ import annotations

from domain.aggregate import Context
from domain.marks import certificate, judge
from domain.meetings import BEFORE_THE_JURY
from domain.pathway import commands as c
from domain.pathway import events as e
from domain.pathway.contest import decide as contesting
from domain.pathway.guards import require_open, require_step, unknown
from domain.pathway.lapsing import lapses
from domain.pathway.marking import require_sheet
from domain.pathway.seats import dossier_sent, threats
from domain.pathway.state import Pathway, Seat
from domain.proposals import differing, require_blocks, require_reasons, require_recommendations
from domain.records import Fact
from domain.refusal import refuse
from domain.scheme.model import END


def preliminary(state: Pathway, command: c.RecordPreliminary, context: Context) -> list[Fact]:
    """Judge what a preliminary assessment found; what it validates needs no final assessment."""
    step = require_step(state, "preliminary")
    remaining = state.remaining()
    require_sheet(remaining, command.marks)
    judgement = judge(state.scheme, command.marks, [block.id for block in remaining])
    outcome = "complete" if len(judgement.validated()) == len(remaining) else "missing"
    assert outcome in step.outcomes
    return [
        e.PreliminaryAssessed(
            on=context.on, body=command.body, marks=command.marks, judgement=judgement, outcome=outcome
        )
    ]


def request_seat(state: Pathway, command: c.RequestSeat, context: Context) -> list[Fact]:
    """Ask for a seat, unless one is already asked for, held, or lost by an absence without excuse."""
    require_step(state, "jury")
    if state.seat is not None:
        code = "seat.absence_not_excused" if state.seat.status == "absent" else "seat.already_requested"
        raise refuse(code, session=state.seat.session)
    remaining = tuple(block.id for block in state.remaining())
    wrong = unknown(command.blocks, remaining)
    if wrong:
        raise refuse("seat.block_not_remaining", blocks=wrong, remaining=list(remaining))
    wanted = tuple(id for id in remaining if id in command.blocks) or remaining
    return [e.SeatRequested(on=context.on, session=command.session, blocks=wanted)]


def _seat(state: Pathway) -> Seat:
    if state.seat is None:
        raise refuse("seat.none", pathway=state.stream)
    return state.seat


def give_up_seat(state: Pathway, command: c.GiveUpSeat, context: Context) -> list[Fact]:
    """Give a seat back, before the jury."""
    require_open(state, suspended=True)
    seat = _seat(state)
    if seat.status not in ("requested", "granted", "waiting", "convened"):
        raise refuse("seat.too_late", session=seat.session, status=seat.status)
    return [e.SeatGivenUp(on=context.on, session=seat.session)]


def note_seat(state: Pathway, command: c.NoteSeat, context: Context) -> list[Fact]:
    """Take the session's answer; an answer to a request that no longer stands gives the seat back."""
    seat = state.seat
    if seat is not None and seat.session == command.session and seat.request != command.request:
        # That seat was given back before this one was asked for; giving it back again would lose this one.
        return []
    if seat is None or seat.session != command.session:
        stale = command.answer in ("granted", "waiting")
        return [e.SeatGivenUp(on=context.on, session=command.session)] if stale else []
    if command.answer == "granted":
        late = threats(state, BEFORE_THE_JURY, command.session, command.opens, context)
        return [e.SeatGranted(on=context.on, session=command.session), *late]
    if command.answer == "waiting":
        return [e.SeatWaitlisted(on=context.on, session=command.session)]
    return [e.SeatRefused(on=context.on, session=command.session, reason=command.reason or command.answer)]


def note_convocation(state: Pathway, command: c.NoteConvocation, context: Context) -> list[Fact]:
    """Take the convocation, if the seat still stands."""
    seat, step = state.seat, state.current
    if seat is None or seat.session != command.session or step is None or step.kind != "jury":
        return []
    convened = e.Convened(
        on=context.on,
        session=command.session,
        opens=command.opens,
        closes=command.closes,
        place=command.place,
        jurors=command.jurors,
    )
    if not command.visits:
        return [convened]
    last = max(visit.ends.date() for visit in command.visits)
    late = threats(state, BEFORE_THE_JURY, command.session, last, context)
    hours = e.VisitsSet(on=context.on, session=command.session, visits=command.visits, places=command.places)
    return [hours, convened, *late]


def note_attendance(state: Pathway, command: c.NoteAttendance, context: Context) -> list[Fact]:
    """Take what the session says of the candidate's presence."""
    seat = state.seat
    if seat is None or seat.session != command.session or seat.status in ("attended", "absent"):
        return []
    if command.present:
        return [e.JuryAttended(on=context.on, session=command.session)]
    return [e.AbsenceRecorded(on=context.on, session=command.session, excused=command.excused)]


def excuse_absence(state: Pathway, command: c.ExcuseAbsence, context: Context) -> list[Fact]:
    """Accept the reason of an absence."""
    require_step(state, "jury")
    if _seat(state).status != "absent":
        raise refuse("absence.none", pathway=state.stream)
    return [e.AbsenceExcused(on=context.on, reason=command.reason)]


def send_dossier(state: Pathway, command: c.SendDossier, context: Context) -> list[Fact]:
    """Send the dossier to a sitting."""
    require_step(state, "deliberation")
    if state.dossier is not None:
        raise refuse("dossier.already_sent", sitting=state.dossier.sitting)
    return [dossier_sent(state, command.sitting, context.on)]


def note_dossier(state: Pathway, command: c.NoteDossier, context: Context) -> list[Fact]:
    """Take what the sitting did with the dossier."""
    if contesting.concerns(state, command.sitting):
        return contesting.note_dossier(state, command, context)
    if state.dossier is None or state.dossier.sitting != command.sitting:
        return []
    if command.accepted:
        return [] if state.dossier.accepted else [e.DossierAccepted(on=context.on, sitting=command.sitting)]
    returned = e.DossierReturned(on=context.on, sitting=command.sitting, reason=command.reason)
    return [returned, dossier_sent(state, command.forward, context.on)] if command.forward else [returned]


def note_decision(state: Pathway, command: c.NoteDecision, context: Context) -> list[Fact]:
    """Take the sitting's decision: awards follow from it, and perhaps the end of the pathway."""
    if contesting.concerns(state, command.sitting):
        return contesting.note_decision(state, command, context)
    # The jury is sovereign: a suspension stops the clocks, it does not undo what was proclaimed.
    step = require_step(state, "deliberation", suspended=True)
    if state.dossier is None or state.dossier.sitting != command.sitting:
        raise refuse("decision.no_dossier", sitting=command.sitting)
    require_blocks(command.blocks, state.dossier.blocks)
    differs = differing(command.blocks, state.computed, state.advised)
    require_reasons(differs, command.reasons)
    require_recommendations(command.blocks, command.recommendations)
    validated = {id for id, value in command.blocks.items() if value}
    # What counts is the day of the decision: a block that was valid when it was recognised may be so no more.
    gone = lapses(state, context.on, context)
    held = state.held.keys() - {fact.held_as for fact in gone}
    facts: list[Fact] = [
        *gone,
        e.DecisionRecorded(
            on=context.on,
            sitting=command.sitting,
            blocks=command.blocks,
            differs=differs,
            reasons=command.reasons,
            recommendations=command.recommendations,
        ),
    ]
    facts += contesting.deliberated(command, context)
    facts += [
        e.BlockAwarded(on=context.on, block=block.id, held_as=block.held_as, sitting=command.sitting)
        for block in state.scheme.blocks
        # A block acquired elsewhere while the dossier was on its way is held for life: it is not awarded twice.
        if block.id in validated and block.held_as not in held
    ]
    full = certificate(state.scheme, validated | {block.id for block in state.scheme.blocks if block.held_as in held})
    if full:
        blocks = tuple(block.id for block in state.scheme.blocks)
        facts.append(e.CertificationAwarded(on=context.on, sitting=command.sitting, blocks=blocks))
    result = "full" if full else "partial" if validated else "none"
    if step.after(result) == END:
        partial = validated or state.blocks_awarded()
        facts.append(e.PathwayClosed(on=context.on, outcome="certified" if full else "partial" if partial else "none"))
    return facts
