"""The contract of an append: one of three answers, all or nothing, and nobody's failure is another's."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime
from typing import Any

import asyncpg
import pytest

from domain.log import AppendAnswer, LoadRequest
from eventstore.errors import AheadOfLog, StoreAway
from eventstore.pool import Pool, open_pool
from eventstore.store import EventStore
from tests.eventstore.making import NOON, append, event, sealed_event


async def stored(store: EventStore, stream: str = "pathway:1") -> list[tuple[int, str]]:
    answer = await store.load(LoadRequest(stream=stream))
    return [(found.version, found.command_id) for found in answer.events]


def versions(answer: AppendAnswer) -> list[int]:
    return [found.version for found in answer.events]


async def test_an_append_at_the_expected_version_is_appended(store: EventStore) -> None:
    first = await store.append(append("pathway:1", 0, "c1", event("un"), event("deux")))
    second = await store.append(append("pathway:1", 2, "c2", event("trois")))
    assert (first.outcome, versions(first)) == ("appended", [1, 2])
    assert (second.outcome, versions(second)) == ("appended", [3])


async def test_the_answer_of_an_append_is_what_a_load_gives(store: EventStore) -> None:
    answer = await store.append(append("pathway:1", 0, "c1", event("é\u2028\U0001f600"), sealed_event()))
    assert (await store.load(LoadRequest(stream="pathway:1"))).events == answer.events
    assert answer.events[0].occurred_at == NOON


async def test_a_command_done_before_is_answered_with_its_events_and_those_since(store: EventStore) -> None:
    await store.append(append("pathway:1", 0, "c1", event(), event()))
    await store.append(append("pathway:1", 2, "c2"))
    again = await store.append(append("pathway:1", 0, "c1", event("another text, later")))
    assert (again.outcome, versions(again)) == ("already_done", [1, 2, 3])


async def test_a_command_is_done_once_per_stream_even_at_the_current_version(store: EventStore) -> None:
    await store.append(append("pathway:1", 0, "c1"))
    await store.append(append("pathway:1", 1, "c2"))
    again = await store.append(append("pathway:1", 2, "c1"))
    assert (again.outcome, versions(again)) == ("already_done", [1])
    assert await stored(store) == [(1, "c1"), (2, "c2")]


async def test_one_command_id_serves_several_streams(store: EventStore) -> None:
    assert (await store.append(append("pathway:1", 0, "c1"))).outcome == "appended"
    assert (await store.append(append("pathway:2", 0, "c1"))).outcome == "appended"


async def test_a_stale_expected_version_is_behind_with_the_events_since(store: EventStore) -> None:
    for version in range(3):
        await store.append(append("pathway:1", version, f"c{version}"))
    answer = await store.append(append("pathway:1", 1, "late"))
    assert (answer.outcome, versions(answer)) == ("behind", [2, 3])
    assert len(await stored(store)) == 3


async def test_an_expected_version_beyond_the_log_is_an_error(store: EventStore) -> None:
    await store.append(append("pathway:1", 0, "c1"))
    with pytest.raises(AheadOfLog):
        await store.append(append("pathway:1", 5, "c2"))


async def test_a_long_answer_comes_in_parts(store: EventStore) -> None:
    for version in range(4):
        await store.append(append("pathway:1", version, f"c{version}", event("x" * 400_000)))
    first = await store.append(append("pathway:1", 0, "late"))
    rest = await store.append(append("pathway:1", first.events[-1].version, "late"))
    assert (first.outcome, rest.outcome) == ("behind", "behind")
    assert versions(first) + versions(rest) == [1, 2, 3, 4]


async def test_a_command_beyond_a_long_answer_is_found_by_the_next(store: EventStore) -> None:
    for version in range(4):
        await store.append(append("pathway:1", version, f"c{version}", event("x" * 400_000)))
    first = await store.append(append("pathway:1", 0, "c3"))
    rest = await store.append(append("pathway:1", first.events[-1].version, "c3"))
    assert (first.outcome, rest.outcome) == ("behind", "already_done")


async def test_an_append_without_events_is_refused(store: EventStore) -> None:
    empty = append().model_copy(update={"events": ()})
    with pytest.raises(ValueError, match="without events"):
        await store.append(empty)


async def test_a_moment_without_a_zone_is_refused(store: EventStore) -> None:
    naive = datetime(2026, 3, 2, 12, 0)  # noqa: DTZ001 - that is what is tested
    with pytest.raises(ValueError, match="time zone"):
        await store.append(append("pathway:1", 0, "c1", event(occurred_at=naive)))


async def test_of_64_racing_appends_one_wins_and_all_others_hear_of_it(database_url: str) -> None:
    pools = [await open_pool(database_url, max_size=4) for _ in range(4)]
    stores = [EventStore(pool) for pool in pools]
    answers = await asyncio.gather(
        *(stores[number % 4].append(append("pathway:1", 0, f"c{number}")) for number in range(64))
    )
    won = [answer for answer in answers if answer.outcome == "appended"]
    assert len(won) == 1
    assert all(answer.events == won[0].events for answer in answers)
    assert {answer.outcome for answer in answers} == {"appended", "behind"}
    assert len(await stored(stores[0])) == 1
    for store, pool in zip(stores, pools, strict=True):
        await store.close()
        await pool.close()


async def test_racing_producers_who_retry_lose_nothing_and_double_nothing(database_url: str) -> None:
    pools = [await open_pool(database_url, max_size=4) for _ in range(2)]
    stores = [EventStore(pool) for pool in pools]

    async def carry(store: EventStore, stream: str, command: str) -> None:
        version = 0
        while True:
            answer = await store.append(append(stream, version, command, event(), event()))
            if answer.outcome != "behind":
                return
            version = answer.events[-1].version

    streams = [f"pathway:{number}" for number in range(3)]
    await asyncio.gather(
        *(carry(stores[number % 2], stream, f"c{number}") for stream in streams for number in range(20))
    )
    for stream in streams:
        found = await stored(stores[0], stream)
        assert [version for version, _ in found] == list(range(1, 41))
        assert len({command for _, command in found}) == 20
    for store, pool in zip(stores, pools, strict=True):
        await store.close()
        await pool.close()


async def test_many_appends_at_once_are_each_answered_with_their_own_events(store: EventStore) -> None:
    requests = [append(f"pathway:{number}", 0, f"c{number}", event(f"text {number}")) for number in range(300)]
    answers = await asyncio.gather(*map(store.append, requests))
    assert [answer.events[0].public for answer in answers] == [request.events[0].public for request in requests]


@pytest.mark.parametrize(
    "bad",
    [
        append("bad", 0, "nul\x00byte"),
        append("bad", 0, "c1", event(schema_version=2**40)),
        append("bad", 0, "c1", event(occurred_at=datetime.max.replace(tzinfo=UTC)), event(type="nul\x00byte")),
    ],
)
async def test_a_row_that_fails_fails_only_itself(store: EventStore, bad: Any) -> None:
    good = [append(f"pathway:{number}", 0, "c1") for number in range(20)]
    answers = await asyncio.gather(*map(store.append, [*good[:10], bad, *good[10:]]), return_exceptions=True)
    assert isinstance(answers.pop(10), asyncpg.PostgresError)
    assert all(isinstance(answer, AppendAnswer) and answer.outcome == "appended" for answer in answers)
    assert await stored(store, "bad") == []


async def test_text_that_is_not_unicode_fails_only_itself(store: EventStore) -> None:
    answers = await asyncio.gather(
        store.append(append("pathway:1")),
        store.append(append("bad", 0, "c1", event(public='{"text":"\ud800"}'))),
        store.append(append("pathway:2")),
        return_exceptions=True,
    )
    assert [type(answer) for answer in answers] == [AppendAnswer, UnicodeEncodeError, AppendAnswer]


async def test_a_cancelled_append_leaves_the_others_alone(store: EventStore) -> None:
    appends = [asyncio.create_task(store.append(append(f"pathway:{number}"))) for number in range(30)]
    await asyncio.sleep(0)
    appends[0].cancel()
    appends[7].cancel()
    answers = await asyncio.gather(*appends, return_exceptions=True)
    assert sum(isinstance(answer, AppendAnswer) for answer in answers) >= 28
    assert (await store.append(append("pathway:after"))).outcome == "appended"


async def test_recorded_at_never_decreases_in_a_stream(store: EventStore, pool: Pool) -> None:
    future = datetime(2100, 1, 1, tzinfo=UTC)
    # As if the clock had been set back since.
    await pool.execute(_EVENT, "pathway:1", 1, future)
    answer = await store.append(append("pathway:1", 1, "c2"))
    assert (answer.outcome, answer.events[0].recorded_at) == ("appended", future)
    answer = await store.append(append("pathway:1", 2, "c3", event(), event()))
    assert [stored.recorded_at for stored in answer.events] == [future, future]


_EVENT = """insert into events (stream_id, version, event_id, command_id, command_seq, type, schema_version,
occurred_at, recorded_at, public, leaf_hash)
values ($1, $2, gen_random_uuid(), 'other', 0, 't', 1, now(), $3, '{}', '')"""


async def test_a_connection_killed_in_mid_append_raises_and_the_retry_doubles_nothing(
    store: EventStore, pool: Pool, database_url: str
) -> None:
    await store.append(append("pathway:1", 0, "c1"))
    blocker = await asyncpg.connect(database_url)
    transaction = blocker.transaction()
    await transaction.start()
    # Somebody else is about to write the same version: the append waits to see whether they do.
    await blocker.execute(_EVENT, "pathway:1", 2, datetime.now(UTC))
    request = append("pathway:1", 1, "c2")
    waiting = asyncio.create_task(store.append(request))
    while not await blocker.fetch(_KILL_WAITING):  # a query each time, no sleep: it ends when somebody waits
        pass
    with pytest.raises(StoreAway):
        await waiting
    await transaction.rollback()
    await blocker.close()
    assert (await store.append(request)).outcome in ("appended", "already_done")
    assert await stored(store) == [(1, "c1"), (2, "c2")]


_KILL_WAITING = """select pg_terminate_backend(pid) from pg_stat_activity
where datname = current_database() and pid <> pg_backend_pid() and wait_event_type = 'Lock'"""


async def test_connections_killed_again_and_again_under_load_lose_and_double_nothing(
    store: EventStore, database_url: str
) -> None:
    killer = await asyncpg.create_pool(database_url, min_size=1, max_size=1)
    kills = """select pg_terminate_backend(pid) from pg_stat_activity
        where datname = current_database() and pid <> pg_backend_pid()"""
    losses = done = 0

    async def produce(stream: str) -> None:
        nonlocal losses, done
        for version in range(12):
            while True:
                try:
                    await store.append(append(stream, version, f"c{version}"))
                    break
                except StoreAway:
                    losses += 1
            done += 1
            if done % 12 == 0:
                await killer.execute(kills)

    await asyncio.gather(*(produce(f"pathway:{number}") for number in range(8)))
    await killer.close()
    assert losses > 0
    for number in range(8):
        found = await stored(store, f"pathway:{number}")
        assert found == [(version + 1, f"c{version}") for version in range(12)]


async def test_a_store_whose_database_is_away_says_so(database_url: str) -> None:
    pool = await open_pool(database_url, max_size=2)
    store = EventStore(pool)
    pool.terminate()
    with pytest.raises(StoreAway):
        await store.append(append())
    with pytest.raises(StoreAway):
        await store.load(LoadRequest(stream="pathway:1"))


async def test_opening_a_pool_without_a_server_says_so() -> None:
    with pytest.raises(StoreAway):
        await open_pool("postgresql://nobody@127.0.0.1:1/none")
