"""Days given to juries: filled days (crews' tours) are put on a date and before a jury, all at once."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from itertools import pairwise
from typing import NamedTuple

from ortools.sat.python import cp_model

from planner.board import Board, Place
from planner.gate import Jury
from planner.schedule import Schedule, Slot
from planner.solving import solved


class Call(NamedTuple):
    """One visit of a tour: a candidate's part, at a place, from a minute to another."""

    seat: int
    part: int
    place: Place
    starts: int
    ends: int


Round = tuple[Call, ...]
"""What one jury does on one day, in order."""


class Option(NamedTuple):
    """A round on a day before a jury."""

    day: int
    jury: Jury


def rounds_of(schedule: Schedule, days: Iterable[tuple[Jury, int]]) -> list[tuple[Round, Option]]:
    """The rounds of juries whose members do nothing else on that day; what they hold, and where they stand."""
    found = []
    for jury, day in days:
        slots = schedule.taken.get((jury[0], day), [])
        calls = tuple(Call(s.seat, s.part, s.place, s.starts, s.ends) for s in slots)
        found.append((calls, Option(day, jury)))
    return found


def lawful_options(board: Board, calls: Round) -> list[Option]:
    """The days and juries on which all of a round can lawfully be held, as far as it alone is concerned."""
    found = []
    days = set(range(len(board.days))).intersection(*(board.seats[call.seat].days for call in calls))
    for day in sorted(days):
        common: set[Jury] | None = None
        for call in calls:
            juries = board.juries(board.seats[call.seat], day, call.place)
            common = set(juries) if common is None else common.intersection(juries)
        found += [Option(day, jury) for jury in sorted(common or ())]
    return found


class _Model:
    """Rounds, each on one day before one jury; nobody twice on a day, no room twice at a time."""

    def __init__(self, schedule: Schedule, rounds: Sequence[Round], options: Sequence[Sequence[Option]]) -> None:
        self.board, self.model = schedule.board, cp_model.CpModel()
        self.rounds, self.options = rounds, options
        self.day: list[dict[int, cp_model.IntVar]] = []
        self.jury: list[dict[Jury, cp_model.IntVar]] = []
        self.sits: list[dict[int, cp_model.IntVar]] = []
        for choice in options:
            self._round(choice)
        self._once_a_day(schedule)
        self._rooms(schedule)
        self._same_jury()

    def _round(self, choice: Sequence[Option]) -> None:
        model = self.model
        day = {number: model.new_bool_var("") for number in sorted({option.day for option in choice})}
        jury = {one: model.new_bool_var("") for one in sorted({option.jury for option in choice})}
        model.add_exactly_one(day.values())
        model.add_exactly_one(jury.values())
        sits = {}
        for juror in sorted({juror for one in jury for juror in one}):
            sits[juror] = model.new_bool_var("")
            model.add(sits[juror] == sum(used for one, used in jury.items() if juror in one))
        allowed = set(choice)
        there = {(number, juror) for option in choice for number, juror in ((option.day, j) for j in option.jury)}
        for number, on in day.items():
            for juror, sitting in sits.items():
                if (number, juror) not in there:
                    model.add_bool_or(~on, ~sitting)
            for one, used in jury.items():
                if Option(number, one) not in allowed and all((number, juror) in there for juror in one):
                    model.add_bool_or(~on, ~used)
        self.day.append(day)
        self.jury.append(jury)
        self.sits.append(sits)

    def _once_a_day(self, schedule: Schedule) -> None:
        at: dict[tuple[int, int], list[cp_model.IntVar]] = {}
        for day, sits in zip(self.day, self.sits, strict=True):
            for number, on in day.items():
                for juror, sitting in sits.items():
                    both = self.model.new_bool_var("")
                    self.model.add_bool_or(~on, ~sitting, both)
                    at.setdefault((juror, number), []).append(both)
        for key, several in at.items():
            if key in schedule.taken:
                self.model.add(sum(several) == 0)
            else:
                self.model.add_at_most_one(several)

    def _rooms(self, schedule: Schedule) -> None:
        """At each start of a visit, as many visits as there are rooms; the turnover belongs to the visit."""
        spans: dict[str, list[tuple[int, int, int]]] = {}
        for number, calls in enumerate(self.rounds):
            for call in calls:
                if call.place.site and self.board.seats[call.seat].parts[call.part].room:
                    until = call.ends + self.board.hours.turnover
                    spans.setdefault(call.place.site, []).append((call.starts, until, number))
        for site, visits in spans.items():
            rooms = self.board.sites[site].rooms
            for day in range(len(self.board.days)):
                others = schedule.rooms.get((site, day), [])
                for moment in sorted({starts for starts, _, _ in visits} | {starts for starts, _ in others}):
                    within = [self.day[n][day] for a, b, n in visits if a <= moment < b and day in self.day[n]]
                    held = sum(a <= moment < b for a, b in others)
                    if len(within) + held > rooms:
                        self.model.add(sum(within) <= max(0, rooms - held))

    def _same_jury(self) -> None:
        """The rounds that hold parts of one candidate have one jury."""
        of: dict[int, list[int]] = {}
        for number, calls in enumerate(self.rounds):
            for call in calls:
                if number not in of.setdefault(call.seat, []):
                    of[call.seat].append(number)
        for numbers in of.values():
            for first, second in pairwise(numbers):
                for juror in self.sits[first].keys() | self.sits[second].keys():
                    self.model.add(self.sits[first].get(juror, 0) == self.sits[second].get(juror, 0))

    def cost(self, schedule: Schedule) -> cp_model.LinearExprT:
        """Travel, then load: a minute on the way weighs more than all loads together."""
        board, terms, most = self.board, [], len(self.board.days)
        way = 1 + len(board.jurors) * most * most
        sat = [0] * len(board.jurors)
        for juror, _ in schedule.taken:
            sat[juror] += 1
        for number, calls in enumerate(self.rounds):
            for juror, sitting in self.sits[number].items():
                terms.append(way * _way(schedule, juror, calls) * sitting)
        for juror, already in enumerate(sat):
            sitting_in = [sits[juror] for sits in self.sits if juror in sits]
            if sitting_in:
                square = self.model.new_int_var(0, most * most, "")
                total = already + sum(sitting_in)
                for k in range(already, min(most, already + len(sitting_in)) + 1):
                    self.model.add(square >= (2 * k + 1) * total - k * (k + 1))
                terms.append(square)
        return sum(terms)

    def hint(self, stands: Sequence[Option]) -> None:
        """Begin from where the rounds stand."""
        for number, option in enumerate(stands):
            for day, on in self.day[number].items():
                self.model.add_hint(on, int(option.day == day))
            for jury, used in self.jury[number].items():
                self.model.add_hint(used, int(option.jury == jury))


def _way(schedule: Schedule, juror: int, calls: Round) -> int:
    slots = [Slot(call.seat, call.part, 0, call.starts, call.ends, call.place, ()) for call in calls]
    return schedule.way(juror, slots)


def put_rounds(
    schedule: Schedule,
    rounds: Sequence[Round],
    choices: Sequence[Sequence[Option]],
    stands: Sequence[Option],
    seconds: float,
) -> list[Option]:
    """Another day or jury of its ``choices`` for each round beside what is taken in ``schedule``, such that ways are
    shorter, then loads more even; ``stands`` is where the rounds are now, and stay when nothing better is found."""
    built = _Model(schedule, rounds, choices)
    built.model.minimize(built.cost(schedule))
    built.hint(stands)
    solver = solved(built.model, seconds)
    if solver is None:
        return list(stands)
    return [_chosen(solver, day, jury) for day, jury in zip(built.day, built.jury, strict=True)]


def _chosen(
    solver: cp_model.CpSolver, day: Mapping[int, cp_model.IntVar], jury: Mapping[Jury, cp_model.IntVar]
) -> Option:
    on = next(number for number, used in day.items() if solver.boolean_value(used))
    return Option(on, next(one for one, used in jury.items() if solver.boolean_value(used)))
