"""What one open pathway costs in the memory of a worker, and how much history a command leaves in Temporal."""

from __future__ import annotations

import asyncio
from functools import partial
from uuid import uuid4

import psutil

from activities.contracts import TASK_QUEUE, StreamStart
from activities.delivery import give, workflow_of
from bench.orders import SCHEME, candidacy, order, road, today
from bench.rig import Rig, at_once, line, rig, say, show
from domain.aggregate import Order
from schemes.files import bundled

PATHWAYS = 400
WARM = 50
LIMIT_KIB = 150
LIMIT_EVENTS = 7
ROADS = 12


async def _begin(rig: Rig, stream: str, founding: Order) -> None:
    start = StreamStart(stream=stream, order=founding)
    await rig.client.start_workflow(workflow_of(stream), start, id=stream, task_queue=TASK_QUEUE)


async def _walk(rig: Rig, stream: str, steps: int) -> None:
    await _begin(rig, stream, candidacy())
    for command in road()[:steps]:
        await give(rig.client, stream, order(command))


def _streams(number: int) -> list[str]:
    return [f"pathway:{uuid4()}" for _ in range(number)]


async def cached_pathway_kib(rig: Rig) -> dict[str, object]:
    """Growth of a fresh worker process per pathway that it keeps in its cache, half-way along its road."""
    async with rig.process("workers.worker") as child:
        steps = len(road()) // 2
        # Whatever grows once (pools, buffers, code) has grown before it is measured.
        await at_once(16, [partial(_walk, rig, stream, steps) for stream in _streams(WARM)])
        worker = psutil.Process(child.pid)
        before = worker.memory_info().rss
        await at_once(16, [partial(_walk, rig, stream, steps) for stream in _streams(PATHWAYS)])
        kib = (worker.memory_info().rss - before) / 1024 / PATHWAYS
    say(f"cached_pathway_kib: {kib:.0f} KiB")
    note = f"resident memory of a worker process over {PATHWAYS} open pathways; at most {LIMIT_KIB}"
    return line("cached_pathway_kib", "KiB", kib, LIMIT_KIB, kib / LIMIT_KIB, note)


async def history_events_per_command(rig: Rig) -> dict[str, object]:
    """Temporal's events by the commands in the log: whole roads up to a seat, effects and timers included."""
    async with rig.process("workers.worker"):
        session, pathways = f"session:{uuid4()}", _streams(ROADS)
        await _begin(rig, session, _session())

        async def walk(pathway: str) -> None:
            await _walk(rig, pathway, len(road()))
            await give(rig.client, pathway, order({"kind": "request_seat", "session": session}))

        await at_once(4, [partial(walk, pathway) for pathway in pathways])
        await _settled(rig, [session, *pathways])
        streams = [session, *pathways]
        events = 0
        for stream in streams:
            events += len((await rig.client.get_workflow_handle(stream).fetch_history()).events)
        query = "select count(distinct (stream_id, command_id)) from events where stream_id = any($1::text[])"
        commands = int(await rig.pool.fetchval(query, streams))
    each = events / commands
    say(f"history_events_per_command: {events} events, {commands} commands")
    note = f"{ROADS} pathways to a seat in one session, with effects and timers; at most {LIMIT_EVENTS}"
    return line("history_events_per_command", "events", each, LIMIT_EVENTS, each / LIMIT_EVENTS, note)


async def _settled(rig: Rig, streams: list[str]) -> None:
    """Wait until nothing is owed."""
    query = """select coalesce(sum(owed), 0) from (select pathway_id as id, owed from pathways
        union all select session_id, owed from sessions) s where id = any($1::text[])"""
    async with asyncio.timeout(60):
        while await rig.pool.fetchval(query, streams):  # noqa: ASYNC110 - written by another process
            await asyncio.sleep(0.05)


def _session() -> Order:
    """A session in the first year without published windows."""
    scheme = bundled()[SCHEME]
    year = max(int(today()[:4]) + 1, max((window.opens.year for window in scheme.sessions.windows), default=0) + 1)
    month, day = min(scheme.sessions.months or (6,)), scheme.sessions.first_day
    opens = f"{year}-{month:02}-{day:02}"
    return order(
        {
            "kind": "open",
            "scheme_id": scheme.id,
            "scheme_hash": scheme.hash,
            "opens": opens,
            "closes": opens,
            "registration_closes": today(),
            "place": "Paris",
            "capacity": {block.id: 1_000 for block in scheme.blocks},
        }
    )


async def _main() -> None:
    async with rig() as own:
        show(await cached_pathway_kib(own))
        show(await history_events_per_command(own))


if __name__ == "__main__":
    asyncio.run(_main())
