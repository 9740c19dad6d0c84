"""A zip whose bytes depend on nothing but what is put into it; it appears under its name when it is whole."""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from hashlib import sha256
from pathlib import Path
from types import TracebackType
from typing import Any, Self
from zipfile import ZIP_DEFLATED, ZipFile, ZipInfo

MANIFEST = "manifest.json"
_FILE, _FOLDER = 0o100644, 0o40755


class Archive:
    """``with Archive(path) as archive``: add files, then :meth:`finish`; left without that, nothing remains.

    Raises:
        OSError: it cannot be written there.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        self._part = path.with_name(f".{path.name}.{os.getpid()}.part")
        self._zip = ZipFile(self._part, "w", ZIP_DEFLATED)
        self.files: dict[str, dict[str, Any]] = {}
        """Name -> hash and size of every file so far."""

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._zip.close()
        self._part.unlink(missing_ok=True)

    def add(self, name: str, content: bytes) -> None:
        """Add a file."""
        self._zip.writestr(_entry(name, _FILE), content)
        self.files[name] = {"sha256": sha256(content).hexdigest(), "size": len(content)}

    @contextmanager
    def writing(self, name: str) -> Iterator[Callable[[bytes], None]]:
        """Add a file piece by piece."""
        digest, size = sha256(), 0
        # What a piece will come to is not known before: each has room for a large one.
        with self._zip.open(_entry(name, _FILE), "w", force_zip64=True) as file:

            def write(piece: bytes) -> None:
                nonlocal size
                file.write(piece)
                digest.update(piece)
                size += len(piece)

            yield write
        self.files[name] = {"sha256": digest.hexdigest(), "size": size}

    def add_folder(self, name: str) -> None:
        """Add a folder in which there may be nothing."""
        self._zip.writestr(_entry(f"{name}/", _FOLDER), b"")

    def finish(self, manifest: dict[str, Any]) -> None:
        """Add the manifest, which tells the hash of every other file, and give the zip its name."""
        told = json.dumps({**manifest, "files": self.files}, ensure_ascii=False, sort_keys=True, indent=1)
        self.add(MANIFEST, told.encode() + b"\n")
        self._zip.close()
        with self._part.open("rb") as part:
            os.fsync(part.fileno())
        os.replace(self._part, self._path)


def _entry(name: str, mode: int) -> ZipInfo:
    entry = ZipInfo(name, (1980, 1, 1, 0, 0, 0))
    entry.compress_type = ZIP_DEFLATED
    entry.create_system = 3
    entry.external_attr = mode << 16
    return entry
