"""Reading a stream, page by page."""

from __future__ import annotations

from domain.log import LoadRequest
from eventstore.pool import Pool
from eventstore.store import EventStore
from tests.eventstore.making import append, event


async def test_a_stream_is_loaded_in_pages_of_about_so_many_bytes(store: EventStore) -> None:
    events = [event("x" * 1000) for _ in range(10)]
    await store.append(append("pathway:1", 0, "c1", *events))
    first = await store.load(LoadRequest(stream="pathway:1", max_bytes=3500))
    assert (len(first.events), first.more) == (3, True)
    rest = await store.load(LoadRequest(stream="pathway:1", after_version=3))
    assert ([found.version for found in rest.events], rest.more) == (list(range(4, 11)), False)


async def test_a_page_holds_at_least_one_event(store: EventStore) -> None:
    await store.append(append("pathway:1", 0, "c1", event("x" * 1000), event()))
    answer = await store.load(LoadRequest(stream="pathway:1", max_bytes=1))
    assert (len(answer.events), answer.more) == (1, True)


async def test_a_stream_longer_than_a_page_of_rows_is_loaded_whole(store: EventStore) -> None:
    await store.append(append("pathway:1", 0, "c1", *([event()] * 1203)))
    versions: list[int] = []
    more = True
    while more:
        answer = await store.load(LoadRequest(stream="pathway:1", after_version=versions[-1] if versions else 0))
        versions += [found.version for found in answer.events]
        more = answer.more
    assert versions == list(range(1, 1204))


async def test_an_unknown_stream_is_empty(store: EventStore, pool: Pool) -> None:
    assert await store.load(LoadRequest(stream="pathway:none")) == await store.load(
        LoadRequest(stream="pathway:none", after_version=9)
    )
    assert (await store.load(LoadRequest(stream="pathway:none"))).events == ()
