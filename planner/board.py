"""A session as the planner works on it: candidates, their visits to be, places and juries, by number and by minute."""

from __future__ import annotations

from datetime import date, time, timedelta
from functools import cached_property
from typing import NamedTuple

from domain.plan import PlanProblem, travel
from domain.scheme.conduct import Planning
from domain.scheme.model import Scheme
from planner.gate import Gate, Jury
from planner.parts import Part, parts_of

UNKNOWN = 24 * 60
"""Travel time between places whose distance nobody knows: they are not visited on one day."""


class Place(NamedTuple):
    """Where a visit can be; ``site`` is empty when it is remote."""

    modality: str
    site: str


class Hours(NamedTuple):
    """A day in minutes from midnight; ``latest`` is the longest visit that leaves everybody their lunch."""

    opens: int
    closes: int
    lunch_from: int
    lunch_until: int
    lunch: int
    turnover: int
    step: int

    @property
    def longest(self) -> int:
        """The most minutes that one visit can take and leave everyone their lunch."""
        opens = self.align(self.opens)
        if self.opens >= self.lunch_until:
            return max(0, self.closes - opens)
        before = min(self.lunch_until - self.lunch, self.closes) - opens
        after = self.closes - self.align(max(self.opens, self.lunch_from + self.lunch))
        return max(before, after, 0)

    @property
    def capacity(self) -> int:
        """The minutes of visits that a day holds at most."""
        whole = self.opens <= self.lunch_from and self.lunch_until <= self.closes
        return self.closes - self.opens - (self.lunch if whole else 0)

    def align(self, minute: int) -> int:
        """The first minute from ``minute`` on at which a visit may start."""
        return -(-minute // self.step) * self.step


class Seat(NamedTuple):
    """A candidate to seat: the visits to be held, all at one of ``places``, on one of ``days`` (their positions)."""

    number: int
    pathway: str
    blocks: tuple[str, ...]
    parts: tuple[Part, ...]
    places: tuple[Place, ...]
    days: tuple[int, ...]


class Board:
    """What never changes while a session is planned. Days, jurors and candidates are called by their positions."""

    def __init__(self, scheme: Scheme, problem: PlanProblem) -> None:
        assert scheme.conduct is not None
        self.scheme, self.problem = scheme, problem
        self.planning = scheme.conduct.session.planning
        self.hours = hours_of(self.planning)
        self.days = working_days(scheme, problem)
        self.jurors = problem.jurors
        self.sites = {site.id: site for site in problem.sites}
        self.gate = Gate(scheme, problem, self.days)
        self.capacity = dict(problem.capacity)
        self._travel: dict[tuple[str, str], int] = {}
        self.seats = tuple(self._seat(index) for index in range(len(problem.candidates)))
        self.reach = tuple(frozenset(juror.sites) for juror in problem.jurors)

    def _seat(self, index: int) -> Seat:
        candidate = self.problem.candidates[index]
        parts = parts_of(self.scheme, candidate, self.hours.longest)
        days = tuple(number for number, day in enumerate(self.days) if day not in candidate.unavailable)
        return Seat(index, candidate.pathway, candidate.blocks, parts, self._places(index, parts), days)

    def _places(self, index: int, parts: tuple[Part, ...]) -> tuple[Place, ...]:
        candidate, problem = self.problem.candidates[index], self.problem
        own = [Place("in_person", candidate.workplace)]
        if any(part.at_own_post for part in parts):
            found = own
        else:
            found = [Place("in_person", problem.site), *own]
            remote = self.scheme.sessions.remote and problem.modality == "remote"
            if remote and not any(part.in_person for part in parts):
                found.insert(0, Place("remote", ""))
        rooms = any(part.room for part in parts)
        return tuple(dict.fromkeys(place for place in found if self._usable(place, rooms, candidate.accessible)))

    def _usable(self, place: Place, room: bool, accessible: bool) -> bool:
        if place.modality == "remote":
            return True
        site = self.sites.get(place.site)
        return site is not None and (site.accessible or not accessible) and (site.rooms > 0 or not room)

    def travel(self, here: str, there: str) -> int:
        """Minutes from one site to another; none to or from a remote visit."""
        if not here or not there or here == there:
            return 0
        pair = (here, there) if here < there else (there, here)
        if pair not in self._travel:
            minutes = travel(self.problem, self.planning.speed, *pair)
            self._travel[pair] = UNKNOWN if minutes is None else min(minutes, UNKNOWN)
        return self._travel[pair]

    def gap(self, here: str, there: str) -> int:
        """The least minutes between two visits of a juror."""
        return max(self.hours.turnover, self.travel(here, there))

    def reaches(self, juror: int, site: str) -> bool:
        """Whether the juror can come to ``site``."""
        return not site or not self.reach[juror] or site in self.reach[juror]

    def juries(self, seat: Seat, day: int, place: Place) -> tuple[Jury, ...]:
        """The juries before which the candidate can lawfully appear there on that day."""
        site = place.site
        if all(not self.reach[juror] for juror in range(len(self.jurors))):
            return self.gate.juries(seat.number, day)
        return tuple(jury for jury in self.gate.juries(seat.number, day) if all(self.reaches(j, site) for j in jury))

    def can_be_seated(self, seat: Seat) -> bool:
        """Whether the candidate, taken alone, has a place and a jury on some day, and a block that takes them."""
        open_to = all(self.capacity.get(block, 0) > 0 for block in seat.blocks)
        return (
            bool(seat.parts)
            and open_to
            and any(self.juries(seat, day, place) for day in seat.days for place in seat.places)
        )

    @cached_property
    def home(self) -> tuple[tuple[str, ...], ...]:
        """Per juror, the sites of the body they belong to: where their way begins and ends."""
        by_body: dict[str, list[str]] = {}
        for site in self.problem.sites:
            by_body.setdefault(site.organisation, []).append(site.id)
        return tuple(tuple(by_body.get(juror.organisation.id, ())) for juror in self.jurors)

    def from_home(self, juror: int, site: str) -> int:
        """Minutes from the nearest site of the juror's own body to ``site``; 0 where that is not known."""
        known = [minutes for own in self.home[juror] if (minutes := self.travel(own, site)) < UNKNOWN]
        return min(known, default=0)


def hours_of(planning: Planning) -> Hours:
    """The day of ``planning`` in minutes. Without a lunch there is no time that must be kept for it."""
    return Hours(
        minute(planning.day_opens),
        minute(planning.day_closes),
        minute(planning.lunch_from) if planning.lunch else 0,
        minute(planning.lunch_until) if planning.lunch else 0,
        planning.lunch,
        planning.turnover,
        planning.step,
    )


def minute(at: time) -> int:
    """Minutes from midnight."""
    return at.hour * 60 + at.minute


def working_days(scheme: Scheme, problem: PlanProblem) -> tuple[date, ...]:
    """The days of the session's window on which juries sit."""
    span = (problem.closes - problem.opens).days + 1
    window = (problem.opens + timedelta(days=number) for number in range(span))
    return tuple(day for day in window if day.weekday() < 5 and day not in scheme.calendar.closed)
