"""Master keys: what wraps every other key, and never enters the database.

A key management service fits behind :class:`MasterKey`; :class:`LocalMaster` holds 32 bytes in memory.
"""

from __future__ import annotations

import hashlib
import os
from collections.abc import Callable, Collection, Sequence
from typing import Protocol

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

KEY_BYTES = 32
NONCE = 12


class KeyringError(Exception):
    """Personal data could not be sealed or opened. Messages carry identifiers, never the data."""


class WrongKey(KeyringError):
    """The key was not wrapped by a master key at hand, or its version differs."""


class MasterKey(Protocol):
    """What a key management service offers. ``context`` is authenticated with the key: it must be the same again."""

    @property
    def id(self) -> str:
        """A short name, the same for the same key everywhere, that tells nothing about it."""

    async def wrap(self, plain: bytes, context: bytes) -> bytes:
        """``plain`` (32 bytes) so that only this master key gives it back."""

    async def unwrap(self, wrapped: bytes, context: bytes) -> bytes:
        """What was wrapped in ``context``. Raises WrongKey."""


class LocalMaster:
    """A master key in memory."""

    def __init__(self, key: bytes) -> None:
        """``key`` is 32 random bytes. Raises ValueError for another length."""
        if len(key) != KEY_BYTES:
            raise ValueError(f"the master key has {KEY_BYTES} bytes, not {len(key)}")
        self._cipher = AESGCM(derived(key, b"jalon wrap"))
        self.id = hashlib.sha256(derived(key, b"jalon master id")).hexdigest()[:16]

    async def wrap(self, plain: bytes, context: bytes) -> bytes:
        """See :class:`MasterKey`."""
        nonce = os.urandom(NONCE)
        return nonce + self._cipher.encrypt(nonce, plain, context)

    async def unwrap(self, wrapped: bytes, context: bytes) -> bytes:
        """See :class:`MasterKey`."""
        try:
            return self._cipher.decrypt(wrapped[:NONCE], wrapped[NONCE:], context)
        except InvalidTag:
            raise WrongKey(f"the master key {self.id} does not open a key that names it") from None


class Masters:
    """The master keys at hand: the one to wrap with first, then those that it is replacing.

    ``find`` is asked again when a key names a master that is not known: a rotation may have taken place meanwhile.
    """

    def __init__(self, find: Callable[[], Sequence[MasterKey]]) -> None:
        self._find = find
        self._held = tuple(find())

    @classmethod
    def local(cls, *keys: bytes) -> Masters:
        """Master keys of 32 bytes each, the one to wrap with first."""
        held = [LocalMaster(key) for key in keys]
        return cls(lambda: held)

    @property
    def current(self) -> MasterKey:
        """The master key to wrap with from now on."""
        return self._held[0]

    @property
    def at_hand(self) -> Sequence[MasterKey]:
        """All of them."""
        return self._held

    def of(self, id: str) -> MasterKey:
        """The master key called ``id``. Raises WrongKey when it is not at hand."""
        found = self.among([id])
        if found is None:
            raise WrongKey(f"the master key {id} is not at hand")
        return found

    def among(self, ids: Collection[str]) -> MasterKey | None:
        """The first master key at hand that ``ids`` name; looked for again when there is none."""
        found = next((master for master in self._held if master.id in ids), None)
        if found is None:
            self._held = tuple(self._find())
            found = next((master for master in self._held if master.id in ids), None)
        return found


def derived(key: bytes, purpose: bytes) -> bytes:
    """A key for one purpose (32 bytes), made from ``key``."""
    return HKDF(algorithm=SHA256(), length=KEY_BYTES, salt=None, info=purpose).derive(key)


def framed(*parts: str) -> bytes:
    """Parts behind their lengths, so that no two lists of parts give the same bytes."""
    encoded = [part.encode() for part in parts]
    return b"".join(len(part).to_bytes(4, "big") + part for part in encoded)
