"""The notary's private key: a file outside the database, its publication, its rotation."""

from __future__ import annotations

import fcntl
import os
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from domain.note import Checkpoint, Rotation, VerifierKey
from eventstore.pool import Pool, PoolConnection
from eventstore.signing import (
    PUBLISHED,
    BrokenChain,
    KeyChain,
    PublishedRow,
    SigningKey,
    endorsement,
    published_keys,
    read_keys,
    signed,
)
from workers.trouble import Trouble

_PUBLISH = "insert into notary_keys (key_id, vkey, since, endorsement) values ($1, $2, $3, $4)"


class KeyTrouble(Trouble):
    """The log cannot be signed with the keys at hand."""


class KeyFile:
    """Private keys in PEM, one after the other: the one in force, and for a moment the one before or after it."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def read(self) -> list[SigningKey]:
        """The keys; none when there is no file. KeyTrouble when it cannot be read."""
        try:
            return read_keys(self.path.read_text("ascii"))
        except FileNotFoundError:
            return []
        except (OSError, ValueError) as error:
            raise KeyTrouble("notary.key.unreadable", file=str(self.path)) from error

    def write(self, keys: Sequence[SigningKey]) -> None:
        """Replace the file, all at once and on the disk. KeyTrouble when it cannot be written."""
        draft = self.path.with_name(f"{self.path.name}.new")
        try:
            with os.fdopen(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w") as file:
                file.write("".join(key.pem() for key in keys))
                file.flush()
                os.fsync(file.fileno())
            draft.replace(self.path)
            folder = os.open(self.path.parent, os.O_RDONLY)
            try:
                os.fsync(folder)
            finally:
                os.close(folder)
        except OSError as error:
            raise KeyTrouble("notary.key.unwritable", file=str(self.path), reason=error.strerror) from error

    @contextmanager
    def locked(self) -> Iterator[None]:
        """Nobody else changes the file meanwhile. KeyTrouble when its folder cannot be written."""
        try:
            descriptor = os.open(self.path.with_name(f"{self.path.name}.lock"), os.O_RDWR | os.O_CREAT, 0o600)
        except OSError as error:
            raise KeyTrouble("notary.key.unwritable", file=str(self.path), reason=error.strerror) from error
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX)
            yield
        finally:
            os.close(descriptor)


class Signer:
    """Signs checkpoints with the key in force, and with the ones before it that are still at hand."""

    def __init__(self, file: KeyFile) -> None:
        self._file = file
        self._superseded: set[bytes] = set()

    def __call__(self, checkpoint: Checkpoint, published: Sequence[PublishedRow]) -> str:
        """The signed note. The file is read each time: a rotation needs no restart.

        Raises:
            KeyTrouble: the published keys are no chain, or the one in force is not at hand.
        """
        chain = _chain(checkpoint.origin, published)
        held = {key.public: key for key in self._file.read()}
        if chain.keys[-1].public not in held:
            raise _not_at_hand(self._file, chain)
        keys = [held[key.public] for key in chain.keys if key.public in held]
        self._superseded = {key.public for key in keys[:-1]}
        return signed(checkpoint.origin, checkpoint.text(), keys)

    def retire(self) -> None:
        """What it signed is stored: keys that signed for the last time are destroyed. Raises KeyTrouble."""
        if self._superseded:
            with self._file.locked():
                self._file.write([key for key in self._file.read() if key.public not in self._superseded])
            self._superseded = set()


async def publish_first(pool: Pool, file: KeyFile) -> None:
    """Publish the first key of a log that has none yet, and make it if need be.

    Raises:
        KeyTrouble: the key cannot be written, or the log was signed before by a key that is no longer there.
        StoreAway, asyncpg.PostgresError.
    """
    async with pool.acquire() as connection, connection.transaction():
        if await _published(connection):
            return
        if await connection.fetchval("select exists(select from checkpoints)"):
            raise KeyTrouble("notary.key.chain", reason="no key is published")
        with file.locked():
            keys = file.read() or [SigningKey.new()]
            file.write(keys[-1:])
        key = keys[-1].verifier(await _origin(connection))
        await connection.execute(_PUBLISH, key.key_id.hex(), key.format(), 0, None)


async def rotate(pool: Pool, file: KeyFile) -> PublishedRow:
    """Let a new key take over from the one in force, which vouches for it; the new key as it is published.

    The next checkpoint is signed by both; then the old private key is destroyed. Done again after a failure half-way,
    it goes on with the same new key.

    Raises:
        KeyTrouble: the log has no key yet, its keys are no chain, or the one in force is not at hand.
        StoreAway, asyncpg.PostgresError.
    """
    async with pool.acquire() as connection, connection.transaction():
        published = await _published(connection)
        if not published:
            raise KeyTrouble("notary.key.none")
        origin = await _origin(connection)
        chain = _chain(origin, published)
        # Those who sign wait meanwhile: whatever is signed later covers more.
        size: int = await connection.fetchval("select coalesce(max(size), 0) from checkpoints")
        with file.locked():
            held = file.read()
            old = next((key for key in held if key.public == chain.keys[-1].public), None)
            if old is None:
                raise _not_at_hand(file, chain)
            known = {key.public for key in chain.keys}
            new = next((key for key in held if key.public not in known), None)
            if new is None:
                new = SigningKey.new()
                file.write([*held, new])
        successor = new.verifier(origin)
        rotation = Rotation(origin, chain.keys[-1].format(), successor.format(), size)
        row = PublishedRow(successor.key_id.hex(), successor.format(), size, endorsement(rotation, old, new))
        await connection.execute(_PUBLISH, *row)
    return row


def held_key(file: KeyFile, chain: KeyChain) -> VerifierKey:
    """The key in force, which is at hand. KeyTrouble when it is not."""
    if chain.keys[-1].public not in {key.public for key in file.read()}:
        raise _not_at_hand(file, chain)
    return chain.keys[-1]


async def _published(connection: PoolConnection) -> list[PublishedRow]:
    """The published keys, which nobody else changes until the transaction ends."""
    await connection.execute("lock table notary_keys in exclusive mode")
    return [PublishedRow(*row) for row in await connection.fetch(PUBLISHED)]


async def _origin(connection: PoolConnection) -> str:
    return str(await connection.fetchval("select origin from log_origin"))


def _chain(origin: str, published: Sequence[PublishedRow]) -> KeyChain:
    try:
        return published_keys(origin, published)
    except BrokenChain as broken:
        raise KeyTrouble("notary.key.chain", reason=str(broken)) from broken


def _not_at_hand(file: KeyFile, chain: KeyChain) -> KeyTrouble:
    return KeyTrouble("notary.key.other", file=str(file.path), key=chain.keys[-1].key_id.hex())
