"""The two commands that every aggregate gets from its own loop, and the facts they leave."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, timedelta
from typing import Any, Literal

from pydantic import SerializerFunctionWrapHandler, model_serializer

from domain.agenda import Due, Effect, Mailing
from domain.aggregate import Context, Standing
from domain.mails import posted
from domain.records import Command, Fact, Frozen, Recorded
from domain.scheme.model import Deadline


class DeadlineReached(Command):
    """A moment of the agenda has come; ``due`` is the id that the agenda gave."""

    kind: Literal["deadline_reached"] = "deadline_reached"
    due: str


class Outcome(Frozen):
    """What became of one effect; ``refusal`` is the code with which its addressee refused it.

    ``mail``: the attempt to send it, where it is a notice that is sent. A mail that was put off is still owed.
    """

    effect: str
    refusal: dict[str, Any] | None = None
    mail: Mailing | None = None

    @property
    def name(self) -> str:
        """What no other outcome is called: an effect has one, but a mail one for each attempt."""
        return f"{self.effect}/{self.mail.attempt}/{self.mail.status}" if self.mail else self.effect

    @model_serializer(mode="wrap")
    def _as_ever(self, write: SerializerFunctionWrapHandler) -> dict[str, Any]:
        # What is not a mail is asked in the words in which it always was: its digest is in logs.
        written: dict[str, Any] = write(self)
        if self.mail is None:
            written.pop("mail")
        return written


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
    """The facts of each outcome that is still owed; none if all were settled before."""
    facts: list[Fact] = []
    for outcome in command.outcomes:
        owed = state.owed.get(outcome.effect)
        if owed is None:
            continue
        refused = outcome.refusal.get("code") if outcome.refusal else None
        if outcome.mail is not None:
            facts.append(posted(owed, outcome.mail, context.today))
            if outcome.mail.status == "deferred":
                continue
            refused = None if outcome.mail.status == "sent" else f"mail.{outcome.mail.status}"
        facts.append(settled(owed, context, refused))
    return facts


def settled(effect: Effect, context: Context, refused: str | None = None) -> EffectSettled:
    """The fact that ``effect`` was carried out, or refused for good."""
    return EffectSettled(
        on=context.today,
        effect=effect.id,
        means=effect.kind,
        about=effect.template or effect.command.get("kind", "") or effect.kind,
        audience=effect.audience or effect.target,
        refused=refused,
    )


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
    deadline = next((item for item in state.scheme.every_deadline if item.id == due.deadline), None)
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
