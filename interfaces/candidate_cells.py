"""What one cell of a candidate file may hold. Each function gives the value, or raises :class:`BadCell`."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Mapping
from datetime import date
from typing import Any, TypeVar

from domain.scheme.model import RouteId, Scheme
from interfaces.tables import Cell, fold, shown

T = TypeVar("T")

NAME_LENGTH = 100
TEXT_LENGTH = 200
EMAIL_LENGTH = 254
YOUNGEST, OLDEST = 14, 110
"""Ages in years. Nobody has been on a certification pathway outside them: such a date is a slip of the keyboard."""

ROUTES: dict[RouteId, tuple[str, ...]] = {
    "training": ("training", "formation", "voie de la formation", "parcours de formation"),
    "vae": ("vae", "validation des acquis de l'expérience", "validation des acquis"),
    "free_candidacy": ("free candidacy", "candidature libre", "candidat libre", "candidate libre"),
}
INITIATIVES: dict[str, tuple[str, ...]] = {
    "candidate": ("candidate", "candidat", "candidat(e)", "salarié", "salariée", "certifié"),
    "employer": ("employer", "employeur", "organisme employeur"),
    "training_body": ("training body", "organisme de formation", "of"),
    "job_centre": ("job centre", "france travail", "pôle emploi"),
    "other": ("other", "autre"),
}

_APOSTROPHES = "'’ʼ‘ʻ`´"
_HYPHENS = "-‐‑–"
_NAME_SIGNS = frozenset(_APOSTROPHES + _HYPHENS + " .·")
_MARKUP = frozenset('<>&{}[]()=;:\\/|"#@%$*+^~_!?,«»')
_INVISIBLE = ("Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp")
_HIGH_SIGNS = bytes(range(0x80, 0xC0)).decode("cp1252", "ignore").replace("’", "")
_MOJIBAKE = re.compile(f"[ÂÃ][{_HIGH_SIGNS}]|â€|\ufffd")
"""What accents become when UTF-8 was read as Windows-1252 by the program that wrote the file."""

_DAY_FIRST = re.compile(r"([0-9]{1,2})([/.-])([0-9]{1,2})\2([0-9]{2}|[0-9]{4})")
_YEAR_FIRST = re.compile(r"([0-9]{4})-([0-9]{1,2})-([0-9]{1,2})")
_MIDNIGHT = re.compile(r"[T ]00?:00(:00(\.0+)?)?Z?$")
_LOCAL = re.compile(r"[^\s@<>()\[\],;:\\\"]{1,64}")
_LABEL = re.compile(r"[^\W_]([\w-]{0,61}[^\W_])?")
_BETWEEN_BLOCKS = re.compile(r"[\s,;|+/]+")


class BadCell(Exception):
    """The cell cannot be accepted: ``code`` and ``params`` say why."""

    def __init__(self, code: str, /, **params: Any) -> None:
        super().__init__(code)
        self.code = code
        self.params = params


def name(cell: Cell) -> str:
    """A family or given name: letters of any script, with apostrophes, hyphens, spaces and points between them."""
    if isinstance(cell, date):
        raise BadCell("name.digits")
    text = _one_line(cell, NAME_LENGTH)
    if _MOJIBAKE.search(text):
        raise BadCell("text.mojibake")
    if any(sign.isdigit() for sign in text):
        raise BadCell("name.digits")
    if any(sign in _MARKUP for sign in text):
        raise BadCell("name.markup")
    if not all(sign in _NAME_SIGNS or unicodedata.category(sign)[0] in "LM" for sign in text):
        raise BadCell("name.signs")
    if not any(sign.isalpha() for sign in text) or not (text[0].isalpha() or text[0] in _APOSTROPHES):
        raise BadCell("name.letters")
    return text


def text(cell: Cell) -> str:
    """A line of free text: an organisation, a branch, a reference."""
    if isinstance(cell, date):
        return cell.isoformat()
    line = _one_line(cell, TEXT_LENGTH)
    # A leading sign makes a formula of the cell in whatever spreadsheet our own exports are opened with.
    if "<" in line or ">" in line or line[0] in "=+@":
        raise BadCell("text.markup")
    if _MOJIBAKE.search(line):
        raise BadCell("text.mojibake")
    return line


def email(cell: Cell) -> str:
    """An e-mail address that could exist: a local part, and a domain of at least two labels."""
    address = str(cell).removeprefix("mailto:")
    local, at, host = address.rpartition("@")
    labels = host.split(".")
    if (
        not at
        or len(address) > EMAIL_LENGTH
        or len(labels) < 2
        or not _LOCAL.fullmatch(local)
        or local.startswith(".")
        or local.endswith(".")
        or ".." in local
        or not all(_LABEL.fullmatch(label) for label in labels)
        or labels[-1].isdigit()
        or not address.isprintable()
    ):
        raise BadCell("email.invalid")
    return address


def day(cell: Cell) -> date:
    """A date of a spreadsheet, or written 31/12/1990, 31.12.1990, 31-12-1990 or 1990-12-31."""
    if isinstance(cell, date):
        return cell
    written = _MIDNIGHT.sub("", cell)
    if found := _DAY_FIRST.fullmatch(written):
        days, months, years = found[1], found[3], found[4]
        if len(years) == 2:
            raise BadCell("date.two_digit_year")
    elif found := _YEAR_FIRST.fullmatch(written):
        years, months, days = found.groups()
    else:
        raise BadCell("date.unreadable")
    try:
        return date(int(years), int(months), int(days))
    except ValueError:
        raise BadCell("date.impossible") from None


def birth_date(cell: Cell, today: date) -> date:
    """The date on which somebody who is now between :data:`YOUNGEST` and :data:`OLDEST` was born."""
    born = day(cell)
    if born > today:
        raise BadCell("date.future")
    age = today.year - born.year - ((today.month, today.day) < (born.month, born.day))
    if age < YOUNGEST:
        raise BadCell("birth_date.too_young", youngest=YOUNGEST)
    if age > OLDEST:
        raise BadCell("birth_date.too_old", oldest=OLDEST)
    return born


def candidacy_date(cell: Cell, today: date) -> date:
    """The date of a candidacy of the last twelve months."""
    candidacy = day(cell)
    if candidacy > today:
        raise BadCell("date.future")
    if (today.year - candidacy.year, today.month, today.day) > (1, candidacy.month, candidacy.day):
        raise BadCell("candidacy_date.too_old")
    return candidacy


class Schemes:
    """Finds a scheme by its id, its title or its register number, however they are typed."""

    def __init__(self, schemes: Mapping[str, Scheme]) -> None:
        self._ids = sorted(schemes)
        self._by_key: dict[str, Scheme] = {}
        for scheme in schemes.values():
            for label in (scheme.title, scheme.registration.code or "", scheme.id):
                if label:
                    self._by_key[fold(label)] = scheme

    def find(self, cell: Cell) -> Scheme:
        """The scheme that the cell means."""
        scheme = self._by_key.get(fold(str(cell)))
        if scheme is None:
            raise BadCell("scheme.unknown", value=shown(str(cell)), known=", ".join(self._ids))
        return scheme


def route(cell: Cell) -> RouteId:
    """The route that the cell means, open or not."""
    return _one_of(_ROUTES, cell, "route.unknown")


def open_route(route: RouteId, cell: Cell, scheme: Scheme) -> None:
    """Refuse a route that the scheme does not have."""
    if scheme.route(route) is None:
        titles = ", ".join(route.title for route in scheme.routes)
        raise BadCell("route.closed", route=shown(str(cell)), scheme=scheme.id, open=titles)


def initiative(cell: Cell) -> str:
    """Who took the initiative of the candidacy."""
    return _one_of(_INITIATIVES, cell, "initiative.unknown")


def blocks(cell: Cell, scheme: Scheme) -> tuple[str, ...]:
    """Ids of blocks of the scheme, each once, in the order of the scheme."""
    known = {fold(label): block.id for block in scheme.blocks for label in (block.held_as, block.id)}
    wanted = [word for word in _BETWEEN_BLOCKS.split(str(cell)) if word]
    unknown = [shown(word) for word in wanted if fold(word) not in known]
    if unknown:
        raise BadCell("block.unknown", value=", ".join(unknown), scheme=scheme.id, known=", ".join(scheme.block_by_id))
    held = {known[fold(word)] for word in wanted}
    return tuple(block.id for block in scheme.blocks if block.id in held)


def _one_line(cell: str, limit: int) -> str:
    line = re.sub("[ \u00a0\u202f]+", " ", cell)
    if any(unicodedata.category(sign) in _INVISIBLE for sign in line):
        raise BadCell("text.invisible")
    if len(line) > limit:
        raise BadCell("text.too_long", limit=limit, length=len(line))
    return line


def _keys(meanings: Mapping[T, Iterable[str]]) -> dict[str, T]:
    return {fold(word): meaning for meaning, words in meanings.items() for word in words}


_ROUTES = _keys(ROUTES)
_INITIATIVES = _keys(INITIATIVES)


def _one_of(meanings: Mapping[str, T], cell: Cell, code: str) -> T:
    meaning = meanings.get(fold(str(cell)))
    if meaning is None:
        raise BadCell(code, value=shown(str(cell)))
    return meaning
