"""PostgreSQL or Temporal gone in the middle of commands."""

from __future__ import annotations

import asyncio
import os
import shutil
import signal
import tempfile
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from typing import Any

import pytest
from temporalio.client import (
    Client,
    Interceptor,
    OutboundInterceptor,
    StartWorkflowUpdateInput,
    WorkflowUpdateHandle,
    WorkflowUpdateRPCTimeoutOrCancelledError,
)
from temporalio.contrib.pydantic import pydantic_data_converter
from temporalio.service import RetryConfig, RPCError, RPCStatusCode

from activities.contracts import Receipt
from activities.delivery import give
from bench.orders import sealed
from eventstore.migrate import migrate
from tests.engine.harness import Engine, engine, eventually, gapless, once_each, order
from workers.embedded.postgres import EmbeddedPostgres
from workers.embedded.temporal import EmbeddedTemporal

PATHWAYS = 6
COMMANDS = 10


@pytest.fixture
def open_folder() -> Iterator[Path]:
    """A folder that PostgreSQL's account may pass through."""
    folder = Path(tempfile.mkdtemp(prefix="jalon-outage-"))
    folder.chmod(0o711)
    yield folder
    shutil.rmtree(folder)


@pytest.fixture
async def own_postgres(open_folder: Path) -> AsyncIterator[EmbeddedPostgres]:
    """A PostgreSQL that a test may kill."""
    async with EmbeddedPostgres(open_folder) as server:
        await asyncio.to_thread(migrate, server.url())
        yield server


async def correct(engine: Engine, pathway: str, number: int) -> Receipt:
    """One of many commands that are always possible."""
    return await engine.give(
        pathway, "correct_candidacy", employer=f"CPAM {number}", reason=sealed(), command_id=f"c{number}"
    )


async def test_no_command_is_refused_or_lost_because_postgresql_was_killed(
    temporal_client: Client, own_postgres: EmbeddedPostgres
) -> None:
    async with engine(temporal_client, own_postgres.url()) as made, made.worker():
        pathways = [await made.start() for _ in range(PATHWAYS)]
        under_way = asyncio.Event()
        receipts: list[Receipt] = []

        async def work(pathway: str) -> None:
            for number in range(COMMANDS):
                receipts.append(await correct(made, pathway, number))
                if len(receipts) == PATHWAYS * COMMANDS // 3:
                    under_way.set()

        working = asyncio.gather(*(work(pathway) for pathway in pathways))
        await under_way.wait()
        assert own_postgres.pid is not None
        os.kill(own_postgres.pid, signal.SIGKILL)
        await own_postgres.wait()
        done = len(receipts)

        async def waiting_in_ordinary_activities() -> bool:
            described = [await made.handle(pathway).describe() for pathway in pathways]
            return all(one.raw_description.pending_activities for one in described)

        await eventually(waiting_in_ordinary_activities, "commands that wait for PostgreSQL")
        assert len(receipts) <= done + PATHWAYS
        await own_postgres.start()
        await working
        for pathway in pathways:
            events = await made.events(pathway)
            assert len(events) == 1 + COMMANDS
            assert gapless(events)
            assert once_each(events)
    assert len(receipts) == PATHWAYS * COMMANDS


async def test_temporal_gone_is_told_to_the_caller_and_the_command_works_once_it_is_back(
    database_url: str, tmp_path: Path
) -> None:
    async with EmbeddedTemporal(tmp_path / "temporal") as server:
        # A client tries again for ten seconds before it gives up; two are enough to see that it does.
        patience = RetryConfig(max_elapsed_time_millis=2_000)
        client = await Client.connect(server.address, data_converter=pydantic_data_converter, retry_config=patience)
        async with engine(client, database_url) as made, made.worker():
            pathway = await made.start()
            command = order("record_positioning", body="CFP")
            await server.stop()
            with pytest.raises(RPCError) as gone:
                await give(made.client, pathway, command, made.task_queue)
            assert gone.value.status == RPCStatusCode.UNAVAILABLE
            assert len(await made.events(pathway)) == 1
            await server.start()
            assert (await give(made.client, pathway, command, made.task_queue)).version == 2


class Impatient(Interceptor):
    """A server that has taken an update and gives up waiting for its workers, as it does while they are replaced."""

    gave_up = 0
    troubles = (
        RPCError("workflow task in failed state", RPCStatusCode.FAILED_PRECONDITION, b""),
        WorkflowUpdateRPCTimeoutOrCancelledError(),
    )

    def intercept_client(self, next: OutboundInterceptor) -> OutboundInterceptor:
        return _GivingUp(next, self)


class _GivingUp(OutboundInterceptor):
    def __init__(self, next: OutboundInterceptor, told: Impatient) -> None:
        super().__init__(next)
        self.told = told

    async def start_workflow_update(self, input: StartWorkflowUpdateInput) -> WorkflowUpdateHandle[Any]:
        handle = await super().start_workflow_update(input)
        if self.told.gave_up < 2:
            self.told.gave_up += 1
            raise self.told.troubles[self.told.gave_up - 1]
        return handle


async def test_an_order_whose_answer_the_server_gave_up_waiting_for_is_given_again_and_carried_out_once(
    temporal_client: Client, database_url: str
) -> None:
    impatient = Impatient()
    config = temporal_client.config()
    config["interceptors"] = [impatient]
    async with engine(Client(**config), database_url) as made, made.worker():
        pathway = await made.start()
        assert (await made.give(pathway, "record_positioning", body="CFP")).version == 2
        assert impatient.gave_up == 2
        assert await made.kinds(pathway) == ["candidacy_registered", "positioning_recorded"]
