"""The workflows against a bare workflow on the same servers: commands per second, and candidacies per second."""

from __future__ import annotations

import asyncio
import statistics
from collections.abc import AsyncIterator
from datetime import date
from functools import partial
from uuid import uuid4

from activities import contracts
from activities.contracts import TASK_QUEUE, Receipt, StreamStart
from activities.delivery import give
from bench.bare import TASK_QUEUE as BARE
from bench.orders import SCHEME, candidacy, order, road
from bench.rig import Rig, at_once, line, rig, say, show
from interfaces.candidates import CandidateRow
from interfaces.gateway import AT_ONCE as STARTS_AT_ONCE

PATHWAYS = 32
"""Pathways that are given commands at the same time, one command each at a time."""

ROUNDS = 3
CANDIDATES = 2_000
SLICES = 4
"""Either side starts a quarter of them, then the other."""


async def _pathways(rig: Rig) -> float:
    """Commands per second to pathways that stand at their beginning."""
    streams = [f"pathway:{uuid4()}" for _ in range(PATHWAYS)]
    for stream in streams:
        start = StreamStart(stream=stream, order=candidacy())
        await rig.client.start_workflow("Pathway", start, id=stream, task_queue=TASK_QUEUE)
    while await rig.reading.missing_streams(streams):  # noqa: ASYNC110 - written by another process
        await asyncio.sleep(0.02)

    async def walk(stream: str) -> None:
        for command in road():
            receipt = await give(rig.client, stream, order(command))
            assert receipt.version > receipt.from_version

    seconds = await at_once(PATHWAYS, [partial(walk, stream) for stream in streams])
    for stream in streams:
        await give(rig.client, stream, order({"kind": "withdraw"}))
    return PATHWAYS * len(road()) / seconds


async def _bare(rig: Rig) -> float:
    """The same orders to as many bare workflows."""
    ids = [f"bare:{uuid4()}" for _ in range(PATHWAYS)]
    handles = [await rig.bare.start_workflow("Bare", False, id=id, task_queue=BARE) for id in ids]
    for handle in handles:
        await handle.execute_update(contracts.UPDATE, order(road()[0]), result_type=Receipt)

    async def walk(id: str) -> None:
        handle = rig.bare.get_workflow_handle(id)
        for command in road():
            sent = order(command)
            await handle.execute_update(contracts.UPDATE, sent, id=sent.command_id, result_type=Receipt)

    seconds = await at_once(PATHWAYS, [partial(walk, id) for id in ids])
    for handle in handles:
        await handle.signal("end")
    return PATHWAYS * len(road()) / seconds


async def pathway_commands(rig: Rig) -> dict[str, object]:
    """Commands per second through Update, decide and append, against the same Updates that do nothing."""
    values, references, ratios = [], [], []
    for number in range(ROUNDS + 1):
        reference, value = await _bare(rig), await _pathways(rig)
        say(f"pathway_commands: {value:.0f} commands/s, bare {reference:.0f}")
        if number:
            # The first round warms both up.
            references.append(reference)
            values.append(value)
            ratios.append(value / reference)
    note = f"{PATHWAYS} pathways at once; reference: a bare workflow, the same Updates, a local activity doing nothing"
    return line(
        "pathway_commands",
        "commands/s",
        statistics.median(values),
        statistics.median(references),
        statistics.median(ratios),
        note,
    )


def rows(number: int, offset: int = 0) -> list[CandidateRow]:
    """So many candidacies of different people."""
    return [
        CandidateRow(
            row=index + 2,
            family_name=f"Bélanger-{offset + index}",
            usage_name="",
            given_name="Noémie",
            birth_date=date(1980, 1, 1),
            email=f"noemie.{offset + index}@example.org",
            scheme_id=SCHEME,
            route="training",
            employer="CPAM des Trois-Rivières",
            branch="maladie",
            initiative="candidate",
            candidacy_on=None,
            held_blocks=(),
            proof="",
        )
        for index in range(number)
    ]


async def _start_candidates(rig: Rig, offset: int, number: int) -> float:
    gateway = rig.gateway

    async def start() -> None:
        started = [report.outcome async for report in gateway.start_candidates(rows(number, offset))]
        assert started == ["started"] * number

    return number / await at_once(1, [start])


async def _start_bare(rig: Rig, number: int) -> float:
    before = await _completed(rig)

    async def start() -> None:
        await rig.bare.start_workflow("Bare", True, id=f"bare:{uuid4()}", task_queue=BARE)

    async def all_over() -> None:
        await at_once(STARTS_AT_ONCE, [start] * number)
        while await _completed(rig) < before + number:  # noqa: ASYNC110 - ended by another process
            await asyncio.sleep(0.05)

    return number / await at_once(1, [all_over])


async def _completed(rig: Rig) -> int:
    return (await rig.client.count_workflows("WorkflowType = 'Bare' and ExecutionStatus = 'Completed'")).count


async def bulk_start(rig: Rig) -> dict[str, object]:
    """Candidacies per second through the gateway, until each has its first event."""
    values, references = [], []
    await _start_bare(rig, 100)
    await _start_candidates(rig, 10_000_000, 100)
    for number in range(SLICES):
        references.append(await _start_bare(rig, CANDIDATES // SLICES))
        values.append(await _start_candidates(rig, number * CANDIDATES, CANDIDATES // SLICES))
        say(f"bulk_start: {values[-1]:.0f} candidates/s, bare {references[-1]:.0f}")
    value, reference = statistics.harmonic_mean(values), statistics.harmonic_mean(references)
    note = f"{CANDIDATES} rows through the gateway; reference: as many bare workflows of one local activity each"
    return line("bulk_start", "candidates/s", value, reference, value / reference, note)


async def measure(rig: Rig) -> AsyncIterator[dict[str, object]]:
    """The lines ``pathway_commands`` and ``bulk_start``."""
    async with rig.process("workers.worker"), rig.process("bench.bare"):
        yield await pathway_commands(rig)
        yield await bulk_start(rig)


async def _main() -> None:
    async with rig() as own:
        async for result in measure(own):
            show(result)


if __name__ == "__main__":
    asyncio.run(_main())
