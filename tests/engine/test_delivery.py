"""Orders given through a real server by people who do not wait for the answer."""

from __future__ import annotations

import asyncio
import gc
from typing import Any

import pytest

from activities import delivery
from activities.delivery import give
from bench.orders import sealed
from tests.engine.harness import Engine, candidacy, eventually, order, stream


@pytest.mark.parametrize("there", [True, False], ids=["workflow_there", "workflow_to_be_started"])
async def test_whoever_stops_waiting_is_let_go_and_nothing_is_said_of_it(workless: Engine, there: bool) -> None:
    id = stream()
    if there:
        await workless.found(id, candidacy())
    said: list[dict[str, Any]] = []
    loop = asyncio.get_running_loop()
    loop.set_exception_handler(lambda _, context: said.append(context))
    try:
        asked = asyncio.create_task(give(workless.client, id, order("withdraw", reason="x"), workless.task_queue))

        async def underway() -> bool:
            return bool([one async for one in workless.client.list_workflows(f'WorkflowId = "{id}"')])

        await eventually(underway, "an order on its way")
        asked.cancel()
        await asyncio.wait({asked})
        assert asked.cancelled()
        del asked
        gc.collect()
        await asyncio.sleep(0)
    finally:
        loop.set_exception_handler(None)
    assert said == []


async def test_orders_of_many_writers_to_one_stream_are_all_carried_out(live: Engine) -> None:
    id = await live.start()
    orders = [order("correct_candidacy", employer=f"Caisse {number}", reason=sealed()) for number in range(40)]
    receipts = await asyncio.gather(*(give(live.client, id, one, live.task_queue) for one in orders))
    assert sorted(receipt.version for receipt in receipts) == list(range(2, 42))


async def test_orders_given_past_the_queue_of_this_process_are_all_carried_out(
    live: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    id = await live.start()
    # As many processes would: the engine refuses some of them, and they are given again.
    monkeypatch.setattr(delivery, "AT_ONCE", 40)
    orders = [order("correct_candidacy", employer=f"Caisse {number}", reason=sealed()) for number in range(40)]
    receipts = await asyncio.gather(*(give(live.client, id, one, live.task_queue) for one in orders))
    assert sorted(receipt.version for receipt in receipts) == list(range(2, 42))
