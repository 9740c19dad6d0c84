"""Whether a plan keeps every rule: written from the rules, and knowing nothing of how plans are made."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence
from datetime import datetime

from domain.jury import compose, failing
from domain.people import CandidateFacts
from domain.plan import PlanFault, PlanProblem, Visit
from domain.plan_places import Stay, check_person, check_rooms
from domain.plan_tasks import check_tasks, tasks_of
from domain.scheme.conduct import Planning
from domain.scheme.model import Scheme, Task

__all__ = ["PlanFault", "check_plan"]


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

    **Lunch.** On each day, each juror and each candidate has ``planning.lunch`` minutes in one piece between
    ``lunch_from`` and ``lunch_until`` in which they are not taken; if they travel between the visits around it, the
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
    found = [*_Check(scheme, problem, visits).faults(allow_unseated)]
    own = f"{scheme.id} {scheme.version}"
    based = [fault if fault.basis else fault.model_copy(update={"basis": own}) for fault in found]
    return tuple(sorted(based, key=lambda fault: len(visits) if fault.visit is None else fault.visit))


class _Check:
    """One plan under examination."""

    def __init__(self, scheme: Scheme, problem: PlanProblem, visits: Sequence[Visit]) -> None:
        self.scheme, self.problem, self.visits = scheme, problem, visits
        self.planning = scheme.conduct.session.planning if scheme.conduct else Planning()
        self.candidates = {candidate.pathway: candidate for candidate in problem.candidates}
        self.jurors = {juror.juror: juror for juror in problem.jurors}
        self.sites = {site.id: site for site in problem.sites}

    def faults(self, allow_unseated: bool) -> Iterator[PlanFault]:
        """Every rule broken, in no order."""
        if unreadable := [index for index, visit in enumerate(self.visits) if not _readable(visit)]:
            yield from (PlanFault(rule="times", visit=index) for index in unreadable)
            return
        for index, visit in enumerate(self.visits):
            yield from self._hours(index, visit)
            yield from self._jury(index, visit)
            candidate = self.candidates.get(visit.pathway)
            if candidate is None:
                yield PlanFault(rule="candidate_unknown", visit=index, facts={"pathway": visit.pathway})
                continue
            yield from check_tasks(self.scheme, self.planning, candidate, index, visit)
            yield from self._place(index, visit, candidate)
            yield from self._gate(index, visit, candidate)
        yield from self._blocks(allow_unseated)
        yield from self._everyone()
        yield from self._whole()

    def _hours(self, index: int, visit: Visit) -> Iterator[PlanFault]:
        day, planning = visit.starts.date(), self.planning
        facts = {"day": day.isoformat()}
        if not self.problem.opens <= day <= self.problem.closes:
            yield PlanFault(rule="window", visit=index, facts=facts)
        if day.weekday() >= 5 or day in self.scheme.calendar.closed:
            yield PlanFault(rule="closed_day", visit=index, facts=facts)
        if visit.ends.date() != day or any(planned.starts.date() != day for planned in visit.tasks):
            yield PlanFault(rule="one_day", visit=index, facts=facts)
        elif visit.starts.time() < planning.day_opens or visit.ends.time() > planning.day_closes:
            yield PlanFault(rule="hours", visit=index, facts=facts)
        if (visit.starts.hour * 60 + visit.starts.minute) % planning.step:
            yield PlanFault(rule="step", visit=index, facts={"minutes": planning.step})

    def _jury(self, index: int, visit: Visit) -> Iterator[PlanFault]:
        for juror in dict.fromkeys(visit.jurors):
            if juror not in self.jurors:
                yield PlanFault(rule="juror_unknown", visit=index, facts={"juror": juror})
            elif visit.modality == "in_person" and visit.site not in (self.jurors[juror].sites or (visit.site,)):
                yield PlanFault(rule="out_of_reach", visit=index, facts={"juror": juror, "site": visit.site})
        if len(set(visit.jurors)) < self.scheme.jury.assessors:
            facts = {"jurors": len(set(visit.jurors)), "assessors": self.scheme.jury.assessors}
            yield PlanFault(rule="too_few_jurors", visit=index, facts=facts)

    def _gate(self, index: int, visit: Visit, candidate: CandidateFacts) -> Iterator[PlanFault]:
        members = [self.jurors[juror] for juror in visit.jurors if juror in self.jurors]
        findings = compose(self.scheme.jury.rules, visit.starts.date(), members, candidate, self.problem.ties)
        for finding in failing(findings):
            facts = {**finding.facts, "rule": finding.rule}
            yield PlanFault(rule="composition", visit=index, facts=facts, basis=finding.basis)

    def _place(self, index: int, visit: Visit, candidate: CandidateFacts) -> Iterator[PlanFault]:
        tasks = self._held(visit, candidate)
        at_post = any(task.at_own_post for task in tasks)
        site = self.sites.get(visit.site)
        if visit.modality == "remote":
            allowed = self.scheme.sessions.remote and self.problem.modality == "remote"
            if visit.site or not allowed or at_post or any(task.in_person for task in tasks):
                yield PlanFault(rule="remote", visit=index, facts={"allowed": allowed, "site": visit.site})
        else:
            places = {candidate.workplace} if at_post else {candidate.workplace, self.problem.site}
            if site is None:
                yield PlanFault(rule="site_unknown", visit=index, facts={"site": visit.site})
            elif visit.site not in places:
                facts = {"site": visit.site, "allowed": sorted(places - {""}), "at_own_post": at_post}
                yield PlanFault(rule="place", visit=index, facts=facts)
            elif candidate.accessible and not site.accessible:
                yield PlanFault(rule="not_accessible", visit=index, facts={"site": visit.site})
        if visit.starts.date() in candidate.unavailable:
            yield PlanFault(rule="unavailable", visit=index, facts={"day": visit.starts.date().isoformat()})

    def _held(self, visit: Visit, candidate: CandidateFacts) -> list[Task]:
        return [
            task
            for planned in visit.tasks
            for task in tasks_of(self.scheme, candidate, planned.block)
            if task.id == planned.task
        ]

    def _blocks(self, allow_unseated: bool) -> Iterator[PlanFault]:
        """Each block of a candidate in one visit, what several blocks share in one, and all before one jury."""
        visits = defaultdict[str, list[tuple[int, Visit]]](list)
        for index, visit in enumerate(self.visits):
            visits[visit.pathway].append((index, visit))
        for pathway, candidate in self.candidates.items():
            own = visits[pathway]
            for rule, key in (("block_twice", "block"), ("shared_task_apart", "task")):
                first: dict[str, int] = {}
                for index, visit in own:
                    for name in dict.fromkeys(getattr(planned, key) for planned in visit.tasks):
                        if first.setdefault(name, index) != index:
                            yield PlanFault(rule=rule, visit=index, facts={key: name, "other": first[name]})
            for index, visit in own[1:]:
                if set(visit.jurors) != set(own[0][1].jurors):
                    yield PlanFault(rule="several_juries", visit=index, facts={"other": own[0][0]})
            held = {planned.block for _, visit in own for planned in visit.tasks}
            asked = [b for b in candidate.blocks if any(task.minutes for task in tasks_of(self.scheme, candidate, b))]
            missing = [block for block in asked if block not in held]
            if missing and not allow_unseated:
                yield PlanFault(rule="unseated", facts={"pathway": pathway, "blocks": missing})

    def _everyone(self) -> Iterator[PlanFault]:
        jurors, candidates, rooms = (defaultdict[str, list[Stay]](list) for _ in range(3))
        for index, visit in enumerate(self.visits):
            stay = Stay(visit.starts, visit.ends, index, visit.site if visit.modality == "in_person" else "")
            for juror in dict.fromkeys(visit.jurors):
                jurors[juror].append(stay)
            if visit.tasks:
                taken = (min(task.starts for task in visit.tasks), max(task.ends for task in visit.tasks))
                candidates[visit.pathway].append(stay._replace(starts=taken[0], ends=taken[1]))
            candidate = self.candidates.get(visit.pathway)
            tasks = self._held(visit, candidate) if candidate else []
            if stay.site and not (tasks and all(task.at_own_post for task in tasks)):
                rooms[visit.site].append(stay)
        for name, stays in jurors.items():
            yield from check_person(self.problem, self.planning, "juror", name, stays)
        for name, stays in candidates.items():
            yield from check_person(self.problem, self.planning, "candidate", name, stays)
        for site, stays in rooms.items():
            if site in self.sites:
                yield from check_rooms(self.planning, site, self.sites[site].rooms, stays)

    def _whole(self) -> Iterator[PlanFault]:
        """Capacity, and what must not move."""
        seated = defaultdict[str, set[str]](set)
        for visit in self.visits:
            for planned in visit.tasks:
                seated[planned.block].add(visit.pathway)
        for block, pathways in seated.items():
            if len(pathways) > self.problem.capacity.get(block, 0):
                facts = {"block": block, "seated": len(pathways), "capacity": self.problem.capacity.get(block, 0)}
                yield PlanFault(rule="capacity", facts=facts)
        for pathway in self.problem.fixed:
            if _of(pathway, self.visits) != _of(pathway, self.problem.published):
                yield PlanFault(rule="moved", facts={"pathway": pathway})


def _of(pathway: str, visits: Sequence[Visit]) -> list[Visit]:
    return sorted((visit for visit in visits if visit.pathway == pathway), key=lambda visit: visit.starts)


def _readable(visit: Visit) -> bool:
    """Whether every time is a whole minute of local time, so that times can be compared."""
    times: list[datetime] = [visit.starts, visit.ends]
    times += [moment for planned in visit.tasks for moment in (planned.starts, planned.ends)]
    return all(moment.tzinfo is None and not moment.second and not moment.microsecond for moment in times)
