"""Juries as two sides (presidents, experts): where each has one of either, the days of each side bound the whole."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from planner.board import Board, Seat


def jurors_of(board: Board, seat: Seat) -> frozenset[int]:
    """Every juror of a jury before which the candidate can lawfully appear."""
    return frozenset(
        juror for day in seat.days for place in seat.places for jury in board.juries(seat, day, place) for juror in jury
    )


def days_of(board: Board, juror: int) -> int:
    """On how many days of the session the juror can sit."""
    return sum(juror in board.gate.there(day) for day in range(len(board.days)))


def most_days(board: Board, seats: Sequence[Seat]) -> int:
    """How many days of juries there can be at most for these candidates."""
    there = sorted({juror for seat in seats for juror in jurors_of(board, seat)})
    sides = sides_of(board, seats)
    if sides is None:
        return sum(days_of(board, juror) for juror in there) // board.gate.size
    return min(sum(days_of(board, juror) for juror in side) for side in sides)


def sides_of(board: Board, seats: Sequence[Seat]) -> tuple[frozenset[int], frozenset[int]] | None:
    """Two halves of the jurors such that every jury has one of each; None where there are no such halves."""
    side: dict[int, int] = {}
    meets: dict[int, set[int]] = {}
    for jury in {jury for seat in seats for day in seat.days for jury in board.gate.juries(seat.number, day)}:
        if len(jury) != 2:
            return None
        meets.setdefault(jury[0], set()).add(jury[1])
        meets.setdefault(jury[1], set()).add(jury[0])
    for first in sorted(meets):
        waiting = [] if first in side else [first]
        side.setdefault(first, 0)
        while waiting:
            juror = waiting.pop()
            for other in meets[juror]:
                if other not in side:
                    side[other] = 1 - side[juror]
                    waiting.append(other)
                elif side[other] == side[juror]:
                    return None
    return frozenset(n for n in side if side[n] == 0), frozenset(n for n in side if side[n] == 1)


def groups_of(board: Board, seats: Iterable[Seat], side: frozenset[int]) -> list[list[Seat]]:
    """Candidates in circles that no juror of this side has in common."""
    groups: list[tuple[frozenset[int], list[Seat]]] = []
    for seat in seats:
        own = jurors_of(board, seat) & side
        meeting = [group for group in groups if group[0] & own]
        joined = own.union(*(known for known, _ in meeting)), [s for _, some in meeting for s in some] + [seat]
        groups = [group for group in groups if group not in meeting] + [joined]
    return [group for _, group in groups]
