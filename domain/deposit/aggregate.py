"""The deposit aggregate, put together."""

from __future__ import annotations

from pydantic import TypeAdapter

from domain.aggregate import Aggregate
from domain.deposit.agenda import due, todo
from domain.deposit.commands import DepositCommand
from domain.deposit.decide import decide
from domain.deposit.events import FACTS
from domain.deposit.state import Deposit, apply
from domain.deposit.view import news, view

DEPOSIT = Aggregate[Deposit](
    name="deposit",
    new=Deposit,
    commands=TypeAdapter(DepositCommand),
    facts=FACTS,
    apply=apply,
    decide=decide,
    due=due,
    todo=todo,
    view=view,
    news=news,
    ended=lambda state: False,
)
