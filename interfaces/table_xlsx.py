"""XLSX: the first visible sheet, line by line, with the values that the spreadsheet last showed."""

from __future__ import annotations

import warnings
import zipfile
from collections.abc import Generator, Iterator
from contextlib import closing, contextmanager
from datetime import date, datetime
from itertools import repeat
from pathlib import Path
from typing import Any

from openpyxl import load_workbook

from interfaces.table_types import Cell, RawRow, TableFault, Unreadable, clean

OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
"""How .xls files begin, and workbooks that ask for a password."""

ZIP = b"PK"
LAST_LINE = 1_048_576
"""The last line of an XLSX sheet; anything beyond was not written by a spreadsheet."""

_OPEN_DOCUMENT = b"application/vnd.oasis.opendocument"
_SHEETS = "xl/worksheets/"

# openpyxl warns about decorations that it does not keep (validation lists, print areas), and they are no concern here.
warnings.filterwarnings("ignore", category=UserWarning, module=r"openpyxl\.")


def check(path: Path, max_bytes: int) -> None:
    """Look at the archive before anything is unpacked.

    ``max_bytes`` bounds each part once unpacked; sheets, which are read as they come, may be four times as large.

    Raises:
        Unreadable: ``file.legacy``, ``file.not_a_table``, ``file.inflated`` or ``file.damaged``.
    """
    try:
        with zipfile.ZipFile(path) as archive:
            names = set(archive.namelist())
            if "mimetype" in names and archive.open("mimetype").read(64).startswith(_OPEN_DOCUMENT):
                raise Unreadable("file.legacy")
            if "xl/workbook.bin" in names:
                raise Unreadable("file.legacy")
            if "[Content_Types].xml" not in names or not any(name.startswith("xl/") for name in names):
                raise Unreadable("file.not_a_table")
            for part in archive.infolist():
                # zipfile never unpacks more than the size announced here, so the announcement can be trusted.
                if part.file_size > max_bytes * (4 if part.filename.startswith(_SHEETS) else 1):
                    raise Unreadable("file.inflated")
    except zipfile.BadZipFile:
        raise Unreadable("file.damaged") from None


def rows(path: Path) -> Generator[RawRow, None, None]:
    """Every line of the sheet, blank ones included. A workbook that breaks off is a fault of the line reached."""
    number = 0
    try:
        with _sheet(path, data_only=True) as sheet, _formulas(path) as formulas:
            for number, (cells, sources) in enumerate(zip(_lines(sheet), formulas, strict=False), 1):
                yield _raw(number, cells, sources)
    except Exception:
        # openpyxl answers a damaged workbook with whatever its parsers happen to raise.
        yield RawRow(number + 1, (), fault=TableFault(number + 1, "", "file.damaged"))


@contextmanager
def _sheet(path: Path, *, data_only: bool) -> Iterator[Any]:
    # Given a path, openpyxl would judge the file by its name.
    with (
        path.open("rb") as file,
        closing(load_workbook(file, read_only=True, data_only=data_only, keep_links=False)) as book,
    ):
        sheet = next((sheet for sheet in book.worksheets if sheet.sheet_state == "visible"), book.worksheets[0])
        # Programs that write XLSX are often wrong about the size of the sheet.
        sheet.reset_dimensions()
        yield sheet


def _lines(sheet: Any) -> Iterator[tuple[Any, ...]]:
    yield from sheet.iter_rows(max_row=LAST_LINE)


@contextmanager
def _formulas(path: Path) -> Iterator[Iterator[tuple[Any, ...]]]:
    """The lines with formulas instead of values; empty lines without end when the workbook has no formula."""
    if not _has_formulas(path):
        yield repeat(())
        return
    with _sheet(path, data_only=False) as sheet:
        yield _lines(sheet)


def _has_formulas(path: Path) -> bool:
    with zipfile.ZipFile(path) as archive:
        for name in archive.namelist():
            if not (name.startswith(_SHEETS) and name.endswith(".xml")):
                continue
            with archive.open(name) as part:
                tail = b""
                while chunk := part.read(1 << 20):
                    if any(mark in tail + chunk for mark in (b"<f>", b"<f ", b"<f/", b":f")):
                        return True
                    tail = chunk[-2:]
    return False


def _raw(number: int, cells: tuple[Any, ...], sources: tuple[Any, ...]) -> RawRow:
    values: list[Cell] = []
    errors: list[tuple[int, str]] = []
    for position, cell in enumerate(cells):
        if cell.data_type == "e":
            errors.append((position, "cell.error"))
            values.append("")
        elif cell.value is None and position < len(sources) and sources[position].data_type == "f":
            errors.append((position, "cell.formula"))
            values.append("")
        else:
            values.append(_cell(cell.value))
    return RawRow(number, values, tuple(errors))


def _cell(value: Any) -> Cell:
    match value:
        case None:
            return ""
        case bool():
            return "1" if value else "0"
        case datetime():
            return value.date()
        case date():
            return value
        case float() if value.is_integer():
            return str(int(value))
        case _:
            return clean(str(value))
