"""Who a credential is about, without saying it: a salted hash that whoever knows the person can work out again.

What is hashed is ``family name|given name|birth date`` and, right after it, the salt, in UTF-8, with SHA-256:

- the family name is the one at birth, all given names count, the birth date is written ``1990-05-17``, or left empty
  where none is held;
- each name is put into Unicode's form NFC, case-folded (``str.casefold`` in Python, ``toLowerCase`` for French names),
  typographic apostrophes and hyphens become ``'`` and ``-``, and runs of white space one space, none at the ends.

For ``D’Almeida``, ``Zoé``, 17 May 1990 and the salt ``k3Q``: ``d'almeida|zoé|1990-05-17k3Q``.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Mapping
from hashlib import sha256
from hmac import compare_digest
from typing import Any

from domain.certificate import Holder

KIND = "ext:family_given_birthdate"
"""The ``identityType`` of the hash: the three together, as said above."""

_PLAIN = str.maketrans({"’": "'", "ʼ": "'", "‘": "'", "‐": "-", "‑": "-", "‒": "-", "–": "-", "|": " "})


def hashed(holder: Holder, salt: str) -> dict[str, Any]:
    """The hash of ``holder`` as an ``IdentityObject``; ``salt`` is told in it."""
    return {
        "type": "IdentityObject",
        "hashed": True,
        "identityHash": f"sha256${sha256((_said(holder) + salt).encode()).hexdigest()}",
        "identityType": KIND,
        "salt": salt,
    }


def named(holder: Holder) -> dict[str, Any]:
    """The name of ``holder`` in the clear, as an ``IdentityObject``."""
    name = f"{holder.given_name} {holder.usage_name or holder.family_name}"
    return {"type": "IdentityObject", "hashed": False, "identityHash": name, "identityType": "name"}


def is_about(credential: Mapping[str, Any], holder: Holder) -> bool:
    """Whether the hash in ``credential`` is that of ``holder``. Anything but a credential of this kind is not."""
    subject = credential.get("credentialSubject")
    listed = subject.get("identifier") if isinstance(subject, dict) else None
    for identity in listed if isinstance(listed, list) else ():
        if isinstance(identity, dict) and identity.get("identityType") == KIND:
            salt, told = identity.get("salt"), identity.get("identityHash")
            if isinstance(salt, str) and isinstance(told, str) and told.isascii():
                return compare_digest(told, hashed(holder, salt)["identityHash"])
    return False


def _said(holder: Holder) -> str:
    born = holder.birth_date.isoformat() if holder.birth_date else ""
    return "|".join((_plain(holder.family_name), _plain(holder.given_name), born))


def _plain(name: str) -> str:
    return " ".join(unicodedata.normalize("NFC", name).casefold().translate(_PLAIN).split())
