"""Identities in a table, examined alone: what the deposit would make of each, without any server."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import Any

from domain.deposit.faults import Fault
from domain.deposit.identity import examine
from interfaces.candidates import Rejection
from interfaces.deposit.columns import PLACES
from interfaces.deposit.places import communes
from interfaces.deposit.wording import fault_sentence
from interfaces.tables import Column, read_table

COLUMNS = (
    Column("family_name", ("nom", "nom de naissance", "nom de famille", "family name", "last name"), required=False),
    Column("usage_name", ("nom d'usage", "nom usuel", "nom marital", "usage name"), required=False),
    Column("given_name", ("prénom", "prénoms", "premier prénom", "given name", "first name"), required=False),
    Column(
        "birth_date",
        ("date de naissance", "né(e) le", "né le", "née le", "naissance", "birth date", "date of birth"),
        required=False,
    ),
    Column("birth_year", ("année de naissance", "birth year"), required=False),
    Column("birth_month", ("mois de naissance", "birth month"), required=False),
    Column("birth_day", ("jour de naissance", "birth day"), required=False),
    *PLACES,
)


@dataclass(frozen=True, slots=True)
class Row:
    """One line: every fault and doubt, none of which holds a value."""

    row: int
    faults: tuple[Fault, ...]

    @property
    def identified(self) -> bool:
        """Whether the file could tell this person."""
        return not any(item.blocking for item in self.faults)

    def as_json(self, language: str) -> dict[str, Any]:
        """``{"row", "identified", "faults": [{"field", "code", "blocking", "message"}]}``."""
        return {
            "row": self.row,
            "identified": self.identified,
            "faults": [
                {
                    "field": item.field,
                    "code": item.code,
                    "blocking": item.blocking,
                    "message": fault_sentence(item, language),
                }
                for item in self.faults
            ],
        }


@dataclass(slots=True)
class Identities:
    """What a table of identities holds. ``rejected``: why a line, or the file, cannot be read at all."""

    rows: list[Row] = field(default_factory=list)
    rejected: list[Rejection] = field(default_factory=list)
    warnings: list[Rejection] = field(default_factory=list)


def read_identities(path: Path, on: date) -> Identities:
    """Examine every identity of the table at ``path``, of somebody certified ``on`` that day. Raises nothing."""
    found, table = Identities(), read_table(path)
    if table.faults:
        found.rejected = [Rejection.of(item) for item in table.faults]
        return found
    columns = table.columns(COLUMNS)
    found.warnings = [Rejection(table.header_row, heading, "heading.unknown") for heading in columns.unknown]
    if columns.faults:
        found.rejected = [Rejection.of(item) for item in columns.faults]
        return found
    for line in table.rows():
        found.rejected += [Rejection.of(item) for item in line.faults]
        if not line.cells or line.faults:
            continue
        cells = {column.name: columns.cell(line, column.name) for column in COLUMNS}
        told = {name: cell.isoformat() if isinstance(cell, date) else str(cell) for name, cell in cells.items()}
        found.rows.append(Row(line.number, examine(told, on, communes()).faults))
    if not found.rows and not found.rejected:
        found.rejected.append(Rejection(table.header_row, "", "rows.none", of_the_file=True))
    return found
