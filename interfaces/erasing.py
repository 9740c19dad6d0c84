"""Erasing a person: the streams note it, the keys and what they sealed are destroyed, and a certificate says so.

Every step may be done again, so an erasure that was interrupted is carried to its end by asking for it again.
"""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable, Coroutine, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from temporalio.common import WorkflowIDReusePolicy
from temporalio.exceptions import WorkflowAlreadyStartedError
from temporalio.service import RPCError, RPCStatusCode

from activities.contracts import StreamStart
from activities.delivery import workflow_of
from domain.refusal import Refused, refuse
from eventstore.books import Books
from eventstore.deposits import Deposits
from eventstore.keys import LEASE_SECONDS
from eventstore.persons import Noted, Persons, forget
from interfaces.gateway import Gateway
from workers import mailbox
from workers.tombstones import Tombstone, bury

ANSWER_SECONDS = 30.0
"""How long to wait for the answer to one order."""

CONTESTED = ("decide_contest_admissibility", "redeliberate", "redecide")
"""Tasks of a pathway whose last decision is contested."""

CERTIFICATES = "certificates"
"""The folder of the state directory into which certificates are written."""

BEYOND = ("mails", "certificates", "deposits", "dumps", "archives", "wal", "disk")
"""What no program of ours can clear: mails that have left and certificates that were handed out, deposit files and what
the Caisse des Dépôts holds, older copies of the database and of the state directory, archived and current write-ahead
logs, blocks that the disk has not used again."""


@dataclass(frozen=True, slots=True)
class Eraser:
    """Erases one person through the doors that any order takes.

    ``graves`` is where tombstones are kept, ``mailbox`` the local one, and ``certificates`` the folder into which they
    were written, by number; neither of these need exist.
    """

    gateway: Gateway
    graves: Path
    mailbox: Path
    person: str
    reason: str
    certificates: Path | None = None

    @property
    def persons(self) -> Persons:
        """The queries about persons."""
        return Persons(self.gateway.reading.pool)

    async def erase(self, *, end: bool) -> dict[str, Any]:
        """Erase, or go on with an erasure that was interrupted; the certificate.

        ``end``: pathways that are open are withdrawn first, and contestations let go. The reason is sealed with the
        person's key as long as there is one, and otherwise only in the certificate that is answered here.

        Raises:
            Refused: the person was erased before, or pathways are open or contested (and ``end`` is not given).
            StoreAway, RPCError, TimeoutError: nothing is lost by asking again.
        """
        erasure = await self.persons.erasure(self.person)
        if erasure is not None and erasure.ended_at is not None:
            raise refuse("erasure.done", person=self.person, on=erasure.ended_at.date().isoformat())
        if erasure is None and not end:
            open_ones = await self.gateway.reading.open_pathways_of(self.person)
            if open_ones:
                raise refuse("erasure.pathways_open", person=self.person, pathways=open_ones)
            await self._refuse_contested()
        for step in self.steps():
            await step()
        certificate = await self._certificate()
        ended_at = await self.persons.end_erasure(self.person, certificate)
        return certificate | {"ended_at": ended_at.isoformat(), "reason": self.reason}

    async def _refuse_contested(self) -> None:
        reading = self.gateway.reading
        for pathway, tasks in (await reading.tasks_of(await reading.pathways_of(self.person))).items():
            for task in tasks:
                if task.kind in CONTESTED:
                    raise refuse("erasure.contest_pending", pathway=pathway, since=task.since.isoformat())

    def steps(self) -> Sequence[Callable[[], Coroutine[Any, Any, None]]]:
        """What is done, in this order; each step may be done again."""
        noting = (self._close, self._begin, self._note)
        return (
            *noting,
            self._destroy,
            self._forget_mails,
            self._forget_certificates,
            self._restart,
            self.persons.clear,
        )

    async def _close(self) -> None:
        for pathway in await self.gateway.reading.open_pathways_of(self.person):
            await self._give(pathway, "withdraw")

    async def _begin(self) -> None:
        await self.persons.begin_erasure(self.person, self.gateway.actor.id)
        pathways = tuple(await self.persons.pathways(self.person))
        bury(self.graves, Tombstone(self.person, pathways, self.gateway.actor.id))

    async def _note(self) -> None:
        # A candidacy that was under way while the person was still known may have opened one more.
        await self._close()
        pathways = await self.persons.pathways(self.person)
        noted = {note.stream_id for note in await self.persons.noted(pathways)}
        for pathway in pathways:
            if pathway not in noted:
                await self._give(pathway, "erase_subject")
        for register in await self.persons.entered(self.person):
            await self._give(register, "erase_subject", person=self.person)
        for book in await self.persons.holding(self.person):
            await self._give(book, "erase_subject", person=self.person)
        for queue in await Deposits(self.gateway.reading.pool).queues_of_person(self.person):
            await self._give(queue, "erase_subject", person=self.person)

    async def _give(self, stream: str, kind: str, **fields: str) -> None:
        held = await self.gateway.keyring.keys.held([self.person])
        command = {"kind": kind, **fields, **({"reason": self.reason} if held else {})}
        try:
            async with asyncio.timeout(ANSWER_SECONDS):
                await self.gateway.give(stream, command, subject=self.person)
        except Refused as no:
            # It was closed by itself or by somebody else meanwhile.
            if no.refusal.code != "pathway.closed":
                raise

    async def _destroy(self) -> None:
        streams = await self.persons.pathways(self.person)
        await forget(self.gateway.keyring.keys, self.persons, self.person, streams)
        # Whoever holds one of these keys in memory looks at least this often whether it may still be used.
        await asyncio.sleep(2 * LEASE_SECONDS)
        await self.persons.destroy(self.person, [self.person])

    async def _forget_mails(self) -> None:
        await asyncio.to_thread(mailbox.forget, self.mailbox, [self.person])

    async def _forget_certificates(self) -> None:
        """Take away what was written into the folder of certificates, by the numbers that the person held."""
        numbers = [row.number for row in await Books(self.gateway.reading.pool).numbers(persons=[self.person])]
        if self.certificates is not None and numbers:
            await asyncio.to_thread(_remove, self.certificates, numbers)

    async def _restart(self) -> None:
        """What still runs remembers payloads that nobody can read any more: it starts again from the log."""
        for pathway in await self.persons.pathways(self.person):
            client = self.gateway.client
            try:
                await client.get_workflow_handle(pathway).terminate("erasure")
            except RPCError as error:
                if error.status != RPCStatusCode.NOT_FOUND:
                    raise
            try:
                await client.start_workflow(
                    workflow_of(pathway),
                    StreamStart(stream=pathway),
                    id=pathway,
                    task_queue=self.gateway.task_queue,
                    id_reuse_policy=WorkflowIDReusePolicy.ALLOW_DUPLICATE,
                )
            except WorkflowAlreadyStartedError:
                # A command was quicker; it started from the log as well.
                continue

    async def _certificate(self) -> dict[str, Any]:
        erasure = await self.persons.erasure(self.person)
        assert erasure is not None, "an erasure that was begun is known"
        pathways = await self.persons.pathways(self.person)
        keys, ciphertexts = await self.persons.destroyed(self.person, [self.person, *pathways])
        facts = {note.stream_id: (note, json.loads(note.public)["fact"]) for note in await self.persons.noted(pathways)}
        return {
            "person": self.person,
            "asked_by": erasure.begun_by,
            "begun_at": erasure.begun_at.isoformat(),
            "pathways": [
                {
                    "pathway": pathway,
                    "event_id": str(facts[pathway][0].event_id),
                    "version": facts[pathway][0].version,
                    "on": facts[pathway][1]["on"],
                    "kept": facts[pathway][1]["kept"],
                }
                for pathway in pathways
            ],
            "registers": [_told(note, "register", "codes") for note in await self.persons.left_registers(self.person)],
            "books": [_told(note, "book", "numbers") for note in await self.persons.left_books(self.person)],
            "deposits": [_told(note, "deposit", "numbers") for note in await self.persons.left_deposits(self.person)],
            "destroyed": {"blind_index": 1, "keys": keys, "ciphertexts": ciphertexts},
            "beyond": list(BEYOND),
        }


def _remove(folder: Path, numbers: Sequence[str]) -> None:
    """Delete the files that are called after ``numbers``, at any depth. OSError when one of them stays."""
    for number in numbers:
        for file in [*folder.rglob(f"{number}.*"), *folder.rglob(f"{number}-*")]:
            if file.is_file():
                file.unlink()


def _told(note: Noted, stream: str, what: str) -> dict[str, Any]:
    """What a stream (called ``stream`` in the certificate) noted: of the fact, the day and ``what``."""
    fact = json.loads(note.public)["fact"]
    return {
        stream: note.stream_id,
        "event_id": str(note.event_id),
        "version": note.version,
        "on": fact["on"],
        what: fact[what],
    }
