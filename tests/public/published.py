"""Awards as the world sees them: some valid, one withdrawn, one made again, one of somebody who was erased."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import httpx

from documents.credentials import baked_png, baked_svg
from domain.authority import SYSTEM, Actor, Role
from domain.awards.state import Book
from eventstore.documents import Documents, Kept
from eventstore.keyring import Keyring
from eventstore.notary import Notary
from eventstore.persons import Persons, forget
from eventstore.pool import Pool
from interfaces.public.app import make_app
from interfaces.public.examining import Examiner
from interfaces.public.live import Live
from interfaces.public.source import Chosen, Source
from tests.engine import certifying
from tests.engine.certifying import BASE, candidate, decided, issuing, until_made, wake
from tests.engine.harness import Engine
from workers.notary_key import KeyFile, Signer, publish_first

HOLDER = Actor(id="candidate:a", role=Role.CANDIDATE)

VALID, WHOLE, AGAIN, WITHDRAWN, ERASED = (f"{number:06d}" for number in (1, 5, 2, 6, 11))
"""Sequences: a block, the certification, one that was made again, one withdrawn, and one of a person erased."""


@dataclass
class Published:
    """A log with awards, and what answers for it. Numbers are told by their last part."""

    engine: Engine
    live: Live
    folder: Path
    code: str
    book: str

    def number(self, sequence: str) -> str:
        """The whole number."""
        return f"{self.code}-{sequence}"

    async def mac(self, sequence: str) -> str:
        """What cannot be guessed of its address."""
        return await self.live.mac(self.number(sequence))

    async def path(self, sequence: str, suffix: str = "") -> str:
        """Its address on this site."""
        return f"/v/{self.number(sequence)}/{await self.mac(sequence)}{suffix}"

    async def kept(self, sequence: str, edition: int = 1) -> Kept:
        """Its documents."""
        kept = await Documents(self.engine.keys).read(self.number(sequence), edition)
        assert kept is not None
        return kept

    async def badges(self, sequence: str) -> dict[str, bytes]:
        """Its badge as PNG and SVG, with the credential in it."""
        facts = self.live._facts_of
        state = await self.live.book(self.book)
        entry = state.entries[self.number(sequence)]
        edition = await facts.edition(self.book, entry.number, entry.editions[-1].version)
        described = await facts.facts(edition, BASE)
        credential = (await self.kept(sequence, entry.edition)).credential
        return {"png": baked_png(described, credential), "svg": baked_svg(described, credential)}

    async def choose(self, sequence: str, shown: str) -> None:
        """The holder chooses what is shown of the name."""
        await self.engine.give(self.book, "set_disclosure", actor=HOLDER, number=self.number(sequence), shown=shown)

    async def sign(self) -> None:
        """The notary gives places and signs."""
        await sign(self.engine.pool, self.folder / "notary.key")

    def asking(self, live: Source | None = None, exported: Source | None = None) -> httpx.AsyncClient:
        """A client of the pages; without an argument, of the database's."""
        source = live if live is not None or exported is not None else self.live
        app = make_app(Chosen(source, lambda: exported), Examiner())
        transport = httpx.ASGITransport(app=app, raise_app_exceptions=False)
        return httpx.AsyncClient(transport=transport, base_url="http://pages")


async def sign(pool: Pool, key: Path) -> None:
    """The notary gives places and signs, with the key in the file."""
    file = KeyFile(key)
    notary = Notary(pool, Signer(file))
    assert await notary.lead()
    try:
        await publish_first(pool, file)
        while await notary.seal():
            pass
        await notary.sign()
    finally:
        await notary.resign()


@asynccontextmanager
async def published(made: Engine, folder: Path) -> AsyncIterator[Published]:
    """Eleven awards of three people, with a worker that goes on."""
    keys = certifying.keys(folder)
    async with made.worker(issuing=issuing(made, keys)):
        for count, name in ((5, "Zoë"), (10, "Rose"), (15, "Ana")):
            pathway = await decided(made, await candidate(made, name), given_name=name)
            await wake(made, pathway)
            state = await until_made(made, count)
        await _change(made, state)
        live = Live(made.reading, Keyring(made.keys), certifying.issuer(folder), BASE)
        found = Published(made, live, folder, f"COS-{datetime.now(UTC).year}", state.stream)
        await found.sign()
        yield found


async def _change(made: Engine, state: Book) -> None:
    code = next(iter(state.entries)).rpartition("-")[0]
    withdrawn = state.entries[f"{code}-{WITHDRAWN}"]
    today = datetime.now(UTC).date().isoformat()
    told: dict[str, Any] = {"withdrawal": 99, "withdrawn_on": today, "basis": "Code du travail, art. D. 6412-6"}
    await made.give(state.stream, "withdraw", actor=SYSTEM, award=withdrawn.award, **told)
    await made.give(state.stream, "reissue", number=f"{code}-{AGAIN}", why="lost", basis="Demande du titulaire")
    erased = state.entries[f"{code}-{ERASED}"].person
    await made.give(state.stream, "erase_subject", person=erased)
    await Persons(made.pool).begin_erasure(erased, "operator:test")
    await forget(made.keys, Persons(made.pool), erased, [])
    await until_made(made, 15)
