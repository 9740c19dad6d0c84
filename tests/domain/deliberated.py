"""A sitting that votes: members, dossiers, attendance, decisions; and stories in which all of it happens."""

from __future__ import annotations

from datetime import date
from typing import Any

from domain.authority import SYSTEM, Actor, Role
from domain.people import MemberFacts, TieFacts
from domain.scheme.model import Scheme
from domain.sitting.minutes import document
from domain.sitting.state import Sitting
from tests.conducted import conducted
from tests.domain.world import World, sealed

T, T2 = "sitting:t", "sitting:t-2"
A, B, C, D = "pathway:a", "pathway:b", "pathway:c", "pathway:d"
DAY = date(2027, 7, 13)
REASON = sealed().model_dump(mode="json")
JURY = Actor(id="cpnefp", role=Role.PARITAIRE)
ALL = {"e1": "for", "e2": "for", "s1": "for", "s2": "for"}


def members(*more: MemberFacts) -> list[MemberFacts]:
    """Two titulars of each college, one substitute of the employers'."""
    employers = [MemberFacts(member=id, college="employers", standing="titular") for id in ("e1", "e2")]
    employees = [MemberFacts(member=id, college="employees", standing="titular") for id in ("s1", "s2")]
    return [*employers, *employees, MemberFacts(member="x1", college="employers", standing="substitute"), *more]


def opened(
    *dossiers: str,
    scheme: Scheme | None = None,
    register: list[MemberFacts] | None = None,
    ties: list[TieFacts] | None = None,
    last: str | None = None,
    excluded: tuple[str, ...] = (),
) -> World:
    """A sitting that was convened, on the morning of its day, with dossiers of which TD is advised against."""
    scheme = scheme or conducted("cqp-cos")
    world = World()
    known = [member.model_dump(mode="json") for member in (members() if register is None else register)]
    given = [tie.model_dump(mode="json") for tie in ties or ()]
    world.answers["members"] = lambda effect: {"members": known, "ties": given, "last": last}
    world.give(T, "open", scheme_id=scheme.id, scheme_hash=scheme.hash, held_on=DAY.isoformat(), place="Paris")
    for pathway in dossiers:
        blocks = {"GRU": True, "TD": False}
        given_up = {"TD": sealed(pathway).model_dump(mode="json")}
        fields: dict[str, Any] = {
            "blocks": list(blocks),
            "computed": blocks,
            "advised": blocks,
            "recommendations": given_up,
        }
        person = f"person-{pathway[-1]}"
        world.give(
            T, "receive_dossier", actor=SYSTEM, pathway=pathway, person=person, excluded=list(excluded), **fields
        )
    world.wait_until(DAY)
    return world


def sitting(world: World, stream: str = T) -> Sitting:
    state = world.states[stream]
    assert isinstance(state, Sitting)
    return state


def attended(world: World, present: str = "e1 e2 s1 s2", stream: str = T, **fields: Any) -> World:
    world.give(stream, "record_attendance", actor=JURY, present=present.split(), **fields)
    return world


def decide(world: World, pathway: str, votes: dict[str, str], stream: str = T, **fields: Any) -> list[str]:
    """The kinds of the facts of a decision on one dossier, as advised unless ``blocks`` say otherwise."""
    blocks = fields.pop("blocks", {"GRU": True, "TD": False})
    facts = world.give(stream, "decide_dossier", actor=JURY, pathway=pathway, blocks=blocks, votes=votes, **fields)
    return [fact.kind for fact in facts]


def tie(who: str, person: str) -> TieFacts:
    return TieFacts(who=who, person=person, kind="related", declared_on=date(2027, 1, 1), declared_by="operator")


def stories() -> tuple[World, ...]:
    """Sittings in which everything happens that can, once members vote."""
    return voted(), adjourned(), unstaffed(), called_off()


def voted() -> World:
    """Dossiers called out, recusals, votes that adopt or not, that the president settles; then the PV is signed."""
    world = attended(opened(A, B, C, D), "e1 s1 s2", remote=["e2"])
    world.give(T, "call_out", actor=JURY, pathway=B, member="s1")
    world.give(T, "recuse", actor=JURY, pathway=C, member="s2", reason=REASON)
    votes = {"e1": "for", "e2": "for", "s1": "against", "s2": "against"}
    decide(world, B, dict.fromkeys(votes, "against"))
    decide(world, B, votes, dissents={"s1": REASON})
    decide(world, D, ALL)
    world.give(T, "postpone_dossier", actor=JURY, pathway=A, reason=REASON)
    world.give(T, "decide_list", actor=JURY)
    world.give(T, "proclaim", actor=JURY)
    state = sitting(world)
    signed = document(state.stream, state.scheme_hash, state.minutes)
    world.give(T, "sign_minutes", actor=Actor(id="member:e1", role=Role.PARITAIRE), member="e1", document=signed)
    return world


def adjourned() -> World:
    """Too few come, and a second convocation follows."""
    return attended(opened(A), "e1")


def unstaffed() -> World:
    """Nobody is in office."""
    return opened(A, register=[])


def called_off() -> World:
    """The sitting does not take place."""
    world = opened(A)
    world.give(T, "cancel", reason=REASON)
    return world
