"""The shape of a scheme (dispositif): everything that defines one certification.

A scheme is written as a YAML file in ``schemes/``, checked by :mod:`domain.scheme.check`, completed with a
frozen calendar, and published under the SHA-256 of its canonical form. Code knows kinds of steps, rules and
deadlines; it knows no certification by name.
"""

from __future__ import annotations

import hashlib
from datetime import date
from functools import cached_property
from typing import Annotated, Any, Literal

from pydantic import Field

from domain.ledger import canonical
from domain.records import Frozen
from domain.scheme.certificates import Certificates
from domain.scheme.conduct import Conduct
from domain.scheme.values import Name, Ratio, Unit

RouteId = Literal["training", "vae", "free_candidacy"]
StepKind = Literal[
    "positioning", "preliminary", "training", "admissibility", "dossier", "jury", "deliberation", "support"
]
END = "end"
"""The step name that means: the pathway closes."""

OUTCOMES: dict[str, tuple[str, ...]] = {
    "positioning": ("done",),
    "preliminary": ("complete", "missing"),
    "training": ("done",),
    "admissibility": ("admissible", "refused"),
    "dossier": ("done",),
    "jury": ("done",),
    "deliberation": ("full", "partial", "none"),
    "support": ("done",),
}
"""How a step of each kind can end. A positioning that ``decides`` ends ``ready`` or ``needs`` instead."""

AggregateName = Literal["pathway", "session", "sitting", "register", "awards", "deposit"]
Timed = Literal["pathway", "session", "sitting"]
"""The aggregates on which a scheme may set deadlines."""

MILESTONES: dict[Timed, tuple[str, ...]] = {
    "pathway": (
        "candidacy",
        "positioned",
        "preliminary_assessed",
        "training_planned",
        "training_completed",
        "file_submitted",
        "file_completed",
        "pieces_requested",
        "pieces_provided",
        "admissibility_decided",
        "dossier_filed",
        "seat_requested",
        "seated",
        "convened",
        "absent",
        "absence_decided",
        "jury_attended",
        "marked",
        "opinion_given",
        "dossier_sent",
        "decided",
        "notified",
        "awarded",
        "contested",
        "contest_answered",
        "contest_admitted",
        "contest_decided",
        "award_withdrawn",
        "deposit_owed",
        "deposited",
        "support_completed",
        "closed",
    ),
    "session": (
        "opened",
        "registration_closes",
        "registration_closed",
        "window_opens",
        "window_closes",
        "convened",
        "held",
        "completed",
    ),
    "sitting": ("opened", "sitting_date", "agenda_closed", "proclaimed"),
}
"""What a deadline can start from or end with. Dates fixed in advance (``window_opens``…) count as started."""

PASSED: dict[Timed, tuple[str, ...]] = {
    "pathway": ("record", "accept", "refuse", "expire", "close_file", "as_it_stands", "over"),
    "session": ("record", "close_registration", "convene"),
    "sitting": ("record", "close_agenda"),
}
"""What happens by itself when a deadline passes.

``record`` only notes that it was missed. ``close_file``, ``as_it_stands``: pieces that were asked for are waited for no
longer. ``over``: nothing happens, a right that nobody had to use has ended.
"""


class Registration(Frozen):
    """The entry in the national register. ``after``: what a new candidacy meets once ``until`` has passed."""

    repertoire: Literal["RNCP", "RS"]
    code: Name | None = None
    level: int | None = Field(default=None, ge=1, le=8)
    nsf: tuple[Name, ...] = ()
    until: date | None = None
    after: Literal["warn", "refuse"] = "warn"


class Criterion(Frozen):
    """What an assessor looks at: met, not met, or not observed. Its id is unique in the scheme."""

    id: Name
    title: Name


class Competence(Frozen):
    """Validated when the share of its criteria that are met reaches ``threshold``."""

    id: Name
    title: Name
    threshold: Ratio
    criteria: tuple[Criterion, ...]


class Task(Frozen):
    """One assessment task of a block. ``minutes`` is its length; ``instead_of`` names an alternative task."""

    id: Name
    kind: Literal["observation", "written", "interview", "presentation", "role_play", "dossier", "test"]
    title: Name
    minutes: int | None = Field(default=None, gt=0)
    at_own_post: bool = False
    in_person: bool = False
    instead_of: Name | None = None
    detail: str = ""


class Block(Frozen):
    """A block of competences. ``held_as`` is the name under which a wallet holds it across certifications."""

    id: Name
    title: Name
    held_as: Name
    threshold: Ratio
    competences: tuple[Competence, ...]
    tasks: dict[RouteId, tuple[Task, ...]] = {}

    @cached_property
    def criteria(self) -> tuple[str, ...]:
        """The ids of all criteria of the block, in order."""
        return tuple(criterion.id for competence in self.competences for criterion in competence.criteria)


class Step(Frozen):
    """One step of a route. ``next`` is a step id, ``end``, or one of these per outcome of the step.

    ``decides`` (positioning only): the review decides between ``ready`` and ``needs``.
    ``situations`` (dossier only): least and most situations to present per block.
    """

    id: Name
    kind: StepKind
    title: Name
    next: Name | dict[str, Name]
    decides: bool = False
    situations: tuple[int, int] | None = None

    @cached_property
    def outcomes(self) -> tuple[str, ...]:
        """How this step can end."""
        return ("ready", "needs") if self.decides else OUTCOMES[self.kind]

    def after(self, outcome: str) -> str:
        """The step that follows ``outcome``, or ``end``."""
        return self.next if isinstance(self.next, str) else self.next[outcome]


class Route(Frozen):
    """A way to the certification; the first step is where a candidacy begins."""

    id: RouteId
    title: Name
    steps: tuple[Step, ...]

    @cached_property
    def step_by_id(self) -> dict[str, Step]:
        """Steps by their id."""
        return {step.id: step for step in self.steps}

    def step(self, id: str) -> Step:
        """The step called ``id``."""
        return self.step_by_id[id]


class JuryRule(Frozen):
    """A rule on who may sit. ``params`` belong to the rule's kind; the gate reads them."""

    rule: Literal[
        "minimum_members",
        "president_from_certifier",
        "trade_expert_of_branch",
        "not_from_employer",
        "trained",
        "no_tie",
        "outside_training_body",
        "gender_balance",
        "trainer_not_evaluator",
    ]
    params: dict[str, Any] = {}
    basis: Name


class Jury(Frozen):
    """The professional jury. ``assessors`` is how many jurors must mark before a proposal is computed."""

    assessors: int = Field(ge=1)
    rules: tuple[JuryRule, ...]


class DatedWindow(Frozen):
    """A published session window. ``text`` is what the source says, held against the dates."""

    opens: date
    closes: date
    text: str = ""


class DatedSitting(Frozen):
    """A published sitting. ``text`` is what the source says (weekday included), held against the date."""

    date: date
    text: str = ""
    note: str = ""


class Sessions(Frozen):
    """When professional juries sit: months and days of any year, and published windows of given years."""

    months: tuple[Annotated[int, Field(ge=1, le=12)], ...] = ()
    first_day: int = Field(default=1, ge=1, le=31)
    last_day: int = Field(default=31, ge=1, le=31)
    remote: bool = False
    windows: tuple[DatedWindow, ...] = ()


class Deadline(Frozen):
    """A period that the scheme or the law sets.

    It runs from the milestone ``starts`` until one of ``ends``; ``before`` counts backwards from ``starts`` (a
    date fixed in advance). ``paused_by_completeness``: whether a request for missing pieces stops the clock, and
    then resumes or restarts it. ``remind`` lists days before the due date on which whoever must act is reminded.
    """

    id: Name
    aggregate: Timed
    title: Name
    starts: Name
    ends: tuple[Name, ...]
    amount: int = Field(ge=0)
    unit: Unit
    before: bool = False
    paused_by_completeness: Literal["no", "resume", "restart"] = "no"
    passed: Name = "record"
    who: Name
    basis: Name
    remind: tuple[Annotated[int, Field(gt=0)], ...] = ()


class Award(Frozen):
    """What is awarded. ``years`` is how long it is valid; ``None`` is for life."""

    kind: Name
    title: Name
    years: int | None = Field(default=None, gt=0)


class Awards(Frozen):
    """The award for one block, and the award for all of them."""

    block: Award
    certification: Award


KEPT = ("facts", "awards")
"""What stays in the log when a person is erased: what was done and decided, without names, and what was awarded."""


class Kept(Frozen):
    """One thing that stays when a person is erased: why, and what allows it."""

    keep: Literal["facts", "awards"]
    why: Name
    basis: Name


class Calendar(Frozen):
    """The days that do not count, frozen when the scheme was published, and the zone in which days begin.

    ``holidays`` covers ``first_year`` to ``last_year``; beyond, nothing is computed.
    """

    zone: Name
    timezone: Name
    first_year: int
    last_year: int
    holidays: tuple[date, ...]

    @cached_property
    def closed(self) -> frozenset[date]:
        """The holidays as a set."""
        return frozenset(self.holidays)


class Source(Frozen):
    """Where the facts of the file come from."""

    title: Name
    detail: str = ""


class Scheme(Frozen):
    """One version of one certification. ``illustrative`` lists the parts that the sources do not give.

    ``conduct``: how sessions and sittings are conducted; versions from before it leave that to people.
    ``certificates``: how awards are numbered, documented and deposited; versions from before it do none of that.
    """

    id: Annotated[str, Field(pattern=r"^[a-z0-9]+(-[a-z0-9]+)*$")]
    version: Name
    title: Name
    certifier: Name
    deciding_body: Name
    registration: Registration
    illustrative: tuple[
        Literal["grid", "deadlines", "sessions", "durations", "erasure", "conduct", "certificates"], ...
    ] = ()
    sources: tuple[Source, ...]
    calendar: Calendar
    routes: tuple[Route, ...]
    blocks: tuple[Block, ...]
    jury: Jury
    sessions: Sessions
    sittings: tuple[DatedSitting, ...] = ()
    deadlines: tuple[Deadline, ...]
    awards: Awards
    erasure: tuple[Kept, ...] = ()
    conduct: Conduct | None = None
    certificates: Certificates | None = None

    @cached_property
    def canonical(self) -> bytes:
        """The canonical form. What has its default value is left out, so that a field added to this model later changes
        the form of no scheme that was published before: a default, once given, never changes.
        """
        return canonical(self.model_dump(mode="json", exclude_defaults=True))

    @cached_property
    def hash(self) -> str:
        """SHA-256 (hex) of the canonical form: the name under which this version is pinned."""
        return hashlib.sha256(self.canonical).hexdigest()

    @cached_property
    def block_by_id(self) -> dict[str, Block]:
        """Blocks by their id."""
        return {block.id: block for block in self.blocks}

    @cached_property
    def block_by_held_as(self) -> dict[str, Block]:
        """Blocks by the name under which a wallet holds them."""
        return {block.held_as: block for block in self.blocks}

    @cached_property
    def block_of_criterion(self) -> dict[str, str]:
        """Criterion id -> the id of its block."""
        return {criterion: block.id for block in self.blocks for criterion in block.criteria}

    @cached_property
    def competences(self) -> frozenset[str]:
        """The ids of all competences."""
        return frozenset(competence.id for block in self.blocks for competence in block.competences)

    @cached_property
    def every_deadline(self) -> tuple[Deadline, ...]:
        """The deadlines that are written down, then those that follow from how decisions can be contested."""
        contestation = self.conduct.contestation if self.conduct else None
        deposit = self.certificates.deposit if self.certificates else None
        periods = (*(contestation.periods() if contestation else ()), *((deposit.period(),) if deposit else ()))
        return (*self.deadlines, *(Deadline(**period) for period in periods))

    @cached_property
    def route_by_id(self) -> dict[str, Route]:
        """Routes by their id."""
        return {route.id: route for route in self.routes}

    def route(self, id: str) -> Route | None:
        """The route called ``id``, if this certification has it."""
        return self.route_by_id.get(id)

    def deadlines_of(self, aggregate: AggregateName) -> tuple[Deadline, ...]:
        """The deadlines that concern one kind of aggregate."""
        return tuple(deadline for deadline in self.every_deadline if deadline.aggregate == aggregate)
