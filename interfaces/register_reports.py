"""What screens and programs are told about a register, as plain dicts."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from domain.register.state import Entry, Register
from interfaces.reports import Texts, scheme_report
from interfaces.streams import StreamFile, full_name


def register_report(file: StreamFile, texts: Texts) -> dict[str, Any]:
    """Everything that stands in a register, in use or not; names where they could be opened."""
    state: Register = file.state
    return {
        "id": state.stream,
        "version": state.version,
        "scheme": scheme_report(state.scheme),
        "certifier": state.certifier,
        "status": state.status,
        "entries": [_entry(file, entry, texts) for entry in state.entries.values()],
        "next": [],
        "deadlines": [],
        "owed": sorted(state.owed),
    }


def _entry(file: StreamFile, entry: Entry, texts: Texts) -> dict[str, Any]:
    def told(name: str, version: int | None) -> str | None:
        sealed = getattr(file.record(version).fact, name) if version else None
        return texts.get(sealed.digest) if sealed else None

    row = {
        "entity": entry.entity,
        "code": entry.code,
        "active": entry.active,
        "version": entry.version,
        "person_id": entry.person,
        "facts": entry.facts.model_dump(mode="json"),
    }
    return entry_report(row, told("identity", entry.identity), told("contact", entry.contact))


def entry_report(row: Mapping[str, Any], identity: str | None, contact: str | None) -> dict[str, Any]:
    """One entry. ``name``, ``email`` and ``language`` are None where there are none, or nobody opened them."""
    address = json.loads(contact) if contact else {}
    return {
        "entity": row["entity"],
        "code": row["code"],
        "active": row["active"],
        "version": row["version"],
        "person": row["person_id"] or None,
        "name": full_name(json.loads(identity)) if identity else row["facts"].get("name") or None,
        "email": address.get("email") or None,
        "language": address.get("language"),
        "facts": row["facts"],
    }
