"""A pathway with a decision that can be contested: what sessions and sittings say of it is put into its mouth."""

from __future__ import annotations

from datetime import date
from typing import Any

from domain.authority import SYSTEM, Actor, Role
from domain.scheme import library
from domain.scheme.model import Scheme
from tests.conducted import conducted
from tests.domain.world import World, sealed

A = "pathway:a"
S, T, U = "session:s", "sitting:t", "sitting:u"
TEXT = sealed().model_dump(mode="json")
MEMBERS, OTHERS = ("m1", "m2"), ("m3", "m4")
CANDIDATE = Actor(id="candidate", role=Role.CANDIDATE)


def begin(world: World, stream: str, scheme: Scheme, route: str = "training", **fields: Any) -> None:
    """A candidacy of the one person of these worlds, under this very version."""
    named: dict[str, Any] = {"scheme_id": scheme.id, "scheme_hash": scheme.hash, "route": route, "identity": TEXT}
    world.give(stream, "start", **{"person": "person", **named, **fields})


def before_the_sitting(
    failed: tuple[str, ...] = ("TD",),
    scheme: Scheme | None = None,
    world: World | None = None,
    stream: str = A,
    person: str = "person",
    **fields: Any,
) -> World:
    """A pathway whose dossier is on the agenda of the sitting ``T``; ``failed`` are the blocks that marks refuse."""
    scheme = scheme or conducted("cqp-cos")
    world = world or World()
    world.delivering = False
    begin(world, stream, scheme, **{"employer": "CPAM de l'Aube", "person": person, **fields})
    world.to_jury(stream)
    assess(world, failed, stream)
    world.give(stream, "send_dossier", sitting=T)
    world.give(stream, "note_dossier", actor=SYSTEM, sitting=T, accepted=True)
    return world


def assess(world: World, failed: tuple[str, ...] = ("TD",), stream: str = A) -> None:
    """A seat, a jury, marks that agree, and the opinion that follows them."""
    world.give(stream, "request_seat", session=S)
    seat = world.pathway(stream).seat
    assert seat is not None
    world.give(stream, "note_seat", actor=SYSTEM, session=S, request=seat.request, answer="granted")
    days: dict[str, Any] = {"opens": world.today.isoformat(), "closes": world.today.isoformat(), "place": "Paris"}
    world.give(stream, "note_convocation", actor=SYSTEM, session=S, jurors=["j1", "j2"], **days)
    for juror in ("j1", "j2"):
        actor = Actor(id=f"juror:{juror}", role=Role.JUROR)
        world.give(stream, "record_marks", actor=actor, juror=juror, marks=world.sheet(stream, failed=failed))
    blocks = {block.id: block.id not in failed for block in world.pathway(stream).remaining()}
    texts = {block: TEXT for block in blocks if not blocks[block]}
    juror_1 = Actor(id="juror:j1", role=Role.JUROR)
    world.give(stream, "give_opinion", actor=juror_1, juror="j1", blocks=blocks, recommendations=texts)


def decide(world: World, stream: str = A, sitting: str = T, members: tuple[str, ...] = MEMBERS, **blocks: bool) -> None:
    """The sitting decides, as it was advised except for ``blocks``; the candidate hears of it."""
    state = world.pathway(stream)
    before = state.contest.blocks if state.contest and state.contest.sitting == sitting else state.to_decide()
    advised = state.contest.decided.advised if before != state.to_decide() and state.contest else state.advised
    answer = {block: advised[block] for block in before} | blocks
    said: dict[str, Any] = {"blocks": answer, "deliberated_by": list(members), "reasons": TEXT}
    said["recommendations"] = {block: TEXT for block, value in answer.items() if not value}
    world.give(stream, "note_decision", actor=SYSTEM, sitting=sitting, **said)
    tell(world, stream)


def tell(world: World, stream: str = A) -> None:
    """Every notice that is owed is told; what is owed to others stays owed."""
    for effect in list(world.states[stream].owed.values()):
        if effect.kind == "notice":
            world.settle(stream, effect)


def decided(failed: tuple[str, ...] = ("TD",), scheme: Scheme | None = None, world: World | None = None) -> World:
    """A decision that refuses ``failed`` and was notified the same day."""
    world = before_the_sitting(failed, scheme, world)
    decide(world)
    return world


def contested(ground: str = "merit", **fields: Any) -> World:
    """A decision contested the day it was notified."""
    world = decided(**fields)
    world.give(A, "contest", actor=CANDIDATE, ground=ground, reason=TEXT)
    return world


def admitted(**fields: Any) -> World:
    """A contestation that is admissible."""
    world = contested(**fields)
    world.give(A, "decide_contest_admissibility", admissible=True)
    return world


def day(text: str) -> date:
    """The day written so."""
    return date.fromisoformat(text)


def completing(passed: str, days: int = 30) -> Scheme:
    """CQP COS where pieces that are asked for must come within ``days``; ``passed``: what happens if they do not."""
    plain = conducted("cqp-cos").model_dump(mode="json", exclude_defaults=True)
    plain["deadlines"].append(
        {
            "id": "completeness",
            "aggregate": "pathway",
            "title": "Envoi des pièces demandées",
            "starts": "pieces_requested",
            "ends": ["pieces_provided", "admissibility_decided"],
            "amount": days,
            "unit": "calendaires",
            "passed": passed,
            "who": "candidate",
            "basis": "CRPA, art. L. 114-5",
        }
    )
    scheme = Scheme.model_validate(plain)
    library.learn(scheme)
    return scheme


def asked_for_pieces(scheme: Scheme, world: World | None = None, stream: str = A, complete: bool = True) -> World:
    """A VAE file of which pieces are asked for the day it comes."""
    world = world or World(delivering=False)
    begin(world, stream, scheme, route="vae")
    world.give(stream, "file_admissibility", pieces=["livret 1"], complete=complete)
    world.give(stream, "request_pieces", missing=["contrat de travail"])
    return world


def everything() -> World:
    """A decision contested, answered, decided anew and withdrawn in every way; files whose pieces never come."""
    world = admitted()
    for sitting in (U, "sitting:v"):
        world.give(A, "redeliberate", sitting=sitting)
        world.give(A, "note_dossier", actor=SYSTEM, sitting=sitting, accepted=True)
        decide(world, sitting=sitting, members=MEMBERS if sitting == U else OTHERS, TD=True)
    other = conducted("cqp-gc")
    held = [{"held_as": other.block_by_id["GRU"].held_as, "since": world.today.isoformat(), "pathway": A}]
    begin(world, "pathway:b", other, held=held)
    world.give(A, "withdraw_award", block="GRU", reason=TEXT, basis="Code du travail, art. D. 6412-6")
    [share] = [effect for effect in world.pathway(A).owed.values() if "withdrawn" in effect.params]
    world.settle(A, share)
    for stream, passed in (("pathway:c", "close_file"), ("pathway:d", "as_it_stands")):
        asked_for_pieces(completing(passed), world, stream)
    refused, confirmed, late = "pathway:e", "pathway:f", "pathway:g"
    for stream in (refused, confirmed, late):
        before_the_sitting(world=world, stream=stream)
        decide(world, stream)
    for stream in (refused, confirmed):
        world.give(stream, "contest", actor=CANDIDATE, ground="procedure", reason=TEXT)
    world.give(refused, "decide_contest_admissibility", admissible=False, reason=TEXT)
    world.give(confirmed, "decide_contest_admissibility", admissible=True)
    world.give(confirmed, "redeliberate", sitting=U)
    decide(world, confirmed, U, members=OTHERS)
    world.wait(days=70)
    world.give(late, "contest", actor=CANDIDATE, ground="merit", reason=TEXT)
    return world
