"""Days and moments as mails write them, in French and in English."""

from __future__ import annotations

import unicodedata
from datetime import date, datetime
from zoneinfo import ZoneInfo

_DAYS = {
    "fr": ("lundi", "mardi", "mercredi", "jeudi", "vendredi", "samedi", "dimanche"),
    "en": ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday"),
}
_MONTHS = {
    "fr": (
        *("janvier", "février", "mars", "avril", "mai", "juin", "juillet", "août", "septembre", "octobre"),
        *("novembre", "décembre"),
    ),
    "en": (
        *("January", "February", "March", "April", "May", "June", "July", "August", "September", "October"),
        *("November", "December"),
    ),
}

_VOWELS = tuple("aeiouœæ")


def day(value: str | date, language: str) -> str:
    """``lundi 1er février 2027``, ``Monday 1 February 2027``; a text is an ISO date."""
    found = date.fromisoformat(value) if isinstance(value, str) else value
    number = "1er" if language == "fr" and found.day == 1 else str(found.day)
    return f"{_DAYS[language][found.weekday()]} {number} {_MONTHS[language][found.month - 1]} {found.year}"


def de(name: str) -> str:
    """``de Zoé Loisel``, ``d'Amélie Wójcik``: French drops a vowel before another; ``d'Yves``, ``de Yaël``."""
    letters = "".join(c for c in unicodedata.normalize("NFD", name[:2].lower()) if not unicodedata.combining(c))
    vowel = letters[:1] in _VOWELS or (letters[:1] == "y" and letters[1:2] not in _VOWELS)
    return f"d'{name}" if name and vowel else f"de {name}"


def hour(value: str | datetime, language: str, zone: ZoneInfo) -> str:
    """``9 h 30``, ``9:30``, on the clocks of ``zone``; a text is an ISO instant with an offset."""
    found = instant(value).astimezone(zone)
    if language == "en":
        return f"{found.hour}:{found.minute:02}"
    # A narrow space that no line breaks at.
    return f"{found.hour}\u202fh\u202f{found.minute:02}" if found.minute else f"{found.hour}\u202fh"


def moment(value: str | datetime, language: str, zone: ZoneInfo) -> str:
    """``lundi 1er février 2027 à 9 h 30``."""
    found = instant(value).astimezone(zone)
    at = "à" if language == "fr" else "at"
    return f"{day(found.date(), language)} {at} {hour(found, language, zone)}"


def instant(value: str | datetime) -> datetime:
    """The instant that an ISO text names. ValueError when it has no offset."""
    found = datetime.fromisoformat(value) if isinstance(value, str) else value
    if found.tzinfo is None:
        raise ValueError("an instant without its offset")
    return found
