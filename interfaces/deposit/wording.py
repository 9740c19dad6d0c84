"""Faults, rejections and statuses of the deposit, in sentences."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date

from domain.deposit.agenda import last_day_of
from domain.deposit.faults import Fault
from domain.scheme.model import Scheme
from interfaces.words import catalogue, say


def fault_sentence(item: Fault, language: str = "fr") -> str:
    """What is wrong with a field, and what to do about it."""
    field = say(f"deposit.field.{item.field}", language)
    messages = catalogue(language)
    own = f"deposit.fault.{item.field}.{item.code}"
    name = own if own in messages else f"deposit.fault.name.{item.code}"
    between = " : " if language == "fr" else ": "
    return f"{field}{between}{say(name, language, **dict(item.params))}"


def faults_sentence(items: Iterable[Fault], language: str = "fr") -> str:
    """All of them, one after the other."""
    return " ".join(fault_sentence(item, language) for item in items)


def meaning_sentence(code: str, language: str = "fr") -> str:
    """What a rejection of this kind means, and what to do."""
    return " ".join(say(f"deposit.ko.{code}.{part}", language) for part in ("means", "do"))


def days_left(scheme: Scheme, awarded_on: date, today: date) -> int | None:
    """Days until the last one on which an award may be deposited: 0 that very day, below 0 once it has passed."""
    last = last_day_of(scheme, awarded_on)
    return (last - today).days if last is not None else None
