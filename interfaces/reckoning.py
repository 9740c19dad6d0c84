"""One period counted on its own, away from any pathway: from the command line, or from a file that describes it."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from datetime import date
from pathlib import Path
from typing import Any, NamedTuple, NoReturn, get_args

from domain.calendar import ZONES, AfterPause, Pause, Reckoning, add
from domain.refusal import Refused
from domain.scheme.values import Unit
from interfaces.days import read_day
from interfaces.table_types import fold, shown
from schemes.files import freeze_calendar

UNITS: tuple[Unit, ...] = get_args(Unit)
AFTER: tuple[AfterPause, ...] = get_args(AfterPause)
FARTHEST = (1970, 2100)
"""The years whose holidays are known, for counts that leave the years of a scheme's calendar."""

LARGEST = 1_000_000
"""Bytes that the file of a case may have."""

LONGEST = 10**9
"""No period is longer, whatever its unit: the calendar ends long before."""

_FIELDS = ("start", "amount", "unit", "zone", "pauses", "after_pause")
_NEEDED = ("start", "amount", "unit")
_PAUSE = ("from", "to")


class BadCase(ValueError):
    """A file that describes no period. ``name`` names the sentence, ``params`` say where and what."""

    def __init__(self, name: str, **params: Any) -> None:
        super().__init__(name)
        self.name = name
        self.params = params


class Case(NamedTuple):
    """A period to count: ``amount`` ``unit`` from ``start``, with the holidays of ``zone``, without ``pauses``."""

    start: date
    amount: int
    unit: Unit
    zone: str
    pauses: tuple[Pause, ...]
    after_pause: AfterPause


def reckon(
    zone: str,
    start: date,
    amount: int,
    unit: Unit,
    pauses: Sequence[Pause] = (),
    after_pause: AfterPause = "resume",
    before: bool = False,
) -> Reckoning:
    """:func:`domain.calendar.add` with the holidays of ``zone``, over more years than a scheme freezes where needed.

    Raises:
        Refused: as ``add`` says; ``calendar.unknown_zone``.
    """
    try:
        return add(freeze_calendar(zone), start, amount, unit, pauses, after_pause, before)
    except Refused as no:
        if no.refusal.code != "calendar.beyond":
            raise
    return add(freeze_calendar(zone, *FARTHEST), start, amount, unit, pauses, after_pause, before)


def simulate(case: Case) -> Reckoning:
    """The case counted. While a pause has no end there is no due day, wherever the pause lies: the clock stands.

    Raises:
        Refused: as :func:`reckon` says.
    """
    found = reckon(case.zone, case.start, case.amount, case.unit, case.pauses, case.after_pause)
    open_since = min((pause.since for pause in case.pauses if pause.until is None), default=None)
    if found.due is None or open_since is None:
        return found
    held: dict[str, str | int] = {"step": "held", "since": open_since.isoformat()}
    return Reckoning(due=None, derivation=(*found.derivation[:-1], held))


def read_case(path: Path) -> Case:
    """The case that the JSON file at ``path`` describes; ``zone``, ``pauses`` and ``after_pause`` may be left out.

    Raises:
        BadCase: naming the place of the first thing that is wrong.
    """
    case = _object(_read(path), "", _FIELDS, _NEEDED)
    return Case(
        start=_day(case["start"], "start"),
        amount=_amount(case["amount"]),
        unit=_choice(case["unit"], "unit", UNITS),
        zone=_choice(case.get("zone", "metropole"), "zone", tuple(ZONES)),
        pauses=_pauses(case.get("pauses", [])),
        after_pause=_choice(case.get("after_pause", "resume"), "after_pause", AFTER),
    )


def _read(path: Path) -> Any:
    try:
        with path.open("rb") as file:
            content = file.read(LARGEST + 1)
    except OSError as error:
        raise BadCase("unreadable", file=shown(path.name), kind=type(error).__name__) from error
    if len(content) > LARGEST:
        raise BadCase("too_large", file=shown(path.name), bytes=LARGEST)
    try:
        return json.loads(content.decode("utf-8-sig"), object_pairs_hook=_pairs, parse_constant=_constant)
    except UnicodeDecodeError as error:
        raise BadCase("not_text", file=shown(path.name)) from error
    except json.JSONDecodeError as error:
        raise BadCase("not_json", file=shown(path.name), line=error.lineno, column=error.colno) from error
    except (ValueError, RecursionError) as error:
        if isinstance(error, BadCase):
            raise
        raise BadCase("not_json", file=shown(path.name), line=1, column=1) from error


def _pairs(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) < len(pairs):
        names = [name for name, _ in pairs]
        raise BadCase("twice", field=shown(next(name for name in names if names.count(name) > 1)))
    return found


def _constant(name: str) -> NoReturn:
    raise BadCase("constant", value=name)


def _object(value: Any, place: str, known: Sequence[str], needed: Sequence[str]) -> Mapping[str, Any]:
    if not isinstance(value, dict):
        raise BadCase("object" if place else "whole_object", place=place)
    dot = f"{place}." if place else ""
    for name in value:
        if name not in known:
            raise BadCase("unknown", place=f"{dot}{shown(name)}", known=", ".join(known))
    for name in needed:
        if name not in value:
            raise BadCase("missing", place=f"{dot}{name}")
    return value


def _day(value: Any, place: str) -> date:
    if not isinstance(value, str):
        raise BadCase("date", place=place, value=_written(value))
    try:
        return read_day(value)
    except ValueError:
        raise BadCase("date", place=place, value=_written(value)) from None


def _amount(value: Any) -> int:
    if not isinstance(value, int) or isinstance(value, bool) or not 0 <= value <= LONGEST:
        raise BadCase("amount", place="amount", value=_written(value))
    return value


def _choice(value: Any, place: str, known: Sequence[Any]) -> Any:
    found = next((item for item in known if isinstance(value, str) and fold(value) == fold(item)), None)
    if found is None:
        raise BadCase("choice", place=place, value=_written(value), known=", ".join(known))
    return found


def _pauses(value: Any) -> tuple[Pause, ...]:
    if not isinstance(value, list):
        raise BadCase("list", place="pauses")
    return tuple(_pause(item, f"pauses[{number}]") for number, item in enumerate(value))


def _pause(value: Any, place: str) -> Pause:
    found = _object(value, place, _PAUSE, ("from",))
    since = _day(found["from"], f"{place}.from")
    until = None if found.get("to") is None else _day(found["to"], f"{place}.to")
    if until is not None and until < since:
        raise BadCase("reversed", place=place, since=since.isoformat(), until=until.isoformat())
    return Pause(since=since, until=until)


def _written(value: Any) -> str:
    return shown(value if isinstance(value, str) else json.dumps(value, ensure_ascii=False))
