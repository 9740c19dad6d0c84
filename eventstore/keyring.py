"""Personal data under a key per person: enrol at the door, seal on the way in, unseal for a reader.

A person is found again through a blind index, under a key of its own. Forgetting a person is destroying one key.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
from collections.abc import Iterable, Sequence
from uuid import uuid4

import asyncpg
from cryptography.exceptions import InvalidTag

from domain.records import Sealed
from eventstore.identity import Entrant, Identity, normalised
from eventstore.keys import INDEX, DataKey, Keys
from eventstore.masters import NONCE, KeyringError, WrongKey, framed
from eventstore.pool import fetch

__all__ = ["Keyring", "KeyringError", "MissingCiphertext", "SealBroken", "UnknownPerson", "WrongKey"]


class UnknownPerson(KeyringError, LookupError):
    """No key is held for this person: never enrolled, or erased."""


class SealBroken(KeyringError):
    """The ciphertext was not made in this context for this person, or was altered."""


class MissingCiphertext(KeyringError):
    """There is only the digest: the ciphertext was left out, or erased."""


class Keyring:
    """Persons, and what is sealed under their keys."""

    def __init__(self, keys: Keys) -> None:
        self.keys = keys

    async def enrol(self, identities: Sequence[Identity | Entrant]) -> list[str]:
        """The person ids of ``identities``, in their order; those never seen before get an id and a key.

        The same identity, however it is typed and whoever enrols it at the same moment, has one id.

        Raises:
            StoreAway: PostgreSQL cannot be reached.
        """
        index_key = await self._index_key()
        indexes = [_blind_index(index_key, identity) for identity in identities]
        distinct = sorted(set(indexes))
        known = await self._find(distinct)
        missing = [index for index in distinct if index not in known]
        if missing:
            await self._create(missing)
            known |= await self._find(missing)
        return [known[index] for index in indexes]

    async def find(self, identity: Identity | Entrant) -> str | None:
        """The person id of ``identity``; None for somebody never enrolled, or erased."""
        index = _blind_index(await self._index_key(), identity)
        return (await self._find([index])).get(index)

    async def seal(self, person_id: str, context: str, plaintext: str) -> Sealed:
        """Seal ``plaintext`` for ``person_id`` in ``context`` (``<stream>/<command id>/<field>``).

        The same text in the same context gives the same bytes, so that a command given again is the same command.

        Raises:
            UnknownPerson, WrongKey, StoreAway.
        """
        key = (await self._keys_of([person_id]))[person_id]
        text = plaintext.encode()
        # Derived from what is sealed, the nonce repeats only together with it, which tells only that.
        nonce = hmac.digest(key.nonce_key, framed(context, plaintext), "sha256")[:NONCE]
        ciphertext = nonce + key.cipher.encrypt(nonce, text, framed(person_id, context))
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
        keys = await self.keys.held({sealed.subject for sealed, _ in items})
        return [
            _opened(keys[sealed.subject], sealed, context) if sealed.subject in keys and sealed.ciphertext else None
            for sealed, context in items
        ]

    async def _keys_of(self, persons: Iterable[str]) -> dict[str, DataKey]:
        wanted = list(persons)
        keys = await self.keys.held(wanted)
        missing = next((person for person in wanted if person not in keys), None)
        if missing is not None:
            raise UnknownPerson(f"no key for person {missing}")
        return keys

    async def _index_key(self) -> bytes:
        return (await self.keys.made([INDEX]))[INDEX].secret

    async def _find(self, indexes: Sequence[bytes]) -> dict[bytes, str]:
        query = "select blind_index, person_id from persons where blind_index = any($1::bytea[])"
        return {row["blind_index"]: row["person_id"] for row in await fetch(self.keys.pool, query, indexes)}

    async def _create(self, indexes: Sequence[bytes]) -> None:
        """Enrol in the order of the indexes, so that two who enrol the same people wait instead of locking up."""
        persons = [str(uuid4()) for _ in indexes]
        _, wrapped, master = await self.keys.new(persons, [1] * len(persons))
        try:
            await fetch(
                self.keys.pool,
                """with n as (
                    select * from unnest($1::text[], $2::bytea[], $3::bytea[]) n(person_id, blind_index, wrapped_key)
                ), enrolled as (
                    insert into persons (person_id, blind_index) select person_id, blind_index from n
                    on conflict (blind_index) do nothing returning person_id
                )
                insert into keys (owner, version, wrapped_key, master_id)
                select person_id, 1, wrapped_key, $4 from n join enrolled using (person_id)""",
                *(persons, indexes, wrapped, master),
            )
        except asyncpg.ForeignKeyViolationError:
            self.keys.master_replaced()
            await self._create(indexes)


def _blind_index(index_key: bytes, identity: Identity | Entrant) -> bytes:
    """What the database knows an identity by: equal for one person, and worthless without the key."""
    return hmac.digest(index_key, normalised(identity), "sha256")


def _opened(key: DataKey, sealed: Sealed, context: str) -> str:
    if sealed.ciphertext is None:
        raise MissingCiphertext(f"no ciphertext for {context}")
    if sealed.key_version != key.version:
        raise WrongKey(f"sealed under version {sealed.key_version} of a key of which only {key.version} is held")
    try:
        raw = base64.b64decode(sealed.ciphertext, validate=True)
        return key.cipher.decrypt(raw[:NONCE], raw[NONCE:], framed(sealed.subject, context)).decode()
    except (InvalidTag, ValueError):
        raise SealBroken(f"the seal of {context} does not hold") from None
