"""How each event of a pathway changes where it stands, and what it makes owed."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from typing import Any

from domain import mails
from domain.appointments import of_candidate, renewed
from domain.calendar import Pause
from domain.meetings import DeadlineEndangered, MeetingNear
from domain.pathway import certified
from domain.pathway import events as e
from domain.pathway.commands import HeldBlock
from domain.pathway.contest import state as contesting
from domain.pathway.contest.state import Decided
from domain.pathway.depositing import state as depositing
from domain.pathway.minutes import KEPT
from domain.pathway.seeking import (
    NOT_THEIR_DOING,
    near,
    resume_seeking,
    seek_session,
    seek_sitting,
    tell_session,
    unfound,
    warned,
)
from domain.pathway.state import Award, Conditions, Dossier, Opinion, Pathway, Seat, Sheet
from domain.records import Fact, Recorded
from domain.scheme.model import END
from domain.settling import (
    DeadlineMissed,
    EffectSettled,
    ReminderDue,
    apply_missed,
    apply_reminder,
    apply_settled,
)


def _candidacy(state: Pathway, record: Recorded, fact: e.CandidacyRegistered) -> None:
    state.person = fact.person
    state.scheme_hash = fact.scheme_hash
    state.attempt = fact.attempt
    state.route_id = fact.route
    state.employer = fact.employer
    state.branch = fact.branch
    state.initiative = fact.initiative
    state.identity_version = state.candidacy_version = record.version
    state.opened_on = fact.on
    state.status = "open"
    state.step = state.route.steps[0].id
    state.reached("candidacy", record)


def _go_on(state: Pathway, record: Recorded, outcome: str) -> None:
    """Enter the step that follows; where it is a deliberation, the dossier looks for its sitting."""
    state.advance(outcome)
    seek_sitting(state, record)


def _without_seat(state: Pathway, record: Recorded) -> None:
    """Be without a seat; where that passes the jury over, the dossier looks for its sitting."""
    before = state.step
    state.leave_seat()
    if state.step != before:
        seek_sitting(state, record)


def _recognised(state: Pathway, record: Recorded, fact: e.BlockRecognised) -> None:
    state.held[fact.through.counts_as if fact.through else fact.block.held_as] = fact.block
    if state.seat is None:
        _without_seat(state, record)


def _positioned(state: Pathway, record: Recorded, fact: e.PositioningRecorded) -> None:
    state.positioning_version = record.version
    state.strengths, state.needs = fact.strengths, fact.needs
    state.reached("positioned", record)
    _go_on(state, record, fact.outcome)


def _preliminary(state: Pathway, record: Recorded, fact: e.PreliminaryAssessed) -> None:
    state.proven |= fact.judgement.validated()
    state.computed = {block: True for block in state.proven}
    state.advised = {block: True for block in state.proven}
    state.reached("preliminary_assessed", record)
    _go_on(state, record, fact.outcome)


def _planned(state: Pathway, record: Recorded, fact: e.TrainingPlanned) -> None:
    state.training_body = fact.body
    state.modules = {module.id: module for module in fact.modules}
    state.followed &= state.modules.keys()
    state.reached("training_planned", record)


def _module(state: Pathway, record: Recorded, fact: e.ModuleCompleted) -> None:
    state.followed.add(fact.module)


def _trained(state: Pathway, record: Recorded, fact: e.TrainingCompleted) -> None:
    state.reached("training_completed", record)
    _go_on(state, record, "done")


def _filed(state: Pathway, record: Recorded, fact: e.AdmissibilityFiled) -> None:
    state.reached("file_submitted", record)
    if fact.complete:
        state.complete = True
        state.reached("file_completed", record)


def _pieces_requested(state: Pathway, record: Recorded, fact: e.PiecesRequested) -> None:
    state.completeness.append(Pause(since=fact.on))
    if state.scheme.conduct is not None:
        state.reached("pieces_requested", record)


def _pieces_provided(state: Pathway, record: Recorded, fact: e.PiecesProvided) -> None:
    if fact.complete:
        _complete(state, record, fact.on)


def _pieces_overdue(state: Pathway, record: Recorded, fact: e.PiecesOverdue) -> None:
    state.passed.add(fact.due)
    if not fact.lapses:
        _complete(state, record, fact.last_day)


def _complete(state: Pathway, record: Recorded, until: date) -> None:
    """Nothing more is waited for, from ``until`` on: the clock of the file runs, or runs again."""
    if state.completeness and state.completeness[-1].until is None:
        state.completeness[-1] = Pause(since=state.completeness[-1].since, until=until)
    if not state.complete:
        state.complete = True
        state.reached("file_completed", record)
    if state.scheme.conduct is not None:
        state.reached("pieces_provided", record)


def _admissibility(state: Pathway, record: Recorded, fact: e.AdmissibilityDecided) -> None:
    if fact.due:
        state.passed.add(fact.due)
    state.reached("admissibility_decided", record)
    answer = "admissible" if fact.admissible else "refused"
    for audience in ("candidate", "employer"):
        state.owe(
            record,
            f"admissibility-{audience}",
            kind="notice",
            audience=audience,
            template="admissibility",
            params={"answer": answer, "silence": fact.silence},
        )
    _go_on(state, record, answer)


def _dossier_filed(state: Pathway, record: Recorded, fact: e.DossierFiled) -> None:
    state.reached("dossier_filed", record)
    _go_on(state, record, "done")


def _seat_requested(state: Pathway, record: Recorded, fact: e.SeatRequested) -> None:
    state.reached("seat_requested", record)
    command: dict[str, Any] = {"kind": "request_seat", "pathway": state.stream, "blocks": list(fact.blocks)}
    if state.scheme.conduct is not None:
        command["candidate"] = state.candidate(fact.blocks).model_dump(mode="json")
    state.owe(record, "seat", kind="deliver", target=fact.session, command=command)
    state.seeking, state.unfound = "", False
    state.unmark()
    state.seat = Seat(fact.session, fact.blocks, f"{state.stream}#{record.version}/seat", "requested")


def _seat_granted(state: Pathway, record: Recorded, fact: e.SeatGranted) -> None:
    assert state.seat is not None
    state.seat = state.seat._replace(status="granted")
    state.reached("seated", record)


def _seat_waitlisted(state: Pathway, record: Recorded, fact: e.SeatWaitlisted) -> None:
    assert state.seat is not None
    state.seat = state.seat._replace(status="waiting")


def _seat_refused(state: Pathway, record: Recorded, fact: e.SeatRefused) -> None:
    if state.scheme.conduct is not None:
        params = {"session": fact.session, "reason": fact.reason, "appointments": renewed(state.invited, ())}
        state.owe(record, "seat-lost", kind="notice", audience="candidate", template="seat_lost", params=params)
        state.invited = ()
    if fact.reason in NOT_THEIR_DOING:
        state.leave_seat()
        seek_session(state, record)
    else:
        _without_seat(state, record)


def _release(state: Pathway, record: Recorded, session: str) -> None:
    command = {"kind": "release_seat", "pathway": state.stream}
    state.owe(record, "release", kind="deliver", target=session, command=command)


def _seat_given_up(state: Pathway, record: Recorded, fact: e.SeatGivenUp) -> None:
    if state.seat is not None and state.seat.session == fact.session:
        _without_seat(state, record)
    _release(state, record, fact.session)


def _convened(state: Pathway, record: Recorded, fact: e.Convened) -> None:
    assert state.seat is not None
    state.seat = state.seat._replace(status="convened", opens=fact.opens, closes=fact.closes, jurors=fact.jurors)
    state.reached("convened", record)
    params: dict[str, Any] = {
        "session": fact.session,
        "opens": fact.opens.isoformat(),
        "closes": fact.closes.isoformat(),
    }
    if state.scheme.conduct is not None:
        before, now = state.invited, state.seat.appointments
        params |= {"place": fact.place, "appointments": renewed(before, now)}
        state.invited = now
        if state.employer:
            told = {"audience": "employer", "to": state.employer, "template": "convocation_employer"}
            state.owe(record, "convocation-employer", kind="notice", **told, params=params)
    state.owe(record, "convocation", kind="notice", audience="candidate", template="convocation", params=params)


def _attended(state: Pathway, record: Recorded, fact: e.JuryAttended) -> None:
    assert state.seat is not None
    state.seat = state.seat._replace(status="attended")
    state.reached("jury_attended", record)


def _absent(state: Pathway, record: Recorded, fact: e.AbsenceRecorded) -> None:
    assert state.seat is not None
    state.seat = state.seat._replace(status="absent")
    if fact.excused:
        state.leave_seat()
        seek_session(state, record)
    elif state.scheme.conduct is not None:
        state.reached("absent", record)


def _excused(state: Pathway, record: Recorded, fact: e.AbsenceExcused) -> None:
    if state.scheme.conduct is not None:
        state.reached("absence_decided", record)
    state.leave_seat()
    seek_session(state, record)


def _absence_rejected(state: Pathway, record: Recorded, fact: e.AbsenceRejected) -> None:
    state.reached("absence_decided", record)
    _without_seat(state, record)
    params = {"pathway": state.stream}
    state.owe(record, "absence", kind="notice", audience="candidate", template="absence_rejected", params=params)


def _conditions(state: Pathway, record: Recorded, fact: e.ConditionsSet) -> None:
    state.conditions = Conditions(fact.workplace, fact.extra_time, fact.accessible, fact.unavailable)
    tell_session(state, record)


def _visits(state: Pathway, record: Recorded, fact: e.VisitsSet) -> None:
    assert state.seat is not None
    appointments = of_candidate(state.scheme, fact.session, fact.visits, fact.places)
    state.seat = state.seat._replace(visits=fact.visits, appointments=appointments)


def _marks(state: Pathway, record: Recorded, fact: e.MarksRecorded | e.MarksCorrected) -> None:
    state.sheets[fact.juror] = Sheet(record.version, fact.marks)


def _sheet(state: Pathway, record: Recorded, fact: e.SheetGiven) -> None:
    state.sheets[fact.juror] = Sheet(record.version, fact.marks, fact.notes)


def _pv_signed(state: Pathway, record: Recorded, fact: e.PvSigned) -> None:
    state.signed[fact.signatory] = fact.document


def _minute(state: Pathway, record: Recorded) -> None:
    """Keep what the PV of the jury will be made of."""
    fact = record.fact
    if isinstance(fact, e.SeatRequested):
        state.minutes, state.opinion, state.signed = (), None, {}
    elif isinstance(fact, e.OpinionGiven):
        assert state.seat is not None
        state.opinion = Opinion(record.version, fact.on, state.seat.session, state.seat.jurors)
    state.minutes = (*state.minutes, (record.version, fact))


def _proposal(state: Pathway, record: Recorded, fact: e.ProposalComputed) -> None:
    state.computed.update({block.id: block.validated for block in fact.judgement.blocks})
    state.reached("marked", record)


def _opinion(state: Pathway, record: Recorded, fact: e.OpinionGiven) -> None:
    assert state.seat is not None
    state.advised.update(fact.blocks)
    state.recommendations = {**state.recommendations, **fact.recommendations}
    state.reached("opinion_given", record)
    command = {"kind": "note_result", "pathway": state.stream}
    state.owe(record, "result", kind="deliver", target=state.seat.session, command=command)
    _go_on(state, record, "done")


def _dossier_sent(state: Pathway, record: Recorded, fact: e.DossierSent) -> None:
    state.dossier = Dossier(fact.sitting, fact.blocks)
    state.reached("dossier_sent", record)
    state.seeking, state.unfound = "", False
    command: dict[str, Any] = {
        "kind": "receive_dossier",
        "pathway": state.stream,
        "blocks": list(fact.blocks),
        "computed": fact.computed,
        "advised": fact.advised,
        "recommendations": {
            block: sealed.model_dump(mode="json")
            for block, sealed in state.recommendations.items()
            if block in fact.blocks
        },
    }
    if state.scheme.conduct is not None:
        # Whoever assessed the candidate does not decide on them.
        command |= {"person": state.person, "excluded": sorted(state.sheets)}
    state.owe(record, "dossier", kind="deliver", target=fact.sitting, command=command)


def _dossier_accepted(state: Pathway, record: Recorded, fact: e.DossierAccepted) -> None:
    assert state.dossier is not None
    state.dossier = state.dossier._replace(accepted=True)


def _dossier_returned(state: Pathway, record: Recorded, fact: e.DossierReturned) -> None:
    state.dossier = None
    seek_sitting(state, record)


def _recourse(state: Pathway) -> dict[str, Any]:
    """What a notice tells of the ways to contest: within which period of its receipt, and on which grounds."""
    terms = state.scheme.conduct.contestation if state.scheme.conduct else None
    if terms is None:
        return {}
    told = {"within": terms.within, "unit": terms.within_unit, "grounds": list(terms.grounds), "basis": terms.basis}
    return {"contest": told}


def _decision(state: Pathway, record: Recorded, fact: e.DecisionRecorded) -> None:
    state.recommendations = dict(fact.recommendations)
    state.reached("decided", record)
    if state.scheme.conduct is not None:
        computed = {id: state.computed[id] for id in fact.blocks if id in state.computed}
        advised = {id: state.advised[id] for id in fact.blocks if id in state.advised}
        said, jurors = state.recommendations, tuple(sorted(state.sheets))
        state.decided = Decided(record.version, fact.on, fact.sitting, fact.blocks, computed, advised, said, jurors)
    validated = {block for block, decided in fact.blocks.items() if decided}
    result = "full" if state.holds_all(validated) else "partial" if validated else "none"
    params: dict[str, Any] = {"result": result, "blocks": fact.blocks, **_recourse(state)}
    for audience in ("candidate", "employer"):
        notice = {"audience": audience, "template": "result", "params": params}
        state.owe(record, f"result-{audience}", kind="notice", **notice)
    if validated:
        contesting.share(state, record, [block.held_as for block in state.scheme.blocks if block.id in validated])
    state.advance(result)


def _award(state: Pathway, record: Recorded, block: str | None, sitting: str) -> None:
    state.awards.append(Award(record.version, record.fact.on, block, sitting))
    certified.entered(state, record)
    if state.scheme.conduct is None:
        return
    before = state.milestones.get("awarded")
    if before is None or before.on != record.fact.on:
        state.reached("awarded", record)
    if state.status == "closed":
        # A contestation was right: the pathway ended otherwise than it had seemed.
        state.outcome = contesting.outcome_of(state)


def _awarded(state: Pathway, record: Recorded, fact: e.BlockAwarded) -> None:
    _award(state, record, fact.block, fact.sitting)
    until = contesting.until_of(state, fact.on)
    state.held[fact.held_as] = HeldBlock(held_as=fact.held_as, since=fact.on, pathway=state.stream, until=until)


def _certified(state: Pathway, record: Recorded, fact: e.CertificationAwarded) -> None:
    _award(state, record, None, fact.sitting)


def _supported(state: Pathway, record: Recorded, fact: e.SupportCompleted) -> None:
    state.reached("support_completed", record)
    _go_on(state, record, "done")


def _suspended(state: Pathway, record: Recorded, fact: e.PathwaySuspended) -> None:
    state.status = "suspended"
    state.suspensions.append(Pause(since=fact.on))


def _resumed(state: Pathway, record: Recorded, fact: e.PathwayResumed) -> None:
    state.status = "open"
    state.suspensions[-1] = Pause(since=state.suspensions[-1].since, until=fact.on)
    resume_seeking(state, record)


def _closed(state: Pathway, record: Recorded, fact: e.PathwayClosed) -> None:
    state.status, state.outcome, state.closed_on, state.step = "closed", fact.outcome, fact.on, END
    state.seeking = ""
    state.reached("closed", record)
    if fact.due:
        state.passed.add(fact.due)
    if fact.outcome in ("withdrawn", "expired"):
        if state.seat is not None:
            _release(state, record, state.seat.session)
            state.seat = None
        if state.dossier is not None:
            command = {"kind": "withdraw_dossier", "pathway": state.stream}
            state.owe(record, "dossier", kind="deliver", target=state.dossier.sitting, command=command)
            state.dossier = None
    if fact.outcome == "expired":
        state.owe(record, "expiry", kind="notice", audience="candidate", template="expiry", params={})


def _candidacy_corrected(state: Pathway, record: Recorded, fact: e.CandidacyCorrected) -> None:
    state.candidacy_version = record.version
    state.employer = state.employer if fact.employer is None else fact.employer
    state.branch = state.branch if fact.branch is None else fact.branch
    state.initiative = state.initiative if fact.initiative is None else fact.initiative
    if fact.identity is not None:
        state.identity_version = record.version
        depositing.identity_changed(state, record)
    tell_session(state, record)


def _positioning_corrected(state: Pathway, record: Recorded, fact: e.PositioningCorrected) -> None:
    state.positioning_version = record.version
    state.strengths, state.needs = fact.strengths, fact.needs


def _erased(state: Pathway, record: Recorded, fact: e.SubjectErased) -> None:
    state.erased = record.version
    contesting.abandon(state, record)


def _settled(state: Pathway, record: Recorded, fact: EffectSettled) -> None:
    apply_settled(state, fact)
    if fact.refused is None:
        if fact.about == "result" and fact.audience == "candidate":
            state.reached("notified", record)
    elif fact.about == "request_seat" and state.seat is not None and state.seat.request == fact.effect:
        _without_seat(state, record)
    elif fact.about == "receive_dossier" and not contesting.refused(state, fact.effect):
        state.dossier = None


_APPLY: dict[type[Fact], Callable[[Pathway, Recorded, Any], None]] = {
    e.CandidacyRegistered: _candidacy,
    e.BlockRecognised: _recognised,
    e.PositioningRecorded: _positioned,
    e.PreliminaryAssessed: _preliminary,
    e.TrainingPlanned: _planned,
    e.ModuleCompleted: _module,
    e.TrainingCompleted: _trained,
    e.AdmissibilityFiled: _filed,
    e.PiecesRequested: _pieces_requested,
    e.PiecesProvided: _pieces_provided,
    e.PiecesOverdue: _pieces_overdue,
    **contesting.APPLY,
    **depositing.APPLY,
    e.AdmissibilityDecided: _admissibility,
    e.DossierFiled: _dossier_filed,
    e.ConditionsSet: _conditions,
    e.NoSessionFound: unfound,
    e.NoSittingFound: unfound,
    DeadlineEndangered: warned,
    MeetingNear: near,
    e.VisitsSet: _visits,
    e.AbsenceRejected: _absence_rejected,
    e.SeatRequested: _seat_requested,
    e.SeatGranted: _seat_granted,
    e.SeatWaitlisted: _seat_waitlisted,
    e.SeatRefused: _seat_refused,
    e.SeatGivenUp: _seat_given_up,
    e.Convened: _convened,
    e.JuryAttended: _attended,
    e.AbsenceRecorded: _absent,
    e.AbsenceExcused: _excused,
    e.MarksRecorded: _marks,
    e.MarksCorrected: _marks,
    e.SheetGiven: _sheet,
    e.JointMarksRecorded: lambda state, record, fact: None,
    e.PvSigned: _pv_signed,
    e.ProposalComputed: _proposal,
    e.OpinionGiven: _opinion,
    e.DossierSent: _dossier_sent,
    e.DossierAccepted: _dossier_accepted,
    e.DossierReturned: _dossier_returned,
    e.DecisionRecorded: _decision,
    e.BlockAwarded: _awarded,
    e.CertificationAwarded: _certified,
    e.SupportCompleted: _supported,
    e.PathwaySuspended: _suspended,
    e.PathwayResumed: _resumed,
    e.PathwayClosed: _closed,
    e.CandidacyCorrected: _candidacy_corrected,
    e.PositioningCorrected: _positioning_corrected,
    e.SubjectErased: _erased,
    DeadlineMissed: lambda state, record, fact: apply_missed(state, fact),
    ReminderDue: apply_reminder,
    EffectSettled: _settled,
    **mails.APPLY,
}


def apply(state: Pathway, record: Recorded) -> None:
    """Advance ``state`` in place by one event. Total over the pathway's facts."""
    if type(record.fact) in KEPT and state.scheme.conduct is not None:
        _minute(state, record)
    _APPLY[type(record.fact)](state, record, record.fact)
