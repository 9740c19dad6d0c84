"""A certification year in which everything is killed in turn ends like a year in which nothing is."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from datetime import timedelta
from typing import Any

from eventstore.histories import Histories
from eventstore.log import Log
from interfaces.cli.demo import sample_rows
from interfaces.demo.fates import draw
from interfaces.demo.player import Player
from schemes.files import bundled
from tests.engine.harness import eventually, gapless, once_each
from tests.stack.running import folder_for_all
from tests.stack.theatre import Theatre, Trouble, theatre
from workers.exporter import Exporter
from workers.recovery import Recovered
from workers.replaying import replay
from workers.verifying import verify

CANDIDATES, SEED = 6, 5


async def played(stage: Theatre) -> dict[int, Any]:
    """What became of every candidate, by the row of the file."""
    schemes = bundled()
    rows = sample_rows(CANDIDATES, SEED)
    player = Player(stage.gateway, stage.reading, stage, schemes, lambda day, closed, total: None)
    await player.play(rows, draw(rows, schemes, SEED))
    found = {}
    for row in await stage.reading.pathways():
        events = await stage.reading.events(row.pathway_id)
        awards = await stage.reading.awards(stream=row.pathway_id)
        found[player.rows[row.pathway_id]] = {
            "pathway": (row.scheme_id, row.status, row.outcome, row.held, row.closed_on),
            "awards": sorted((award.kind, award.block or "", award.awarded_on) for award in awards),
            "events": Counter(one.event.type for one in events),
        }
    return found


async def assert_sound(stage: Theatre) -> None:
    """Every history holds, nothing happened twice, every event has its place, and what the engine did replays."""
    pool = stage.reading.pool
    for stream in await stage.reading.streams():
        events = [row.event for row in await stage.reading.events(stream)]
        assert gapless(events)
        assert once_each(events)

    async def all_sealed() -> bool:
        return await Log(pool).unsealed() == 0

    await eventually(all_sealed, "every event in its place")
    verified = await verify(pool)
    assert verified.faults == []
    assert verified.sealed == verified.rechecked == await stage.reading.event_count()
    await Exporter(stage.gateway.client, Histories(pool)).export(timedelta(0))
    replaying = replay(Histories(pool).kept(), stage.gateway.keyring.keys)
    assert {replayed.verdict async for replayed in replaying} == {"replays"}


async def year(troubles: Callable[[Theatre], dict[int, Trouble]]) -> tuple[dict[int, Any], list[Recovered]]:
    """Play it, and answer with what became of the candidates and what had to be brought back."""
    with folder_for_all() as folder:
        async with theatre(folder, troubles) as stage:
            outcomes = await played(stage)
            if stage.recovered:
                await assert_sound(stage)
            return outcomes, stage.recovered


async def test_a_year_in_which_everything_is_killed_ends_like_one_in_which_nothing_is() -> None:
    calm, _ = await year(lambda stage: {})
    disturbed, recovered = await year(
        lambda stage: {
            15: stage.kill_postgres,
            35: stage.kill_worker,
            55: stage.delete_temporal,
            75: stage.kill_notary,
            90: stage.kill_postgres,
            110: stage.delete_temporal_and_worker,
        }
    )
    assert len(recovered) == 2
    assert all(one.started for one in recovered)
    assert disturbed == calm
