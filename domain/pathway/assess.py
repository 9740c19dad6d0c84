"""The rules on assessment: seat, marks, proposal, opinion, dossier, decision.

Three facts are kept apart: what the marks compute, what the professional jury advises, what the paritaire jury decides.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping

from domain.aggregate import Context
from domain.marks import combine, judge
from domain.pathway import commands as c
from domain.pathway import events as e
from domain.pathway.guards import require_date, require_open, require_step, unknown
from domain.pathway.state import Pathway, Seat
from domain.proposals import differing, require_blocks, require_reasons, require_recommendations
from domain.records import Fact
from domain.refusal import refuse
from domain.scheme.model import END, Block


def _require_sheet(blocks: Collection[Block], marks: Mapping[str, bool | None]) -> None:
    """Refuse marks that do not cover exactly the criteria of ``blocks``."""
    criteria = [criterion for block in blocks for criterion in block.criteria]
    wrong = unknown(marks, set(criteria))
    if wrong:
        raise refuse("marks.unknown_criteria", criteria=wrong)
    missing = [criterion for criterion in criteria if criterion not in marks]
    if missing:
        raise refuse("marks.missing_criteria", criteria=missing)


def preliminary(state: Pathway, command: c.RecordPreliminary, context: Context) -> list[Fact]:
    """Judge what a preliminary assessment found; what it validates needs no final assessment."""
    step = require_step(state, "preliminary")
    remaining = state.remaining()
    _require_sheet(remaining, command.marks)
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
        return [e.SeatGranted(on=context.on, session=command.session)]
    if command.answer == "waiting":
        return [e.SeatWaitlisted(on=context.on, session=command.session)]
    return [e.SeatRefused(on=context.on, session=command.session, reason=command.reason or command.answer)]


def note_convocation(state: Pathway, command: c.NoteConvocation, context: Context) -> list[Fact]:
    """Take the convocation, if the seat still stands."""
    seat, step = state.seat, state.current
    if seat is None or seat.session != command.session or step is None or step.kind != "jury":
        return []
    return [
        e.Convened(
            on=context.on,
            session=command.session,
            opens=command.opens,
            closes=command.closes,
            place=command.place,
            jurors=command.jurors,
        )
    ]


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


def _require_juror(state: Pathway, juror: str) -> Seat:
    """The seat, refused unless the candidate is convened and ``juror`` sits on that jury."""
    require_step(state, "jury")
    seat = state.seat
    if seat is None or seat.status in ("requested", "granted", "waiting"):
        raise refuse("marks.before_convocation", pathway=state.stream)
    if seat.status == "absent":
        raise refuse("marks.absent", session=seat.session)
    if seat.jurors and juror not in seat.jurors:
        raise refuse("marks.not_on_jury", juror=juror, session=seat.session)
    return seat


def _proposal(state: Pathway, seat: Seat, context: Context, juror: str, marks: c.MarkSheet) -> list[Fact]:
    """The proposal, once enough jurors have marked."""
    sheets = {**{id: sheet.marks for id, sheet in state.sheets.items()}, juror: marks}
    if len(sheets) < state.scheme.jury.assessors:
        return []
    judgement = judge(state.scheme, combine(sheets), seat.blocks)
    return [e.ProposalComputed(on=context.on, jurors=tuple(sorted(sheets)), judgement=judgement)]


def _blocks(state: Pathway, seat: Seat) -> list[Block]:
    return [state.scheme.block_by_id[id] for id in seat.blocks]


def record_marks(state: Pathway, command: c.RecordMarks, context: Context) -> list[Fact]:
    """Record one juror's marks; with enough of them, the proposal is computed."""
    seat = _require_juror(state, command.juror)
    if seat.opens is not None:
        require_date(context, seat.opens)
    if command.juror in state.sheets:
        raise refuse("marks.already_recorded", juror=command.juror)
    _require_sheet(_blocks(state, seat), command.marks)
    recorded = e.MarksRecorded(on=context.on, juror=command.juror, marks=command.marks)
    return [recorded, *_proposal(state, seat, context, command.juror, command.marks)]


def correct_marks(state: Pathway, command: c.CorrectMarks, context: Context) -> list[Fact]:
    """Correct a juror's marks while no opinion rests on them."""
    seat = _require_juror(state, command.juror)
    sheet = state.sheets.get(command.juror)
    if sheet is None:
        raise refuse("correction.nothing_to_correct")
    _require_sheet(_blocks(state, seat), command.marks)
    corrected = e.MarksCorrected(
        on=context.on, corrects=sheet.version, juror=command.juror, marks=command.marks, reason=command.reason
    )
    return [corrected, *_proposal(state, seat, context, command.juror, command.marks)]


def give_opinion(state: Pathway, command: c.GiveOpinion, context: Context) -> list[Fact]:
    """Record the jury's opinion: on every block of the seat, with reasons where it differs from the proposal."""
    seat = _require_juror(state, command.juror)
    if "marked" not in state.milestones or not set(seat.blocks) <= state.computed.keys():
        raise refuse("opinion.without_marks", jurors=state.scheme.jury.assessors, marked=len(state.sheets))
    require_date(context, state.milestones["marked"].on)
    require_blocks(command.blocks, seat.blocks)
    differs = differing(command.blocks, state.computed)
    require_reasons(differs, command.reasons)
    require_recommendations(command.blocks, command.recommendations)
    return [
        e.OpinionGiven(
            on=context.on,
            juror=command.juror,
            blocks=command.blocks,
            differs=differs,
            reasons=command.reasons,
            recommendations=command.recommendations,
        )
    ]


def send_dossier(state: Pathway, command: c.SendDossier, context: Context) -> list[Fact]:
    """Send the dossier to a sitting."""
    require_step(state, "deliberation")
    if state.dossier is not None:
        raise refuse("dossier.already_sent", sitting=state.dossier.sitting)
    blocks = state.to_decide()
    return [
        e.DossierSent(
            on=context.on,
            sitting=command.sitting,
            blocks=blocks,
            computed={id: state.computed[id] for id in blocks if id in state.computed},
            advised={id: state.advised[id] for id in blocks},
        )
    ]


def note_dossier(state: Pathway, command: c.NoteDossier, context: Context) -> list[Fact]:
    """Take what the sitting did with the dossier."""
    if state.dossier is None or state.dossier.sitting != command.sitting:
        return []
    if command.accepted:
        return [] if state.dossier.accepted else [e.DossierAccepted(on=context.on, sitting=command.sitting)]
    return [e.DossierReturned(on=context.on, sitting=command.sitting, reason=command.reason)]


def note_decision(state: Pathway, command: c.NoteDecision, context: Context) -> list[Fact]:
    """Take the sitting's decision: awards follow from it, and perhaps the end of the pathway."""
    # The jury is sovereign: a suspension stops the clocks, it does not undo what was proclaimed.
    step = require_step(state, "deliberation", suspended=True)
    if state.dossier is None or state.dossier.sitting != command.sitting:
        raise refuse("decision.no_dossier", sitting=command.sitting)
    require_blocks(command.blocks, state.dossier.blocks)
    differs = differing(command.blocks, state.computed, state.advised)
    require_reasons(differs, command.reasons)
    require_recommendations(command.blocks, command.recommendations)
    validated = {id for id, value in command.blocks.items() if value}
    facts: list[Fact] = [
        e.DecisionRecorded(
            on=context.on,
            sitting=command.sitting,
            blocks=command.blocks,
            differs=differs,
            reasons=command.reasons,
            recommendations=command.recommendations,
        )
    ]
    facts += [
        e.BlockAwarded(on=context.on, block=block.id, held_as=block.held_as, sitting=command.sitting)
        for block in state.scheme.blocks
        # A block acquired elsewhere while the dossier was on its way is held for life: it is not awarded twice.
        if block.id in validated and block.held_as not in state.held
    ]
    full = state.holds_all(validated)
    if full:
        blocks = tuple(block.id for block in state.scheme.blocks)
        facts.append(e.CertificationAwarded(on=context.on, sitting=command.sitting, blocks=blocks))
    result = "full" if full else "partial" if validated else "none"
    if step.after(result) == END:
        partial = validated or any(award.block for award in state.awards)
        facts.append(e.PathwayClosed(on=context.on, outcome="certified" if full else "partial" if partial else "none"))
    return facts
