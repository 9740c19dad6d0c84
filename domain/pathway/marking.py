"""The rules on marks and on the professional jury's opinion.

With a conduct, each assessor marks alone and nobody sees it; once all have, what they see differently, and what nobody
saw, is settled by joint marks, and only then is anything computed. Without a conduct, every mark counts as it comes.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping

from domain.aggregate import Context
from domain.authority import Role
from domain.marks import Mark, combine, judge
from domain.pathway import commands as c
from domain.pathway import events as e
from domain.pathway import minutes
from domain.pathway.guards import require_date, require_step, unknown
from domain.pathway.state import Pathway, Seat
from domain.proposals import differing, require_blocks, require_reasons, require_recommendations
from domain.records import Fact
from domain.refusal import refuse
from domain.scheme.model import Block

ALONE = "Règlement du jury : chaque évaluateur note seul, puis le jury met en commun"


def require_sheet(blocks: Collection[Block], marks: Mapping[str, Mark]) -> None:
    """Refuse marks that do not cover exactly the criteria of ``blocks``."""
    criteria = [criterion for block in blocks for criterion in block.criteria]
    _require_known(criteria, marks)
    missing = [criterion for criterion in criteria if criterion not in marks]
    if missing:
        raise refuse("marks.missing_criteria", criteria=missing)


def _require_known(criteria: Collection[str], named: Collection[str]) -> None:
    wrong = unknown(named, set(criteria))
    if wrong:
        raise refuse("marks.unknown_criteria", criteria=wrong)


def _require_juror(state: Pathway, juror: str, context: Context) -> Seat:
    """The seat, refused unless the candidate is convened, ``juror`` is on that jury, and nobody speaks for another."""
    require_step(state, "jury")
    seat = state.seat
    if seat is None or seat.status in ("requested", "granted", "waiting"):
        raise refuse("marks.before_convocation", pathway=state.stream)
    if seat.status == "absent":
        raise refuse("marks.absent", session=seat.session)
    conducted = state.scheme.conduct is not None
    if juror not in seat.jurors and (seat.jurors or conducted):
        raise refuse("marks.not_on_jury", juror=juror, session=seat.session)
    if conducted:
        require_own(juror, context)
    return seat


def require_own(juror: str, context: Context) -> None:
    """Refuse a juror who acts in the name of another one; the office may enter what a juror hands in."""
    if context.actor.role is Role.JUROR and context.actor.id != f"juror:{juror}":
        raise refuse("marks.not_yours", basis=ALONE, juror=juror, actor=context.actor.id)


def _blocks(state: Pathway, seat: Seat) -> list[Block]:
    return [state.scheme.block_by_id[id] for id in seat.blocks]


def _criteria(state: Pathway, seat: Seat) -> list[str]:
    return [criterion for block in _blocks(state, seat) for criterion in block.criteria]


# --- each alone -----------------------------------------------------------------------------------------------------


def record_marks(state: Pathway, command: c.RecordMarks, context: Context) -> list[Fact]:
    """Record one juror's marks; with enough of them, and nothing to settle, the proposal is computed."""
    seat = _require_juror(state, command.juror, context)
    if seat.opens is not None:
        require_date(context, seat.opens)
    if command.juror in state.sheets:
        raise refuse("marks.already_recorded", juror=command.juror)
    require_sheet(_blocks(state, seat), command.marks)
    _require_known(_criteria(state, seat), command.notes)
    if state.scheme.conduct is None:
        if command.notes:
            raise refuse("marks.no_notes", scheme=state.scheme.id)
        recorded = e.MarksRecorded(on=context.on, juror=command.juror, marks=command.marks)
        return [recorded, *_proposal(state, seat, context, command.juror, command.marks)]
    if state.all_marked:
        raise refuse("marks.all_in", basis=ALONE, jurors=sorted(state.sheets))
    given = e.SheetGiven(on=context.on, juror=command.juror, marks=command.marks, notes=command.notes)
    return [given, *_proposal(state, seat, context, command.juror, command.marks)]


def correct_marks(state: Pathway, command: c.CorrectMarks, context: Context) -> list[Fact]:
    """Correct a juror's marks while no opinion rests on them and, with a conduct, while nobody has seen them."""
    seat = _require_juror(state, command.juror, context)
    sheet = state.sheets.get(command.juror)
    if sheet is None:
        raise refuse("correction.nothing_to_correct")
    require_sheet(_blocks(state, seat), command.marks)
    if state.scheme.conduct is None:
        corrected = e.MarksCorrected(
            on=context.on, corrects=sheet.version, juror=command.juror, marks=command.marks, reason=command.reason
        )
        return [corrected, *_proposal(state, seat, context, command.juror, command.marks)]
    if state.all_marked:
        raise refuse("marks.seen", basis=ALONE, juror=command.juror)
    return [
        e.SheetGiven(
            on=context.on,
            juror=command.juror,
            marks=command.marks,
            notes=sheet.notes,
            corrects=sheet.version,
            reason=command.reason,
        )
    ]


def _proposal(state: Pathway, seat: Seat, context: Context, juror: str, marks: c.MarkSheet) -> list[Fact]:
    """The proposal, once enough jurors have marked and nothing is left to settle."""
    sheets = {**{id: sheet.marks for id, sheet in state.sheets.items()}, juror: marks}
    if len(sheets) < state.scheme.jury.assessors:
        return []
    conduct = state.scheme.conduct
    if conduct is not None and conduct.session.joint_marks and minutes.open_criteria(sheets):
        return []
    return [_computed(state, seat, context, sheets, combine(sheets))]


def _computed(
    state: Pathway, seat: Seat, context: Context, jurors: Collection[str], marks: Mapping[str, Mark]
) -> e.ProposalComputed:
    judgement = judge(state.scheme, marks, seat.blocks)
    return e.ProposalComputed(on=context.on, jurors=tuple(sorted(jurors)), judgement=judgement)


# --- together -------------------------------------------------------------------------------------------------------


def record_joint_marks(state: Pathway, command: c.RecordJointMarks, context: Context) -> list[Fact]:
    """Settle what the assessors see differently and what none of them saw; the proposal follows from it.

    The same command again, before the opinion, replaces what was settled.
    """
    seat = _require_juror(state, command.juror, context)
    conduct = state.scheme.conduct
    if conduct is None or not conduct.session.joint_marks:
        raise refuse("marks.no_joint", scheme=state.scheme.id)
    if not state.all_marked:
        raise refuse("marks.not_all_in", basis=ALONE, jurors=state.scheme.jury.assessors, marked=len(state.sheets))
    require_date(context, max(fact.on for _, fact in state.minutes))
    _require_known(_criteria(state, seat), [*command.marks, *command.decided, *command.notes])
    sheets = {juror: sheet.marks for juror, sheet in state.sheets.items()}
    agreed = combine(sheets)
    open_ones = minutes.open_criteria(sheets)
    _require_settled(command, agreed, open_ones)
    marks = {**agreed, **command.marks, **dict.fromkeys(command.decided, False)}
    joint = e.JointMarksRecorded(
        on=context.on,
        juror=command.juror,
        marks=command.marks,
        decided=command.decided,
        notes=command.notes,
        diverging=open_ones.diverging,
        unobserved=open_ones.unobserved,
    )
    return [joint, _computed(state, seat, context, sheets, marks)]


def _require_settled(command: c.RecordJointMarks, agreed: Mapping[str, Mark], left: minutes.OpenCriteria) -> None:
    both = sorted(command.marks.keys() & command.decided.keys())
    if both:
        raise refuse("marks.joint_twice", criteria=both)
    observed = sorted(command.decided.keys() - set(left.unobserved))
    if observed:
        raise refuse("marks.joint_observed", basis=ALONE, criteria=observed)
    settled = command.marks.keys() | command.decided.keys()
    missing = [criterion for criterion in left.all if criterion not in settled]
    if missing:
        raise refuse("marks.joint_missing", basis=ALONE, criteria=missing)
    overruled = sorted(
        criterion
        for criterion, mark in command.marks.items()
        if criterion not in left.diverging and agreed[criterion] not in (None, mark) and criterion not in command.notes
    )
    if overruled:
        raise refuse("marks.joint_reason_needed", basis=ALONE, criteria=overruled)


# --- the opinion, and who stands for it ------------------------------------------------------------------------------


def give_opinion(state: Pathway, command: c.GiveOpinion, context: Context) -> list[Fact]:
    """Record the jury's opinion: on every block of the seat, with reasons where it differs from the proposal."""
    seat = _require_juror(state, command.juror, context)
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


def sign_pv(state: Pathway, command: c.SignPv, context: Context) -> list[Fact]:
    """Sign the PV of the jury: the very document that the log gives, by a member of that jury, once."""
    if state.scheme.conduct is None:
        raise refuse("pv.not_kept", scheme=state.scheme.id)
    opinion = state.opinion
    if opinion is None:
        raise refuse("pv.no_opinion", pathway=state.stream)
    if command.signatory not in opinion.jurors:
        raise refuse("pv.not_on_jury", juror=command.signatory, session=opinion.session)
    require_own(command.signatory, context)
    if command.signatory in state.signed:
        raise refuse("pv.already_signed", juror=command.signatory)
    require_date(context, opinion.on)
    if command.document != minutes.document(state.stream, state.scheme_hash, state.minutes, command.composition):
        raise refuse("pv.other_document", document=command.document)
    return [
        e.PvSigned(
            on=context.on,
            session=opinion.session,
            signatory=command.signatory,
            document=command.document,
            composition=command.composition,
        )
    ]
