"""A stream as screens show it: its facts, the state they fold to, and the personal data that stands beside them."""

from __future__ import annotations

import json
from collections.abc import Container, Iterable, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from domain.aggregates import aggregate_of
from domain.log import StoredEvent
from domain.pathway.minutes import hidden
from domain.records import Recorded
from domain.scheme import library
from domain.scheme.model import Scheme
from eventstore.access import Reader
from eventstore.reading import Reading
from eventstore.rows import EventRow, PathwayRow

SECRET = ("marks", "notes", "reason")
"""What a sheet does not show before every assessor has given theirs."""


@dataclass(frozen=True)
class StreamFile:
    """Everything the log says about one stream. ``state`` is the aggregate's own."""

    stream: str
    state: Any
    records: tuple[Recorded, ...]
    rows: tuple[EventRow, ...]

    @property
    def scheme(self) -> Scheme:
        """The scheme version that the stream is pinned to."""
        scheme: Scheme = self.state.scheme
        return scheme

    @cached_property
    def secret(self) -> frozenset[int]:
        """The versions of the events whose marks nobody may see yet; they are on the file, but not in what is shown."""
        if aggregate_of(self.stream).name != "pathway" or self.scheme.conduct is None:
            return frozenset()
        return hidden(self.records, self.scheme.jury.assessors)

    def shown(self, record: Recorded) -> dict[str, Any]:
        """The fact of ``record`` as anybody may see it: without its kind and without marks that are still secret."""
        fact = record.fact.model_dump(mode="json", exclude={"kind"})
        return fact | dict.fromkeys(SECRET) if record.version in self.secret else fact

    def record(self, version: int) -> Recorded:
        """The fact at ``version``, which the file holds; as it stood on some day, it may have gaps."""
        return next(record for record in self.records if record.version == version)


async def read_stream(reading: Reading, stream: str) -> StreamFile:
    """The whole of ``stream``, which exists.

    Raises:
        StoreAway: PostgreSQL cannot be reached.
    """
    rows = await reading.events(stream)
    aggregate = aggregate_of(stream)
    records = tuple(aggregate.read(stream, row.event)[0] for row in rows)
    for record in records:
        await learn(reading, getattr(record.fact, "scheme_hash", ""))
    state = aggregate.fold(aggregate.new(), stream, (row.event for row in rows))
    return StreamFile(stream, state, records, tuple(rows))


async def learn(reading: Reading, hash: str) -> None:
    """Make the scheme version ``hash`` known to this process, unless it is (or ``hash`` is empty)."""
    if hash and not library.knows(hash):
        library.learn(Scheme.model_validate_json(await reading.scheme_content(hash)))


def read_records(stream: str, events: Iterable[StoredEvent]) -> list[Recorded]:
    """Stored events as facts of today's shape."""
    aggregate = aggregate_of(stream)
    return [aggregate.read(stream, event)[0] for event in events]


async def identities(reader: Reader, rows: Iterable[PathwayRow]) -> dict[str, dict[str, str]]:
    """Pathway id -> who the candidate is (names, birth date); those that were erased are left out.

    Raises:
        NotRecorded, WrongKey, SealBroken, StoreAway.
    """
    found = [row for row in rows if row.identity is not None and row.identity_context is not None]
    texts = await reader.open([(row.identity, row.identity_context or "") for row in found if row.identity])
    return {row.pathway_id: json.loads(text) for row, text in zip(found, texts, strict=True) if text is not None}


def full_name(identity: Mapping[str, str] | None) -> str | None:
    """``Zoé Loisel``, with the name that is used; None where the person was erased."""
    if identity is None:
        return None
    return f"{identity.get('given_name', '')} {identity.get('usage_name') or identity.get('family_name', '')}".strip()


def identity_in(texts: Mapping[str, str], row: PathwayRow) -> dict[str, str] | None:
    """Who the candidate of ``row`` is, from the texts of their pathway; None where the person was erased."""
    text = texts.get(row.identity.digest) if row.identity is not None else None
    return dict(json.loads(text)) if text is not None else None


async def sealed_texts(
    reading: Reading, reader: Reader, streams: Iterable[str], about: Container[str]
) -> dict[str, str]:
    """Digest of the ciphertext -> the text, for what ``streams`` hold about the persons ``about`` and can be read.

    A text is told by its digest because other streams refer to it so: a decision's reason is sealed in the sitting,
    and known to the pathway by its digest.
    """
    every = [value for stream in dict.fromkeys(streams) for value in await reading.sealed_values(stream)]
    values = [value for value in every if value.sealed.subject in about]
    texts = await reader.open([(value.sealed, value.context) for value in values])
    return {value.sealed.digest: text for value, text in zip(values, texts, strict=True) if text is not None}


async def names_of(reading: Reading, reader: Reader, pathways: Iterable[str]) -> dict[str, str | None]:
    """Pathway id -> the candidate's name; those that were erased are left out."""
    rows = await reading.pathways_called(list(pathways))
    known = await identities(reader, rows.values())
    return {id: full_name(identity) for id, identity in known.items()}
