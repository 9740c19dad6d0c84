"""Dates as the sources write them in French, held against the dates that the file says."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator
from datetime import date
from typing import Any, NamedTuple

from domain.scheme.fault import Fault, Place, day, entries, fault, text, whole, wholes

WEEKDAYS = ("lundi", "mardi", "mercredi", "jeudi", "vendredi", "samedi", "dimanche")
MONTHS = (
    "janvier",
    "fevrier",
    "mars",
    "avril",
    "mai",
    "juin",
    "juillet",
    "aout",
    "septembre",
    "octobre",
    "novembre",
    "decembre",
)
_SPOKEN = re.compile(
    rf"\b(?:({'|'.join(WEEKDAYS)})\s+)?(?:(\d{{1,2}})(?:er)?\s+)?({'|'.join(MONTHS)})\b(?:\s+(\d{{4}})\b)?"
)
_NUMERIC = re.compile(rf"\b(?:({'|'.join(WEEKDAYS)})\s+)?(\d{{1,2}})[/.](\d{{1,2}})[/.](\d{{4}})\b")


class Mention(NamedTuple):
    """A date found in a text; what the text does not say is None. ``weekday`` counts from Monday, 0."""

    weekday: int | None
    day: int | None
    month: int
    year: int | None


def mentions(words: str) -> list[Mention]:
    """The dates in a French text: ``Mercredi 27 janvier 2022``, ``27/01/2022``, ``février 2022``, ``1er mars``."""
    plain = unicodedata.normalize("NFD", words.lower().replace("\N{RIGHT SINGLE QUOTATION MARK}", "'"))
    plain = "".join(letter for letter in plain if not unicodedata.combining(letter))
    found = [
        Mention(_weekday(name), int(number) if number else None, MONTHS.index(month) + 1, int(year) if year else None)
        for name, number, month, year in _SPOKEN.findall(plain)
    ]
    numeric = _NUMERIC.findall(plain)
    return found + [Mention(_weekday(name), int(d), int(m), int(y)) for name, d, m, y in numeric]


def _weekday(name: str) -> int | None:
    return WEEKDAYS.index(name) if name else None


def dates(scheme: dict[str, Any], years: tuple[int, int]) -> Iterator[Fault]:
    """What is wrong with the published windows and sittings, within the ``years`` that the calendar covers."""
    sessions = scheme.get("sessions")
    if isinstance(sessions, dict):
        yield from _pattern(sessions)
        yield from _windows(sessions, years)
    yield from _sittings(scheme, years)


def _pattern(sessions: dict[str, Any]) -> Iterator[Fault]:
    first, last = whole(sessions, "first_day"), whole(sessions, "last_day")
    if first is not None and last is not None and first > last:
        yield fault(("sessions", "last_day"), "days_reversed", first=first, last=last)
    months = wholes(sessions, "months")
    for month in sorted({month for month in months if months.count(month) > 1}):
        yield fault(("sessions", "months"), "month_twice", month=month)


def _windows(sessions: dict[str, Any], years: tuple[int, int]) -> Iterator[Fault]:
    spans: list[tuple[date, date, Place]] = []
    for place, window in entries(sessions, "windows", ("sessions",)):
        opens, closes = day(window, "opens"), day(window, "closes")
        for name, when in (("opens", opens), ("closes", closes)):
            if when is not None:
                yield from _in_years((*place, name), when, years)
                yield from _in_pattern((*place, name), when, sessions)
        if opens is None or closes is None:
            continue
        if closes < opens:
            yield fault(place, "window_reversed", opens=opens.isoformat(), closes=closes.isoformat())
            continue
        spans.append((opens, closes, place))
        yield from _window_text(place, window, opens, closes)
    latest: tuple[date, date, Place] | None = None
    for span in sorted(spans, key=lambda span: span[:2]):
        if latest and span[0] <= latest[1]:
            other = {"opens": latest[0].isoformat(), "closes": latest[1].isoformat()}
            yield fault(span[2], "windows_overlap", **other)
        latest = span if latest is None or span[1] > latest[1] else latest


def _in_years(place: Place, when: date, years: tuple[int, int]) -> Iterator[Fault]:
    if not years[0] <= when.year <= years[1]:
        yield fault(place, "beyond_calendar", date=when.isoformat(), first=years[0], last=years[1])


def _in_pattern(place: Place, when: date, sessions: dict[str, Any]) -> Iterator[Fault]:
    months = wholes(sessions, "months")
    first = whole(sessions, "first_day") or 1
    last = whole(sessions, "last_day") or 31
    if months and when.month not in months:
        yield fault(place, "window_month", date=when.isoformat(), months=", ".join(map(str, months)))
    if not first <= when.day <= last:
        yield fault(place, "window_days", date=when.isoformat(), first=first, last=last)


def _window_text(place: Place, window: dict[str, Any], opens: date, closes: date) -> Iterator[Fault]:
    words = text(window, "text")
    for mention in mentions(words or ""):
        if mention.day is None:
            if not _month_within(mention, opens, closes):
                yield fault((*place, "text"), "text_month", text=words, date=opens.isoformat())
        elif not list(_differences(mention, opens)):
            continue
        else:
            # The text may name either end: it is held against the one whose day and month it gives.
            against = closes if (mention.day, mention.month) == (closes.day, closes.month) else opens
            yield from (
                fault((*place, "text"), code, text=words, date=against.isoformat())
                for code in _differences(mention, against)
            )


def _month_within(mention: Mention, opens: date, closes: date) -> bool:
    first, last = opens.year * 12 + opens.month, closes.year * 12 + closes.month
    years = (mention.year,) if mention.year else range(opens.year, closes.year + 1)
    return any(first <= year * 12 + mention.month <= last for year in years)


def _sittings(scheme: dict[str, Any], years: tuple[int, int]) -> Iterator[Fault]:
    seen: dict[date, Place] = {}
    for place, sitting in entries(scheme, "sittings"):
        when = day(sitting, "date")
        if when is None:
            continue
        yield from _in_years((*place, "date"), when, years)
        if when in seen:
            yield fault((*place, "date"), "sitting_twice", date=when.isoformat())
        seen.setdefault(when, place)
        yield from _sitting_text(place, sitting, when)


def _sitting_text(place: Place, sitting: dict[str, Any], when: date) -> Iterator[Fault]:
    words = text(sitting, "text")
    if words is None:
        return
    found = [mention for mention in mentions(words) if mention.day is not None]
    if not found:
        yield fault((*place, "text"), "text_unread", text=words)
    for mention in found:
        for code in _differences(mention, when):
            yield fault((*place, "text"), code, text=words, date=when.isoformat())


def _differences(mention: Mention, when: date) -> Iterator[str]:
    """How a dated text differs from the date: an impossible day, another day, or another weekday."""
    try:
        date(mention.year or when.year, mention.month, mention.day or 1)
    except ValueError:
        yield "text_impossible"
        return
    if (mention.day, mention.month, mention.year or when.year) != (when.day, when.month, when.year):
        yield "text_date"
    elif mention.weekday is not None and mention.weekday != when.weekday():
        yield "text_weekday"
