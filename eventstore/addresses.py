"""Where anyone may verify an award: an address that nobody guesses, and that is written down nowhere."""

from __future__ import annotations

import base64
import hmac
from hashlib import sha256

from eventstore.keys import Keys

ADDRESSES = "addresses"
"""The owner of the secret that addresses are made with. It is never destroyed: printed codes live on it."""

LENGTH = 26
"""Characters of a code, five bits each."""


def code_of(secret: bytes, number: str) -> str:
    """What stands behind the number in the address of an award: 26 small letters and digits (130 bits)."""
    return base64.b32encode(hmac.digest(secret, number.encode(), sha256)).decode("ascii").lower()[:LENGTH]


def path_of(number: str, code: str) -> str:
    """The address of an award, beneath the place that serves it."""
    return f"/v/{number}/{code}"


def status_path(scheme_id: str, year: int) -> str:
    """The address of the list that tells which awards of a book are withdrawn."""
    return f"/status/{scheme_id}/{year}"


class Addresses:
    """The addresses of awards. Methods raise ``StoreAway`` and ``WrongKey`` as keys do."""

    def __init__(self, keys: Keys) -> None:
        self._keys = keys

    async def code(self, number: str) -> str:
        """The code of an award."""
        return code_of((await self._keys.made([ADDRESSES]))[ADDRESSES].secret, number)

    async def path(self, number: str) -> str:
        """The address of an award, beneath the place that serves it."""
        return path_of(number, await self.code(number))

    async def is_code(self, number: str, code: str) -> bool:
        """Whether ``code`` is the one of this number, told in a time that says nothing about it."""
        return hmac.compare_digest((await self.code(number)).encode(), code.encode())
