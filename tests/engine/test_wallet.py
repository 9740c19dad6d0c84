"""Blocks across pathways on the real engine: whichever certification comes first, and through a crosswalk."""

from __future__ import annotations

from datetime import UTC, datetime
from uuid import uuid4

from bench.orders import sealed
from domain.pathway.events import BlockRecognised
from domain.scheme.model import Scheme
from domain.wallet import recognisable
from eventstore.wallets import Wallets
from tests.certified import BASIS, certified, crosswalk, renamed, with_certificates
from tests.domain.decided import before_the_sitting, decide
from tests.domain.world import World
from tests.engine.harness import Engine, candidacy, stream
from tests.eventstore.telling import tell

GRU, MDR = "ucanss:GRU", "ucanss:MDR"


def alone(**held_as: str) -> Scheme:
    """An offer of services of which nobody else on the server has a book of awards."""
    return renamed(certified("cqp-cos"), f"c{uuid4().hex[:11]}", held_as)


async def referentials(live: Engine) -> tuple[Scheme, Scheme]:
    """An offer of services as it was called before, and a GC whose crosswalk knows its first block."""
    before = alone(GRU="old:GRU")
    gc = with_certificates("cqp-gc", crosswalk=crosswalk(GRU=GRU))
    for scheme in (before, gc):
        await live.reading.publish_scheme(scheme)
    return before, gc


async def decided(live: Engine, scheme: Scheme, person: str) -> str:
    """A pathway of which a sitting refused one block, in the log; what it owes waits for its workflow."""
    pathway, world = stream(), World(now=datetime.now(UTC))
    before_the_sitting(scheme=scheme, world=world, stream=pathway, person=person)
    decide(world, pathway)
    await tell(live.store, live.reading, world)
    return pathway


async def wake(live: Engine, pathway: str) -> None:
    """Have the workflow of a pathway carry out what is owed."""
    await live.give(pathway, "contest", ground="merit", reason=sealed())


def through(state_events: list[BlockRecognised]) -> dict[str, str | None]:
    """What was recognised, under its name in the wallet, and the basis of the crosswalk's entry."""
    return {fact.block.held_as: fact.through.basis if fact.through else None for fact in state_events}


async def recognised(live: Engine, pathway: str) -> dict[str, str | None]:
    facts = [BlockRecognised.model_validate_json(text) for text in await told(live, pathway, "block_recognised")]
    return through(facts)


async def told(live: Engine, pathway: str, kind: str) -> list[str]:
    """The facts of one kind in a stream, as JSON."""
    found = [event.public for event in await live.events(pathway) if event.type == kind]
    return [public[public.index(',"fact":') + len(',"fact":') : -1] for public in found]


async def test_what_is_awarded_under_an_older_name_counts_in_a_pathway_that_was_there_before(live: Engine) -> None:
    before, gc = await referentials(live)
    person, pathway = str(uuid4()), stream()
    await live.found(pathway, candidacy(scheme=gc, person=person))
    await live.recorded(pathway)
    cos = await decided(live, before, person)
    await wake(live, cos)
    await live.until(pathway, lambda state: {GRU, MDR} <= state.held.keys(), "both blocks held")
    assert await recognised(live, pathway) == {"old:GRU": BASIS, MDR: None}
    state = await live.pathway(pathway)
    assert [block.id for block in state.remaining()] == ["GDU"]


async def test_what_was_awarded_under_an_older_name_counts_in_a_pathway_that_comes_later(live: Engine) -> None:
    before, gc = await referentials(live)
    person, pathway = str(uuid4()), stream()
    cos = await decided(live, before, person)
    wallets = Wallets(live.pool)
    blocks = recognisable(gc, (await wallets.held([person]))[person], datetime.now(UTC).date())
    held = [block.model_dump(mode="json") for block in blocks]
    await live.found(pathway, candidacy(scheme=gc, person=person, held=held))
    await live.recorded(pathway)
    assert await recognised(live, pathway) == {"old:GRU": BASIS, MDR: None}
    basis = "Code du travail, art. D. 6412-6"
    await live.give(cos, "withdraw_award", block="GRU", reason=sealed(), basis=basis)
    await live.until_event(pathway, "block_no_longer_held")
    [fact] = await told(live, pathway, "block_no_longer_held")
    assert f'"held_as":"{GRU}"' in fact
    assert f'"basis":"{BASIS}"' in fact
    state = await live.pathway(pathway)
    assert [block.id for block in state.remaining()] == ["GRU", "GDU"]
    withdrawn = [holding for holding in await wallets.of(person) if holding.withdrawn_on is not None]
    assert [holding.held_as for holding in withdrawn] == ["old:GRU"]


async def test_a_withdrawn_award_gives_way_to_another_one_that_the_person_holds(live: Engine) -> None:
    before, gc = await referentials(live)
    cos = alone()
    await live.reading.publish_scheme(cos)
    person, pathway = str(uuid4()), stream()
    first, second = await decided(live, before, person), await decided(live, cos, person)
    held = [{"held_as": MDR, "since": datetime.now(UTC).date().isoformat(), "pathway": first}]
    await live.found(pathway, candidacy(scheme=gc, person=person, held=held))
    await live.recorded(pathway)
    basis = "Code du travail, art. D. 6412-6"
    await live.give(first, "withdraw_award", block="MDR", reason=sealed(), basis=basis)
    await live.until(pathway, lambda state: state.held[MDR].pathway == second, "the other award")
    assert "block_no_longer_held" not in await live.kinds(pathway)
