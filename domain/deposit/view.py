"""The rows of the read models for one queue of deposits."""

from __future__ import annotations

from collections import Counter

from domain.deposit.agenda import todo
from domain.deposit.state import Deposit
from domain.log import ViewRows
from domain.views import task_rows


def view(state: Deposit) -> ViewRows:
    """The rows as they are now; an append brings those passages only that it changed."""
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
        entries=tuple(state.rows.values()),
    )
