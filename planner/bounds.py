"""What no plan can do better: how many candidates can be seated, and on how few days of jurors."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Mapping, Sequence
from time import monotonic

from ortools.linear_solver import pywraplp  # type: ignore[import-untyped]

from planner.board import Board, Seat
from planner.construct import demand_of
from planner.sides import days_of, groups_of, jurors_of, sides_of
from planner.tours import Kind, fill_days, rounded_up


def most_seated(board: Board, seats: Sequence[Seat]) -> int:
    """How many of ``seats`` could be seated at most: by each block's capacity, each juror's days and each site's rooms.

    The relaxation lets visits be cut up over days and juries; what it allows, no plan surpasses.
    """
    able = {seat.number: jurors_of(board, seat) for seat in seats}
    solver = pywraplp.Solver.CreateSolver("GLOP")
    solver.Objective().SetMaximization()
    blocks = {block: solver.Constraint(0, number) for block, number in board.capacity.items()}
    time = {n: solver.Constraint(0, _minutes(board) * days_of(board, n)) for n in range(len(board.jurors))}
    long = {n: solver.Constraint(0, days_of(board, n)) for n in range(len(board.jurors))}
    hours = board.hours
    rooms = {
        site.id: solver.Constraint(0, site.rooms * len(board.days) * (hours.closes - hours.opens + hours.turnover))
        for site in board.sites.values()
    }
    for seat in seats:
        open_to = all(board.capacity.get(block, 0) for block in seat.blocks)
        if not (able[seat.number] and open_to):
            continue
        seated = solver.NumVar(0, 1, "")
        solver.Objective().SetCoefficient(seated, 1)
        for block in seat.blocks:
            blocks[block].SetCoefficient(seated, 1)
        if len(seat.places) == 1 and seat.places[0].site:
            taken = sum(part.minutes + hours.turnover for part in seat.parts if part.room)
            rooms[seat.places[0].site].SetCoefficient(seated, taken)
        whole = solver.Constraint(0, 0)
        whole.SetCoefficient(seated, -board.gate.size)
        for juror in able[seat.number]:
            _share(solver, board, seat, (seated, whole), (time[juror], long[juror]))
    if solver.Solve() != pywraplp.Solver.OPTIMAL:
        return sum(bool(jurors) for jurors in able.values())
    most: float = solver.Objective().Value()
    return math.floor(most + 1e-6)


def _share(
    solver: pywraplp.Solver,
    board: Board,
    seat: Seat,
    of: tuple[pywraplp.Variable, pywraplp.Constraint],
    juror: tuple[pywraplp.Constraint, pywraplp.Constraint],
) -> None:
    """How much of the candidate this juror sees, against the juror's minutes and days."""
    share = solver.NumVar(0, 1, "")
    of[1].SetCoefficient(share, 1)
    once = solver.Constraint(-solver.infinity(), 0)
    once.SetCoefficient(share, 1)
    once.SetCoefficient(of[0], -1)
    juror[0].SetCoefficient(share, sum(part.minutes + board.hours.turnover for part in seat.parts))
    # Two visits that take more than half of what a day holds are never on one day.
    longest = sum(2 * (part.minutes + board.hours.turnover) > _minutes(board) for part in seat.parts)
    juror[1].SetCoefficient(share, longest)


def _minutes(board: Board) -> int:
    """The minutes of a juror's day, with the turnover after the last visit."""
    return board.hours.capacity + board.hours.turnover


def fewest_juror_days(board: Board, seats: Sequence[Seat], until: float, left_out: int = 0) -> int:
    """The fewest days of jurors on which ``seats`` can be held in the visits that they have, but ``left_out`` of them.

    Where every jury is one of these and one of those (a president, an expert), each side is counted by itself, and in
    each side the circles that share no juror.
    """
    left_out *= max((len(seat.parts) for seat in seats), default=1)
    sides = sides_of(board, seats)
    if sides is None:
        groups, size = [list(seats)], board.gate.size
    else:
        groups, size = [group for side in sides for group in groups_of(board, seats, side)], 1
    total = 0
    for number, group in enumerate(groups):
        share = monotonic() + (until - monotonic()) / (len(groups) - number)
        held = _anywhere(demand_of(group)) if len(group) > _FEW else demand_of(group)
        fewest = fill_days(board, {kind: size * count for kind, count in held.items()}, share, size * left_out).fewest
        total += rounded_up(fewest)
    if left_out and len(groups) > 1:
        # In every group somebody may be left out, but only so many in all: reckoned for all together, that tells.
        everybody = {kind: board.gate.size * count for kind, count in _anywhere(demand_of(seats)).items()}
        together = fill_days(board, everybody, max(until, monotonic() + 1), board.gate.size * left_out).fewest
        total = max(total, rounded_up(together))
    return total


_FEW = 120
"""In larger circles the ways between sites are left out of the bound, which takes too long with them."""


def _anywhere(demand: Mapping[Kind, int]) -> Counter[Kind]:
    found = Counter[Kind]()
    for kind, number in demand.items():
        found[Kind(kind.minutes, ("",))] += number
    return found
