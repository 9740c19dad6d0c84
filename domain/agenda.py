"""What an aggregate knows about the future: deadlines due, effects owed, tasks to do."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any, Literal, NamedTuple

from domain.authority import Role
from domain.records import Frozen


class Due(Frozen):
    """A moment at which something happens by itself unless it is settled before.

    ``id`` names the deadline and the event that started it (``admissibility:4``), so each passing is handled once;
    ``at`` is the absolute instant, ``on`` the last day of the period.
    """

    id: str
    deadline: str
    on: date
    at: datetime


class Task(Frozen):
    """Something that somebody must do now, known from the state alone."""

    id: str
    kind: str
    who: Role
    since: date
    by: date | None = None
    params: dict[str, Any] = {}


@dataclass(slots=True)
class Effect:
    """A promise that an aggregate made and has not yet seen kept. ``id`` is its own and stays the same on every retry.

    Never changed once made; no model, because folding a log makes every one of them anew.

    ``deliver``: give ``command`` to ``target`` (a stream), with ``id`` as command id. ``notice``: tell ``audience`` (a
    role; ``to``: which one of them) about ``template``. ``share``: tell the person's other open pathways which blocks
    were awarded. ``inquire``: look up in the registers what ``template`` names (``jurors``, ``members``), and tell the
    stream itself. ``issue``: make the documents of an edition of an award (``number``, ``edition``). ``publish``: sign
    and keep the list of withdrawn awards as of the book's ``version``. Both are told to the stream itself.
    """

    id: str
    kind: Literal["deliver", "notice", "share", "inquire", "issue", "publish"]
    target: str = ""
    command: dict[str, Any] = field(default_factory=dict)
    audience: str = ""
    to: str = ""
    template: str = ""
    params: dict[str, Any] = field(default_factory=dict)

    @property
    def version(self) -> int:
        """The version of the event that owes it."""
        return int(self.id.partition("#")[2].partition("/")[0])


class Mailing(Frozen):
    """One attempt to send a notice: ``sent``, ``deferred`` (it is tried again), ``bounced`` (refused for good), or
    ``uncertain`` (it was handed over, and no answer came). ``code``: the relay's, or a word for what happened.

    ``message_id`` stays the same from one attempt to the next. Nothing here says where to.
    """

    status: Literal["sent", "deferred", "bounced", "uncertain"]
    attempt: int
    message_id: str
    code: str = ""


class Mail(NamedTuple):
    """The last that is known of a notice's mail."""

    effect: Effect
    mailing: Mailing
    on: date
