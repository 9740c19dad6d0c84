"""The register aggregate, put together."""

from __future__ import annotations

from pydantic import TypeAdapter

from domain.aggregate import Aggregate
from domain.register.agenda import due, todo
from domain.register.commands import RegisterCommand
from domain.register.decide import decide
from domain.register.events import FACTS
from domain.register.state import Register, apply
from domain.register.view import view

REGISTER = Aggregate[Register](
    name="register",
    new=Register,
    commands=TypeAdapter(RegisterCommand),
    facts=FACTS,
    apply=apply,
    decide=decide,
    due=due,
    todo=todo,
    view=view,
    ended=lambda state: False,
)
