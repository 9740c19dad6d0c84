"""Copies outside the database, in places where nothing is written twice: a folder, a bucket.

Who can change the database cannot change what these places hold, if others keep them. A copy that is there is never
replaced; one that says something else than we do is an alarm, and stays.

    checkpoints/<size, 20 digits>.note    keys/<key id>.vkey    rotations/<key id>.note    timestamps/<size>.tsr
"""

from __future__ import annotations

import asyncio
import os
import re
import secrets
from collections.abc import AsyncIterator, Awaitable, Iterable, Sequence
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Literal, TypeVar
from urllib.parse import unquote, urlsplit

import obstore
from obstore.exceptions import AlreadyExistsError, BaseError
from obstore.store import LocalStore, from_url

from domain.note import MalformedNote, Note, Rotation
from eventstore.signing import PublishedRow
from workers.settings import without_password

_Answer = TypeVar("_Answer")

if TYPE_CHECKING:
    from obstore.store import ObjectStore

AT_ONCE = 16
PATIENCE = timedelta(seconds=10)
_CHECKPOINT = re.compile(r"(\d{20})\.note")
_KEY = re.compile(r"([0-9a-f]{8})\.vkey")

Folder = Literal["checkpoints", "keys", "rotations", "timestamps"]


class WitnessAway(ConnectionError):
    """The place cannot be reached, or does not let us write. The message names the place."""


class CopyDiffers(RuntimeError):
    """The place already holds something else under this name. ``path`` is the name."""

    def __init__(self, place: str, path: str) -> None:
        super().__init__(f"{place} holds another {path}")
        self.path = path


class Witness:
    """One place: a folder (``/path``, ``file:///path``) or a bucket (``s3://bucket/prefix``, set by ``AWS_…``)."""

    def __init__(self, place: str) -> None:
        self.place = without_password(place) if "://" in place else place
        self._address = place
        self._opened: ObjectStore | None = None

    async def put(self, path: str, content: bytes) -> bool:
        """Write what is not there yet; False when the very same is there already.

        Raises:
            CopyDiffers: something else is there; it is left alone.
            WitnessAway.
        """
        folder = self._folder()
        try:
            if folder is not None:
                await self._ask(asyncio.to_thread(_write_once, folder / path, content))
            else:
                await self._ask(obstore.put_async(self._store(), path, content, mode="create"))
        except (AlreadyExistsError, FileExistsError):
            if await self.get(path) != content:
                raise CopyDiffers(self.place, path) from None
            return False
        except FileNotFoundError as error:
            raise WitnessAway(self.place) from error
        return True

    async def get(self, path: str) -> bytes | None:
        """What is written there; None when nothing is. Raises WitnessAway."""
        if self._is_bare():
            return None
        try:
            found = await self._ask(obstore.get_async(self._store(), path))
            return bytes(await self._ask(found.bytes_async()))
        except FileNotFoundError:
            return None

    async def names(self, folder: Folder, after: str | None = None) -> list[str]:
        """The names in a folder, sorted; only those behind the path ``after``. Raises WitnessAway."""
        if self._is_bare():
            return []
        found: list[str] = []
        stream = obstore.list(self._store(), prefix=folder, offset=after, chunk_size=1000)
        try:
            async for chunk in stream:
                found += [meta["path"].rpartition("/")[2] for meta in chunk]
        except (BaseError, OSError) as error:
            raise WitnessAway(self.place) from error
        return sorted(found)

    async def sizes(self, since: int = 0) -> list[int]:
        """The sizes, of ``since`` or more, whose checkpoints are there, the smallest first. Raises WitnessAway."""
        after = checkpoint_path(since - 1) if since else None
        found = (_CHECKPOINT.fullmatch(name) for name in await self.names("checkpoints", after))
        return [int(name[1]) for name in found if name]

    async def checkpoints(self, sizes: Iterable[int]) -> AsyncIterator[tuple[int, str]]:
        """The signed notes of these sizes as they were written, in the order given; those missing are left out.

        Whether they are what they should be is for the reader to judge. Raises WitnessAway.
        """
        wanted = list(sizes)
        for at in range(0, len(wanted), AT_ONCE):
            some = wanted[at : at + AT_ONCE]
            notes = await asyncio.gather(*(self.get(checkpoint_path(size)) for size in some))
            for size, note in zip(some, notes, strict=True):
                if note is not None:
                    yield size, _text(note)

    async def keys(self) -> list[PublishedRow]:
        """The keys that are there, ready for ``signing.published_keys``. Raises WitnessAway."""
        rows = []
        for name in await self.names("keys"):
            found = _KEY.fullmatch(name)
            written = await self.get(f"keys/{name}") if found else None
            if found and written is not None:
                endorsement = await self.get(_rotation_path(found[1]))
                note = None if endorsement is None else _text(endorsement)
                rows.append(PublishedRow(found[1], _text(written).strip(), _since(note), note))
        return rows

    async def put_keys(self, rows: Sequence[PublishedRow]) -> None:
        """Copy published keys and what vouches for them. Raises CopyDiffers, WitnessAway."""
        for row in rows:
            await self.put(f"keys/{row.key_id}.vkey", f"{row.vkey}\n".encode())
            if row.endorsement is not None:
                await self.put(_rotation_path(row.key_id), row.endorsement.encode())

    def _store(self) -> ObjectStore:
        if self._opened is None:
            folder = self._folder()
            try:
                if folder is not None:
                    self._opened = LocalStore(folder)
                else:
                    self._opened = from_url(
                        self._address,
                        # An address in plain HTTP is chosen by whoever sets it.
                        client_options={"allow_http": True, "connect_timeout": "3s", "timeout": PATIENCE},
                        retry_config={"max_retries": 2, "retry_timeout": PATIENCE},
                    )
            except (BaseError, OSError, ValueError) as error:
                raise WitnessAway(self.place) from error
        return self._opened

    def _folder(self) -> Path | None:
        if "://" not in self._address:
            return Path(self._address)
        url = urlsplit(self._address)
        return Path(unquote(url.path)) if url.scheme == "file" else None

    def _is_bare(self) -> bool:
        """A folder that nobody made yet: reading does not make it."""
        folder = self._folder()
        return folder is not None and not folder.exists()

    async def _ask(self, asked: Awaitable[_Answer]) -> _Answer:
        try:
            return await asked
        except (AlreadyExistsError, FileExistsError, FileNotFoundError):
            raise
        except (BaseError, OSError) as error:
            raise WitnessAway(self.place) from error


def _write_once(file: Path, content: bytes) -> None:
    """Write a file whole and for good, on the disk when this returns. FileExistsError when there is one."""
    file.parent.mkdir(parents=True, exist_ok=True)
    draft = file.with_name(f".{file.name}.{secrets.token_hex(4)}")
    try:
        with os.fdopen(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o444), "wb") as writing:
            writing.write(content)
            writing.flush()
            os.fsync(writing.fileno())
        os.link(draft, file)
    finally:
        draft.unlink(missing_ok=True)
    folder = os.open(file.parent, os.O_RDONLY)
    try:
        os.fsync(folder)
    finally:
        os.close(folder)


def checkpoint_path(size: int) -> str:
    """Where the checkpoint of ``size`` leaves is copied to."""
    return f"checkpoints/{size:020}.note"


def timestamp_path(size: int) -> str:
    """Where the time stamp of that checkpoint is copied to."""
    return f"timestamps/{size:020}.tsr"


def _rotation_path(key_id: str) -> str:
    return f"rotations/{key_id}.note"


def _since(endorsement: str | None) -> int:
    try:
        return Rotation.parse(Note.parse(endorsement).text).size if endorsement is not None else 0
    except MalformedNote:
        # Not a rotation, and so no link of a chain: whoever checks the chain finds that out.
        return 0


def _text(content: bytes) -> str:
    return content.decode("utf-8", "replace")
