"""Sending what a stream owes as a notice: once, whatever relays, networks and workers do.

A row in the book of mails is written before a mail is handed over, and again when the answer is there. Whoever finds
a row without its answer cannot know, and says so instead of sending again.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from email.headerregistry import Address
from typing import Any

from activities.addressees import Addressee, Addressees, Offices
from activities.relay import Answer, Crowded, Relay, RelaySettings
from documents.mail.message import Envelope, address_of, compose, invitation
from documents.mail.templates import Templates
from domain.agenda import Effect, Mailing
from eventstore.keyring import Keyring
from eventstore.mails import MailRow, Mails, message_id
from eventstore.reading import Reading

PAUSES = tuple(timedelta(minutes=minutes) for minutes in (5, 15, 60, 240, 720, 1440, 1440))
"""How long to wait after each attempt that was put off. After the last one the mail is given up: three days."""

ABANDONED = timedelta(seconds=45)
"""After so long whoever handed a mail over would have noted the answer, or that there is none."""

PERSON = "X-Jalon-Person"
"""Whose data a mail holds, for the local mailbox alone: an erasure finds it by this."""
TEMPLATE = "X-Jalon-Template"


@dataclass(frozen=True)
class MailSettings:
    """How mails are sent. ``local``: the relay is the stack's own mailbox, which nothing ever leaves."""

    relay: RelaySettings
    sender: Address
    offices: Offices = field(default_factory=Offices)
    templates: Templates = field(default_factory=Templates)
    local: bool = False


BUSY = timedelta(seconds=5)
"""When to look again after an attempt that somebody else is at."""


class Waiting(Exception):
    """It is too early for another attempt, or one is under way."""

    def __init__(self, until: datetime) -> None:
        super().__init__(until.isoformat())
        self.until = until


class Mailer:
    """Sends notices. ``close`` it at the end."""

    def __init__(self, reading: Reading, keyring: Keyring, settings: MailSettings) -> None:
        self._settings = settings
        self._mails = Mails(reading.pool)
        self._addressees = Addressees(reading, keyring, settings.offices)
        self._relay = Relay(settings.relay)

    async def close(self) -> None:
        """Close the connections to the relay."""
        await self._relay.close()

    async def send(self, stream: str, effect: Effect, now: datetime) -> Mailing | None:
        """Send the notice ``effect`` unless it was sent, and say what became of it.

        None where it is not sent at all: there is no template for it, or nobody knows where to.

        Raises:
            Waiting: it is too early for another attempt, or one is under way.
            TemplateFault: its template cannot be written.
            StoreAway, NotRecorded, KeyringError: nothing was sent.
        """
        known = await self._mails.known(effect.id)
        if known is not None and known.status != "deferred":
            return await self._ended(known, now)
        if known is not None and known.retry_at is not None and known.retry_at > now:
            raise Waiting(known.retry_at)
        if effect.template not in self._settings.templates.names:
            return None
        try:
            async with self._relay.turn():
                return await self._send(stream, effect, known, now)
        except Crowded as crowded:
            raise Waiting(now + timedelta(seconds=crowded.seconds)) from None

    async def _send(self, stream: str, effect: Effect, known: MailRow | None, now: datetime) -> Mailing | None:
        addressee = await self._addressees.of(stream, effect)
        id = message_id(effect.id, self._settings.sender.domain)
        try:
            recipient = address_of(addressee.address)
        except ValueError:
            await self._mails.untouched(stream, effect, id, "unaddressed", "", None)
            return None
        return await self._attempt(
            stream,
            effect,
            known,
            addressee,
            Envelope(
                sender=self._settings.sender,
                recipient=recipient,
                message_id=id,
                dated=now,
                headers=self._headers(effect, addressee),
            ),
        )

    async def _ended(self, known: MailRow, now: datetime) -> Mailing | None:
        """What is known of a mail that needs no other attempt."""
        if known.status == "sending":
            # Whoever handed it over is no more, or a run that has ended is still at it.
            await self._mails.abandon(known.effect_id, known.attempt, ABANDONED)
            known = await self._mails.known(known.effect_id) or known
            if known.status in ("sending", "deferred"):
                raise Waiting(now + BUSY)
        return None if known.status == "unaddressed" else known.mailing

    def _headers(self, effect: Effect, addressee: Addressee) -> dict[str, str]:
        headers = {TEMPLATE: effect.template}
        if self._settings.local:
            headers[PERSON] = " ".join(sorted(addressee.persons))
        return headers

    async def _attempt(
        self, stream: str, effect: Effect, known: MailRow | None, addressee: Addressee, envelope: Envelope
    ) -> Mailing:
        message = self._message(effect, addressee, envelope)
        claimed: int | None = None

        async def claim() -> bool:
            nonlocal claimed
            claimed = await self._mails.claim(stream, effect, envelope.message_id)
            return claimed is not None

        answer = await self._relay.send(envelope.sender.addr_spec, envelope.recipient.addr_spec, message, claim)
        number = known.attempt + 1 if known is not None else 1
        ending = _ending(answer, number, envelope.dated)
        if claimed is not None:
            noted: Any = await self._mails.conclude(effect.id, claimed, **ending) and claimed
        elif answer.status == "lost":
            noted = None
        else:
            noted = await self._mails.untouched(stream, effect, envelope.message_id, **ending)
        if not noted:
            raise Waiting(envelope.dated + BUSY)
        return Mailing(status=ending["status"], attempt=noted, message_id=envelope.message_id, code=ending["code"])

    def _message(self, effect: Effect, addressee: Addressee, envelope: Envelope) -> bytes:
        letter = self._settings.templates.letter(effect.template, addressee.language, addressee.telling)
        invited = invitation(addressee.telling, envelope, letter.subject, effect.version)
        file, method = invited if invited is not None else (None, "")
        return compose(letter, addressee.language, envelope, file, method)


def _ending(answer: Answer, attempt: int, now: datetime) -> dict[str, Any]:
    """The row's status, code and next attempt after ``answer``."""
    match answer.status:
        case "taken":
            status = "sent"
        case "lost":
            status = "uncertain"
        case "deferred" if attempt <= len(PAUSES):
            return {"status": "deferred", "code": answer.code, "retry_at": now + PAUSES[attempt - 1]}
        case _:
            status = "bounced"
    return {"status": status, "code": answer.code, "retry_at": None}
