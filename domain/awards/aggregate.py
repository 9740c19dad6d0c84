"""The aggregate of the register of awards, put together."""

from __future__ import annotations

from pydantic import TypeAdapter

from domain.aggregate import Aggregate
from domain.awards.agenda import due, todo
from domain.awards.commands import AwardsCommand
from domain.awards.decide import decide
from domain.awards.events import FACTS
from domain.awards.state import Book, apply
from domain.awards.view import news, view

AWARDS = Aggregate[Book](
    name="awards",
    new=Book,
    commands=TypeAdapter(AwardsCommand),
    facts=FACTS,
    apply=apply,
    decide=decide,
    due=due,
    todo=todo,
    view=view,
    ended=lambda state: False,
    news=news,
)
