"""Numbers of one book of awards, given to many writers at once without gap or double, against bare Updates.

``python -m bench.numbering`` starts servers of its own and prints one JSON object.
"""

from __future__ import annotations

import asyncio
import statistics
from collections.abc import AsyncIterator
from datetime import UTC, date, datetime
from functools import partial
from uuid import uuid4

from activities import contracts
from activities.contracts import Receipt
from activities.delivery import AT_ONCE, give
from bench.bare import TASK_QUEUE as BARE
from bench.orders import SCHEME, order
from bench.rig import Rig, at_once, line, rig, say, show
from domain.aggregate import Order
from domain.authority import SYSTEM
from domain.awards import book_of
from domain.scheme import library
from schemes.files import bundled

WRITERS = 32
AWARDS = 480
"""In a round, one an order. The book continues as new meanwhile; the bare one never does, and may have 2 000."""
ROUNDS = 3


def entry(number: int, day: date) -> Order:
    """The award of one decision on somebody else each time; every fifth is a certification, to be deposited."""
    scheme = bundled()[SCHEME]
    pathway = f"pathway:{uuid4()}"
    claim: dict[str, object] = {"kind": "certification"}
    if number % 5:
        block = scheme.blocks[number % len(scheme.blocks)]
        claim = {"kind": "block", "block": block.id, "held_as": block.held_as}
    claim |= {"award": f"{pathway}#30", "awarded_on": day.isoformat(), "sitting": "sitting:bench", "decision": 25}
    told = {"scheme_id": scheme.id, "scheme_hash": scheme.hash, "pathway": pathway, "person": str(uuid4())}
    entered = order({"kind": "enter", "route": "training", "awards": [claim], **told})
    return entered.model_copy(update={"actor": SYSTEM})


async def _numbered(rig: Rig, book: str, orders: list[Order]) -> float:
    """Awards entered per second by writers at once, until the last of them has its receipt."""
    seconds = await at_once(WRITERS, [partial(give, rig.client, book, entered) for entered in orders])
    # What is owed meanwhile (deposits, here no documents) is carried out beside; the other side's turn comes after it.
    while await rig.pool.fetchval("select owed from award_books where book_id = $1", book):  # noqa: ASYNC110
        await asyncio.sleep(0.05)
    return len(orders) / seconds


async def _bare(rig: Rig, orders: list[Order]) -> float:
    """As many Updates by as many writers to one bare workflow, with the same orders in them."""
    turn = asyncio.Semaphore(AT_ONCE)
    handle = await rig.bare.start_workflow("Bare", False, id=f"bare:{uuid4()}", task_queue=BARE)

    async def tell(sent: Order) -> None:
        async with turn:
            await handle.execute_update(contracts.UPDATE, sent, id=sent.command_id, result_type=Receipt)

    seconds = await at_once(WRITERS, [partial(tell, sent) for sent in orders])
    await handle.signal("end")
    return len(orders) / seconds


async def _check(rig: Rig, book: str, orders: list[Order]) -> None:
    """Every order has one number, and the numbers have no gap: in the log and in the register read from it."""
    query = """select convert_from(public, 'UTF8')::jsonb -> 'fact' ->> 'number' as number,
        (convert_from(public, 'UTF8')::jsonb -> 'fact' ->> 'sequence')::integer as sequence,
        convert_from(public, 'UTF8')::jsonb -> 'fact' ->> 'award' as award
        from events where stream_id = $1 and type = 'award_numbered' order by version"""
    logged = [tuple(row) for row in await rig.pool.fetch(query, book)]
    listed = await rig.pool.fetch(
        "select number, sequence, award_id from numbered_awards where stream_id = $1 order by sequence", book
    )
    assert [tuple(row) for row in listed] == logged
    assert [sequence for _, sequence, _ in logged] == list(range(1, len(orders) + 1))
    assert len({number for number, _, _ in logged}) == len(orders)
    claimed = {entered.command["awards"][0]["award"] for entered in orders}
    assert {award for _, _, award in logged} == claimed
    # Whoever asks once more, as after a crash, is told what was done.
    again = await asyncio.gather(*(give(rig.client, book, entered) for entered in orders[:WRITERS]))
    assert all(receipt.repeated for receipt in again)
    count = "select count(*) from events where stream_id = $1 and type = 'award_numbered'"
    assert await rig.pool.fetchval(count, book) == len(orders)


async def award_numbers(rig: Rig, awards: int = AWARDS, rounds: int = ROUNDS) -> dict[str, object]:
    """Numbers given per second to 32 writers of one book."""
    library.learn(bundled()[SCHEME])
    day = datetime.now(UTC).date()
    book = book_of(SCHEME, day)
    entered: list[Order] = []
    values, references, ratios = [], [], []
    for number in range(rounds + 1):
        orders = [entry(index, day) for index in range(awards if number else WRITERS)]
        reference, value = await _bare(rig, orders), await _numbered(rig, book, orders)
        entered += orders
        if number:  # the first round warms both up
            say(f"award_numbers: {value:.0f} numbers/s, bare {reference:.0f}")
            values.append(value)
            references.append(reference)
            ratios.append(value / reference)
    await _check(rig, book, entered)
    note = (
        f"{WRITERS} writers to one book, {len(entered)} numbers without gap or double; "
        "reference: as many Updates to one bare workflow"
    )
    middle = statistics.median
    return line("award_numbers", "numbers/s", middle(values), middle(references), middle(ratios), note)


async def measure(rig: Rig) -> AsyncIterator[dict[str, object]]:
    """The line ``award_numbers``."""
    async with rig.process("workers.worker"), rig.process("bench.bare"):
        yield await award_numbers(rig)


async def _main() -> None:
    async with rig() as own:
        async for result in measure(own):
            show(result)


if __name__ == "__main__":
    asyncio.run(_main())
