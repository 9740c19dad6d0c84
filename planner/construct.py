"""The first plan: tours of a day from the relaxation, their visits given to candidates, their days to juries."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from time import monotonic
from typing import NamedTuple

from planner.board import Board, Seat
from planner.crew import Call, Option, Round
from planner.gate import Jury
from planner.greedy import fill
from planner.placing import place_rounds
from planner.schedule import Schedule, Slot
from planner.sides import most_days
from planner.tours import Kind, Pool, Tour, choose, fill_days


def construct(schedule: Schedule, seats: Sequence[Seat], until: float) -> list[int]:
    """Seat ``seats`` in ``schedule``, until the moment ``until``; those for whom there was nothing come back."""
    board, pools = schedule.board, list[Pool]()
    circles = together(board, seats)
    for number, circle in enumerate(circles):
        share = (until - monotonic()) / 3 / (len(circles) - number)
        demand = demand_of(circle)
        tours = fill_days(board, demand, monotonic() + share).tours
        pools.append(Pool(demand, tours, most_days(board, circle)))
    chosen = choose(board, pools, most_days(board, seats), max(1.0, (until - monotonic()) / 3))
    rounds = [calls for circle, tours in zip(circles, chosen, strict=True) for calls in _rounds(board, circle, tours)]
    _seat(schedule, rounds, place_rounds(schedule, rounds))
    return fill(schedule, [seat for seat in seats if seat.number not in schedule.seated], until, shortest=True)


def demand_of(seats: Iterable[Seat]) -> Counter[Kind]:
    """Visits by what tells them apart while days are filled."""
    return Counter(kind for seat in seats for kind in kinds_of(seat))


def kinds_of(seat: Seat) -> list[Kind]:
    """The kind of each of the candidate's visits."""
    sites = tuple(sorted({place.site for place in seat.places}))
    return [Kind(part.minutes, sites) for part in seat.parts]


def together(board: Board, seats: Sequence[Seat]) -> list[list[Seat]]:
    """Candidates in circles: those of two circles never have a whole jury in common."""
    circles: list[tuple[set[Jury], list[Seat]]] = []
    for seat in seats:
        juries = {jury for day in seat.days for jury in board.gate.juries(seat.number, day)}
        meeting = [circle for circle in circles if circle[0] & juries]
        merged = juries.union(*(known for known, _ in meeting)), [s for _, some in meeting for s in some] + [seat]
        circles = [circle for circle in circles if circle not in meeting] + [merged]
    return [circle for _, circle in circles]


class _Item(NamedTuple):
    """One visit to be given to a stop of a tour."""

    seat: int
    part: int


def _rounds(board: Board, seats: Sequence[Seat], tours: Sequence[Tour]) -> list[Round]:
    """The tours with a candidate at every stop, such that those of one tour can have one jury."""
    free: dict[Kind, list[_Item]] = {}
    for seat in seats:
        for number, kind in enumerate(kinds_of(seat)):
            free.setdefault(kind, []).append(_Item(seat.number, number))
    chain = _Chains()
    found = []
    for number, tour in enumerate(tours):
        common: set[Jury] | None = None
        calls = []
        for stop, starts in zip(tour, starts_of(board, tour), strict=True):
            item, common = _suited(board, free[stop.kind], common, chain, number)
            free[stop.kind].remove(item)
            chain.link(item.seat, number)
            place = next(place for place in board.seats[item.seat].places if place.site == stop.site)
            calls.append(Call(item.seat, item.part, place, starts, starts + stop.kind.minutes))
        found.append(tuple(calls))
    return found


def _suited(
    board: Board, free: Sequence[_Item], common: set[Jury] | None, chain: _Chains, tour: int
) -> tuple[_Item, set[Jury]]:
    """Who leaves the tour most juries to choose from; of candidates with several visits, who ties the fewest tours."""
    best: tuple[tuple[int, int], _Item, set[Jury]] | None = None
    for item in free:
        juries = {jury for day in board.seats[item.seat].days for jury in board.gate.juries(item.seat, day)}
        left = juries if common is None else juries & common
        score = -chain.tied(item.seat, tour), len(left)
        if best is None or score > best[0]:
            best = score, item, left
    assert best is not None
    return best[1], best[2]


class _Chains:
    """Tours that must have one jury, because they share a candidate."""

    def __init__(self) -> None:
        self._of: dict[int, set[int]] = {}
        self._tour: dict[int, int] = {}

    def link(self, seat: int, tour: int) -> None:
        """The candidate has a visit in this tour."""
        other = self._tour.setdefault(seat, tour)
        joined = self._of.get(other, {other}) | self._of.get(tour, {tour})
        for number in joined:
            self._of[number] = joined

    def tied(self, seat: int, tour: int) -> int:
        """How many more tours would need one jury if the candidate had a visit in this one."""
        other = self._tour.get(seat)
        if other is None:
            return 1 if len(self._of.get(tour, {tour})) == 1 else 2
        return len(self._of.get(other, {other}) - self._of.get(tour, {tour}))


def starts_of(board: Board, tour: Tour) -> list[int]:
    """When each visit of the tour starts: as early as lunch, wherever it is best taken, allows."""
    found = [starts for lunch in range(len(tour) + 1) if (starts := _with_lunch(board, tour, lunch))]
    return min(found, key=lambda starts: starts[-1])


def _with_lunch(board: Board, tour: Tour, lunch: int) -> list[int]:
    """The starts with lunch before the visit of that position; empty when that does not fit."""
    hours, ends, here = board.hours, -hours_apart(board), tour[0].site
    last = hours.lunch_until - hours.lunch
    starts = []
    for number, stop in enumerate(tour):
        way = board.travel(here, stop.site)
        earliest = max(hours.opens, ends + max(hours.turnover, way))
        if number == lunch:
            eaten = [max(ends, hours.lunch_from), max(ends + way, hours.lunch_from)]
            after = [at + hours.lunch + rest for at, rest in zip(eaten, (way, 0), strict=True) if at <= last]
            if not after:
                return []
            earliest = max(earliest, min(after))
        starts.append(hours.align(earliest))
        ends, here = starts[-1] + stop.kind.minutes, stop.site
    return starts if ends <= hours.closes and (lunch < len(tour) or ends <= last) else []


def hours_apart(board: Board) -> int:
    """Longer than any way: before the first visit nobody comes from another."""
    return 2 * board.hours.closes


def _seat(schedule: Schedule, rounds: Sequence[Round], options: Sequence[Option | None]) -> None:
    slots: dict[int, list[Slot]] = {}
    for calls, option in zip(rounds, options, strict=True):
        for call in calls if option else ():
            assert option is not None
            slot = Slot(call.seat, call.part, option.day, call.starts, call.ends, call.place, option.jury)
            slots.setdefault(call.seat, []).append(slot)
    for index, parts in slots.items():
        seat = schedule.board.seats[index]
        if len(parts) == len(seat.parts) and schedule.has_capacity(seat):
            schedule.put(sorted(parts, key=lambda slot: slot.part))
