"""What one cell of a register's file may hold. Each function gives the value as JSON, or raises :class:`BadCell`."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from datetime import date
from typing import Any

from domain.regions import department_of
from interfaces.candidate_cells import BadCell, day, text
from interfaces.tables import Cell, fold, shown

Words = Mapping[str, tuple[str, ...]]

ORGANISATION_KINDS: Words = {
    "certifier": ("certificateur", "certifier"),
    "delegate": ("délégataire", "delegate"),
    "training_body": ("organisme de formation", "of", "training body"),
    "employer": ("employeur", "employer"),
    "evaluator": ("évaluateur", "evaluator"),
    "branch": ("branche", "branch"),
}
HABILITATIONS: Words = {
    "preside": ("présider", "preside"),
    "evaluate": ("évaluer", "evaluate"),
    "train": ("former", "train"),
}
PARTS: Words = {
    "president": ("président", "présidente", "president"),
    "trade_expert": ("expert métier", "expert", "experte métier", "trade expert"),
}
GENDERS: Words = {"F": ("f", "femme", "woman"), "M": ("h", "m", "homme", "man")}
COLLEGES: Words = {
    "employers": ("employeurs", "employeur", "patronal", "employers"),
    "employees": ("salariés", "salarié", "syndical", "employees"),
}
STANDINGS: Words = {
    "titular": ("titulaire", "titular"),
    "substitute": ("suppléant", "suppléante", "substitute"),
}
TIES: Words = {
    "trained": ("a formé", "formé", "formateur", "trained"),
    "coached": ("a accompagné", "accompagné", "accompagnateur", "coached"),
    "manages": ("responsable", "encadre", "manages"),
    "employs": ("employeur", "emploie", "employs"),
    "related": ("proche", "parent", "related"),
}
OFFICE: Words = {
    "administrator": ("administration", "secrétariat", "administrator"),
    "head": ("direction", "responsable", "head"),
}
LANGUAGES: Words = {"fr": ("fr", "français", "french"), "en": ("en", "anglais", "english")}

_YES, _NO = {"oui", "yes", "o", "x", "1", "vrai", "true"}, {"non", "no", "n", "0", "faux", "false"}
_ITEMS = re.compile(r"[|;,]")
_TO = re.compile(r"\.\.|…| au | to ")


def one_of(words: Words) -> Callable[[Cell], str]:
    """The meaning of a word, however it is typed."""
    meanings = {fold(word): meaning for meaning, known in words.items() for word in (meaning, *known)}

    def read(cell: Cell) -> str:
        meaning = meanings.get(fold(str(cell)))
        if meaning is None:
            known = ", ".join(known[0] for known in words.values())
            raise BadCell("word", value=shown(str(cell)), known=known)
        return meaning

    return read


def listed(read: Callable[[Cell], Any]) -> Callable[[Cell], list[Any]]:
    """Several of what ``read`` reads, between bars, commas or semicolons; each once."""

    def read_all(cell: Cell) -> list[Any]:
        if isinstance(cell, date):
            return [read(cell)]
        found = [read(item.strip()) for item in _ITEMS.split(cell) if item.strip()]
        return [item for place, item in enumerate(found) if item not in found[:place]]

    return read_all


def iso(cell: Cell) -> str:
    """A day."""
    return day(cell).isoformat()


def span(cell: Cell) -> dict[str, str | None]:
    """Days from one to another: ``01/02/2027..05/02/2027``, an end left out is open; one day alone is that day."""
    if isinstance(cell, date):
        return {"since": cell.isoformat(), "until": cell.isoformat()}
    ends = [end.strip() for end in _TO.split(cell, maxsplit=1)]
    since, until = (iso(end) if end else None for end in (ends[0], ends[-1]))
    if since is None and until is None:
        raise BadCell("span")
    if since and until and until < since:
        raise BadCell("span_reversed")
    return {"since": since, "until": until}


def habilitation(cell: Cell) -> dict[str, Any]:
    """What a body may do, and when: ``présider`` or ``présider : 01/01/2026..31/12/2028``."""
    what, colon, days = str(cell).partition(":")
    valid = span(days.strip()) if colon else {"since": None, "until": None}
    return {"what": one_of(HABILITATIONS)(what), "valid": valid}


def flag(cell: Cell) -> bool:
    """Yes or no."""
    word = fold(str(cell))
    if word not in _YES | _NO:
        raise BadCell("yes_or_no", value=shown(str(cell)))
    return word in _YES


def count(cell: Cell) -> int:
    """A small whole number."""
    written = str(cell).removesuffix(".0")
    if not (written.isascii() and written.isdecimal() and len(written) <= 3):
        raise BadCell("number", value=shown(str(cell)))
    return int(written)


def degrees(cell: Cell) -> str:
    """Degrees with decimals, a point or a comma before them."""
    written = str(cell).replace(",", ".")
    if not re.fullmatch(r"-?\d{1,3}(\.\d{1,12})?", written, re.ASCII) or abs(float(written)) > 180:
        raise BadCell("degrees", value=shown(str(cell)))
    return str(float(written))


def department(cell: Cell) -> str:
    """A department: its code, or a postal code."""
    found = department_of(str(cell).removesuffix(".0"))
    if found is None:
        raise BadCell("department", value=shown(str(cell)))
    return found


def code(cell: Cell) -> str:
    """What an entry is called by."""
    return text(cell)
