"""Carrying out what aggregates owe: commands, notices, blocks shared between pathways, answers from the registers."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any

import structlog
from temporalio import activity
from temporalio.client import Client

from activities import contracts
from activities.contracts import SettleAnswer, SettleRequest
from activities.delivery import give
from activities.inquiring import Inquiries
from domain.agenda import Effect
from domain.aggregate import Order, order_digest
from domain.authority import SYSTEM
from domain.refusal import Refused
from domain.settling import Outcome
from eventstore.reading import Reading
from eventstore.roster import Roster

_AT_ONCE = 16

_log = structlog.get_logger("jalon.effects")


class SettlingActivities:
    """Every kind of effect, idempotent by the effect's id."""

    def __init__(self, client: Client, reading: Reading) -> None:
        self._client = client
        self._reading = reading
        self._inquiries = Inquiries(Roster(reading.pool))
        self._kinds: dict[str, Callable[[str, Effect], Awaitable[None]]] = {
            "deliver": self._deliver,
            "notice": self._notice,
            "share": self._share,
            "inquire": self._inquire,
        }

    @activity.defn(name=contracts.SETTLE)
    async def settle(self, request: SettleRequest) -> SettleAnswer:
        """Carry out what can be carried out now.

        Effects that failed for a passing reason are left out of the answer, and so stay owed; if none could be settled,
        the last failure is raised and Temporal tries again later.
        """
        gate = asyncio.Semaphore(_AT_ONCE)
        failures: list[BaseException] = []

        async def one(effect: Effect) -> Outcome | None:
            async with gate:
                try:
                    await self._kinds[effect.kind](request.stream, effect)
                except Refused as refused:
                    return Outcome(effect=effect.id, refusal=refused.refusal.model_dump(mode="json"))
                except Exception as failure:
                    _log.warning(
                        "effect failed",
                        workflow=request.stream,
                        command=effect.id,
                        kind=effect.kind,
                        error=type(failure).__name__,
                    )
                    failures.append(failure)
                    return None
                finally:
                    activity.heartbeat()
                return Outcome(effect=effect.id)

        outcomes = await asyncio.gather(*(one(effect) for effect in request.effects))
        settled = tuple(outcome for outcome in outcomes if outcome is not None)
        if failures and not settled:
            raise failures[-1]
        return SettleAnswer(outcomes=settled)

    async def _deliver(self, stream: str, effect: Effect) -> None:
        await self._order(effect.target, effect.id, effect.command)

    async def _order(self, target: str, command_id: str, command: dict[str, Any]) -> None:
        order = Order(command_id=command_id, digest=order_digest(command, None), actor=SYSTEM, command=command)
        await give(self._client, target, order, activity.info().task_queue)

    async def _notice(self, stream: str, effect: Effect) -> None:
        await self._reading.insert_notice(stream, effect)

    async def _inquire(self, stream: str, effect: Effect) -> None:
        """Look up what the stream asks, and tell it."""
        try:
            await self._order(stream, effect.id, await self._inquiries.answer(stream, effect))
        except Refused as refused:
            # It was told before, and the registers have changed since: it knows what it decided on.
            if refused.refusal.code != "command.reused":
                raise

    async def _share(self, stream: str, effect: Effect) -> None:
        """Tell the person's other open pathways which blocks are now held; one that needs none of them says so."""
        for pathway in await self._reading.open_pathways_of(effect.target):
            if pathway == stream:
                continue
            for held_as, since in effect.params["blocks"].items():
                block = {"held_as": held_as, "since": since, "pathway": stream}
                command: dict[str, Any] = {"kind": "recognise_block", "block": block}
                try:
                    await self._order(pathway, f"{effect.id}/{held_as}", command)
                except Refused as refused:
                    _log.info("block not needed", command=effect.id, pathway=pathway, code=refused.refusal.code)
