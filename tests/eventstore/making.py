"""Appends for the tests of the store, which looks at no event's meaning."""

from __future__ import annotations

import base64
import hashlib
from datetime import UTC, date, datetime, timedelta, timezone
from typing import Any

from domain.ledger import canonical
from domain.log import AppendRequest, NewEvent, ViewRows
from domain.records import Sealed
from domain.scheme.model import AggregateName
from eventstore.keyring import Keyring
from eventstore.keys import Keys
from eventstore.masters import Masters
from eventstore.pool import Pool

NOON = datetime(2026, 3, 2, 12, 0, 0, 123456, tzinfo=timezone(timedelta(hours=1)))
BARE = ViewRows(main={})
MASTER = bytes(range(32))


def keys(pool: Pool, *masters: bytes, cached: int = 8192) -> Keys:
    """The keys of a database, under ``MASTER`` or the masters given."""
    return Keys(pool, Masters.local(*(masters or (MASTER,))), cached)


def keyring(pool: Pool, *masters: bytes) -> Keyring:
    """The persons of a database."""
    return Keyring(keys(pool, *masters))


def event(text: str = "said", **fields: Any) -> NewEvent:
    values: dict[str, Any] = {
        "type": "noted",
        "schema_version": 1,
        "occurred_at": NOON,
        "public": canonical({"text": text}).decode(),
    }
    return NewEvent(**(values | fields))


def append(
    stream: str = "pathway:1",
    expected: int = 0,
    command: str = "c1",
    *events: NewEvent,
    aggregate: AggregateName = "pathway",
    view: ViewRows = BARE,
) -> AppendRequest:
    return AppendRequest(
        aggregate=aggregate,
        stream=stream,
        expected_version=expected,
        command_id=command,
        events=events or (event(),),
        view=view,
    )


def sealed_event(ciphertext: bytes = b"\x01\x02secret bytes", field: str = "identity", subject: str = "p1") -> NewEvent:
    digest = hashlib.sha256(ciphertext).hexdigest()
    sealed = Sealed(subject=subject, key_version=1, digest=digest, ciphertext=base64.b64encode(ciphertext).decode())
    public = canonical({"fact": {field: {"subject": subject, "key_version": 1, "digest": digest}}}).decode()
    return event(public=public, sealed={field: sealed})


def pathway_row(stream: str = "pathway:1", **fields: Any) -> dict[str, Any]:
    row: dict[str, Any] = {
        "pathway_id": stream,
        "person_id": "p1",
        "scheme_id": "a-scheme",
        "scheme_version": "1",
        "scheme_hash": "abc",
        "attempt": 1,
        "route": "training",
        "employer": "Caisse d’Allocations",
        "branch": None,
        "initiative": None,
        "status": "open",
        "step": "positioning",
        "outcome": None,
        "opened_on": date(2026, 3, 2),
        "closed_on": None,
        "session_id": None,
        "sitting_id": None,
        "held": ["A", "B"],
        "identity_version": 1,
        "owed": 0,
        "version": 1,
    }
    return row | fields


def session_row(stream: str = "session:1", **fields: Any) -> dict[str, Any]:
    row: dict[str, Any] = {
        "session_id": stream,
        "scheme_id": "a-scheme",
        "scheme_hash": "abc",
        "status": "open",
        "opens": date(2026, 4, 1),
        "closes": date(2026, 4, 30),
        "modality": "on_site",
        "place": "Lyon",
        "registration_closes": None,
        "capacity": {"A": 12},
        "seated": 3,
        "waiting": 0,
        "owed": 0,
        "version": 1,
    }
    return row | fields


def sitting_row(stream: str = "sitting:1", **fields: Any) -> dict[str, Any]:
    row: dict[str, Any] = {
        "sitting_id": stream,
        "scheme_id": "a-scheme",
        "scheme_hash": "abc",
        "status": "open",
        "held_on": date(2026, 5, 5),
        "place": None,
        "dossiers": 4,
        "decided": 1,
        "presides": None,
        "owed": 0,
        "version": 1,
    }
    return row | fields


def task_row(id: str = "t1", **fields: Any) -> dict[str, Any]:
    row: dict[str, Any] = {
        "task_id": id,
        "kind": "decide",
        "who": "administrator",
        "since": date(2026, 3, 2),
        "due_on": date(2026, 4, 2),
        "params": {"block": "A"},
    }
    return row | fields


def deadline_row(id: str = "admissibility:1", **fields: Any) -> dict[str, Any]:
    row: dict[str, Any] = {
        "deadline_id": id,
        "deadline": "admissibility",
        "title": "Décision de recevabilité",
        "status": "running",
        "starts_on": date(2026, 3, 2),
        "due_on": date(2026, 5, 2),
        "due_at": datetime(2026, 5, 2, 22, 0, tzinfo=UTC),
        "who": "administrator",
        "basis": "L6412-2",
        "passed": "accept",
        "derivation": [{"rule": "months", "amount": 2}],
    }
    return row | fields


def award_row(id: str = "pathway:1#9", **fields: Any) -> dict[str, Any]:
    row: dict[str, Any] = {
        "award_id": id,
        "person_id": "p1",
        "scheme_id": "a-scheme",
        "scheme_hash": "abc",
        "kind": "block",
        "block": "A",
        "held_as": "CCP-A",
        "title": "CCP",
        "awarded_on": date(2026, 6, 1),
        "valid_until": None,
        "withdrawn_on": None,
    }
    return row | fields


def view(stream: str = "pathway:1", **parts: Any) -> ViewRows:
    return ViewRows(
        main=pathway_row(stream, **parts.pop("main", {})),
        tasks=tuple(parts.pop("tasks", ())),
        deadlines=tuple(parts.pop("deadlines", ())),
        awards=tuple(parts.pop("awards", ())),
    )
