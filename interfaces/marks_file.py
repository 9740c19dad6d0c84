"""Marks files: one line per criterion, with 1, 0 or nothing, and a note where there is something to say."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from domain.marks import Mark
from domain.scheme.model import Scheme
from interfaces.table_types import Column, Columns, Row, TableFault
from interfaces.tables import read_table, shown
from interfaces.words import say

MAX_BYTES = 4 * 1024 * 1024
MAX_ROWS = 20_000
MAX_NOTE = 2_000
_NOTES = ("notes", "remarque", "remarques", "commentaire", "commentaires", "comment", "comments")
_CRITERION = Column("criterion", ("criterion", "critère", "critères", "criteria"))
COLUMNS = (
    _CRITERION,
    Column("met", ("met", "atteint", "résultat", "note")),
    Column("notes", _NOTES, required=False),
)
_BESIDE = (
    _CRITERION,
    Column("met", ("met", "atteint", "résultat")),
    Column("notes", (*_NOTES, "note")),
)
"""Beside a mark, *note* is what is said about it; alone, it is the French word for the mark."""
_MARKS: dict[str, Mark] = {"1": True, "0": False, "": None}


@dataclass(frozen=True, slots=True)
class MarkFault:
    """Something wrong with a marks file; ``row`` is the line that a spreadsheet shows, 0 for the file as a whole."""

    row: int
    column: str
    name: str
    params: dict[str, Any] = field(default_factory=dict)

    @classmethod
    def of(cls, fault: TableFault) -> MarkFault:
        """A fault of the table itself."""
        params = {**fault.params, "row": fault.row, "column": fault.column}
        row = 0 if fault.code.startswith("file.") else fault.row
        return cls(row, fault.column, f"tables.{fault.code}", params)

    def message(self, language: str = "fr") -> str:
        """The sentence to show."""
        sentence = say(self.name, language, **self.params)
        if not self.row:
            return sentence
        name = "marks.file.fault_column" if self.column else "marks.file.fault"
        return say(name, language, row=self.row, column=self.column, message=sentence)


@dataclass(slots=True)
class MarksFile:
    """Marks and notes by criterion, and every fault, in the order of the file. With faults they are worth nothing."""

    marks: dict[str, Mark] = field(default_factory=dict)
    notes: dict[str, str] = field(default_factory=dict)
    faults: list[MarkFault] = field(default_factory=list)


def read_marks(path: Path, scheme: Scheme, blocks: Sequence[str] | None = None, *, whole: bool = True) -> MarksFile:
    """Read the marks file at ``path``: heading ``criterion,met`` and perhaps ``notes``, then one line per criterion.

    With ``whole``, every criterion of ``blocks`` (default: of all blocks of ``scheme``) must be there. Nothing is
    raised for a bad file: all its faults are in the answer.
    """
    found = MarksFile()
    table = read_table(path, max_bytes=MAX_BYTES, max_rows=MAX_ROWS)
    beside = table.columns(_BESIDE)
    columns = table.columns(COLUMNS) if beside.faults else beside
    for fault in table.faults or columns.faults:
        found.faults.append(MarkFault.of(fault))
    if found.faults:
        return found
    _Reader(scheme, columns, found).read_all(table.rows())
    wanted = [block for block in scheme.blocks if whole and (blocks is None or block.id in blocks)]
    missing = [criterion for block in wanted for criterion in block.criteria if criterion not in found.marks]
    if missing and not any(fault.name.startswith("tables.") for fault in found.faults):
        name = "marks.mark.missing_one" if len(missing) == 1 else "marks.mark.missing"
        found.faults.append(MarkFault(0, "", name, {"count": len(missing), "criteria": ", ".join(missing)}))
    return found


class _Reader:
    def __init__(self, scheme: Scheme, columns: Columns, found: MarksFile) -> None:
        self._scheme = scheme
        self._columns = columns
        self._found = found
        self._ids = {unicodedata.normalize("NFC", id): id for id in scheme.block_of_criterion}
        self._rows: dict[str, int] = {}

    def read_all(self, rows: Iterable[Row]) -> None:
        for row in rows:
            if row.faults:
                self._found.faults += [MarkFault.of(fault) for fault in row.faults]
            else:
                self._read(row)

    def _read(self, row: Row) -> None:
        written = str(self._columns.cell(row, "criterion"))
        value = str(self._columns.cell(row, "met"))
        if not written:
            self._fault(row, "unnamed")
            return
        criterion = self._ids.get(unicodedata.normalize("NFC", written))
        if criterion is None:
            self._fault(row, "unknown", value=shown(written), scheme=self._scheme.id)
        elif criterion in self._rows:
            self._fault(row, "double", criterion=criterion, first=self._rows[criterion])
        else:
            self._rows[criterion] = row.number
            self._found.marks[criterion] = _MARKS.get(value)
            if value not in _MARKS:
                self._fault(row, "value", value=shown(value), criterion=criterion)
            if note := str(self._columns.cell(row, "notes")):
                self._found.notes[criterion] = note
                if len(note) > MAX_NOTE:
                    self._fault(row, "note", criterion=criterion, most=MAX_NOTE)

    def _fault(self, row: Row, code: str, **params: Any) -> None:
        self._found.faults.append(MarkFault(row.number, "", f"marks.mark.{code}", params))
