"""What screens and programs are told about awards and their certificates, as plain dicts."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any, Literal

from domain.awards.state import Book, Edition, Entry
from eventstore.books import NumberRow
from interfaces.reports import scheme_report
from interfaces.streams import StreamFile

Status = Literal["waiting", "issued", "expired", "withdrawn", "erased"]
STATUSES: tuple[Status, ...] = ("waiting", "issued", "expired", "withdrawn", "erased")


def status_of(row: NumberRow, today: date) -> Status:
    """How an award stands: what was withdrawn is that above all, and what is not issued yet waits."""
    if row.withdrawn_on is not None:
        return "withdrawn"
    if row.erased:
        return "erased"
    if row.valid_until is not None and row.valid_until < today:
        return "expired"
    return "issued" if row.issued == row.edition else "waiting"


def number_report(row: NumberRow, today: date, name: str | None = None) -> dict[str, Any]:
    """One award as lists show it; ``name`` where it was opened."""
    return {
        "number": row.number,
        "status": status_of(row, today),
        "kind": row.kind,
        "block": row.block,
        "title": row.title,
        "scheme": row.scheme_id,
        "pathway": row.pathway_id,
        "person": row.person_id,
        "route": row.route,
        "awarded_on": row.awarded_on,
        "valid_until": row.valid_until,
        "withdrawn_on": row.withdrawn_on,
        "edition": row.edition,
        "issued": row.issued,
        **({"name": name} if name is not None else {}),
    }


def editions_report(entry: Entry) -> list[dict[str, Any]]:
    """The editions of a certificate, with the digests that the log holds of each."""
    return [_edition(number, edition) for number, edition in enumerate(entry.editions, start=1)]


def _edition(number: int, edition: Edition) -> dict[str, Any]:
    return {
        "edition": number,
        "on": edition.on,
        "why": edition.why or None,
        "document": edition.document or None,
        "credential": edition.credential or None,
        "key": edition.key or None,
        "passed_over": edition.passed_over or None,
    }


def book_report(file: StreamFile) -> dict[str, Any]:
    """Everything that stands in a book, without a name."""
    state: Book = file.state
    entries = sorted(state.entries.values(), key=lambda entry: entry.sequence)
    return {
        "id": state.stream,
        "version": state.version,
        "scheme": scheme_report(state.scheme),
        "status": state.status,
        "year": state.year,
        "code": state.code,
        "published": state.published,
        "entries": [_entry(entry) for entry in entries],
        "next": [],
        "deadlines": [],
        "owed": sorted(state.owed),
    }


def _entry(entry: Entry) -> dict[str, Any]:
    return {
        "number": entry.number,
        "award": entry.award,
        "pathway": entry.pathway,
        "kind": entry.kind,
        "block": entry.block or None,
        "title": entry.title,
        "awarded_on": entry.awarded_on,
        "valid_until": entry.valid_until,
        "withdrawn_on": entry.withdrawn_on,
        "editions": editions_report(entry),
        "erased": entry.erased,
    }


def counted(rows: Sequence[Mapping[str, Any]]) -> dict[str, int]:
    """How many awards stand how."""
    return {status: sum(row["status"] == status for row in rows) for status in STATUSES}
