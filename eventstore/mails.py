# ruff: noqa: S608 - the statements are put together from constants; every value is a parameter
"""What is known of the sending of each notice: one row for an effect, written before its mail is handed over."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID, uuid5

from domain.agenda import Effect, Mailing
from eventstore.pool import Pool, fetch
from eventstore.reading import Ambiguous, NotFound

_NAMESPACE = UUID("0d0c8a3e-8a0e-5f55-9d0c-6c0d3f0f6f11")
_COLUMNS = (
    "effect_id, stream_id, audience, recipient, template, message_id, attempt, status, code, retry_at, changed_at"
)


@dataclass(frozen=True, slots=True)
class MailRow:
    """The last attempt to send a notice. ``sending``: handed over, and no answer noted yet. ``unaddressed``: nobody
    knows where to. ``retry_at``: when a deferred one may be tried again."""

    effect_id: str
    stream_id: str
    audience: str
    recipient: str
    template: str
    message_id: str
    attempt: int
    status: str
    code: str
    retry_at: datetime | None
    changed_at: datetime

    @property
    def mailing(self) -> Mailing:
        """The attempt as it goes into the log; ValueError for what does not."""
        return Mailing.model_validate(
            {"status": self.status, "attempt": self.attempt, "message_id": self.message_id, "code": self.code}
        )


class Mails:
    """The book of what was sent. Every method raises ``StoreAway`` when PostgreSQL cannot be reached."""

    def __init__(self, pool: Pool) -> None:
        self._pool = pool

    async def known(self, effect: str) -> MailRow | None:
        """What is known of the notice ``effect``; None before its first attempt."""
        rows = await fetch(self._pool, f"select {_COLUMNS} from mails where effect_id = $1", effect)
        return MailRow(**rows[0]) if rows else None

    async def claim(self, stream: str, effect: Effect, message_id: str) -> int | None:
        """Note that the mail is handed over now; the number of the attempt, or None when another one is under way
        or has ended it."""
        rows = await fetch(
            self._pool,
            """insert into mails (effect_id, stream_id, audience, recipient, template, message_id, attempt, status)
            values ($1, $2, $3, $4, $5, $6, 1, 'sending')
            on conflict (effect_id) do update set status = 'sending', attempt = mails.attempt + 1, code = '',
                retry_at = null, changed_at = clock_timestamp()
            where mails.status = 'deferred' returning attempt""",
            *(effect.id, stream, effect.audience, effect.to, effect.template, message_id),
        )
        return rows[0][0] if rows else None

    async def conclude(self, effect: str, attempt: int, status: str, code: str, retry_at: datetime | None) -> bool:
        """Note how the attempt that was claimed ended; False when it was given up meanwhile."""
        rows = await fetch(
            self._pool,
            """update mails set status = $3, code = $4, retry_at = $5, changed_at = clock_timestamp()
            where effect_id = $1 and attempt = $2 and status = 'sending' returning effect_id""",
            *(effect, attempt, status, code, retry_at),
        )
        return bool(rows)

    async def abandon(self, effect: str, attempt: int, after: timedelta) -> None:
        """Nobody answers for the attempt any more, if it was claimed longer ago than ``after``: it is uncertain."""
        await fetch(
            self._pool,
            """update mails set status = 'uncertain', code = 'interrupted', changed_at = clock_timestamp()
            where effect_id = $1 and attempt = $2 and status = 'sending'
            and changed_at <= clock_timestamp() - $3::interval""",
            *(effect, attempt, after),
        )

    async def untouched(
        self, stream: str, effect: Effect, message_id: str, status: str, code: str, retry_at: datetime | None
    ) -> int | None:
        """Note an attempt that ended before anything was handed over; its number, or None as for :meth:`claim`."""
        rows = await fetch(
            self._pool,
            """insert into mails
                (effect_id, stream_id, audience, recipient, template, message_id, attempt, status, code, retry_at)
            values ($1, $2, $3, $4, $5, $6, 1, $7, $8, $9)
            on conflict (effect_id) do update set status = $7, attempt = mails.attempt + 1, code = $8, retry_at = $9,
                changed_at = clock_timestamp()
            where mails.status = 'deferred' returning attempt""",
            *(effect.id, stream, effect.audience, effect.to, effect.template, message_id, status, code, retry_at),
        )
        return rows[0][0] if rows else None

    async def returned(self, effect: str, code: str) -> None:
        """Note that a mail that had been taken came back."""
        await fetch(
            self._pool,
            "update mails set status = 'bounced', code = $2, changed_at = clock_timestamp() where effect_id = $1",
            *(effect, code),
        )

    async def journal(self, statuses: Collection[str] = (), limit: int | None = None) -> list[MailRow]:
        """The notices whose sending stands so (all: none given), the latest first."""
        query = f"""select {_COLUMNS} from mails where $1 = '{{}}'::text[] or status = any($1)
            order by changed_at desc, effect_id limit $2"""
        return [MailRow(**row) for row in await fetch(self._pool, query, list(statuses), limit)]

    async def called(self, id: str) -> MailRow:
        """The one whose effect, message id or the beginning of it is ``id``. Raises NotFound, Ambiguous."""
        query = f"""select {_COLUMNS} from mails
            where effect_id = $1 or starts_with(message_id, '<' || $2) order by effect_id <> $1, effect_id limit 5"""
        bare = id.strip().removeprefix("<").removesuffix(">")
        rows = [MailRow(**row) for row in await fetch(self._pool, query, id, bare)] if bare else []
        if not rows:
            raise NotFound(id)
        if len(rows) > 1 and rows[0].effect_id != id:
            raise Ambiguous(id, tuple(row.message_id for row in rows))
        return rows[0]


def message_id(effect: str, domain: str) -> str:
    """What the mail of a notice is known by, at every attempt: ``<…@domain>``."""
    return f"<{uuid5(_NAMESPACE, effect)}@{domain}>"
