"""The facts about mails: each attempt to send a notice, and what an administrator decides when it did not arrive."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from typing import Any, Literal

from domain.agenda import Effect, Mail, Mailing
from domain.aggregate import Standing
from domain.records import Fact, Recorded


class _Posted(Fact):
    effect: str
    audience: str
    to: str
    template: str
    attempt: int
    message_id: str
    code: str


class MailSent(_Posted):
    """A relay took charge of the mail."""

    kind: Literal["mail_sent"] = "mail_sent"


class MailDeferred(_Posted):
    """The mail was not taken, and is tried again."""

    kind: Literal["mail_deferred"] = "mail_deferred"


class MailBounced(_Posted):
    """The mail was refused for good, or came back."""

    kind: Literal["mail_bounced"] = "mail_bounced"


class MailUncertain(_Posted):
    """The mail was handed over and nobody knows whether it was taken: it is not sent again by itself."""

    kind: Literal["mail_uncertain"] = "mail_uncertain"


class MailResolved(Fact):
    """An administrator decided about a mail that did not arrive: send it again, or they told whoever it is for."""

    kind: Literal["mail_resolved"] = "mail_resolved"
    effect: str
    by: Literal["resend", "told"]


FACTS: tuple[type[Fact], ...] = (MailSent, MailDeferred, MailBounced, MailUncertain, MailResolved)

_POSTED: dict[str, type[Any]] = {
    "sent": MailSent,
    "deferred": MailDeferred,
    "bounced": MailBounced,
    "uncertain": MailUncertain,
}


def posted(effect: Effect, mailing: Mailing, on: date) -> Fact:
    """The fact of one attempt."""
    fact: Fact = _POSTED[mailing.status](
        on=on,
        effect=effect.id,
        audience=effect.audience,
        to=effect.to,
        template=effect.template,
        attempt=mailing.attempt,
        message_id=mailing.message_id,
        code=mailing.code,
    )
    return fact


def _apply_posted(state: Standing, record: Recorded, fact: _Posted) -> None:
    known = state.mails.get(fact.effect)
    effect = state.owed.get(fact.effect) or (known.effect if known else None)
    assert effect is not None, "only a notice that was owed is sent"
    status: Any = fact.kind.removeprefix("mail_")
    mailing = Mailing(status=status, attempt=fact.attempt, message_id=fact.message_id, code=fact.code)
    state.mails[fact.effect] = Mail(effect, mailing, fact.on)


def _apply_resolved(state: Standing, record: Recorded, fact: MailResolved) -> None:
    effect = state.mails.pop(fact.effect).effect
    if fact.by == "resend":
        told = {"audience": effect.audience, "to": effect.to, "template": effect.template, "params": effect.params}
        state.owe(record, "resend", kind="notice", **told)


APPLY: dict[type[Fact], Callable[[Any, Recorded, Any], None]] = {
    **dict.fromkeys(_POSTED.values(), _apply_posted),
    MailResolved: _apply_resolved,
}
"""For every aggregate's own table."""
