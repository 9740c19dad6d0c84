"""What can be asked of a pathway."""

from __future__ import annotations

from datetime import date
from typing import Annotated, Literal

from pydantic import Field

from domain.deliberation import Votes
from domain.held import HeldBlock as HeldBlock
from domain.mailing import NoteBounce, ResolveMail
from domain.meetings import OpenSession, OpenSitting
from domain.pathway.contest.commands import (
    Contest,
    DecideContestAdmissibility,
    NoteWithdrawal,
    Redeliberate,
    WithdrawAward,
)
from domain.pathway.depositing.commands import AskIdentity, CompleteIdentity, NoteDeposit
from domain.plan import Visit
from domain.records import Command, Frozen, Sealed
from domain.settling import DeadlineReached, Settle

MarkSheet = dict[str, bool | None]
"""Criterion id -> met, not met, or None for not observed."""


class Start(Command):
    """Register a candidacy. ``identity`` and ``contact`` are sealed JSON; ``held`` the blocks held for life."""

    kind: Literal["start"] = "start"
    person: str
    scheme_id: str
    scheme_hash: str
    attempt: int = Field(default=1, ge=1)
    route: str
    employer: str = ""
    branch: str = ""
    initiative: str = "candidate"
    identity: Sealed
    contact: Sealed | None = None
    held: tuple[HeldBlock, ...] = ()


class RecogniseBlock(Command):
    """Count a block that the person holds from elsewhere."""

    kind: Literal["recognise_block"] = "recognise_block"
    block: HeldBlock


class RecordPositioning(Command):
    """Record strengths and needs per competence; ``outcome`` only where the positioning decides."""

    kind: Literal["record_positioning"] = "record_positioning"
    body: str
    strengths: tuple[str, ...] = ()
    needs: tuple[str, ...] = ()
    outcome: Literal["ready", "needs"] | None = None


class RecordPreliminary(Command):
    """Record the preliminary assessment of a body: marks for every criterion not yet held."""

    kind: Literal["record_preliminary"] = "record_preliminary"
    body: str
    marks: MarkSheet


class Module(Frozen):
    """One module of a training plan; ``hours`` whole hours."""

    id: str
    title: str
    hours: int = Field(gt=0)
    competences: tuple[str, ...] = ()


class PlanTraining(Command):
    """Set the training plan: who trains, which modules, from when to when."""

    kind: Literal["plan_training"] = "plan_training"
    body: str
    modules: tuple[Module, ...] = Field(min_length=1)
    starts: date
    ends: date


class CompleteModule(Command):
    """Record that one module was followed."""

    kind: Literal["complete_module"] = "complete_module"
    module: str


class CompleteTraining(Command):
    """End the training; ``exempted`` says why modules that were not followed are not needed."""

    kind: Literal["complete_training"] = "complete_training"
    exempted: Sealed | None = None


class FileAdmissibility(Command):
    """File the admissibility file (livret 1). ``complete``: nothing is missing, the clock starts."""

    kind: Literal["file_admissibility"] = "file_admissibility"
    pieces: tuple[str, ...] = Field(min_length=1)
    complete: bool = True


class RequestPieces(Command):
    """Ask for missing pieces: the clock stops."""

    kind: Literal["request_pieces"] = "request_pieces"
    missing: tuple[str, ...] = Field(min_length=1)


class ProvidePieces(Command):
    """Provide missing pieces; ``complete`` when nothing is missing any more."""

    kind: Literal["provide_pieces"] = "provide_pieces"
    pieces: tuple[str, ...] = Field(min_length=1)
    complete: bool = True


class DecideAdmissibility(Command):
    """Decide on the admissibility file; a refusal needs a reason."""

    kind: Literal["decide_admissibility"] = "decide_admissibility"
    admissible: bool
    reason: Sealed | None = None


class FileDossier(Command):
    """File the dossier of the current step (livret 2, professional dossier): situations presented per block."""

    kind: Literal["file_dossier"] = "file_dossier"
    situations: dict[str, Annotated[int, Field(ge=0)]] = {}


class RequestSeat(Command):
    """Ask a session for a seat, for ``blocks`` (default: all that remain to be assessed)."""

    kind: Literal["request_seat"] = "request_seat"
    session: str
    blocks: tuple[str, ...] = ()


class GiveUpSeat(Command):
    """Give the seat (or the place on the waiting list) back."""

    kind: Literal["give_up_seat"] = "give_up_seat"


class SetConditions(Command):
    """Say under which conditions the candidate is assessed; what is None stays as it was.

    ``workplace``: the site of their own post; ``extra_time``: percent more per task; ``proof``: of what is needed.
    """

    kind: Literal["set_conditions"] = "set_conditions"
    workplace: str | None = None
    extra_time: Annotated[int, Field(ge=0, le=200)] | None = None
    accessible: bool | None = None
    unavailable: tuple[date, ...] | None = None
    proof: Sealed | None = None


class NoteSessions(Command):
    """Which sessions of the certification take candidates; the earliest that fits is asked for a seat."""

    kind: Literal["note_sessions"] = "note_sessions"
    inquiry: str
    sessions: tuple[OpenSession, ...]


class NoteSittings(Command):
    """Which sittings of the certification take dossiers; the dossier goes to the earliest."""

    kind: Literal["note_sittings"] = "note_sittings"
    inquiry: str
    sittings: tuple[OpenSitting, ...]


class NoteSeat(Command):
    """What the session answered to a request for a seat. ``opens``: its first day, where it says so."""

    kind: Literal["note_seat"] = "note_seat"
    session: str
    request: str
    answer: Literal["granted", "waiting", "refused", "cancelled"]
    reason: str = ""
    opens: date | None = None


class NoteConvocation(Command):
    """The session convenes the candidate.

    ``visits``: their own hours and jury, once the session is planned; ``places``: site -> what it is called.
    """

    kind: Literal["note_convocation"] = "note_convocation"
    session: str
    opens: date
    closes: date
    place: str
    jurors: tuple[str, ...]
    visits: tuple[Visit, ...] = ()
    places: dict[str, str] = {}


class NoteAttendance(Command):
    """The session was held: was the candidate there?"""

    kind: Literal["note_attendance"] = "note_attendance"
    session: str
    present: bool
    excused: bool = False


class ExcuseAbsence(Command):
    """Accept the reason of an absence: the candidate may register for another session."""

    kind: Literal["excuse_absence"] = "excuse_absence"
    reason: Sealed


class RejectAbsence(Command):
    """Reject the reason of an absence, or its lack: the seat is lost, and the candidate may ask for another."""

    kind: Literal["reject_absence"] = "reject_absence"
    reason: Sealed


class RecordMarks(Command):
    """One juror's marks for every criterion of the blocks of the seat; ``notes`` by criterion, where there are any."""

    kind: Literal["record_marks"] = "record_marks"
    juror: str
    marks: MarkSheet
    notes: dict[str, Sealed] = {}


class RecordJointMarks(Command):
    """What the assessors settle together, recorded by one of them, ``juror``.

    ``marks``: criteria that they mark together, above all those on which they differ, and those that nobody observed
    and that were raised in the interview. ``decided``: those that nobody observed and that are not met, with the
    reason. ``notes`` by criterion.
    """

    kind: Literal["record_joint_marks"] = "record_joint_marks"
    juror: str
    marks: dict[str, bool] = {}
    decided: dict[str, Sealed] = {}
    notes: dict[str, Sealed] = {}


class GiveOpinion(Command):
    """The professional jury's opinion per block; ``reasons`` where it differs from the computed proposal."""

    kind: Literal["give_opinion"] = "give_opinion"
    juror: str
    blocks: dict[str, bool]
    reasons: Sealed | None = None
    recommendations: dict[str, Sealed] = {}


class SignPv(Command):
    """Sign the PV of the professional jury.

    ``document``: the digest that it bears; ``composition``: that of the jury's composition as the session knows it,
    which is part of the document.
    """

    kind: Literal["sign_pv"] = "sign_pv"
    signatory: str
    document: str
    composition: str


class SendDossier(Command):
    """Send the certification dossier to a sitting."""

    kind: Literal["send_dossier"] = "send_dossier"
    sitting: str


class NoteDossier(Command):
    """What the sitting did with the dossier before deciding: put it on the agenda, or not.

    ``forward``: the sitting that takes the whole agenda over; the dossier goes there.
    """

    kind: Literal["note_dossier"] = "note_dossier"
    sitting: str
    accepted: bool
    reason: str = ""
    forward: str = ""


class NoteDecision(Command):
    """The sitting proclaimed: the decision per block.

    ``deliberated_by``: the members who took part. ``votes``: how they voted, where they did. ``algorithmic``: a
    proposal computed from the marks was before them.
    """

    kind: Literal["note_decision"] = "note_decision"
    sitting: str
    blocks: dict[str, bool]
    reasons: Sealed | None = None
    recommendations: dict[str, Sealed] = {}
    deliberated_by: tuple[str, ...] = ()
    votes: Votes | None = None
    algorithmic: bool = False


class CompleteSupport(Command):
    """The support after a partial result has ended."""

    kind: Literal["complete_support"] = "complete_support"


class Suspend(Command):
    """Suspend the pathway: all clocks stop."""

    kind: Literal["suspend"] = "suspend"
    reason: Sealed


class Resume(Command):
    """Resume a suspended pathway."""

    kind: Literal["resume"] = "resume"


class Withdraw(Command):
    """The candidate leaves; what was awarded stays awarded."""

    kind: Literal["withdraw"] = "withdraw"
    reason: Sealed | None = None


class CorrectCandidacy(Command):
    """Correct the recorded candidacy; what is None stays as it was."""

    kind: Literal["correct_candidacy"] = "correct_candidacy"
    employer: str | None = None
    branch: str | None = None
    initiative: str | None = None
    identity: Sealed | None = None
    contact: Sealed | None = None
    reason: Sealed


class CorrectMarks(Command):
    """Correct a juror's marks before the opinion is given."""

    kind: Literal["correct_marks"] = "correct_marks"
    juror: str
    marks: MarkSheet
    reason: Sealed


class CorrectPositioning(Command):
    """Correct the recorded strengths and needs."""

    kind: Literal["correct_positioning"] = "correct_positioning"
    strengths: tuple[str, ...] = ()
    needs: tuple[str, ...] = ()
    reason: Sealed


class EraseSubject(Command):
    """Note that the candidate's personal data is erased; ``reason`` as long as there is a key to seal it with."""

    kind: Literal["erase_subject"] = "erase_subject"
    reason: Sealed | None = None


PathwayCommand = Annotated[
    Start
    | RecogniseBlock
    | RecordPositioning
    | RecordPreliminary
    | PlanTraining
    | CompleteModule
    | CompleteTraining
    | FileAdmissibility
    | RequestPieces
    | ProvidePieces
    | DecideAdmissibility
    | FileDossier
    | SetConditions
    | RequestSeat
    | GiveUpSeat
    | NoteSeat
    | NoteSessions
    | NoteSittings
    | NoteConvocation
    | NoteAttendance
    | ExcuseAbsence
    | RejectAbsence
    | RecordMarks
    | RecordJointMarks
    | GiveOpinion
    | SignPv
    | SendDossier
    | NoteDossier
    | NoteDecision
    | CompleteSupport
    | Contest
    | DecideContestAdmissibility
    | Redeliberate
    | WithdrawAward
    | NoteWithdrawal
    | NoteDeposit
    | AskIdentity
    | CompleteIdentity
    | Suspend
    | Resume
    | Withdraw
    | CorrectCandidacy
    | CorrectMarks
    | CorrectPositioning
    | EraseSubject
    | DeadlineReached
    | Settle
    | ResolveMail
    | NoteBounce,
    Field(discriminator="kind"),
]
