"""Tables that people send: CSV and XLSX, read line by line, with every fault told as data."""

from __future__ import annotations

from collections.abc import Callable, Generator, Iterable, Iterator, Sequence
from contextlib import closing
from pathlib import Path
from stat import S_ISREG
from typing import TypeVar

from interfaces import table_csv, table_xlsx
from interfaces.table_types import (
    Cell,
    Column,
    Columns,
    RawRow,
    Row,
    TableFault,
    Unreadable,
    find_columns,
    fold,
    shown,
)

__all__ = ["Cell", "Column", "Columns", "Row", "Table", "TableFault", "fold", "read_table", "shown"]

MAX_BYTES = 64 * 1024 * 1024
MAX_ROWS = 100_000

T = TypeVar("T")

Source = Callable[[], Generator[RawRow, None, None]]


class Table:
    """A table whose heading line has been read; the rest is read while iterating.

    ``headings`` are as written, ``header_row`` is the line they stand on. If ``faults`` is not empty nothing can be
    read: there are no headings and no rows.
    """

    def __init__(self, source: Source, max_rows: int) -> None:
        self._source = source
        self._max_rows = max_rows
        self.headings: tuple[str, ...] = ()
        self.header_row = 1
        self.faults: tuple[TableFault, ...] = ()

    @classmethod
    def broken(cls, fault: TableFault) -> Table:
        """A table that cannot be read."""
        table = cls(_nothing, 0)
        table.faults = (fault,)
        return table

    def read_header(self) -> None:
        """Take the first line that is not blank as the headings."""
        with closing(self._source()) as lines:
            header = next((line for line in lines if not line.blank), None)
        if header is None:
            self.faults = (TableFault(1, "", "file.empty"),)
        elif header.fault is not None:
            self.faults = (header.fault,)
        else:
            self.header_row = header.number
            self.headings = tuple(_without_empty_end([shown(str(cell)) for cell in header.cells]))

    def columns(self, wanted: Iterable[Column]) -> Columns:
        """Where ``wanted`` columns stand in this table; missing and doubled ones are faults in the answer."""
        return find_columns(self.headings, wanted, self.header_row)

    def rows(self) -> Iterator[Row]:
        """The lines below the headings that are not blank, one at a time; may be called again.

        A row with faults has to be refused, yet its other cells can be looked at. When the file as a whole turns out
        to be unusable (a fault ``of_the_file``), that row is the last.
        """
        if self.faults:
            return
        count = 0
        with closing(self._source()) as lines:
            for line in lines:
                if line.number <= self.header_row or line.blank:
                    continue
                count += 1
                if count > self._max_rows:
                    limit = TableFault(line.number, "", "file.too_many_rows", {"limit": self._max_rows})
                    yield Row(line.number, (), (limit,))
                    return
                yield self._row(line)

    def _row(self, line: RawRow) -> Row:
        if line.fault is not None:
            return Row(line.number, (), (line.fault,))
        width = len(self.headings)
        filled = len(_without_empty_end(line.cells))
        if filled > width:
            # A separator too many shifts the cells after it, so what they seem to hold is worth nothing.
            extra = TableFault(line.number, "", "row.too_many_cells", {"cells": filled, "columns": width})
            return Row(line.number, (), (extra,))
        faults = tuple(
            TableFault(line.number, self.headings[position], code) for position, code in line.errors if position < width
        )
        return Row(line.number, tuple(line.cells[:width]) + ("",) * (width - len(line.cells)), faults)


def read_table(path: Path, *, max_bytes: int = MAX_BYTES, max_rows: int = MAX_ROWS) -> Table:
    """Open the table at ``path``: CSV (``;``, ``,`` or tab; UTF-8, UTF-16 with a mark, Windows-1252) or XLSX.

    What the file is, is told by its content and never by its name. Files over ``max_bytes`` and lines beyond
    ``max_rows`` are refused. Nothing is raised for a bad file: see :attr:`Table.faults` and :attr:`Row.faults`.
    """
    path = Path(path)
    try:
        source = _open(path, max_bytes)
    except Unreadable as unreadable:
        return Table.broken(unreadable.fault)
    except FileNotFoundError:
        return Table.broken(TableFault(1, "", "file.missing"))
    except OSError as error:
        return Table.broken(TableFault(1, "", "file.unreadable", {"reason": error.strerror or str(error)}))
    table = Table(source, max_rows)
    table.read_header()
    return table


def _open(path: Path, max_bytes: int) -> Source:
    status = path.stat()
    if not S_ISREG(status.st_mode):
        raise Unreadable("file.not_a_table")
    if status.st_size == 0:
        raise Unreadable("file.empty")
    if status.st_size > max_bytes:
        raise Unreadable("file.too_large", limit=max_bytes // (1024 * 1024), size=status.st_size // (1024 * 1024))
    with path.open("rb") as file:
        start = file.read(8)
    if start == table_xlsx.OLE:
        raise Unreadable("file.legacy")
    if start.startswith(table_xlsx.ZIP) and start[2:3] in b"\x03\x05":
        table_xlsx.check(path, max_bytes)
        return lambda: table_xlsx.rows(path)
    dialect = table_csv.dialect_of(path)
    return lambda: table_csv.rows(path, dialect)


def _nothing() -> Generator[RawRow, None, None]:
    yield from ()


def _without_empty_end(cells: Sequence[T]) -> Sequence[T]:
    end = len(cells)
    while end and not cells[end - 1]:
        end -= 1
    return cells[:end]
