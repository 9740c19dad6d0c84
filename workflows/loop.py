"""The one loop that every workflow lives by.

Sleep until the earliest of what is due or a change; let the domain decide that a deadline was reached; start an
activity for every effect that is owed. The log's answer is the truth: the state advances only by events that came
back from it.
"""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from datetime import datetime, timedelta
from functools import partial
from typing import Any, ClassVar

from temporalio import workflow
from temporalio.common import RetryPolicy
from temporalio.exceptions import ApplicationError, FailureError, is_cancelled_exception

with workflow.unsafe.imports_passed_through():
    import hashlib
    import zlib

    from activities import contracts
    from activities.contracts import Next, Receipt, SettleAnswer, SettleRequest, StreamStart
    from domain.agenda import Due, Effect
    from domain.aggregate import Aggregate, Order, Repeated, order_digest
    from domain.authority import SYSTEM
    from domain.log import AppendAnswer, AppendRequest, LoadAnswer, LoadRequest, StoredEvent
    from domain.records import Fact
    from domain.refusal import Refusal, Refused
    from domain.scheme.library import UnknownScheme

ORDERS_PER_RUN = 1000
"""Continue as new after so many commands: Temporal allows 2 000 updates a run."""

ORDERS_WHERE_MANY_WRITE = 200
"""The same for a stream that many write to at once. The engine does not let a run end while something comes in: it has
the run played again from its beginning, which must be over before a workflow task's ten seconds are, on any machine.
"""

_QUIET_SECONDS = 5.0
"""How long such a run waits for its effects before it ends: an answer that came in then would keep it from ending."""

BATCH = 50
"""Effects that one activity settles."""

_JITTER_SECONDS = 240

_FIRST_TRY = RetryPolicy(initial_interval=timedelta(milliseconds=100), maximum_attempts=3)
_FOR_EVER = RetryPolicy(initial_interval=timedelta(milliseconds=500), maximum_interval=timedelta(seconds=10))
_DELIVERY = RetryPolicy(initial_interval=timedelta(seconds=1), maximum_interval=timedelta(minutes=1))


def refusal_error(refusal: Refusal) -> ApplicationError:
    """The one non-retryable error that a caller gets when a rule says no."""
    return ApplicationError(refusal.code, refusal.model_dump(mode="json"), type=contracts.REFUSAL, non_retryable=True)


class Living:
    """What the workflows share; a subclass names its aggregate."""

    aggregate: ClassVar[Aggregate[Any]]
    many_write: ClassVar[bool] = False

    def __init__(self, start: StreamStart) -> None:
        self._start = start
        self._state = self.aggregate.new()
        self._state.stream = start.stream
        self._ready = False
        self._stirred = False
        self._orders = 0
        self._lock = asyncio.Lock()
        self._timer: asyncio.Task[None] | None = None
        self._wake: datetime | None = None
        self._deliveries: set[asyncio.Task[None]] = set()
        self._in_flight: dict[str, str] = {}
        self._idle_dues: set[str] = set()

    # --- commands -----------------------------------------------------------------------------------------------

    @workflow.update(name=contracts.UPDATE)
    async def carry_out(self, order: Order) -> Receipt:
        """Carry out one order; the receipt says what was written and what comes next."""
        await workflow.wait_condition(lambda: self._ready)
        async with self._lock:
            return await self._carry_out(order)

    @carry_out.validator
    def _may_be_carried_out(self, order: Order) -> None:
        # Refuse without a trace where the state at hand is enough to tell; the handler asks again in any case.
        if not self._ready or self._lock.locked():
            return
        try:
            answer = self.aggregate.consider(self._state, order, workflow.now())
        except UnknownScheme:
            return
        if isinstance(answer, Refusal):
            raise refusal_error(answer)

    async def _carry_out(self, order: Order) -> Receipt:
        """Decide, append, evolve; again if the log has moved on. The caller holds the lock."""
        before = self._state.version
        while True:
            now = workflow.now()
            answer = self.aggregate.consider(self._state, order, now)
            if isinstance(answer, Refusal):
                raise refusal_error(answer)
            if isinstance(answer, Repeated):
                return self._receipt(order, before, repeated=True)
            if not answer:
                return self._receipt(order, before)
            stored = await self._append(order, answer, now)
            self._evolve(stored.events)
            if stored.outcome != "behind":
                self._orders += 1
                return self._receipt(order, before, repeated=stored.outcome == "already_done")

    def _request(self, order: Order, facts: Sequence[Fact], now: datetime) -> AppendRequest:
        events = self.aggregate.events(self._state, order, facts, now)
        try:
            foreseen = self.aggregate.foresee(self._state, order, events, now)
            view = self.aggregate.rows(foreseen, self._state.version)
        except Refused as refused:
            # That a deadline would leave the years of the calendar only shows once it is computed. Any exception but
            # this one would have the engine try the task again for ever.
            raise refusal_error(refused.refusal) from None
        return AppendRequest(
            aggregate=self.aggregate.name,
            stream=self._state.stream,
            expected_version=self._state.version,
            command_id=order.command_id,
            events=events,
            view=view,
        )

    async def _append(self, order: Order, facts: Sequence[Fact], now: datetime) -> AppendAnswer:
        request = self._request(order, facts, now)
        # A local activity costs one history event. If PostgreSQL is away, an ordinary one waits for it without
        # holding a workflow task; the command is neither lost nor refused.
        try:
            answer: AppendAnswer = await workflow.execute_local_activity(
                contracts.APPEND,
                request,
                result_type=AppendAnswer,
                start_to_close_timeout=timedelta(seconds=5),
                retry_policy=_FIRST_TRY,
            )
        except FailureError as error:
            # The engine tells a local activity's failure by its cause, without an ActivityError around it.
            if is_cancelled_exception(error):
                raise
            answer = await workflow.execute_activity(
                contracts.APPEND,
                request,
                result_type=AppendAnswer,
                start_to_close_timeout=timedelta(seconds=30),
                retry_policy=_FOR_EVER,
            )
        return answer

    def _evolve(self, events: Sequence[StoredEvent]) -> None:
        news = [event for event in events if event.version > self._state.version]
        self.aggregate.fold(self._state, self._state.stream, news)
        self._stirred = True

    def _receipt(self, order: Order, before: int, *, repeated: bool = False) -> Receipt:
        state = self._state
        done = state.commands.get(order.command_id)
        return Receipt(
            stream=state.stream,
            from_version=done.first - 1 if done else before,
            version=done.last if done else before,
            repeated=repeated,
            next=tuple(Next(task=task.kind, who=task.who.value, by=task.by) for task in self.aggregate.todo(state)),
        )

    # --- life ---------------------------------------------------------------------------------------------------

    async def live(self) -> None:
        """Live until the aggregate has ended and owes nothing, or continue as new."""
        await self._begin()
        while True:
            if not (self.many_write and self._must_renew()):
                self._settle_owed()
            self._arm()
            over = self._over()
            if over and workflow.all_handlers_finished():
                return
            if self._must_renew():
                if self.many_write:
                    await self._quiet()
                await workflow.wait_condition(workflow.all_handlers_finished)
                workflow.continue_as_new(
                    StreamStart(stream=self._state.stream, orders_per_run=self._start.orders_per_run)
                )
            await workflow.wait_condition(partial(self._awake, over))
            self._stirred = False
            await self._pass_deadlines()

    async def _quiet(self) -> None:
        """Wait a little until no effect is under way; what is owed after that is carried out by the next run."""
        try:
            await workflow.wait_condition(
                lambda: not self._deliveries and workflow.all_handlers_finished(), timeout=_QUIET_SECONDS
            )
        except TimeoutError:
            workflow.logger.info("renewed with effects under way")

    def _awake(self, over: bool) -> bool:
        return self._stirred or (over and workflow.all_handlers_finished())

    async def _begin(self) -> None:
        """Found the stream with its first order, or rehydrate from the log: the same code after any kind of loss."""
        async with self._lock:
            if self._start.order is not None:
                await self._carry_out(self._start.order)
            else:
                await self._load()
        self._ready = True
        self._stirred = True

    async def _load(self) -> None:
        page = await self._page(workflow.execute_local_activity)
        while page.more:
            # Later pages as ordinary activities: the results of local ones would pile up in one workflow task.
            page = await self._page(workflow.execute_activity)

    async def _page(self, execute: Any) -> LoadAnswer:
        page: LoadAnswer = await execute(
            contracts.LOAD,
            LoadRequest(stream=self._state.stream, after_version=self._state.version),
            result_type=LoadAnswer,
            start_to_close_timeout=timedelta(seconds=30),
            retry_policy=_FOR_EVER,
        )
        self._evolve(page.events)
        return page

    def _over(self) -> bool:
        state = self._state
        if not state.version:
            return True
        return bool(self.aggregate.ended(state)) and not state.owed and not self._dues()

    def _must_renew(self) -> bool:
        usual = ORDERS_WHERE_MANY_WRITE if self.many_write else ORDERS_PER_RUN
        limit = self._start.orders_per_run or usual
        return self._orders >= limit or workflow.info().is_continue_as_new_suggested()

    # --- deadlines ----------------------------------------------------------------------------------------------

    def _dues(self) -> list[Due]:
        return [due for due in self.aggregate.due(self._state) if due.id not in self._idle_dues]

    def _arm(self) -> None:
        """Have a timer that fires no later than the next moment of the agenda.

        A timer that fires too early costs one workflow task; moving it at every command would cost two events each.
        """
        dues = self._dues()
        if not dues:
            return
        wake = dues[0].at + self._jitter()
        if self._timer is not None and not self._timer.done():
            if self._wake is not None and self._wake <= wake:
                return
            self._timer.cancel()
        self._wake = wake
        self._timer = asyncio.create_task(self._sleep(wake))

    def _jitter(self) -> timedelta:
        """A few minutes that differ by stream, so that ten thousand deadlines do not fall on one second."""
        return timedelta(seconds=zlib.crc32(self._state.stream.encode()) % _JITTER_SECONDS)

    async def _sleep(self, wake: datetime) -> None:
        await workflow.sleep(max(wake - workflow.now(), timedelta(0)))
        self._stirred = True

    async def _pass_deadlines(self) -> None:
        """Hand every moment that has come to the domain."""
        async with self._lock:
            while (dues := self._dues()) and dues[0].at <= workflow.now():
                due = dues[0]
                version = self._state.version
                try:
                    await self._carry_out(_system_order(f"deadline:{due.id}", kind="deadline_reached", due=due.id))
                except ApplicationError as error:
                    workflow.logger.error("deadline refused", extra={"due": due.id, "code": error.message})
                if self._state.version == version:
                    # It changed nothing, so it would come up again at once: set it aside for this run.
                    self._idle_dues.add(due.id)

    # --- effects ------------------------------------------------------------------------------------------------

    def _settle_owed(self) -> None:
        """Start an activity for every effect that is owed and not under way; in order for any one addressee."""
        busy = set(self._in_flight.values())
        batch: list[Effect] = []
        for effect in self._state.owed.values():
            if effect.id in self._in_flight or (effect.target and effect.target in busy):
                continue
            busy.add(effect.target)
            batch.append(effect)
            if len(batch) == BATCH:
                self._launch(batch)
                batch = []
        if batch:
            self._launch(batch)

    def _launch(self, batch: Sequence[Effect]) -> None:
        self._in_flight.update({effect.id: effect.target for effect in batch})
        task = asyncio.create_task(self._settle(tuple(batch)))
        self._deliveries.add(task)
        task.add_done_callback(self._deliveries.discard)

    async def _settle(self, batch: tuple[Effect, ...]) -> None:
        """Carry out a batch, away from the lock, then note what was settled; what was not is still owed."""
        try:
            answer = await workflow.execute_activity(
                contracts.SETTLE,
                SettleRequest(stream=self._state.stream, effects=batch),
                result_type=SettleAnswer,
                start_to_close_timeout=timedelta(minutes=5),
                heartbeat_timeout=timedelta(seconds=30),
                retry_policy=_DELIVERY,
            )
            outcomes = [outcome.model_dump(mode="json") for outcome in answer.outcomes]
            names = "\n".join(outcome.name for outcome in answer.outcomes)
            command_id = f"ack:{hashlib.sha256(names.encode()).hexdigest()[:32]}"
            async with self._lock:
                await self._carry_out(_system_order(command_id, kind="settle", outcomes=outcomes))
        except FailureError as error:
            if is_cancelled_exception(error):
                raise
            # Nothing of ours ends like this; whatever it was, a debt is tried again, and not in a hurry.
            workflow.logger.error("settling failed", extra={"code": type(error).__name__})
            await workflow.sleep(_DELIVERY.maximum_interval or timedelta(minutes=1))
        finally:
            for effect in batch:
                self._in_flight.pop(effect.id, None)
            self._stirred = True


def _system_order(command_id: str, **command: Any) -> Order:
    return Order(command_id=command_id, digest=order_digest(command, None), actor=SYSTEM, command=command)
