"""A plan of a session: who is assessed where and when, by whom; and the whole of what it was made from."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime
from math import asin, ceil, cos, radians, sin, sqrt
from typing import Any, Literal

from domain.people import CandidateFacts, JurorFacts, SiteFacts, TieFacts
from domain.records import Frozen


class PlannedTask(Frozen):
    """One task of one block. ``starts`` and ``ends`` are local times of the scheme's zone, without offset.

    A task that several blocks of a candidate share is held once and listed once per block, with the same times.
    """

    block: str
    task: str
    starts: datetime
    ends: datetime


class Visit(Frozen):
    """One candidate before one jury at one place, without a gap but the scheme's own: tasks in order.

    ``site`` is empty when ``modality`` is ``remote``. The jury is taken from ``starts`` (its preparation) to ``ends``
    (its deliberation), the candidate from the first task's start to the last one's end. Every rule that visits must
    keep stands at :func:`domain.plan_check.check_plan`.
    """

    pathway: str
    site: str
    modality: Literal["in_person", "remote"]
    jurors: tuple[str, ...]
    starts: datetime
    ends: datetime
    tasks: tuple[PlannedTask, ...]


class Unseated(Frozen):
    """A candidate (for ``blocks``) whom the plan does not seat: the smallest set of rules in the way, and what would
    free it; both codes with their facts, which the message catalogue turns into sentences."""

    pathway: str
    blocks: tuple[str, ...]
    rules: tuple[dict[str, Any], ...]
    frees: tuple[dict[str, Any], ...] = ()


class Plan(Frozen):
    """A proposal. ``bound``: how many candidates could be seated at most; ``gap``: from the objective to its bound."""

    visits: tuple[Visit, ...]
    unseated: tuple[Unseated, ...] = ()
    bound: int
    gap: float
    proven: bool
    objective: dict[str, int] = {}


class PlanProblem(Frozen):
    """Everything that a plan is made from and checked against. ``site``: where rooms are when no workplace is needed.

    ``minutes``: travel between two sites, ``"a|b"`` in the order of their ids; what is missing is computed from their
    coordinates. ``published``: the plan that was published last, from which an amendment moves as few as it can.
    ``fixed``: pathways whose visit must not move.
    """

    session: str
    scheme_hash: str
    opens: date
    closes: date
    modality: Literal["in_person", "remote"]
    site: str = ""
    capacity: Mapping[str, int]
    candidates: tuple[CandidateFacts, ...]
    jurors: tuple[JurorFacts, ...]
    sites: tuple[SiteFacts, ...]
    ties: tuple[TieFacts, ...] = ()
    minutes: Mapping[str, int] = {}
    published: tuple[Visit, ...] = ()
    fixed: tuple[str, ...] = ()


class PlanFault(Frozen):
    """One rule that a plan breaks. ``visit`` is a position in the plan, None when no single visit is to blame."""

    rule: str
    visit: int | None = None
    facts: dict[str, Any] = {}
    basis: str = ""


_EARTH = 6371
"""Mean radius in kilometres."""


def travel(problem: PlanProblem, speed: int, here: str, there: str) -> int | None:
    """Minutes between two sites: as ``problem.minutes`` says, else as the crow flies at ``speed`` kilometres an hour,
    rounded up; None when neither is known, or one of the sites is not."""
    if here == there:
        return 0
    if (given := problem.minutes.get("|".join(sorted((here, there))))) is not None:
        return given
    sites = {site.id: site for site in problem.sites}
    if here not in sites or there not in sites:
        return None
    a, b = sites[here], sites[there]
    if a.latitude is None or a.longitude is None or b.latitude is None or b.longitude is None:
        return None
    north, east = radians(b.latitude - a.latitude), radians(b.longitude - a.longitude)
    chord = sin(north / 2) ** 2 + cos(radians(a.latitude)) * cos(radians(b.latitude)) * sin(east / 2) ** 2
    return ceil(2 * _EARTH * asin(sqrt(min(1.0, chord))) * 60 / speed)
