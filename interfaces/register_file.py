"""The files of a register: bodies, places, jurors, members, office, ties; every row checked, every fault told."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal

from domain.register.entries import CODE
from interfaces import register_cells as cells
from interfaces.candidate_cells import BadCell, email, name, text
from interfaces.candidates import Rejection
from interfaces.tables import Cell, Column, Columns, Row, read_table, shown

FileKind = Literal["organisations", "sites", "jurors", "members", "office", "ties"]
KINDS: tuple[FileKind, ...] = ("organisations", "sites", "jurors", "members", "office", "ties")

_OF_CANDIDATES = ("name.", "text.", "email.", "date.", "value.")
"""Faults of cells that the catalogue tells with those of the candidate file."""


@dataclass(frozen=True, slots=True)
class Field:
    """One column: where its value goes, and how its cells are read."""

    column: Column
    read: Callable[[Cell], Any]


def _field(name: str, read: Callable[[Cell], Any], *headings: str, required: bool = False) -> Field:
    return Field(Column(name, (*headings, name.replace("_", " ")), required), read)


_CODE = _field("code", cells.code, "code", "identifiant", required=True)
_CONTACT = (
    _field("email", email, "courriel", "e-mail", "mél", "adresse électronique"),
    _field("language", cells.one_of(cells.LANGUAGES), "langue"),
)
_NAMES = (
    _field("family_name", name, "nom", "nom de famille", required=True),
    _field("given_name", name, "prénom", required=True),
)
_ORGANISATION = ("organisme", "organisation", "structure")

FIELDS: dict[FileKind, tuple[Field, ...]] = {
    "organisations": (
        _CODE,
        _field("name", text, "nom", "libellé", required=True),
        _field("kinds", cells.listed(cells.one_of(cells.ORGANISATION_KINDS)), "types", "type", required=True),
        _field("branch", text, "branche", "branche de législation"),
        _field("part_of", cells.code, "rattaché à", "rattachement"),
        _field("habilitations", cells.listed(cells.habilitation), "habilitations", "habilitation"),
        _field("department", cells.department, "département", "code postal", "dpt"),
        *_CONTACT,
    ),
    "sites": (
        _CODE,
        _field("organisation", cells.code, *_ORGANISATION, required=True),
        _field("name", text, "nom", "libellé"),
        _field("rooms", cells.count, "salles"),
        _field("accessible", cells.flag, "accessible", "accessible pmr"),
        _field("latitude", cells.degrees, "latitude"),
        _field("longitude", cells.degrees, "longitude"),
    ),
    "jurors": (
        _CODE,
        *_NAMES,
        *_CONTACT,
        _field("parts", cells.listed(cells.one_of(cells.PARTS)), "fonctions", "fonction", required=True),
        _field("organisation", cells.code, *_ORGANISATION, required=True),
        _field("branch", text, "branche", "branche de législation"),
        _field("gender", cells.one_of(cells.GENDERS), "genre", "sexe"),
        _field("trained_since", cells.iso, "formé le", "formation suivie le"),
        _field("trained_until", cells.iso, "formation valable jusqu'au", "formation valable jusqu’au"),
        _field("sites", cells.listed(cells.code), "sites", "sites accessibles"),
        _field("available", cells.listed(cells.span), "disponibilités", "disponible"),
        _field("absent", cells.listed(cells.span), "absences", "absent"),
    ),
    "members": (
        _CODE,
        *_NAMES,
        *_CONTACT,
        _field("college", cells.one_of(cells.COLLEGES), "collège", required=True),
        _field("standing", cells.one_of(cells.STANDINGS), "qualité", required=True),
        _field("replaces", cells.code, "supplée", "suppléant de"),
        _field("organisation", cells.code, *_ORGANISATION),
        _field("juror", cells.code, "juré", "code de juré"),
        _field("mandate_since", cells.iso, "mandat du", "début de mandat"),
        _field("mandate_until", cells.iso, "mandat au", "fin de mandat"),
    ),
    "office": (
        _field("role", cells.one_of(cells.OFFICE), "rôle", required=True),
        _field("family_name", name, "nom"),
        _field("given_name", name, "prénom"),
        _field("email", email, "courriel", "e-mail", "mél", "adresse électronique", required=True),
        _field("language", cells.one_of(cells.LANGUAGES), "langue"),
    ),
    "ties": (
        _field("who", cells.code, "juré ou membre", "juré", "membre", "code", required=True),
        _field("pathway", text, "parcours"),
        _field("family_name", name, "nom", "nom de naissance"),
        _field("given_name", name, "prénom"),
        _field("birth_date", cells.iso, "date de naissance", "né(e) le"),
        _field("tie", cells.one_of(cells.TIES), "lien", "nature du lien", required=True),
        _field("note", text, "note", "précision"),
    ),
}
"""What each kind of file may hold; a required column must be there, and filled in on every row."""


@dataclass(frozen=True, slots=True)
class EntryRow:
    """One good row: the values of its filled cells, by column."""

    row: int
    values: dict[str, Any]


@dataclass(slots=True)
class RegisterFile:
    """What a file holds. With any rejection nothing of it may be imported."""

    kind: FileKind
    rows: list[EntryRow] = field(default_factory=list)
    rejected: list[Rejection] = field(default_factory=list)
    warnings: list[Rejection] = field(default_factory=list)
    headings: dict[str, str] = field(default_factory=dict)

    def reject(self, row: int, name: str, code: str, **params: Any) -> None:
        """Note a fault of the cell of column ``name`` on line ``row``."""
        subject = "candidates" if code.startswith(_OF_CANDIDATES) else "register.cell"
        self.rejected.append(Rejection(row, self.headings.get(name, ""), code, params, subject=subject))


def read_register(path: Path, kind: FileKind) -> RegisterFile:
    """Read the file at ``path``. Nothing is raised for a bad one: all faults of all rows are in the answer."""
    found = RegisterFile(kind)
    table = read_table(path)
    wanted = FIELDS[kind]
    columns = table.columns(field.column for field in wanted)
    found.rejected = [Rejection.of(fault) for fault in table.faults or columns.faults]
    if found.rejected:
        return found
    found.headings = {name: columns.heading(name) for name in columns.index}
    found.warnings = [Rejection(table.header_row, heading, "heading.unknown") for heading in columns.unknown]
    seen: dict[str, int] = {}
    for row in table.rows():
        _read_row(found, columns, wanted, row, seen)
    if not found.rows and not found.rejected:
        found.rejected.append(Rejection(table.header_row, "", "rows.none", of_the_file=True, subject="register.cell"))
    return found


def _read_row(found: RegisterFile, columns: Columns, wanted: Sequence[Field], row: Row, seen: dict[str, int]) -> None:
    before = len(found.rejected)
    found.rejected += [Rejection.of(fault) for fault in row.faults]
    if not row.cells:
        return
    values: dict[str, Any] = {}
    unread = {fault.column for fault in row.faults}
    for item in wanted:
        name = item.column.name
        cell = columns.cell(row, name)
        if columns.heading(name) in unread:
            continue
        if cell == "":
            if item.column.required:
                found.reject(row.number, name, "value.missing")
            continue
        try:
            values[name] = item.read(cell)
        except BadCell as bad:
            found.reject(row.number, name, bad.code, **bad.params)
    key = "role" if found.kind == "office" else "code"
    if isinstance(code := values.get(key), str):
        _check_code(found, row.number, key, code, seen)
    if len(found.rejected) == before:
        found.rows.append(EntryRow(row.number, values))


def _check_code(found: RegisterFile, row: int, key: str, code: str, seen: dict[str, int]) -> None:
    if not CODE.fullmatch(code):
        found.reject(row, key, "code", value=shown(code))
    first = seen.setdefault(code, row)
    if first != row:
        found.reject(row, key, "twice", first=first, value=shown(code))
