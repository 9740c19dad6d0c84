"""A certification year of some twenty candidates, lived through the real rules: what a large log is made of."""

from __future__ import annotations

import hashlib
import json
import random
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from typing import Any, NamedTuple

from domain.aggregate import Order, order_digest
from domain.ledger import canonical
from domain.log import StoredEvent
from domain.records import Fact
from tests.domain.world import World

MARK = "00000000-0000-4000-8000"
"""Begins every id of a cohort: replaced by another, it makes another cohort."""

CANDIDATES = 24
CIPHERTEXT = 180
"""Bytes that a name and a birth date give."""

ROADS = (("cqp-cos", "training"), ("cqp-gc", "training"), ("cqp-conseiller-retraite", "training"), ("cqp-cos", "vae"))


class Lived(NamedTuple):
    """One event: its stream, what is stored, the canonical form of the order, and what is sealed.

    ``sealed``: field -> (digest of the ciphertext, person).
    """

    stream: str
    event: StoredEvent
    seq: int
    order: bytes
    sealed: dict[str, tuple[str, str]]


@dataclass
class Cohort(World):
    """A world whose ids all begin alike, and in which every sealed value has a ciphertext of its own."""

    chance: random.Random = field(default_factory=random.Random)
    lived: list[Lived] = field(default_factory=list)
    ciphertexts: dict[str, bytes] = field(default_factory=dict)

    def _carry_out(self, stream: str, order: Order) -> list[Fact]:
        fresh: set[str] = set()
        command = self._own(order.command, fresh)
        order = order.model_copy(update={"command": command, "digest": order_digest(command, order.on)})
        before = len(self.logs.get(stream, []))
        facts = super()._carry_out(stream, order)
        asked = canonical({"command": bare(command), "on": order.on.isoformat() if order.on else None})
        assert hashlib.sha256(asked).hexdigest() == order.digest
        for seq, event in enumerate(self.logs.get(stream, [])[before:]):
            fact = json.loads(event.public)["fact"]
            sealed = {
                path: (value["digest"], value["subject"]) for path, value in sealed_in(fact) if value["digest"] in fresh
            }
            self.lived.append(Lived(stream, event, seq, asked, sealed))
        return facts

    def _own(self, value: Any, fresh: set[str]) -> Any:
        """``value`` with a ciphertext of its own for each sealed value that comes with one."""
        if isinstance(value, dict):
            if value.get("ciphertext"):
                ciphertext = self.chance.randbytes(CIPHERTEXT)
                digest = hashlib.sha256(ciphertext).hexdigest()
                self.ciphertexts[digest] = ciphertext
                fresh.add(digest)
                return {**value, "digest": digest}
            return {key: self._own(item, fresh) for key, item in value.items()}
        return [self._own(item, fresh) for item in value] if isinstance(value, list) else value


def bare(value: Any) -> Any:
    """A command as it is stored and hashed: without ciphertexts."""
    if isinstance(value, dict):
        return {key: bare(item) for key, item in value.items() if key != "ciphertext"}
    return [bare(item) for item in value] if isinstance(value, list) else value


def sealed_in(value: Any, path: str = "") -> Iterator[tuple[str, dict[str, Any]]]:
    """Every sealed value in the JSON of a fact, with its dotted path."""
    if isinstance(value, dict):
        if value.keys() >= {"digest", "key_version", "subject"}:
            yield path, value
            return
        for key, item in value.items():
            yield from sealed_in(item, f"{path}.{key}" if path else key)
    elif isinstance(value, list):
        for number, item in enumerate(value):
            yield from sealed_in(item, f"{path}.{number}" if path else str(number))


def live(seed: int, candidates: int = CANDIDATES) -> Cohort:
    """One cohort: candidacies over some months, a session, a sitting; some give up, some fail in a block."""
    chance = random.Random(seed)
    scheme_id, route = ROADS[seed % len(ROADS)]
    world = Cohort(now=datetime(2027, 1, 4, 9, tzinfo=UTC), chance=chance)
    session, sitting = f"session:{MARK}-000000000001", f"sitting:{MARK}-000000000002"
    pathways = [f"pathway:{MARK}-{number:012x}" for number in range(16, 16 + candidates)]
    for number, pathway in enumerate(pathways):
        world.start(
            pathway, scheme_id, route, person=f"{MARK}-{4096 + number:012x}", employer="CPAM des Trois-Rivières"
        )
        if chance.random() < 0.2:
            world.give(pathway, "correct_candidacy", employer="CPAM du Val-d’Ambre", reason=_text(world, pathway))
        world.wait(hours=chance.randrange(1, 60))
    for pathway in pathways:
        if chance.random() < 0.1:
            world.give(pathway, "withdraw", reason=_text(world, pathway))
        else:
            world.to_jury(pathway)
        world.wait(hours=chance.randrange(1, 30))
    world.open_session(session, scheme_id, date(2027, 6, 7), date(2027, 6, 15))
    there = [pathway for pathway in pathways if world.pathway(pathway).status == "open"]
    for pathway in there:
        world.give(pathway, "request_seat", session=session)
        world.wait(hours=1)
    world.wait_until(date(2027, 6, 8))
    for pathway in there:
        blocks = [block.id for block in world.pathway(pathway).remaining()]
        world.advised(pathway, tuple(block for block in blocks if chance.random() < 0.12))
        world.wait(minutes=chance.randrange(5, 50))
    world.deliberating(*there, scheme_id=scheme_id, sitting=sitting)
    world.give(sitting, "decide_list")
    world.give(sitting, "proclaim")
    world.wait(days=60)
    return world


def _text(world: Cohort, pathway: str) -> dict[str, Any]:
    return {"subject": world.pathway(pathway).person, "key_version": 1, "digest": "", "ciphertext": "AAAA"}
