"""CSV as people send it: three separators, and four encodings told apart by looking at every byte."""

from __future__ import annotations

import codecs
import csv
import re
from collections.abc import Generator
from dataclasses import dataclass
from pathlib import Path

from interfaces.table_types import RawRow, TableFault, Unreadable, clean

SEPARATORS = ";,\t"
"""In order of preference when a heading line contains as many of one as of another."""

_UTF16 = (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)
_UTF32 = (codecs.BOM_UTF32_LE, codecs.BOM_UTF32_BE)
_UTF8_ACCENTS = re.compile(rb"[\xc2\xc3][\x80-\xbf]|[\xe1-\xef][\x80-\xbf]{2}")
"""Accented letters of UTF-8; read as Windows-1252 they would be capital letters followed by signs."""

_SEP_LINE = re.compile(r"sep=(.)\r?\n?")
_QUOTED = re.compile(r'"[^"]*"')


@dataclass(frozen=True, slots=True)
class Dialect:
    """How a CSV file is written. ``preamble``: whether it begins with Excel's ``sep=`` line, which Excel hides."""

    encoding: str
    separator: str
    preamble: bool


def dialect_of(path: Path) -> Dialect:
    """Find out how the file is written.

    Raises:
        Unreadable: ``file.binary``, ``file.encoding`` or ``file.empty``.
    """
    encoding = _encoding(path)
    with path.open(encoding=encoding, newline="") as lines:
        first = next((line for line in lines if line.strip()), None)
    if first is None:
        raise Unreadable("file.empty")
    declared = _SEP_LINE.fullmatch(first)
    if declared:
        return Dialect(encoding, declared[1], preamble=True)
    bare = _QUOTED.sub("", first)
    return Dialect(encoding, max(SEPARATORS, key=bare.count), preamble=False)


def rows(path: Path, dialect: Dialect) -> Generator[RawRow, None, None]:
    """Every line of the file, blank ones included, numbered as a spreadsheet does.

    A quoted cell may span lines of the file: it is still one row.
    """
    with path.open(encoding=dialect.encoding, newline="") as lines:
        if dialect.preamble:
            next(line for line in lines if line.strip())
        reader = csv.reader(lines, delimiter=dialect.separator, strict=True)
        number = 0
        while True:
            number += 1
            try:
                cells = next(reader)
            except StopIteration:
                return
            except csv.Error as error:
                yield RawRow(number, (), fault=TableFault(number, "", "row.quotes"))
                if "limit" in str(error):
                    # A quote that nobody closed has swallowed this much already: what follows means nothing.
                    return
            else:
                yield RawRow(number, [clean(cell) for cell in cells])


def _encoding(path: Path) -> str:
    with path.open("rb") as file:
        start = file.read(4)
    if start in _UTF32:
        raise Unreadable("file.encoding", 1, line=1)
    if start[:2] in _UTF16:
        _check_utf16(path)
        return "utf-16"
    return _eight_bits(path, marked=start.startswith(codecs.BOM_UTF8))


def _check_utf16(path: Path) -> None:
    # Decoding strictly would stop somewhere in a buffer; the replacement sign tells the line.
    with path.open(encoding="utf-16", errors="replace", newline="") as lines:
        for number, line in enumerate(lines, 1):
            if "\0" in line:
                raise Unreadable("file.binary", number, line=number)
            if "\ufffd" in line:
                raise Unreadable("file.encoding", number, line=number)


def _eight_bits(path: Path, marked: bool) -> str:
    """UTF-8 if every line is; Windows-1252 if no line is and every byte means something there; else refuse."""
    other = 0
    utf8 = marked
    with path.open("rb") as lines:
        for number, line in enumerate(lines, 1):
            if b"\0" in line:
                raise Unreadable("file.binary", number, line=number)
            if line.isascii():
                continue
            utf8 = utf8 or _UTF8_ACCENTS.search(line) is not None
            if not _decodes(line, "utf-8"):
                other = other or number
                if not _decodes(line, "cp1252"):
                    raise Unreadable("file.encoding", number, line=number)
    if not other:
        return "utf-8-sig"
    if utf8:
        raise Unreadable("file.encoding", other, line=other)
    return "cp1252"


def _decodes(line: bytes, encoding: str) -> bool:
    try:
        line.decode(encoding)
    except UnicodeDecodeError:
        return False
    return True
