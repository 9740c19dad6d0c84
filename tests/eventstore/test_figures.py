"""Figures from PostgreSQL, held against the same log counted one by one in Python."""

from __future__ import annotations

import math
from collections import Counter, defaultdict
from collections.abc import AsyncIterator

import pytest

from domain.figures import Count
from domain.regions import region_of
from domain.register import register_of
from domain.scheme import library
from eventstore.figures import figures
from eventstore.pool import Pool, open_pool
from eventstore.reading import Reading
from eventstore.store import EventStore
from tests import counted
from tests.certified import certified
from tests.domain.world import World
from tests.eventstore.telling import tell


@pytest.fixture(scope="module")
def world() -> World:
    return counted.lived()


@pytest.fixture(scope="module")
async def told(world: World, module_database_url: str) -> AsyncIterator[Pool]:
    """A database that holds the world."""
    pool = await open_pool(module_database_url)
    store = EventStore(pool)
    await tell(store, Reading(pool), world)
    yield pool
    await store.close()
    await pool.close()


@pytest.fixture
async def counts(told: Pool) -> list[Count]:
    return await all_of(told)


async def all_of(pool: Pool, scheme: str | None = None, year: int | None = None) -> list[Count]:
    registers = {found.hash: register_of(found) for found in map(certified, ("cqp-cos", "cqp-gc"))}
    assert all(library.knows(hash) for hash in registers)
    return [Count(*row) for row in await figures(pool, registers, scheme, year)]


async def test_every_figure_is_what_the_log_says_counted_one_by_one(world: World, counts: list[Count]) -> None:
    for dimension in ("all", "route", "session", "branch", "block"):
        rows = [row for row in counts if (row.section, row.dimension) == ("awards", dimension)]
        assert {(r.scheme, r.year, r.value): [r.a, r.b, r.c, r.d] for r in rows} == counted.awards(world, dimension)
    regions: dict[tuple[str, int, str], list[int]] = defaultdict(lambda: [0, 0, 0, 0])
    for row in counts:
        if row.dimension == "department":
            place = regions[row.scheme, row.year, region_of(row.value) or ""]
            place[:] = [one + more for one, more in zip(place, row[5:], strict=True)]
    assert dict(regions) == counted.awards(world, "region")
    assert {region for _, _, region in regions} == {"", "Pays de la Loire", "Corse"}
    rates = {(r.scheme, r.year, r.value): [r.a, r.b] for r in counts if r.section == "rates"}
    assert rates == counted.rates(world)
    presented = {(r.scheme, r.year): r.a for r in counts if r.section == "presented"}
    assert presented == counted.presented(world)
    begun = Counter((state.scheme.id, state.opened_on.year) for state in counted.pathways(world) if state.opened_on)
    assert {(r.scheme, r.year): r.a for r in counts if r.section == "candidacies"} == begun


async def test_the_world_that_is_counted_has_everything_that_could_be_miscounted(world: World) -> None:
    kinds = {record.fact.kind for state in counted.pathways(world) for record in world.records(state.stream)}
    assert {"award_withdrawn", "contest_decided", "subject_erased", "pathway_closed"} <= kinds
    totals = counted.awards(world, "all")
    assert {year for _, year, _ in totals} >= {2027, 2028}
    assert {scheme for scheme, _, _ in totals} == {"cqp-cos", "cqp-gc"}
    assert sum(count[3] for count in totals.values()) > 0
    erased = [state for state in counted.pathways(world) if state.erased and state.awards]
    assert erased, "whoever is erased counts"


async def test_days_are_counted_from_the_last_beginning_to_the_first_end(world: World, counts: list[Count]) -> None:
    expected = counted.days(world)
    rows = {(r.scheme, r.year, r.value): r for r in counts if r.section == "delays"}
    assert {key for key in rows if key[2] in {step for _, _, step in expected}} == set(expected)
    for key, values in expected.items():
        row = rows[key]
        assert row.a == len(values), key
        # The smallest value that so large a share of all do not exceed.
        assert row.b == values[math.ceil(len(values) / 2) - 1], key
        assert row.c == values[math.ceil(len(values) * 9 / 10) - 1], key
    issued = sum(row.a for row in rows.values() if row.value == "certificate")
    books = [log for stream, log in world.logs.items() if stream.startswith("awards:")]
    first = [e for log in books for e in log if e.type == "certificate_issued" and '"edition":1,' in e.public]
    assert issued == len(first) > 0


async def test_one_certification_or_one_year_is_a_part_of_the_whole(counts: list[Count], told: Pool) -> None:
    assert await all_of(told, scheme="cqp-gc") == [row for row in counts if row.scheme == "cqp-gc"]
    assert await all_of(told, year=2028) == [row for row in counts if row.year == 2028]
    assert await all_of(told, "cqp-cos", 2027) == [r for r in counts if (r.scheme, r.year) == ("cqp-cos", 2027)]
    assert await all_of(told, "cqp-none") == []
