"""Attendance and votes as the secretary of a sitting writes them down: a table of members, one line each."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from interfaces.table_types import Column, Columns, Row, TableFault
from interfaces.tables import fold, read_table, shown
from interfaces.words import say

MAX_BYTES = 1024 * 1024
MAX_ROWS = 1_000
_MEMBER = Column("member", ("membre", "member"))
_ATTENDANCE = (
    _MEMBER,
    Column("how", ("présence", "attendance")),
    Column("holder", ("mandataire", "holder"), required=False),
)
_VOTES = (
    _MEMBER,
    Column("vote", ("vote",)),
    Column("dissent", ("désaccord", "dissent"), required=False),
)
_HOW = {
    **dict.fromkeys(("present", "presente", "x", "p"), "present"),
    **dict.fromkeys(("adistance", "distance", "visio", "remote"), "remote"),
    **dict.fromkeys(("mandat", "pouvoir", "represente", "representee", "proxy"), "proxy"),
    **dict.fromkeys(("absent", "absente", "excuse", "excusee", "excused", ""), "absent"),
}
_SAID = {
    **dict.fromkeys(("pour", "for", "oui", "yes"), "for"),
    **dict.fromkeys(("contre", "against", "non", "no"), "against"),
    **dict.fromkeys(("abstention", "abstain", "blanc", ""), "abstain"),
}


@dataclass(frozen=True, slots=True)
class SheetFault:
    """Something wrong with the file; ``row`` is the line that a spreadsheet shows, 0 for the file as a whole."""

    row: int
    name: str
    params: Mapping[str, Any]

    def message(self, language: str) -> str:
        """The sentence to show."""
        sentence = say(self.name, language, **self.params)
        return say("sitting.file.line", language, row=self.row, message=sentence) if self.row else sentence


@dataclass(slots=True)
class Sheet:
    """The fields of a command as the file gives them, and every fault. With faults the fields are worth nothing."""

    fields: dict[str, Any]
    faults: list[SheetFault] = field(default_factory=list)


def read_attendance(path: Path) -> Sheet:
    """``membre``, ``présence`` (présent, à distance, mandat, absent), ``mandataire``: the fields of
    ``record_attendance``. Nothing is raised for a bad file."""
    sheet = Sheet({"present": [], "remote": [], "proxies": []})
    for row, columns in _rows(path, _ATTENDANCE, sheet):
        member, holder = (str(columns.cell(row, name)) for name in ("member", "holder"))
        how = _HOW.get(fold(str(columns.cell(row, "how"))))
        if how is None:
            _fault(sheet, row, "how", value=shown(str(columns.cell(row, "how"))))
        elif (how == "proxy") != bool(holder):
            _fault(sheet, row, "holder", member=shown(member))
        elif how == "proxy":
            sheet.fields["proxies"].append({"giver": member, "holder": holder})
        elif how != "absent":
            sheet.fields[how].append(member)
    return sheet


def read_votes(path: Path) -> Sheet:
    """``membre``, ``vote`` (pour, contre, abstention), ``désaccord``: fields of ``decide_dossier``. A member twice is a
    fault. Nothing is raised for a bad file."""
    sheet = Sheet({"votes": {}, "dissents": {}})
    for row, columns in _rows(path, _VOTES, sheet):
        member, dissent = (str(columns.cell(row, name)) for name in ("member", "dissent"))
        vote = _SAID.get(fold(str(columns.cell(row, "vote"))))
        if vote is None:
            _fault(sheet, row, "vote", value=shown(str(columns.cell(row, "vote"))))
        elif member in sheet.fields["votes"]:
            _fault(sheet, row, "twice", member=shown(member))
        else:
            sheet.fields["votes"][member] = vote
            if dissent:
                sheet.fields["dissents"][member] = dissent
    return sheet


def _rows(path: Path, wanted: Sequence[Column], sheet: Sheet) -> Iterator[tuple[Row, Columns]]:
    """The lines that name a member; what is wrong with the others goes to ``sheet``."""
    table = read_table(path, max_bytes=MAX_BYTES, max_rows=MAX_ROWS)
    columns = table.columns(wanted)
    for fault in table.faults or columns.faults:
        _of_table(sheet, fault)
    if sheet.faults:
        return
    for row in table.rows():
        for fault in row.faults:
            _of_table(sheet, fault)
        if not row.faults and not columns.cell(row, "member"):
            _fault(sheet, row, "member")
        elif not row.faults:
            yield row, columns


def _of_table(sheet: Sheet, fault: TableFault) -> None:
    params = {**fault.params, "row": fault.row, "column": fault.column}
    sheet.faults.append(SheetFault(0 if fault.of_the_file else fault.row, f"tables.{fault.code}", params))


def _fault(sheet: Sheet, row: Row, code: str, **params: Any) -> None:
    sheet.faults.append(SheetFault(row.number, f"sitting.file.{code}", params))
