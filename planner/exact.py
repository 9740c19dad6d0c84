"""Some candidates and some days of jurors, planned anew to the minute: an exact model of every rule."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from typing import NamedTuple

from ortools.sat.python import cp_model

from planner.board import UNKNOWN, Place, Seat
from planner.gate import Jury
from planner.schedule import Schedule, Slot
from planner.solving import solved

UNSEATED, MOVED, NEW_DAY = 50_000_000, 1_000_000, 20_000
"""Weights against a minute on the way: one level more always outweighs all below it that a neighbourhood holds."""


_BELOW = 40_000_000
"""More than all levels below the first come to."""


class _Choice(NamedTuple):
    """One part of a candidate on a day before a jury at a place, if ``used``."""

    day: int
    jury: Jury
    place: Place
    used: cp_model.IntVar


class _Visit(NamedTuple):
    """One part: its start (minutes from midnight), how long it is, and what can be chosen for it."""

    seat: Seat
    part: int
    starts: cp_model.LinearExprT
    step: cp_model.IntVar
    minutes: int
    choices: list[_Choice]

    def when(self, juror: int, day: int, site: str | None = None) -> list[cp_model.IntVar]:
        """What puts this visit before the juror on that day (at that site)."""
        return [
            choice.used
            for choice in self.choices
            if choice.day == day and juror in choice.jury and (site is None or choice.place.site == site)
        ]


class Exact:
    """The model of a neighbourhood: free are ``seats`` (not in ``schedule``) and the days ``free`` of jurors."""

    def __init__(
        self,
        schedule: Schedule,
        seats: Sequence[Seat],
        free: Iterable[tuple[int, int]],
        published: Mapping[int, tuple[Slot, ...]],
    ) -> None:
        self.schedule, self.board = schedule, schedule.board
        self.model, self.free = cp_model.CpModel(), sorted(set(free))
        self.published = published
        self.seated: dict[int, cp_model.IntVar] = {}
        self.kept: dict[int, cp_model.IntVar] = {}
        self.visits: list[_Visit] = []
        self.fewest_unseated = 0
        days = {day for _, day in self.free}
        jurors = {day: frozenset(j for j, other in self.free if other == day) for day in days}
        for seat in seats:
            self._seat(seat, jurors)
        self.used = {key: self._juror_day(*key) for key in self.free}
        self._rooms(days)
        self._capacity(seats)

    def _seat(self, seat: Seat, jurors: Mapping[int, frozenset[int]]) -> None:
        model, hours = self.model, self.board.hours
        on = self.seated[seat.number] = model.new_bool_var("")
        places = {place: model.new_bool_var("") for place in seat.places}
        model.add(sum(places.values()) == 1) if places else model.add(on == 0)
        of_jury: list[dict[Jury, list[cp_model.IntVar]]] = []
        for number, part in enumerate(seat.parts):
            first, last = -(-hours.opens // hours.step), (hours.closes - part.minutes) // hours.step
            step = model.new_int_var(first, max(first, last), "")
            choices, juries = list[_Choice](), dict[Jury, list[cp_model.IntVar]]()
            for day in seat.days if first <= last else ():
                for place, here in places.items():
                    for jury in self.board.juries(seat, day, place) if day in jurors else ():
                        if jurors[day].issuperset(jury):
                            used = model.new_bool_var("")
                            model.add_implication(used, here)
                            choices.append(_Choice(day, jury, place, used))
                            juries.setdefault(jury, []).append(used)
            model.add(sum(choice.used for choice in choices) == on)
            self.visits.append(_Visit(seat, number, step * hours.step, step, part.minutes, choices))
            of_jury.append(juries)
        for juries in of_jury[1:]:
            for jury in juries.keys() | of_jury[0].keys():
                model.add(sum(juries.get(jury, ())) == sum(of_jury[0].get(jury, ())))
        if seat.number in self.published:
            self._keeps(seat, on)

    def _keeps(self, seat: Seat, on: cp_model.IntVar) -> None:
        """Whether the candidate stays where the published plan has them."""
        kept = self.kept[seat.number] = self.model.new_bool_var("")
        self.model.add_implication(kept, on)
        for slot, visit in zip(self.published[seat.number], self.visits[-len(seat.parts) :], strict=True):
            same = [c.used for c in visit.choices if (c.day, c.jury, c.place) == (slot.day, slot.jury, slot.place)]
            self.model.add_bool_or([*same, ~kept])
            self.model.add(visit.starts == slot.starts).only_enforce_if(kept)

    def _juror_day(self, juror: int, day: int) -> cp_model.IntVar:
        """A juror's day: one visit at a time, turnover, ways and lunch between them; whether it is used at all."""
        model, hours = self.model, self.board.hours
        fixed = self.schedule.taken.get((juror, day), [])
        visits = [(visit, when) for visit in self.visits if (when := visit.when(juror, day))]
        lunch = model.new_int_var(hours.lunch_from, max(hours.lunch_from, hours.lunch_until - hours.lunch), "")
        meal = model.new_interval_var(lunch, hours.lunch, lunch + hours.lunch, "")
        apart = [
            model.new_interval_var(s.starts, s.ends + hours.turnover - s.starts, s.ends + hours.turnover, "")
            for s in fixed
        ]
        fed = [meal, *(model.new_interval_var(s.starts, s.ends - s.starts, s.ends, "") for s in fixed)]
        used = model.new_bool_var("")
        here: list[tuple[cp_model.LinearExprT, int, cp_model.IntVar, dict[str, list[cp_model.IntVar]]]] = []
        for visit, when in visits:
            on = when[0] if len(when) == 1 else model.new_bool_var("")
            if len(when) > 1:
                model.add(sum(when) == on)
            model.add_implication(on, used)
            taken = visit.minutes + hours.turnover
            apart.append(model.new_optional_interval_var(visit.starts, taken, visit.starts + taken, on, ""))
            fed.append(
                model.new_optional_interval_var(visit.starts, visit.minutes, visit.starts + visit.minutes, on, "")
            )
            sites = {choice.place.site for choice in visit.choices}
            here.append((visit.starts, visit.minutes, on, {site: visit.when(juror, day, site) for site in sites}))
        model.add_no_overlap(apart)
        model.add_no_overlap(fed)
        if fixed:
            model.add(used == 1)
        certain = model.new_constant(1)
        here += [(slot.starts, slot.ends - slot.starts, certain, {slot.place.site: [certain]}) for slot in fixed]
        self._ways(here, len(visits), lunch)
        return used

    def _ways(
        self,
        here: Sequence[tuple[cp_model.LinearExprT, int, cp_model.IntVar, dict[str, list[cp_model.IntVar]]]],
        free: int,
        lunch: cp_model.IntVar,
    ) -> None:
        """Between visits at different sites lies the way, and the lunch wholly before or after it."""
        model, hours = self.model, self.board.hours
        after: dict[int, cp_model.IntVar] = {}
        for a in range(free):
            for b in range(a + 1, len(here)):
                ways = {
                    (one, other): way
                    for one in here[a][3]
                    for other in here[b][3]
                    if (way := self.board.travel(one, other)) > 0
                }
                if not ways:
                    continue
                first = model.new_bool_var("")
                for number in (a, b):
                    if number not in after:
                        after[number] = model.new_bool_var("")
                        model.add(here[number][0] >= lunch + hours.lunch).only_enforce_if(after[number])
                        model.add(here[number][0] + here[number][1] <= lunch).only_enforce_if(
                            ~after[number], here[number][2]
                        )
                for (one, other), way in ways.items():
                    for x in here[a][3][one]:
                        for y in here[b][3][other]:
                            if way >= UNKNOWN:
                                model.add_bool_or(~x, ~y)
                                continue
                            self._order((a, b), here, way, [x, y], first, after)

    def _order(
        self,
        pair: tuple[int, int],
        here: Sequence[tuple[cp_model.LinearExprT, int, cp_model.IntVar, dict[str, list[cp_model.IntVar]]]],
        way: int,
        both: list[cp_model.IntVar],
        first: cp_model.IntVar,
        after: Mapping[int, cp_model.IntVar],
    ) -> None:
        gap = max(way, self.board.hours.turnover)
        for (a, b), order in ((pair, first), (pair[::-1], ~first)):
            ends, starts = here[a][0] + here[a][1], here[b][0]
            self.model.add(starts >= ends + gap).only_enforce_if(*both, order)
            between = self.board.hours.lunch + way
            self.model.add(starts >= ends + between).only_enforce_if(*both, order, ~after[a], after[b])

    def _rooms(self, days: Iterable[int]) -> None:
        model, turnover = self.model, self.board.hours.turnover
        for site in self.board.sites.values():
            for day in sorted(days):
                spans = []
                for visit in self.visits:
                    here = [c.used for c in visit.choices if c.day == day and c.place.site == site.id]
                    if here and visit.seat.parts[visit.part].room:
                        on = model.new_bool_var("")
                        model.add(sum(here) == on)
                        taken = visit.minutes + turnover
                        spans.append(model.new_optional_interval_var(visit.starts, taken, visit.starts + taken, on, ""))
                if not spans:
                    continue
                for starts, ends in self.schedule.rooms.get((site.id, day), ()):
                    spans.append(model.new_interval_var(starts, ends - starts, ends, ""))
                if len(spans) > site.rooms:
                    model.add_cumulative(spans, [1] * len(spans), site.rooms)

    def _capacity(self, seats: Sequence[Seat]) -> None:
        for block, number in sorted(self.board.capacity.items()):
            asking = [self.seated[seat.number] for seat in seats if block in seat.blocks]
            if self.schedule.held.get(block, 0) + len(asking) > number:
                self.model.add(sum(asking) <= number - self.schedule.held.get(block, 0))
        for seat in seats:
            if any(block not in self.board.capacity for block in seat.blocks):
                self.model.add(self.seated[seat.number] == 0)

    def solve(self, seconds: float, start: Sequence[Slot], fewer: bool = False) -> list[Slot] | None:
        """The best slots found from ``start``; None when nothing was found in time.

        With ``fewer`` only what spares at least one day of a juror will do, and unseats nobody and moves nobody.
        """
        if fewer:
            seated = {slot.seat for slot in start}
            self.model.add(sum(self.used.values()) < len(self.free))
            self.model.add(sum(self.seated.values()) >= len(seated))
            for seat in seated & self.kept.keys():
                self.model.add(self.kept[seat] == 1)
        else:
            self._hint(start)
            self.model.minimize(self._cost())
        solver = solved(self.model, seconds)
        if solver is None:
            return None
        self.fewest_unseated = math.ceil(max(0.0, solver.best_objective_bound - _BELOW) / UNSEATED)
        return [
            Slot(v.seat.number, v.part, c.day, at := solver.value(v.starts), at + v.minutes, c.place, c.jury)
            for v in self.visits
            for c in v.choices
            if solver.boolean_value(c.used)
        ]

    def _cost(self) -> cp_model.LinearExprT:
        terms = [UNSEATED * (1 - on) for on in self.seated.values()]
        terms += [MOVED * (on - kept) for seat, kept in self.kept.items() if (on := self.seated[seat]) is not None]
        terms += [NEW_DAY * used for used in self.used.values()]
        for visit in self.visits:
            for choice in visit.choices:
                way = (
                    sum(self.board.from_home(juror, choice.place.site) for juror in choice.jury)
                    if choice.place.site
                    else 0
                )
                terms.append(way * choice.used)
        return sum(terms)

    def _hint(self, start: Sequence[Slot]) -> None:
        stands = {(slot.seat, slot.part): slot for slot in start}
        for seat, on in self.seated.items():
            self.model.add_hint(on, int((seat, 0) in stands))
        for visit in self.visits:
            slot = stands.get((visit.seat.number, visit.part))
            if slot is not None:
                self.model.add_hint(visit.step, slot.starts // self.board.hours.step)
            for choice in visit.choices:
                chosen = slot is not None and (choice.day, choice.jury, choice.place) == (
                    slot.day,
                    slot.jury,
                    slot.place,
                )
                self.model.add_hint(choice.used, int(chosen))
