"""Who is the same person: one spelling for all the ways in which a name is typed."""

from __future__ import annotations

import unicodedata
from datetime import date
from typing import NamedTuple

_LIGATURES = str.maketrans({"œ": "oe", "æ": "ae", "ø": "o", "đ": "d", "ł": "l"})


class Identity(NamedTuple):
    """What a person is found again by. In the clear: never logged, never stored, never sent to Temporal."""

    family_name: str
    given_name: str
    birth_date: date

    def __repr__(self) -> str:
        return "Identity(…)"


class Entrant(NamedTuple):
    """Somebody who is known by the code of an entry of a register: a juror, a member, whoever answers for a body.

    They often give no date of birth, and names alone are no identity: the code is, and the office answers for it.
    """

    register: str
    code: str


def normalised(identity: Identity | Entrant) -> bytes:
    """The bytes that every spelling of one identity has in common.

    Case, accents, ligatures, the kinds of apostrophe, hyphen and space, and their number, make no difference:
    ``D’Arc-Lefèvre`` is ``d'arc  lefevre``.
    """
    if isinstance(identity, Entrant):
        # No name begins so: an entrant is never taken for a candidate.
        return "\x1e".join(("", *identity)).encode()
    names = (_folded(identity.family_name), _folded(identity.given_name))
    return "\x1f".join((*names, identity.birth_date.isoformat())).encode()


def _folded(name: str) -> str:
    plain = unicodedata.normalize("NFKC", name).casefold().translate(_LIGATURES)
    letters = (
        character if character.isalnum() and not _is_apostrophe_like(character) else " "
        for character in unicodedata.normalize("NFKD", plain)
        if unicodedata.category(character) not in ("Mn", "Cf")
    )
    return " ".join("".join(letters).split())


def _is_apostrophe_like(character: str) -> bool:
    """The modifier letters: Unicode counts them as letters, people type them for apostrophes."""
    return "\u02b0" <= character <= "\u02ff"
