"""What was issued: sealed PDF files and credentials under the key of whoever holds them, and the published lists."""

from __future__ import annotations

import hmac
from collections.abc import Sequence
from dataclasses import dataclass, field
from hashlib import sha256

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from eventstore.keyring import SealBroken, UnknownPerson
from eventstore.keys import DataKey, Keys
from eventstore.masters import NONCE, derived, framed
from eventstore.pool import Pool, fetch

_PURPOSE, _SALT = b"jalon documents", b"jalon holder salt"


@dataclass(frozen=True, slots=True)
class Kept:
    """The documents of one edition, as they were made the first time; ``digest`` is that of the PDF (SHA-256, hex)."""

    number: str
    edition: int
    stream: str
    person: str
    document: bytes = field(repr=False)
    credential: bytes = field(repr=False)

    @property
    def digest(self) -> str:
        """SHA-256 (hex) of the sealed PDF."""
        return sha256(self.document).hexdigest()

    @property
    def credential_digest(self) -> str:
        """SHA-256 (hex) of the credential."""
        return sha256(self.credential).hexdigest()


@dataclass(frozen=True, slots=True)
class KeptRow:
    """That there are documents of an edition, and what the book's event must say of them; nothing is opened."""

    number: str
    edition: int
    stream: str
    person: str
    digest: str


class Documents:
    """Keeps and hands out what was issued. Methods raise ``StoreAway``, and those that open or seal ``WrongKey``."""

    def __init__(self, keys: Keys) -> None:
        self._keys = keys
        self._pool: Pool = keys.pool

    async def salt(self, person: str) -> str:
        """What the hash of a holder is salted with: the same for all their credentials, and gone with their key.

        Raises:
            UnknownPerson: erased.
        """
        return derived((await self._key(person)).secret, _SALT).hex()[:32]

    async def keep(self, made: Kept) -> Kept:
        """Keep ``made`` unless there are documents of this edition already; what is kept.

        Whoever made the same once more, after a crash or beside another, gets the bytes of the first.

        Raises:
            UnknownPerson: erased.
        """
        key = await self._key(made.person)
        sealed = [_closed(key, made, name) for name in ("document", "credential")]
        await fetch(
            self._pool,
            """insert into documents (number, edition, stream_id, person_id, document, credential, digest)
            values ($1, $2, $3, $4, $5, $6, $7) on conflict do nothing""",
            *(made.number, made.edition, made.stream, made.person, *sealed, made.digest),
        )
        return await self.read(made.number, made.edition) or made

    async def read(self, number: str, edition: int) -> Kept | None:
        """The documents of an edition; None where there are none.

        Raises:
            UnknownPerson: erased.
            SealBroken: what is kept was altered.
        """
        query = """select number, edition, stream_id as stream, person_id as person, document, credential
            from documents where number = $1 and edition = $2"""
        rows = await fetch(self._pool, query, number, edition)
        if not rows:
            return None
        kept = Kept(**rows[0])
        key = await self._key(kept.person)
        opened = {name: _opened(key, kept, name) for name in ("document", "credential")}
        return Kept(kept.number, kept.edition, kept.stream, kept.person, **opened)

    async def of_person(self, person: str) -> list[KeptRow]:
        """What is kept for a person, in the order of the numbers."""
        return await self._rows("where person_id = $1", person)

    async def of_stream(self, stream: str) -> list[KeptRow]:
        """What is kept of a book, in the order of the numbers."""
        return await self._rows("where stream_id = $1", stream)

    async def _rows(self, where: str, value: str) -> list[KeptRow]:
        query = f"""select number, edition, stream_id as stream, person_id as person, digest
            from documents {where} order by number, edition"""  # noqa: S608 - one of the two constants above
        return [KeptRow(**row) for row in await fetch(self._pool, query, value)]

    async def forget(self, person: str) -> int:
        """Take away what is kept for a person; how many documents there were."""
        return len(await fetch(self._pool, "delete from documents where person_id = $1 returning number", person))

    async def _key(self, person: str) -> DataKey:
        key = (await self._keys.held([person])).get(person)
        if key is None:
            raise UnknownPerson(f"no key for person {person}")
        return key


class StatusLists:
    """The lists of withdrawn awards, each as it was signed. Methods raise ``StoreAway``."""

    def __init__(self, pool: Pool) -> None:
        self._pool = pool

    async def keep(self, stream: str, version: int, content: str) -> str:
        """Keep the list as of a version of the book unless there is one already; what is kept."""
        await fetch(
            self._pool,
            "insert into status_lists (stream_id, version, content) values ($1, $2, $3) on conflict do nothing",
            *(stream, version, content),
        )
        query = "select content from status_lists where stream_id = $1 and version = $2"
        return str((await fetch(self._pool, query, stream, version))[0][0])

    async def latest(self, stream: str) -> tuple[int, str] | None:
        """The last list of a book that was published, with its version; None where there is none."""
        query = "select version, content from status_lists where stream_id = $1 order by version desc limit 1"
        rows = await fetch(self._pool, query, stream)
        return (rows[0]["version"], rows[0]["content"]) if rows else None

    async def books(self) -> Sequence[str]:
        """The books of which there is a list."""
        rows = await fetch(self._pool, "select distinct stream_id from status_lists order by stream_id")
        return [row[0] for row in rows]


def _bound(kept: Kept, name: str) -> bytes:
    """What a ciphertext is bound to: it opens as nothing but this part of this edition, for this person."""
    return framed(kept.person, kept.number, str(kept.edition), name)


def _closed(key: DataKey, kept: Kept, name: str) -> bytes:
    plain: bytes = getattr(kept, name)
    bound = _bound(kept, name)
    nonce = hmac.digest(key.nonce_key, bound + sha256(plain).digest(), "sha256")[:NONCE]
    return nonce + AESGCM(derived(key.secret, _PURPOSE)).encrypt(nonce, plain, bound)


def _opened(key: DataKey, kept: Kept, name: str) -> bytes:
    raw: bytes = getattr(kept, name)
    try:
        return AESGCM(derived(key.secret, _PURPOSE)).decrypt(raw[:NONCE], raw[NONCE:], _bound(kept, name))
    except (InvalidTag, ValueError):
        raise SealBroken(f"the {name} of {kept.number}, edition {kept.edition}, does not open") from None
