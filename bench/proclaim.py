"""Two thousand dossiers proclaimed in one act, against as many bare Updates to as many workflows.

What leads there is written to the log by the real rules, without Temporal. Measured is the proclamation alone: from the
order until every pathway has its decision and the sitting knows it.
"""

from __future__ import annotations

import asyncio
import statistics
import time
from collections.abc import AsyncIterator, Sequence
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import Any
from uuid import uuid4

from activities import contracts
from activities.contracts import TASK_QUEUE, Receipt, StreamStart
from activities.delivery import give, workflow_of
from bench.bare import TASK_QUEUE as BARE
from bench.orders import SCHEME, order, sealed
from bench.rig import Rig, at_once, line, rig, say, show
from bench.streams import settle, write, write_dossier
from domain.authority import SYSTEM
from domain.pathway.state import Pathway
from domain.people import College, MemberFacts
from domain.scheme import library
from domain.scheme.model import Scheme
from domain.sitting.aggregate import SITTING
from domain.sitting.state import Sitting
from eventstore.reading import Reading
from eventstore.store import EventStore
from schemes.files import bundled

DOSSIERS = 2_000
ROUNDS = 2
AT_ONCE = 100
"""Starts, and bare Updates, under way at once."""

COLLEGES: tuple[College, College] = ("employers", "employees")
MEMBERS = [
    MemberFacts(member=f"{college}-{number}", college=college, standing="titular").model_dump(mode="json")
    for college in COLLEGES
    for number in range(5)
]


def voting() -> Scheme:
    """The bench's scheme in a version whose sittings have members who vote."""
    plain = bundled()[SCHEME].model_dump(mode="json", exclude_defaults=True)
    scheme = Scheme.model_validate({**plain, "version": "bench", "conduct": {}})
    library.learn(scheme)
    return scheme


async def write_sitting(reading: Reading, store: EventStore, dossiers: int) -> tuple[str, list[str]]:
    """A sitting that has decided on so many dossiers by list and has still to proclaim; their pathways."""
    scheme = voting()
    await reading.publish_scheme(scheme)
    now = datetime.now(UTC)
    sitting = SITTING.new()
    sitting.stream = f"sitting:{uuid4()}"
    pathways: list[Pathway] = []
    for _ in range(0, dossiers, AT_ONCE):
        some = min(AT_ONCE, dossiers - len(pathways))
        pathways += [
            one for one, _ in await asyncio.gather(*(write_dossier(store, sitting.stream) for _ in range(some)))
        ]
    await write(store, sitting, _agenda(scheme, sitting, pathways, now), now - timedelta(days=8))
    present = [member["member"] for member in MEMBERS]
    day: list[dict[str, Any]] = [{"kind": "record_attendance", "present": present}, {"kind": "decide_list"}]
    await write(store, sitting, day, datetime.now(UTC))
    return sitting.stream, [pathway.stream for pathway in pathways]


def _agenda(scheme: Scheme, sitting: Sitting, pathways: Sequence[Pathway], now: datetime) -> Any:
    """From the opening to the members convened; one block in ten is not validated."""
    known = {"scheme_id": scheme.id, "scheme_hash": scheme.hash}
    yield {"kind": "open", "held_on": now.date().isoformat(), "place": "Paris", **known}
    for pathway in pathways:
        blocks = {block.id: True for block in scheme.blocks}
        answers = {"blocks": list(blocks), "computed": blocks, "advised": blocks}
        yield {"kind": "receive_dossier", "pathway": pathway.stream, "person": pathway.person, **answers}
    yield settle(sitting)
    yield {"kind": "close_agenda"}
    inquiry = next(id for id, effect in sitting.owed.items() if effect.kind == "inquire")
    yield {"kind": "note_members", "members": MEMBERS, "inquiry": inquiry}
    yield settle(sitting)


async def _proclaimed(rig: Rig, dossiers: int) -> float:
    """Dossiers per second, from the order to the last pathway's decision."""
    sitting, pathways = await write_sitting(rig.reading, rig.store, dossiers)
    await at_once(AT_ONCE, [partial(_resume, rig, stream) for stream in (*pathways, sitting)])
    start = time.perf_counter()
    await give(rig.client, sitting, order({"kind": "proclaim"}))
    while (await rig.reading.sitting(sitting)).owed:  # noqa: ASYNC110 - written by another process
        await asyncio.sleep(0.05)
    seconds = time.perf_counter() - start
    query = "select count(*) from events where type = 'decision_recorded' and stream_id = any($1)"
    assert await rig.pool.fetchval(query, pathways) == dossiers
    return dossiers / seconds


async def _resume(rig: Rig, stream: str) -> None:
    """Have the workflow of a stream run, its log read."""
    start, nothing = StreamStart(stream=stream), {"kind": "settle", "outcomes": []}
    await rig.client.start_workflow(workflow_of(stream), start, id=stream, task_queue=TASK_QUEUE)
    await give(rig.client, stream, order(nothing).model_copy(update={"actor": SYSTEM}))


async def _bare(rig: Rig, number: int) -> float:
    """As many bare Updates, one to each workflow, with as much in each as a decision holds."""
    ids = [f"bare:{uuid4()}" for _ in range(number)]

    async def found(id: str) -> None:
        await rig.bare.start_workflow("Bare", False, id=id, task_queue=BARE)
        await tell(id)

    async def tell(id: str) -> None:
        sent = order({"kind": "suspend", "reason": sealed()})
        handle = rig.bare.get_workflow_handle(id)
        await handle.execute_update(contracts.UPDATE, sent, id=sent.command_id, result_type=Receipt)

    async def end(id: str) -> None:
        await rig.bare.get_workflow_handle(id).signal("end")

    await at_once(AT_ONCE, [partial(found, id) for id in ids])
    seconds = await at_once(AT_ONCE, [partial(tell, id) for id in ids])
    await at_once(AT_ONCE, [partial(end, id) for id in ids])
    return number / seconds


async def proclaim_2000(rig: Rig, dossiers: int = DOSSIERS, rounds: int = ROUNDS) -> dict[str, object]:
    """Dossiers per second from one proclamation until all pathways have answered that they have their decision."""
    values, references, ratios = [], [], []
    for _ in range(rounds):
        reference, value = await _bare(rig, dossiers), await _proclaimed(rig, dossiers)
        say(f"proclaim_2000: {value:.0f} dossiers/s, bare {reference:.0f}")
        values.append(value)
        references.append(reference)
        ratios.append(value / reference)
    note = f"{dossiers} dossiers in one sitting; reference: as many Updates to as many bare workflows"
    middle = statistics.median
    return line("proclaim_2000", "dossiers/s", middle(values), middle(references), middle(ratios), note)


async def measure(rig: Rig) -> AsyncIterator[dict[str, object]]:
    """The line ``proclaim_2000``."""
    async with rig.process("workers.worker"), rig.process("bench.bare"):
        yield await proclaim_2000(rig)


async def _main() -> None:
    async with rig() as own:
        async for result in measure(own):
            show(result)


if __name__ == "__main__":
    asyncio.run(_main())
