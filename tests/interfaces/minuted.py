"""A session with its pathways in memory, as files that a PV is made of."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any, cast

from domain.authority import Actor, Role
from domain.marks import Mark
from interfaces.streams import StreamFile
from tests.conducted import conducted
from tests.domain.world import World, sealed

A, S = "pathway:a", "session:s"
NOTE = sealed().model_dump(mode="json")
J1, J2 = (Actor(id=f"juror:{id}", role=Role.JUROR) for id in ("j1", "j2"))


def assessed(scheme_id: str = "cqp-cos", *streams: str) -> World:
    """Candidates before a jury that was checked at the opening; the assessors differ on one criterion, and nobody saw
    two others; the opinion departs from the proposal on one block."""
    world = World(schemes=conducted)
    streams = streams or (A,)
    for stream in streams:
        world.start(stream, scheme_id, person=f"person {stream}", employer="cpam-aube", branch="maladie")
    world.convened(*streams, scheme_id=scheme_id)
    facts = [facts.model_dump(mode="json") for facts in world.register.values()]
    world.give(S, "begin", present=["j1", "j2"], jurors=facts)
    for stream in streams:
        _assess(world, stream)
    return world


def _assess(world: World, stream: str) -> None:
    first: dict[str, Mark] = dict(world.sheet(stream))
    ids = list(first)
    diverging, raised, decided = ids[0], ids[1], ids[2]
    first |= {raised: None, decided: None}
    world.give(stream, "record_marks", actor=J1, juror="j1", marks=first, notes={diverging: NOTE})
    second = {**first, diverging: False}
    world.give(stream, "record_marks", actor=J2, juror="j2", marks=second, notes={diverging: NOTE, raised: NOTE})
    settled: dict[str, Any] = {"marks": {diverging: True, raised: True}, "decided": {decided: NOTE}}
    world.give(stream, "record_joint_marks", actor=J1, juror="j1", **settled, notes={diverging: NOTE})
    blocks = {block.id: True for block in world.pathway(stream).remaining()}
    last = list(blocks)[-1]
    given: dict[str, Any] = {"blocks": {**blocks, last: False}, "recommendations": {last: NOTE}, "reasons": NOTE}
    world.give(stream, "give_opinion", actor=J1, juror="j1", **given)


def file(world: World, stream: str) -> StreamFile:
    """A stream of ``world`` as doors read it."""
    rows: Any = tuple(SimpleNamespace(event=event) for event in world.logs[stream])
    return StreamFile(stream, world.states[stream], tuple(world.records(stream)), cast(Any, rows))
