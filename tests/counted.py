"""Two years of two certifications, told by the rules, and their figures counted one by one in Python."""

from __future__ import annotations

import random
from collections import Counter, defaultdict
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from typing import Any

from domain.authority import SYSTEM, Actor, Role
from domain.pathway.state import Pathway
from domain.regions import region_of
from domain.scheme.model import Scheme
from tests.certified import certified
from tests.domain import awarded, registers
from tests.domain.decided import MEMBERS, OTHERS, TEXT, begin, decide, tell
from tests.domain.world import World

BODIES = {"caf": ("famille", "44"), "cpam": ("maladie", "2A"), "carsat": ("retraite", "")}
EMPLOYERS = ("caf", "cpam", "carsat", "unknown", "")
ROUTES = ("training", "training", "vae")
BASIS = "Code du travail, art. D. 6412-6"


def lived(pathways: int = 40, seed: int = 7) -> World:
    """Pathways decided on, some of them contested, withdrawn, or of somebody who is erased; and some under way."""
    chance, world = random.Random(seed), World()
    register = registers.opened(world)
    bodies = [
        registers.body(id, branch=branch, **({"department": department} if department else {}))
        for id, (branch, department) in BODIES.items()
    ]
    world.give(register, "enter_organisations", entries=bodies)
    for number in range(pathways):
        world.now = datetime(2027, 1, 11, 9, tzinfo=UTC) + timedelta(days=17 * number)
        _pathway(world, number, certified(chance.choice(("cqp-cos", "cqp-cos", "cqp-gc"))), chance)
    return world


def _pathway(world: World, number: int, scheme: Scheme, chance: random.Random) -> None:
    stream, session, sitting = f"pathway:{number:03}", f"session:{number % 4}", f"sitting:{number}"
    world.delivering = False
    branch = chance.choice(("", "", "maladie"))
    about = {"person": f"person-{number}", "employer": chance.choice(EMPLOYERS), "branch": branch}
    begin(world, stream, scheme, route=chance.choice(ROUTES), **about)
    if chance.random() < 0.15:
        return
    _later(world, chance)
    world.to_jury(stream)
    failed = tuple(block.id for block in scheme.blocks if chance.random() < 0.25)
    _assessed(world, stream, session, failed, chance)
    world.give(stream, "send_dossier", sitting=sitting)
    world.give(stream, "note_dossier", actor=SYSTEM, sitting=sitting, accepted=True)
    _later(world, chance)
    decide(world, stream, sitting)
    if failed and chance.random() < 0.5:
        _contested(world, stream, f"sitting:again-{number}", chance)
    awarded.enter(world, stream)
    world.delivering = False
    standing = [award.block for award in world.pathway(stream).awards if award.block]
    if standing and chance.random() < 0.2:
        world.give(stream, "withdraw_award", block=standing[0], reason=TEXT, basis=BASIS)
    if world.pathway(stream).status == "closed" and chance.random() < 0.3:
        world.give(stream, "erase_subject", reason=TEXT)
    tell(world, stream)


def _later(world: World, chance: random.Random) -> None:
    world.now += timedelta(days=chance.randrange(30))


def _assessed(world: World, stream: str, session: str, failed: tuple[str, ...], chance: random.Random) -> None:
    world.give(stream, "request_seat", session=session)
    seat = world.pathway(stream).seat
    assert seat is not None
    world.give(stream, "note_seat", actor=SYSTEM, session=session, request=seat.request, answer="granted")
    _later(world, chance)
    days: dict[str, Any] = {"opens": world.today.isoformat(), "closes": world.today.isoformat(), "place": "Paris"}
    for _ in range(2):
        # Convened anew: the first convocation is what was waited for, the last one what the opinion follows.
        world.give(stream, "note_convocation", actor=SYSTEM, session=session, jurors=["j1", "j2"], **days)
    for juror in ("j1", "j2"):
        actor = Actor(id=f"juror:{juror}", role=Role.JUROR)
        world.give(stream, "record_marks", actor=actor, juror=juror, marks=world.sheet(stream, failed=failed))
    _later(world, chance)
    blocks = {block.id: block.id not in failed for block in world.pathway(stream).remaining()}
    texts = {block: TEXT for block in blocks if not blocks[block]}
    juror_1 = Actor(id="juror:j1", role=Role.JUROR)
    world.give(stream, "give_opinion", actor=juror_1, juror="j1", blocks=blocks, recommendations=texts)


def _contested(world: World, stream: str, sitting: str, chance: random.Random) -> None:
    _later(world, chance)
    world.give(stream, "contest", ground="merit", reason=TEXT)
    contest = world.pathway(stream).contest
    assert contest is not None
    if contest.status != "filed":
        return
    world.give(stream, "decide_contest_admissibility", admissible=True)
    world.give(stream, "redeliberate", sitting=sitting)
    world.give(stream, "note_dossier", actor=SYSTEM, sitting=sitting, accepted=True)
    decide(world, stream, sitting, OTHERS, **{contest.blocks[0]: True})
    assert set(MEMBERS).isdisjoint(OTHERS)


# --- the same, counted otherwise ------------------------------------------------------------------------------------

Counts = dict[tuple[str, int, str], list[int]]


def pathways(world: World) -> Iterator[Pathway]:
    return (state for state in world.states.values() if isinstance(state, Pathway))


def awards(world: World, dimension: str) -> Counts:
    """(scheme, year, value) -> certifications and blocks in force, then those withdrawn."""
    found: Counts = defaultdict(lambda: [0, 0, 0, 0])
    for state in pathways(world):
        facts: list[tuple[int, Any]] = [(record.version, record.fact) for record in world.records(state.stream)]
        for award in state.awards:
            sat = [fact.session for version, fact in facts if fact.kind == "convened" and version < award.version]
            branch, department = BODIES.get(state.employer, ("", ""))
            value = {
                "all": "",
                "route": state.route_id,
                "session": sat[-1],
                "branch": state.branch or branch,
                "region": region_of(department) or "",
                "block": award.block or "",
            }[dimension]
            place = (0 if award.block is None else 1) + (0 if award.withdrawn_on is None else 2)
            found[state.scheme.id, award.on.year, value][place] += 1
    return dict(found)


def rates(world: World) -> Counts:
    """(scheme, year, block) -> presented, validated."""
    found: Counts = defaultdict(lambda: [0, 0])
    for state in pathways(world):
        lost = {award.block for award in state.awards if award.withdrawn_on is not None}
        facts: list[Any] = [record.fact for record in world.records(state.stream)]
        anew = {
            block for fact in facts if fact.kind == "contest_decided" for block in fact.blocks if fact.blocks[block]
        }
        for fact in facts:
            if fact.kind == "decision_recorded":
                for block, validated in fact.blocks.items():
                    count = found[state.scheme.id, fact.on.year, block]
                    count[0] += 1
                    count[1] += (validated or block in anew) and block not in lost
    return dict(found)


def presented(world: World) -> Counter[tuple[str, int]]:
    """(scheme, year) -> the pathways on which something was decided."""
    found: Counter[tuple[str, int]] = Counter()
    for state in pathways(world):
        facts = [record.fact for record in world.records(state.stream)]
        years = {fact.on.year for fact in facts if fact.kind in ("decision_recorded", "contest_decided")}
        found.update((state.scheme.id, year) for year in years)
    return found


def days(world: World) -> dict[tuple[str, int, str], list[int]]:
    """(scheme, year, step) -> how many days each took, in order; of some steps, told plainly."""
    found: dict[tuple[str, int, str], list[int]] = defaultdict(list)

    def took(state: Pathway, step: str, since: date, until: date) -> None:
        found[state.scheme.id, until.year, step].append((until - since).days)

    for state in pathways(world):
        by: dict[str, list[Any]] = defaultdict(list)
        for record in world.records(state.stream):
            by[record.fact.kind].append(record.fact)
        if by["opinion_given"]:
            took(state, "convocation", by["seat_requested"][0].on, by["convened"][0].on)
            took(state, "opinion", by["convened"][1].on, by["opinion_given"][0].on)
        if by["decision_recorded"]:
            took(state, "decision", by["opinion_given"][0].on, by["decision_recorded"][0].on)
            told = [fact for fact in by["effect_settled"] if (fact.about, fact.audience) == ("result", "candidate")]
            took(state, "notification", by["decision_recorded"][0].on, told[0].on)
        if by["contest_decided"]:
            took(state, "contest", by["decision_contested"][0].on, by["contest_decided"][0].on)
        if by["pathway_closed"] and by["pathway_closed"][0].outcome == "certified":
            took(state, "whole", by["candidacy_registered"][0].on, by["pathway_closed"][0].on)
    return {key: sorted(values) for key, values in found.items()}
