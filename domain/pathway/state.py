"""Where a pathway stands: the fold of its events."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date
from typing import Literal, NamedTuple

from domain.aggregate import Standing
from domain.appointments import Appointments
from domain.calendar import Pause
from domain.marks import certificate
from domain.pathway import events as e
from domain.pathway.commands import HeldBlock, MarkSheet, Module
from domain.pathway.contest.state import Contestation, Decided
from domain.pathway.depositing.state import Answer, Question
from domain.pathway.minutes import Minute, OpenCriteria, open_criteria
from domain.people import CandidateFacts
from domain.plan import Visit
from domain.records import Sealed
from domain.scheme.model import END, Block, Route, Step


class Seat(NamedTuple):
    """What binds the candidate to a session. ``request`` is the id of the effect that asked for it."""

    session: str
    blocks: tuple[str, ...]
    request: str
    status: Literal["requested", "granted", "waiting", "convened", "attended", "absent", "excused"]
    opens: date | None = None
    closes: date | None = None
    jurors: tuple[str, ...] = ()
    visits: tuple[Visit, ...] = ()
    appointments: Appointments = ()


class Sheet(NamedTuple):
    """One juror's marks with their notes, and the event that recorded them last."""

    version: int
    marks: MarkSheet
    notes: dict[str, Sealed] = {}


class Opinion(NamedTuple):
    """The opinion of the present assessment, and the jury whose members may sign its PV."""

    version: int
    on: date
    session: str
    jurors: tuple[str, ...]


class Dossier(NamedTuple):
    """The dossier before a sitting: what was computed and advised for each block to decide."""

    sitting: str
    blocks: tuple[str, ...]
    accepted: bool = False


class Award(NamedTuple):
    """A block or the certification (``block`` None) awarded on this pathway, and perhaps withdrawn."""

    version: int
    on: date
    block: str | None
    sitting: str
    withdrawn_on: date | None = None


class Conditions(NamedTuple):
    """Under which conditions the candidate is assessed, as in ``CandidateFacts``."""

    workplace: str = ""
    extra_time: int = 0
    accessible: bool = False
    unavailable: tuple[date, ...] = ()


@dataclass(slots=True)
class Pathway(Standing):
    """One candidate's pathway. ``step`` is a step id of the route, or ``end``; ``erased`` the event that noted it.

    ``seeking``: the inquiry under way for the next session or sitting, ``unfound`` the same once it found none.
    ``endangered``: deadlines and meetings about which somebody was warned. ``invited``: what the candidate's calendar
    holds, so that it can be taken back.
    """

    person: str = ""
    attempt: int = 1
    route_id: str = ""
    employer: str = ""
    branch: str = ""
    initiative: str = ""
    identity_version: int = 0
    candidacy_version: int = 0
    opened_on: date | None = None
    step: str = ""
    status: Literal["", "open", "suspended", "closed"] = ""
    outcome: str = ""
    closed_on: date | None = None
    held: dict[str, HeldBlock] = field(default_factory=dict)
    positioning_version: int = 0
    strengths: tuple[str, ...] = ()
    needs: tuple[str, ...] = ()
    training_body: str = ""
    modules: dict[str, Module] = field(default_factory=dict)
    followed: set[str] = field(default_factory=set)
    complete: bool = False
    suspensions: list[Pause] = field(default_factory=list)
    completeness: list[Pause] = field(default_factory=list)
    conditions: Conditions = field(default_factory=Conditions)
    seat: Seat | None = None
    seeking: str = ""
    unfound: bool = False
    endangered: set[str] = field(default_factory=set)
    invited: Appointments = ()
    sheets: dict[str, Sheet] = field(default_factory=dict)
    minutes: tuple[Minute, ...] = ()
    opinion: Opinion | None = None
    signed: dict[str, str] = field(default_factory=dict)
    proven: set[str] = field(default_factory=set)
    computed: dict[str, bool] = field(default_factory=dict)
    advised: dict[str, bool] = field(default_factory=dict)
    recommendations: dict[str, Sealed] = field(default_factory=dict)
    dossier: Dossier | None = None
    awards: list[Award] = field(default_factory=list)
    decided: Decided | None = None
    contest: Contestation | None = None
    lost: set[str] = field(default_factory=set)
    deposits: dict[str, Answer] = field(default_factory=dict)
    question: Question | None = None
    erased: int = 0

    @property
    def route(self) -> Route:
        """The route of this pathway, from its scheme version."""
        route = self.scheme.route(self.route_id)
        assert route is not None, "a pathway starts on a route of its scheme"
        return route

    @property
    def current(self) -> Step | None:
        """The current step, or None before the start and after the end."""
        return self.route.step(self.step) if self.step and self.step != END else None

    @property
    def certified(self) -> bool:
        """Whether the certification is awarded, and was not withdrawn."""
        return any(award.block is None and award.withdrawn_on is None for award in self.awards)

    def candidate(self, blocks: tuple[str, ...]) -> CandidateFacts:
        """What a jury must know of the candidate to be composed and planned, when they come for ``blocks``."""
        return CandidateFacts(
            pathway=self.stream,
            person=self.person,
            scheme_hash=self.scheme_hash,
            route=self.route.id,
            blocks=blocks,
            employer=self.employer,
            branch=self.branch,
            training_body=self.training_body,
            **self.conditions._asdict(),
        )

    def blocks_awarded(self) -> bool:
        """Whether a block is awarded here, and was not withdrawn."""
        return any(award.block and award.withdrawn_on is None for award in self.awards)

    def held_blocks(self) -> set[str]:
        """The ids of the blocks of this certification that the person holds."""
        return {block.id for block in self.scheme.blocks if block.held_as in self.held}

    @property
    def all_marked(self) -> bool:
        """Whether every assessor has given a sheet."""
        return len(self.sheets) >= self.scheme.jury.assessors

    def to_settle(self) -> OpenCriteria:
        """What the assessors have to settle together before anything is computed; nothing before all have marked."""
        conduct = self.scheme.conduct
        settled = any(isinstance(fact, e.JointMarksRecorded) for _, fact in self.minutes)
        if settled or not self.all_marked or conduct is None or not conduct.session.joint_marks:
            return OpenCriteria((), ())
        return open_criteria({juror: sheet.marks for juror, sheet in self.sheets.items()})

    def remaining(self) -> tuple[Block, ...]:
        """The blocks that a professional jury still has to assess, in the scheme's order."""
        held, proven = self.held, self.proven
        return tuple([block for block in self.scheme.blocks if block.held_as not in held and block.id not in proven])

    def to_decide(self) -> tuple[str, ...]:
        """The blocks that a sitting has to decide: assessed and not yet held."""
        held = self.held_blocks()
        return tuple(block.id for block in self.scheme.blocks if block.id in self.advised and block.id not in held)

    def holds_all(self, validated: set[str] | frozenset[str] = frozenset()) -> bool:
        """Whether all blocks are held, once ``validated`` are too."""
        return certificate(self.scheme, self.held_blocks() | validated)

    def after(self, outcome: str) -> str:
        """The step that follows the current one; a jury with nothing left to assess is passed over."""
        route = self.route
        next = route.step(self.step).after(outcome)
        while next != END and route.step(next).kind == "jury" and not self.remaining():
            next = route.step(next).after("done")
        return next

    def advance(self, outcome: str) -> None:
        """Enter the step that follows."""
        self.step = self.after(outcome)
        step = self.current
        if step is not None and step.kind == "jury":
            self.seat = None
            self.dossier = None
            self.unmark()
            self.advised = {block: True for block in self.proven}

    def unmark(self) -> None:
        """Start an assessment anew: marks given in one session do not count in another."""
        self.sheets = {}
        self.computed = {block: True for block in self.proven}

    def leave_seat(self) -> None:
        """Be without a seat; where nothing is left to assess (blocks acquired elsewhere), the jury is passed over."""
        self.seat = None
        if self.current is not None and self.current.kind == "jury" and not self.remaining():
            self.advance("done")
