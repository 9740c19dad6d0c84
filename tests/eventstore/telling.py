"""A story of the world without servers, told to a store: its events, its read models, its notices."""

from __future__ import annotations

from collections.abc import Mapping
from itertools import groupby

from domain.aggregates import aggregate_of
from domain.log import AppendRequest, NewEvent
from domain.records import Sealed
from eventstore.reading import Reading
from eventstore.store import EventStore
from tests.domain.world import World


async def tell(
    store: EventStore,
    reading: Reading,
    world: World,
    sealed: Mapping[tuple[str, int], Mapping[str, Sealed]] | None = None,
) -> None:
    """Append every order of ``world`` as its workflow would have, then carry out its notices.

    ``sealed``: by stream and version, the values whose ciphertexts can be opened; the others are left out.
    """
    known = sealed or {}
    for stream, log in world.logs.items():
        aggregate = aggregate_of(stream)
        state = aggregate.new()
        for command_id, events in groupby(log, key=lambda event: event.command_id):
            stored = list(events)
            before = state.version
            aggregate.fold(state, stream, stored)
            request = AppendRequest(
                aggregate=aggregate.name,
                stream=stream,
                expected_version=before,
                command_id=command_id,
                events=tuple(
                    NewEvent(
                        type=event.type,
                        schema_version=event.schema_version,
                        occurred_at=event.occurred_at,
                        public=event.public,
                        sealed=dict(known.get((stream, event.version), {})),
                    )
                    for event in stored
                ),
                view=aggregate.rows(state, before),
            )
            answer = await store.append(request)
            assert answer.outcome == "appended"
    for notice in world.notices:
        await reading.insert_notice(notice.id.partition("#")[0], notice)
