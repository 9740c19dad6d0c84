"""The rows of the read models for one sitting."""

from __future__ import annotations

from domain.log import ViewRows
from domain.sitting.agenda import runs, todo
from domain.sitting.state import Sitting
from domain.views import deadline_rows, task_rows


def view(state: Sitting) -> ViewRows:
    """The rows as they are now; they replace those that were there."""
    return ViewRows(
        main={
            "sitting_id": state.stream,
            "scheme_id": state.scheme.id,
            "scheme_hash": state.scheme_hash,
            "status": state.status,
            "held_on": state.held_on,
            "place": state.place,
            "dossiers": len(state.dossiers),
            "decided": len(state.decisions),
            "presides": state.presides,
            "owed": len(state.owed),
            "version": state.version,
        },
        tasks=task_rows(todo(state)),
        deadlines=deadline_rows(runs(state)),
    )
