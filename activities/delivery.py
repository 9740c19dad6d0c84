"""Giving an order to an aggregate, whether its workflow runs, has ended, or was lost with Temporal's data."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any, TypeVar
from weakref import WeakKeyDictionary, WeakValueDictionary

from temporalio.client import (
    Client,
    WithStartWorkflowOperation,
    WorkflowUpdateFailedError,
    WorkflowUpdateRPCTimeoutOrCancelledError,
)
from temporalio.common import WorkflowIDConflictPolicy
from temporalio.exceptions import ApplicationError
from temporalio.service import RPCError, RPCStatusCode

from activities import contracts
from activities.contracts import Receipt, StreamStart
from domain.aggregate import Order
from domain.refusal import Refusal, Refused

WORKFLOWS = {
    "pathway": "Pathway",
    "session": "Session",
    "sitting": "Sitting",
    "register": "Register",
    "awards": "Awards",
    "deposit": "Deposit",
}
"""Kind of stream -> name of the workflow type."""

PATIENCE_SECONDS = 120.0
"""How long an order is given again to a server that is there and whose workers do not answer."""

AT_ONCE = 8
"""Orders of this process that one stream has before it; the others wait here for their turn. The engine refuses the
eleventh order that one workflow has not yet answered, whoever gave the others, and asking it again in vain takes longer
than waiting.
"""

_NOT_READY_SECONDS = 0.25
_ENDED_UNDERWAY = "AcceptedUpdateCompletedWorkflow"
_PASSING = frozenset({RPCStatusCode.FAILED_PRECONDITION, RPCStatusCode.RESOURCE_EXHAUSTED})
_T = TypeVar("_T")

_Turns = WeakValueDictionary[str, asyncio.Semaphore]
_turns: WeakKeyDictionary[asyncio.AbstractEventLoop, _Turns] = WeakKeyDictionary()


def workflow_of(stream: str) -> str:
    """The workflow type that runs ``stream``, by the kind before its colon."""
    return WORKFLOWS[stream.partition(":")[0]]


async def give(client: Client, stream: str, order: Order, task_queue: str = contracts.TASK_QUEUE) -> Receipt:
    """Give ``order`` to the aggregate of ``stream`` and wait for the receipt.

    Raises:
        Refused: when a rule says no.
        RPCError: when Temporal is not reachable.
        WorkflowUpdateRPCTimeoutOrCancelledError: when no worker took the order up in two minutes.
    """
    async with _turn(stream):
        return await _give(client, stream, order, task_queue)


def _turn(stream: str) -> asyncio.Semaphore:
    """What lets through so many orders to ``stream`` at once, in the order in which they came."""
    of_loop = _turns.setdefault(asyncio.get_running_loop(), WeakValueDictionary())
    return of_loop.setdefault(stream, asyncio.Semaphore(AT_ONCE))


async def _give(client: Client, stream: str, order: Order, task_queue: str) -> Receipt:
    handle = client.get_workflow_handle(stream)
    # The content is part of the id: Temporal would answer a second order of the same id with the first one's receipt.
    update_id = f"{order.command_id}/{order.digest[:16]}"
    try:
        return await _refusals(
            lambda: handle.execute_update(contracts.UPDATE, order, id=update_id, result_type=Receipt)
        )
    except RPCError as error:
        if error.status != RPCStatusCode.NOT_FOUND:
            raise
    except WorkflowUpdateFailedError as error:
        if not (isinstance(error.cause, ApplicationError) and error.cause.type == _ENDED_UNDERWAY):
            raise
    return await _refusals(lambda: _give_and_start(client, stream, order, update_id, task_queue))


async def _give_and_start(client: Client, stream: str, order: Order, update_id: str, task_queue: str) -> Receipt:
    start: WithStartWorkflowOperation[Any, Any] = WithStartWorkflowOperation(
        workflow_of(stream),
        StreamStart(stream=stream),
        id=stream,
        task_queue=task_queue,
        id_conflict_policy=WorkflowIDConflictPolicy.USE_EXISTING,
    )
    # The client tells a start that failed a second time, here; told to nobody, it would be logged as forgotten.
    started = asyncio.ensure_future(start.workflow_handle())
    started.add_done_callback(lambda done: done.cancelled() or done.exception())
    try:
        receipt: Receipt = await client.execute_update_with_start_workflow(
            contracts.UPDATE, order, id=update_id, result_type=Receipt, start_workflow_operation=start
        )
        return receipt
    finally:
        started.cancel()


async def _refusals(call: Callable[[], Awaitable[_T]]) -> _T:
    try:
        return await _until_answered(call)
    except WorkflowUpdateFailedError as error:
        refusal = refusal_in(error.cause)
        if refusal is None:
            raise
        raise Refused(refusal) from None


async def _until_answered(call: Callable[[], Awaitable[_T]]) -> _T:
    """The answer of ``call``, made again while the workers are not ready or are being replaced.

    Nothing is done twice: the order's id is the update's.
    """
    loop = asyncio.get_running_loop()
    until = loop.time() + PATIENCE_SECONDS
    while True:
        try:
            return await call()
        except WorkflowUpdateRPCTimeoutOrCancelledError as error:
            # The client calls it by the same name when whoever asked has gone away: that is no error of the order.
            if isinstance(error.__cause__, asyncio.CancelledError):
                raise error.__cause__ from None
            if loop.time() > until:
                raise
        except RPCError as error:
            # A task of the workflow failed, as for a worker that has still to learn a scheme, or other processes have
            # given it as many orders as it may have before it: it is tried again.
            if error.status not in _PASSING or loop.time() > until:
                raise
            await asyncio.sleep(_NOT_READY_SECONDS)


def refusal_in(error: BaseException | None) -> Refusal | None:
    """The refusal that an engine error carries, if it is one."""
    if isinstance(error, ApplicationError) and error.type == contracts.REFUSAL and error.details:
        return Refusal.model_validate(error.details[0])
    return None
