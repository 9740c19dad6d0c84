"""Conditions that many commands of a session share."""

from __future__ import annotations

from domain.refusal import refuse
from domain.session.state import Session


def require_live(state: Session) -> None:
    """Refuse what comes too late: the session was held, is completed or cancelled."""
    if not state.status:
        raise refuse("session.unknown", session=state.stream)
    if state.status in ("held", "completed", "cancelled"):
        raise refuse("session.over", session=state.stream, status=state.status)
