"""What can happen on a pathway."""

from __future__ import annotations

from datetime import date
from typing import Any, Literal

from pydantic import SerializerFunctionWrapHandler, model_serializer

from domain import mails
from domain.marks import Judgement
from domain.meetings import DeadlineEndangered, MeetingNear
from domain.pathway.commands import HeldBlock, MarkSheet, Module
from domain.pathway.contest.events import (
    AwardWithdrawn,
    BlockNoLongerHeld,
    ContestAccepted,
    ContestAnswered,
    ContestDecided,
    ContestReturned,
    ContestSent,
    DecisionContested,
    Deliberated,
)
from domain.pathway.depositing.events import DepositNoted, IdentityAsked, IdentityCompleted
from domain.plan import Visit
from domain.records import Fact, Sealed
from domain.scheme.certificates import Crosswalk
from domain.scheme.model import Kept
from domain.settling import DeadlineMissed, EffectSettled, ReminderDue


class CandidacyRegistered(Fact):
    """The candidacy was received; the pathway is pinned to this scheme version."""

    kind: Literal["candidacy_registered"] = "candidacy_registered"
    person: str
    scheme_id: str
    scheme_hash: str
    attempt: int
    route: str
    employer: str
    branch: str
    initiative: str
    identity: Sealed
    contact: Sealed | None = None


class BlockRecognised(Fact):
    """A block that the person holds counts on this pathway; ``through``: the entry of the crosswalk by which it does,
    where it is held under another referential's name.
    """

    kind: Literal["block_recognised"] = "block_recognised"
    block: HeldBlock
    through: Crosswalk | None = None

    @model_serializer(mode="wrap")
    def _as_ever(self, write: SerializerFunctionWrapHandler) -> dict[str, Any]:
        # What is held under its own name is told in the words in which it always was.
        written: dict[str, Any] = write(self)
        if self.through is None:
            written.pop("through", None)
        return written


class PositioningRecorded(Fact):
    """Strengths and needs were found, before the pathway proper; never a score."""

    kind: Literal["positioning_recorded"] = "positioning_recorded"
    body: str
    strengths: tuple[str, ...]
    needs: tuple[str, ...]
    outcome: str


class PreliminaryAssessed(Fact):
    """A body assessed what is acquired already; ``judgement`` is computed from the marks."""

    kind: Literal["preliminary_assessed"] = "preliminary_assessed"
    body: str
    marks: MarkSheet
    judgement: Judgement
    outcome: str


class TrainingPlanned(Fact):
    """The training plan was set, or set anew."""

    kind: Literal["training_planned"] = "training_planned"
    body: str
    modules: tuple[Module, ...]
    starts: date
    ends: date


class ModuleCompleted(Fact):
    """A module was followed."""

    kind: Literal["module_completed"] = "module_completed"
    module: str


class TrainingCompleted(Fact):
    """The training has ended."""

    kind: Literal["training_completed"] = "training_completed"
    exempted: Sealed | None = None


class AdmissibilityFiled(Fact):
    """The admissibility file was received; complete, or not yet."""

    kind: Literal["admissibility_filed"] = "admissibility_filed"
    pieces: tuple[str, ...]
    complete: bool


class PiecesRequested(Fact):
    """Pieces are missing: the clock stops."""

    kind: Literal["pieces_requested"] = "pieces_requested"
    missing: tuple[str, ...]


class PiecesProvided(Fact):
    """Missing pieces arrived; if the file is now complete, the clock runs (again)."""

    kind: Literal["pieces_provided"] = "pieces_provided"
    pieces: tuple[str, ...]
    complete: bool


class PiecesOverdue(Fact):
    """The pieces asked for did not come in time: the file lapses, or is decided on as it stands."""

    kind: Literal["pieces_overdue"] = "pieces_overdue"
    lapses: bool
    last_day: date
    due: str
    basis: str


class AdmissibilityDecided(Fact):
    """The file is admissible or not; ``silence``: nobody decided in time and the law decided."""

    kind: Literal["admissibility_decided"] = "admissibility_decided"
    admissible: bool
    silence: bool = False
    due: str = ""
    basis: str = ""
    reason: Sealed | None = None


class DossierFiled(Fact):
    """The dossier of a step (livret 2, professional dossier) was filed."""

    kind: Literal["dossier_filed"] = "dossier_filed"
    step: str
    situations: dict[str, int]


class SeatRequested(Fact):
    """A seat in a session is asked for these blocks."""

    kind: Literal["seat_requested"] = "seat_requested"
    session: str
    blocks: tuple[str, ...]


class SeatGranted(Fact):
    """The session gave a seat."""

    kind: Literal["seat_granted"] = "seat_granted"
    session: str


class SeatWaitlisted(Fact):
    """The session is full: the candidate is on its waiting list."""

    kind: Literal["seat_waitlisted"] = "seat_waitlisted"
    session: str


class SeatRefused(Fact):
    """The session gave no seat, or took it back; ``reason`` is a code."""

    kind: Literal["seat_refused"] = "seat_refused"
    session: str
    reason: str


class SeatGivenUp(Fact):
    """The seat, or the place on the waiting list, was given back."""

    kind: Literal["seat_given_up"] = "seat_given_up"
    session: str


class Convened(Fact):
    """The candidate is convened to the session."""

    kind: Literal["convened"] = "convened"
    session: str
    opens: date
    closes: date
    place: str
    jurors: tuple[str, ...]


class ConditionsSet(Fact):
    """Under which conditions the candidate is assessed: where they work, what they need, when they cannot come."""

    kind: Literal["conditions_set"] = "conditions_set"
    workplace: str
    extra_time: int
    accessible: bool
    unavailable: tuple[date, ...]
    proof: Sealed | None = None


class NoSessionFound(Fact):
    """No session takes the candidate today: the first that does is asked for a seat."""

    kind: Literal["no_session_found"] = "no_session_found"
    inquiry: str


class NoSittingFound(Fact):
    """No sitting takes the dossier today: it goes to the first that does."""

    kind: Literal["no_sitting_found"] = "no_sitting_found"
    inquiry: str


class VisitsSet(Fact):
    """When, where and before whom the candidate is assessed, as the session's plan has it.

    ``places``: site -> what it is called.
    """

    kind: Literal["visits_set"] = "visits_set"
    session: str
    visits: tuple[Visit, ...]
    places: dict[str, str]


class JuryAttended(Fact):
    """The candidate came before the professional jury."""

    kind: Literal["jury_attended"] = "jury_attended"
    session: str


class AbsenceRecorded(Fact):
    """The candidate did not come."""

    kind: Literal["absence_recorded"] = "absence_recorded"
    session: str
    excused: bool


class AbsenceExcused(Fact):
    """The reason of the absence was accepted."""

    kind: Literal["absence_excused"] = "absence_excused"
    reason: Sealed


class AbsenceRejected(Fact):
    """The absence is not excused: the seat is lost."""

    kind: Literal["absence_rejected"] = "absence_rejected"
    reason: Sealed


class MarksRecorded(Fact):
    """One juror's marks."""

    kind: Literal["marks_recorded"] = "marks_recorded"
    juror: str
    marks: MarkSheet


class SheetGiven(Fact):
    """One assessor's own sheet, which nobody else sees before every assessor has given theirs.

    ``corrects``: the event of the same juror that it replaces, for ``reason``.
    """

    kind: Literal["sheet_given"] = "sheet_given"
    juror: str
    marks: MarkSheet
    notes: dict[str, Sealed]
    corrects: int | None = None
    reason: Sealed | None = None


class JointMarksRecorded(Fact):
    """What the assessors settled together; ``diverging`` and ``unobserved`` are what they had to settle.

    ``decided``: criteria that nobody observed and that are not met, each with its reason.
    """

    kind: Literal["joint_marks_recorded"] = "joint_marks_recorded"
    juror: str
    marks: dict[str, bool]
    decided: dict[str, Sealed]
    notes: dict[str, Sealed]
    diverging: tuple[str, ...]
    unobserved: tuple[str, ...]


class ProposalComputed(Fact):
    """What the marks compute, with the derivation. Neither an opinion nor a decision."""

    kind: Literal["proposal_computed"] = "proposal_computed"
    jurors: tuple[str, ...]
    judgement: Judgement


class OpinionGiven(Fact):
    """What the professional jury advises."""

    kind: Literal["opinion_given"] = "opinion_given"
    juror: str
    blocks: dict[str, bool]
    differs: tuple[str, ...]
    reasons: Sealed | None = None
    recommendations: dict[str, Sealed]


class PvSigned(Fact):
    """A member of the jury signed the PV ``document``; ``composition``: the digest of what the session knows of it."""

    kind: Literal["pv_signed"] = "pv_signed"
    session: str
    signatory: str
    document: str
    composition: str


class DossierSent(Fact):
    """The certification dossier went to a sitting: the blocks to decide, what was computed, what was advised."""

    kind: Literal["dossier_sent"] = "dossier_sent"
    sitting: str
    blocks: tuple[str, ...]
    computed: dict[str, bool]
    advised: dict[str, bool]


class DossierAccepted(Fact):
    """The sitting put the dossier on its agenda."""

    kind: Literal["dossier_accepted"] = "dossier_accepted"
    sitting: str


class DossierReturned(Fact):
    """The sitting did not decide on the dossier: it goes to another one."""

    kind: Literal["dossier_returned"] = "dossier_returned"
    sitting: str
    reason: str


class DecisionRecorded(Fact):
    """What the paritaire jury decided, beside what was computed and advised."""

    kind: Literal["decision_recorded"] = "decision_recorded"
    sitting: str
    blocks: dict[str, bool]
    differs: tuple[str, ...]
    reasons: Sealed | None = None
    recommendations: dict[str, Sealed]


class BlockAwarded(Fact):
    """A certificate of professional competences: one block, validated and held."""

    kind: Literal["block_awarded"] = "block_awarded"
    block: str
    held_as: str
    sitting: str


class CertificationAwarded(Fact):
    """Every block of the certification is held: the certificate is awarded."""

    kind: Literal["certification_awarded"] = "certification_awarded"
    sitting: str
    blocks: tuple[str, ...]


class SupportCompleted(Fact):
    """The support after a partial result has ended."""

    kind: Literal["support_completed"] = "support_completed"


class PathwaySuspended(Fact):
    """All clocks stop."""

    kind: Literal["pathway_suspended"] = "pathway_suspended"
    reason: Sealed


class PathwayResumed(Fact):
    """The clocks run again."""

    kind: Literal["pathway_resumed"] = "pathway_resumed"


class PathwayClosed(Fact):
    """The pathway ended; ``outcome`` says how."""

    kind: Literal["pathway_closed"] = "pathway_closed"
    outcome: Literal["certified", "partial", "none", "inadmissible", "withdrawn", "expired"]
    reason: Sealed | None = None
    due: str = ""
    basis: str = ""


class CandidacyCorrected(Fact):
    """The candidacy recorded by event ``corrects`` was wrong in these points."""

    kind: Literal["candidacy_corrected"] = "candidacy_corrected"
    corrects: int
    employer: str | None = None
    branch: str | None = None
    initiative: str | None = None
    identity: Sealed | None = None
    contact: Sealed | None = None
    reason: Sealed


class MarksCorrected(Fact):
    """The marks recorded by event ``corrects`` were wrong; these count."""

    kind: Literal["marks_corrected"] = "marks_corrected"
    corrects: int
    juror: str
    marks: MarkSheet
    reason: Sealed


class PositioningCorrected(Fact):
    """The positioning recorded by event ``corrects`` was wrong; this counts."""

    kind: Literal["positioning_corrected"] = "positioning_corrected"
    corrects: int
    strengths: tuple[str, ...]
    needs: tuple[str, ...]
    reason: Sealed


class SubjectErased(Fact):
    """The candidate's personal data is erased for good; ``kept`` is what stays, as the scheme justifies it."""

    kind: Literal["subject_erased"] = "subject_erased"
    person: str
    kept: tuple[Kept, ...]
    reason: Sealed | None = None


FACTS: tuple[type[Fact], ...] = (
    CandidacyRegistered,
    BlockRecognised,
    PositioningRecorded,
    PreliminaryAssessed,
    TrainingPlanned,
    ModuleCompleted,
    TrainingCompleted,
    AdmissibilityFiled,
    PiecesRequested,
    PiecesProvided,
    AdmissibilityDecided,
    DossierFiled,
    SeatRequested,
    SeatGranted,
    SeatWaitlisted,
    SeatRefused,
    SeatGivenUp,
    ConditionsSet,
    NoSessionFound,
    NoSittingFound,
    VisitsSet,
    Convened,
    JuryAttended,
    AbsenceRecorded,
    AbsenceExcused,
    AbsenceRejected,
    DeadlineEndangered,
    MeetingNear,
    MarksRecorded,
    SheetGiven,
    JointMarksRecorded,
    ProposalComputed,
    OpinionGiven,
    PvSigned,
    DossierSent,
    DossierAccepted,
    DossierReturned,
    DecisionRecorded,
    BlockAwarded,
    CertificationAwarded,
    SupportCompleted,
    PiecesOverdue,
    Deliberated,
    DecisionContested,
    ContestAnswered,
    ContestSent,
    ContestAccepted,
    ContestReturned,
    ContestDecided,
    AwardWithdrawn,
    BlockNoLongerHeld,
    DepositNoted,
    IdentityAsked,
    IdentityCompleted,
    PathwaySuspended,
    PathwayResumed,
    PathwayClosed,
    CandidacyCorrected,
    MarksCorrected,
    PositioningCorrected,
    SubjectErased,
    DeadlineMissed,
    ReminderDue,
    EffectSettled,
    *mails.FACTS,
)
