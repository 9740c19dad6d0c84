"""Slots as the visits of a plan, and the visits of an earlier plan as slots."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, time, timedelta

from domain.plan import PlannedTask, Visit
from domain.plan_check import check_plan
from planner.board import Board, Place, Seat
from planner.parts import Part, Timed
from planner.schedule import Slot


def visits_of(board: Board, slots: Sequence[Slot]) -> tuple[Visit, ...]:
    """The visits, in order of time."""
    found = [_visit(board, slot) for slot in slots]
    return tuple(sorted(found, key=lambda visit: (visit.starts, visit.site, visit.pathway)))


def _visit(board: Board, slot: Slot) -> Visit:
    seat = board.seats[slot.seat]
    midnight = datetime.combine(board.days[slot.day], time())

    def at(minutes: int) -> datetime:
        return midnight + timedelta(minutes=minutes)

    tasks = [
        PlannedTask(block=t.block, task=t.task, starts=at(slot.starts + t.starts), ends=at(slot.starts + t.ends))
        for t in seat.parts[slot.part].tasks
    ]
    jurors = tuple(board.jurors[number].juror for number in slot.jury)
    return Visit(
        pathway=seat.pathway,
        site=slot.place.site,
        modality="remote" if slot.place.modality == "remote" else "in_person",
        jurors=jurors,
        starts=at(slot.starts),
        ends=at(slot.ends),
        tasks=tuple(tasks),
    )


def still_lawful(board: Board, seat: Seat, visits: Sequence[Visit]) -> tuple[Seat, tuple[Slot, ...]] | None:
    """An earlier plan's visits of a candidate as a seat and its slots; None when, taken alone, they no longer keep the
    rules or no longer hold all of the candidate's blocks."""
    problem = board.problem.model_copy(
        update={"candidates": (board.problem.candidates[seat.number],), "fixed": (), "published": ()}
    )
    if not visits or check_plan(board.scheme, problem, visits, allow_unseated=False):
        return None
    number_of = {juror.juror: number for number, juror in enumerate(board.jurors)}
    parts, slots = [], []
    for position, visit in enumerate(sorted(visits, key=lambda visit: visit.starts)):
        starts, ends = _minutes(visit.starts), _minutes(visit.ends)
        place = Place(visit.modality, visit.site)
        if place not in seat.places:
            return None
        jury = tuple(sorted(number_of[juror] for juror in visit.jurors))
        parts.append(_part(board, visit, starts, ends - starts))
        slots.append(Slot(seat.number, position, board.days.index(visit.starts.date()), starts, ends, place, jury))
    return seat._replace(parts=tuple(parts)), tuple(slots)


def _part(board: Board, visit: Visit, starts: int, minutes: int) -> Part:
    tasks = tuple(Timed(t.block, t.task, _minutes(t.starts) - starts, _minutes(t.ends) - starts) for t in visit.tasks)
    held = [
        task
        for timed in tasks
        for route in board.scheme.block_by_id[timed.block].tasks.values()
        for task in route
        if task.id == timed.task
    ]
    own = [task.at_own_post for task in held]
    return Part(minutes, tasks, not all(own), any(own), any(task.in_person for task in held))


def _minutes(moment: datetime) -> int:
    return moment.hour * 60 + moment.minute
