"""Searching the log: what is sought comes whole and in the sealed order, however it is looked for."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from datetime import date, timedelta
from typing import Any

import pytest

import eventstore.search
from domain.ledger import canonical
from eventstore.pool import Pool
from eventstore.search import Found, Sought, search
from eventstore.store import EventStore
from tests.eventstore.making import NOON, append, event, view
from tests.eventstore.notarising import leading, sealed

STREAMS = 8
ACTORS = ("ada", 'b"o\\b', "100%_sure")


def said(number: int) -> dict[str, Any]:
    """The event that every stream has at version ``number`` + 1."""
    behind = "employer:1" if number == 2 else None
    public = {
        "actor": {"id": ACTORS[number % 3], "on_behalf_of": behind, "role": ("juror", "candidate")[number % 2]},
        "digest": "0",
        "fact": {"blocks": {f"B{number}": True}, "kind": "noted", "text": f"about ada and B{number}X"},
    }
    type = "rare" if number == 3 else "noted"
    return {"type": type, "occurred_at": NOON + timedelta(days=number), "public": canonical(public).decode()}


@pytest.fixture
async def log(store: EventStore, pool: Pool) -> None:
    """Some streams of four events; all but the last events of each are sealed."""

    async def write(first: int, last: int) -> None:
        for number in range(first, last):
            await asyncio.gather(
                *(
                    store.append(
                        append(
                            f"pathway:{stream}",
                            number,
                            f"c{number}",
                            event(**said(number)),
                            view=view(f"pathway:{stream}"),
                        )
                    )
                    for stream in range(STREAMS)
                )
            )

    await write(0, 3)
    await sealed(pool)
    await write(3, 4)


@pytest.fixture(params=[(4, 8, 3, 2), (4, 8, 3, 10**6), (1_000, 32_000, 5_000, 50)], ids=["both", "walk", "usual"])
def ways(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    """Small steps, so that every way of looking is taken: walking, reading all at once, and page by page."""
    for name, value in zip(("FIRST", "RANGE", "PAGE", "SPARSE"), request.param, strict=True):
        monkeypatch.setattr(eventstore.search, name, value)


async def found(pool: Pool, sought: Sought) -> list[Found]:
    rows: AsyncIterator[Found] = search(pool, sought)
    return [row async for row in rows]


def versions(rows: list[Found]) -> set[int]:
    return {row.event.version for row in rows}


@pytest.mark.usefixtures("log", "ways")
async def test_everything_comes_once_in_the_sealed_order_and_then_what_is_not_sealed(pool: Pool) -> None:
    rows = await found(pool, Sought())
    assert [row.leaf_index for row in rows] == [*range(3 * STREAMS), *[None] * STREAMS]
    assert len({row.event_id for row in rows}) == 4 * STREAMS


@pytest.mark.usefixtures("log", "ways")
async def test_each_criterion_finds_what_meets_it(pool: Pool) -> None:
    day = NOON.date()
    expected: list[tuple[Sought, set[int]]] = [
        (Sought(types=("rare",)), {4}),
        (Sought(types=("rare", "noted")), {1, 2, 3, 4}),
        (Sought(actor="ada"), {1, 4}),
        (Sought(actor='b"o\\b'), {2}),
        (Sought(actor="100%_sure"), {3}),
        (Sought(actor="1000_sure"), set()),
        (Sought(actor="employer:1"), {3}),
        (Sought(role="candidate"), {2, 4}),
        (Sought(words=("B1",)), {2}),
        (Sought(words=("B1", "B2")), {2, 3}),
        (Sought(true_from=day + timedelta(days=5)), set()),
        (Sought(known_until=date(2020, 1, 1)), set()),
        (Sought(scheme="a-scheme", types=("rare",)), {4}),
        (Sought(scheme="another"), set()),
    ]
    for sought, numbers in expected:
        rows = await found(pool, sought)
        assert (versions(rows), len(rows)) == (numbers, len(numbers) * STREAMS), sought
        placed = [row.leaf_index for row in rows if row.leaf_index is not None]
        assert placed == sorted(placed)
    assert {1, 2} <= versions(await found(pool, Sought(true_from=day, true_until=day + timedelta(days=1))))


@pytest.mark.usefixtures("log")
async def test_a_stream_is_found_with_its_scheme(pool: Pool) -> None:
    rows = await found(pool, Sought(stream="pathway:7"))
    assert [(row.event.version, row.scheme_hash) for row in rows] == [(number, "abc") for number in (1, 2, 3, 4)]


@pytest.mark.usefixtures("log")
async def test_what_is_sealed_while_one_looks_is_not_missed(pool: Pool, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(eventstore.search, "FIRST", 4)
    looking = search(pool, Sought())
    first = await anext(looking)
    async with leading(pool) as notary:
        assert await notary.seal() == STREAMS
    rest = [row async for row in looking]
    assert len({row.event_id for row in (first, *rest)}) == 1 + len(rest) == 4 * STREAMS


@pytest.mark.usefixtures("log")
async def test_what_another_cluster_adds_to_a_restored_log_is_found(pool: Pool, store: EventStore) -> None:
    await sealed(pool)
    async with pool.acquire() as connection:
        # As a dump leaves it: everything came along under ids that this cluster has not reached.
        await connection.execute("alter table events disable trigger user")
        await connection.execute("update events set xid = '900000000000'")
    await store.append(append("pathway:new", 0, "c0", event(**said(0))))
    rows = await found(pool, Sought(actor="ada"))
    assert [row.stream for row in rows if row.leaf_index is None] == ["pathway:new"]
    assert len(rows) == 2 * STREAMS + 1
