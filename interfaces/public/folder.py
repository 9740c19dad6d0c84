"""An export as a source: everything is a file, and an award's file stands under its address."""

from __future__ import annotations

import json
from datetime import datetime
from pathlib import Path

from eventstore.errors import StoreAway
from interfaces.public.source import PublicKeys
from interfaces.public.twin import Twin, is_mac, is_number, today

MANIFEST, KEYS, DID = "export.json", "keys.json", ".well-known/did.json"
FORM = 1
"""What the layout of an export is called; another number is another layout."""


def award_path(number: str, mac: str, suffix: str) -> str:
    """Where a file about an award stands in an export: its address, and ``.json``, ``.proof.json``, ``.html``…"""
    return f"v/{number}/{mac}{suffix}"


def status_path(scheme: str, year: int) -> str:
    """Where the list of withdrawn awards of a book stands in an export."""
    return f"status/{scheme}/{year}"


class Folder:
    """The export in ``folder``, which is never changed: another export is another folder."""

    def __init__(self, folder: Path, written_at: datetime) -> None:
        self.folder = folder
        self.written_at = written_at

    @classmethod
    def open(cls, place: Path) -> Folder | None:
        """The export that ``place`` holds now; None when there is none, or it is of another layout."""
        try:
            folder = place.resolve(strict=True)
            manifest = json.loads((folder / MANIFEST).read_bytes())
            if manifest["form"] != FORM:
                return None
            return cls(folder, datetime.fromisoformat(manifest["written_at"]))
        except (OSError, ValueError, KeyError, TypeError):
            return None

    async def award(self, number: str, mac: str) -> Twin | None:
        """See :class:`Source`."""
        if not (is_number(number) and is_mac(mac)):
            return None
        found = self._read(award_path(number, mac, ".json"))
        return self._twin(found) if found is not None else None

    async def called(self, number: str) -> Twin | None:
        """See :class:`Source`."""
        if not is_number(number):
            return None
        folder = self.folder / "v" / number
        try:
            names = sorted(path.name for path in folder.iterdir())
        except OSError:
            names = []
        mac = next((name[:26] for name in names if is_mac(name[:26])), "")
        return await self.award(number, mac)

    async def proof(self, number: str, mac: str) -> bytes | None:
        """See :class:`Source`."""
        return self._read(award_path(number, mac, ".proof.json")) if is_number(number) and is_mac(mac) else None

    async def status_list(self, scheme: str, year: int) -> bytes | None:
        """See :class:`Source`."""
        return self._read(status_path(scheme, year))

    async def did(self) -> bytes:
        """See :class:`Source`."""
        return self._needed(DID)

    async def keys(self) -> PublicKeys:
        """See :class:`Source`."""
        return PublicKeys.model_validate_json(self._needed(KEYS))

    async def as_of(self) -> datetime | None:
        """See :class:`Source`."""
        return self.written_at

    def _twin(self, content: bytes) -> Twin:
        twin = Twin.model_validate_json(content)
        return twin.on(today())

    def _read(self, path: str) -> bytes | None:
        try:
            return (self.folder / path).read_bytes()
        except (FileNotFoundError, NotADirectoryError, IsADirectoryError):
            if not (self.folder / MANIFEST).exists():
                # The folder was cleared away under us: the next question meets the export that took its place.
                raise StoreAway("the export was replaced") from None
            return None

    def _needed(self, path: str) -> bytes:
        content = self._read(path)
        if content is None:
            raise StoreAway(f"the export lacks {path}")
        return content
