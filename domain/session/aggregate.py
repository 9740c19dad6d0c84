"""The session aggregate, put together."""

from __future__ import annotations

from pydantic import TypeAdapter

from domain.aggregate import Aggregate
from domain.session.agenda import due, todo
from domain.session.commands import SessionCommand
from domain.session.decide import decide
from domain.session.events import FACTS
from domain.session.state import Session, apply
from domain.session.view import view

SESSION = Aggregate[Session](
    name="session",
    new=Session,
    commands=TypeAdapter(SessionCommand),
    facts=FACTS,
    apply=apply,
    decide=decide,
    due=due,
    todo=todo,
    view=view,
    ended=lambda state: state.status in ("completed", "cancelled"),
)
