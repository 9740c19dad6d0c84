"""The pathway aggregate, put together."""

from __future__ import annotations

from pydantic import TypeAdapter

from domain.aggregate import Aggregate
from domain.pathway.agenda import due, todo
from domain.pathway.commands import PathwayCommand
from domain.pathway.decide import decide
from domain.pathway.events import FACTS
from domain.pathway.folding import apply
from domain.pathway.state import Pathway
from domain.pathway.view import view

PATHWAY = Aggregate[Pathway](
    name="pathway",
    new=Pathway,
    commands=TypeAdapter(PathwayCommand),
    facts=FACTS,
    apply=apply,
    decide=decide,
    due=due,
    todo=todo,
    view=view,
    ended=lambda state: state.status == "closed",
)
