"""What reading a table gives: rows of clean cells, faults as data, and columns found by their headings."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from interfaces.words import say

Cell = str | date
"""Text, or a date where a spreadsheet holds one. Numbers come as text, an empty cell as ``""``."""

_UNDECOMPOSED = str.maketrans({"œ": "oe", "æ": "ae", "ø": "o", "đ": "d", "ð": "d", "ł": "l", "ı": "i"})
_IN_BRACKETS = re.compile(r"\([^()]*\)")
_EDGES = "\ufeff\u200b\u200e\u200f\u2060"


@dataclass(frozen=True, slots=True)
class TableFault:
    """Something wrong with a table.

    ``row`` is the line that a spreadsheet shows (the header is usually 1); ``column`` is the heading as written in
    the file, or ``""``.
    """

    row: int
    column: str
    code: str
    params: dict[str, Any] = field(default_factory=dict)

    @property
    def of_the_file(self) -> bool:
        """Whether the table as a whole cannot be trusted, and not only one row of it."""
        return self.code.startswith(("file.", "column."))

    def message(self, language: str) -> str:
        """The sentence ``tables.<code>`` of the catalogue."""
        return say(f"tables.{self.code}", language, row=self.row, column=self.column, **self.params)


@dataclass(frozen=True, slots=True)
class Row:
    """One line that is not blank, with one cell per heading (none at all when the line could not be split)."""

    number: int
    cells: tuple[Cell, ...]
    faults: tuple[TableFault, ...] = ()


@dataclass(frozen=True, slots=True)
class RawRow:
    """A line as the file holds it; ``errors`` are codes of faults by position of the cell."""

    number: int
    cells: Sequence[Cell]
    errors: tuple[tuple[int, str], ...] = ()
    fault: TableFault | None = None

    @property
    def blank(self) -> bool:
        """Whether nothing is written on the line."""
        return self.fault is None and not self.errors and not any(self.cells)


class Unreadable(Exception):
    """Raised while a file is opened; carries the fault."""

    def __init__(self, code: str, row: int = 1, /, **params: Any) -> None:
        super().__init__(code)
        self.fault = TableFault(row, "", code, params)


def clean(text: str) -> str:
    """``text`` in NFC, without white space and invisible marks at its ends."""
    if text.isascii():
        return text.strip()
    return unicodedata.normalize("NFC", text).strip().strip(_EDGES).strip()


def fold(text: str) -> str:
    """What remains of ``text`` when case, accents, spaces, apostrophes, hyphens and all other signs are dropped."""
    plain = unicodedata.normalize("NFKD", text.casefold().translate(_UNDECOMPOSED))
    return "".join(sign for sign in plain if sign.isalnum()).translate(_UNDECOMPOSED)


def shown(text: str, limit: int = 60) -> str:
    """``text`` made fit for a sentence on a screen: printable and short."""
    printable = " ".join("".join(sign if sign.isprintable() else " " for sign in text).split())
    return printable if len(printable) <= limit else printable[: limit - 1] + "…"


def letter(position: int) -> str:
    """The letters over a column in a spreadsheet; ``position`` counts from 0."""
    letters = ""
    position += 1
    while position:
        position, rest = divmod(position - 1, 26)
        letters = chr(ord("A") + rest) + letters
    return letters


@dataclass(frozen=True, slots=True)
class Column:
    """A column to look for. ``headings`` are the names it may have; the first is the one to tell people."""

    name: str
    headings: tuple[str, ...]
    required: bool = True


@dataclass(frozen=True)
class Columns:
    """Where the wanted columns are. ``unknown`` are the headings that nobody asked for."""

    headings: tuple[str, ...]
    index: dict[str, int]
    faults: tuple[TableFault, ...]
    unknown: tuple[str, ...]

    def cell(self, row: Row, name: str) -> Cell:
        """The cell of the wanted column ``name`` (``""`` when the table has no such column)."""
        position = self.index.get(name)
        return "" if position is None else row.cells[position]

    def heading(self, name: str) -> str:
        """The heading of the wanted column ``name``, as written in the file (``""`` when there is none)."""
        position = self.index.get(name)
        return "" if position is None else self.headings[position]


def find_columns(headings: Sequence[str], wanted: Iterable[Column], row: int = 1) -> Columns:
    """Find ``wanted`` among ``headings``, whatever their case, accents, spaces and remarks in brackets.

    Missing required columns and columns that are there twice are faults of line ``row``.
    """
    wanted = tuple(wanted)
    by_key = {fold(name): column for column in wanted for name in column.headings}
    index: dict[str, int] = {}
    faults: list[TableFault] = []
    unknown: list[str] = []
    for position, heading in enumerate(headings):
        column = by_key.get(fold(heading)) or by_key.get(fold(_IN_BRACKETS.sub("", heading)))
        if column is None:
            unknown.append(heading or letter(position))
        elif column.name in index:
            faults.append(TableFault(row, heading, "column.double", {"first": headings[index[column.name]]}))
        else:
            index[column.name] = position
    faults += [
        TableFault(row, column.headings[0], "column.missing")
        for column in wanted
        if column.required and column.name not in index
    ]
    return Columns(tuple(headings), index, tuple(faults), tuple(unknown))
