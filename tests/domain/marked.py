"""A candidate before a jury of their own, in a scheme with a conduct; the session itself is not played."""

from __future__ import annotations

from typing import Any

from domain.authority import SYSTEM, Actor, Role
from domain.marks import Mark
from domain.pathway import minutes
from tests.conducted import conducted
from tests.domain.world import World, sealed

A = "pathway:a"
S = "session:s"
NOTE = sealed().model_dump(mode="json")
J1, J2 = (Actor(id=f"juror:{id}", role=Role.JUROR) for id in ("j1", "j2"))


def convened(jurors: tuple[str, ...] = ("j1", "j2"), scheme: Any = None) -> World:
    """A world where the candidate is convened."""
    scheme = scheme or conducted("cqp-cos")
    world = World(delivering=False)
    identity = sealed().model_dump(mode="json")
    world.give(
        A, "start", person="person", scheme_id=scheme.id, scheme_hash=scheme.hash, route="training", identity=identity
    )
    world.to_jury(A)
    world.give(A, "request_seat", session=S)
    seat = world.pathway(A).seat
    assert seat is not None
    world.give(A, "note_seat", actor=SYSTEM, session=S, request=seat.request, answer="granted")
    window: dict[str, Any] = {"opens": "2027-01-04", "closes": "2027-01-08", "place": "Paris"}
    world.give(A, "note_convocation", actor=SYSTEM, session=S, jurors=list(jurors), **window)
    return world


def sheet(world: World, **other: Mark) -> dict[str, Mark]:
    """Everything met, except what ``other`` says (``GRU_1_1=False``)."""
    return {**world.sheet(A), **{id.replace("_", "."): mark for id, mark in other.items()}}


def marked(first: dict[str, Mark], second: dict[str, Mark], world: World) -> World:
    """Both assessors mark."""
    world.give(A, "record_marks", actor=J1, juror="j1", marks=first)
    world.give(A, "record_marks", actor=J2, juror="j2", marks=second)
    return world


def advised(world: World) -> World:
    """A favourable opinion on every block."""
    blocks = {block.id: True for block in world.pathway(A).remaining()}
    world.give(A, "give_opinion", actor=J1, juror="j1", blocks=blocks)
    return world


def document(world: World, composition: str = "c" * 64) -> dict[str, Any]:
    """What a member of the jury signs."""
    state = world.pathway(A)
    digest = minutes.document(state.stream, state.scheme_hash, state.minutes, composition)
    return {"document": digest, "composition": composition}
