"""Personal data under a key per person: enrol at the door, seal on the way in, unseal for a reader.

The master key wraps the persons' keys and finds a person again through a blind index; it stays outside the database.
Forgetting a person is destroying one wrapped key.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import os
from collections import OrderedDict
from collections.abc import Iterable, Sequence
from typing import NamedTuple
from uuid import uuid4

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from domain.records import Sealed
from eventstore.identity import Identity, normalised
from eventstore.pool import Pool, fetch

KEY_BYTES = 32
_NONCE = 12
_FIRST_VERSION = 1


class KeyringError(Exception):
    """Personal data could not be sealed or opened. Messages carry identifiers, never the data."""


class UnknownPerson(KeyringError, LookupError):
    """No key is held for this person: never enrolled, or erased."""


class WrongKey(KeyringError):
    """The master key is not the one that this person's key was wrapped with, or the key's version differs."""


class SealBroken(KeyringError):
    """The ciphertext was not made in this context for this person, or was altered."""


class MissingCiphertext(KeyringError):
    """There is only the digest: the ciphertext was left out, or erased."""


class _PersonKey(NamedTuple):
    version: int
    cipher: AESGCM
    nonce_key: bytes


class Keyring:
    """Persons and their keys. ``cached`` bounds how many keys are held in memory, the least used leaving first."""

    def __init__(self, pool: Pool, master_key: bytes, cached: int = 4096) -> None:
        """``master_key`` is 32 random bytes. Raises ValueError for another length."""
        if len(master_key) != KEY_BYTES:
            raise ValueError(f"the master key has {KEY_BYTES} bytes, not {len(master_key)}")
        self._pool = pool
        self._wrapping = AESGCM(_derived(master_key, b"jalon wrap"))
        self._index_key = _derived(master_key, b"jalon blind index")
        self._cached = cached
        self._keys: OrderedDict[str, _PersonKey] = OrderedDict()

    async def enrol(self, identities: Sequence[Identity]) -> list[str]:
        """The person ids of ``identities``, in their order; those never seen before get an id and a key.

        The same identity, however it is typed and whoever enrols it at the same moment, has one id.

        Raises:
            StoreAway: PostgreSQL cannot be reached.
        """
        indexes = [self.blind_index(identity) for identity in identities]
        distinct = sorted(set(indexes))
        known = await self._find(distinct)
        missing = [index for index in distinct if index not in known]
        if missing:
            await self._create(missing)
            known |= await self._find(missing)
        return [known[index] for index in indexes]

    def blind_index(self, identity: Identity) -> bytes:
        """What the database knows an identity by: equal for one person, and worthless without the master key."""
        return hmac.digest(self._index_key, normalised(identity), "sha256")

    async def seal(self, person_id: str, context: str, plaintext: str) -> Sealed:
        """Seal ``plaintext`` for ``person_id`` in ``context`` (``<stream>/<command id>/<field>``).

        The same text in the same context gives the same bytes, so that a command given again is the same command.

        Raises:
            UnknownPerson, WrongKey, StoreAway.
        """
        key = (await self._keys_of([person_id]))[person_id]
        text = plaintext.encode()
        # Derived from what is sealed, the nonce repeats only together with it, which tells only that.
        nonce = hmac.digest(key.nonce_key, _framed(context.encode(), text), "sha256")[:_NONCE]
        ciphertext = nonce + key.cipher.encrypt(nonce, text, _bound(person_id, context))
        return Sealed(
            subject=person_id,
            key_version=key.version,
            digest=hashlib.sha256(ciphertext).hexdigest(),
            ciphertext=base64.b64encode(ciphertext).decode(),
        )

    async def unseal(self, sealed: Sealed, context: str) -> str:
        """The text that was sealed in ``context``.

        Raises:
            UnknownPerson, WrongKey, MissingCiphertext, SealBroken, StoreAway.
        """
        return _opened((await self._keys_of([sealed.subject]))[sealed.subject], sealed, context)

    async def unseal_all(self, items: Sequence[tuple[Sealed, str]]) -> list[str | None]:
        """Many texts at once, ``(sealed, context)`` each; None for those of an erased person or without ciphertext.

        Raises:
            WrongKey, SealBroken, StoreAway.
        """
        keys = await self._keys_of({sealed.subject for sealed, _ in items}, lenient=True)
        return [
            _opened(keys[sealed.subject], sealed, context) if sealed.subject in keys and sealed.ciphertext else None
            for sealed, context in items
        ]

    async def _keys_of(self, persons: Iterable[str], lenient: bool = False) -> dict[str, _PersonKey]:
        wanted = list(persons)
        keys = {person: self._keys[person] for person in wanted if person in self._keys}
        absent = [person for person in wanted if person not in keys]
        if absent:
            query = "select person_id, wrapped_key, key_version from persons where person_id = any($1::text[])"
            for row in await fetch(self._pool, query, absent):
                keys[row["person_id"]] = self._unwrapped(row["person_id"], row["key_version"], row["wrapped_key"])
        if not lenient and len(keys) < len(set(wanted)):
            raise UnknownPerson(f"no key for person {next(person for person in wanted if person not in keys)}")
        self._remember(keys)
        return keys

    def _remember(self, keys: dict[str, _PersonKey]) -> None:
        for person, key in keys.items():
            self._keys[person] = key
            self._keys.move_to_end(person)
        while len(self._keys) > self._cached:
            self._keys.popitem(last=False)

    def _unwrapped(self, person_id: str, version: int, wrapped: bytes) -> _PersonKey:
        try:
            key = self._wrapping.decrypt(wrapped[:_NONCE], wrapped[_NONCE:], _bound(person_id, str(version)))
        except InvalidTag:
            raise WrongKey(f"the master key does not open the key of person {person_id}") from None
        return _PersonKey(version, AESGCM(_derived(key, b"jalon seal")), _derived(key, b"jalon nonce"))

    async def _find(self, indexes: Sequence[bytes]) -> dict[bytes, str]:
        query = "select blind_index, person_id from persons where blind_index = any($1::bytea[])"
        return {row["blind_index"]: row["person_id"] for row in await fetch(self._pool, query, indexes)}

    async def _create(self, indexes: Sequence[bytes]) -> None:
        """Enrol in the order of the indexes, so that two who enrol the same people wait instead of locking up."""
        persons = [str(uuid4()) for _ in indexes]
        await fetch(
            self._pool,
            """insert into persons (person_id, blind_index, wrapped_key, key_version)
            select person_id, blind_index, wrapped_key, $4
            from unnest($1::text[], $2::bytea[], $3::bytea[]) n(person_id, blind_index, wrapped_key)
            on conflict (blind_index) do nothing""",
            persons,
            indexes,
            [self._new_key(person) for person in persons],
            _FIRST_VERSION,
        )

    def _new_key(self, person_id: str) -> bytes:
        nonce = os.urandom(_NONCE)
        return nonce + self._wrapping.encrypt(nonce, os.urandom(KEY_BYTES), _bound(person_id, str(_FIRST_VERSION)))


def _derived(key: bytes, purpose: bytes) -> bytes:
    return HKDF(algorithm=SHA256(), length=KEY_BYTES, salt=None, info=purpose).derive(key)


def _framed(*parts: bytes) -> bytes:
    """Parts behind their lengths, so that no two lists of parts give the same bytes."""
    return b"".join(len(part).to_bytes(4, "big") + part for part in parts)


def _bound(person_id: str, context: str) -> bytes:
    return _framed(person_id.encode(), context.encode())


def _opened(key: _PersonKey, sealed: Sealed, context: str) -> str:
    if sealed.ciphertext is None:
        raise MissingCiphertext(f"no ciphertext for {context}")
    if sealed.key_version != key.version:
        raise WrongKey(f"sealed under version {sealed.key_version} of a key of which only {key.version} is held")
    try:
        raw = base64.b64decode(sealed.ciphertext, validate=True)
        return key.cipher.decrypt(raw[:_NONCE], raw[_NONCE:], _bound(sealed.subject, context)).decode()
    except (InvalidTag, ValueError):
        raise SealBroken(f"the seal of {context} does not hold") from None
