"""What can be done about a mail that did not arrive, and by whom it must be."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Literal

from domain.agenda import Mail, Task
from domain.aggregate import Context, Standing
from domain.authority import Role
from domain.mails import MailResolved, posted
from domain.records import Command, Fact
from domain.refusal import refuse
from domain.settling import settled

_UNDELIVERED = ("bounced", "uncertain")


class ResolveMail(Command):
    """Have a mail that did not arrive sent again, or say that whoever it is for was told otherwise."""

    kind: Literal["resolve_mail"] = "resolve_mail"
    effect: str
    by: Literal["resend", "told"]


class NoteBounce(Command):
    """A mail that a relay had taken came back; ``smtp_code`` is the one that the returned message tells."""

    kind: Literal["note_bounce"] = "note_bounce"
    effect: str
    smtp_code: str


def resolve(state: Standing, command: ResolveMail, context: Context) -> list[Fact]:
    """What an administrator decides about a mail that did not arrive."""
    effect = _undelivered(state, command.effect).effect
    resolved = MailResolved(on=context.today, effect=effect.id, by=command.by)
    return [resolved, settled(effect, context)] if command.by == "told" else [resolved]


def note_bounce(state: Standing, command: NoteBounce, context: Context) -> list[Fact]:
    """A mail came back; none if that was known."""
    mail = state.mails.get(command.effect)
    if mail is None or mail.mailing.status == "deferred":
        raise refuse("mail.not_sent", effect=command.effect)
    if mail.mailing.status == "bounced":
        return []
    returned = mail.mailing.model_copy(update={"status": "bounced", "code": command.smtp_code})
    return [posted(mail.effect, returned, context.today)]


def _undelivered(state: Standing, effect: str) -> Mail:
    mail = state.mails.get(effect)
    if mail is None or mail.mailing.status not in _UNDELIVERED:
        raise refuse("mail.nothing_to_resolve", effect=effect)
    return mail


def tasks(state: Standing) -> list[Task]:
    """The mails that somebody must decide about."""
    return [
        Task(
            id=f"resolve_mail:{id}",
            kind="resolve_mail",
            who=Role.ADMINISTRATOR,
            since=mail.on,
            params={
                "effect": id,
                "template": mail.effect.template,
                "audience": mail.effect.audience,
                "status": mail.mailing.status,
                "code": mail.mailing.code,
            },
        )
        for id, mail in state.mails.items()
        if mail.mailing.status in _UNDELIVERED
    ]


DECIDE: dict[type[Command], Callable[[Any, Any, Context], list[Fact]]] = {
    ResolveMail: resolve,
    NoteBounce: note_bounce,
}
"""For every aggregate's own table."""
