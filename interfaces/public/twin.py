"""What the world may know of one award: the machine-readable twin of its page, from which the page is made."""

from __future__ import annotations

import re
import unicodedata
from datetime import date, datetime
from typing import Literal
from zoneinfo import ZoneInfo

from domain.awards.disclosure import Disclosure
from domain.certificate import AwardKind, CertifiedBlock, Holder
from domain.records import Frozen
from domain.scheme.certificates import Alignment

ZONE = ZoneInfo("Europe/Paris")
"""The zone of every day and every time of day on a page."""
Status = Literal["valid", "withdrawn", "expired"]

_NUMBER = re.compile(r"[A-Z][A-Z0-9]{1,11}-\d{4}-\d{6,12}", re.ASCII)
_MAC = re.compile(r"[a-z2-7]{26}", re.ASCII)


class TwinEdition(Frozen):
    """One edition of a certificate, of which only the last one counts.

    ``document``, ``credential``: SHA-256 (hex) of the sealed PDF and of the credential; empty where none was made.
    """

    edition: int
    issued_on: date
    why: Literal["", "lost", "name_changed", "correction"] = ""
    document: str = ""
    credential: str = ""


class Inclusion(Frozen):
    """Where the award's entry stands in the signed log: the event, its leaf (from 0), the checkpoint that covers it.

    ``event_id``: the event's own id. ``size``: events under the checkpoint; ``root`` (hex) and ``signed_at`` are its.
    """

    event: str
    event_id: str
    leaf: int
    size: int
    root: str
    signed_at: datetime


class Twin(Frozen):
    """An award as its page shows it.

    ``since``: from when on it has its ``status``. ``holder``: the name as far as ``disclosure`` lets it be shown; empty
    if not at all, or if the person was erased. ``status_list`` and ``status_index``: where its bit is. ``log`` is None
    until the notary has signed its entry. ``as_of``: the moment that this was written at.
    """

    number: str
    address: str
    status: Status
    since: date
    kind: AwardKind
    title: str
    title_en: str = ""
    scheme: str
    scheme_title: str
    scheme_title_en: str = ""
    certifier: str
    deciding_body: str
    issuer: str
    repertoire: Literal["RNCP", "RS"] = "RNCP"
    register_code: str = ""
    level: int | None = None
    route: Literal["training", "vae", "free_candidacy"]
    awarded_on: date
    valid_until: date | None = None
    withdrawn_on: date | None = None
    disclosure: Disclosure
    holder: str
    blocks: tuple[CertifiedBlock, ...]
    alignments: tuple[Alignment, ...] = ()
    edition: int
    editions: tuple[TwinEdition, ...]
    status_list: str
    status_index: int
    log: Inclusion | None
    as_of: datetime

    @property
    def latest(self) -> TwinEdition | None:
        """The edition that counts; None while none is issued."""
        return next((each for each in self.editions if each.edition == self.edition), None)

    def on(self, today: date) -> Twin:
        """The same award as it is ``today``: one that was written down while it was valid may have expired since."""
        status, since = standing(self.awarded_on, self.valid_until, self.withdrawn_on, today)
        return self.model_copy(update={"status": status, "since": since})


def today() -> date:
    """The day in metropolitan France, whatever the clock of the machine is set to."""
    return datetime.now(ZONE).date()


def standing(awarded_on: date, valid_until: date | None, withdrawn_on: date | None, today: date) -> tuple[Status, date]:
    """What an award is worth ``today``, and since when. ``valid_until`` is its last day."""
    if withdrawn_on is not None:
        return "withdrawn", withdrawn_on
    if valid_until is not None and valid_until < today:
        return "expired", valid_until
    return "valid", awarded_on


def shown_name(holder: Holder | None, disclosure: Disclosure) -> str:
    """The holder's name as far as they let it be shown."""
    if holder is None or disclosure == "none":
        return ""
    family = holder.usage_name or holder.family_name
    if disclosure == "full":
        return f"{holder.given_name} {family}".strip()
    # Of a double first name both letters, as in French; of a family name one, whatever particles it has.
    first = [
        f"{letter}." for part in holder.given_name.split()[:1] for word in part.split("-") if (letter := _initial(word))
    ]
    last = _initial(family)
    return " ".join(part for part in ("-".join(first), f"{last}." if last else "") if part)


def _initial(word: str) -> str:
    """The first letter of ``word`` with the marks that it bears; empty where it has none."""
    text = unicodedata.normalize("NFC", word)
    at = next((index for index, sign in enumerate(text) if sign.isalpha()), None)
    if at is None:
        return ""
    end = at + 1
    while end < len(text) and unicodedata.combining(text[end]):
        end += 1
    return text[at:end].upper() if len(text[at:end].upper()) == end - at else text[at:end]


def is_number(text: str) -> bool:
    """Whether ``text`` is written like the number of an award."""
    return _NUMBER.fullmatch(text) is not None


def is_mac(text: str) -> bool:
    """Whether ``text`` is written like the part of an address that cannot be guessed."""
    return _MAC.fullmatch(text) is not None
