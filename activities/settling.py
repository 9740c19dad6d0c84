"""Carrying out what aggregates owe: commands, notices, blocks shared between pathways, answers from the registers."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import structlog
from temporalio import activity
from temporalio.client import Client
from temporalio.exceptions import ApplicationError, ApplicationErrorCategory

from activities import contracts
from activities.contracts import SettleAnswer, SettleRequest
from activities.delivery import give
from activities.inquiring import Inquiries
from activities.mailing import Mailer, Waiting
from domain.agenda import Effect, Mailing
from domain.aggregate import Order, order_digest
from domain.authority import SYSTEM
from domain.refusal import Refused
from domain.settling import Outcome
from eventstore.meetings import Meetings
from eventstore.reading import Reading
from eventstore.roster import Roster
from eventstore.wallets import Wallets

# Half a second of libraries, which only whoever issues needs.
if TYPE_CHECKING:
    from activities.issuing import Issuing

_AT_ONCE = 16
_BEAT_SECONDS = 5.0
_LONGEST_SECONDS = 200.0
"""After so long nothing new is begun: an activity has five minutes, and one mail may take one."""

_log = structlog.get_logger("jalon.effects")


class SettlingActivities:
    """Every kind of effect, idempotent by the effect's id."""

    def __init__(
        self, client: Client, reading: Reading, mailer: Mailer | None = None, issuing: Issuing | None = None
    ) -> None:
        """Without a ``mailer`` notices are recorded and not sent; without ``issuing`` no certificates are made."""
        self._client = client
        self._reading = reading
        self._mailer = mailer
        self._issuing = issuing
        self._wallets = Wallets(reading.pool)
        self._inquiries = Inquiries(Roster(reading.pool), Meetings(reading))
        self._kinds: dict[str, Callable[[str, Effect], Awaitable[Mailing | None]]] = {
            "deliver": self._deliver,
            "notice": self._notice,
            "share": self._share,
            "inquire": self._inquire,
            "issue": self._issue,
            "publish": self._publish,
        }

    @activity.defn(name=contracts.SETTLE)
    async def settle(self, request: SettleRequest) -> SettleAnswer:
        """Carry out what can be carried out now.

        Effects that failed for a passing reason are left out of the answer, and so stay owed; if none could be settled,
        the last failure is raised and Temporal tries again later.
        """
        gate = asyncio.Semaphore(_AT_ONCE)
        failures: list[Exception] = []
        until = time.monotonic() + _LONGEST_SECONDS

        async def one(effect: Effect) -> Outcome | None:
            async with gate:
                if time.monotonic() > until:
                    failures.append(Waiting(activity.info().started_time))
                    return None
                try:
                    mail = await self._kinds[effect.kind](request.stream, effect)
                except Waiting as waiting:
                    failures.append(waiting)
                    return None
                except Refused as refused:
                    return Outcome(effect=effect.id, refusal=refused.refusal.model_dump(mode="json"))
                except Exception as failure:
                    _log.warning(
                        "effect failed",
                        workflow=request.stream,
                        command=effect.id,
                        kind=effect.kind,
                        error=type(failure).__name__,
                        # A refusal of a key or of a template has a name, and tells nobody's.
                        why=getattr(failure, "code", None) or getattr(failure, "name", None),
                    )
                    failures.append(failure)
                    return None
                return Outcome(effect=effect.id, mail=mail)

        beating = asyncio.create_task(_heartbeat())
        try:
            outcomes = await asyncio.gather(*(one(effect) for effect in request.effects))
        finally:
            beating.cancel()
        settled = tuple(outcome for outcome in outcomes if outcome is not None)
        if failures and not settled:
            raise _to_try_again(failures)
        return SettleAnswer(outcomes=settled)

    async def _deliver(self, stream: str, effect: Effect) -> None:
        await self._order(effect.target, effect.id, effect.command)

    async def _order(self, target: str, command_id: str, command: dict[str, Any]) -> None:
        order = Order(command_id=command_id, digest=order_digest(command, None), actor=SYSTEM, command=command)
        await give(self._client, target, order, activity.info().task_queue)

    async def _notice(self, stream: str, effect: Effect) -> Mailing | None:
        await self._reading.insert_notice(stream, effect)
        if self._mailer is None:
            return None
        return await self._mailer.send(stream, effect, activity.info().started_time)

    async def _issue(self, stream: str, effect: Effect) -> None:
        """Make the documents of an edition, and tell the book."""
        if self._issuing is not None:
            made = await self._issuing.issue(stream, effect, activity.info().started_time)
            await self._order(stream, effect.id, made)

    async def _publish(self, stream: str, effect: Effect) -> None:
        """Publish which awards of the book are withdrawn, and tell it."""
        if self._issuing is not None:
            await self._order(stream, effect.id, await self._issuing.publish(stream, effect))

    async def _inquire(self, stream: str, effect: Effect) -> None:
        """Look up what the stream asks, and tell it, or those whom it concerns."""
        answer = await self._inquiries.answer(stream, effect)
        for told in await self._inquiries.addressees(stream, effect):
            await self._tell(told, effect.id, answer)

    async def _tell(self, target: str, command_id: str, command: dict[str, Any]) -> None:
        """Tell what was looked up. Who was told before knows what they decided on, whatever has changed since."""
        try:
            await self._order(target, command_id, command)
        except Refused as refused:
            if refused.refusal.code != "command.reused":
                raise

    async def _share(self, stream: str, effect: Effect) -> None:
        """Tell the person's other pathways which blocks are now held (open ones; one that needs none of them says so),
        and which are no more (all of them: what was awarded there may rest on it).
        """
        for held_as in effect.params.get("withdrawn", ()):
            told: dict[str, Any] = {"kind": "note_withdrawal", "held_as": held_as, "pathway": stream}
            today = activity.info().started_time.date()
            instead = await self._wallets.other(effect.target, held_as, stream, today)
            if instead is not None:
                told["instead"] = instead.model_dump(mode="json")
            for pathway in await self._reading.pathways_of(effect.target):
                if pathway != stream:
                    await self._tell(pathway, f"{effect.id}/{held_as}", told)
        for pathway in await self._reading.open_pathways_of(effect.target):
            if pathway == stream:
                continue
            for held_as, since in effect.params.get("blocks", {}).items():
                block = {"held_as": held_as, "since": since, "pathway": stream}
                if "until" in effect.params:
                    block["until"] = effect.params["until"]
                command: dict[str, Any] = {"kind": "recognise_block", "block": block}
                try:
                    await self._order(pathway, f"{effect.id}/{held_as}", command)
                except Refused as refused:
                    _log.info("block not needed", command=effect.id, pathway=pathway, code=refused.refusal.code)


async def _heartbeat() -> None:
    """Tell the engine, for ever, that the worker lives: a relay may take longer to answer than the engine waits."""
    while True:
        activity.heartbeat()
        await asyncio.sleep(_BEAT_SECONDS)


def _to_try_again(failures: list[Exception]) -> Exception:
    """The failure with which the engine tries again: at once and ever later, or when the first mail may be."""
    waits = [failure.until for failure in failures if isinstance(failure, Waiting)]
    if len(waits) < len(failures):
        return next(failure for failure in reversed(failures) if not isinstance(failure, Waiting))
    wait = min(waits) - activity.info().started_time
    return ApplicationError(
        "mail waits",
        type="Waiting",
        next_retry_delay=max(wait, timedelta(seconds=1)),
        category=ApplicationErrorCategory.BENIGN,
    )
