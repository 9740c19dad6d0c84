"""The two commands that every aggregate gets from its own loop, and the facts they leave."""

from __future__ import annotations

from datetime import date
from typing import Any, Literal

from domain.agenda import Due
from domain.aggregate import Context, Standing
from domain.records import Command, Fact, Frozen, Recorded


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


def reached(dues: list[Due], command: DeadlineReached, context: Context) -> Due | None:
    """The entry of the agenda that has come, or None if it was settled or moved meanwhile."""
    return next((due for due in dues if due.id == command.due and due.at <= context.now), None)


def reminder(state: Standing, due: Due, context: Context) -> ReminderDue | None:
    """The reminder that ``due`` stands for, or None if it is the deadline itself."""
    _, mark, days = due.id.partition(":remind:")
    if not mark:
        return None
    deadline = next(item for item in state.scheme.deadlines if item.id == due.deadline)
    return ReminderDue(
        on=context.today,
        due=due.id,
        deadline=deadline.id,
        days=int(days),
        who=deadline.who,
        last_day=date.fromordinal(due.on.toordinal() + int(days)),
    )


def missed(state: Standing, due: Due, context: Context) -> DeadlineMissed:
    """The fact that a deadline passed."""
    deadline = next(item for item in state.scheme.deadlines if item.id == due.deadline)
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
