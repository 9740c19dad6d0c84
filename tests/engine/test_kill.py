"""Worker processes killed again and again under load: nothing lost, nothing doubled, no workflow stuck."""

from __future__ import annotations

import asyncio
import os
import signal
import time
from collections import Counter
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from temporalio.client import Client, WorkflowExecutionStatus
from temporalio.contrib.pydantic import pydantic_data_converter

from activities.contracts import TASK_QUEUE, Receipt
from bench.orders import sealed
from bench.proclaim import write_sitting
from bench.rig import process
from domain.session.state import Session
from eventstore.keyring import Keyring
from interfaces.candidates import CandidateRow
from interfaces.gateway import Gateway
from tests.by_hand import by_hand
from tests.engine.harness import OPERATOR, Engine, candidacy, engine, eventually, gapless, once_each, stream, window
from workers.embedded.process import Child
from workers.embedded.temporal import EmbeddedTemporal

WORKERS = 2
KILLS = 8
GROWTH = 40
"""Events between two kills: the load makes more than eight times as many."""

PATHWAYS = 30
DOSSIERS = 20
BULK = 500


@dataclass
class Fleet:
    """Worker processes, one of which can be killed at any moment; another takes its place."""

    folder: Path
    database_url: str
    address: str
    running: list[Child] = field(default_factory=list)
    kills: int = 0

    def add(self) -> None:
        child = process("workers.worker", self.folder, self.database_url, self.address)
        child.start()
        self.running.append(child)

    async def kill_oldest(self) -> None:
        """SIGKILL: no goodbye to Temporal, no rollback sent to PostgreSQL."""
        victim = self.running.pop(0)
        assert victim.pid is not None, "a worker ended by itself"
        os.kill(victim.pid, signal.SIGKILL)
        self.kills += 1
        self.add()
        await victim.wait()

    async def stop(self) -> None:
        await asyncio.gather(*(child.stop() for child in self.running))


@pytest.fixture
async def fleet(database_url: str, tmp_path: Path) -> AsyncIterator[tuple[Fleet, Engine]]:
    """Two worker processes on a Temporal server of their own."""
    async with EmbeddedTemporal(tmp_path / "temporal", persisted=False) as server:
        client = await Client.connect(server.address, data_converter=pydantic_data_converter)
        async with engine(client, database_url) as made:
            made.task_queue = TASK_QUEUE
            workers = Fleet(tmp_path, database_url, server.address)
            for _ in range(WORKERS):
                workers.add()
            try:
                yield workers, made
            finally:
                await workers.stop()


def road(session: str) -> list[tuple[str, dict[str, Any]]]:
    """Twelve commands that lead to a seat asked of ``session``."""
    today = datetime.now(UTC).date().isoformat()
    modules = [{"id": f"m{number}", "title": "Module", "hours": 7} for number in range(3)]
    return [
        ("record_positioning", {"body": "CFP"}),
        ("correct_positioning", {"reason": sealed()}),
        ("plan_training", {"body": "CFP", "modules": modules, "starts": today, "ends": today}),
        ("suspend", {"reason": sealed()}),
        ("resume", {}),
        *(("complete_module", {"module": module["id"]}) for module in modules),
        ("correct_candidacy", {"employer": "CAF", "reason": sealed()}),
        ("complete_training", {}),
        ("correct_candidacy", {"employer": "CPAM", "reason": sealed()}),
        ("request_seat", {"session": session}),
    ]


@asynccontextmanager
async def killing(fleet: Fleet, made: Engine) -> AsyncIterator[None]:
    """Meanwhile, kill a worker whenever the log has grown some more."""

    async def events() -> int:
        return int(await made.pool.fetchval("select count(*) from events"))

    async def kill_and_kill() -> None:
        for _ in range(KILLS):
            before = await events()

            async def grown(before: int = before) -> bool:
                return await events() >= before + GROWTH

            await eventually(grown, "a log that grows under kills", 120)
            await fleet.kill_oldest()

    task = asyncio.create_task(kill_and_kill())
    yield
    await task


async def proclaimed_once(made: Engine, sitting: str, pathways: list[str]) -> None:
    """A proclamation that was interrupted again and again reached every pathway, once."""
    for pathway in pathways:
        await made.until(pathway, lambda state: state.status == "closed" and not state.owed, "a decision", 120)
        events = await made.events(pathway)
        assert gapless(events)
        assert once_each(events)
        counted = Counter(event.type for event in events)
        assert (counted["decision_recorded"], counted["certification_awarded"], counted["pathway_closed"]) == (1, 1, 1)
    await made.until_status(sitting, WorkflowExecutionStatus.COMPLETED, 120)
    assert Counter(await made.kinds(sitting))["proclaimed"] == 1
    assert not (await made.state(sitting)).owed
    assert await made.refusal(sitting, "proclaim") == "sitting.over"


async def test_workers_killed_under_load_lose_nothing_double_nothing_and_leave_nothing_stuck(
    fleet: tuple[Fleet, Engine],
) -> None:
    workers, made = fleet
    scheme = by_hand()["cqp-cos"]
    opens, closes = window(scheme, datetime.now(UTC).date() + timedelta(days=60))
    session = await made.open_session(scheme.id, opens, closes)
    pathways = [stream() for _ in range(PATHWAYS)]
    sitting, decided = await write_sitting(made.reading, made.store, DOSSIERS)

    async def walk(pathway: str) -> list[Receipt]:
        await made.found(pathway, candidacy())
        return [
            await made.give(pathway, kind, **fields, command_id=f"c{number}")
            for number, (kind, fields) in enumerate(road(session))
        ]

    async with killing(workers, made):
        proclaiming = asyncio.create_task(made.give(sitting, "proclaim"))
        receipts = await asyncio.gather(*(walk(pathway) for pathway in pathways))
        await proclaiming
        for pathway in pathways:
            await made.until(pathway, lambda state: state.seat and state.seat.status == "granted", "a seat")

    assert workers.kills == KILLS
    for pathway, told in zip(pathways, receipts, strict=True):
        events = await made.events(pathway)
        assert gapless(events)
        assert once_each(events)
        given = [event for event in events if event.command_id.startswith("c") and event.command_id[1:].isdigit()]
        assert [event.command_id for event in given] == [f"c{number}" for number in range(12)]
        assert [receipt.version for receipt in told] == [event.version for event in given]
    await proclaimed_once(made, sitting, decided)
    state = await made.state(session)
    assert isinstance(state, Session)
    assert set(state.seated) == set(pathways)
    given_places = Counter(await made.kinds(session))["place_given"]
    assert given_places == PATHWAYS
    for pathway in pathways:
        # Whoever answers a command and knows the log is not stuck.
        assert (await made.give(pathway, "withdraw")).version > 13
        await made.until_status(pathway, WorkflowExecutionStatus.COMPLETED)
    assert (await made.pathway(pathways[0])).owed == {}


def rows() -> list[CandidateRow]:
    """Five hundred candidacies."""
    return [
        CandidateRow(
            row=number + 2,
            family_name=f"Bélanger-{number}",
            usage_name="",
            given_name="Noémie",
            birth_date=date(1980, 1, 1),
            email="",
            scheme_id="cqp-cos",
            route="training",
            employer="CPAM",
            branch="maladie",
            initiative="candidate",
            candidacy_on=None,
            held_blocks=(),
            proof="",
        )
        for number in range(BULK)
    ]


async def test_a_worker_killed_half_way_through_a_file_loses_no_candidate_and_starts_none_twice(
    fleet: tuple[Fleet, Engine],
) -> None:
    workers, made = fleet
    gateway = Gateway(made.client, made.reading, Keyring(made.keys), OPERATOR)
    outcomes: list[str] = []

    async def start() -> None:
        outcomes.extend([report.outcome async for report in gateway.start_candidates(rows())])

    starting = asyncio.create_task(start())

    async def half_way() -> bool:
        return int(await made.pool.fetchval("select count(*) from events")) >= BULK // 2

    await eventually(half_way, "half of the candidates", 120)
    for _ in range(WORKERS):
        await workers.kill_oldest()
    await starting
    assert outcomes == ["started"] * BULK
    counted = await made.pool.fetch("select stream_id, count(*) from events group by stream_id")
    assert [row[1] for row in counted] == [1] * BULK
    again = [report.outcome async for report in gateway.start_candidates(rows())]
    assert again == ["already"] * BULK
    assert await made.pool.fetchval("select count(*) from events") == BULK


async def test_a_worker_asked_to_stop_ends_by_itself_and_well(fleet: tuple[Fleet, Engine]) -> None:
    workers, made = fleet
    pathway = await made.start()
    started = time.monotonic()
    await workers.stop()
    assert time.monotonic() - started < 20
    assert [child.exit_code for child in workers.running] == [0, 0]
    workers.running.clear()
    workers.add()
    assert (await made.give(pathway, "record_positioning", body="CFP")).version == 2
