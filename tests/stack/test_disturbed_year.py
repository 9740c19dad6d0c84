"""A certification year in which everything is killed in turn ends like a year in which nothing is."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Any

from domain.aggregates import aggregate_of
from domain.recheck import recheck
from interfaces.cli.demo import sample_rows
from interfaces.demo.fates import draw
from interfaces.demo.player import Player
from schemes.files import bundled
from tests.engine.harness import gapless, once_each
from tests.stack.running import folder_for_all
from tests.stack.theatre import Theatre, Trouble, theatre

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
    """Every history holds, and nothing happened twice."""
    for stream in await stage.reading.streams():
        events = [row.event for row in await stage.reading.events(stream)]
        assert gapless(events)
        assert once_each(events)
        assert list(recheck(aggregate_of(stream), stream, events)) == []


async def year(troubles: Callable[[Theatre], dict[int, Trouble]]) -> dict[int, Any]:
    with folder_for_all() as folder:
        async with theatre(folder, troubles) as stage:
            t = time.monotonic()
            outcomes = await played(stage)
            print("played", time.monotonic() - t, "orders", stage.gateway.given, stage.recovered)
            await assert_sound(stage)
    return outcomes


async def test_a_year_in_which_everything_is_killed_ends_like_one_in_which_nothing_is() -> None:
    calm = await year(lambda stage: {})
    disturbed = await year(
        lambda stage: {
            30: stage.kill_postgres,
            60: stage.delete_temporal,
            100: stage.kill_postgres,
            130: stage.delete_temporal,
        }
    )
    assert disturbed == calm
