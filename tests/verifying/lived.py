"""A certification year in the log, sealed and signed by the real notary: what verification is tried on."""

from __future__ import annotations

import base64
from collections.abc import Iterator
from contextlib import asynccontextmanager
from itertools import groupby
from pathlib import Path
from typing import Any

from bench.cohort import Cohort, Lived, live
from domain.aggregates import aggregate_of
from domain.log import AppendRequest, NewEvent, ViewRows
from domain.records import Sealed
from eventstore.notary import Notary
from eventstore.pool import Pool
from eventstore.reading import Reading
from eventstore.store import EventStore
from tests.by_hand import by_hand
from workers.copying import Copier
from workers.notary_key import KeyFile, Signer, publish_first
from workers.publishing import publish_bundled
from workers.witness import Witness

SEED, CANDIDATES = 20_270_105, 11
PENDING = 4
"""Orders at the end whose events are left without a place."""


def requests(world: Cohort) -> Iterator[AppendRequest]:
    """The appends that make the log of ``world``, in the order in which it was lived."""
    last = {lived.stream: lived.event.command_id for lived in world.lived}
    for (stream, command), events in groupby(world.lived, key=lambda lived: (lived.stream, lived.event.command_id)):
        lived = list(events)
        aggregate = aggregate_of(stream)
        ends = last[stream] == command
        yield AppendRequest(
            aggregate=aggregate.name,
            stream=stream,
            expected_version=lived[0].event.version - 1,
            command_id=command,
            events=tuple(_event(world, each) for each in lived),
            view=aggregate.view(world.states[stream]) if ends else ViewRows(main={}),
        )


def _event(world: Cohort, lived: Lived) -> NewEvent:
    event = lived.event
    sealed = {
        field: Sealed(
            subject=person,
            key_version=1,
            digest=digest,
            ciphertext=base64.b64encode(world.ciphertexts[digest]).decode(),
        )
        for field, (digest, person) in lived.sealed.items()
    }
    return NewEvent(
        type=event.type,
        schema_version=event.schema_version,
        occurred_at=event.occurred_at,
        public=event.public,
        sealed=sealed,
    )


@asynccontextmanager
async def office(pool: Pool, folder: Path) -> Any:
    """The notary in office, with a key of its own in ``folder``."""
    keys = KeyFile(folder / "notary.key")
    await publish_first(pool, keys)
    notary = Notary(pool, Signer(keys))
    assert await notary.lead()
    try:
        yield notary
    finally:
        await notary.resign()


async def write_year(pool: Pool, folder: Path, copied: Path) -> Cohort:
    """Live a year, write it, sign it four times and copy each checkpoint; the last events stay without a place."""
    world = live(SEED, CANDIDATES)
    await publish_bundled(Reading(pool))
    for scheme in by_hand().values():
        await Reading(pool).publish_scheme(scheme)
    store = EventStore(pool)
    appends = list(requests(world))
    quarter = (len(appends) - PENDING) // 4
    async with office(pool, folder) as notary:
        for number, request in enumerate(appends, start=1):
            answer = await store.append(request)
            assert answer.outcome == "appended"
            if number % quarter == 0 and number <= 4 * quarter:
                while await notary.seal():
                    pass
                await notary.sign()
    await store.close()
    await Copier(pool, Witness(str(copied))).catch_up()
    return world
