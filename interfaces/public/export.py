"""A copy of everything published, as files: what any web server can serve, and what is answered from while the database
is away.

Each export is a folder of its own; the place that is read is a link, which is switched to it once it is whole.
"""

from __future__ import annotations

import asyncio
import json
import os
import secrets
import shutil
from collections.abc import Iterable
from datetime import UTC, date, datetime
from hashlib import sha256
from pathlib import Path
from typing import Any, NamedTuple

from domain.awards.state import Book, Entry
from interfaces.public.encoding import as_json
from interfaces.public.folder import DID, FORM, KEYS, MANIFEST, Folder, award_path, status_path
from interfaces.public.live import Live
from interfaces.public.rendering import ASSETS, LANGUAGES, Language, Page, asset, award_page, look, suffix
from interfaces.public.twin import Twin, standing, today

SUFFIXES = (".json", ".html", ".en.html", ".proof.json")
"""The files about one award."""

_AT_ONCE = 200


class NotOurs(Exception):
    """What stands at the place is no export, and is left alone."""


class Exported(NamedTuple):
    """What an export holds; ``made``: how many awards were written anew, the others being as they were."""

    awards: int
    lists: int
    made: int


async def write_export(live: Live, place: Path) -> Exported:
    """Write everything that ``live`` publishes, and let ``place`` be it; what is published no more is not there.

    Raises:
        NotOurs: there is something else at ``place``.
        StoreAway, OSError: the last export stays.
    """
    place = await asyncio.to_thread(_checked, place)
    draft = place.with_name(f".{place.name}-{datetime.now(UTC):%Y%m%dT%H%M%S}-{secrets.token_hex(4)}")
    try:
        written = await _Writer(live, draft, _before(place)).write()
    except BaseException:
        await asyncio.to_thread(shutil.rmtree, draft, ignore_errors=True)
        raise
    await asyncio.to_thread(_switch, place, draft)
    return written


def _before(place: Path) -> tuple[Path, dict[str, str]]:
    """The export that is to be replaced, and what its awards were made from."""
    folder = Folder.open(place)
    if folder is None:
        return place, {}
    awards: dict[str, str] = json.loads((folder.folder / MANIFEST).read_bytes()).get("awards", {})
    return folder.folder, awards


class _Writer:
    def __init__(self, live: Live, draft: Path, before: tuple[Path, dict[str, str]]) -> None:
        self._live = live
        self._draft = draft
        self._before, self._known = before
        self._made_from: dict[str, str] = {}
        self._made = 0

    async def write(self) -> Exported:
        """Everything, the manifest last."""
        self._draft.mkdir(parents=True)
        published = await self._live.keys()
        self._file(KEYS, as_json(published.model_dump(mode="json")))
        did = await self._live.did()
        self._file(DID, did)
        self._file("did.json", did)
        lists = 0
        for book_row in await self._live.books():
            book = await self._live.book(book_row)
            listed = await self._live.status_list(book.scheme_id, book.year)
            if listed is not None:
                self._file(status_path(book.scheme_id, book.year), listed)
                lists += 1
            entries = list(book.entries.values())
            for at in range(0, len(entries), _AT_ONCE):
                await self._awards(book, entries[at : at + _AT_ONCE])
        for language in LANGUAGES:
            self._pages(language, published)
        for name in ASSETS:
            self._file(name, asset(name))
        manifest = {"form": FORM, "written_at": datetime.now(UTC).isoformat(), "awards": self._made_from}
        self._file(MANIFEST, as_json(manifest))
        return Exported(len(self._made_from), lists, self._made)

    async def _awards(self, book: Book, entries: list[Entry]) -> None:
        """Awards that are as they were are linked, the others made."""
        names = await self._live.shown_names(entries)
        anew: list[Entry] = []
        for entry in entries:
            source = _source(entry, names[entry.number], today(), self._live.base)
            mac = await self._live.mac(entry.number)
            self._made_from[entry.number] = source
            if self._known.get(entry.number) != source or not self._linked(entry.number, mac):
                anew.append(entry)
        for entry, twin in zip(anew, await self._live.twins(book, anew), strict=True):
            await self._award(book, entry, twin)
            if twin.log is None:
                # Not signed yet: next time it will be.
                self._made_from[entry.number] = ""
        self._made += len(anew)

    async def _award(self, book: Book, entry: Entry, twin: Twin) -> None:
        mac = twin.address.rpartition("/")[2]
        self._file(award_path(entry.number, mac, ".json"), as_json(twin.model_dump(mode="json")))
        for language in LANGUAGES:
            self._file(award_path(entry.number, mac, suffix(language)), award_page(twin, mac, language).encode())
        proof = await self._live.proof_of(book, entry)
        if proof is not None:
            self._file(award_path(entry.number, mac, ".proof.json"), proof)

    def _linked(self, number: str, mac: str) -> bool:
        """Whether the files of the export before could be taken over."""
        paths = [award_path(number, mac, each) for each in SUFFIXES]
        if not all((self._before / path).is_file() for path in paths):
            return False
        for path in paths:
            target = self._draft / path
            target.parent.mkdir(parents=True, exist_ok=True)
            os.link(self._before / path, target)
        return True

    def _pages(self, language: Language, published: Any) -> None:
        end = suffix(language)
        other = suffix("fr" if language == "en" else "en")
        self._file(f"index{end}", Page(language, other=f"index{other}").home(form=False).encode())
        self._file(f"keys{end}", Page(language, other=f"keys{other}").keys(published).encode())

    def _file(self, path: str, content: bytes) -> None:
        target = self._draft / path
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_bytes(content)


def _source(entry: Entry, name: str, day: date, base: str) -> str:
    """What the files of an award are made from: equal as long as they need not be made again."""
    status, _ = standing(entry.awarded_on, entry.valid_until, entry.withdrawn_on, day)
    made_from = [FORM, base, entry.version, status, name, look()]
    return sha256(json.dumps(made_from, ensure_ascii=False).encode()).hexdigest()


def _checked(place: Path) -> Path:
    """The place, absolute. NotOurs when something else is there."""
    place = place.expanduser().absolute()
    if place.is_symlink():
        # A link that leads nowhere, or to an export of ours beside it.
        target = Path(os.readlink(place))
        if target.is_absolute() or not target.name.startswith(f".{place.name}-") or len(target.parts) != 1:
            raise NotOurs
    elif place.exists() and (not place.is_dir() or any(place.iterdir())):
        raise NotOurs
    return place


def _switch(place: Path, draft: Path) -> None:
    """Let the place be the new export in one step. What it replaces may hold names that are shown no more: it goes."""
    if place.is_dir() and not place.is_symlink():
        place.rmdir()
    link = place.with_name(f".{place.name}.{secrets.token_hex(4)}")
    link.symlink_to(draft.name)
    link.replace(place)
    for old in _exports(place):
        if old.name != draft.name:
            shutil.rmtree(old, ignore_errors=True)


def _exports(place: Path) -> Iterable[Path]:
    return [path for path in place.parent.glob(f".{place.name}-*") if path.is_dir() and not path.is_symlink()]
