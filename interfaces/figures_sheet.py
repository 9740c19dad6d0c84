"""The tables of figures in words: what their cells say, and a workbook with a sheet for each table."""

from __future__ import annotations

import io
from typing import Any

from openpyxl import Workbook
from openpyxl.styles import Alignment, Font

from domain.figures import COLUMNS, WITHHELD, Row, Tables
from interfaces.telling import bare
from interfaces.words import say

_WORDED = {"route": "schemes.route", "step": "statistics.step"}
_EMPTY = {"region": "unknown", "branch": "unknown", "session": "none"}


def titles(table: str, language: str) -> list[str]:
    """What the columns of a table are called."""
    return [say(f"statistics.column.{column}", language) for column in COLUMNS[table]]


def cells(table: str, row: Row, language: str) -> list[Any]:
    """The cells of a row: whole numbers as numbers, everything else as it is read."""
    return [_cell(column, row[column], language) for column in COLUMNS[table]]


def _cell(column: str, value: Any, language: str) -> Any:
    if value == WITHHELD:
        return say("statistics.value.withheld", language)
    if column in _WORDED:
        return say(f"{_WORDED[column]}.{value}", language)
    if column in _EMPTY and value == "":
        return say(f"statistics.value.{_EMPTY[column]}", language)
    if column == "session":
        return bare(value)
    if column == "rate" and language == "fr":
        return value.replace(".", ",")
    return value


def workbook(tables: Tables, least: int, language: str) -> bytes:
    """One sheet for each table, under its notes; counts are numbers, so that they can be reckoned with."""
    book = Workbook()
    del book[book.sheetnames[0]]
    for table, rows in tables.items():
        sheet = book.create_sheet(say(f"statistics.sheet.{table}", language))
        sheet.append(titles(table, language))
        for cell in sheet[1]:
            cell.font = Font(bold=True)
            cell.alignment = Alignment(wrap_text=True, vertical="top")
        sheet.freeze_panes = "A2"
        for row in rows:
            sheet.append(cells(table, row, language))
            for cell in sheet[sheet.max_row]:
                if cell.data_type == "f":  # a name that begins like a formula
                    cell.data_type = "s"
                if cell.column > 2 and isinstance(cell.value, (int, str)):
                    cell.alignment = Alignment(horizontal="left" if _is_name(table, cell.column) else "right")
        for column in sheet.columns:
            widest = max(len(str(cell.value or "")) for cell in column)
            sheet.column_dimensions[column[0].column_letter].width = min(60, widest + 3)
    notes = book.create_sheet(say("statistics.sheet.notes", language))
    for note in explained(least, language):
        notes.append([note])
    notes.column_dimensions["A"].width = 120
    content = io.BytesIO()
    book.save(content)
    return content.getvalue()


def _is_name(table: str, column: int) -> bool:
    return COLUMNS[table][column - 1] in ("route", "session", "region", "branch", "block", "step")


def explained(least: int, language: str) -> list[str]:
    """What whoever reads the tables must know."""
    small = [say("statistics.small", language, least=least, most=least - 1)] if least > 1 else []
    return [*small, say("statistics.withdrawn", language), say("statistics.unknown_region", language)]
