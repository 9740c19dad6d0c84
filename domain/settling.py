"""The two commands that every aggregate gets from its own loop, and the facts they leave."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, timedelta
from typing import Any, Literal

from domain.agenda import Due
from domain.aggregate import Context, Standing
from domain.records import Command, Fact, Frozen, Recorded
from domain.scheme.model import Deadline


class DeadlineReached(Command):
    """A moment of the agenda has come; ``due`` is the id that the agenda gave."""

    kind: Literal["deadline_reached"] = "deadline_reached"
    due: str


class Outcome(Frozen):
    """What became of one effect; ``refusal`` is the code with which its addressee refused it."""

    effect: str
    refusal: dict[str, Any] | None = None


class Settle(Command):
    """Effects were carried out, or refused by whoever they were addressed to."""

    kind: Literal["settle"] = "settle"
    outcomes: tuple[Outcome, ...]


class EffectSettled(Fact):
    """A promise was kept, or refused for good by whoever it was addressed to: it is not owed any more.

    ``about`` is what it was about (a command, a notice's template), ``refused`` the code it was refused with. One
    fact an effect, whatever was carried out together, so that the log does not depend on who was quicker.
    """

    kind: Literal["effect_settled"] = "effect_settled"
    effect: str
    means: str
    about: str
    audience: str = ""
    refused: str | None = None


class DeadlineMissed(Fact):
    """A deadline passed and nothing had ended it."""

    kind: Literal["deadline_missed"] = "deadline_missed"
    due: str
    deadline: str
    last_day: date
    who: str
    basis: str


class ReminderDue(Fact):
    """Whoever must act before a deadline is reminded of it."""

    kind: Literal["reminder_due"] = "reminder_due"
    due: str
    deadline: str
    days: int
    who: str
    last_day: date


def settle(state: Standing, command: Settle, context: Context) -> list[Fact]:
    """A fact for each outcome that is still owed; none if all were settled before."""
    return [
        EffectSettled(
            on=context.today,
            effect=outcome.effect,
            means=owed.kind,
            about=owed.template or owed.command.get("kind", "") or owed.kind,
            audience=owed.audience or owed.target,
            refused=outcome.refusal.get("code") if outcome.refusal else None,
        )
        for outcome in command.outcomes
        if (owed := state.owed.get(outcome.effect)) is not None
    ]


Passing = Callable[[Due, str], list[Fact]]
"""What an aggregate does by itself when a deadline passes: facts, or none where the passing is only to be noted."""


def reached(
    state: Standing, dues: list[Due], command: DeadlineReached, context: Context, passing: Passing
) -> list[Fact]:
    """The facts of a moment of the agenda; none if it was settled or moved meanwhile.

    ``passing`` gets the entry and what the scheme says happens (empty for what is not a deadline of the scheme).
    """
    due = next((due for due in dues if due.id == command.due and due.at <= context.now), None)
    if due is None:
        return []
    deadline = next((item for item in state.scheme.deadlines if item.id == due.deadline), None)
    if deadline is None:
        return passing(due, "")
    _, mark, days = due.id.partition(":remind:")
    if mark:
        return [_reminder(deadline, due, int(days), context)]
    return passing(due, deadline.passed) or [_missed(deadline, due, context)]


def _reminder(deadline: Deadline, due: Due, days: int, context: Context) -> ReminderDue:
    return ReminderDue(
        on=context.today,
        due=due.id,
        deadline=deadline.id,
        days=days,
        who=deadline.who,
        last_day=due.on + timedelta(days=days),
    )


def _missed(deadline: Deadline, due: Due, context: Context) -> DeadlineMissed:
    return DeadlineMissed(
        on=context.today, due=due.id, deadline=deadline.id, last_day=due.on, who=deadline.who, basis=deadline.basis
    )


def apply_settled(state: Standing, fact: EffectSettled) -> None:
    """Take a settled effect off what is owed."""
    state.owed.pop(fact.effect, None)


def apply_missed(state: Standing, fact: DeadlineMissed) -> None:
    """Note that the deadline passed."""
    state.passed.add(fact.due)


def apply_reminder(state: Standing, record: Recorded, fact: ReminderDue) -> None:
    """Note the reminder and owe the notice."""
    state.passed.add(fact.due)
    state.owe(
        record,
        "reminder",
        kind="notice",
        audience=fact.who,
        template="reminder",
        params={"deadline": fact.deadline, "last_day": fact.last_day.isoformat(), "days": fact.days},
    )
