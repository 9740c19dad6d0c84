"""Counting days as the law counts them, with the computation as data.

Four counts of days: *calendaires* (every day), *ouvrables* (every day but Sundays and holidays), *ouvrés* (Monday to
Friday but holidays), *francs* (whole days: neither the day that starts nor the day that ends counts; if the end falls
on a Saturday, Sunday or holiday, it moves to the next working day). Months and years end on the same day number, or on
the month's last day. The day that starts a count never counts. Days of a pause do not count.
"""

from __future__ import annotations

from calendar import monthrange
from collections.abc import Sequence
from datetime import UTC, date, datetime, timedelta
from functools import lru_cache
from typing import Literal
from zoneinfo import ZoneInfo

from domain.records import Frozen
from domain.refusal import refuse
from domain.scheme.model import Calendar
from domain.scheme.values import Unit

ZONES: dict[str, str] = {
    "metropole": "Europe/Paris",
    "alsace-moselle": "Europe/Paris",
    "guadeloupe": "America/Guadeloupe",
    "martinique": "America/Martinique",
    "guyane": "America/Cayenne",
    "reunion": "Indian/Reunion",
    "mayotte": "Indian/Mayotte",
    "saint-barthelemy": "America/St_Barthelemy",
    "saint-martin": "America/Marigot",
    "saint-pierre-et-miquelon": "America/Miquelon",
    "nouvelle-caledonie": "Pacific/Noumea",
    "polynesie": "Pacific/Tahiti",
    "wallis-et-futuna": "Pacific/Wallis",
}
"""The places that have their own holidays, and the time zone in which their days begin."""

AfterPause = Literal["resume", "restart"]

_DAY = timedelta(days=1)
_SATURDAY, _SUNDAY = 5, 6
_MONTHS = {"mois": 1, "ans": 12}
_Span = tuple[date, date | None]
_Trail = list[dict[str, str | int]]


class Pause(Frozen):
    """Days that do not count, both ends included; ``until`` is None while it lasts."""

    since: date
    until: date | None = None


class Reckoning(Frozen):
    """A computed date and how it came about. ``due`` is None while a pause is open.

    ``derivation`` is a list of steps, each ``{"step": code, ...}``, which the message catalogue turns into sentences.
    """

    due: date | None
    derivation: tuple[dict[str, str | int], ...]


def add(
    calendar: Calendar,
    start: date,
    amount: int,
    unit: Unit,
    pauses: Sequence[Pause] = (),
    after_pause: AfterPause = "resume",
    before: bool = False,
) -> Reckoning:
    """The last day of a period of ``amount`` ``unit`` that ``start`` sets running.

    Days of a pause do not count (``resume``), or the count begins afresh on the pause's last day (``restart``). A pause
    that is still open and has reached the period leaves ``due`` at None. With ``before`` the count runs backwards from
    ``start``, a date fixed in advance: the latest day that is still ``amount`` ``unit`` away; no clock runs there,
    so pauses change nothing.

    Raises:
        Refused: ``calendar.negative`` for a negative amount, ``calendar.pause_reversed`` for a pause that ends before
            it begins, ``calendar.beyond`` when a day lies outside the years of ``calendar``.
    """
    spans = () if before else tuple((pause.since, pause.until) for pause in pauses)
    return _add(
        calendar.closed, (calendar.first_year, calendar.last_year), start, amount, unit, spans, after_pause, before
    )


def instant(calendar: Calendar, day: date) -> datetime:
    """The absolute moment (UTC) at which ``day`` is over: the midnight that ends it where the calendar is kept.

    Raises:
        Refused: ``calendar.beyond`` when ``day`` lies outside the years of ``calendar``.
    """
    return _instant(calendar.timezone, (calendar.first_year, calendar.last_year), day)


def local_date(calendar: Calendar, instant: datetime) -> date:
    """The day it is, where the calendar is kept, at ``instant``.

    Raises:
        ValueError: when ``instant`` carries no time zone.
    """
    if instant.tzinfo is None:
        raise ValueError("an instant carries its time zone")
    return instant.astimezone(ZoneInfo(calendar.timezone)).date()


@lru_cache(maxsize=4096)
def _instant(timezone: str, years: tuple[int, int], day: date) -> datetime:
    _within(years, day)
    return datetime.combine(day + _DAY, datetime.min.time(), ZoneInfo(timezone)).astimezone(UTC)


# The arguments are small and cache their own hashes (a frozenset does), which a whole Calendar would not.
@lru_cache(maxsize=8192)
def _add(
    closed: frozenset[date],
    years: tuple[int, int],
    start: date,
    amount: int,
    unit: Unit,
    spans: tuple[_Span, ...],
    after_pause: AfterPause,
    before: bool,
) -> Reckoning:
    if amount < 0:
        raise refuse("calendar.negative", amount=amount)
    _within(years, start)
    count = _Count(closed, years, unit, amount)
    if before:
        due: date | None = count.run(start, direction=-1)
    elif after_pause == "resume":
        due = count.resuming(start, spans)
    else:
        due = count.restarting(start, _merged(spans))
    if due is not None:
        count.trail.append({"step": "latest" if before else "due", "on": due.isoformat()})
    return Reckoning(due=due, derivation=tuple(count.trail))


def _within(years: tuple[int, int], day: date) -> date:
    if not years[0] <= day.year <= years[1]:
        raise refuse("calendar.beyond", first=years[0], last=years[1], day=day.isoformat())
    return day


def _merged(spans: tuple[_Span, ...]) -> tuple[_Span, ...]:
    """The same paused days as spans that follow one another without overlap."""
    merged: list[_Span] = []
    for since, until in sorted(spans, key=lambda span: span[0]):
        if until is not None and until < since:
            raise refuse("calendar.pause_reversed", since=since.isoformat(), until=until.isoformat())
        last = merged[-1] if merged else None
        if last and (last[1] is None or since <= last[1]):
            merged[-1] = (last[0], None if last[1] is None or until is None else max(last[1], until))
        else:
            merged.append((since, until))
    return tuple(merged)


class _Count:
    """One count under way, with the trail of what it did."""

    def __init__(self, closed: frozenset[date], years: tuple[int, int], unit: Unit, amount: int) -> None:
        self.closed = closed
        self.years = years
        self.unit = unit
        self.amount = amount
        self.trail: _Trail = []

    def resuming(self, start: date, spans: tuple[_Span, ...]) -> date | None:
        """The due date when paused days merely do not count; None if an open pause holds it."""
        over = _merged(tuple(span for span in spans if span[1] is not None))
        due = self.run(start, tuple((since, until) for since, until in over if until is not None))
        held = min((since for since, until in spans if until is None and since <= due), default=None)
        if held is None:
            return due
        self._hold(held)
        return None

    def restarting(self, start: date, spans: tuple[_Span, ...]) -> date | None:
        """The due date when each pause that the period meets makes it begin afresh; None if an open pause holds it."""
        due = self.run(start)
        restarts: _Trail = []
        for since, until in spans:
            if since > due or (until is not None and until <= start):
                continue
            if until is None:
                self._hold(since)
                return None
            restarts.append({"step": "restart", "since": since.isoformat(), "until": until.isoformat()})
            self.trail = list(restarts)
            start = _within(self.years, until)
            due = self.run(start)
        return due

    def run(self, start: date, spans: tuple[tuple[date, date], ...] = (), direction: Literal[1, -1] = 1) -> date:
        """Count once from ``start``, without the days of ``spans``, forwards (1) or backwards (-1)."""
        self.trail += [
            {"step": "start", "on": start.isoformat()},
            {"step": "unit", "unit": self.unit, "amount": self.amount, "direction": direction},
        ]
        if self.unit in _MONTHS:
            return self._months(start, spans, direction)
        due = self._days(start, spans, direction)
        return self._rolled(due, spans, direction) if self.unit == "francs" else due

    def _hold(self, since: date) -> None:
        """Replace what was counted beyond the pause by the word that it holds the clock."""
        kept = [step for step in self.trail if step["step"] in ("restart", "start", "unit")]
        self.trail = [*kept, {"step": "held", "since": since.isoformat()}]

    def _days(self, start: date, spans: tuple[tuple[date, date], ...], direction: int) -> date:
        day, resting = start, 0
        remaining = self.amount + 1 if self.unit == "francs" else self.amount
        while remaining:
            day = _within(self.years, day + direction * _DAY)
            if _inside(day, spans):
                continue
            if self._rests(day):
                resting += 1
            elif self._holiday(day):
                self.trail.append({"step": "holiday", "on": day.isoformat()})
            else:
                remaining -= 1
        if resting:
            self.trail.append({"step": "rest", "unit": self.unit, "days": resting})
        self._note_pauses(start, day, spans)
        return day

    def _months(self, start: date, spans: tuple[tuple[date, date], ...], direction: int) -> date:
        months = start.year * 12 + start.month - 1 + direction * self.amount * _MONTHS[self.unit]
        year, month = divmod(months, 12)
        if not self.years[0] <= year <= self.years[1]:
            raise refuse("calendar.beyond", first=self.years[0], last=self.years[1], day=str(year))
        last = monthrange(year, month + 1)[1]
        base = date(year, month + 1, min(start.day, last))
        if last < start.day:
            self.trail.append({"step": "month_end", "on": base.isoformat(), "day": start.day})
        # The extension may run into further pauses, so it is computed until it no longer moves.
        due, moved = base, -1
        while (paused := _paused_days(start, due, spans)) != moved:
            moved = paused
            due = _within(self.years, base + paused * _DAY)
        self._note_pauses(start, due, spans)
        return due

    def _rolled(self, due: date, spans: tuple[tuple[date, date], ...], direction: int) -> date:
        rolled = due
        while rolled.weekday() >= _SATURDAY or rolled in self.closed or _inside(rolled, spans):
            rolled = _within(self.years, rolled + direction * _DAY)
        if rolled != due:
            self.trail.append({"step": "rolled", "from": due.isoformat(), "to": rolled.isoformat()})
        return rolled

    def _rests(self, day: date) -> bool:
        if self.unit == "ouvres":
            return day.weekday() >= _SATURDAY
        return self.unit == "ouvrables" and day.weekday() == _SUNDAY

    def _holiday(self, day: date) -> bool:
        return self.unit in ("ouvres", "ouvrables") and day in self.closed

    def _note_pauses(self, start: date, due: date, spans: tuple[tuple[date, date], ...]) -> None:
        for since, until in spans:
            if days := _paused_days(start, due, ((since, until),)):
                self.trail.append(
                    {"step": "pause", "since": since.isoformat(), "until": until.isoformat(), "days": days}
                )


def _inside(day: date, spans: tuple[tuple[date, date], ...]) -> bool:
    return any(since <= day <= until for since, until in spans)


def _paused_days(start: date, due: date, spans: tuple[tuple[date, date], ...]) -> int:
    """How many days after ``start``, up to ``due``, lie in ``spans``."""
    return sum(max(0, (min(until, due) - max(since, start + _DAY)).days + 1) for since, until in spans)
