"""Whether a plan keeps every rule: written from the rules, and knowing nothing of how plans are made."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from domain.plan import PlanProblem, Visit
from domain.records import Frozen
from domain.scheme.model import Scheme


class PlanFault(Frozen):
    """One rule that a plan breaks. ``visit`` is a position in the plan, None when no single visit is to blame."""

    rule: str
    visit: int | None = None
    facts: dict[str, Any] = {}
    basis: str = ""


def check_plan(
    scheme: Scheme, problem: PlanProblem, visits: Sequence[Visit], *, allow_unseated: bool = True
) -> tuple[PlanFault, ...]:
    """Every rule that ``visits`` break, in order of visits; empty for a plan that is legal. These are the rules.

    Everything is reckoned in whole minutes of local time, with ``scheme.conduct.session.planning`` (called
    ``planning``).

    **What a candidate is asked.** For each block of the candidate, the tasks of
    ``scheme.block_by_id[block].tasks[route]`` that have ``minutes``, in that order; the others (a written dossier)
    are not held before a jury. Of tasks that stand in for one another (``instead_of``), exactly one. A task lasts its
    ``minutes`` and ``extra_time`` percent more, rounded up to a whole minute. A block without any task that has
    minutes asks for no visit.

    **A visit holds whole blocks.** A block is held completely, once, in one visit, its tasks in the scheme's order; a
    visit may hold several blocks, in any order. A task that several blocks name (same id) is held once for all those
    of the candidate's blocks that name it, so they share a visit; it is listed once per block, each time with the
    same start and end, and comes after what precedes it in each of these blocks, and before what follows it.
    ``tasks`` are in order of time.

    **A visit has no gaps but the scheme's.** Its first task starts ``planning.preparation`` after ``starts``; each
    next one starts exactly ``planning.pause`` after the end of the one before; ``ends`` is ``planning.deliberation``
    after the last task's end. ``starts`` is a multiple of ``planning.step`` minutes from midnight. A visit lies
    within one day.

    **Several visits.** A candidate may have several, of different blocks, on one day or more, all before the same
    jurors: they give one opinion. Without ``allow_unseated``, all blocks of all candidates must be held; with it, any
    may be missing.

    **Days and hours.** From ``opens`` to ``closes``; no Saturday, Sunday or holiday of ``scheme.calendar``;
    ``starts`` not before ``planning.day_opens`` and ``ends`` not after ``planning.day_closes``.

    **One place at a time.** A juror is taken from ``starts`` to ``ends``; a candidate from the first task's start to
    the last one's end. Between two visits of one juror, or of one candidate, lie at least ``planning.turnover`` for a
    juror (0 for a candidate) and, between different sites, at least the time of :func:`domain.plan.travel`; sites
    whose travel time is not known are not visited on one day. Remote visits ask for no travel. A visit in person
    takes one of its site's ``rooms`` from ``starts`` until ``planning.turnover`` after ``ends``, unless all its tasks
    are ``at_own_post``.

    **Lunch.** On each day, whoever is taken at all between ``lunch_from`` and ``lunch_until`` (juror or candidate)
    has ``planning.lunch`` minutes there in one piece without visit; if they travel between the visits around it, the
    piece lies wholly before or wholly after the travel.

    **Where.** A visit with a task ``at_own_post`` is in person at the candidate's ``workplace``; any other one in
    person is at the ``site`` of the problem or at the workplace. A visit is remote (``site`` empty) only if
    ``scheme.sessions.remote`` and the problem's ``modality`` is ``remote``, and none of its tasks is ``at_own_post``
    or ``in_person``. In person is always allowed.

    **Candidates.** Not on a day in ``unavailable``; if ``accessible``, only at an accessible site, or remote.

    **Jurors.** Known, each once in a visit, at least ``scheme.jury.assessors``; each ``can_sit`` that day and can reach
    the site (``sites`` empty, or naming it). The jury passes the gate for this candidate on that day: every finding of
    :func:`domain.jury.compose` that is a bar holds. Rules that may be set aside are not set aside by a plan.

    **Capacity.** Per block, at most ``capacity[block]`` candidates (a block that is not named: none).

    **What must not move.** The visits of each pathway in ``fixed`` are exactly those that it has in ``published``.
    """
    raise NotImplementedError
