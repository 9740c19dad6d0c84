"""The one way from a door to the aggregates: seals personal data, makes the order, gives it, waits for the receipt."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, date, datetime
from itertools import islice
from typing import Any, Literal, TypeVar
from uuid import NAMESPACE_URL, uuid4, uuid5

from temporalio.client import Client
from temporalio.common import WorkflowIDReusePolicy
from temporalio.exceptions import WorkflowAlreadyStartedError

from activities.contracts import TASK_QUEUE, Receipt, StreamStart
from activities.delivery import give, workflow_of
from domain.aggregate import Order, order_digest
from domain.aggregates import aggregate_of
from domain.authority import Actor
from domain.held import HeldBlock
from domain.pathway.aggregate import PATHWAY
from domain.refusal import Refusal
from domain.scheme import library
from domain.scheme.model import Scheme
from domain.wallet import counted, recognisable
from eventstore.access import AccessLog, Reader
from eventstore.errors import StoreAway
from eventstore.identity import Identity
from eventstore.keyring import Keyring
from eventstore.keys import Keys
from eventstore.pool import open_pool
from eventstore.reading import Reading
from eventstore.wallets import Wallets
from interfaces.candidates import CandidateRow
from interfaces.sealing import Sealer
from schemes.files import bundled
from workers import logs
from workers.publishing import publish_bundled
from workers.settings import connect_temporal, load, resolve

CHUNK = 100
"""Candidacies whose persons and keys are looked up together."""

AT_ONCE = 48
"""Workflow starts under way at once."""

_RECORDED_SECONDS = 60.0
_PATIENCE_SECONDS = 30.0
_T = TypeVar("_T")
_PATHWAYS = uuid5(NAMESPACE_URL, "jalon/pathway")


@dataclass(frozen=True, slots=True)
class Started:
    """What became of one candidacy."""

    row: int
    pathway: str
    outcome: Literal["started", "already", "refused"]
    refusal: Refusal | None = None


def pathway_id(person: str, scheme_id: str, attempt: int) -> str:
    """The pathway of a person's n-th candidacy for a certification: the same whoever asks, so it is started once."""
    return f"pathway:{uuid5(_PATHWAYS, f'{person}/{scheme_id}/{attempt}')}"


async def _patiently(ask: Callable[[], Awaitable[_T]]) -> _T:
    """The answer of a question that may be asked again, also when PostgreSQL has to come back first.

    Raises:
        StoreAway: when it does not come back in time.
    """
    loop = asyncio.get_running_loop()
    until = loop.time() + _PATIENCE_SECONDS
    while True:
        try:
            return await ask()
        except StoreAway:
            if loop.time() > until:
                raise
            await asyncio.sleep(0.25)


class Gateway:
    """Everything that a door may ask for."""

    def __init__(
        self, client: Client, reading: Reading, keyring: Keyring, actor: Actor, task_queue: str = TASK_QUEUE
    ) -> None:
        self.client = client
        self.reading = reading
        self.keyring = keyring
        self.actor = actor
        self.task_queue = task_queue

    @classmethod
    @asynccontextmanager
    async def open(cls) -> AsyncIterator[Gateway]:
        """The gateway to the services of the environment, acting as the named local operator."""
        settings = load()
        logs.configure(level="error")
        services = resolve(settings)
        pool = await open_pool(services.database_url)
        try:
            keys = Keys(pool, services.masters)
            client = await connect_temporal(services, keys)
            reading = Reading(pool)
            await publish_bundled(reading)
            yield cls(client, reading, Keyring(keys), settings.actor)
        finally:
            await pool.close()

    def reader(self, purpose: str) -> Reader:
        """What opens personal data for the command called ``purpose``, and records that it does."""
        return Reader(AccessLog(self.reading.pool), self.keyring, self.actor, purpose)

    # --- orders -------------------------------------------------------------------------------------------------

    async def give(
        self,
        stream: str,
        command: Mapping[str, Any],
        *,
        subject: str = "",
        on: date | None = None,
        command_id: str = "",
        actor: Actor | None = None,
        expects: int | None = None,
    ) -> Receipt:
        """Give a command to an aggregate. Texts where the command has sealed values are sealed for ``subject``.

        Raises:
            Refused: when a rule says no.
        """
        command_id = command_id or str(uuid4())
        sealer = Sealer(self.keyring, stream, command_id, subject)
        sealed = await sealer.seal_texts(aggregate_of(stream).commands, command)
        order = Order(
            command_id=command_id,
            digest=order_digest(sealed, on),
            actor=actor or self.actor,
            on=on,
            expects=expects,
            command=sealed,
        )
        return await give(self.client, stream, order, self.task_queue)

    # --- candidacies --------------------------------------------------------------------------------------------

    async def start_candidates(self, rows: Iterable[CandidateRow]) -> AsyncIterator[Started]:
        """Start a pathway for each candidacy and report on each once its first event is in the log.

        Memory stays flat: ``rows`` is taken in chunks. The same candidacies again start nothing: a person who has
        an open pathway for the certification gets ``already``.
        """
        gate = asyncio.Semaphore(AT_ONCE)
        schemes = bundled()
        remaining = iter(rows)
        while chunk := list(islice(remaining, CHUNK)):
            for report in await self._start_chunk(chunk, schemes, gate):
                yield report

    async def _start_chunk(
        self, rows: Sequence[CandidateRow], schemes: Mapping[str, Scheme], gate: asyncio.Semaphore
    ) -> list[Started]:
        identities = [Identity(row.family_name, row.given_name, row.birth_date) for row in rows]
        persons = await _patiently(lambda: self.keyring.enrol(identities))
        counts = await _patiently(lambda: self.reading.pathway_counts(persons))
        wallets = await _patiently(lambda: Wallets(self.reading.pool).held(persons))
        attempts = [counts.get((person, row.scheme_id), (0, 0)) for row, person in zip(rows, persons, strict=True)]
        streams = [
            pathway_id(person, row.scheme_id, closed + 1)
            for row, person, (_, closed) in zip(rows, persons, attempts, strict=True)
        ]
        new = {stream for stream, (open_ones, _) in zip(streams, attempts, strict=True) if not open_ones}
        await _patiently(lambda: self.keyring.keys.made(new))

        async def start(row: CandidateRow, person: str, stream: str, attempts: tuple[int, int]) -> Started:
            open_ones, closed = attempts
            if open_ones:
                return Started(row.row, stream, "already")
            order = await self._candidacy(row, schemes[row.scheme_id], person, stream, closed + 1, wallets)
            state = PATHWAY.new()
            state.stream = stream
            answer = PATHWAY.consider(state, order, datetime.now(UTC))
            if isinstance(answer, Refusal):
                return Started(row.row, stream, "refused", answer)
            async with gate:
                return await self._found(row, stream, order)

        everything = zip(rows, persons, streams, attempts, strict=True)
        reports = await asyncio.gather(*(start(*one) for one in everything))
        await self._recorded([report.pathway for report in reports if report.outcome == "started"])
        return reports

    async def _found(self, row: CandidateRow, stream: str, order: Order) -> Started:
        try:
            await self.client.start_workflow(
                workflow_of(stream),
                StreamStart(stream=stream, order=order),
                id=stream,
                task_queue=self.task_queue,
                id_reuse_policy=WorkflowIDReusePolicy.ALLOW_DUPLICATE,
            )
        except WorkflowAlreadyStartedError:
            return Started(row.row, stream, "already")
        return Started(row.row, stream, "started")

    async def _recorded(self, streams: Sequence[str]) -> None:
        """Wait until every stream has its first event: only then was something started.

        Raises:
            TimeoutError: when no worker takes them up.
        """
        async with asyncio.timeout(_RECORDED_SECONDS):
            # The log is written by the worker, in another process: there is nothing here to be woken by.
            while await _patiently(lambda: self.reading.missing_streams(streams)):  # noqa: ASYNC110
                await asyncio.sleep(0.05)

    async def _candidacy(
        self,
        row: CandidateRow,
        scheme: Scheme,
        person: str,
        stream: str,
        attempt: int,
        wallets: Mapping[str, Sequence[HeldBlock]],
    ) -> Order:
        command_id = f"start:{stream}"
        identity = {
            "family_name": row.family_name,
            "usage_name": row.usage_name,
            "given_name": row.given_name,
            "birth_date": row.birth_date.isoformat(),
            **row.civil,
        }

        sealer = Sealer(self.keyring, stream, command_id, person)
        since = row.candidacy_on or datetime.now(UTC).date()
        # What this log itself awarded weighs more than what a file declares.
        awarded = recognisable(scheme, wallets.get(person, ()), since)
        known = {found.held_as for block in awarded if (found := counted(scheme, block))}
        held = [block.model_dump(mode="json", exclude={"proof"}) for block in awarded]
        for id in row.held_blocks:
            held_as = scheme.block_by_id[id].held_as
            if held_as not in known:
                proof = await sealer.seal("proof", row.proof) if row.proof else None
                held.append({"held_as": held_as, "since": since.isoformat(), "proof": proof})
        library.learn(scheme)
        command = {
            "kind": "start",
            "person": person,
            "scheme_id": scheme.id,
            "scheme_hash": scheme.hash,
            "attempt": attempt,
            "route": row.route,
            "employer": row.employer,
            "branch": row.branch,
            "initiative": row.initiative,
            "identity": await sealer.seal("identity", json.dumps(identity, ensure_ascii=False, sort_keys=True)),
            "contact": await sealer.seal("contact", row.email) if row.email else None,
            "held": held,
        }
        return Order(
            command_id=command_id,
            digest=order_digest(command, row.candidacy_on),
            actor=self.actor,
            on=row.candidacy_on,
            command=command,
        )
