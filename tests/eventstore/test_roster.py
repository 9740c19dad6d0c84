"""What the registers say is read as the rules are given it."""

from __future__ import annotations

from datetime import date

import pytest

from eventstore.pool import Pool
from eventstore.projections import rebuild
from eventstore.reading import Reading
from eventstore.roster import Roster
from eventstore.store import EventStore
from tests.domain.registers import body, filled, juror, opened
from tests.domain.world import World
from tests.eventstore.telling import tell

LEAVE = {"since": "2027-02-01", "until": "2027-02-05"}


@pytest.fixture
async def roster(store: EventStore, reading: Reading, pool: Pool) -> Roster:
    world = World()
    stream = filled(world)
    world.give(stream, "enter_organisations", entries=[body("caf", branch="famille", part_of="ucanss")])
    world.give(stream, "declare_absence", juror="J2", absence=LEAVE)
    world.give(stream, "leave", entity="juror", code="J1")
    world.give(stream, "declare_ties", ties=[{"who": "J2", "person": "p", "tie": "trained"}])
    world.give(stream, "declare_ties", ties=[{"who": "M1", "person": "q", "tie": "related"}])
    world.give(stream, "lift_tie", who="M1", person="q", tie="related")
    await tell(store, reading, world)
    return Roster(pool)


async def test_a_juror_comes_with_their_body_as_it_is_now(roster: Roster) -> None:
    first, second = await roster.jurors("register:ucanss")
    assert (first.juror, first.active, first.organisation.kinds) == ("J1", False, ("certifier",))
    assert second.organisation.parent == first.organisation
    assert (second.organisation.branch, second.can_sit(date(2027, 2, 3))) == ("famille", False)
    assert [facts.juror for facts in await roster.jurors("register:ucanss", ["J2", "nobody"])] == ["J2"]


async def test_a_place_has_its_coordinates_and_a_register_that_nobody_opened_has_nothing(roster: Roster) -> None:
    [site] = await roster.sites("register:ucanss")
    assert (site.latitude, site.rooms) == (48.85, 3)
    assert [body.id for body in await roster.organisations("register:ucanss")] == ["caf", "ucanss"]
    assert not await roster.jurors("register:none")
    assert not await roster.members("register:none")


async def test_members_are_those_in_office_on_a_day(roster: Roster) -> None:
    assert [member.member for member in await roster.members("register:ucanss")] == ["M1", "M2"]
    assert len(await roster.members("register:ucanss", on=date(2027, 1, 4))) == 2


async def test_ties_are_those_that_were_not_lifted(roster: Roster) -> None:
    [tie] = await roster.ties("register:ucanss")
    assert (tie.who, tie.person, tie.kind, tie.declared_by) == ("J2", "p", "trained", "administrator:operator")
    assert await roster.ties("register:ucanss", persons=["p"], who=["J2"]) == [tie]
    assert not await roster.ties("register:ucanss", persons=["q"])
    assert not await roster.ties("register:ucanss", who=[])


async def test_rows_written_one_append_at_a_time_are_what_the_log_gives(roster: Roster, pool: Pool) -> None:
    assert (await rebuild(pool, check=True)).same
    await pool.execute("update register_entries set active = true; delete from registers")
    assert not (await rebuild(pool)).same
    assert (await rebuild(pool, check=True)).same


async def test_an_append_leaves_the_rows_of_other_entries_alone(
    store: EventStore, reading: Reading, pool: Pool
) -> None:
    world = World()
    stream = opened(world)
    world.give(stream, "enter_organisations", entries=[{"facts": {"id": "caf", "name": "CAF", "kinds": ["employer"]}}])
    world.give(stream, "enter_jurors", entries=[juror(f"J{number}") for number in range(50)])
    world.give(stream, "enter_jurors", entries=[juror("J7", branch="x", known=True)])
    await tell(store, reading, world)
    query = "select count(distinct xmin::text) from register_entries where entity = 'juror' and code <> 'J7'"
    assert await pool.fetchval(query) == 1
    assert await pool.fetchval("select count(*) from register_entries where version = 53") == 1
