"""A bundle written: the events with their proofs, and everything that is needed to check them elsewhere."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection
from dataclasses import dataclass, field
from functools import cache
from importlib.resources import files
from pathlib import Path
from typing import Any

import asyncpg

from domain.authority import Actor
from domain.ledger import canonical
from domain.scheme import library
from eventstore.access import Reader
from eventstore.log import CheckpointRow, Log, LogEntry, TornLog
from eventstore.pool import fetch
from eventstore.reading import NotFound, Reading
from eventstore.signing import PUBLISHED, PublishedRow
from interfaces.bundle.archive import Archive
from interfaces.bundle.contents import OneStream, Sample, Selection, WholeLog, fact_in, instant, is_whole, selected
from interfaces.bundle.timeline import TOLD, Part, render, tell
from interfaces.sentences import actor_sentence
from interfaces.streams import full_name, identities, learn
from interfaces.words import say

FORMAT = "jalon-bundle-1"
_FEW = 1000


class NotMade(Exception):
    """There is no bundle; ``code`` names the sentence that says why."""

    def __init__(self, code: str, **params: Any) -> None:
        super().__init__(code)
        self.code = code
        self.params = params


@dataclass(slots=True)
class _Gathered:
    """What was met while the events went by."""

    first: int = -1
    last: int = -1
    numbers: Counter[str] = field(default_factory=Counter)
    told: list[LogEntry] = field(default_factory=list)

    def take(self, entries: list[LogEntry]) -> None:
        if entries and self.first < 0:
            self.first = entries[0].leaf_index
        if entries:
            self.last = entries[-1].leaf_index
        self.numbers.update(entry.stream for entry in entries)
        self.told += entries[: TOLD - len(self.told)]


@dataclass(slots=True)
class Bundler:
    """Makes bundles for ``actor``, who reads through ``reader``; ``names``: tell the candidates' names."""

    reading: Reading
    reader: Reader
    actor: Actor
    language: str = "fr"
    names: bool = False

    async def write(self, path: Path, selection: Selection) -> dict[str, Any]:
        """Write the bundle that ``selection`` means to ``path``, where it appears when it is whole; its manifest.

        The same log at the same checkpoint gives the same bytes. Who was read about is recorded before.

        Raises:
            NotMade: nothing is signed, or nothing is to be put into it, or the log is damaged.
            NotRecorded: the reading could not be recorded.
            OSError: it cannot be written there.
            WrongKey, SealBroken, StoreAway.
        """
        log = Log(self.reading.pool)
        checkpoint = await log.last_checkpoint()
        if checkpoint is None or not checkpoint.size:
            raise NotMade("unsigned")
        if isinstance(selection, Sample) and selection.count > checkpoint.size:
            raise NotMade("too_many", count=selection.count, size=checkpoint.size)
        with Archive(path) as archive:
            try:
                manifest = await self._fill(archive, log, selection, checkpoint)
            except (TornLog, asyncpg.DataError) as error:
                raise NotMade("torn", kind=type(error).__name__) from error
            archive.finish(manifest)
        return manifest

    async def _fill(
        self, archive: Archive, log: Log, selection: Selection, checkpoint: CheckpointRow
    ) -> dict[str, Any]:
        readme = say("bundle.readme", self.language)
        archive.add("LISEZMOI.txt", readme.encode())
        archive.add("verify.py", verifier())
        gathered = await self._events(archive, log, selection, checkpoint)
        schemes, persons = await self._openings(log, gathered.numbers)
        await self.reader.enter((person, stream) for stream, person in persons.items())
        manifest: dict[str, Any] = {
            "format": FORMAT,
            "origin": await log.origin(),
            "asked": actor_sentence(self.actor, self.language),
            "names": self.names,
            "selection": selection.told(),
            "checkpoint": {"size": checkpoint.size, "root": checkpoint.root.hex()},
            "events": gathered.numbers.total(),
            "left_out": await self._left_out(selection, gathered),
            "streams": {
                stream: {"whole": is_whole(selection, stream), "events": number}
                for stream, number in sorted(gathered.numbers.items())
            },
            "keys": await self._keys(archive),
            "schemes": sorted(set(schemes.values())),
            "documents": [],
        }
        stamps = await self._timestamps(archive, gathered, checkpoint.size)
        manifest["timestamps"] = stamps
        manifest["checkpoints"] = await self._checkpoints(
            archive, log, checkpoint, {gathered.first + 1, gathered.last + 1}, manifest["keys"], stamps
        )
        for hash in manifest["schemes"]:
            archive.add(f"schemes/{hash}.json", await self._scheme(hash))
        archive.add_folder("documents")
        page = await self._page(manifest, gathered, schemes, persons)
        archive.add("timeline.html", page.encode())
        return manifest

    async def _events(self, archive: Archive, log: Log, selection: Selection, checkpoint: CheckpointRow) -> _Gathered:
        gathered = _Gathered()
        with archive.writing("events.jsonl") as write:
            async for entries in selected(log, selection, checkpoint):
                proofs = await log.inclusions([entry.leaf_index for entry in entries], checkpoint.size)
                gathered.take(entries)
                write(b"".join(canonical(told(*each)) + b"\n" for each in zip(entries, proofs, strict=True)))
        if gathered.first < 0:
            raise NotMade("empty")
        return gathered

    async def _openings(self, log: Log, streams: Collection[str]) -> tuple[dict[str, str], dict[str, str]]:
        """The scheme that each stream is pinned to, and the person that each pathway is about."""
        schemes: dict[str, str] = {}
        persons: dict[str, str] = {}
        ids = sorted(streams)
        for start in range(0, len(ids), _FEW):
            for stream, public in (await log.openings(ids[start : start + _FEW])).items():
                fact = fact_in(public)
                schemes[stream] = str(fact.get("scheme_hash"))
                if "person" in fact:
                    persons[stream] = str(fact["person"])
        return schemes, persons

    async def _left_out(self, selection: Selection, gathered: _Gathered) -> int | None:
        """How many events of what was asked for came after the checkpoint; None where that cannot be said."""
        if isinstance(selection, OneStream):
            return await self.reading.stream_version(selection.stream) - gathered.numbers[selection.stream]
        if isinstance(selection, WholeLog):
            return await self.reading.event_count() - gathered.numbers.total()
        return None

    async def _keys(self, archive: Archive) -> list[dict[str, Any]]:
        told = []
        for number, row in enumerate(await fetch(self.reading.pool, PUBLISHED), start=1):
            key = PublishedRow(*row)
            about: dict[str, Any] = {"file": f"keys/{number:03}.vkey", "since": key.since, "endorsement": None}
            archive.add(about["file"], f"{key.vkey}\n".encode())
            if key.endorsement is not None:
                about["endorsement"] = f"keys/{number:03}.endorsement"
                archive.add(about["endorsement"], key.endorsement.encode())
            told.append(about)
        return told

    async def _timestamps(self, archive: Archive, gathered: _Gathered, size: int) -> list[dict[str, Any]]:
        """What an authority answered over the first stamped checkpoints that cover the first and the last event."""
        told: dict[int, dict[str, Any]] = {}
        for least in (gathered.first + 1, gathered.last + 1):
            query = "select size, response from timestamps where size between $1 and $2 order by size limit 1"
            for row in await fetch(self.reading.pool, query, least, size):
                name = f"timestamps/{row['size']:012}.tsr"
                if row["size"] not in told:
                    archive.add(name, row["response"])
                told[row["size"]] = {"file": name, "size": row["size"]}
        return list(told.values())

    async def _checkpoints(
        self,
        archive: Archive,
        log: Log,
        last: CheckpointRow,
        sizes: set[int],
        keys: list[dict[str, Any]],
        stamps: list[dict[str, Any]],
    ) -> list[dict[str, Any]]:
        """The last checkpoint, the first that cover ``sizes``, the first of each key, and those that are stamped."""
        rows = {last.size: last}
        for size in {*sizes, *(key["since"] + 1 for key in keys), *(stamp["size"] for stamp in stamps)}:
            row = await log.first_checkpoint(size)
            if row is not None and row.size < last.size:
                rows[row.size] = row
        told, proofs = [], []
        for size, row in sorted(rows.items()):
            told.append({"file": f"checkpoints/{size:012}.note", "size": size})
            archive.add(f"checkpoints/{size:012}.note", row.note.encode())
            if size < last.size:
                steps = [step.hex() for step in await log.consistency(size, last.size)]
                proofs.append({"first": size, "second": last.size, "proof": steps})
        archive.add("consistency.json", canonical(proofs) + b"\n")
        return told

    async def _scheme(self, hash: str) -> bytes:
        try:
            content = await self.reading.scheme_content(hash)
            await learn(self.reading, hash)
        except (NotFound, ValueError) as error:
            raise TornLog(f"the scheme {hash} cannot be read") from error
        return content

    async def _page(
        self, manifest: dict[str, Any], gathered: _Gathered, schemes: dict[str, str], persons: dict[str, str]
    ) -> str:
        shown = list(dict.fromkeys(entry.stream for entry in gathered.told))
        names: dict[str, str | None] = {}
        if self.names:
            rows = await self.reading.pathways_called([stream for stream in shown if stream in persons])
            known = await identities(self.reader, rows.values())
            erased = say("bundle.page.erased", self.language)
            names = {stream: full_name(known.get(stream)) or erased for stream in shown if stream in persons}
        parts = []
        for stream in shown:
            scheme = library.recall(schemes[stream])
            title = say("bundle.page.scheme", self.language, title=scheme.title, version=scheme.version)
            told = manifest["streams"][stream]
            parts.append(Part(stream, names.get(stream), title, told["whole"], told["events"]))
        return render(manifest, parts, await tell(self.reading, gathered.told, self.language), self.language)


@cache
def verifier() -> bytes:
    """The program that checks a bundle, as every bundle carries it."""
    return files(__package__).joinpath("verify.py").read_bytes()


def told(entry: LogEntry, proof: list[bytes]) -> dict[str, Any]:
    """An event as a proof holds it: every field that its leaf covers, its place, and the way to the root."""
    return {
        "leaf_index": entry.leaf_index,
        "leaf_hash": entry.leaf_hash.hex(),
        "stream": entry.stream,
        "version": entry.version,
        "event_id": str(entry.event_id),
        "command_id": entry.command_id,
        "command_seq": entry.command_seq,
        "type": entry.type,
        "schema_version": entry.schema_version,
        "occurred_at": instant(entry.occurred_at),
        "recorded_at": instant(entry.recorded_at),
        "public": entry.public,
        "proof": [step.hex() for step in proof],
    }
