"""Who was erased, remembered outside the database: a dump that is older must not bring anybody back.

One file for each person, with identifiers and dates only.
"""

from __future__ import annotations

import json
import os
from collections.abc import Collection, Iterator
from dataclasses import asdict, dataclass
from pathlib import Path

from eventstore.keys import Keys
from eventstore.persons import Persons, forget
from eventstore.pool import Pool
from workers.settings import Settings

FOLDER = "erased"


@dataclass(frozen=True, slots=True)
class Tombstone:
    """``person`` was erased, by the actor ``by``; ``pathways`` are the streams whose keys went too."""

    person: str
    pathways: tuple[str, ...]
    by: str


@dataclass(frozen=True, slots=True)
class Reapplied:
    """Erased again. ``complete``: every stream has noted it; else ``jalon person erase`` has to go to the end."""

    person: str
    complete: bool


def folder(settings: Settings) -> Path:
    """Where the tombstones are: ``JALON_ERASURES``, or in the state directory."""
    return settings.erasures or settings.state / FOLDER


def bury(graves: Path, tombstone: Tombstone) -> Path:
    """Write a tombstone, whole and lastingly, over an earlier one of the same person."""
    graves.mkdir(parents=True, exist_ok=True, mode=0o700)
    file, draft = graves / f"{tombstone.person}.json", graves / f".{tombstone.person}.new"
    with draft.open("w", encoding="utf-8") as written:
        json.dump(asdict(tombstone), written)
        written.flush()
        os.fsync(written.fileno())
    draft.replace(file)
    return file


def buried(graves: Path) -> Iterator[Tombstone]:
    """Every tombstone, in the order of the persons' ids. ValueError for a file that is none."""
    for file in sorted(graves.glob("*.json")):
        try:
            said = json.loads(file.read_text("utf-8"))
            yield Tombstone(str(said["person"]), tuple(map(str, said["pathways"])), str(said["by"]))
        except (ValueError, KeyError, TypeError) as error:
            raise ValueError(file.name) from error


async def reapply_erasures(pool: Pool, keys: Keys, graves: Path) -> list[Reapplied]:
    """Erase again whom a restored database still knows: keys, ciphertexts and blind index go, as they went before.

    What needs Temporal (the streams that note it) is left to ``jalon person erase``, which goes on where this stopped.

    Raises:
        ValueError: a file is no tombstone.
        StoreAway: PostgreSQL cannot be reached.
    """
    persons = Persons(pool)
    return [
        await _reapply(persons, keys, tombstone) for tombstone in buried(graves) if await _remains(persons, tombstone)
    ]


async def _remains(persons: Persons, tombstone: Tombstone) -> bool:
    erasure = await persons.erasure(tombstone.person)
    return erasure is None or erasure.ended_at is None


async def _reapply(persons: Persons, keys: Keys, tombstone: Tombstone) -> Reapplied:
    person = tombstone.person
    known: Collection[str] = await persons.pathways(person)
    await persons.begin_erasure(person, tombstone.by)
    await forget(keys, persons, person, {*known, *tombstone.pathways})
    noted = {note.stream_id for note in await persons.noted(list(known))}
    elsewhere = await persons.entered(person) or await persons.holding(person)
    return Reapplied(person, noted >= set(known) and not elsewhere)
