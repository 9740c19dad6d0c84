"""Ed25519 signatures under the log's checkpoints, and the chain of the keys that made them."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterable, Sequence
from functools import lru_cache
from typing import Any, NamedTuple

from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat, load_pem_private_key

from domain.note import Checkpoint, MalformedNote, Note, Rotation, Signature, VerifierKey
from eventstore.pool import Pool, fetch

PUBLISHED = "select key_id, vkey, since, endorsement from notary_keys order by since, recorded_at, key_id"
"""Every row of the published keys, as :class:`PublishedRow` takes it."""

_END = "-----END PRIVATE KEY-----\n"


class NotSigned(ValueError):
    """A note does not bear the signature that it needs, or bears a forged one; the message says which."""


class BrokenChain(ValueError):
    """The published keys are not one chain of endorsements. ``key_id`` is the row where it breaks."""

    def __init__(self, key_id: str, why: str) -> None:
        super().__init__(why)
        self.key_id = key_id


class PublishedRow(NamedTuple):
    """A key as it is published: hex of its id, the key, the size from which on it signs, who vouched for it."""

    key_id: str
    vkey: str
    since: int
    endorsement: str | None


class SigningKey:
    """A private key of the notary. Its text form and its ``repr`` show nothing of it."""

    def __init__(self, private: Ed25519PrivateKey) -> None:
        self._private = private
        self.public = private.public_key().public_bytes_raw()

    @classmethod
    def new(cls) -> SigningKey:
        """A key that nobody has seen before."""
        return cls(Ed25519PrivateKey.generate())

    def verifier(self, name: str) -> VerifierKey:
        """The public part, under the log's name."""
        return VerifierKey(name, self.public)

    def sign(self, name: str, text: str) -> Signature:
        """The signature of ``text`` (ending with a line feed) under the log's name."""
        return Signature(name, self.verifier(name).key_id, self._private.sign(text.encode()))

    def pem(self) -> str:
        """The key as a file holds it (PKCS 8, not encrypted)."""
        return self._private.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()).decode("ascii")


def read_keys(pem: str) -> list[SigningKey]:
    """The keys of a file, one PEM block after the other.

    Raises:
        ValueError: a block is no Ed25519 key, or there is none.
    """
    keys = []
    for block in pem.strip().split(_END.strip())[:-1]:
        try:
            private = load_pem_private_key((block.strip() + "\n" + _END).encode(), None)
        except (ValueError, TypeError, UnsupportedAlgorithm):
            raise ValueError("not a private key in PEM") from None
        if not isinstance(private, Ed25519PrivateKey):
            raise ValueError("not an Ed25519 key")
        keys.append(SigningKey(private))
    if not keys:
        raise ValueError("no private key in PEM")
    return keys


def signed(name: str, text: str, keys: Iterable[SigningKey]) -> str:
    """``text`` as a note that each of ``keys`` signed."""
    return Note(text, tuple(key.sign(name, text) for key in keys)).format()


def require_signature(note: Note, key: VerifierKey) -> None:
    """``key`` signed the note.

    Raises:
        NotSigned: it did not, or what bears its name is not its signature.
    """
    found = [each for each in note.signatures if (each.name, each.key_id) == (key.name, key.key_id)]
    if not found:
        raise NotSigned(f"not signed by the key {key.key_id.hex()}")
    for signature in found:
        try:
            _public(key.public).verify(signature.signature, note.text.encode())
        except InvalidSignature:
            raise NotSigned(f"the signature of the key {key.key_id.hex()} is not of this text") from None


class KeyChain:
    """The published keys of a log, each vouched for by the one before. Make it with :func:`published_keys`."""

    def __init__(self, origin: str, keys: Sequence[VerifierKey], since: Sequence[int]) -> None:
        self.origin = origin
        self.keys = tuple(keys)
        """The first key first; the last one is in force."""
        self.since = tuple(since)
        """A key signs the checkpoints of more leaves than its number here, until the next one takes over."""

    def in_force(self, size: int) -> VerifierKey:
        """The key that must have signed the checkpoint of ``size`` leaves."""
        return self.keys[max(bisect_left(self.since, size) - 1, 0)]

    def checkpoint(self, written: str) -> Checkpoint:
        """The checkpoint in a note that is signed as it must be.

        Raises:
            MalformedNote: it is no checkpoint of this log.
            NotSigned: the key in force did not sign it.
        """
        note = Note.parse(written)
        checkpoint = Checkpoint.parse(note.text)
        if checkpoint.origin != self.origin:
            raise MalformedNote(f"a checkpoint of {checkpoint.origin}")
        require_signature(note, self.in_force(checkpoint.size))
        return checkpoint


def published_keys(origin: str, rows: Iterable[Any]) -> KeyChain:
    """The chain of a log's keys, checked link by link. ``rows``: those of :data:`PUBLISHED`, in any order.

    Raises:
        BrokenChain: a key is malformed, under another name, endorsed by none or by another than the one before it, or
            there is none at all (``key_id`` is empty then).
    """
    left = [PublishedRow(*row) for row in rows]
    for row in left:
        _read_key(origin, row)
    firsts = [row for row in left if row.endorsement is None]
    if len(firsts) != 1:
        raise BrokenChain(firsts[1].key_id if firsts else "", f"{len(firsts)} keys that no other vouches for, not 1")
    last = firsts[0]
    if last.since != 0:
        raise BrokenChain(last.key_id, f"the first key signs from {last.since} on, not from 0")
    keys, since = [_read_key(origin, last)], [0]
    left.remove(last)
    endorsed = [(row, *_read_rotation(row)) for row in left]
    while endorsed:
        heirs = [each for each in endorsed if each[1].old == last.vkey]
        if len(heirs) != 1:
            stray = heirs[1] if heirs else endorsed[0]
            raise BrokenChain(stray[0].key_id, "vouched for by another key than the one before it")
        row, rotation, note = heirs[0]
        endorsed.remove(heirs[0])
        _check_link(origin, row, rotation, note, keys[-1], since[-1])
        keys.append(_read_key(origin, row))
        since.append(row.since)
        last = row
    return KeyChain(origin, keys, since)


async def load_keys(pool: Pool, origin: str) -> KeyChain:
    """The published keys of a database.

    Raises:
        BrokenChain, StoreAway.
    """
    return published_keys(origin, await fetch(pool, PUBLISHED))


def endorsement(rotation: Rotation, old: SigningKey, new: SigningKey) -> str:
    """The note in which the old key vouches for the new one, and the new one accepts."""
    return signed(rotation.origin, rotation.text(), (old, new))


def _read_key(origin: str, row: PublishedRow) -> VerifierKey:
    try:
        key = VerifierKey.parse(row.vkey)
    except MalformedNote as error:
        raise BrokenChain(row.key_id, str(error)) from None
    if key.name != origin:
        raise BrokenChain(row.key_id, f"a key of {key.name}, not of {origin}")
    if (key.key_id.hex(), key.format()) != (row.key_id, row.vkey):
        raise BrokenChain(row.key_id, "published under an id that is not its own")
    return key


def _read_rotation(row: PublishedRow) -> tuple[Rotation, Note]:
    try:
        note = Note.parse(row.endorsement or "")
        return Rotation.parse(note.text), note
    except MalformedNote as error:
        raise BrokenChain(row.key_id, str(error)) from None


def _check_link(
    origin: str, row: PublishedRow, rotation: Rotation, note: Note, before: VerifierKey, since: int
) -> None:
    if rotation != Rotation(origin, before.format(), row.vkey, row.since):
        raise BrokenChain(row.key_id, "vouched for as another key, for another log or from another size on")
    if row.since < since:
        raise BrokenChain(row.key_id, f"signs from {row.since} on, the one before it only from {since} on")
    try:
        require_signature(note, before)
        require_signature(note, VerifierKey.parse(row.vkey))
    except NotSigned as error:
        raise BrokenChain(row.key_id, str(error)) from None


@lru_cache(64)
def _public(raw: bytes) -> Ed25519PublicKey:
    return Ed25519PublicKey.from_public_bytes(raw)
