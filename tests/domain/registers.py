"""A register to state rules on: one body, one site, two jurors, two members."""

from __future__ import annotations

from base64 import b64decode
from hashlib import sha256
from typing import Any

from domain.register import register_of
from domain.register.state import Register
from tests.domain.world import World, scheme, sealed

COS = "cqp-cos"


def text(person: str) -> dict[str, Any]:
    """A sealed text about ``person``, such as a store takes."""
    value = sealed(person)
    digest = sha256(b64decode(value.ciphertext or "")).hexdigest()
    return value.model_copy(update={"digest": digest}).model_dump(mode="json")


def opened(world: World) -> str:
    """Open the register of Ucanss; its stream."""
    found = scheme(COS)
    stream = register_of(found)
    world.give(stream, "open", scheme_id=COS, scheme_hash=found.hash)
    return stream


def body(id: str, *kinds: str, **fields: Any) -> dict[str, Any]:
    """An organisation to enter."""
    contact = text(f"at {id}") if fields.pop("contact", False) else None
    facts = {"id": id, "name": id.upper(), "kinds": list(kinds or ("employer",)), **fields}
    return {"facts": facts, "person": f"at {id}" if contact else "", "contact": contact}


def juror(code: str, *, known: bool = False, keeps: tuple[str, ...] = (), **facts: Any) -> dict[str, Any]:
    """A juror to enter; ``known``: name and address stay as they were."""
    profile = {"juror": code, "parts": ["trade_expert"], "organisation": "caf", "gender": "F", **facts}
    names = {} if known else {"identity": text(f"person {code}"), "contact": text(f"person {code}")}
    return {"facts": profile, "person": f"person {code}", "keeps": list(keeps), **names}


def member(code: str, **facts: Any) -> dict[str, Any]:
    """A titular of the employers to enter."""
    profile = {"member": code, "college": "employers", "standing": "titular", **facts}
    return {"facts": profile, "person": f"person {code}", "identity": text(f"person {code}")}


def filled(world: World) -> str:
    """A register in which something of everything stands; its stream."""
    stream = opened(world)
    bodies = [body("ucanss", "certifier", contact=True), body("caf", "employer", branch="famille")]
    world.give(stream, "enter_organisations", entries=bodies)
    site = {"id": "paris", "organisation": "ucanss", "rooms": 3, "latitude": "48.85", "longitude": "2.35"}
    world.give(stream, "enter_sites", entries=[{"facts": site}])
    trained = {"since": "2026-01-01", "until": "2028-12-31"}
    president = juror("J1", parts=["president"], organisation="ucanss", trained=trained, sites=["paris"])
    world.give(stream, "enter_jurors", entries=[president, juror("J2", trained=trained)])
    stand_in = member("M2", standing="substitute", replaces="M1")
    world.give(stream, "enter_members", entries=[member("M1"), stand_in])
    head = {"facts": {"role": "head"}, "person": "the head", "contact": text("the head")}
    world.give(stream, "enter_office", entries=[head])
    return stream


def register(world: World, stream: str) -> Register:
    """The state of a register."""
    state = world.states[stream]
    assert isinstance(state, Register)
    return state
