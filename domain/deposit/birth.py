"""When and where somebody was born, as the deposit file tells it.

A day or a month that the civil status does not know is left out; the year is always needed. In France the commune is
told by its Insee code (its postal code where that is unknown); abroad by the country's, ``99352`` for Algeria, which is
how public bodies that deposit do it, with the country's three digits beside it.
"""

from __future__ import annotations

import re
from calendar import monthrange
from collections.abc import Mapping
from datetime import date
from typing import NamedTuple

from domain.deposit.countries import FRANCE, NAMES, country_code, folded
from domain.deposit.faults import Fault, doubt, fault
from domain.deposit.names import tidy

FIRST_YEAR, LAST_YEAR = 1900, 2099
YOUNGEST, OLDEST = 14, 110
"""Ages, in years, outside which a year of birth is a slip of the keyboard."""

PLACE_LENGTH = 60
_INSEE = re.compile(r"(0[1-9]|[13-8]\d|2[1-9AB]|9[0-5])\d{3}|97[1-8]\d\d|98[4-9]\d\d", re.ASCII)
_POSTAL = re.compile(r"(0[1-9]|[1-8]\d|9[0-57])\d{3}|98[4-8]\d\d", re.ASCII)
_PARIS = re.compile(r"750(0[1-9]|1\d|20)|75116")
_ALGERIA, _ALGERIAN = "352", re.compile(r"9[1-4]\d{3}", re.ASCII)
_INDEPENDENT = 1962
"""Until July of that year 91 to 94 were those of departments of Algeria, and since 1968 of others around Paris."""

_ABROAD = re.compile(r"99[1-5]\d\d", re.ASCII)
_ARTICLES = frozenset(("le", "la", "les", "l", "arrondissement"))
_ZERO = ("", "0", "00", "0000")


class Born(NamedTuple):
    """``month`` and ``day`` are None where nobody knows them."""

    year: int
    month: int | None = None
    day: int | None = None


class Place(NamedTuple):
    """``insee``: of the commune, or ``99`` and the country's; or ``postal``; both empty where unknown."""

    insee: str = ""
    postal: str = ""
    commune: str = ""
    country: str = ""
    country_name: str = ""


Communes = Mapping[str, str]
"""Insee code -> name, of the communes that somebody has a list of. Without one, codes are checked by their shape."""


def born(given: Mapping[str, str], on: date) -> tuple[Born | None, list[Fault]]:
    """When somebody was born who is certified ``on`` that day."""
    parts = _parts(given)
    if isinstance(parts, Fault):
        return None, [parts]
    year, month, day = parts
    if not FIRST_YEAR <= year <= LAST_YEAR:
        return None, [fault("birth_date", "year", first=FIRST_YEAR, last=LAST_YEAR)]
    if month is None and day is not None:
        return None, [fault("birth_date", "day_without_month")]
    if month is not None and not 1 <= month <= 12:
        return None, [fault("birth_date", "impossible")]
    if month is not None and day is not None and not 1 <= day <= monthrange(year, month)[1]:
        return None, [fault("birth_date", "impossible")]
    # Where a part is missing, the person may have been as old as the rest of the year allows.
    latest, earliest = (year, month or 1, day or 1), (year, month or 12, day or 31)
    today = (on.month, on.day)
    if (on.year, *today) < latest:
        return None, [fault("birth_date", "future")]
    if on.year - year - (today < latest[1:]) < YOUNGEST:
        return None, [fault("birth_date", "too_young", youngest=YOUNGEST)]
    if on.year - year - (today < earliest[1:]) > OLDEST:
        return None, [fault("birth_date", "too_old", oldest=OLDEST)]
    partial = [doubt("birth_date", "partial")] if month is None or day is None else []
    return Born(year, month, day), partial


def _parts(given: Mapping[str, str]) -> tuple[int, int | None, int | None] | Fault:
    separate = [given.get(f"birth_{name}", "").strip() for name in ("year", "month", "day")]
    if separate[0]:
        if not all(re.fullmatch(r"\d{0,4}", part) for part in separate):
            return fault("birth_date", "unreadable")
        if len(separate[0]) == 2:
            return fault("birth_date", "two_digit_year")
        year, month, day = (None if part in _ZERO else int(part) for part in separate)
        return (year or 0, month, day)
    written = tidy(given.get("birth_date", ""))
    if not written:
        return fault("birth_date", "missing")
    text = re.sub(r"[T ]00?:00(:00(\.0+)?)?Z?$", "", written)
    if found := re.fullmatch(r"(\d{4})(?:[/.-](\d{1,2})(?:[/.-](\d{1,2}))?)?", text):
        years, months, days = found.groups()
    elif found := re.fullmatch(r"(?:(?:(\d{1,2})[/.-])?(\d{1,2})[/.-])?(\d{4})", text):
        days, months, years = found.groups()
    elif re.fullmatch(r"\d{1,2}[/.-]\d{1,2}[/.-]\d{2}", text):
        return fault("birth_date", "two_digit_year")
    else:
        return fault("birth_date", "unreadable")
    return (
        int(years),
        None if months is None or months in _ZERO else int(months),
        None if days is None or days in _ZERO else int(days),
    )


def place(given: Mapping[str, str], communes: Communes, when: Born | None = None) -> tuple[Place, list[Fault]]:
    """Where somebody was born, ``when`` that is known, and what is wrong with what is told of it."""
    code = re.sub(r"\s", "", given.get("birth_commune", "")).upper()
    postal = re.sub(r"\s", "", given.get("birth_postal_code", ""))
    name, wrong = _name("birth_commune_name", given.get("birth_commune_name", ""))
    country_text = tidy(given.get("birth_country", "")) or tidy(given.get("birth_country_name", ""))
    country: str | None = ""
    if country_text:
        country = country_code(country_text)
        if country is None:
            return Place(), [*wrong, fault("birth_country", "unknown")]
    if not country and _ABROAD.fullmatch(code) and code[2:] != FRANCE:
        country = code[2:]
    algerian = when is not None and when.year <= _INDEPENDENT and _ALGERIAN.fullmatch(code) is not None
    if country == _ALGERIA and algerian:
        code = ""
    if country and country != FRANCE:
        return _abroad(code, country, name, wrong)
    if not code and not postal:
        return Place(), [*wrong, fault("birth_commune", "missing" if country or name else "no_place")]
    if code:
        found = _commune(code, name, communes)
        if found and not found[0].blocking and algerian and not country:
            found = [fault("birth_commune", "algeria")]
        return Place(code, "", name, FRANCE, NAMES[FRANCE]), [*wrong, *found]
    if not _POSTAL.fullmatch(postal):
        wrong.append(fault("birth_postal_code", "shape"))
    return Place("", postal, name, FRANCE, NAMES[FRANCE]), wrong


def _abroad(code: str, country: str, name: str, wrong: list[Fault]) -> tuple[Place, list[Fault]]:
    if code and not (code.startswith("99") and len(code) == 5):
        return Place(), [*wrong, fault("birth_commune", "abroad")]
    if code and code[2:] != country:
        return Place(), [*wrong, fault("birth_country", "differs")]
    odd = [] if country in NAMES else [doubt("birth_country", "not_listed")]
    if not name:
        odd.append(doubt("birth_commune_name", "abroad"))
    return Place(f"99{country}", "", name, country, NAMES.get(country, "")), [*wrong, *odd]


def _name(field: str, text: str) -> tuple[str, list[Fault]]:
    """The name of a place: a line of text that a file may hold."""
    name = tidy(text)
    if any(sign in '<>&{}[]=;\\|"#@%$*+^~_!?' or not sign.isprintable() for sign in name):
        return "", [fault(field, "markup")]
    if "\ufffd" in name or re.search("[ÂÃ][\u0080-\u00bf]|â€", name):
        return "", [fault(field, "mojibake")]
    if len(name) > PLACE_LENGTH:
        return "", [fault(field, "too_long", limit=PLACE_LENGTH, length=len(name))]
    return name, []


def _commune(code: str, name: str, communes: Communes) -> list[Fault]:
    """What is wrong with the code of a commune in France; first what it was mistaken for."""
    if code.startswith("99") and len(code) == 5:
        return [fault("birth_commune", "country")]
    if len(code) == 4 and code.isdigit():
        return [fault("birth_commune", "zero")]
    if _PARIS.fullmatch(code):
        return [fault("birth_commune", "postal")]
    if re.fullmatch(r"20\d{3}", code):
        return [fault("birth_commune", "corsica")]
    # Overseas the department has three digits, so that two are left for the commune.
    nobody = code.endswith("00" if code.startswith(("97", "98")) else "000")
    if nobody or not _INSEE.fullmatch(code):
        return [fault("birth_commune", "shape")]
    known = communes.get(code)
    if name and not (known and _same(known, name)) and _elsewhere(code, name, communes):
        return [fault("birth_commune", "of_another")]
    if communes and known is None:
        return [doubt("birth_commune", "not_listed")]
    if known and name and not _same(known, name):
        return [doubt("birth_commune_name", "differs")]
    return []


def _elsewhere(code: str, name: str, communes: Communes) -> bool:
    """Whether a commune of the same department has this very name under another code: this one is a postal code."""
    words = _told(name)
    department = code[: 3 if code.startswith(("97", "98")) else 2]
    return any(other.startswith(department) and _told(known) == words for other, known in communes.items())


def _same(known: str, name: str) -> bool:
    """Whether two names may be of one commune: ``Paris`` and ``Paris 12e Arrondissement`` may."""
    shorter, longer = sorted((_told(known), _told(name)), key=len)
    return bool(shorter) and shorter <= longer


def _told(name: str) -> frozenset[str]:
    """The words of a commune's name: articles and their places are told in many ways (``HAVRE (LE)``)."""
    words = re.sub(r"\b0?(\d{1,2})(er|ere|e|eme|ieme)?\b", r"\1", folded(name)).split(" ")
    return frozenset(words) - _ARTICLES
