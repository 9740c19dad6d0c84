"""What a certificate says, gathered from where it is written: the book, the pathway's log, the scheme, and the name."""

from __future__ import annotations

import json
from collections.abc import Sequence
from datetime import date
from typing import Any, Literal, NamedTuple

from domain.authority import SYSTEM, Actor
from domain.awards import events as e
from domain.awards.aggregate import AWARDS
from domain.certificate import CertificateFacts, CertifiedBlock, Holder
from domain.log import StoredEvent
from domain.pathway import events as p
from domain.pathway.aggregate import PATHWAY
from domain.records import Recorded
from domain.refusal import refuse
from domain.scheme import library
from domain.scheme.model import Block, Scheme
from eventstore.access import AccessLog, Reader
from eventstore.books import Books
from eventstore.keyring import Keyring, UnknownPerson
from eventstore.reading import Reading

_EVER = 2**31 - 1


class Edition(NamedTuple):
    """One edition of a certificate as the book tells it: ``owing`` is the event that makes it owed."""

    numbered: e.AwardNumbered
    owing: Recorded
    number: int
    why: Literal["", "lost", "name_changed", "correction"]
    title: str
    valid_until: date | None


class AwardFacts:
    """Gathers them. ``actor`` and ``purpose`` stand in the access log for every name that is opened."""

    def __init__(
        self, reading: Reading, keyring: Keyring, *, actor: Actor = SYSTEM, purpose: str = "award issue"
    ) -> None:
        self._reading = reading
        self._books = Books(reading.pool)
        self._keyring = keyring
        self._actor = actor
        self._purpose = purpose

    async def edition(self, stream: str, number: str, version: int) -> Edition:
        """The edition that the event ``version`` of the book made owed.

        Raises:
            Refused: that event makes none owed.
            StoreAway: PostgreSQL cannot be reached.
        """
        event = await self._books.event(stream, version)
        # The first edition is told by its own event; only what came later is looked for.
        first = event is not None and event.type == e.AwardNumbered.model_fields["kind"].default
        events = [event] if first and event is not None else await self._books.events_of(stream, number, version)
        return _edition(stream, number, version, events)

    async def edition_called(self, stream: str, number: str, edition: int) -> Edition:
        """An edition by its number.

        Raises:
            Refused: there is none.
            StoreAway: PostgreSQL cannot be reached.
        """
        events = await self._books.events_of(stream, number, _EVER)
        for count in range(len(events), 0, -1):
            found = _edition(stream, number, None, events[:count])
            if found.number == edition:
                return found
        raise refuse("award.no_edition", number=number, edition=edition, editions=len(events))

    async def facts(self, edition: Edition, address: str) -> CertificateFacts:
        """What the edition says, with the newest name of whoever holds it; ``address``: where it is verified.

        Raises:
            UnknownPerson: erased.
            Refused: the award is not in the pathway's log.
            NotRecorded, WrongKey, SealBroken, StoreAway.
        """
        numbered = edition.numbered
        scheme = library.recall(numbered.scheme_hash)
        held = await self.held(numbered)
        holder = await self._holder(numbered)
        return described(scheme, edition, held, holder, address)

    async def held(self, numbered: e.AwardNumbered) -> dict[str, date]:
        """Since when each block is held (by the name of the wallet), as of the award.

        Raises:
            Refused: the award is not in the pathway's log.
            StoreAway: PostgreSQL cannot be reached.
        """
        rows = await self._reading.events(numbered.pathway)
        version = int(numbered.award.rpartition("#")[2])
        events = [row.event for row in rows if row.event.version <= version]
        if not events or events[-1].version != version or not _made(numbered, events):
            raise refuse("award.not_made", award=numbered.award)
        state = PATHWAY.fold(PATHWAY.new(), numbered.pathway, events)
        return {held_as: block.since for held_as, block in state.held.items()}

    async def _holder(self, numbered: e.AwardNumbered) -> Holder:
        row = (await self._reading.pathways_called([numbered.pathway])).get(numbered.pathway)
        if row is None or row.person_id != numbered.person:
            raise refuse("award.not_made", award=numbered.award)
        reader = Reader(AccessLog(self._reading.pool), self._keyring, self._actor, self._purpose)
        text = None
        if row.identity is not None and row.identity_context is not None:
            [text] = await reader.open([(row.identity, row.identity_context)])
        if text is None:
            raise UnknownPerson(f"no name for person {numbered.person}")
        return holder_of(json.loads(text))


def holder_of(identity: dict[str, Any]) -> Holder:
    """Whoever a candidacy's identity, opened, is about."""
    born = identity.get("birth_date")
    return Holder(
        family_name=identity.get("family_name", ""),
        given_name=identity.get("given_name", ""),
        usage_name=identity.get("usage_name") or "",
        birth_date=date.fromisoformat(born) if born else None,
    )


def _edition(stream: str, number: str, version: int | None, events: Sequence[StoredEvent]) -> Edition:
    numbered: e.AwardNumbered | None = None
    found: Edition | None = None
    for event in events:
        record, _ = AWARDS.read(stream, event)
        fact = record.fact
        if getattr(fact, "number", "") != number:
            continue
        if isinstance(fact, e.AwardNumbered):
            numbered = fact
            found = Edition(fact, record, 1, "", fact.title, fact.valid_until)
        elif isinstance(fact, e.CertificateReissued) and found is not None:
            found = found._replace(owing=record, number=fact.edition, why=fact.why)
        elif isinstance(fact, e.AwardCorrected) and found is not None:
            found = found._replace(
                owing=record,
                number=fact.edition,
                why="correction",
                title=fact.title or found.title,
                valid_until=fact.valid_until or found.valid_until,
            )
    if numbered is None or found is None or version not in (None, found.owing.version):
        raise refuse("award.unknown", number=number, book=stream)
    return found


def _made(numbered: e.AwardNumbered, events: Sequence[StoredEvent]) -> bool:
    """Whether the last of the pathway's ``events`` makes this very award, after the decision that the book names."""
    fact = PATHWAY.read(numbered.pathway, events[-1])[0].fact
    decision = next((event for event in events if event.version == numbered.decision), None)
    if decision is None or decision.type not in ("decision_recorded", "contest_decided"):
        return False
    decided: Any = PATHWAY.read(numbered.pathway, decision)[0].fact
    if decided.sitting != numbered.sitting:
        return False
    if isinstance(fact, p.BlockAwarded):
        return fact.block == numbered.block and fact.on == numbered.awarded_on and bool(decided.blocks.get(fact.block))
    return isinstance(fact, p.CertificationAwarded) and not numbered.block and fact.on == numbered.awarded_on


def described(
    scheme: Scheme, edition: Edition, held: dict[str, date], holder: Holder, address: str
) -> CertificateFacts:
    """The facts of an edition, of an award under ``scheme``; ``held``: since when each block is held."""
    numbered, certificates = edition.numbered, scheme.certificates
    assert certificates is not None, "what has a number was awarded under a scheme with certificates"
    titles = certificates.titles
    blocks = [block for block in scheme.blocks if not numbered.block or block.id == numbered.block]
    return CertificateFacts(
        number=numbered.number,
        kind=numbered.kind_of_award,
        title=edition.title,
        scheme_id=scheme.id,
        scheme_title=scheme.title,
        scheme_title_en=titles.get("", ""),
        certifier=scheme.certifier,
        deciding_body=scheme.deciding_body,
        repertoire=scheme.registration.repertoire,
        register_code=scheme.registration.code or "",
        registered_until=scheme.registration.until,
        level=scheme.registration.level,
        route=numbered.route,
        awarded_on=numbered.awarded_on,
        valid_until=edition.valid_until,
        issued_on=edition.owing.fact.on,
        edition=edition.number,
        reissued=edition.why,
        blocks=tuple(_certified(block, titles, held) for block in blocks),
        alignments=certificates.alignments,
        languages=certificates.languages,
        address=address,
        holder=holder,
    )


def _certified(block: Block, titles: dict[str, str], held: dict[str, date]) -> CertifiedBlock:
    return CertifiedBlock(
        id=block.id,
        title=block.title,
        title_en=titles.get(block.id, ""),
        competences=tuple(competence.title for competence in block.competences),
        since=held.get(block.held_as),
    )
