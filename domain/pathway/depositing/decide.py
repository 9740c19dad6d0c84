"""What a pathway answers to what the queue of deposits tells it, and to whoever tells the identity anew."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from domain.aggregate import Context
from domain.pathway.depositing import commands as c
from domain.pathway.depositing import events as e
from domain.pathway.state import Pathway
from domain.records import Command, Fact
from domain.refusal import refuse


def _note(state: Pathway, command: c.NoteDeposit, context: Context) -> list[Fact]:
    if command.award not in {f"{state.stream}#{award.version}" for award in state.awards}:
        raise refuse("deposit.no_award", award=command.award, pathway=state.stream)
    return [e.DepositNoted(on=context.today, **command.model_dump(exclude={"kind"}))]


def _ask(state: Pathway, command: c.AskIdentity, context: Context) -> list[Fact]:
    _require_somebody(state)
    return [e.IdentityAsked(on=context.today, **command.model_dump(exclude={"kind"}))]


def _complete(state: Pathway, command: c.CompleteIdentity, context: Context) -> list[Fact]:
    _require_somebody(state)
    return [e.IdentityCompleted(on=context.today, identity=command.identity)]


def _require_somebody(state: Pathway) -> None:
    if not state.status:
        raise refuse("pathway.unknown", pathway=state.stream)
    if state.erased:
        raise refuse("pathway.erased", pathway=state.stream)


DECIDE: dict[type[Command], Callable[[Any, Any, Context], list[Fact]]] = {
    c.NoteDeposit: _note,
    c.AskIdentity: _ask,
    c.CompleteIdentity: _complete,
}
"""For the pathway's own table."""
