"""One book that many write to at once, on the real engine: no number is missing, and none is given twice."""

from __future__ import annotations

import asyncio
from datetime import date

from activities.delivery import give
from bench.numbering import entry
from domain.awards import book_of
from eventstore.books import Books
from tests.engine.harness import Engine, eventually

DAY = date(2026, 3, 2)
WRITERS, AWARDS = 32, 64


async def test_numbers_have_no_gap_and_no_double_while_the_book_continues_as_new(live: Engine) -> None:
    orders = [entry(number, DAY) for number in range(AWARDS)]
    book = book_of("cqp-cos", DAY)
    await live.found(book, orders[0], orders_per_run=10)
    remaining = iter([*orders, *orders[:8]])

    async def write() -> None:
        for order in remaining:
            await give(live.client, book, order, live.task_queue)

    await asyncio.gather(*(write() for _ in range(WRITERS)))
    rows = await Books(live.pool).numbers(scheme="cqp-cos", year=DAY.year)
    assert [row.sequence for row in rows] == list(range(1, AWARDS + 1))
    assert {row.award_id for row in rows} == {order.command["awards"][0]["award"] for order in orders}

    async def settled() -> bool:
        return not (await Books(live.pool).books("cqp-cos", DAY.year))[0].owed

    await eventually(settled, "a book that owes nothing")

    async def renewed() -> bool:
        runs = [run async for run in live.client.list_workflows(f'WorkflowId = "{book}"')]
        return len(runs) > 2

    # Told of by the server's lists a little later.
    await eventually(renewed, "several runs of the book")
