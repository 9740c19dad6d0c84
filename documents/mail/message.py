"""A letter as the message that goes over the wire: text, HTML and the invitation, with headers that name no file."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import format_datetime
from typing import Any

from icalendar import Calendar, Event, vCalAddress, vText

from documents.mail.templates import Letter, Telling
from documents.mail.words import instant

APPOINTMENTS = "appointments"
"""The key of a notice's ``params`` that holds when somebody is expected where."""

_WRITTEN = re.compile(
    r"(?:(?P<name>[^<>\r\n]*)<)?(?P<local>[A-Za-z0-9!#$%&'*+/=?^_`{|}~.-]+)@(?P<domain>[\w-]+(?:\.[\w-]+)*)(?(name)>)"
)

_DAY = re.compile(r"\d{4}-\d\d-\d\d")


@dataclass(frozen=True, slots=True)
class Envelope:
    """From whom to whom, and what the message is known by."""

    sender: Address
    recipient: Address
    message_id: str
    dated: datetime
    headers: Mapping[str, str]


def compose(letter: Letter, language: str, envelope: Envelope, invitation: bytes | None, method: str = "") -> bytes:
    """The whole message, lines ended by CR LF."""
    message = EmailMessage(policy=SMTP)
    message["From"] = envelope.sender
    message["To"] = envelope.recipient
    message["Subject"] = letter.subject
    message["Date"] = format_datetime(envelope.dated.astimezone(UTC))
    message["Message-ID"] = envelope.message_id
    # So that holiday replies and list managers leave it alone (RFC 3834).
    message["Auto-Submitted"] = "auto-generated"
    for name, value in envelope.headers.items():
        message[name] = value
    message.set_content(letter.text)
    message.add_alternative(letter.html, subtype="html")
    if invitation is not None:
        message.add_attachment(
            invitation,
            maintype="text",
            subtype="calendar",
            filename="invitation.ics",
            params={"method": method, "charset": "utf-8"},
        )
    # Last: what sets a part of the content clears the headers that begin so.
    message["Content-Language"] = language
    return message.as_bytes()


def address_of(value: str) -> Address:
    """The address written ``somebody@example.org`` or ``Some Body <somebody@example.org>``.

    Raises:
        ValueError: it is none that every relay takes: one mailbox, the part before the @ in ASCII.
    """
    found = _WRITTEN.fullmatch(value.strip())
    if found is None:
        raise ValueError("not an address")
    name = (found["name"] or "").strip().strip('"')
    return Address(name, found["local"], found["domain"].encode("idna").decode("ascii"))


def invitation(telling: Telling, envelope: Envelope, summary: str, sequence: int) -> tuple[bytes, str] | None:
    """The appointments of a notice as an iCalendar file, and its method; None where there are none.

    ``sequence`` rises with every amendment. A file whose appointments are all called off cancels.

    Raises:
        KeyError, ValueError: an appointment lacks ``uid``, ``start`` or ``end``, or has neither
            instants nor days.
    """
    appointments: Sequence[Mapping[str, Any]] = telling.params.get(APPOINTMENTS, ())
    if not appointments:
        return None
    method = "CANCEL" if all(entry.get("cancelled") for entry in appointments) else "REQUEST"
    calendar = Calendar()
    calendar.add("prodid", "-//Jalon//FR")
    calendar.add("version", "2.0")
    calendar.add("method", method)
    for entry in appointments:
        calendar.add_component(_event(entry, telling, envelope, summary, sequence))
    return calendar.to_ical(), method


def _event(entry: Mapping[str, Any], telling: Telling, envelope: Envelope, summary: str, sequence: int) -> Event:
    event = Event()
    # The name of a seat is made of our ids: calendars are told its digest only.
    event.add("uid", f"{hashlib.sha256(entry['uid'].encode()).hexdigest()[:32]}@jalon")
    event.add("sequence", sequence)
    event.add("dtstamp", envelope.dated.astimezone(UTC))
    event.add("dtstart", _time(entry["start"]))
    event.add("dtend", _time(entry["end"]))
    what = entry.get("what", "")
    event.add("summary", f"{summary} ({telling.titles.get(what, what)})" if what else summary)
    if entry.get("place"):
        event.add("location", entry["place"])
    event.add("status", "CANCELLED" if entry.get("cancelled") else "CONFIRMED")
    organizer = vCalAddress(f"mailto:{envelope.sender.addr_spec}")
    if envelope.sender.display_name:
        organizer.params["CN"] = vText(envelope.sender.display_name)
    event.add("organizer", organizer)
    attendee = vCalAddress(f"mailto:{envelope.recipient.addr_spec}")
    attendee.params["RSVP"] = vText("TRUE")
    event.add("attendee", attendee)
    return event


def _time(value: str) -> date:
    """An instant; or, where a day alone is told, that day: such an entry takes whole days."""
    return date.fromisoformat(value) if _DAY.fullmatch(value) else instant(value).astimezone(UTC)
