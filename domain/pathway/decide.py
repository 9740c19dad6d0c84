"""What a pathway answers to a command: facts, or a refusal. One function per command.

The rules on assessment are in :mod:`domain.pathway.assess`; this file has the road that leads there and the exits.
"""

from __future__ import annotations

from collections.abc import Callable, Container
from typing import Any

from domain import mailing, settling, wallet
from domain.agenda import Due
from domain.aggregate import Context
from domain.authority import require
from domain.meetings import NEAR
from domain.pathway import assess, marking, seats
from domain.pathway import commands as c
from domain.pathway import events as e
from domain.pathway.agenda import due
from domain.pathway.contest import commands as contest
from domain.pathway.contest import decide as contesting
from domain.pathway.depositing import decide as depositing
from domain.pathway.guards import require_date, require_open, require_step, unknown
from domain.pathway.lapsing import LAPSE, lapses
from domain.pathway.state import Pathway
from domain.records import Command, Fact
from domain.refusal import refuse
from domain.scheme import library
from domain.scheme.model import END, Scheme
from domain.settling import DeadlineReached, Settle
from domain.wallet import Counted


def _start(state: Pathway, command: c.Start, context: Context) -> list[Fact]:
    if state.status:
        raise refuse("pathway.already_started", pathway=state.stream)
    scheme = library.recall(command.scheme_hash)
    if scheme.id != command.scheme_id:
        raise refuse("scheme.mismatch", scheme=command.scheme_id, hash=command.scheme_hash)
    if scheme.route(command.route) is None:
        open_routes = [route.id for route in scheme.routes]
        raise refuse("route.not_open", scheme=scheme.id, route=command.route, routes=open_routes)
    until = scheme.registration.until
    if scheme.registration.after == "refuse" and until is not None and context.on > until:
        raise refuse("scheme.registration_over", scheme=scheme.id, until=until.isoformat())
    registered = e.CandidacyRegistered(
        on=context.on,
        **command.model_dump(exclude={"kind", "held", "identity", "contact"}),
        identity=command.identity,
        contact=command.contact,
    )
    if command.held:
        # Whoever may register a candidacy may not for that recognise what a person holds.
        require("pathway", "recognise_block", context.actor)
    held: dict[str, e.BlockRecognised] = {}
    for block in command.held:
        one = _counted(scheme, block, held, context)
        held[one.held_as] = e.BlockRecognised(on=context.on, block=one.block, through=one.through)
    return [registered, *held.values()]


def _counted(scheme: Scheme, block: c.HeldBlock, held: Container[str], context: Context) -> Counted:
    """What ``block`` counts as, refused where it counts as nothing, as something held, or no longer."""
    one = wallet.counted(scheme, block)
    if one is None:
        raise refuse("block.unknown", blocks=[block.held_as], known=sorted(scheme.block_by_held_as))
    if one.held_as in held:
        raise refuse("block.already_held", block=one.held_as)
    if block.since > context.today:
        raise refuse("date.in_future", on=block.since.isoformat(), today=context.today.isoformat())
    if not wallet.valid(one.block, context.on):
        raise refuse("block.expired", block=block.held_as, until=str(one.block.until), on=context.on.isoformat())
    return one


def _recognise(state: Pathway, command: c.RecogniseBlock, context: Context) -> list[Fact]:
    require_open(state)
    # A block that was earned again counts for as long as it does now.
    renewed = wallet.renewed(state.scheme, command.block, state.held)
    one = _counted(state.scheme, command.block, () if renewed else state.held, context)
    return [e.BlockRecognised(on=context.on, block=one.block, through=one.through)]


def _require_competences(state: Pathway, *lists: tuple[str, ...]) -> None:
    wrong = unknown((id for ids in lists for id in ids), state.scheme.competences)
    if wrong:
        raise refuse("competence.unknown", competences=wrong)
    strengths, needs = lists
    both = sorted(set(strengths) & set(needs))
    if both:
        raise refuse("positioning.strength_and_need", competences=both)


def _position(state: Pathway, command: c.RecordPositioning, context: Context) -> list[Fact]:
    step = require_step(state, "positioning")
    _require_competences(state, command.strengths, command.needs)
    if step.decides != (command.outcome is not None):
        raise refuse("positioning.outcome_needed" if step.decides else "positioning.decides_nothing", step=step.id)
    return [
        e.PositioningRecorded(
            on=context.on,
            body=command.body,
            strengths=command.strengths,
            needs=command.needs,
            outcome=command.outcome or "done",
        )
    ]


def _plan(state: Pathway, command: c.PlanTraining, context: Context) -> list[Fact]:
    require_step(state, "training")
    if command.ends < command.starts:
        raise refuse("date.reversed", starts=command.starts.isoformat(), ends=command.ends.isoformat())
    ids = [module.id for module in command.modules]
    twice = sorted({id for id in ids if ids.count(id) > 1})
    if twice:
        raise refuse("module.twice", modules=twice)
    wrong = unknown((id for module in command.modules for id in module.competences), state.scheme.competences)
    if wrong:
        raise refuse("competence.unknown", competences=wrong)
    return [
        e.TrainingPlanned(
            on=context.on, body=command.body, modules=command.modules, starts=command.starts, ends=command.ends
        )
    ]


def _module(state: Pathway, command: c.CompleteModule, context: Context) -> list[Fact]:
    require_step(state, "training")
    if command.module not in state.modules:
        raise refuse("module.unknown", module=command.module, known=sorted(state.modules))
    if command.module in state.followed:
        raise refuse("module.already_completed", module=command.module)
    return [e.ModuleCompleted(on=context.on, module=command.module)]


def _train(state: Pathway, command: c.CompleteTraining, context: Context) -> list[Fact]:
    require_step(state, "training")
    if not state.modules:
        raise refuse("training.not_planned")
    left = sorted(state.modules.keys() - state.followed)
    if left and command.exempted is None:
        raise refuse("training.modules_left", modules=left)
    return [e.TrainingCompleted(on=context.on, exempted=command.exempted)]


def _file(state: Pathway, command: c.FileAdmissibility, context: Context) -> list[Fact]:
    require_step(state, "admissibility")
    if "file_submitted" in state.milestones:
        raise refuse("admissibility.already_filed")
    return [e.AdmissibilityFiled(on=context.on, pieces=command.pieces, complete=command.complete)]


def _require_filed(state: Pathway) -> None:
    require_step(state, "admissibility")
    if "file_submitted" not in state.milestones:
        raise refuse("admissibility.not_filed")


def _request_pieces(state: Pathway, command: c.RequestPieces, context: Context) -> list[Fact]:
    _require_filed(state)
    if state.completeness and state.completeness[-1].until is None:
        raise refuse("admissibility.pieces_already_requested", basis="CRPA L114-5")
    require_date(context, state.milestones["file_submitted"].on)
    return [e.PiecesRequested(on=context.on, missing=command.missing)]


def _provide_pieces(state: Pathway, command: c.ProvidePieces, context: Context) -> list[Fact]:
    _require_filed(state)
    waiting = state.completeness and state.completeness[-1].until is None
    if state.complete and not waiting:
        raise refuse("admissibility.nothing_missing")
    require_date(context, state.completeness[-1].since if waiting else state.milestones["file_submitted"].on)
    return [e.PiecesProvided(on=context.on, pieces=command.pieces, complete=command.complete)]


def _decide_admissibility(state: Pathway, command: c.DecideAdmissibility, context: Context) -> list[Fact]:
    _require_filed(state)
    if not state.complete and command.admissible:
        raise refuse("admissibility.incomplete")
    if not command.admissible and command.reason is None:
        raise refuse("admissibility.reason_needed")
    require_date(context, state.milestones["file_submitted"].on)
    decided = e.AdmissibilityDecided(on=context.on, admissible=command.admissible, reason=command.reason)
    return [decided, *_close_if_over(state, "admissible" if command.admissible else "refused", context)]


def _close_if_over(state: Pathway, outcome: str, context: Context) -> list[Fact]:
    """The closing fact, where ``outcome`` of a step before any jury ends the pathway."""
    if state.after(outcome) != END:
        return []
    return [e.PathwayClosed(on=context.on, outcome="inadmissible" if outcome == "refused" else "none")]


def _file_dossier(state: Pathway, command: c.FileDossier, context: Context) -> list[Fact]:
    step = require_step(state, "dossier")
    wrong = unknown(command.situations, state.scheme.block_by_id)
    if wrong:
        raise refuse("block.unknown", blocks=wrong, known=sorted(state.scheme.block_by_id))
    if step.situations is not None:
        least, most = step.situations
        bad = [b.id for b in state.remaining() if not least <= command.situations.get(b.id, 0) <= most]
        if bad:
            raise refuse("dossier.situations", blocks=bad, least=least, most=most)
    return [e.DossierFiled(on=context.on, step=step.id, situations=command.situations)]


def _support(state: Pathway, command: c.CompleteSupport, context: Context) -> list[Fact]:
    require_step(state, "support")
    facts: list[Fact] = [e.SupportCompleted(on=context.on)]
    if state.after("done") == END:
        facts.append(e.PathwayClosed(on=context.on, outcome="partial" if state.blocks_awarded() else "none"))
    return facts


def _suspend(state: Pathway, command: c.Suspend, context: Context) -> list[Fact]:
    require_open(state)
    return [e.PathwaySuspended(on=context.on, reason=command.reason)]


def _resume(state: Pathway, command: c.Resume, context: Context) -> list[Fact]:
    if state.status != "suspended":
        raise refuse("pathway.not_suspended", pathway=state.stream)
    require_date(context, state.suspensions[-1].since)
    return [e.PathwayResumed(on=context.on)]


def _withdraw(state: Pathway, command: c.Withdraw, context: Context) -> list[Fact]:
    require_open(state, suspended=True)
    return [e.PathwayClosed(on=context.on, outcome="withdrawn", reason=command.reason)]


def _correct_candidacy(state: Pathway, command: c.CorrectCandidacy, context: Context) -> list[Fact]:
    changes = command.model_dump(exclude={"kind", "reason"}, exclude_none=True)
    if not changes:
        raise refuse("correction.empty")
    return [
        e.CandidacyCorrected(
            on=context.on,
            corrects=state.candidacy_version,
            employer=command.employer,
            branch=command.branch,
            initiative=command.initiative,
            identity=command.identity,
            contact=command.contact,
            reason=command.reason,
        )
    ]


def _correct_positioning(state: Pathway, command: c.CorrectPositioning, context: Context) -> list[Fact]:
    if not state.positioning_version:
        raise refuse("correction.nothing_to_correct")
    _require_competences(state, command.strengths, command.needs)
    return [
        e.PositioningCorrected(
            on=context.on,
            corrects=state.positioning_version,
            strengths=command.strengths,
            needs=command.needs,
            reason=command.reason,
        )
    ]


def _erase(state: Pathway, command: c.EraseSubject, context: Context) -> list[Fact]:
    if not state.status:
        raise refuse("pathway.unknown", pathway=state.stream)
    if state.status != "closed":
        raise refuse("erasure.pathway_open", pathway=state.stream)
    if state.erased:
        return []
    return [
        e.SubjectErased(on=context.today, person=state.person, kept=state.scheme.erasure, reason=command.reason),
    ]


def _deadline(state: Pathway, command: DeadlineReached, context: Context) -> list[Fact]:
    def passing(entry: Due, happens: str) -> list[Fact]:
        if entry.deadline == NEAR:
            return seats.reminded(state, entry, context)
        if entry.deadline == LAPSE:
            return [*lapses(state, context.today, context)]
        basis = next(item.basis for item in state.scheme.every_deadline if item.id == entry.deadline)
        step = state.current
        if happens in ("accept", "refuse") and step is not None and step.kind == "admissibility":
            return _silence(state, happens == "accept", entry, basis, context)
        if happens in ("close_file", "as_it_stands") and step is not None and step.kind == "admissibility":
            return _pieces_overdue(state, happens == "close_file", entry, basis, context)
        if happens == "expire":
            return [e.PathwayClosed(on=context.today, outcome="expired", due=entry.id, basis=basis)]
        return []

    return settling.reached(state, due(state), command, context, passing)


def _silence(state: Pathway, admissible: bool, entry: Due, basis: str, context: Context) -> list[Fact]:
    """Nobody decided in time, so the law did."""
    decided = e.AdmissibilityDecided(on=context.today, admissible=admissible, silence=True, due=entry.id, basis=basis)
    return [decided, *_close_if_over(state, "admissible" if admissible else "refused", context)]


def _pieces_overdue(state: Pathway, lapses: bool, entry: Due, basis: str, context: Context) -> list[Fact]:
    """The pieces did not come: the file is closed without them, or its clock runs again and it is decided as it is."""
    overdue = e.PiecesOverdue(on=context.today, lapses=lapses, last_day=entry.on, due=entry.id, basis=basis)
    if not lapses:
        return [overdue]
    refused = e.AdmissibilityDecided(on=context.today, admissible=False, due=entry.id, basis=basis)
    return [overdue, refused, *_close_if_over(state, "refused", context)]


_DECIDE: dict[type[Command], Callable[[Pathway, Any, Context], list[Fact]]] = {
    c.Start: _start,
    c.RecogniseBlock: _recognise,
    c.RecordPositioning: _position,
    c.RecordPreliminary: assess.preliminary,
    c.PlanTraining: _plan,
    c.CompleteModule: _module,
    c.CompleteTraining: _train,
    c.FileAdmissibility: _file,
    c.RequestPieces: _request_pieces,
    c.ProvidePieces: _provide_pieces,
    c.DecideAdmissibility: _decide_admissibility,
    c.FileDossier: _file_dossier,
    c.SetConditions: seats.set_conditions,
    c.NoteSessions: seats.note_sessions,
    c.NoteSittings: seats.note_sittings,
    c.RejectAbsence: seats.reject_absence,
    c.RequestSeat: assess.request_seat,
    c.GiveUpSeat: assess.give_up_seat,
    c.NoteSeat: assess.note_seat,
    c.NoteConvocation: assess.note_convocation,
    c.NoteAttendance: assess.note_attendance,
    c.ExcuseAbsence: assess.excuse_absence,
    c.RecordMarks: marking.record_marks,
    c.RecordJointMarks: marking.record_joint_marks,
    c.GiveOpinion: marking.give_opinion,
    c.SignPv: marking.sign_pv,
    c.SendDossier: assess.send_dossier,
    c.NoteDossier: assess.note_dossier,
    c.NoteDecision: assess.note_decision,
    c.CompleteSupport: _support,
    contest.Contest: contesting.contest,
    contest.DecideContestAdmissibility: contesting.answer,
    contest.Redeliberate: contesting.redeliberate,
    contest.WithdrawAward: contesting.withdraw,
    contest.NoteWithdrawal: contesting.note_withdrawal,
    **depositing.DECIDE,
    c.Suspend: _suspend,
    c.Resume: _resume,
    c.Withdraw: _withdraw,
    c.CorrectCandidacy: _correct_candidacy,
    c.CorrectMarks: marking.correct_marks,
    c.CorrectPositioning: _correct_positioning,
    c.EraseSubject: _erase,
    DeadlineReached: _deadline,
    Settle: settling.settle,
    **mailing.DECIDE,
}


def decide(state: Pathway, command: Command, context: Context) -> list[Fact]:
    """The facts that ``command`` adds; none if it changes nothing.

    Raises:
        Refused: with the rule that says no.
    """
    if state.status and context.on < (state.opened_on or context.on):
        raise refuse("date.before_opening", on=context.on.isoformat(), opened=str(state.opened_on))
    return _DECIDE[type(command)](state, command, context)
