"""Clocks that stop, resume and restart, against a count that walks one day at a time and knows no shortcut."""

from __future__ import annotations

from calendar import monthrange
from datetime import date, timedelta
from functools import cache
from typing import Any

import holidays
from hypothesis import example, given, settings
from hypothesis import strategies as st

from domain.calendar import AfterPause, Pause, add
from domain.scheme.values import Unit
from schemes.files import freeze_calendar

DAY = timedelta(days=1)
NEW_YEAR = date(2018, 1, 1)
UNITS: tuple[Unit, ...] = ("calendaires", "ouvrables", "ouvres", "francs", "mois", "ans")
SUBDIVISIONS = {"metropole": None, "alsace-moselle": "57"}
Spans = list[tuple[date, date | None]]


@cache
def holidays_of(zone: str) -> Any:
    return holidays.country_holidays("FR", subdiv=SUBDIVISIONS[zone], years=range(2014, 2047))


def same_day_later(start: date, months: int) -> date:
    year, month = start.year, start.month
    for _ in range(months):
        year, month = (year + 1, 1) if month == 12 else (year, month + 1)
    return date(year, month, min(start.day, monthrange(year, month)[1]))


def walk(zone: str, start: date, amount: int, unit: Unit, spans: Spans) -> date | None:
    """The last day, counting every day from the one after ``start``; None when it comes upon a pause without end."""
    feasts = holidays_of(zone)

    def paused(day: date) -> bool:
        return any(since <= day and (until is None or day <= until) for since, until in spans)

    def endless(day: date) -> bool:
        return any(until is None and since <= day for since, until in spans)

    def works(day: date) -> bool:
        return day.weekday() < 5 and day not in feasts

    if unit in ("mois", "ans"):
        unpaused = (same_day_later(start, amount * (12 if unit == "ans" else 1)) - start).days
    else:
        unpaused = amount + (unit == "francs")
    day = start
    if endless(day):
        return None
    while unpaused:
        day += DAY
        if endless(day):
            return None
        if paused(day):
            continue
        if unit == "ouvres" and not works(day):
            continue
        if unit == "ouvrables" and (day.weekday() == 6 or day in feasts):
            continue
        unpaused -= 1
    while unit == "francs" and (not works(day) or paused(day)):
        day += DAY
        if endless(day):
            return None
    return day


def walk_anew(zone: str, start: date, amount: int, unit: Unit, spans: Spans) -> date | None:
    """As ``walk``, but each pause met before the count is over starts it again on the pause's last day."""
    while True:
        plain = walk(zone, start, amount, unit, [])
        assert plain is not None
        day, met = start, None
        # A pause under way on the day that starts the clock has stopped it already, unless it ends that very day.
        while met is None and day <= plain:
            ends = [until for since, until in spans if since <= day and (until is None or (day <= until > start))]
            if ends:
                met = [until for until in ends if until is not None] if None not in ends else []
            day += DAY
        if met is None:
            return plain
        if not met:
            return None
        start = max(met)


@st.composite
def cases(draw: st.DrawFn) -> tuple[str, date, int, Unit, Spans]:
    zone = draw(st.sampled_from(sorted(SUBDIVISIONS)))
    start = draw(st.dates(date(2018, 1, 1), date(2034, 12, 31)))
    # The ends of months and the days around feasts are where counts go wrong.
    start = draw(st.sampled_from([start, start.replace(day=monthrange(start.year, start.month)[1])]))
    unit = draw(st.sampled_from(UNITS))
    amount = draw(st.integers(0, {"mois": 5, "ans": 1}.get(unit, 40)))
    spans: Spans = []
    for offset, length in draw(st.lists(st.tuples(st.integers(-25, 90), st.integers(0, 15)), max_size=4)):
        since = start + offset * DAY
        spans.append((since, since + length * DAY))
        if draw(st.booleans()):  # one that touches it
            spans.append((since + (length + 1) * DAY, since + (length + 3) * DAY))
    if draw(st.integers(0, 4)) == 0:
        spans.append((start + draw(st.integers(0, 60)) * DAY, None))
    return zone, start, amount, unit, spans


def counted(case: tuple[str, date, int, Unit, Spans], after: AfterPause) -> date | None:
    zone, start, amount, unit, spans = case
    pauses = tuple(Pause(since=since, until=until) for since, until in spans)
    return add(freeze_calendar(zone), start, amount, unit, pauses, after).due


@settings(max_examples=250)
@given(cases())
@example(("alsace-moselle", NEW_YEAR, 0, "calendaires", [(NEW_YEAR, NEW_YEAR + DAY), (NEW_YEAR + DAY, None)])).via(
    "a pause that begins after the due day, in another that ends"
)
def test_a_clock_that_resumes_equals_a_walk_day_by_day(case: tuple[str, date, int, Unit, Spans]) -> None:
    assert counted(case, "resume") == walk(*case)


@settings(max_examples=250)
@given(cases())
def test_a_clock_that_restarts_equals_a_walk_day_by_day(case: tuple[str, date, int, Unit, Spans]) -> None:
    assert counted(case, "restart") == walk_anew(*case)
