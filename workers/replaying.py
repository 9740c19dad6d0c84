"""Kept histories run again through today's workflow code."""

from __future__ import annotations

import asyncio
import base64
import gzip
import json
import re
from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass
from typing import Literal

from temporalio.api.enums.v1 import EventType
from temporalio.client import WorkflowHistory
from temporalio.worker import Replayer
from temporalio.workflow import NondeterminismError

from eventstore.histories import KeptHistory
from eventstore.keys import Keys
from workers.codec import KEY_ID, data_converter
from workers.exporter import unpack
from workers.worker import WORKFLOWS, sandbox

LONGEST = 300
_LOCAL_ACTIVITY = "core_local_activity"

_MESSAGE = re.compile(r'message: "((?:[^"\\]|\\.)*)"')
_EVENT = re.compile(r"HistoryEvent\(id: (\d+), (\w+)\)")
_COMMAND = re.compile(r"(\w+) machine does not handle this event")
_ORPHAN = re.compile(r"Missing associated machine for LocalActivity\((\d+)\)")
_KEY = re.compile(rf'"{KEY_ID}":\s*"([^"]+)"')


@dataclass(frozen=True, slots=True)
class Difference:
    """Where a history and today's code part.

    The history holds ``event`` (its type, or the activity's) as number ``event_id``; today's code asks for ``command``
    there, or for nothing. None where the engine does not say; ``detail`` is what it says.
    """

    event_id: int | None
    event: str | None
    command: str | None
    detail: str


@dataclass(frozen=True, slots=True)
class Replayed:
    """What became of one history.

    ``replays``. ``differs``: today's code would do something else. ``fails``: today's code breaks on it. ``erased``:
    its payloads cannot be read any more, because the key was destroyed.
    """

    history: KeptHistory
    verdict: Literal["replays", "differs", "fails", "erased"]
    difference: Difference | None = None


async def replay(
    histories: AsyncIterator[KeptHistory], keys: Keys, workflows: Sequence[type] = WORKFLOWS
) -> AsyncIterator[Replayed]:
    """Run each history through ``workflows``, one at a time, as the worker would run it.

    The scheme versions that they name must be known (``library``).

    Raises:
        StoreAway, WrongKey: a payload's key cannot be had.
    """
    replayer = Replayer(workflows=workflows, workflow_runner=sandbox(), data_converter=data_converter(keys))
    waiting: asyncio.Queue[WorkflowHistory] = asyncio.Queue()

    async def fed() -> AsyncIterator[WorkflowHistory]:
        while True:
            yield await waiting.get()

    async with replayer.workflow_replay_iterator(fed()) as results:
        async for history in histories:
            if await _is_erased(history, keys):
                yield Replayed(history, "erased")
                continue
            unpacked = unpack(history)
            waiting.put_nowait(unpacked)
            failure = (await anext(results)).replay_failure
            yield Replayed(history, "replays") if failure is None else _judged(history, unpacked, failure)


async def _is_erased(history: KeptHistory, keys: Keys) -> bool:
    """Whether a key that any payload names is gone; told from the names alone, wherever the payloads are."""
    for encoded in set(_KEY.findall(gzip.decompress(history.content).decode())):
        stream, _, version = base64.b64decode(encoded).decode().rpartition("/")
        if await keys.held_at(stream, int(version)) is None:
            return True
    return False


def _judged(history: KeptHistory, unpacked: WorkflowHistory, failure: Exception) -> Replayed:
    said = _MESSAGE.search(str(failure))
    detail = (said.group(1) if said else str(failure))[:LONGEST]
    if not isinstance(failure, NondeterminismError):
        return Replayed(history, "fails", Difference(None, None, None, detail))
    return Replayed(history, "differs", difference_in(unpacked, detail))


def difference_in(history: WorkflowHistory, detail: str) -> Difference:
    """The event and the command that a message of the engine names."""
    event, command, orphan = _EVENT.search(detail), _COMMAND.search(detail), _ORPHAN.search(detail)
    if event is not None:
        return Difference(int(event[1]), event[2], command[1] if command else None, detail)
    if orphan is not None:
        number, name = _local_activity(history, int(orphan[1]))
        return Difference(number, name, None, detail)
    return Difference(None, None, None, detail)


def _local_activity(history: WorkflowHistory, sequence: int) -> tuple[int | None, str | None]:
    """The event that recorded the run's n-th local activity, and what the activity is called."""
    for event in history.events:
        marker = event.marker_recorded_event_attributes
        if event.event_type == EventType.EVENT_TYPE_MARKER_RECORDED and marker.marker_name == _LOCAL_ACTIVITY:
            data = json.loads(marker.details["data"].payloads[0].data)
            if data["seq"] == sequence:
                return event.event_id, str(data["activity_type"])
    return None, None
