"""Whole pathways written to the log without Temporal: a certified candidate, in exactly so many events."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable, Iterator
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import uuid4

from bench.orders import SCHEME, candidacy, sealed, today
from bench.rig import OPERATOR
from domain.aggregate import Order, Standing, order_digest
from domain.aggregates import aggregate_of
from domain.authority import SYSTEM
from domain.log import AppendRequest
from domain.pathway.aggregate import PATHWAY
from domain.pathway.state import Pathway
from eventstore.store import EventStore
from schemes.files import bundled

EVENTS = 30
_JURORS = ("j1", "j2")
_MODULES = 3


def _commands(state: Pathway, sitting: str) -> Iterator[dict[str, Any]]:
    """From candidacy to the agenda of ``sitting``; what other aggregates would say is said in their place."""
    blocks = bundled()[SCHEME].blocks
    day, session = today(), "session:bench"
    modules = [{"id": f"m{number}", "title": f"Module {number}", "hours": 7} for number in range(_MODULES)]
    yield {"kind": "record_positioning", "body": "CFP", "strengths": [], "needs": []}
    yield {"kind": "plan_training", "body": "CFP", "modules": modules, "starts": day, "ends": day}
    yield from ({"kind": "complete_module", "module": module["id"]} for module in modules)
    yield {"kind": "complete_training"}
    yield {"kind": "request_seat", "session": session}
    yield settle(state)
    assert state.seat is not None
    yield {"kind": "note_seat", "session": session, "request": state.seat.request, "answer": "granted"}
    window = {"opens": day, "closes": day, "place": "Paris", "jurors": list(_JURORS)}
    yield {"kind": "note_convocation", "session": session, **window}
    yield {"kind": "note_attendance", "session": session, "present": True}
    for juror in _JURORS:
        marks = {criterion: True for block in blocks for criterion in block.criteria}
        yield {"kind": "record_marks", "juror": juror, "marks": marks}
    advised = {block.id: True for block in blocks}
    yield {"kind": "give_opinion", "juror": _JURORS[0], "blocks": advised}
    yield {"kind": "send_dossier", "sitting": sitting}
    yield {"kind": "note_dossier", "sitting": sitting, "accepted": True}
    yield settle(state)


def _ending(state: Pathway, sitting: str) -> Iterator[dict[str, Any]]:
    """What is left to the certificate, and as many corrections as it takes."""
    blocks = bundled()[SCHEME].blocks
    while state.version < EVENTS - len(blocks) - 3:
        yield {"kind": "correct_candidacy", "employer": "CPAM du Val-d’Ambre", "reason": sealed()}
    yield {"kind": "note_decision", "sitting": sitting, "blocks": {block.id: True for block in blocks}}


def settle(state: Standing) -> dict[str, Any]:
    """That everything owed was carried out."""
    return {"kind": "settle", "outcomes": [{"effect": id} for id in state.owed]}


async def write_pathway(store: EventStore) -> str:
    """Write one pathway of :data:`EVENTS` events; its stream."""
    state, now = await write_dossier(store, "sitting:bench")
    await write(store, state, _ending(state, "sitting:bench"), now)
    assert state.version == EVENTS, state.version
    return state.stream


async def write_dossier(store: EventStore, sitting: str) -> tuple[Pathway, datetime]:
    """Write one pathway whose dossier is on the agenda of ``sitting``; its state, and the moment of its last event."""
    state = PATHWAY.new()
    state.stream = f"pathway:{uuid4()}"
    now = datetime.now(UTC)
    await _carry_out(store, state, candidacy(), now)
    return state, await write(store, state, _commands(state, sitting), now)


async def write(store: EventStore, state: Standing, commands: Iterable[dict[str, Any]], now: datetime) -> datetime:
    """Carry out ``commands`` on ``state``, a microsecond each, and append what they write; the moment of the last."""
    for command in commands:
        now += timedelta(microseconds=1)
        actor = SYSTEM if command["kind"] in _BY_SYSTEM else OPERATOR
        digest = order_digest(command, None)
        order = Order(command_id=str(uuid4()), digest=digest, actor=actor, command=command)
        await _carry_out(store, state, order, now)
    return now


async def _carry_out(store: EventStore, state: Any, order: Order, now: datetime) -> None:
    aggregate = aggregate_of(state.stream)
    facts = aggregate.consider(state, order, now)
    if not isinstance(facts, list):
        raise AssertionError(f"{order.command['kind']}: {facts}")
    events = aggregate.events(state, order, facts, now)
    answer = await store.append(
        AppendRequest(
            aggregate=aggregate.name,
            stream=state.stream,
            expected_version=state.version,
            command_id=order.command_id,
            events=events,
            view=aggregate.view(aggregate.foresee(state, order, events, now)),
        )
    )
    aggregate.fold(state, state.stream, answer.events)


_BY_SYSTEM = frozenset(
    {
        *("settle", "note_seat", "note_convocation", "note_attendance", "note_dossier", "note_decision"),
        *("receive_dossier", "note_members"),
    }
)


async def write_pathways(store: EventStore, number: int) -> list[str]:
    """Write ``number`` pathways; their streams."""
    streams: list[str] = []
    for _ in range(0, number, 20):
        streams += await asyncio.gather(*(write_pathway(store) for _ in range(20)))
    return streams
