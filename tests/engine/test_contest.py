"""What happens after the end: a closed pathway whose workflow is gone is contested, and an award on it withdrawn."""

from __future__ import annotations

from datetime import UTC, datetime
from uuid import uuid4

from temporalio.client import WorkflowExecutionStatus

from bench.orders import sealed
from eventstore.wallets import Wallets
from tests.conducted import conducted
from tests.domain.decided import before_the_sitting, decide
from tests.domain.world import World
from tests.engine.harness import Engine, candidacy, stream
from tests.eventstore.telling import tell


async def decided(live: Engine, person: str) -> str:
    """A pathway of which a sitting refused one block, put into the log as it would have come there."""
    scheme, pathway = conducted("cqp-cos"), stream()
    await live.reading.publish_scheme(scheme)
    world = World(now=datetime.now(UTC))
    before_the_sitting(scheme=scheme, world=world, stream=pathway, person=person)
    decide(world, pathway)
    await tell(live.store, live.reading, world)
    return pathway


async def wallet(live: Engine, person: str) -> set[str]:
    """What somebody holds, by the names of a wallet."""
    held = await Wallets(live.reading.pool).held([person])
    return {block.held_as for block in held.get(person, ())}


async def test_a_closed_pathway_is_contested_and_its_workflow_lives_until_it_is_answered(live: Engine) -> None:
    pathway = await decided(live, str(uuid4()))
    await live.give(pathway, "contest", ground="merit", reason=sealed())
    await live.until(pathway, lambda state: not state.owed, "owes nothing")
    assert (await live.handle(pathway).describe()).status == WorkflowExecutionStatus.RUNNING
    await live.give(pathway, "decide_contest_admissibility", admissible=False, reason=sealed())
    await live.until_status(pathway, WorkflowExecutionStatus.COMPLETED)
    assert await live.refusal(pathway, "redeliberate", sitting=stream("sitting")) == "contest.none_pending"


async def test_a_withdrawal_reaches_the_wallet_the_awards_and_the_person_s_other_pathways(live: Engine) -> None:
    person = str(uuid4())
    pathway = await decided(live, person)
    scheme = conducted("cqp-gc")
    await live.reading.publish_scheme(scheme)
    held_as = scheme.block_by_id["GRU"].held_as
    held = [{"held_as": held_as, "since": datetime.now(UTC).date().isoformat(), "pathway": pathway}]
    other = stream()
    await live.found(other, candidacy("cqp-gc", scheme=scheme, person=person, held=held))
    await live.recorded(other)
    assert held_as in await wallet(live, person)
    await live.give(pathway, "withdraw_award", block="GRU", reason=sealed(), basis="Code du travail, art. D. 6412-6")
    await live.until_event(other, "block_no_longer_held")
    assert held_as not in await wallet(live, person)
    awards = {award.block: award.withdrawn_on for award in await live.reading.awards(person=person)}
    assert awards["GRU"] is not None
    assert awards["MDR"] is None
