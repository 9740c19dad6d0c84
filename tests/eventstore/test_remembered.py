"""What a process remembers of the streams it appends to is never the reason for a wrong answer."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from itertools import product
from typing import NamedTuple
from uuid import uuid4

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from domain.ledger import leaf_hash
from domain.log import AppendAnswer, AppendRequest, LoadRequest
from eventstore.errors import AheadOfLog, StoreAway
from eventstore.pool import Pool, open_pool
from eventstore.remembered import Remembered
from eventstore.store import EventStore
from tests.eventstore.making import BARE, append, event, sealed_event, view

START = datetime(2026, 3, 2, 12, tzinfo=UTC)

_TAKE_BACK = """
alter table events disable trigger events_never_change;
delete from events where stream_id = 'pathway:1' and version > 1;
alter table events enable always trigger events_never_change"""

_HANG_UP = """select pg_terminate_backend(pid) from pg_stat_activity
where datname = current_database() and pid <> pg_backend_pid()"""


@dataclass
class Clock:
    """A clock that is set by hand."""

    now: datetime = field(default=START)

    def __call__(self) -> datetime:
        return self.now


def versions(answer: AppendAnswer) -> list[int]:
    return [found.version for found in answer.events]


def test_only_so_many_streams_are_remembered_those_appended_to_last() -> None:
    remembered = Remembered(limit=2)
    for stream in ("a", "b", "a", "c"):
        remembered.note(stream, 1, START)
    assert [remembered.recorded_at(stream, 1) for stream in "abc"] == [START, None, START]
    assert remembered.recorded_at("a", 2) is None
    remembered.forget()
    assert remembered.recorded_at("a", 1) is None


async def test_events_that_a_restore_took_back_are_missed_by_the_next_append(
    store: EventStore, database_url: str
) -> None:
    await store.append(append("pathway:1", 0, "c1", event(), event()))
    async with await open_pool(database_url) as other:
        await other.execute(_TAKE_BACK)
        await other.execute(_HANG_UP)
    with pytest.raises(AheadOfLog):
        await _stubborn(store, append("pathway:1", 2, "c2"))
    assert (await store.append(append("pathway:1", 1, "c2"))).outcome == "appended"


async def _stubborn(store: EventStore, request: AppendRequest) -> AppendAnswer:
    try:
        return await store.append(request)
    except StoreAway:
        # The driver had not heard yet that its connection was gone.
        return await store.append(request)


async def test_a_connection_taken_from_the_pool_again_starts_from_nothing(store: EventStore, pool: Pool) -> None:
    await store.append(append("pathway:1", 0, "c1", event(), event()))
    await store.close()
    await pool.execute(_TAKE_BACK)
    with pytest.raises(AheadOfLog):
        await store.append(append("pathway:1", 2, "c2"))


async def test_what_another_process_appended_since_is_heard_of(store: EventStore, database_url: str) -> None:
    await store.append(append("pathway:1", 0, "ours"))
    async with await open_pool(database_url) as pool:
        theirs = EventStore(pool)
        await theirs.append(append("pathway:1", 1, "theirs", event(), event()))
        await theirs.close()
    late = await store.append(append("pathway:1", 1, "late"))
    assert (late.outcome, versions(late)) == ("behind", [2, 3])
    done = await store.append(append("pathway:1", 1, "theirs"))
    assert (done.outcome, versions(done)) == ("already_done", [2, 3])
    assert (await store.append(append("pathway:1", 3, "late"))).outcome == "appended"


async def test_a_clock_that_is_set_back_never_sets_a_stream_back(pool: Pool) -> None:
    clock = Clock()
    store = EventStore(pool, clock)
    first = await store.append(append("pathway:1", 0, "c1"))
    clock.now -= timedelta(hours=1)
    second = await store.append(append("pathway:1", 1, "c2"))
    elsewhere = await store.append(append("pathway:2", 0, "c1"))
    clock.now += timedelta(hours=2)
    third = await store.append(append("pathway:1", 2, "c3"))
    recorded = [answer.events[0].recorded_at for answer in (first, second, elsewhere, third)]
    assert recorded == [START, START, START - timedelta(hours=1), START + timedelta(hours=1)]
    await store.close()


@pytest.mark.parametrize("remembering", [True, False])
async def test_whatever_the_statement_the_same_is_stored(store: EventStore, pool: Pool, remembering: bool) -> None:
    answers = [await store.append(append("pathway:1", 0, "first"))]
    for number, (events, seen) in enumerate(product(_EVENTS, (BARE, view("pathway:1", main={"version": 7})))):
        if not remembering:
            await store.close()
        base = answers[-1].events[-1].version
        answers.append(await store.append(append("pathway:1", base, f"c{number}", *events, view=seen)))
    assert [answer.outcome for answer in answers] == ["appended"] * 9
    for row in await pool.fetch("select * from events"):
        assert leaf_hash(stream=row["stream_id"], **{key: row[key] for key in _COVERED}) == row["leaf_hash"]
    loaded = await store.load(LoadRequest(stream="pathway:1"))
    assert loaded.events == tuple(found for answer in answers for found in answer.events)
    assert await pool.fetchval("select count(*) from sealed") == 4
    assert await pool.fetchval("select version from pathways") == 7


_EVENTS = ((event(),), (sealed_event(),), (event(), event()), (event(), sealed_event()))
_COVERED = (
    *("version", "event_id", "command_id", "command_seq", "type", "schema_version", "occurred_at", "recorded_at"),
    "public",
)


class Step(NamedTuple):
    """One append: by which of two processes, how far from the end it thinks the stream, and when."""

    process: int
    off: int
    command: int
    moved: int
    reopened: bool


_STEPS = st.lists(
    st.builds(
        Step,
        process=st.integers(0, 1),
        off=st.sampled_from([0, 0, 0, -1, -2, 1]),
        command=st.integers(0, 12),
        moved=st.integers(-3, 3),
        reopened=st.booleans(),
    ),
    max_size=15,
)


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(steps=_STEPS)
async def test_two_processes_answer_as_one_that_remembers_nothing_would(pool: Pool, steps: list[Step]) -> None:
    clock, stream = Clock(), f"pathway:{uuid4()}"
    stores = [EventStore(pool, clock), EventStore(pool, clock)]
    stored: list[str] = []
    for step in steps:
        clock.now += timedelta(seconds=step.moved)
        if step.reopened:
            await stores[step.process].close()
        expected, command = max(0, len(stored) + step.off), f"c{step.command}"
        due = _due(stored, expected, command)
        if due is AheadOfLog:
            with pytest.raises(AheadOfLog):
                await stores[step.process].append(append(stream, expected, command))
            continue
        answer = await stores[step.process].append(append(stream, expected, command))
        assert answer.outcome == due
        if due == "appended":
            stored.append(command)
    rows = await pool.fetch(
        "select version, command_id, recorded_at from events where stream_id = $1 order by 1", stream
    )
    assert [(row["version"], row["command_id"]) for row in rows] == list(enumerate(stored, start=1))
    assert [row["recorded_at"] for row in rows] == sorted(row["recorded_at"] for row in rows)
    for store in stores:
        await store.close()


def _due(stored: list[str], expected: int, command: str) -> object:
    if command in stored:
        return "already_done"
    if expected == len(stored):
        return "appended"
    return "behind" if expected < len(stored) else AheadOfLog
