"""The database as a source: the books of awards, the log, and the names as far as they may be shown."""

from __future__ import annotations

import asyncio
import json
from collections import OrderedDict
from collections.abc import Mapping, Sequence
from datetime import UTC, date, datetime
from typing import NamedTuple, TypeVar

from activities.award_facts import AwardFacts, described, holder_of
from documents.credentials.issuer import Issuer
from documents.credentials.multibase import multikey
from domain.authority import Actor, Role
from domain.awards.aggregate import AWARDS
from domain.awards.state import Book, Entry
from domain.certificate import CertificateFacts, Holder
from domain.records import event_id
from domain.scheme import library
from eventstore.access import AccessLog, Reader
from eventstore.addresses import Addresses, path_of, status_path
from eventstore.books import Books
from eventstore.documents import StatusLists
from eventstore.keyring import Keyring
from eventstore.log import CheckpointRow, Log
from eventstore.pool import fetch
from eventstore.reading import NotFound, Reading
from eventstore.rows import PathwayRow
from eventstore.signing import PUBLISHED, PublishedRow
from interfaces.proofs import NoProof, prove_event
from interfaces.public.source import NotaryKey, PublicKeys, SealKey
from interfaces.public.twin import Inclusion, Twin, TwinEdition, is_mac, is_number, shown_name, standing, today
from interfaces.streams import learn
from workers.publishing import learn_published

K = TypeVar("K")
V = TypeVar("V")

READER = Actor(id="public", role=Role.SYSTEM)
"""Who opens a name in order to show a part of it; in the access log once for each choice, however often it is asked."""
PURPOSE = "public page"

_NOBODY = Holder(family_name="", given_name="")
_REMEMBERED = 20_000
_AT_ONCE = 500


class _Shown(NamedTuple):
    """What a name was shown as, and what that rested on."""

    identity_version: int
    disclosure: str
    name: str


def _remember(known: OrderedDict[K, V], key: K, value: V) -> None:
    """Remember a value, and forget the one that was remembered first when there are too many."""
    known[key] = value
    while len(known) > _REMEMBERED:
        known.popitem(last=False)


class Live:
    """Answers from the database of ``reading``. ``base``: where these pages are found, without a slash at its end.

    Methods raise ``StoreAway`` when PostgreSQL cannot be reached.
    """

    def __init__(self, reading: Reading, keyring: Keyring, issuer: Issuer, base: str) -> None:
        self.base = base
        self._reading = reading
        self._keyring = keyring
        self._addresses = Addresses(keyring.keys)
        self._books = Books(reading.pool)
        self._lists = StatusLists(reading.pool)
        self._log = Log(reading.pool)
        self._facts_of = AwardFacts(reading, keyring, actor=READER, purpose=PURPOSE)
        # Of the issuer only what is public is kept: this process answers strangers.
        self._issuer, self._document, self._methods = issuer.id, issuer.document(), issuer.keys()
        self._folded: dict[str, Book] = {}
        self._folding: dict[str, asyncio.Task[Book]] = {}
        self._seals: dict[str, tuple[int, dict[str, date]]] = {}
        self._facts: OrderedDict[tuple[str, int], CertificateFacts] = OrderedDict()
        self._names: OrderedDict[str, _Shown] = OrderedDict()

    # --- as a source ------------------------------------------------------------------------------------------------

    async def award(self, number: str, mac: str) -> Twin | None:
        """See :class:`Source`."""
        if not (is_number(number) and is_mac(mac)) or not await self._addresses.is_code(number, mac):
            return None
        return await self.called(number)

    async def called(self, number: str) -> Twin | None:
        """See :class:`Source`."""
        found = await self._entry(number)
        if found is None:
            return None
        [twin] = await self.twins(*found)
        return twin

    async def proof(self, number: str, mac: str) -> bytes | None:
        """See :class:`Source`."""
        if not (is_number(number) and is_mac(mac)) or not await self._addresses.is_code(number, mac):
            return None
        found = await self._entry(number)
        return await self.proof_of(found[0], found[1][0]) if found is not None else None

    async def status_list(self, scheme: str, year: int) -> bytes | None:
        """See :class:`Source`."""
        latest = await self._lists.latest(f"awards:{scheme}:{year}")
        return latest[1].encode() if latest is not None else None

    async def did(self) -> bytes:
        """See :class:`Source`."""
        return (json.dumps(self._document, indent=2) + "\n").encode()

    async def keys(self) -> PublicKeys:
        """See :class:`Source`."""
        seals: dict[str, date] = {}
        for stream in await self.books():
            for digest, day in self._sealed_in(await self.book(stream)).items():
                seals[digest] = min(day, seals.get(digest, day))
        rows = [PublishedRow(*row) for row in await fetch(self._reading.pool, PUBLISHED)]
        return PublicKeys(
            issuer=self._issuer,
            methods=tuple(
                {"id": method, "publicKeyMultibase": multikey(public), "publicKey": public.hex()}
                for method, public in self._methods.items()
            ),
            seals=tuple(SealKey(digest=digest, since=day) for digest, day in sorted(seals.items(), key=lambda s: s[1])),
            notary=tuple(NotaryKey(vkey=row.vkey, since=row.since) for row in rows),
            origin=await self._log.origin(),
        )

    async def as_of(self) -> datetime | None:
        """See :class:`Source`. Asks the database whether it is there."""
        await fetch(self._reading.pool, "select 1")
        return None

    # --- for the export as well -------------------------------------------------------------------------------------

    async def book(self, stream: str) -> Book:
        """A book as it stands now: what was folded before, and what was appended since.

        Whoever waits no longer does not end the folding: the first time a large book takes a while.
        """
        folding = self._folding.get(stream)
        if folding is None or folding.done():
            folding = self._folding[stream] = asyncio.create_task(self._fold(stream))
        return await asyncio.shield(folding)

    async def _fold(self, stream: str) -> Book:
        book = self._folded.get(stream) or AWARDS.new()
        rows = await self._reading.events(stream, book.version)
        if rows:
            # An award may be of a version that was published since.
            await learn_published(self._reading)
            # Others are reading the one that there is.
            book = await asyncio.to_thread(AWARDS.evolve, book, stream, [row.event for row in rows])
            self._folded[stream] = book
        return book

    async def books(self) -> list[str]:
        """The books that there are."""
        return [row.book_id for row in await self._books.books()]

    async def versions(self) -> dict[str, int]:
        """The version of each book: what changes when anything that is published of an award does."""
        return {row.book_id: row.version for row in await self._books.books()}

    async def mac(self, number: str) -> str:
        """The part of an award's address that cannot be guessed."""
        return await self._addresses.code(number)

    async def twins(self, book: Book, entries: Sequence[Entry]) -> list[Twin]:
        """The awards as the world may know them, in their order."""
        checkpoint = await self._log.last_checkpoint()
        found: list[Twin] = []
        for at in range(0, len(entries), _AT_ONCE):
            part = entries[at : at + _AT_ONCE]
            names = await self.shown_names(part)
            found.extend([await self._twin(book, entry, names[entry.number], checkpoint) for entry in part])
        return found

    async def shown_names(self, entries: Sequence[Entry]) -> dict[str, str]:
        """Number -> the name as far as it may be shown; empty where it may not, or the person was erased."""
        named = [entry for entry in entries if entry.disclosure != "none" and not entry.erased]
        there = await self._keyring.keys.held({entry.person for entry in named})
        rows = await self._reading.pathways_called([entry.pathway for entry in named if entry.person in there])
        shown = dict.fromkeys((entry.number for entry in entries), "")
        asked: list[tuple[Entry, PathwayRow]] = []
        for entry in named:
            row = rows.get(entry.pathway)
            if row is None or row.person_id != entry.person:
                continue
            known = self._names.get(entry.number)
            if known is not None and known[:2] == (row.identity_version, entry.disclosure):
                shown[entry.number] = known.name
            else:
                asked.append((entry, row))
        shown.update(await self._opened(asked))
        return shown

    async def proof_of(self, book: Book, entry: Entry) -> bytes | None:
        """The proof that the entry of an award is under the last checkpoint; None while it is not."""
        try:
            proof = await prove_event(self._reading.pool, f"{book.stream}#{entry.editions[0].version}", None)
        except NoProof:
            return None
        return (json.dumps(proof, ensure_ascii=False, indent=2) + "\n").encode()

    # --- inside -----------------------------------------------------------------------------------------------------

    def _sealed_in(self, book: Book) -> dict[str, date]:
        """The certificates that sealed the documents of a book, each with the day of the first."""
        version, known = self._seals.get(book.stream, (0, {}))
        if version != book.version:
            known = {}
            for edition in (edition for entry in book.entries.values() for edition in entry.editions if edition.key):
                known[edition.key] = min(edition.on, known.get(edition.key, edition.on))
            self._seals[book.stream] = (book.version, known)
        return known

    async def _entry(self, number: str) -> tuple[Book, list[Entry]] | None:
        if not is_number(number):
            return None
        try:
            row = await self._books.number(number)
        except NotFound:
            return None
        book = await self.book(row.stream_id)
        entry = book.entries.get(row.number)
        return (book, [entry]) if entry is not None else None

    async def _twin(self, book: Book, entry: Entry, name: str, checkpoint: CheckpointRow | None) -> Twin:
        facts = await self._described(book, entry)
        status, since = standing(entry.awarded_on, entry.valid_until, entry.withdrawn_on, today())
        editions = [
            TwinEdition(
                edition=number, issued_on=each.on, why=each.why, document=each.document, credential=each.credential
            )
            for number, each in enumerate(entry.editions, start=1)
        ]
        return Twin(
            number=facts.number,
            address=facts.address,
            status=status,
            since=since,
            kind=facts.kind,
            title=facts.title,
            title_en=self._title_en(facts),
            scheme=facts.scheme_id,
            scheme_title=facts.scheme_title,
            scheme_title_en=facts.scheme_title_en,
            certifier=facts.certifier,
            deciding_body=facts.deciding_body,
            issuer=self._issuer,
            repertoire=facts.repertoire,
            register_code=facts.register_code,
            level=facts.level,
            route=facts.route,
            awarded_on=facts.awarded_on,
            valid_until=entry.valid_until,
            withdrawn_on=entry.withdrawn_on,
            disclosure=entry.disclosure,
            holder=name,
            blocks=facts.blocks,
            alignments=facts.alignments,
            edition=entry.edition,
            editions=tuple(editions),
            status_list=self.base + status_path(book.scheme_id, book.year),
            status_index=entry.sequence - 1,
            log=await self._inclusion(book, entry, checkpoint),
            as_of=datetime.now(UTC).replace(microsecond=0),
        )

    @staticmethod
    def _title_en(facts: CertificateFacts) -> str:
        return facts.scheme_title_en if facts.kind == "certification" else facts.blocks[0].title_en

    async def _described(self, book: Book, entry: Entry) -> CertificateFacts:
        """What the edition in force says, without any name."""
        version = entry.editions[-1].version
        known = self._facts.get((entry.number, version))
        if known is None:
            await learn(self._reading, entry.scheme_hash)
            edition = await self._facts_of.edition(book.stream, entry.number, version)
            held = await self._facts_of.held(edition.numbered)
            address = self.base + path_of(entry.number, await self.mac(entry.number))
            known = described(library.recall(entry.scheme_hash), edition, held, _NOBODY, address)
            _remember(self._facts, (entry.number, version), known)
        return known

    async def _inclusion(self, book: Book, entry: Entry, checkpoint: CheckpointRow | None) -> Inclusion | None:
        if checkpoint is None:
            return None
        event = f"{book.stream}#{entry.editions[0].version}"
        id = event_id(book.stream, entry.editions[0].version)
        leaf = await self._log.index_of(id)
        if leaf is None or leaf >= checkpoint.size:
            return None
        return Inclusion(
            event=event,
            event_id=str(id),
            leaf=leaf,
            size=checkpoint.size,
            root=checkpoint.root.hex(),
            signed_at=checkpoint.recorded_at,
        )

    async def _opened(self, asked: Sequence[tuple[Entry, PathwayRow]]) -> Mapping[str, str]:
        readable = [
            (entry, row, (row.identity, row.identity_context))
            for entry, row in asked
            if row.identity is not None and row.identity_context is not None
        ]
        if not readable:
            return {}
        reader = Reader(AccessLog(self._reading.pool), self._keyring, READER, PURPOSE)
        texts = await reader.open([(sealed, context) for _, _, (sealed, context) in readable if sealed and context])
        shown: dict[str, str] = {}
        for (entry, row, _), text in zip(readable, texts, strict=True):
            name = shown_name(holder_of(json.loads(text)), entry.disclosure) if text is not None else ""
            shown[entry.number] = name
            if text is not None:
                _remember(self._names, entry.number, _Shown(row.identity_version, entry.disclosure, name))
        return shown
