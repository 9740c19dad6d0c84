"""What can happen to a sitting."""

from __future__ import annotations

from datetime import date
from typing import Any, ClassVar, Literal

from domain import mails
from domain.attendance import Proxy, Seat
from domain.deliberation import Quorum, Tally, Vote
from domain.people import College, MemberFacts, TieFacts
from domain.records import Fact, Sealed
from domain.settling import DeadlineMissed, EffectSettled, ReminderDue
from domain.upcasting import upcaster


class SittingOpened(Fact):
    """The sitting has a date; its agenda is open."""

    kind: Literal["sitting_opened"] = "sitting_opened"
    scheme_id: str
    scheme_hash: str
    held_on: date
    place: str


class SecondConvocation(Fact):
    """This sitting is the second convocation of ``first``, whose quorum failed: the same agenda, and no quorum."""

    kind: Literal["second_convocation"] = "second_convocation"
    first: str
    dossiers: tuple[str, ...]


class DossierReceived(Fact):
    """A dossier is on the agenda. ``person``: whose it is; ``excluded``: jurors and members who do not sit on it.

    ``anew``: it was decided before, and contested: it is decided on its own, with a written reason. All three are empty
    where the event is of before it said so (version 1).
    """

    schema_version: ClassVar[int] = 2
    kind: Literal["dossier_received"] = "dossier_received"
    pathway: str
    blocks: tuple[str, ...]
    computed: dict[str, bool]
    advised: dict[str, bool]
    recommendations: dict[str, Sealed]
    person: str
    excluded: tuple[str, ...]
    anew: bool


@upcaster("sitting", "dossier_received", 1)
def _part_unsaid(fact: dict[str, Any]) -> dict[str, Any]:
    return {**fact, "person": "", "excluded": [], "anew": False}


class DossierTurnedAway(Fact):
    """A dossier came too late for this sitting."""

    kind: Literal["dossier_turned_away"] = "dossier_turned_away"
    pathway: str
    reason: str


class AgendaClosed(Fact):
    """The agenda is complete: members are convened with it.

    ``dossiers`` are the pathways on it, in its order; None where the event is of before it said so (version 1).
    """

    schema_version: ClassVar[int] = 2
    kind: Literal["agenda_closed"] = "agenda_closed"
    due: str = ""
    dossiers: tuple[str, ...] | None


@upcaster("sitting", "agenda_closed", 1)
def _agenda_unsaid(fact: dict[str, Any]) -> dict[str, Any]:
    return {**fact, "dossiers": None}


class MembersConvened(Fact):
    """The members in office are convened. ``presides``: the college whose turn it is, after ``last``.

    ``ties``: theirs with candidates. ``inquiry``: the question that this answers.
    """

    kind: Literal["members_convened"] = "members_convened"
    members: tuple[MemberFacts, ...]
    ties: tuple[TieFacts, ...]
    last: College | None
    presides: College
    inquiry: str


class MembersLacking(Fact):
    """The register has too few members in office on the day: the jury cannot be convened."""

    kind: Literal["members_lacking"] = "members_lacking"
    inquiry: str
    titulars: int
    needed: int


class AttendanceRecorded(Fact):
    """Who attends: ``seats`` are the voices that come of it, ``quorum`` what they make.

    ``ties``: those of the members on the day; None: as they were when the members were convened.
    """

    kind: Literal["attendance_recorded"] = "attendance_recorded"
    present: tuple[str, ...]
    remote: tuple[str, ...]
    proxies: tuple[Proxy, ...]
    seats: tuple[Seat, ...]
    president: str
    quorum: Quorum
    ties: tuple[TieFacts, ...] | None


class QuorumFailed(Fact):
    """Too few came: nothing is decided, and the jury is convened again, to ``second`` on ``second_on``."""

    kind: Literal["quorum_failed"] = "quorum_failed"
    second: str
    second_on: date


class MemberRecused(Fact):
    """A member takes no part in a dossier."""

    kind: Literal["member_recused"] = "member_recused"
    pathway: str
    member: str
    reason: Sealed | None = None


class DossierCalledOut(Fact):
    """A member wants a dossier discussed."""

    kind: Literal["dossier_called_out"] = "dossier_called_out"
    pathway: str
    member: str


class VotesCounted(Fact):
    """The members voted on deciding ``blocks``; what they decided follows, if they adopted it.

    ``recused``: who took no part. ``algorithmic``: a proposal computed from the marks was before them (CRPA,
    art. L. 311-3-1).
    """

    kind: Literal["votes_counted"] = "votes_counted"
    pathway: str
    blocks: dict[str, bool]
    votes: dict[str, Vote]
    recused: tuple[str, ...]
    tally: Tally
    dissents: dict[str, Sealed]
    algorithmic: bool


class ListDecided(Fact):
    """By consensus, the dossiers are decided as the professional jury advised. ``recused``: who took no part in which.

    ``algorithmic``: proposals computed from the marks were before them.
    """

    kind: Literal["list_decided"] = "list_decided"
    dossiers: tuple[str, ...]
    recused: dict[str, tuple[str, ...]]
    algorithmic: bool


class DossierDecided(Fact):
    """The paritaire jury decided; ``listed``: by list, as advised. ``differs``: from what was computed or advised."""

    kind: Literal["dossier_decided"] = "dossier_decided"
    pathway: str
    blocks: dict[str, bool]
    listed: bool
    differs: tuple[str, ...] = ()
    reasons: Sealed | None = None
    recommendations: dict[str, Sealed]


class DossierPostponed(Fact):
    """A dossier was taken off this sitting."""

    kind: Literal["dossier_postponed"] = "dossier_postponed"
    pathway: str
    reason: str


class DossierPutOff(Fact):
    """A dossier was taken off this sitting, for a reason that is sealed."""

    kind: Literal["dossier_put_off"] = "dossier_put_off"
    pathway: str
    reason: Sealed


class DossierWithdrawn(Fact):
    """The pathway ended before the sitting: there is nothing to decide any more."""

    kind: Literal["dossier_withdrawn"] = "dossier_withdrawn"
    pathway: str


class Proclaimed(Fact):
    """The decisions were proclaimed."""

    kind: Literal["proclaimed"] = "proclaimed"
    dossiers: int


class MinutesSigned(Fact):
    """A member who attended signed the PV ``document``."""

    kind: Literal["minutes_signed"] = "minutes_signed"
    member: str
    document: str


class SittingCancelled(Fact):
    """The sitting will not take place."""

    kind: Literal["sitting_cancelled"] = "sitting_cancelled"
    reason: str


class SittingCalledOff(Fact):
    """The sitting will not take place, for a reason that is sealed."""

    kind: Literal["sitting_called_off"] = "sitting_called_off"
    reason: Sealed


FACTS: tuple[type[Fact], ...] = (
    SittingOpened,
    SecondConvocation,
    DossierReceived,
    DossierTurnedAway,
    AgendaClosed,
    MembersConvened,
    MembersLacking,
    AttendanceRecorded,
    QuorumFailed,
    MemberRecused,
    DossierCalledOut,
    VotesCounted,
    ListDecided,
    DossierDecided,
    DossierPostponed,
    DossierPutOff,
    DossierWithdrawn,
    Proclaimed,
    MinutesSigned,
    SittingCancelled,
    SittingCalledOff,
    DeadlineMissed,
    ReminderDue,
    EffectSettled,
    *mails.FACTS,
)
