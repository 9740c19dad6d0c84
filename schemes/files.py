"""Scheme files: read strictly, completed with a frozen calendar, checked, and the bundled ones loaded."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date
from functools import cache
from importlib.resources import as_file, files
from pathlib import Path

import holidays

from domain.calendar import ZONES
from domain.refusal import refuse
from domain.scheme.check import Fault, check
from domain.scheme.model import Calendar, Scheme
from schemes.strict_yaml import Document, Unreadable, read

FIRST_YEAR, LAST_YEAR = 2015, 2045
"""The years that a scheme's calendar covers: fixed, so that the same file keeps the same hash."""

_SUBDIVISIONS: dict[str, str | None] = {
    "metropole": None,
    "alsace-moselle": "57",
    "guadeloupe": "971",
    "martinique": "972",
    "guyane": "973",
    "reunion": "974",
    "mayotte": "976",
    "saint-barthelemy": "BL",
    "saint-martin": "MF",
    "saint-pierre-et-miquelon": "PM",
    "nouvelle-caledonie": "NC",
    "polynesie": "PF",
    "wallis-et-futuna": "WF",
}


class BadScheme(Exception):
    """A scheme file that cannot be used: unreadable, faulty, or standing for an id that another file has."""

    def __init__(self, file: str, unreadable: Unreadable | None = None, faults: Iterable[Fault] = ()) -> None:
        super().__init__(file)
        self.file = file
        self.unreadable = unreadable
        self.faults = tuple(faults)


@cache
def freeze_calendar(zone: str, first_year: int = FIRST_YEAR, last_year: int = LAST_YEAR) -> Calendar:
    """The public holidays of ``zone`` from ``first_year`` to ``last_year``, as data.

    Raises:
        Refused: ``calendar.unknown_zone``, with the zones there are.
    """
    if zone not in ZONES:
        raise refuse("calendar.unknown_zone", zone=zone, known=", ".join(ZONES))
    days: Iterable[date] = holidays.country_holidays(
        "FR", subdiv=_SUBDIVISIONS[zone], years=range(first_year, last_year + 1)
    )
    return Calendar(
        zone=zone,
        timezone=ZONES[zone],
        first_year=first_year,
        last_year=last_year,
        holidays=tuple(sorted(day for day in days if first_year <= day.year <= last_year)),
    )


def compile_scheme(document: Document) -> Scheme | list[Fault]:
    """The scheme that ``document`` describes, its calendar frozen; or everything that is wrong with it."""
    return check(document.value, freeze_calendar)


def load(path: Path) -> Scheme:
    """The scheme in the file at ``path``.

    Raises:
        BadScheme: when it is unreadable or has faults.
    """
    try:
        found = compile_scheme(read(path))
    except Unreadable as error:
        raise BadScheme(path.name, unreadable=error) from error
    if isinstance(found, list):
        raise BadScheme(path.name, faults=found)
    return found


@cache
def bundled() -> dict[str, Scheme]:
    """The schemes that come with the program, by id."""
    with as_file(files("schemes")) as directory:
        return _load_all(Path(directory))


def available(directory: Path | None = None) -> dict[str, Scheme]:
    """The bundled schemes and those in ``directory`` (which win over bundled ones of the same id), by id.

    Raises:
        BadScheme: for the first file of ``directory`` that cannot be used.
    """
    return bundled() if directory is None else {**bundled(), **_load_all(directory)}


def _load_all(directory: Path) -> dict[str, Scheme]:
    if not directory.is_dir():
        raise BadScheme(str(directory), unreadable=Unreadable("not_a_directory"))
    found: dict[str, Scheme] = {}
    for path in sorted((*directory.glob("*.yaml"), *directory.glob("*.yml"))):
        scheme = load(path)
        if scheme.id in found:
            raise BadScheme(path.name, unreadable=Unreadable("same_id", id=scheme.id))
        found[scheme.id] = scheme
    return found
