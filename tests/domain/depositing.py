"""A queue of deposits in a world without servers: awards of pathways that are decided, numbered and queued."""

from __future__ import annotations

from hashlib import sha256
from typing import Any

from domain.authority import SYSTEM
from domain.deposit.state import Deposit
from tests.certified import certified
from tests.domain.awarded import awarded
from tests.domain.decided import TEXT
from tests.domain.world import World, sealed

QUEUE = "deposit:ucanss"
A, B, C = "pathway:a", "pathway:b", "pathway:c"
FIRST, SECOND, THIRD = "COS-2027-000005", "COS-2027-000010", "COS-2027-000015"
"""The numbers of the certifications of the three: each comes after the blocks of its own."""


def queued(*streams: str) -> World:
    """Pathways of one person each, certified; their certifications wait in the queue, and nothing is owed."""
    world = World()
    for stream in streams or (A,):
        awarded(world=world, stream=stream, person=f"person-{stream[-1]}")
        world.deliver()
    world.delivering = True
    return world


def queue(world: World) -> Deposit:
    """The state of the queue."""
    state = world.states[QUEUE]
    assert isinstance(state, Deposit)
    return state


def direct(*numbers: str, **fields: Any) -> World:
    """Awards put into the queue by nobody's decision: rules that need no pathway are stated faster."""
    world = World(delivering=False)
    for number in numbers:
        put(world, number, **fields)
    return world


def put(world: World, number: str, **fields: Any) -> None:
    """Queue one award."""
    scheme = certified("cqp-cos")
    award = {
        "scheme_id": scheme.id,
        "scheme_hash": scheme.hash,
        "number": number,
        "award": f"pathway:{number}#9",
        "pathway": f"pathway:{number}",
        "person": f"person:{number}",
        "kind_of_award": "certification",
        "route": "vae",
        "awarded_on": "2027-01-04",
    }
    world.give(QUEUE, "queue", actor=SYSTEM, **{**award, **fields})


def write(world: World, flux: str, *numbers: str, digest: str = "") -> None:
    """A file with these passages."""
    at = world.now.isoformat()
    told: dict[str, Any] = {
        "numbers": numbers,
        "versions": [9] * len(numbers),
        "client": "ESSAI000",
        "contract": "ESSAI",
    }
    world.give(QUEUE, "write_flux", flux=flux, at=at, **told, digest=digest or _digest(flux))


def rejection(number: str, code: str = "nobody", identity: bool = True) -> dict[str, Any]:
    """A KO about a passage."""
    return {"number": number, "code": code, "identity": identity, "message": TEXT}


def answer(world: World, flux: str, treatment: str, *accepted: str, rejected: Any = (), **fields: Any) -> None:
    """The Caisse des Dépôts answers."""
    told = {"flux": flux, "treatment": treatment, "digest": _digest(treatment)}
    world.give(QUEUE, "read_receipt", **{**told, "accepted": accepted, "rejected": rejected, **fields})


def statuses(world: World) -> dict[str, str]:
    """Number -> where the passage stands."""
    return {number: passage.status for number, passage in queue(world).passages.items()}


def _digest(text: str) -> str:
    return sha256(text.encode()).hexdigest()


def everything() -> World:
    """A queue to which everything happens."""
    world = queued(A, B, C)
    world.give(QUEUE, "ask_identity", number=FIRST, of="candidate", faults={"sex": "missing"})
    world.give(QUEUE, "ask_identity", number=FIRST, of="employer", faults={"sex": "missing"})
    world.give(A, "complete_identity", identity=TEXT)
    write(world, "f1", FIRST, SECOND)
    world.give(QUEUE, "abandon_flux", flux="f1", reason=TEXT)
    write(world, "f2", FIRST, SECOND)
    answer(world, "f2", "t1", FIRST, rejected=[rejection(SECOND)])
    world.give(B, "complete_identity", identity=sealed().model_dump(mode="json"))
    write(world, "f3", SECOND)
    answer(world, "f3", "t2", rejected=[rejection(SECOND, "other", False)])
    world.give(QUEUE, "retry", numbers=[SECOND])
    world.give(A, "withdraw_award", block="", reason=TEXT, basis="Code des relations, art. L. 242-1")
    world.give(QUEUE, "note_suppressed", numbers=[FIRST])
    world.give(QUEUE, "erase_subject", person="person-c", reason=TEXT)
    return world
