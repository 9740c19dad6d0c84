"""The deposit as a workbook, for the person in charge: what can go, who cannot be told yet, what was refused."""

from __future__ import annotations

import io
from collections.abc import Iterable, Sequence
from datetime import date, datetime
from typing import Any

from openpyxl import Workbook
from openpyxl.styles import Font
from openpyxl.utils import get_column_letter
from openpyxl.worksheet.worksheet import Worksheet

from interfaces.words import say

Row = Sequence[Any]


def workbook(sheets: Iterable[tuple[str, Sequence[str], Iterable[Row]]], language: str) -> bytes:
    """Sheets ``(name, columns, rows)``, named and headed by the catalogue (``deposit.sheet``)."""
    book = Workbook()
    del book[book.sheetnames[0]]
    for name, columns, rows in sheets:
        sheet: Worksheet = book.create_sheet(say(f"deposit.sheet.{name}", language))
        sheet.append([say(f"deposit.sheet.{column}", language) for column in columns])
        for cell in sheet[1]:
            cell.font = Font(bold=True)
        sheet.freeze_panes = "A2"
        for row in rows:
            sheet.append(list(row))
            for cell in sheet[sheet.max_row]:
                if cell.data_type == "f":  # a text that begins like a formula
                    cell.data_type = "s"
                if isinstance(cell.value, date) and not isinstance(cell.value, datetime):
                    cell.number_format = "dd/mm/yyyy"
        for number, column in enumerate(sheet.columns, start=1):
            widest = max(len(str(cell.value or "")) for cell in column)
            sheet.column_dimensions[get_column_letter(number)].width = min(70, widest + 3)
        sheet.auto_filter.ref = sheet.dimensions
    content = io.BytesIO()
    book.save(content)
    return content.getvalue()
