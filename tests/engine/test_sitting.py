"""A sitting on real workflows: convened by itself, no quorum, a second convocation that makes itself, proclaimed."""

from __future__ import annotations

from datetime import date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from temporalio.testing import WorkflowEnvironment

from bench.orders import sealed
from domain.register import register_of
from domain.scheme.model import Scheme
from domain.sitting.state import Sitting
from schemes.files import bundled
from tests.conducted import conducted
from tests.engine.harness import JUROR, Engine, eventually, order, stream, window
from tests.engine.test_road import sleep_until

PARIS = ZoneInfo("Europe/Paris")


async def register(engine: Engine, scheme: Scheme) -> None:
    """A register with two titular members of each college."""
    id = register_of(scheme)
    await engine.found(id, order("open", scheme_id=scheme.id, scheme_hash=scheme.hash))
    colleges = {"e1": "employers", "e2": "employers", "s1": "employees", "s2": "employees"}
    entries: list[dict[str, Any]] = [
        {
            "facts": {"member": id, "college": college, "standing": "titular"},
            "person": sealed()["subject"],
            "identity": sealed(),
        }
        for id, college in colleges.items()
    ]
    await engine.recorded(id)
    await engine.give(id, "enter_members", entries=entries)


async def advised(engine: Engine, environment: WorkflowEnvironment, after: date) -> tuple[str, date]:
    """A pathway with an opinion, and the day on which it has one. Its own scheme leaves juries to people."""
    scheme = bundled()["cqp-cos"]
    opens, closes = window(scheme, after)
    pathway = await engine.start()
    await engine.to_jury(pathway)
    session = await engine.open_session(scheme.id, opens, closes)
    await engine.give(pathway, "request_seat", session=session)
    await engine.until(pathway, lambda state: state.seat and state.seat.status == "granted", "a seat")
    await sleep_until(environment, datetime.combine(opens, time(12), PARIS))
    await engine.until(pathway, lambda state: state.seat and state.seat.status == "convened", "convened")
    for juror in ("j1", "j2"):
        marks = {criterion: True for block in scheme.blocks for criterion in block.criteria}
        await engine.give(pathway, "record_marks", actor=JUROR, juror=juror, marks=marks)
    blocks = {block.id: True for block in scheme.blocks}
    await engine.give(pathway, "give_opinion", actor=JUROR, juror="j1", blocks=blocks)
    return pathway, opens


async def test_without_a_quorum_the_second_convocation_makes_itself_and_decides(
    skipping: Engine, own_time_skipping: WorkflowEnvironment
) -> None:
    scheme = conducted("cqp-cos")
    await skipping.reading.publish_scheme(scheme)
    async with skipping.worker():
        await register(skipping, scheme)
        today = (await own_time_skipping.get_current_time()).date()
        pathway, day = await advised(skipping, own_time_skipping, today + timedelta(days=60))
        held_on = day + timedelta(days=40)
        sitting = stream("sitting")
        known: dict[str, Any] = {"scheme_id": scheme.id, "scheme_hash": scheme.hash}
        await skipping.found(sitting, order("open", held_on=held_on.isoformat(), place="Paris", **known))
        await skipping.recorded(sitting)
        await skipping.give(pathway, "send_dossier", sitting=sitting)
        await skipping.until(pathway, lambda state: state.dossier and state.dossier.accepted, "on the agenda")
        await sleep_until(own_time_skipping, datetime.combine(held_on, time(12), PARIS))
        await skipping.until_event(sitting, "members_convened")

        await skipping.give(sitting, "record_attendance", present=["e1"])
        second = f"{sitting}-2"
        moved = "the dossier before the second convocation"
        await skipping.until(pathway, lambda state: state.dossier and state.dossier.sitting == second, moved)
        await skipping.until(pathway, lambda state: state.dossier and state.dossier.accepted, moved)
        await skipping.until_event(second, "members_convened")
        again = await skipping.state(second)
        assert isinstance(again, Sitting)
        assert again.held_on is not None
        assert again.held_on - held_on == timedelta(days=8)
        await sleep_until(own_time_skipping, datetime.combine(again.held_on, time(12), PARIS))
        await skipping.give(second, "record_attendance", present=["e1"])
        blocks = {block.id: True for block in scheme.blocks}
        fields = {"blocks": {**blocks, "TD": False}, "reasons": sealed(), "recommendations": {"TD": sealed()}}
        await skipping.give(second, "decide_dossier", pathway=pathway, votes={"e1": "for"}, **fields)
        await skipping.give(second, "proclaim")
        await skipping.until(
            pathway, lambda state: state.status == "closed" and not state.owed, "closed, owing nothing"
        )

        async def nothing_owed() -> bool:
            return not (await skipping.state(second)).owed

        await eventually(nothing_owed, "a sitting that owes nothing")
        for id in (sitting, second):
            await skipping.handle(id).result()
    assert (await skipping.pathway(pathway)).outcome == "partial"
    told = [notice.audience for notice in await skipping.reading.notices(second) if notice.template == "sitting"]
    assert told == ["member"] * 4
    deliberated = [event.public for event in await skipping.events(pathway) if event.type == "deliberated"]
    assert len(deliberated) == 1
    assert '"members":["e1"]' in deliberated[0]
