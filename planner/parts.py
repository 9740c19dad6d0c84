"""What a candidate is asked, as visits: the tasks of the blocks in order, and how long the jury is taken."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import NamedTuple

from domain.people import CandidateFacts
from domain.scheme.model import Scheme, Task


class Timed(NamedTuple):
    """A task of a block, in minutes from the start of its visit."""

    block: str
    task: str
    starts: int
    ends: int


class Part(NamedTuple):
    """A visit to be: ``minutes`` of the jury's time, preparation to deliberation. ``room``: whether it takes one."""

    minutes: int
    tasks: tuple[Timed, ...]
    room: bool
    at_own_post: bool
    in_person: bool


def parts_of(scheme: Scheme, candidate: CandidateFacts, longest: int) -> tuple[Part, ...]:
    """The visits of a candidate: one or, where that is longer than ``longest`` minutes, as few as possible.

    Blocks that share a task share a visit. Empty when no task needs a jury, or none of the ways to part
    them makes visits short enough.
    """
    asked = {block: tasks for block in candidate.blocks if (tasks := _asked(scheme, block, candidate))}
    order = [block.id for block in scheme.blocks if block.id in asked]
    groups = _sharing({block: asked[block] for block in order})
    best: tuple[tuple[int, int], tuple[Part, ...]] | None = None
    for split in _partitions(groups):
        if best is not None and len(split) > best[0][0]:
            continue
        parts = tuple(_part(scheme, candidate, {b: asked[b] for b in order if b in blocks}) for blocks in split)
        score = (len(parts), max((part.minutes for part in parts), default=0))
        if score[1] <= longest and (best is None or score < best[0]):
            best = score, parts
    return best[1] if best else ()


def other_parts(scheme: Scheme, candidate: CandidateFacts, longest: int) -> list[tuple[Part, ...]]:
    """All other ways to part a candidate's blocks into two or three visits, the fewest visits first."""
    asked = {block.id: tasks for block in scheme.blocks if (tasks := _asked(scheme, block.id, candidate))}
    asked = {block: tasks for block, tasks in asked.items() if block in candidate.blocks}
    splits = [split for split in _partitions(_sharing(asked)) if len(split) in (2, 3)]
    found = [
        tuple(_part(scheme, candidate, {b: asked[b] for b in asked if b in blocks}) for blocks in split)
        for split in sorted(splits, key=len)
    ]
    return [parts for parts in found if max(part.minutes for part in parts) <= longest]


def asks(scheme: Scheme, candidate: CandidateFacts) -> bool:
    """Whether anything that the candidate is asked takes a jury's time."""
    return any(_asked(scheme, block, candidate) for block in candidate.blocks)


def _asked(scheme: Scheme, block: str, candidate: CandidateFacts) -> list[Task]:
    """The tasks of a block that are held before a jury; of alternatives the first, or one that needs no own post."""
    found = scheme.block_by_id.get(block)
    tasks = [task for task in (found.tasks.get(candidate.route, ()) if found else ()) if task.minutes is not None]
    by_id = {task.id: task for task in tasks}
    chosen: dict[str, Task] = {}
    for task in tasks:
        root = task
        while root.instead_of in by_id and root.instead_of != task.id:
            root = by_id[root.instead_of]
        held = chosen.get(root.id)
        if held is None or (held.at_own_post and not task.at_own_post and not candidate.workplace):
            chosen[root.id] = task
    return [task for task in tasks if task in chosen.values()]


def _sharing(asked: dict[str, list[Task]]) -> list[tuple[str, ...]]:
    """Blocks in groups that have a task in common."""
    groups: list[set[str]] = []
    for block, tasks in asked.items():
        names = {task.id for task in tasks}
        together = [g for g in groups if any(names & {task.id for task in asked[other]} for other in g)]
        groups = [g for g in groups if g not in together] + [{block}.union(*together)]
    return [tuple(block for block in asked if block in group) for group in groups]


def _partitions(groups: Sequence[tuple[str, ...]]) -> Iterator[list[tuple[str, ...]]]:
    """Every way to put ``groups`` into visits, those of one visit first."""
    if not groups:
        return
    if len(groups) == 1:
        yield [groups[0]]
        return
    first, rest = groups[0], groups[1:]
    for split in _partitions(rest):
        for number, blocks in enumerate(split):
            yield [*split[:number], first + blocks, *split[number + 1 :]]
        yield [first, *split]


def _part(scheme: Scheme, candidate: CandidateFacts, asked: dict[str, list[Task]]) -> Part:
    assert scheme.conduct is not None
    planning = scheme.conduct.session.planning
    at, timed, held = planning.preparation, [], []
    for task, blocks in _in_order(asked):
        assert task.minutes is not None
        ends = at + task.minutes + -(-task.minutes * candidate.extra_time // 100)
        timed += [Timed(block, task.id, at, ends) for block in blocks]
        held.append(task)
        at = ends + planning.pause
    minutes = at - planning.pause + planning.deliberation
    own = [task.at_own_post for task in held]
    return Part(minutes, tuple(timed), not all(own), any(own), any(task.in_person for task in held))


def _in_order(asked: dict[str, list[Task]]) -> Iterator[tuple[Task, list[str]]]:
    """Tasks such that each block's are in its order, a shared one once, with the blocks that name it."""
    left = {block: list(tasks) for block, tasks in asked.items()}
    while any(left.values()):
        for tasks in left.values():
            if not tasks:
                continue
            task = tasks[0]
            sharing = [block for block, others in left.items() if task.id in {other.id for other in others}]
            if all(left[block][0].id == task.id for block in sharing):
                yield task, sharing
                for block in sharing:
                    left[block].pop(0)
                break
        else:
            raise ValueError("blocks name shared tasks in contrary orders")
