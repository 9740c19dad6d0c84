"""Candidate files for the tests: one good row, and any cell of it changed."""

from __future__ import annotations

import csv
import io
from collections.abc import Sequence
from datetime import date
from pathlib import Path
from typing import Any

from openpyxl import Workbook

from domain.scheme.model import Scheme
from interfaces.candidates import CandidateFile, read_candidates
from schemes.files import bundled

TODAY = date(2026, 3, 2)
GOOD = {
    "nom": "Quéméneur",
    "prénom": "Élise",
    "date de naissance": "17/06/1983",
    "dispositif": "cqp-cos",
    "voie": "formation",
}


def as_csv(rows: Sequence[Sequence[str]], separator: str = ";") -> str:
    written = io.StringIO()
    csv.writer(written, delimiter=separator, lineterminator="\r\n").writerows(rows)
    return written.getvalue()


def write_csv(path: Path, rows: Sequence[Sequence[str]], separator: str = ";", encoding: str = "utf-8") -> Path:
    path.write_bytes(as_csv(rows, separator).encode(encoding))
    return path


def write_xlsx(path: Path, rows: Sequence[Sequence[Any]]) -> Path:
    book = Workbook()
    sheet = book.active
    assert sheet is not None
    for number, row in enumerate(rows, 1):
        for column, value in enumerate(row, 1):
            sheet.cell(number, column, value)
    book.save(path)
    return path


def check(folder: Path, *rows: dict[str, str], schemes: dict[str, Scheme] | None = None) -> CandidateFile:
    """The verdict on a file whose rows are :data:`GOOD` with the given cells instead."""
    headings = list(dict.fromkeys([*GOOD, *(heading for row in rows for heading in row)]))
    lines = [headings, *([(GOOD | row).get(heading, "") for heading in headings] for row in rows)]
    return read_candidates(write_csv(folder / "file.csv", lines), schemes or bundled(), TODAY)


def verdict(found: CandidateFile) -> list[tuple[int, str, str]]:
    return [(rejection.row, rejection.column, rejection.code) for rejection in found.rejected]
