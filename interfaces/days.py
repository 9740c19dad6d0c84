"""Days and computed periods in words."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from datetime import date
from typing import Any

from interfaces.words import say

_ISO = re.compile(r"(\d{4})-(\d{1,2})-(\d{1,2})\Z", re.ASCII)
_FRENCH = re.compile(r"(\d{1,2})/(\d{1,2})/(\d{4})\Z", re.ASCII)
_DAYS = ("on", "since", "until", "from", "to")


def long_date(day: date | str, language: str = "fr") -> str:
    """``jeudi 27 janvier 2022``; a text is an ISO date."""
    return _written(day, "long", language)


def plain_date(day: date | str, language: str = "fr") -> str:
    """``27 janvier 2022``; a text is an ISO date."""
    return _written(day, "plain", language)


def _written(day: date | str, form: str, language: str) -> str:
    if isinstance(day, str):
        day = date.fromisoformat(day)
    return say(
        f"calendar.date.{form}",
        language,
        weekday=say(f"calendar.weekday.{day.weekday()}", language),
        day=say("calendar.date.first", language) if day.day == 1 else day.day,
        month=say(f"calendar.month.{day.month}", language),
        year=day.year,
    )


def read_day(text: str) -> date:
    """The day written ``2026-11-09`` or ``09/11/2026``.

    Raises:
        ValueError: when it is written otherwise, or does not exist.
    """
    text = text.strip()
    if found := _ISO.match(text):
        year, month, day = found.groups()
    elif found := _FRENCH.match(text):
        day, month, year = found.groups()
    else:
        raise ValueError(text)
    return date(int(year), int(month), int(day))


def explained(derivation: Iterable[Mapping[str, Any]], language: str = "fr") -> list[str]:
    """One sentence for each step of a :class:`domain.calendar.Reckoning`'s derivation."""
    return [_sentence(step, language) for step in derivation]


def _sentence(step: Mapping[str, Any], language: str) -> str:
    name = step["step"]
    params = {key: long_date(value, language) if key in _DAYS else value for key, value in step.items()}
    if name == "unit":
        name = "backwards" if step["direction"] < 0 else "forwards"
        params["counted"] = say(f"calendar.counted.{step['unit']}", language)
        number = "unit_one" if step["amount"] < 2 else "unit"
        params["unit"] = say(f"calendar.{number}.{step['unit']}", language)
    elif name == "rest":
        name = f"rest_{step['unit']}"
    if step.get("days") == 1:
        name += "_one"
    sentence = say(f"calendar.step.{name}", language, **params)
    return sentence[:1].upper() + sentence[1:]
