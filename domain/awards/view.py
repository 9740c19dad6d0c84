"""The rows of the read models for one book of awards."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from domain.awards.state import Book, Entry
from domain.log import ViewRows


def view(state: Book) -> ViewRows:
    """The rows as they are now, of every award."""
    return _rows(state, sorted(state.entries.values(), key=lambda entry: entry.sequence))


def news(state: Book, since: int) -> ViewRows:
    """The rows as they are now, of those awards only that events after ``since`` changed: a book holds thousands."""
    return _rows(state, reversed(list(state.changed(since))))


def _rows(state: Book, entries: Iterable[Entry]) -> ViewRows:
    return ViewRows(
        main={
            "book_id": state.stream,
            "scheme_id": state.scheme_id,
            "scheme_hash": state.scheme_hash,
            "year": state.year,
            "status": state.status,
            "entered": len(state.entries),
            "issued": state.issued,
            "withdrawn": len(state.withdrawn),
            "owed": len(state.owed),
            "version": state.version,
        },
        entries=tuple(_row(state, entry) for entry in entries),
    )


def _row(state: Book, entry: Entry) -> dict[str, Any]:
    issued = entry.issued
    return {
        "number": entry.number,
        "sequence": entry.sequence,
        "award_id": entry.award,
        "pathway_id": entry.pathway,
        "person_id": entry.person,
        "scheme_id": state.scheme_id,
        "scheme_hash": entry.scheme_hash,
        "kind": entry.kind,
        "block": entry.block or None,
        "held_as": entry.held_as or None,
        "title": entry.title,
        "route": entry.route,
        "awarded_on": entry.awarded_on,
        "valid_until": entry.valid_until,
        "withdrawn_on": entry.withdrawn_on,
        "edition": entry.edition,
        "issued": issued,
        "document": entry.editions[issued - 1].document if issued else None,
        "erased": entry.erased,
        "version": entry.version,
    }
