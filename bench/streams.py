"""Whole pathways written to the log without Temporal: a certified candidate, in exactly so many events."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import uuid4

from bench.orders import SCHEME, candidacy, sealed, today
from domain.aggregate import Order, order_digest
from domain.authority import SYSTEM
from domain.log import AppendRequest
from domain.pathway.aggregate import PATHWAY
from domain.pathway.state import Pathway
from domain.refusal import Refusal
from eventstore.store import EventStore
from schemes.files import bundled

EVENTS = 30
_JURORS = ("j1", "j2")
_MODULES = 4


def _commands(state: Pathway) -> Iterator[dict[str, Any]]:
    """Candidacy to certificate; what other aggregates would say is said in their place."""
    blocks = bundled()[SCHEME].blocks
    day, session, sitting = today(), "session:bench", "sitting:bench"
    modules = [{"id": f"m{number}", "title": f"Module {number}", "hours": 7} for number in range(_MODULES)]
    yield {"kind": "record_positioning", "body": "CFP", "strengths": [], "needs": []}
    yield {"kind": "plan_training", "body": "CFP", "modules": modules, "starts": day, "ends": day}
    yield from ({"kind": "complete_module", "module": module["id"]} for module in modules)
    yield {"kind": "complete_training"}
    yield {"kind": "request_seat", "session": session}
    yield _settle(state)
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
    yield _settle(state)
    while state.version < EVENTS - len(blocks) - 3:
        yield {"kind": "correct_candidacy", "employer": "CPAM du Val-d’Ambre", "reason": sealed()}
    yield {"kind": "note_decision", "sitting": sitting, "blocks": advised}


def _settle(state: Pathway) -> dict[str, Any]:
    return {"kind": "settle", "outcomes": [{"effect": id} for id in state.owed]}


async def write_pathway(store: EventStore) -> str:
    """Write one pathway of :data:`EVENTS` events; its stream."""
    state = PATHWAY.new()
    state.stream = f"pathway:{uuid4()}"
    now = datetime.now(UTC)
    await _carry_out(store, state, candidacy(), now)
    for command in _commands(state):
        now += timedelta(microseconds=1)
        digest = order_digest(command, None)
        order = Order(command_id=str(uuid4()), digest=digest, actor=SYSTEM, command=command)
        await _carry_out(store, state, order, now)
    assert state.version == EVENTS, state.version
    return state.stream


async def _carry_out(store: EventStore, state: Pathway, order: Order, now: datetime) -> None:
    if order.actor is SYSTEM and order.command["kind"] not in _BY_SYSTEM:
        order = order.model_copy(update={"actor": candidacy().actor})
    facts = PATHWAY.consider(state, order, now)
    if isinstance(facts, Refusal):
        raise AssertionError(f"{order.command['kind']}: {facts}")
    assert isinstance(facts, list)
    events = PATHWAY.events(state, order, facts, now)
    answer = await store.append(
        AppendRequest(
            aggregate="pathway",
            stream=state.stream,
            expected_version=state.version,
            command_id=order.command_id,
            events=events,
            view=PATHWAY.view(PATHWAY.foresee(state, order, events, now)),
        )
    )
    PATHWAY.fold(state, state.stream, answer.events)


_BY_SYSTEM = frozenset({"settle", "note_seat", "note_convocation", "note_attendance", "note_dossier", "note_decision"})


async def write_pathways(store: EventStore, number: int) -> list[str]:
    """Write ``number`` pathways; their streams."""
    streams: list[str] = []
    for _ in range(0, number, 20):
        streams += await asyncio.gather(*(write_pathway(store) for _ in range(20)))
    return streams
