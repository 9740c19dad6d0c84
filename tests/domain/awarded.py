"""Pathways whose awards get numbers, and everything that can happen to a number."""

from __future__ import annotations

from typing import Any

from domain.authority import SYSTEM
from tests.certified import certified
from tests.domain.decided import TEXT, A, before_the_sitting, decide
from tests.domain.world import World

BOOK = "awards:cqp-cos:2027"
WHOLE: tuple[str, ...] = ()


def awarded(failed: tuple[str, ...] = WHOLE, world: World | None = None, stream: str = A, **fields: Any) -> World:
    """A decision that validates every block but ``failed``, numbered; certificates are made where ``issuing``."""
    world = before_the_sitting(failed, certified("cqp-cos"), world, stream=stream, **fields)
    decide(world, stream)
    world.delivering = True
    enter(world, stream)
    return world


def enter(world: World, stream: str = A) -> None:
    """What the pathway owes the book is delivered, and what the book owes is made."""
    for effect in list(world.states[stream].owed.values()):
        if effect.kind == "deliver" and effect.target.startswith("awards:"):
            world.settle(stream, effect)
            make(world, effect.target)


def make(world: World, book: str = BOOK) -> None:
    """What the book owes is made."""
    for effect in list(world.states[book].owed.values()):
        if effect.id in world.states[book].owed:
            world.settle(book, effect)


def everything() -> World:
    """A book: awards numbered, issued, made again, corrected, withdrawn and erased."""
    world = awarded()
    world.delivering = False
    world.give(BOOK, "reissue", number="COS-2027-000005", why="lost", basis="Demande du titulaire", reason=TEXT)
    make(world)
    for shown in ("full", "none", "initials"):
        world.give(BOOK, "set_disclosure", number="COS-2027-000005", shown=shown)
    world.give(BOOK, "reissue", number="COS-2027-000005", why="name_changed", basis="Demande du titulaire")
    correction: dict[str, Any] = {
        "title": "CQP Conseiller offre de services",
        "valid_until": "2037-01-04",
        "basis": "Erreur matérielle",
    }
    world.give(BOOK, "correct", number="COS-2027-000001", reason=TEXT, **correction)
    make(world)
    world.give(A, "withdraw_award", block="GRU", reason=TEXT, basis="Code du travail, art. D. 6412-6")
    enter(world)
    world.issuing = False
    awarded(("TD",), world, "pathway:b", person="someone-b")
    world.delivering = False
    world.give(BOOK, "erase_subject", person="someone-b", reason=TEXT)
    passed: dict[str, Any] = {"number": "COS-2027-000006", "edition": 1, "passed_over": "erased"}
    world.give(BOOK, "reissue", number="COS-2027-000002", why="lost", basis="Demande du titulaire")
    world.give(BOOK, "note_issued", actor=SYSTEM, **passed)
    make(world)
    return world
