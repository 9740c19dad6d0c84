"""Real workflows on a real server and a real log: orders in, receipts out, and a look at what came of them."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Any
from uuid import uuid4

from temporalio.api.enums.v1 import EventType
from temporalio.client import Client, WorkflowExecutionStatus, WorkflowHandle
from temporalio.worker import Worker

from activities.contracts import Receipt, StreamStart
from activities.delivery import give, workflow_of
from bench.orders import sealed
from bench.rig import KEY
from domain.aggregate import Order, Standing, order_digest
from domain.aggregates import aggregate_of
from domain.authority import Actor, Role
from domain.log import LoadRequest, StoredEvent
from domain.pathway.state import Pathway
from domain.refusal import Refused
from domain.scheme.model import Scheme
from eventstore.keys import Keys
from eventstore.masters import Masters
from eventstore.pool import Pool, open_pool
from eventstore.reading import Reading
from eventstore.store import EventStore
from tests.by_hand import by_hand
from workers.codec import sealing
from workers.publishing import publish_bundled
from workers.worker import make_worker

OPERATOR = Actor(id="operator:test", role=Role.ADMINISTRATOR)
JUROR = Actor(id="juror:test", role=Role.JUROR)
PATIENCE = 60.0
_TASK_ENDS = (
    EventType.EVENT_TYPE_WORKFLOW_TASK_COMPLETED,
    EventType.EVENT_TYPE_WORKFLOW_TASK_FAILED,
    EventType.EVENT_TYPE_WORKFLOW_TASK_TIMED_OUT,
)


def stream(kind: str = "pathway") -> str:
    """A stream that nobody has used."""
    return f"{kind}:{uuid4()}"


def order(kind: str, /, actor: Actor = OPERATOR, command_id: str = "", on: date | None = None, **fields: Any) -> Order:
    """An order as the door makes it."""
    command = {"kind": kind, **fields}
    id = command_id or str(uuid4())
    return Order(command_id=id, digest=order_digest(command, on), actor=actor, on=on, command=command)


def candidacy(scheme_id: str = "cqp-cos", route: str = "training", **fields: Any) -> Order:
    """The founding order of a pathway."""
    scheme = fields.pop("scheme", None) or by_hand()[scheme_id]
    return order(
        "start",
        command_id=fields.pop("command_id", ""),
        person=fields.pop("person", str(uuid4())),
        scheme_id=scheme.id,
        scheme_hash=scheme.hash,
        route=route,
        identity=sealed(),
        **fields,
    )


def window(scheme: Scheme, after: date) -> tuple[date, date]:
    """The first session window that the calendar of ``scheme`` allows after ``after``, in a year without dates."""
    published = {day.opens.year for day in scheme.sessions.windows}
    day = after.replace(day=1)
    while day <= after or day.year in published or (scheme.sessions.months and day.month not in scheme.sessions.months):
        day = (day + timedelta(days=32)).replace(day=1)
    opens = day.replace(day=scheme.sessions.first_day)
    return opens, opens + timedelta(days=3)


async def eventually(
    condition: Callable[[], Awaitable[object]], what: str, seconds: float = PATIENCE, every: float = 0.05
) -> None:
    """Wait until ``condition`` answers with something true; AssertionError names ``what`` did not come about."""
    deadline = time.monotonic() + seconds
    while not await condition():
        assert time.monotonic() < deadline, f"{what}: not within {seconds:.0f} s"
        await asyncio.sleep(every)


@dataclass
class Engine:
    """One log, one Temporal server, one task queue."""

    client: Client
    keys: Keys
    pool: Pool
    reading: Reading
    store: EventStore
    task_queue: str
    database_url: str

    def worker(self, **options: Any) -> Worker:
        """A worker in this process, not yet started."""
        return make_worker(self.client, self.store, self.reading, **({"task_queue": self.task_queue} | options))

    async def give(self, stream: str, kind: str, /, **fields: Any) -> Receipt:
        """Give a command and wait for its receipt. Raises Refused."""
        return await give(self.client, stream, order(kind, **fields), self.task_queue)

    async def refusal(self, stream: str, kind: str, /, **fields: Any) -> str:
        """The code with which a command is refused."""
        try:
            receipt = await self.give(stream, kind, **fields)
        except Refused as refused:
            return refused.refusal.code
        raise AssertionError(f"{kind} was accepted: {receipt}")

    async def start(self, scheme_id: str = "cqp-cos", route: str = "training", **fields: Any) -> str:
        """A pathway whose candidacy is in the log."""
        id = fields.pop("stream", None) or stream()
        await self.found(id, candidacy(scheme_id, route, **fields))
        await self.recorded(id)
        return id

    async def found(self, id: str, founding: Order, orders_per_run: int | None = None) -> None:
        """Start a workflow with its founding order."""
        start = StreamStart(stream=id, order=founding, orders_per_run=orders_per_run)
        await self.client.start_workflow(workflow_of(id), start, id=id, task_queue=self.task_queue)

    async def recorded(self, id: str, version: int = 1) -> None:
        """Wait until the stream has reached ``version``."""

        async def there() -> bool:
            return await self.reading.stream_version(id) >= version

        await eventually(there, f"version {version} of {id}")

    async def open_session(self, scheme_id: str, opens: date, closes: date, **fields: Any) -> str:
        """A session with two jurors."""
        scheme, id = by_hand()[scheme_id], fields.pop("stream", None) or stream("session")
        founding: dict[str, Any] = {
            "scheme_id": scheme.id,
            "scheme_hash": scheme.hash,
            "opens": opens.isoformat(),
            "closes": closes.isoformat(),
            "registration_closes": (opens - timedelta(days=25)).isoformat(),
            "place": "Paris",
            "capacity": fields.pop("capacity", None) or {block.id: 100 for block in scheme.blocks},
        }
        await self.found(id, order("open", **founding), **fields)
        for juror, part in (("j1", "president"), ("j2", "trade_expert")):
            await self.give(id, "appoint_juror", juror=juror, part=part, organisation="Ucanss", branch="maladie")
        return id

    async def open_sitting(self, scheme_id: str, held_on: date) -> str:
        """A sitting with an open agenda."""
        scheme, id = by_hand()[scheme_id], stream("sitting")
        held = held_on.isoformat()
        await self.found(id, order("open", scheme_id=scheme.id, scheme_hash=scheme.hash, held_on=held, place="Paris"))
        await self.recorded(id)
        return id

    # --- what came of it ----------------------------------------------------------------------------------------

    async def events(self, id: str) -> list[StoredEvent]:
        """The log of one stream."""
        found: list[StoredEvent] = []
        while True:
            page = await self.store.load(LoadRequest(stream=id, after_version=found[-1].version if found else 0))
            found += page.events
            if not page.more:
                return found

    async def kinds(self, id: str) -> list[str]:
        """The types of the events of one stream."""
        return [event.type for event in await self.events(id)]

    async def state(self, id: str) -> Standing:
        """Where a stream stands by its log alone."""
        aggregate = aggregate_of(id)
        state: Standing = aggregate.fold(aggregate.new(), id, await self.events(id))
        return state

    async def pathway(self, id: str) -> Pathway:
        """Where a pathway stands."""
        state = await self.state(id)
        assert isinstance(state, Pathway)
        return state

    async def until(
        self, id: str, condition: Callable[[Pathway], object], what: str, seconds: float = PATIENCE
    ) -> None:
        """Wait until a pathway meets ``condition``."""

        async def holds() -> object:
            return condition(await self.pathway(id))

        await eventually(holds, f"{id}: {what}", seconds)

    async def until_event(self, id: str, kind: str, seconds: float = PATIENCE) -> None:
        """Wait until a stream has an event of ``kind``."""

        async def there() -> bool:
            return kind in await self.kinds(id)

        await eventually(there, f"{kind} in {id}", seconds)

    def handle(self, id: str) -> WorkflowHandle[Any, Any]:
        """The workflow of a stream, whichever run is the latest."""
        return self.client.get_workflow_handle(id)

    async def history_length(self, id: str) -> int:
        """How many events Temporal has on the latest run."""
        return len((await self.handle(id).fetch_history()).events)

    async def until_at_rest(self, id: str) -> None:
        """Wait until only a timer, a retry or an order can move the latest run."""

        async def at_rest() -> bool:
            events = [event.event_type for event in (await self.handle(id).fetch_history()).events]
            begun = events.count(EventType.EVENT_TYPE_WORKFLOW_TASK_SCHEDULED)
            pending = (await self.handle(id).describe()).raw_description.pending_activities
            return begun == sum(map(events.count, _TASK_ENDS)) and all(one.HasField("last_failure") for one in pending)

        await eventually(at_rest, f"{id} at rest")

    async def until_status(self, id: str, status: WorkflowExecutionStatus, seconds: float = PATIENCE) -> None:
        """Wait until the latest run of a workflow has ``status``."""

        async def there() -> bool:
            return (await self.handle(id).describe()).status == status

        await eventually(there, f"{id} {status.name}", seconds)

    async def to_jury(self, id: str) -> None:
        """Walk the training route up to the jury."""
        today = datetime.now(UTC).date().isoformat()
        await self.give(id, "record_positioning", body="CFP")
        modules = [{"id": "m1", "title": "Module", "hours": 7}]
        await self.give(id, "plan_training", body="CFP", modules=modules, starts=today, ends=today)
        await self.give(id, "complete_module", module="m1")
        await self.give(id, "complete_training")


@asynccontextmanager
async def engine(client: Client, database_url: str, *, encrypted: bool = True) -> AsyncIterator[Engine]:
    """An engine with a task queue of its own; every bundled scheme is published, and its version without a conduct."""
    async with await open_pool(database_url, max_size=16) as pool:
        reading, store = Reading(pool), EventStore(pool)
        await publish_bundled(reading)
        for scheme in by_hand().values():
            await reading.publish_scheme(scheme)
        keys = Keys(pool, Masters.local(KEY))
        talking = sealing(client, keys) if encrypted else client
        yield Engine(talking, keys, pool, reading, store, f"test-{uuid4()}", database_url)
        await store.close()


def gapless(events: list[StoredEvent]) -> bool:
    """Whether the versions are 1, 2, 3…"""
    return [event.version for event in events] == list(range(1, len(events) + 1))


def once_each(events: list[StoredEvent]) -> bool:
    """Whether the events of every command stand together: none was done again later."""
    order_of_commands = list(dict.fromkeys(event.command_id for event in events))
    together = sorted(events, key=lambda event: (order_of_commands.index(event.command_id), event.version))
    return together == events
