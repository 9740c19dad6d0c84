"""A first plan, quickly: the hardest candidates first, each into the fullest day of a jury where they fit."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from time import monotonic

from planner.board import Board, Place, Seat
from planner.gate import Jury
from planner.schedule import Schedule, Slot

_NEW_JURIES = 12
"""How many juries that do not sit yet are tried a day, the best first."""


def fill(schedule: Schedule, seats: Iterable[Seat], until: float, shortest: bool = False) -> list[int]:
    """Seat ``seats`` one after the other where they cost least, until the moment ``until``; the others come back.

    The hardest first or, where not all can be seated, the ``shortest``.
    """
    board = schedule.board
    left = []
    key = _length if shortest else _ease
    for seat in sorted(seats, key=lambda seat: key(board, seat)):
        slots = best_seat(schedule, seat) if monotonic() < until and schedule.has_capacity(seat) else None
        if slots is None:
            left.append(seat.number)
        else:
            schedule.put(slots)
    return left


def _ease(board: Board, seat: Seat) -> tuple[int, int, int]:
    choices = sum(len(board.gate.juries(seat.number, day)) for day in seat.days)
    longest = max(part.minutes for part in seat.parts)
    return -len(seat.parts), -longest, choices


def _length(board: Board, seat: Seat) -> tuple[int, int, int]:
    return sum(part.minutes for part in seat.parts), *_ease(board, seat)[1:]


def best_seat(schedule: Schedule, seat: Seat) -> list[Slot] | None:
    """The cheapest slots for a candidate: fewest new days of jurors, least travel, fullest day."""
    return _parted(schedule, seat) if len(seat.parts) > 1 else _single(schedule, seat)


def _single(schedule: Schedule, seat: Seat) -> list[Slot] | None:
    best: tuple[tuple[int, int, int, int], Slot] | None = None
    for day in seat.days:
        for place in seat.places:
            for jury in _worth_trying(schedule, seat, day, place):
                slot = _slot(schedule, seat, 0, day, place, jury)
                if slot is not None and (best is None or (cost := _cost(schedule, slot)) < best[0]):
                    best = (_cost(schedule, slot) if best is None else cost), slot
    return [best[1]] if best else None


def _parted(schedule: Schedule, seat: Seat) -> list[Slot] | None:
    """Several visits, all before one jury: the cheapest of the juries that have time for all of them."""
    best: tuple[tuple[int, ...], list[Slot]] | None = None
    for place in seat.places:
        days_of: dict[Jury, list[int]] = {}
        for day in seat.days:
            for jury in _worth_trying(schedule, seat, day, place):
                days_of.setdefault(jury, []).append(day)
        for jury, days in days_of.items():
            slots = _in_turn(schedule, seat, jury, days, place)
            if slots is not None:
                cost = tuple(map(sum, zip(*(_cost(schedule, slot) for slot in slots), strict=True)))
                if best is None or cost < best[0]:
                    best = cost, slots
    return best[1] if best else None


def _in_turn(schedule: Schedule, seat: Seat, jury: Jury, days: Sequence[int], place: Place) -> list[Slot] | None:
    trial, slots = schedule, list[Slot]()
    for number in range(len(seat.parts)):
        found = [slot for day in days if (slot := _slot(trial, seat, number, day, place, jury)) is not None]
        if not found:
            return None
        slots.append(min(found, key=lambda slot: _cost(trial, slot)))
        trial = schedule.copy()
        trial.put(slots)
    return slots


def _slot(schedule: Schedule, seat: Seat, number: int, day: int, place: Place, jury: Jury) -> Slot | None:
    part = seat.parts[number]
    starts = schedule.first_start(jury, day, place, part.minutes, part.room)
    return None if starts is None else Slot(seat.number, number, day, starts, starts + part.minutes, place, jury)


def _cost(schedule: Schedule, slot: Slot) -> tuple[int, int, int, int]:
    """New days of jurors, travel, minutes left to the jury that day, days that its members sit."""
    board, taken = schedule.board, schedule.taken
    new = sum((juror, slot.day) not in taken for juror in slot.jury)
    way, used = 0, 0
    for juror in slot.jury:
        slots = taken.get((juror, slot.day), [])
        after = sorted([*slots, slot], key=lambda other: other.starts)
        way += schedule.way(juror, after) - (schedule.way(juror, slots) if slots else 0)
        used += sum(other.ends - other.starts for other in slots)
    load = sum((juror, day) in taken for juror in slot.jury for day in range(len(board.days))) if new else 0
    return new, way if not new else way + 20 * load, -used, slot.starts


def _worth_trying(schedule: Schedule, seat: Seat, day: int, place: Place) -> Iterator[Jury]:
    """Juries that sit that day, then some that do not yet: those of members who sit least."""
    lawful = schedule.board.juries(seat, day, place)
    taken = schedule.taken
    sitting = [jury for jury in lawful if any((juror, day) in taken for juror in jury)]
    yield from sitting
    idle = [jury for jury in lawful if not any((juror, day) in taken for juror in jury)]
    if len(idle) > _NEW_JURIES:
        idle.sort(key=lambda jury: _effort(schedule, jury, place))
        idle = idle[:_NEW_JURIES]
    yield from idle


def _effort(schedule: Schedule, jury: Jury, place: Place) -> int:
    board = schedule.board
    days = sum((juror, day) in schedule.taken for juror in jury for day in range(len(board.days)))
    return 20 * days + 2 * sum(board.from_home(juror, place.site) for juror in jury)
