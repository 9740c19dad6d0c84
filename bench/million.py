"""A log of a million events, generated from a seed: lived years with new ids, copied in and sealed by the real notary.

``python -m bench.million DATABASE_URL [--events N] [--seed S]``. The database must be migrated and empty; what is
written there keeps every rule, so that all of it can be verified.
"""

from __future__ import annotations

import argparse
import asyncio
import base64
import hashlib
import random
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from bench.cohort import CIPHERTEXT, MARK, Cohort, live
from bench.rig import say
from domain.aggregates import aggregate_of
from domain.ledger import leaf_hash
from domain.log import StoredEvent
from domain.records import event_ids
from eventstore.log import Log
from eventstore.migrate import migrate
from eventstore.notary import Notary
from eventstore.pool import Pool, open_pool
from eventstore.reading import Reading
from eventstore.signing import SigningKey, signed
from eventstore.statements import COLUMNS, MAIN
from tests.by_hand import by_hand
from workers.embedded.postgres import EmbeddedPostgres
from workers.publishing import publish_bundled

EVENTS = 1_000_000
SEED = 20_270_104
YEARS = 8
"""Different cohorts; every other one is one of them under other names."""

AT_ONCE = 60
"""Cohorts copied in one transaction."""

_EVENT = (
    *("stream_id", "version", "event_id", "command_id", "command_seq", "type", "schema_version", "occurred_at"),
    *("recorded_at", "public", "leaf_hash"),
)
_SEALED = ("stream_id", "version", "field", "subject_id", "key_version", "ciphertext", "digest")

Rows = dict[str, list[tuple[Any, ...]]]
Views = dict[str, list[dict[str, Any]]]


@dataclass(frozen=True)
class Million:
    """What was written. ``key`` signed the checkpoints."""

    events: int
    streams: int
    pathways: list[str]
    key: SigningKey
    seconds: float


@dataclass(frozen=True, slots=True)
class _Line:
    """An event of a template. ``order`` and ``sealed`` are the numbers of the digests that its public part holds."""

    stream: str
    event: StoredEvent
    seq: int
    order: int
    sealed: tuple[int, ...]
    kept: tuple[tuple[str, str, int], ...]


class _Template:
    """A lived cohort, ready to be written again and again under other ids."""

    def __init__(self, world: Cohort) -> None:
        self._sealed = list(dict.fromkeys(digest for lived in world.lived for digest, _ in lived.sealed.values()))
        numbers = {digest: number for number, digest in enumerate(self._sealed)}
        orders: dict[bytes, int] = {}
        self._lines: list[_Line] = []
        for lived in world.lived:
            text = lived.event.public
            within = tuple(number for digest, number in numbers.items() if digest in text)
            kept = tuple((field, subject, numbers[digest]) for field, (digest, subject) in lived.sealed.items())
            order = orders.setdefault(lived.order, len(orders))
            self._lines.append(_Line(lived.stream, lived.event, lived.seq, order, within, kept))
        self._orders = [
            (order, hashlib.sha256(order).hexdigest(), [n for digest, n in numbers.items() if digest.encode() in order])
            for order in orders
        ]
        self._views = [(stream, aggregate_of(stream).view(state)) for stream, state in world.states.items()]
        self.events, self.streams = len(self._lines), len(world.states)

    def pathways(self, mark: str) -> list[str]:
        """The ids of the pathways of the cohort called ``mark``."""
        return [stream.replace(MARK, mark) for stream, _ in self._views if stream.startswith("pathway:")]

    def write(self, mark: str, chance: random.Random, rows: Rows, views: Views) -> None:
        """Add the rows of the cohort called ``mark``, by table."""
        ciphertexts = [chance.randbytes(CIPHERTEXT) for _ in self._sealed]
        digests = [hashlib.sha256(ciphertext) for ciphertext in ciphertexts]
        fresh = [digest.hexdigest() for digest in digests]
        asked = []
        for order, _, within in self._orders:
            text = order.decode().replace(MARK, mark)
            for number in within:
                text = text.replace(self._sealed[number], fresh[number])
            asked.append(hashlib.sha256(text.encode()).hexdigest())
        for line in self._lines:
            public = line.event.public.replace(MARK, mark).replace(self._orders[line.order][1], asked[line.order])
            for number in line.sealed:
                public = public.replace(self._sealed[number], fresh[number])
            stream = line.stream.replace(MARK, mark)
            rows["events"].append(_row(stream, line, line.event.command_id.replace(MARK, mark), public.encode()))
            for field, subject, number in line.kept:
                values = (field, subject.replace(MARK, mark), 1, ciphertexts[number], digests[number].digest())
                rows["sealed"].append((stream, line.event.version, *values))
        for stream, view in self._views:
            table = MAIN[aggregate_of(stream).name]
            views[table].append(_renamed(view.main, mark))
            views["awards"].extend(_renamed({**award, "stream_id": stream}, mark) for award in view.awards)


def _row(stream: str, line: _Line, command_id: str, public: bytes) -> tuple[Any, ...]:
    event = line.event
    id = UUID(bytes=event_ids((f"{stream}/{event.version}",)))
    header = (stream, event.version, id, command_id, line.seq, event.type, event.schema_version)
    leaf = leaf_hash(
        stream=stream,
        version=event.version,
        event_id=id,
        command_id=command_id,
        command_seq=line.seq,
        type=event.type,
        schema_version=event.schema_version,
        occurred_at=event.occurred_at,
        recorded_at=event.recorded_at,
        public=public,
    )
    return (*header, event.occurred_at, event.recorded_at, public, leaf)


def _renamed(row: dict[str, Any], mark: str) -> dict[str, Any]:
    return {column: value.replace(MARK, mark) if isinstance(value, str) else value for column, value in row.items()}


@asynccontextmanager
async def large(postgres: EmbeddedPostgres, events: int = EVENTS) -> AsyncIterator[tuple[Pool, Million]]:
    """A database of its own with a large log in it, settled as one is that grew over years; dropped at the end."""
    async with await open_pool(postgres.url(), max_size=1) as admin:
        await admin.execute("create database million")
        try:
            await asyncio.to_thread(migrate, postgres.url("million"))
            async with await open_pool(postgres.url("million"), max_size=4) as pool:
                made = await write_million(pool, events)
                await pool.execute("vacuum (analyze)")
                yield pool, made
        finally:
            await admin.execute("drop database million with (force)")


async def write_million(pool: Pool, events: int = EVENTS, seed: int = SEED) -> Million:
    """Write at least ``events`` events, whole cohorts, and seal them."""
    start, chance = time.perf_counter(), random.Random(seed)
    await publish_bundled(Reading(pool))
    for scheme in by_hand().values():
        await Reading(pool).publish_scheme(scheme)
    made = [_Template(live(seed + number)) for number in range(YEARS)]
    written = streams = number = 0
    pathways: list[str] = []
    while written < events:
        rows: Rows = {"events": [], "sealed": []}
        views: Views = {table: [] for table in (*MAIN.values(), "awards")}
        for _ in range(AT_ONCE):
            template, mark = made[number % len(made)], str(UUID(int=chance.getrandbits(128), version=4))[:23]
            template.write(mark, chance, rows, views)
            pathways += template.pathways(mark)
            number, streams = number + 1, streams + template.streams
            if written + len(rows["events"]) >= events:
                break
        await _copy(pool, rows, views)
        written += len(rows["events"])
    say(f"million: {written} events written after {time.perf_counter() - start:.0f} s")
    key = await _seal(pool)
    seconds = time.perf_counter() - start
    say(f"million: sealed after {seconds:.0f} s")
    return Million(written, streams, pathways, key, seconds)


async def _copy(pool: Pool, rows: Rows, views: Views) -> None:
    async with pool.acquire() as connection, connection.transaction():
        await connection.copy_records_to_table("events", records=rows["events"], columns=_EVENT)
        await connection.copy_records_to_table("sealed", records=rows["sealed"], columns=_SEALED)
        for table, given in views.items():
            columns = ", ".join(COLUMNS[table])
            await connection.execute(
                f"insert into {table} ({columns}) select {columns} from jsonb_populate_recordset(null::{table}, $1)",
                given,
            )


async def _seal(pool: Pool) -> SigningKey:
    """The real notary over all of it; a checkpoint for every batch."""
    key, origin = SigningKey.new(), await Log(pool).origin()
    verifier = key.verifier(origin)
    await pool.execute(
        "insert into notary_keys (key_id, vkey, since) values ($1, $2, 0)", verifier.key_id.hex(), verifier.format()
    )
    notary = Notary(pool, lambda checkpoint, _: signed(origin, checkpoint.text(), [key]))
    assert await notary.lead()
    try:
        while await notary.seal():
            await notary.sign()
    finally:
        await notary.resign()
    return key


async def _main(url: str, events: int, seed: int) -> None:
    async with await open_pool(url) as pool:
        made = await write_million(pool, events, seed)
        encoded = base64.b64encode(made.key.public).decode()
        say(f"{made.events} events in {made.streams} streams, {made.seconds:.0f} s, key {encoded}")


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("url")
    parser.add_argument("--events", type=int, default=EVENTS)
    parser.add_argument("--seed", type=int, default=SEED)
    given = parser.parse_args()
    asyncio.run(_main(given.url, given.events, given.seed))
