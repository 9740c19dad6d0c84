"""The rows of the read models for one session."""

from __future__ import annotations

from domain.log import ViewRows
from domain.session.agenda import runs, todo
from domain.session.state import Session
from domain.views import deadline_rows, task_rows


def view(state: Session) -> ViewRows:
    """The rows as they are now; they replace those that were there."""
    return ViewRows(
        main={
            "session_id": state.stream,
            "scheme_id": state.scheme.id,
            "scheme_hash": state.scheme_hash,
            "status": state.status,
            "opens": state.opens,
            "closes": state.closes,
            "modality": state.modality,
            "place": state.place,
            "registration_closes": state.registration_closes,
            "capacity": state.capacity,
            "seated": len(state.seated),
            "waiting": len(state.waiting),
            "owed": len(state.owed),
            "version": state.version,
        },
        tasks=task_rows(todo(state)),
        deadlines=deadline_rows(runs(state)),
    )
