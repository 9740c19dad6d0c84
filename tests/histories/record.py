"""Record the histories that ``make replay`` replays: ``python -m tests.histories.record``.

Record again only when workflows changed on purpose, and keep what was recorded before as long as workflows of that time
may be open: old files stay, new ones are added under the next generation's name.
"""

from __future__ import annotations

import asyncio
import gzip
import json
import shutil
import sys
import tempfile
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from datetime import UTC, date, datetime, time, timedelta
from pathlib import Path

from temporalio.client import WorkflowHistory
from temporalio.testing import WorkflowEnvironment

from bench.orders import sealed
from domain.ledger import canonical
from domain.log import AppendAnswer, AppendRequest
from eventstore.errors import StoreAway
from eventstore.migrate import migrate
from eventstore.store import EventStore
from tests.by_hand import by_hand
from tests.engine.harness import JUROR, Engine, candidacy, engine, stream, window
from workers import shutdown
from workers.embedded.postgres import EmbeddedPostgres
from workers.embedded.temporal import TestServer

FOLDER = Path(__file__).parent
SCHEMES = FOLDER / "schemes.json.gz"
SCHEME = "cqp-cos"

Streams = dict[str, str]
"""What a stream is in its scenario -> the stream, with ``/`` and the run's id where it is not the latest run."""


async def certified(made: Engine, environment: WorkflowEnvironment) -> Streams:
    """Candidacy to certificate; a second candidate waits for the seat, a third is absent."""
    scheme = by_hand()[SCHEME]
    opens, closes = window(scheme, (await environment.get_current_time()).date() + timedelta(days=60))
    session = await made.open_session(SCHEME, opens, closes, capacity={block.id: 2 for block in scheme.blocks})
    streams = {"session": session, "pathway": await made.start(), "absent": await made.start()}
    streams["waiting"] = await made.start()
    for name in ("pathway", "absent", "waiting"):
        await made.to_jury(streams[name])
        await made.give(streams[name], "request_seat", session=session)
        await made.until(streams[name], lambda state: state.seat and state.seat.status != "requested", "an answer")
    await sleep_until(environment, opens)
    pathway = streams["pathway"]
    await made.until(pathway, lambda state: state.seat and state.seat.status == "convened", "convened")
    for juror in ("j1", "j2"):
        marks = {criterion: True for block in scheme.blocks for criterion in block.criteria}
        await made.give(pathway, "record_marks", actor=JUROR, juror=juror, marks=marks)
    advised = {block.id: True for block in scheme.blocks}
    await made.give(pathway, "give_opinion", actor=JUROR, juror="j1", blocks=advised)
    await made.give(session, "hold", absent={streams["absent"]: False})
    held_on = opens + timedelta(days=40)
    sitting = streams["sitting"] = await made.open_sitting(SCHEME, held_on)
    await made.give(pathway, "send_dossier", sitting=sitting)
    await made.until(pathway, lambda state: state.dossier and state.dossier.accepted, "on the agenda")
    await sleep_until(environment, held_on)
    await made.until_event(sitting, "agenda_closed")
    await made.give(sitting, "decide_list")
    await made.give(sitting, "proclaim")
    for ended in (pathway, sitting, session):
        await made.handle(ended).result()
    return streams


async def silent(made: Engine, environment: WorkflowEnvironment) -> Streams:
    """VAE: pieces asked for, pieces given, then silence; the clock is stopped and started on the way."""
    pathway = await made.start(route="vae")
    await made.give(pathway, "file_admissibility", pieces=["livret 1"])
    await made.give(pathway, "request_pieces", missing=["attestation"])
    await environment.sleep(timedelta(days=20))
    await made.give(pathway, "provide_pieces", pieces=["attestation"])
    await environment.sleep(timedelta(days=75))
    await made.until_event(pathway, "admissibility_decided")
    await made.until(pathway, lambda state: not state.owed, "nothing owed")
    return {"pathway": pathway}


async def withdrawn(made: Engine, environment: WorkflowEnvironment) -> Streams:
    """A seat asked of nobody, a suspension, a withdrawal; then a correction of what has ended."""
    pathway = await made.start()
    await made.to_jury(pathway)
    await made.give(pathway, "request_seat", session=stream("session"))
    await made.until(pathway, lambda state: not state.owed, "nothing owed")
    await made.give(pathway, "suspend", reason=sealed())
    await made.give(pathway, "resume")
    await made.give(pathway, "withdraw")
    await made.handle(pathway).result()
    first = (await made.handle(pathway).describe()).run_id
    await made.give(pathway, "correct_candidacy", employer="CAF", reason=sealed())
    await made.handle(pathway).result()
    return {"pathway": f"{pathway}/{first}", "corrected": pathway}


async def renewed(made: Engine, environment: WorkflowEnvironment) -> Streams:
    """Continue as new after every third command."""
    pathway = stream()
    await made.found(pathway, candidacy(), orders_per_run=3)
    await made.recorded(pathway)
    for number in range(8):
        await made.give(pathway, "correct_candidacy", employer=f"CAF {number}", reason=sealed())
    return {"pathway": pathway}


async def patient(made: Engine, environment: WorkflowEnvironment) -> Streams:
    """PostgreSQL away at every first try: local activities fail, ordinary ones take over."""
    pathway = await made.start()
    await made.give(pathway, "record_positioning", body="CFP")
    await made.give(pathway, "withdraw")
    await made.handle(pathway).result()
    return {"pathway": pathway}


class Reluctant(EventStore):
    """A store that is away for the first three tries of each append."""

    tries = 0

    async def append(self, request: AppendRequest) -> AppendAnswer:
        """Append at the fourth try."""
        self.tries += 1
        if self.tries % 4:
            raise StoreAway("away, for the record")
        return await super().append(request)


SCENARIOS: tuple[Callable[[Engine, WorkflowEnvironment], Awaitable[Streams]], ...] = (
    certified,
    silent,
    withdrawn,
    renewed,
    patient,
)


async def sleep_until(environment: WorkflowEnvironment, day: date) -> None:
    """Move the clock to noon of ``day``."""
    await environment.sleep(datetime.combine(day, time(12), UTC) - await environment.get_current_time())


async def runs(made: Engine, which: str) -> AsyncIterator[WorkflowHistory]:
    """The history of a run, then those of the runs that it continued."""
    id, _, run = which.partition("/")
    history = await made.client.get_workflow_handle(id, run_id=run or None).fetch_history()
    while True:
        yield history
        before = history.events[0].workflow_execution_started_event_attributes.continued_execution_run_id
        if not before:
            return
        history = await made.client.get_workflow_handle(id, run_id=before).fetch_history()


async def record(generation: int) -> None:
    """Play every scenario on real servers and write what Temporal kept."""
    folder = Path(tempfile.mkdtemp(prefix="jalon-record-"))
    folder.chmod(0o711)
    try:
        async with EmbeddedPostgres(folder / "postgres", durable=False) as postgres:
            await asyncio.to_thread(migrate, postgres.url())
            for scenario in SCENARIOS:
                async with stage(folder, postgres.url(), reluctant=scenario is patient) as (made, environment):
                    for name, id in (await scenario(made, environment)).items():
                        histories = [history async for history in runs(made, id)]
                        for number, history in enumerate(reversed(histories), start=1):
                            write(f"{generation}-{scenario.__name__}-{name}-{number}", history)
        remember_schemes()
    finally:
        shutil.rmtree(folder)


@asynccontextmanager
async def stage(
    folder: Path, database_url: str, *, reluctant: bool
) -> AsyncIterator[tuple[Engine, WorkflowEnvironment]]:
    """A time-skipping server with a worker."""
    async with AsyncExitStack() as stack:
        environment = await stack.enter_async_context(TestServer(folder / "time-skipping"))
        made = await stack.enter_async_context(engine(environment.client, database_url, encrypted=False))
        if reluctant:
            made.store = Reluctant(made.pool)
            stack.push_async_callback(made.store.close)
        await stack.enter_async_context(made.worker())
        yield made, environment


def write(name: str, history: WorkflowHistory) -> None:
    """Write one history, named after its generation, scenario, part and run."""
    content = json.dumps({"workflow_id": history.workflow_id, **history.to_json_dict()}, separators=(",", ":"))
    (FOLDER / f"{name}.json.gz").write_bytes(gzip.compress(content.encode(), mtime=0))
    print(f"{name}: {len(history.events)} events")


def remember_schemes() -> None:
    """Keep the scheme versions that the histories name: the files in ``schemes/`` may change, these may not."""
    known: dict[str, object] = json.loads(gzip.decompress(SCHEMES.read_bytes())) if SCHEMES.exists() else {}
    known |= {scheme.hash: scheme.model_dump(mode="json") for scheme in by_hand().values() if scheme.id == SCHEME}
    SCHEMES.write_bytes(gzip.compress(canonical(known), mtime=0))


if __name__ == "__main__":
    GENERATION = int(sys.argv[1]) if len(sys.argv) > 1 else 1

    async def _entry(stop: asyncio.Event) -> None:
        await record(GENERATION)

    sys.exit(shutdown.run(_entry))
