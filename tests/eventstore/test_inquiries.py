"""What a timer needs of the registers is answered in the shape that the one who asked takes."""

from __future__ import annotations

from datetime import date

from pydantic import TypeAdapter

from activities.inquiring import Inquiries
from domain.agenda import Effect
from domain.session.commands import SessionCommand
from domain.sitting.commands import SittingCommand
from eventstore.meetings import Meetings
from eventstore.reading import Reading
from eventstore.roster import Roster
from eventstore.store import EventStore
from tests.domain.registers import filled
from tests.domain.world import World
from tests.eventstore.telling import tell


async def test_a_session_hears_of_jurors_and_a_sitting_of_members_in_office(
    store: EventStore, reading: Reading
) -> None:
    world = World()
    stream = filled(world)
    world.give(stream, "declare_ties", ties=[{"who": "J2", "person": "p", "tie": "trained"}])
    world.give(stream, "leave", entity="member", code="M2")
    world.open_session("session:s", "cqp-gc", date(2027, 6, 7), date(2027, 6, 15))
    world.open_sitting("sitting:s", "cqp-cos", date(2027, 7, 13))
    await tell(store, reading, world)
    inquiries = Inquiries(Roster(reading.pool), Meetings(reading))
    asked = Effect(id="session:s#2/jurors", kind="inquire", template="jurors")
    jurors = TypeAdapter(SessionCommand).validate_python(await inquiries.answer("session:s", asked)).model_dump()
    assert [facts["juror"] for facts in jurors["jurors"]] == ["J1", "J2"]
    assert ([site["id"] for site in jurors["sites"]], [tie["person"] for tie in jurors["ties"]]) == (["paris"], ["p"])
    params = {"on": "2027-07-13", "sitting": "sitting:s"}
    asked = Effect(id="sitting:s#2/members", kind="inquire", template="members", params=params)
    members = TypeAdapter(SittingCommand).validate_python(await inquiries.answer("sitting:s", asked)).model_dump()
    assert ([facts["member"] for facts in members["members"]], members["inquiry"]) == (["M1"], asked.id)
