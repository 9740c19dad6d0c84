"""A notary for tests: its signature is a mark, as what it signs is not asked here."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager

from domain.ledger import leaf_hash
from domain.note import Checkpoint
from eventstore.log import Log, LogEntry
from eventstore.notary import Notary
from eventstore.pool import Pool
from eventstore.signing import PublishedRow


def marked(checkpoint: Checkpoint, published: Sequence[PublishedRow]) -> str:
    return f"{checkpoint.text()}\n\u2014 test AAAAAAA=\n"


@asynccontextmanager
async def leading(pool: Pool) -> AsyncIterator[Notary]:
    """The notary of this database, in office."""
    notary = Notary(pool, marked)
    assert await notary.lead()
    try:
        yield notary
    finally:
        await notary.resign()


async def sealed(pool: Pool) -> list[LogEntry]:
    """Every event that can have its place gets it; the whole log."""
    async with leading(pool) as notary:
        while await notary.seal():
            pass
        await notary.sign()
    return await Log(pool).entries(0, 100_000)


def leaf_of(entry: LogEntry) -> bytes:
    """The leaf hash of what is read back, whatever hash stands beside it."""
    return leaf_hash(
        stream=entry.stream,
        version=entry.version,
        event_id=entry.event_id,
        command_id=entry.command_id,
        command_seq=entry.command_seq,
        type=entry.type,
        schema_version=entry.schema_version,
        occurred_at=entry.occurred_at,
        recorded_at=entry.recorded_at,
        public=entry.public.encode(),
    )
