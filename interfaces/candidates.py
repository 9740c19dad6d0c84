"""The candidate file: every row checked, and everything that is wrong with any of them said at once."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import Any, TypeVar

from domain.deposit.identity import examine
from domain.scheme.model import RouteId, Scheme
from eventstore.identity import Identity, normalised
from interfaces import candidate_cells as cells
from interfaces.candidate_cells import BadCell, Schemes
from interfaces.deposit.columns import PLACES
from interfaces.tables import Column, Columns, Row, TableFault, read_table
from interfaces.words import catalogue, say

T = TypeVar("T")

COLUMNS = (
    Column(
        "family_name",
        (
            "nom",
            "nom de naissance",
            "nom de famille",
            "nom patronymique",
            "noms",
            "family name",
            "last name",
            "surname",
        ),
    ),
    Column("usage_name", ("nom d'usage", "nom usuel", "nom marital", "usage name"), required=False),
    Column("given_name", ("prénom", "prénoms", "premier prénom", "given name", "first name")),
    Column(
        "birth_date",
        (
            "date de naissance",
            "né(e) le",
            "né le",
            "née le",
            "naissance",
            "date naissance",
            "birth date",
            "date of birth",
            "ddn",
        ),
    ),
    Column(
        "email",
        (
            "courriel",
            "e-mail",
            "mail",
            "mél",
            "adresse électronique",
            "adresse e-mail",
            "adresse mail",
            "adresse courriel",
            "adresse de courriel",
            "email address",
        ),
        required=False,
    ),
    Column(
        "scheme",
        (
            "dispositif",
            "certification",
            "certification visée",
            "cqp",
            "cqp visé",
            "scheme",
            "scheme id",
            "id dispositif",
        ),
    ),
    Column("route", ("voie", "voie d'accès", "voie d'accès à la certification", "route", "modalité d'accès")),
    Column(
        "employer",
        ("employeur", "organisme employeur", "nom de l'employeur", "organisme", "caisse", "entreprise", "employer"),
        required=False,
    ),
    Column("branch", ("branche", "branche de législation", "branch"), required=False),
    Column("initiative", ("initiative", "à l'initiative de", "initiative de la candidature"), required=False),
    Column(
        "candidacy_on", ("date de candidature", "candidature", "date candidature", "candidacy date"), required=False
    ),
    Column(
        "held_blocks", ("blocs acquis", "blocs détenus", "ccp acquis", "ccp détenus", "held blocks"), required=False
    ),
    Column("proof", ("preuve", "justificatif", "pièce justificative", "proof"), required=False),
    *PLACES,
)


@dataclass(frozen=True, slots=True)
class CandidateRow:
    """One candidacy. ``held_blocks`` are block ids of the scheme; ``candidacy_on`` is None when the file gives none.

    ``civil``: what the file tells for the deposit with the Caisse des Dépôts (sex, place of birth…), by field.
    """

    row: int
    family_name: str
    usage_name: str
    given_name: str
    birth_date: date
    email: str
    scheme_id: str
    route: RouteId
    employer: str
    branch: str
    initiative: str
    candidacy_on: date | None
    held_blocks: tuple[str, ...]
    proof: str
    civil: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Rejection:
    """Why a row (or the file) is refused, or, among the warnings, what its sender should know.

    ``params`` never hold a name, a date of birth or an address: row and column are enough to find them.
    """

    row: int
    column: str
    code: str
    params: dict[str, Any] = field(default_factory=dict)
    of_the_file: bool = False
    subject: str = "candidates"

    @classmethod
    def of(cls, fault: TableFault) -> Rejection:
        """A fault of the table itself."""
        return cls(fault.row, fault.column, fault.code, fault.params, fault.of_the_file, "tables")

    def message(self, language: str = "fr") -> str:
        """The sentence to show."""
        return say(f"{self.subject}.{self.code}", language, row=self.row, column=self.column, **self.params)

    def as_json(self, language: str = "fr") -> dict[str, Any]:
        """``{"row", "column", "code", "message"}``."""
        return {"row": self.row, "column": self.column, "code": self.code, "message": self.message(language)}


@dataclass(slots=True)
class CandidateFile:
    """What a candidate file holds: good rows, and every fault, in the order of the file."""

    rows: list[CandidateRow] = field(default_factory=list)
    rejected: list[Rejection] = field(default_factory=list)
    warnings: list[Rejection] = field(default_factory=list)

    @property
    def unusable(self) -> bool:
        """Whether the file as a whole is refused, so that not even its good rows may be started."""
        return any(rejection.of_the_file for rejection in self.rejected)


def person_key(family_name: str, given_name: str, birth_date: date) -> bytes:
    """One person, however typed: the same spelling rules as those by which the log finds a person again."""
    return normalised(Identity(family_name, given_name, birth_date))


def read_candidates(path: Path, schemes: Mapping[str, Scheme], today: date) -> CandidateFile:
    """Read the candidate file at ``path`` and check every row; ``today`` is the day on which it is handed in.

    Nothing is raised for a bad file: all its faults are in the answer, those of all rows.
    """
    table = read_table(path)
    found = CandidateFile()
    if table.faults:
        found.rejected = [Rejection.of(fault) for fault in table.faults]
        return found
    columns = table.columns(COLUMNS)
    found.warnings = [Rejection(table.header_row, heading, "heading.unknown") for heading in columns.unknown]
    if columns.faults:
        found.rejected = [Rejection.of(fault) for fault in columns.faults]
        return found
    reader = _Reader(columns, Schemes(schemes), today, found)
    for row in table.rows():
        reader.read(row)
    if not found.rows and not found.rejected:
        found.rejected.append(Rejection(table.header_row, "", "rows.none", of_the_file=True))
    return found


class _Reader:
    """Checks one row after another, and remembers who was seen."""

    def __init__(self, columns: Columns, schemes: Schemes, today: date, found: CandidateFile) -> None:
        self._columns = columns
        self._schemes = schemes
        self._today = today
        self._found = found
        self._seen: dict[tuple[bytes, str], int] = {}
        self._warned: set[str] = set()
        self._same: dict[str, str] = {}

    def read(self, row: Row) -> None:
        """Add the row to what was found, as a candidate or as its faults."""
        before = len(self._found.rejected)
        self._found.rejected += [Rejection.of(fault) for fault in row.faults]
        if not row.cells:
            return
        candidate = self._candidate(row)
        if candidate is not None and len(self._found.rejected) == before:
            self._found.rows.append(candidate)

    def _candidate(self, row: Row) -> CandidateRow | None:
        family_name = self._needed(row, "family_name", cells.name)
        given_name = self._needed(row, "given_name", cells.name)
        born = self._needed(row, "birth_date", lambda cell: cells.birth_date(cell, self._today))
        scheme = self._needed(row, "scheme", self._schemes.find)
        route = self._needed(row, "route", cells.route)
        usage_name = self._optional(row, "usage_name", cells.name, "")
        email = self._optional(row, "email", cells.email, "")
        employer = self._optional(row, "employer", cells.text, "")
        branch = self._optional(row, "branch", cells.text, "")
        initiative = self._optional(row, "initiative", cells.initiative, "candidate")
        candidacy_on = self._optional(row, "candidacy_on", lambda cell: cells.candidacy_date(cell, self._today), None)
        proof = self._optional(row, "proof", cells.text, "")
        civil = self._civil(row)
        held: tuple[str, ...] = ()
        if scheme is not None:
            held = self._optional(row, "held_blocks", lambda cell: cells.blocks(cell, scheme), ())
            self._check_registration(row, scheme, candidacy_on or self._today)
            if route is not None:
                self._optional(row, "route", lambda cell: cells.open_route(route, cell, scheme), None)
        if family_name is None or given_name is None or born is None or scheme is None:
            return None
        self._check_twice(row, person_key(family_name, given_name, born), scheme)
        if route is None:
            return None
        return CandidateRow(
            row=row.number,
            family_name=family_name,
            usage_name=usage_name,
            given_name=given_name,
            birth_date=born,
            email=email,
            scheme_id=scheme.id,
            route=route,
            # Ten thousand candidates have a few dozen employers: keep each text once.
            employer=self._same.setdefault(employer, employer),
            branch=self._same.setdefault(branch, branch),
            initiative=initiative,
            candidacy_on=candidacy_on,
            held_blocks=held,
            proof=proof,
            civil=civil,
        )

    def _civil(self, row: Row) -> dict[str, str]:
        """What the deposit will need of the candidate, as far as the file tells it; what is wrong of it is a fault."""
        told: dict[str, str] = {}
        for column in PLACES:
            cell = self._columns.cell(row, column.name)
            if cell != "":
                told[column.name] = cell.isoformat() if isinstance(cell, date) else str(cell)
        for fault in examine(told, self._today).blocking if told else ():
            if fault.field in told:
                own = f"{fault.field}.{fault.code}"
                code = own if f"deposit.fault.{own}" in catalogue("fr") else f"name.{fault.code}"
                heading = self._columns.heading(fault.field)
                rejection = Rejection(row.number, heading, code, dict(fault.params), subject="deposit.fault")
                self._found.rejected.append(rejection)
        return told

    def _check_registration(self, row: Row, scheme: Scheme, on: date) -> None:
        until = scheme.registration.until
        if until is None or on <= until:
            return
        register = scheme.registration.code or scheme.registration.repertoire
        params = {"scheme": scheme.id, "register": register, "until": until}
        if scheme.registration.after == "refuse":
            self._reject(row, "scheme", "registration.expired", **params)
        elif scheme.id not in self._warned:
            # Once per scheme: ten thousand times the same warning would hide the others.
            self._warned.add(scheme.id)
            self._found.warnings.append(
                Rejection(row.number, self._columns.heading("scheme"), "registration.ended", params)
            )

    def _check_twice(self, row: Row, person: bytes, scheme: Scheme) -> None:
        first = self._seen.setdefault((person, scheme.id), row.number)
        if first != row.number:
            self._reject(row, "family_name", "candidate.twice", first=first, scheme=scheme.id)

    def _needed(self, row: Row, name: str, parse: Callable[[Any], T]) -> T | None:
        if self._columns.cell(row, name) == "":
            self._reject(row, name, "value.missing")
            return None
        return self._optional(row, name, parse, None)

    def _optional(self, row: Row, name: str, parse: Callable[[Any], T], default: T) -> T:
        cell = self._columns.cell(row, name)
        if cell == "":
            return default
        try:
            return parse(cell)
        except BadCell as bad:
            self._reject(row, name, bad.code, **bad.params)
            return default

    def _reject(self, row: Row, name: str, code: str, **params: Any) -> None:
        column = self._columns.heading(name)
        if any(fault.column == column for fault in row.faults):
            # The table said already that this cell cannot be read.
            return
        self._found.rejected.append(Rejection(row.number, column, code, params))
