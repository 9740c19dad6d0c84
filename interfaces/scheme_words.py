"""What is wrong with a scheme file, in words."""

from __future__ import annotations

from typing import Any

from domain.scheme.fault import Fault
from interfaces.days import long_date
from interfaces.words import say
from schemes.strict_yaml import Unreadable


def fault_sentence(fault: Fault, language: str = "fr") -> str:
    """Why the place that ``fault`` names is wrong."""
    params = {name: _worded(name, value, language) for name, value in fault.params.items()}
    return say(f"schemes.fault.{fault.code}", language, **params)


def unreadable_sentence(error: Unreadable, language: str = "fr") -> str:
    """Why a file could not even be read."""
    return say(f"schemes.read.{error.code}", language, **error.params)


def _worded(name: str, value: Any, language: str) -> Any:
    if name in ("date", "opens", "closes"):
        return long_date(value, language)
    if name == "wanted":
        return say(f"schemes.wanted.{value}", language)
    if name == "month":
        return _month(value, language)
    if name == "months":
        return ", ".join(_month(month, language) for month in value.split(", "))
    return value


def _month(number: int | str, language: str) -> str:
    known = str(number) in map(str, range(1, 13))
    return say(f"calendar.month.{number}", language) if known else str(number)
