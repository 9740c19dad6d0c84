"""A log that nobody touched is whole, whoever writes meanwhile."""

from __future__ import annotations

from eventstore.pool import open_pool
from tests.verifying.conftest import Year
from workers.verifying import verify


async def test_a_year_that_was_lived_is_whole(copy_url: str, year: Year) -> None:
    async with await open_pool(copy_url) as pool:
        found = await verify(pool, [year.witness])
    assert found.faults == []
    assert found.events == len(year.world.lived) == found.rechecked
    assert found.sealed + found.unsealed == found.events
    assert 0 < found.unsealed < 20
    assert found.checkpoints == 4
    assert found.protected == found.sealed
