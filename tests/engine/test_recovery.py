"""What is open comes back on a Temporal that has lost it, and only that, and once."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from temporalio.client import Client, WorkflowExecutionStatus
from temporalio.contrib.pydantic import pydantic_data_converter

from bench.orders import sealed
from bench.streams import write_pathways
from domain.aggregates import aggregate_of
from eventstore.unfinished import count_unfinished, unfinished
from tests.by_hand import by_hand
from tests.engine.harness import Engine, engine, eventually, window
from workers.embedded.temporal import EmbeddedTemporal
from workers.recovery import Recovered, recover


async def bring_back(made: Engine) -> Recovered:
    return await recover(made.client, made.pool, lambda done: None, made.task_queue)


async def open_streams(made: Engine) -> list[str]:
    return [one async for page in unfinished(made.pool) for one in page]


async def a_year_in_miniature(made: Engine) -> dict[str, str]:
    """Streams of every kind, open and over."""
    scheme, today = by_hand()["cqp-cos"], datetime.now(UTC).date()
    session = await made.open_session(scheme.id, *window(scheme, today + timedelta(days=60)))
    streams = {"session": session, "pathway": await made.start(), "vae": await made.start(route="vae")}
    streams["suspended"] = await made.start()
    await made.give(streams["suspended"], "record_positioning", body="CFP")
    await made.give(streams["suspended"], "suspend", reason=sealed())
    streams["withdrawn"] = await made.start()
    await made.give(streams["withdrawn"], "withdraw")
    streams["cancelled"] = await made.open_sitting(scheme.id, today + timedelta(days=40))
    await made.give(streams["cancelled"], "cancel", reason="Personne")
    streams["sitting"] = await made.open_sitting(scheme.id, today + timedelta(days=41))
    await made.give(streams["vae"], "file_admissibility", pieces=["livret 1"])

    async def nothing_owed() -> bool:
        return not any([(await made.state(id)).owed for id in streams.values()])

    await eventually(nothing_owed, "nothing owed")
    return streams


async def test_streams_that_are_not_over_are_those_whose_loop_would_go_on(live: Engine) -> None:
    streams = await a_year_in_miniature(live)
    expected = {streams[name] for name in ("session", "pathway", "vae", "suspended", "sitting")}
    assert set(await open_streams(live)) == expected
    for id in streams.values():
        state, aggregate = await live.state(id), aggregate_of(id)
        over = aggregate.ended(state) and not state.owed and not aggregate.due(state)
        assert over == (id not in expected)


async def test_what_was_lost_comes_back_with_its_deadlines_and_what_runs_is_left_alone(workless: Engine) -> None:
    async with workless.worker():
        streams = await a_year_in_miniature(workless)
    lost = ("session", "pathway", "vae", "suspended")
    for name in lost:
        await workless.handle(streams[name]).terminate()
    kept = (await workless.handle(streams["sitting"]).describe()).run_id
    assert await bring_back(workless) == Recovered(started=4, running=1)
    assert await bring_back(workless) == Recovered(started=0, running=5)
    before = {id: len(await workless.events(id)) for id in streams.values()}
    async with workless.worker():

        async def armed() -> bool:
            history = await workless.handle(streams["vae"]).fetch_history()
            return any(event.HasField("timer_started_event_attributes") for event in history.events)

        await eventually(armed, "the deadline of the admissibility file")
        assert (await workless.give(streams["suspended"], "resume")).version == before[streams["suspended"]] + 1
    assert (await workless.handle(streams["sitting"]).describe()).run_id == kept
    status = (await workless.handle(streams["withdrawn"]).describe()).status
    assert status == WorkflowExecutionStatus.COMPLETED
    del before[streams["suspended"]]
    assert {id: len(await workless.events(id)) for id in before} == before


async def test_recovering_twice_at_once_beside_a_worker_starts_nothing_twice(live: Engine) -> None:
    pathways = [await live.start() for _ in range(5)]
    for pathway in pathways:
        await live.handle(pathway).terminate()
    one, other = await asyncio.gather(bring_back(live), bring_back(live))
    assert one.started + other.started == 5
    assert one.open == other.open == 5


async def test_streams_are_listed_page_by_page_each_once(workless: Engine, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("eventstore.unfinished.PAGE", 7)
    await write_pathways(workless.store, 20)
    await workless.pool.execute("update pathways set status = 'open'")
    listed = await open_streams(workless)
    assert listed == sorted(set(listed))
    assert len(listed) == await count_unfinished(workless.pool) == 20


async def test_what_is_open_goes_on_after_temporals_file_was_deleted(database_url: str, tmp_path: Path) -> None:
    async with EmbeddedTemporal(tmp_path) as server:
        client = await Client.connect(server.address, data_converter=pydantic_data_converter)
        async with engine(client, database_url) as made:
            async with made.worker():
                pathway = await made.start()
            await server.stop()
            for file in tmp_path.glob("temporal.db*"):
                file.unlink()
            await server.start()
            assert await bring_back(made) == Recovered(started=1, running=0)
            async with made.worker():
                assert (await made.give(pathway, "record_positioning", body="CFP")).version == 2
