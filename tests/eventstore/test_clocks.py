"""Clocks that jump: what is recorded never goes back within a stream, and the order and its proofs ask no clock."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from itertools import accumulate, cycle, pairwise

import pytest

from domain.log import LoadRequest
from domain.merkle import root_of, verify_consistency
from eventstore.log import Log
from eventstore.notary import Notary
from eventstore.pool import Pool, open_pool
from eventstore.store import EventStore
from tests.eventstore.making import append, event
from tests.eventstore.notarising import leaf_of, marked
from workers.verifying import verify

START = datetime(2027, 3, 28, 2, 30, tzinfo=UTC)
JUMPS = (0, 10, -3600, -3599, 86_400, 86_400, -86_400 * 365, 0, 5, 86_401)
"""Where a clock stands, in seconds from the start: set back by an hour, forward by a day, back by a year."""


def jumping(jumps: tuple[int, ...] = JUMPS) -> Callable[[], datetime]:
    """A clock that stands somewhere else each time it is looked at."""
    moments: Iterator[int] = cycle(jumps)
    return lambda: START + timedelta(seconds=next(moments))


async def recorded(store: EventStore, stream: str) -> list[datetime]:
    return [stored.recorded_at for stored in (await store.load(LoadRequest(stream=stream))).events]


async def test_an_event_is_recorded_when_the_clock_says_or_when_the_one_before_was(pool: Pool) -> None:
    store = EventStore(pool, jumping())
    answers = [await store.append(append("pathway:1", version, f"c{version}")) for version in range(len(JUMPS))]
    latest = [START + timedelta(seconds=seconds) for seconds in accumulate(JUMPS, max)]
    assert await recorded(store, "pathway:1") == latest
    assert [answer.events[0].recorded_at for answer in answers] == latest
    await store.close()


async def test_streams_do_not_hold_each_other_s_time_up(pool: Pool) -> None:
    store = EventStore(pool, jumping((86_400, 0)))
    await store.append(append("pathway:1"))
    await store.append(append("pathway:2"))
    assert await recorded(store, "pathway:2") == [START]
    await store.close()


@pytest.mark.parametrize("behind", [1, 3600, 86_400])
async def test_two_processes_whose_clocks_differ_agree_on_the_time_of_a_stream(
    pool: Pool, database_url: str, behind: int
) -> None:
    other = await open_pool(database_url, max_size=2)
    stores = [EventStore(pool, lambda: START), EventStore(other, lambda: START - timedelta(seconds=behind))]
    for version in range(0, 12, 3):
        for offset, turn in enumerate((0, 1, 1)):
            request = append("pathway:1", version + offset, f"c{version + offset}")
            assert (await stores[turn].append(request)).outcome == "appended"
    assert await recorded(stores[0], "pathway:1") == [START] * 12
    for store in stores:
        await store.close()
    await other.close()


async def test_many_at_once_under_a_jumping_clock_are_each_in_order(pool: Pool) -> None:
    store = EventStore(pool, jumping())

    async def write(stream: str) -> None:
        for version in range(0, 20, 2):
            answer = await store.append(append(stream, version, f"c{version}", event(), event()))
            assert answer.outcome == "appended"

    streams = [f"pathway:{number}" for number in range(20)]
    await asyncio.gather(*map(write, streams))
    for stream in streams:
        moments = await recorded(store, stream)
        assert len(moments) == 20
        assert moments == sorted(moments)
    await store.close()


async def test_checkpoints_signed_while_time_goes_back_still_follow_from_one_another(pool: Pool) -> None:
    store, notary, log = EventStore(pool, jumping()), Notary(pool, marked, jumping((3600, 1800, 0, -3600))), Log(pool)
    assert await notary.lead()
    for round in range(4):
        for number in range(5):
            await store.append(append(f"pathway:{number}", 3 * round, f"c{round}", *[event()] * 3))
        while await notary.seal():
            pass
        await notary.sign()
    await notary.resign()
    checkpoints = await log.checkpoints()
    assert [row.size for row in checkpoints] == [15, 30, 45, 60]
    moments = [row.recorded_at for row in checkpoints]
    assert moments == sorted(moments, reverse=True)
    assert await log.last_checkpoint() == checkpoints[-1]
    entries = await log.entries(0, 100)
    leaves = []
    for entry in entries:
        leaf = leaf_of(entry)
        assert leaf == entry.leaf_hash == entry.sealed_hash
        leaves.append(leaf)
    for earlier, later in pairwise(checkpoints):
        assert earlier.root == root_of(leaves[: earlier.size])
        path = await log.consistency(earlier.size, later.size)
        assert verify_consistency(earlier.size, later.size, earlier.root, later.root, path)
    for number in range(5):
        times = [entry.recorded_at for entry in entries if entry.stream == f"pathway:{number}"]
        assert times == sorted(times)
    # A mark is no signature, and that is all there is to find.
    assert {fault.kind for fault in (await verify(pool, rules=False)).faults} <= {"key", "checkpoint"}
    # The next notary, whatever its clock says, goes on from the last one's.
    successor = Notary(pool, marked, lambda: datetime(1970, 1, 1, tzinfo=UTC))
    assert await successor.lead()
    assert successor.size == 60
    await successor.resign()
    await store.close()
