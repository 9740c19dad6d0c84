"""Days filled well: what one jury can see in a day, from place to place, and how few such days there must be.

A linear programme over all tours of a day, of which only those that improve it are ever made: the best tour at given
prices is a longest path through the day. Its value is a bound that no plan passes; its tours make a good plan.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Mapping, Sequence
from itertools import pairwise
from time import monotonic
from typing import NamedTuple

from ortools.linear_solver import pywraplp  # type: ignore[import-untyped]

from planner.board import UNKNOWN, Board


class Kind(NamedTuple):
    """Visits that nothing tells apart while days are filled: how long, and at which sites they can be."""

    minutes: int
    sites: tuple[str, ...]


class Stop(NamedTuple):
    """A visit of a kind, at one of its sites."""

    kind: Kind
    site: str


Tour = tuple[Stop, ...]


class Filling(NamedTuple):
    """``fewest``: no fewer days than this hold what was asked. ``tours``: those of which the relaxation is made."""

    fewest: float
    tours: tuple[Tour, ...]


_Ready = tuple[int, str, bool]
"""The next visit can start at this minute, at this site; whether there was lunch."""

_NOTHING = (0.0,)

_TOO_FAR = 100_000
"""Minutes on the way that would weigh as much as one more day: more than any plan has."""


_LEFT_OUT = 50
"""A visit that is left out weighs as much as so many days."""


class _Ways:
    """The day as a graph: when the next visit can start at each site, after a visit has ended."""

    def __init__(self, board: Board, kinds: Sequence[Kind]) -> None:
        self.hours = board.hours
        self.sites = sorted({site for kind in kinds for site in kind.sites})
        self._onwards: dict[_Ready, list[_Ready]] = {}
        self.at = {site: [kind for kind in kinds if site in kind.sites] for site in self.sites}
        self.near = {
            here: [(there, way) for there in self.sites if (way := board.travel(here, there)) < UNKNOWN // 4]
            for here in self.sites
        }

    def onwards(self, ends: int, way: int, fed: bool) -> list[tuple[int, bool]]:
        """When the next visit can start, ``way`` minutes from here; with lunch on the way if there was none."""
        hours = self.hours
        found = [(hours.align(ends + max(hours.turnover, way)), fed)]
        if not fed:
            found += [(start, True) for start in self._after_lunch(ends, way)]
        return [(start, lunch) for start, lunch in found if start < hours.closes]

    def _after_lunch(self, ends: int, way: int) -> list[int]:
        hours, last = self.hours, self.hours.lunch_until - self.hours.lunch
        here, there = max(ends, hours.lunch_from), max(ends + way, hours.lunch_from)
        starts = [here + hours.lunch + way] if here <= last else []
        starts += [there + hours.lunch] if there <= last else []
        least = ends + max(hours.turnover, way)
        return [hours.align(max(min(starts), least))] if starts else []

    def first(self) -> list[tuple[int, bool]]:
        """When the first visit can start: in the morning, or after lunch."""
        hours = self.hours
        return [
            (hours.align(hours.opens), False),
            (hours.align(max(hours.opens, hours.lunch_from + hours.lunch)), True),
        ]

    def may_end(self, ends: int, fed: bool) -> bool:
        """Whether the day can be over then: within its hours, and time for lunch if there was none."""
        return ends <= self.hours.closes and (fed or ends <= self.hours.lunch_until - self.hours.lunch)

    def best(self, prices: Mapping[Kind, float]) -> list[tuple[float, Tour]]:
        """The tours worth most at these prices, one for each visit that can be the last."""
        worth: dict[_Ready, tuple[float, _Ready | None, Stop | None]] = {}
        moments: dict[int, list[_Ready]] = {}
        for start, fed in self.first():
            for site in self.sites:
                worth[start, site, fed] = 0.0, None, None
                moments.setdefault(start, []).append((start, site, fed))
        over: dict[Stop, tuple[float, _Ready, Stop]] = {}
        dearest = {site: self._dearest(site, prices) for site in self.sites}
        for moment in range(self.hours.align(self.hours.opens), self.hours.closes, self.hours.step):
            for ready in moments.pop(moment, ()):
                so_far, site, fed = worth[ready][0], ready[1], ready[2]
                for kind in dearest[site]:
                    ends, value = moment + kind.minutes, so_far + prices[kind]
                    if ends > self.hours.closes:
                        continue
                    stop = Stop(kind, site)
                    if value > over.get(stop, _NOTHING)[0] and self.may_end(ends, fed):
                        over[stop] = value, ready, stop
                    for onwards in self._next(ends, site, fed):
                        known = worth.get(onwards)
                        if known is None:
                            moments.setdefault(onwards[0], []).append(onwards)
                        if known is None or value > known[0]:
                            worth[onwards] = value, ready, stop
        found = [(value, self._trace(worth, ready, stop)) for value, ready, stop in over.values()]
        return sorted(found, reverse=True)

    def _dearest(self, site: str, prices: Mapping[Kind, float]) -> list[Kind]:
        """Of visits equally long the dearest one is best, whatever follows."""
        found: dict[int, Kind] = {}
        for kind in self.at[site]:
            if prices[kind] > 0 and (kind.minutes not in found or prices[kind] > prices[found[kind.minutes]]):
                found[kind.minutes] = kind
        return list(found.values())

    def _next(self, ends: int, site: str, fed: bool) -> list[_Ready]:
        key = ends, site, fed
        if key not in self._onwards:
            self._onwards[key] = [
                (start, there, lunch) for there, way in self.near[site] for start, lunch in self.onwards(ends, way, fed)
            ]
        return self._onwards[key]

    @staticmethod
    def _trace(worth: Mapping[_Ready, tuple[float, _Ready | None, Stop | None]], ready: _Ready, last: Stop) -> Tour:
        stops, at = [last], ready
        while True:
            _, before, via = worth[at]
            if before is None or via is None:
                return tuple(reversed(stops))
            stops.append(via)
            at = before


def fill_days(board: Board, demand: Mapping[Kind, int], until: float, left_out: int = 0) -> Filling:
    """Tours that hold ``demand`` (kind -> how many) but ``left_out`` of it, and the bound on their number.

    At the moment ``until`` (monotonic) it ends with the bound that it has by then.
    """
    kinds = sorted(kind for kind in demand if kind.sites)
    ways, fewest = _Ways(board, kinds), 0.0
    solver = pywraplp.Solver.CreateSolver("GLOP")
    solver.Objective().SetMinimization()
    rows = {kind: solver.Constraint(demand[kind], solver.infinity()) for kind in kinds}
    spare = solver.Constraint(-solver.infinity(), left_out)
    tours: dict[Tour, None] = {}
    for kind in kinds:
        out = solver.NumVar(0, demand[kind], "")
        rows[kind].SetCoefficient(out, 1)
        spare.SetCoefficient(out, 1)
        _add(solver, rows, tours, (Stop(kind, kind.sites[0]),))
    while monotonic() < until and solver.Solve() == pywraplp.Solver.OPTIMAL:
        prices = {kind: max(0.0, rows[kind].dual_value()) for kind in kinds}
        found = ways.best(prices)
        best = found[0][0] if found else 0.0
        value = sum(prices[kind] * demand[kind] for kind in kinds) + spare.dual_value() * left_out
        # At prices divided by what the best tour is worth, no tour is worth more than a day: a bound at every round.
        fewest = max(fewest, value / max(1.0, best))
        better = [tour for worth, tour in found if worth > 1 + 1e-6 and tour not in tours]
        if best <= 1 + 1e-6 or not better:
            break
        for tour in better:
            _add(solver, rows, tours, tour)
    return Filling(fewest, tuple(tours))


def _add(
    solver: pywraplp.Solver, rows: Mapping[Kind, pywraplp.Constraint], tours: dict[Tour, None], tour: Tour
) -> None:
    tours[tour] = None
    column = solver.NumVar(0, solver.infinity(), "")
    solver.Objective().SetCoefficient(column, 1)
    for kind, number in Counter(stop.kind for stop in tour).items():
        rows[kind].SetCoefficient(column, number)


class Pool(NamedTuple):
    """The tours of one circle of candidates, what they are to hold, and how many days its juries have."""

    demand: Mapping[Kind, int]
    tours: Sequence[Tour]
    most: int


def choose(board: Board, pools: Sequence[Pool], most: int, seconds: float) -> list[list[Tour]]:
    """Tours of each pool, ``most`` in all, that hold as many visits as found, on as few days, by short ways."""
    solver = pywraplp.Solver.CreateSolver("SCIP")
    solver.SetTimeLimit(round(1000 * seconds))
    solver.Objective().SetMinimization()
    days = solver.Constraint(-solver.infinity(), most)
    times = [_chosen(solver, board, pool, days) for pool in pools]
    if solver.Solve() not in (pywraplp.Solver.OPTIMAL, pywraplp.Solver.FEASIBLE):
        return [[] for _ in pools]
    return [
        _without_excess(pool, [round(number.solution_value()) for number in own])
        for pool, own in zip(pools, times, strict=True)
    ]


def _chosen(solver: pywraplp.Solver, board: Board, pool: Pool, days: pywraplp.Constraint) -> list[pywraplp.Variable]:
    goal = solver.Objective()
    rows, own = {}, solver.Constraint(-solver.infinity(), pool.most)
    for kind, number in pool.demand.items():
        rows[kind] = solver.Constraint(number, solver.infinity())
        out = solver.NumVar(0, number, "")
        rows[kind].SetCoefficient(out, 1)
        goal.SetCoefficient(out, _LEFT_OUT)
    times = []
    for tour in pool.tours:
        number = solver.IntVar(0, sum(pool.demand.values()), "")
        times.append(number)
        own.SetCoefficient(number, 1)
        days.SetCoefficient(number, 1)
        way = sum(board.travel(here.site, there.site) for here, there in pairwise(tour))
        goal.SetCoefficient(number, 1 + way / _TOO_FAR)
        for kind, held in Counter(stop.kind for stop in tour).items():
            rows[kind].SetCoefficient(number, held)
    return times


def _without_excess(pool: Pool, times: Sequence[int]) -> list[Tour]:
    left, chosen = Counter(pool.demand), list[Tour]()
    for tour, number in zip(pool.tours, times, strict=True):
        for _ in range(number):
            kept = []
            for stop in tour:
                if left[stop.kind]:
                    left[stop.kind] -= 1
                    kept.append(stop)
            chosen += [tuple(kept)] if kept else []
    return chosen


def rounded_up(days: float) -> int:
    """The least whole number that is not below ``days``, which an imprecise sum may have made too large."""
    return math.ceil(days - 1e-4)
