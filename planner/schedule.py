"""A plan in the making: who is where when, which starts are free, and what the whole is worth."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from itertools import pairwise
from typing import NamedTuple

from planner.board import UNKNOWN, Board, Place, Seat
from planner.gate import Jury

LEVELS = ("unseated", "moved", "jury_days", "travel", "load")
"""What is made small, the first first. ``jury_days``: days of jurors; ``travel``: minutes on the way, all jurors
together; ``load``: the sum of the squares of each juror's days, which is least when all sit alike."""

DAY = 24 * 60


class Slot(NamedTuple):
    """One part of a candidate's seat: day, minutes from midnight, place and jury."""

    seat: int
    part: int
    day: int
    starts: int
    ends: int
    place: Place
    jury: Jury


class Worth(NamedTuple):
    """What a plan costs, by :data:`LEVELS`; the smaller the better, the first first."""

    unseated: int
    moved: int
    jury_days: int
    travel: int
    load: int


class Schedule:
    """The slots taken, by candidate, by juror's day and by room."""

    def __init__(self, board: Board, slots: Iterable[Slot] = ()) -> None:
        self.board = board
        self.seated: dict[int, tuple[Slot, ...]] = {}
        self.taken: dict[tuple[int, int], list[Slot]] = {}
        self.rooms: dict[tuple[str, int], list[tuple[int, int]]] = {}
        self.held: dict[str, int] = {}
        self.put_all(slots)

    def copy(self) -> Schedule:
        """The same slots, to be changed apart."""
        other = Schedule(self.board)
        other.seated = dict(self.seated)
        other.taken = {key: list(slots) for key, slots in self.taken.items()}
        other.rooms = {key: list(spans) for key, spans in self.rooms.items()}
        other.held = dict(self.held)
        return other

    def put(self, slots: Sequence[Slot]) -> None:
        """Seat a candidate; all parts at once."""
        seat = self.board.seats[slots[0].seat]
        self.seated[seat.number] = tuple(slots)
        for block in seat.blocks:
            self.held[block] = self.held.get(block, 0) + 1
        for slot in slots:
            self.hold(slot)

    def put_all(self, slots: Iterable[Slot]) -> None:
        """Seat candidates, all parts of each."""
        by_seat: dict[int, list[Slot]] = {}
        for slot in slots:
            by_seat.setdefault(slot.seat, []).append(slot)
        for parts in by_seat.values():
            self.put(sorted(parts, key=lambda slot: slot.part))

    def hold(self, slot: Slot) -> None:
        """Take the jury's time and the room for one visit."""
        for juror in slot.jury:
            day = self.taken.setdefault((juror, slot.day), [])
            day.append(slot)
            day.sort(key=lambda other: other.starts)
        if self._needs_room(slot):
            self.rooms.setdefault((slot.place.site, slot.day), []).append(self._room_span(slot))

    def drop(self, seat: int) -> tuple[Slot, ...]:
        """Unseat a candidate; the slots that they had."""
        slots = self.seated.pop(seat)
        for block in self.board.seats[seat].blocks:
            self.held[block] -= 1
        for slot in slots:
            for juror in slot.jury:
                self.taken[juror, slot.day].remove(slot)
                if not self.taken[juror, slot.day]:
                    del self.taken[juror, slot.day]
            if self._needs_room(slot):
                self.rooms[slot.place.site, slot.day].remove(self._room_span(slot))
        return slots

    def admits(self, slot: Slot) -> bool:
        """Whether this visit can be held beside all that is taken: its jurors and a room are free."""
        if self._needs_room(slot) and not self.room_free(slot.place.site, slot.day, slot.starts, slot.ends):
            return False
        return all(self._fits(juror, slot.day, slot.place.site, slot.starts, slot.ends) for juror in slot.jury)

    def _needs_room(self, slot: Slot) -> bool:
        return bool(slot.place.site) and self.board.seats[slot.seat].parts[slot.part].room

    def _room_span(self, slot: Slot) -> tuple[int, int]:
        return slot.starts, slot.ends + self.board.hours.turnover

    def has_capacity(self, seat: Seat) -> bool:
        """Whether every block of the candidate still has a place."""
        return all(self.held.get(block, 0) < self.board.capacity.get(block, 0) for block in seat.blocks)

    def first_start(self, jury: Jury, day: int, place: Place, minutes: int, room: bool) -> int | None:
        """The earliest minute at which this jury can begin such a visit there on that day; None when it cannot."""
        hours = self.board.hours
        for juror in jury:
            used = sum(slot.ends - slot.starts for slot in self.taken.get((juror, day), ()))
            if used + minutes > hours.capacity:
                return None
        tried = {hours.align(hours.opens), hours.align(hours.lunch_from + hours.lunch)}
        for juror in jury:
            for slot in self.taken.get((juror, day), ()):
                gap = self.board.gap(slot.place.site, place.site)
                way = self.board.travel(slot.place.site, place.site)
                tried |= {hours.align(slot.ends + gap), hours.align(slot.ends + hours.lunch + way)}
        spans = self.rooms.get((place.site, day), ()) if room and place.site else ()
        tried |= {hours.align(ends) for _, ends in spans}
        for starts in sorted(tried):
            ends = starts + minutes
            if starts < hours.opens or ends > hours.closes:
                continue
            if spans and not self.room_free(place.site, day, starts, ends):
                continue
            if all(self._fits(juror, day, place.site, starts, ends) for juror in jury):
                return starts
        return None

    def room_free(self, site: str, day: int, starts: int, ends: int) -> bool:
        """Whether a room of the site is free for a visit that day, with the turnover after it."""
        rooms, until = self.board.sites[site].rooms, ends + self.board.hours.turnover
        over = [span for span in self.rooms.get((site, day), ()) if span[0] < until and starts < span[1]]
        moments = [starts, *(span[0] for span in over if span[0] > starts)]
        return all(sum(a <= at < b for a, b in over) < rooms for at in moments)

    def _fits(self, juror: int, day: int, site: str, starts: int, ends: int) -> bool:
        stops = [(slot.starts, slot.ends, slot.place.site) for slot in self.taken.get((juror, day), ())]
        stops.append((starts, ends, site))
        stops.sort()
        return self._keeps(stops)

    def _keeps(self, stops: Sequence[tuple[int, int, str]]) -> bool:
        """Whether one juror can do these visits of a day, in order, and have lunch."""
        hours, board = self.board.hours, self.board
        lunch = False
        before, here = -DAY, stops[0][2]
        for starts, ends, site in (*stops, (2 * DAY, 2 * DAY, stops[-1][2])):
            way = board.travel(here, site)
            if starts - before < max(hours.turnover, way) or way >= UNKNOWN:
                return False
            lunch = lunch or any(
                min(until, hours.lunch_until) - max(since, hours.lunch_from) >= hours.lunch
                for since, until in ((before, starts - way), (before + way, starts))
            )
            before, here = ends, site
        return lunch

    def worth(self, published: Mapping[int, tuple[Slot, ...]], seats: int) -> Worth:
        """What this plan costs; ``seats`` is how many candidates ask for a visit."""
        days = [0] * len(self.board.jurors)
        for juror, _ in self.taken:
            days[juror] += 1
        return Worth(
            unseated=seats - len(self.seated),
            moved=sum(self.seated.get(seat) != slots for seat, slots in published.items() if seat in self.seated),
            jury_days=len(self.taken),
            travel=sum(self.way(juror, slots) for (juror, _), slots in self.taken.items()),
            load=sum(number * number for number in days),
        )

    def way(self, juror: int, slots: Sequence[Slot]) -> int:
        """Minutes on the way of a juror who comes to these visits from a site of their own body, and returns."""
        sites = [slot.place.site for slot in slots if slot.place.site]
        if not sites:
            return 0
        between = sum(self.board.travel(a, b) for a, b in pairwise(sites))
        return self.board.from_home(juror, sites[0]) + between + self.board.from_home(juror, sites[-1])
