"""The sitting aggregate, put together."""

from __future__ import annotations

from pydantic import TypeAdapter

from domain.aggregate import Aggregate
from domain.sitting.agenda import due, todo
from domain.sitting.commands import SittingCommand
from domain.sitting.decide import decide
from domain.sitting.events import FACTS
from domain.sitting.state import Sitting, apply
from domain.sitting.view import view

SITTING = Aggregate[Sitting](
    name="sitting",
    new=Sitting,
    commands=TypeAdapter(SittingCommand),
    facts=FACTS,
    apply=apply,
    decide=decide,
    due=due,
    todo=todo,
    view=view,
    ended=lambda state: state.status in ("proclaimed", "cancelled", "adjourned"),
)
