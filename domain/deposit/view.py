"""The rows of the read models for one queue of deposits."""

from __future__ import annotations

from collections import Counter
from typing import Any

from domain.deposit.agenda import todo
from domain.deposit.state import Deposit
from domain.log import ViewRows
from domain.views import task_rows


def view(state: Deposit) -> ViewRows:
    """The rows as they are now."""
    return _view(state, tuple(state.rows.values()))


def news(state: Deposit, since: int) -> ViewRows:
    """The rows, and of passages those only that changed since that version."""
    return _view(state, state.changed(since))


def _view(state: Deposit, entries: tuple[dict[str, Any], ...]) -> ViewRows:
    counts = Counter(passage.status for passage in state.passages.values())
    return ViewRows(
        main={
            "deposit_id": state.stream,
            "certifier": state.certifier,
            "scheme_id": state.scheme.id,
            "scheme_hash": state.scheme_hash,
            "status": state.status,
            "waiting": counts["waiting"],
            "sent": counts["sent"],
            "accepted": counts["accepted"],
            "rejected": counts["rejected"],
            "owed": len(state.owed),
            "version": state.version,
        },
        tasks=task_rows(todo(state)),
        entries=entries,
    )
