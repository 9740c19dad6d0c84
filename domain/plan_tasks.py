"""What a candidate is asked before a jury, and whether a visit holds it: whole blocks, in order, without gaps."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta
from itertools import pairwise

from domain.people import CandidateFacts
from domain.plan import PlanFault, PlannedTask, Visit
from domain.scheme.conduct import Planning
from domain.scheme.model import Scheme, Task


def tasks_of(scheme: Scheme, candidate: CandidateFacts, block: str) -> tuple[Task, ...]:
    """The tasks that the scheme has for one block of the candidate, in order, those without minutes included."""
    found = scheme.block_by_id.get(block)
    return found.tasks.get(candidate.route, ()) if found else ()


def minutes_of(task: Task, candidate: CandidateFacts) -> int:
    """How long a task lasts for this candidate: a started minute of extra time is a whole one."""
    assert task.minutes is not None
    return task.minutes + -(-task.minutes * candidate.extra_time // 100)


def alternatives(tasks: Sequence[Task]) -> tuple[tuple[Task, ...], ...]:
    """The tasks, those that stand in for one another together: one of each group is held."""
    groups: list[list[Task]] = []
    for task in tasks:
        linked = [group for group in groups if any(_linked(task, other) for other in group)]
        groups = [group for group in groups if group not in linked]
        groups.append([*(other for group in linked for other in group), task])
    return tuple(tuple(group) for group in groups)


def _linked(one: Task, other: Task) -> bool:
    return one.instead_of == other.id or other.instead_of == one.id


def check_tasks(
    scheme: Scheme, planning: Planning, candidate: CandidateFacts, index: int, visit: Visit
) -> Iterator[PlanFault]:
    """What is wrong with the tasks of one visit and with its times."""
    for block in dict.fromkeys(planned.block for planned in visit.tasks):
        if block not in candidate.blocks:
            yield PlanFault(rule="block_not_asked", visit=index, facts={"block": block})
        else:
            held = [planned for planned in visit.tasks if planned.block == block]
            yield from _block(tasks_of(scheme, candidate, block), candidate, index, held)
    for task, times in _times(visit).items():
        if len(times) > 1:
            yield PlanFault(rule="shared_task_apart", visit=index, facts={"task": task})
    yield from _gaps(planning, index, visit)


def _times(visit: Visit) -> dict[str, set[tuple[datetime, datetime]]]:
    times: dict[str, set[tuple[datetime, datetime]]] = {}
    for planned in visit.tasks:
        times.setdefault(planned.task, set()).add((planned.starts, planned.ends))
    return times


def _block(
    tasks: Sequence[Task], candidate: CandidateFacts, index: int, held: Sequence[PlannedTask]
) -> Iterator[PlanFault]:
    block, counted = held[0].block, Counter(planned.task for planned in held)
    place = {task.id: number for number, task in enumerate(tasks) if task.minutes}
    for planned in held:
        facts = {"block": block, "task": planned.task}
        if planned.task not in place:
            yield PlanFault(rule="task_unknown", visit=index, facts=facts)
            continue
        wanted = minutes_of(tasks[place[planned.task]], candidate)
        if planned.ends - planned.starts != timedelta(minutes=wanted):
            lasts = round((planned.ends - planned.starts).total_seconds() / 60)
            yield PlanFault(rule="task_length", visit=index, facts={**facts, "minutes": wanted, "planned": lasts})
    for group in alternatives(tasks):
        names, times = [task.id for task in group], sum(counted[task.id] for task in group)
        if times > 1:
            yield PlanFault(rule="task_twice", visit=index, facts={"block": block, "tasks": names})
        elif not times and all(task.minutes for task in group):
            yield PlanFault(rule="task_missing", visit=index, facts={"block": block, "tasks": names})
    known = sorted((planned for planned in held if planned.task in place), key=lambda planned: planned.starts)
    if known != sorted(known, key=lambda planned: place[planned.task]):
        yield PlanFault(rule="task_order", visit=index, facts={"block": block})


def _gaps(planning: Planning, index: int, visit: Visit) -> Iterator[PlanFault]:
    if not visit.tasks:
        yield PlanFault(rule="no_task", visit=index)
        return
    if [planned.starts for planned in visit.tasks] != sorted(planned.starts for planned in visit.tasks):
        yield PlanFault(rule="not_in_order_of_time", visit=index)
    held = sorted({(planned.starts, planned.ends, planned.task) for planned in visit.tasks})
    expected = [("preparation", visit.starts, held[0][0], planning.preparation)]
    expected += [("pause", before[1], after[0], planning.pause) for before, after in pairwise(held)]
    expected += [("deliberation", held[-1][1], visit.ends, planning.deliberation)]
    for rule, since, until, minutes in expected:
        if until - since != timedelta(minutes=minutes):
            found = round((until - since).total_seconds() / 60)
            yield PlanFault(rule=rule, visit=index, facts={"minutes": minutes, "planned": found})
