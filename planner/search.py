"""From a problem to a plan: a first plan, its bounds, then part after part planned anew while time lasts."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from random import Random
from threading import Event
from time import monotonic
from typing import NamedTuple

from domain.plan import Plan, PlanProblem
from domain.plan_check import check_plan
from domain.refusal import refuse
from domain.scheme.model import Scheme
from planner import neighbours
from planner.board import Board, Seat
from planner.bounds import fewest_juror_days, most_seated
from planner.construct import construct
from planner.crew import Option, lawful_options, put_rounds
from planner.exact import Exact
from planner.explain import explain
from planner.greedy import best_seat, fill
from planner.parts import asks, other_parts
from planner.schedule import LEVELS, Schedule, Slot, Worth
from planner.visits import still_lawful, visits_of


class Progress(NamedTuple):
    """An improvement: after how many seconds, what the plan is worth now, and what nothing can do better."""

    seconds: float
    worth: Worth
    bound: Worth
    gap: float


class Unlawful(Exception):
    """A plan was made that the independent check objects to: a fault of the planner."""


def plan(
    scheme: Scheme,
    problem: PlanProblem,
    *,
    seconds: float = 60,
    stop: Event | None = None,
    progress: Callable[[Progress], None] = lambda step: None,
) -> Plan:
    """The best plan found in ``seconds``, or until ``stop`` is set, or until nothing can be better.

    Unseated candidates come with the rules in the way. The same problem gives the same plan only as far as time allows.

    Raises:
        Refused: ``plan.no_candidates``, ``plan.no_jurors``, ``plan.no_days``, ``plan.fixed_unlawful``.
        Unlawful: when the plan breaks a rule, which is a fault of the planner.
    """
    search = Search(scheme, problem, monotonic() + seconds, stop or Event(), progress)
    search.run()
    return search.plan()


class Search:
    """One run of the planner."""

    def __init__(
        self,
        scheme: Scheme,
        problem: PlanProblem,
        until: float,
        stop: Event,
        progress: Callable[[Progress], None],
    ) -> None:
        self._require(scheme, problem)
        self.start, self.until, self._stop, self._progress = monotonic(), until, stop, progress
        self.board = board = Board(scheme, problem)
        if not board.days:
            raise refuse("plan.no_days", opens=problem.opens.isoformat(), closes=problem.closes.isoformat())
        self.asking = [seat for seat in board.seats if asks(scheme, problem.candidates[seat.number])]
        self.seats = [seat for seat in self.asking if board.can_be_seated(seat)]
        self.published: dict[int, tuple[Slot, ...]] = {}
        self.fixed: set[int] = set()
        self.schedule = Schedule(board)
        self.bound = Worth(0, 0, 0, 0, 0)
        self._whole_tried = False
        self._chance = Random(7)  # noqa: S311 - the same neighbourhoods every time, not a secret

    @staticmethod
    def _require(scheme: Scheme, problem: PlanProblem) -> None:
        if scheme.conduct is None:
            raise refuse("plan.no_conduct", scheme=scheme.id)
        if not problem.candidates:
            raise refuse("plan.no_candidates", session=problem.session)
        if not problem.jurors:
            raise refuse("plan.no_jurors", session=problem.session)

    @property
    def over(self) -> bool:
        """Whether it is time to stop."""
        return self._stop.is_set() or monotonic() >= self.until

    def run(self) -> None:
        """Keep what was published, seat the others, then improve."""
        self._keep()
        new = [seat for seat in self.seats if seat.number not in self.schedule.seated]
        if len(new) > _MANY:
            construct(self.schedule, new, monotonic() + (self.until - monotonic()) / 2)
        else:
            fill(self.schedule, new, self.start + (self.until - self.start) / 2)
        self._shortest_first(new)
        self._part()
        self._bound()
        self._tell()
        self._improve()

    def _shortest_first(self, new: Sequence[Seat]) -> None:
        """Where not all can be seated, try whether more can when the shortest visits come first."""
        kept = set(self.schedule.seated) - {seat.number for seat in new}
        if len(self.schedule.seated) < len(kept) + len(new):
            trial = Schedule(self.board, [slot for seat in kept for slot in self.schedule.seated[seat]])
            fill(trial, new, monotonic() + (self.until - monotonic()) / 3, shortest=True)
            if self.worth(trial) < self.worth(self.schedule):
                self.schedule = trial

    def _part(self) -> None:
        """Seat in several visits whom one visit finds no room for."""
        until = monotonic() + (self.until - monotonic()) / 4
        for seat in self.seats:
            if seat.number in self.schedule.seated or not self.schedule.has_capacity(seat):
                continue
            if monotonic() > until:
                break
            candidate = self.board.problem.candidates[seat.number]
            for parts in other_parts(self.board.scheme, candidate, self.board.hours.longest):
                self._replace(seat._replace(parts=parts))
                slots = best_seat(self.schedule, self.board.seats[seat.number])
                if slots is not None:
                    self.schedule.put(slots)
                    break
                self._replace(seat)

    def _keep(self) -> None:
        """Seat whom the published plan seats, as far as it is still lawful; whoever must not move, first."""
        published: dict[str, list[int]] = {}
        for number, visit in enumerate(self.board.problem.published):
            published.setdefault(visit.pathway, []).append(number)
        fixed = set(self.board.problem.fixed)
        known = [seat for seat in self.asking if seat.pathway in published]
        for seat in sorted(known, key=lambda seat: (seat.pathway not in fixed, seat.number)):
            visits = [self.board.problem.published[number] for number in published[seat.pathway]]
            lawful = still_lawful(self.board, seat, visits)
            kept = lawful is not None and self._fits(lawful[1])
            if lawful is not None and kept:
                self._replace(lawful[0])
                self.schedule.put(lawful[1])
                self.published[seat.number] = lawful[1]
            if seat.pathway in fixed:
                if not kept:
                    raise refuse("plan.fixed_unlawful", pathway=seat.pathway)
                self.fixed.add(seat.number)
        self.gone = sum(seat.number not in self.published for seat in known)

    def _replace(self, seat: Seat) -> None:
        self.board.seats = (*self.board.seats[: seat.number], seat, *self.board.seats[seat.number + 1 :])
        self.seats = [seat if seat.number == other.number else other for other in self.seats]

    def _fits(self, slots: Sequence[Slot]) -> bool:
        trial = self.schedule.copy()
        for slot in slots:
            if not trial.admits(slot):
                return False
            trial.hold(slot)
        return self.schedule.has_capacity(self.board.seats[slots[0].seat])

    def _bound(self) -> None:
        """What nothing can do better; the days are reckoned for as many candidates as are seated now."""
        seated = len(self.schedule.seated)
        most = seated if seated == len(self.asking) else max(seated, most_seated(self.board, self.seats))
        left_out = len(self.seats) - seated
        until = monotonic() + max(1.0, (self.until - monotonic()) / 3)
        days = fewest_juror_days(self.board, self.seats, until, left_out) if seated else 0
        self.bound = Worth(len(self.asking) - most, self.gone, days, 0, 0)

    def worth(self, schedule: Schedule) -> Worth:
        """What a schedule costs, those counted as moved whose published visits are no longer lawful."""
        worth = schedule.worth(self.published, len(self.asking))
        return worth._replace(moved=worth.moved + self.gone)

    def gap(self, worth: Worth) -> float:
        """How far the plan is from its bound: the gap of the first level (seats, moves, jurors' days) that has one."""
        unseated = (worth.unseated - self.bound.unseated) / max(1, len(self.asking))
        moved = (worth.moved - self.bound.moved) / max(1, len(self.published) + self.gone)
        days = (worth.jury_days - self.bound.jury_days) / max(1, worth.jury_days)
        return next((gap for gap in (unseated, moved, days) if gap > 0), 0.0)

    def _tell(self) -> None:
        worth = self.worth(self.schedule)
        self._progress(Progress(monotonic() - self.start, worth, self.bound, self.gap(worth)))

    def _improve(self) -> None:
        """Plan parts anew, in turn where seats, days or ways can be gained, while anything is gained."""
        idle = 0
        while not self.over:
            worth = self.worth(self.schedule)
            if idle >= (_PATIENCE if self.gap(worth) else _CONTENT):
                break
            turn = self._chance.random()
            if worth.unseated > self.bound.unseated and not self._whole_tried:
                gained = self._whole()
            elif worth.unseated > self.bound.unseated and turn < 0.6:
                gained = self._repair()
            elif self.gap(worth) > 0 and turn < 0.5:
                gained = self._merge()
            else:
                gained = self._recrew()
            idle = 0 if gained else idle + 1

    def _whole(self) -> bool:
        """Plan a small session as a whole; what its model cannot do either is a bound."""
        self._whole_tried = True
        free = [seat for seat in self.seats if seat.number not in self.fixed]
        days = {(j, day) for day in range(len(self.board.days)) for j in self.board.gate.there(day)}
        options = sum(
            len(self.board.juries(seat, day, place)) * len(seat.parts)
            for seat in free
            for day in seat.days
            for place in seat.places
        )
        if options > _SMALL:
            return False
        trial = self.schedule.copy()
        start = [slot for seat in free if seat.number in trial.seated for slot in trial.drop(seat.number)]
        model = Exact(trial, free, days, self.published)
        slots = model.solve(max(1.0, (self.until - monotonic()) / 2), start)
        if slots is None:
            return False
        trial.put_all(slots)
        fewest = len(self.asking) - len(self.seats) + model.fewest_unseated
        self.bound = self.bound._replace(unseated=max(self.bound.unseated, fewest))
        return self._accept(trial)

    def _repair(self) -> bool:
        out = [seat.number for seat in self.seats if seat.number not in self.schedule.seated]
        if not out:
            return False
        seats, days = neighbours.around(self.schedule, self._chance.choice(out), self._chance)
        return self._anew(seats, days)

    def _merge(self) -> bool:
        return self._anew(*neighbours.emptiest(self.schedule, self._chance), fewer=True)

    def _anew(self, seats: set[int], days: neighbours.Days, fewer: bool = False) -> bool:
        """Plan these candidates on these days anew, and keep what is better."""
        free = sorted(seats - self.fixed)
        if not free or not days:
            return False
        trial = self.schedule.copy()
        start = [slot for seat in free if seat in trial.seated for slot in trial.drop(seat)]
        model = Exact(trial, [self.board.seats[seat] for seat in free], days, self.published)
        found = model.solve(min(_SECONDS, max(0.2, self.until - monotonic())), start, fewer)
        if found is None:
            return False
        trial.put_all(found)
        return self._accept(trial)

    def _recrew(self) -> bool:
        """Give whole days of juries to others, where that spares ways or spreads the load."""
        same_day = self._chance.random() < 0.6
        chosen = [
            (calls, Option(day, jury))
            for calls, jury, day in neighbours.rounds(self.schedule, self._chance, 40 if same_day else 8)
            if not self.published.keys() & {call.seat for call in calls}
        ]
        if not chosen:
            return False
        trial = self.schedule.copy()
        for seat in {call.seat for calls, _ in chosen for call in calls}:
            trial.drop(seat)
        rounds, stands = [calls for calls, _ in chosen], [option for _, option in chosen]
        choices = [
            [option for option in lawful_options(self.board, calls) if option.day == stand.day or not same_day]
            for calls, stand in chosen
        ]
        options = put_rounds(trial, rounds, choices, stands, min(_SECONDS, max(0.2, self.until - monotonic())))
        trial.put_all(
            Slot(call.seat, call.part, option.day, call.starts, call.ends, call.place, option.jury)
            for calls, option in zip(rounds, options, strict=True)
            for call in calls
        )
        return self._accept(trial)

    def _accept(self, trial: Schedule) -> bool:
        before, after = self.worth(self.schedule), self.worth(trial)
        if after > before:
            return False
        self.schedule = trial
        if after < before:
            self._tell()
        return after < before

    def plan(self) -> Plan:
        """The plan as it stands, checked by the rules.

        Raises:
            Unlawful: when the check finds a fault.
        """
        visits = visits_of(self.board, [slot for slots in self.schedule.seated.values() for slot in slots])
        faults = check_plan(self.board.scheme, self.board.problem, visits)
        if faults:
            raise Unlawful("; ".join(f"{fault.rule} {fault.facts}" for fault in faults[:5]))
        worth = self.worth(self.schedule)
        out = [seat for seat in self.asking if seat.number not in self.schedule.seated]
        return Plan(
            visits=visits,
            unseated=tuple(explain(self.schedule, seat) for seat in out),
            bound=len(self.asking) - self.bound.unseated,
            gap=round(self.gap(worth), 4),
            proven=self.gap(worth) == 0,
            objective=dict(zip(LEVELS, worth, strict=True)),
        )


_MANY = 12
"""From so many candidates on, days are filled by the relaxation instead of one candidate after the other."""

_SMALL = 6000
"""Choices of a day, a jury and a place, up to which a session is planned as a whole."""

_SECONDS = 2.0
"""For one part planned anew."""

_PATIENCE, _CONTENT = 60, 8
"""Attempts without gain after which the search ends before its time; fewer where only ways and loads could be less."""
