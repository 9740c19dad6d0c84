"""The rows of the read models for one register."""

from __future__ import annotations

from typing import Any

from domain.log import ViewRows
from domain.register.state import Entry, Register


def view(state: Register) -> ViewRows:
    """The rows as they are now; an append brings those entries only that it changed."""
    return ViewRows(
        main={
            "register_id": state.stream,
            "certifier": state.certifier,
            "scheme_id": state.scheme.id,
            "scheme_hash": state.scheme_hash,
            "status": state.status,
            "owed": len(state.owed),
            "version": state.version,
        },
        entries=tuple(_row(entry) for entry in state.entries.values()),
    )


def _row(entry: Entry) -> dict[str, Any]:
    return {
        "entity": entry.entity,
        "code": entry.code,
        "person_id": entry.person,
        "identity_version": entry.identity,
        "contact_version": entry.contact,
        "active": entry.active,
        "facts": entry.facts.model_dump(mode="json"),
        "version": entry.version,
    }
