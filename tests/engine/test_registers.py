"""A register on a real server: entered in one act, carried over runs, brought back after Temporal lost it."""

from __future__ import annotations

from uuid import uuid4

from domain.register import register_of
from domain.register.state import Register
from domain.scheme import library
from domain.scheme.model import Scheme
from eventstore.projections import rebuild
from eventstore.roster import Roster
from eventstore.unfinished import unfinished
from schemes.files import bundled
from tests.domain.registers import body, juror
from tests.engine.harness import Engine, gapless, once_each, order
from workers.recovery import Recovered, recover


async def of_its_own(made: Engine) -> tuple[str, Scheme]:
    """A register whose certifier no other test on this server has, and the scheme that it opens with."""
    plain = bundled()["cqp-cos"].model_dump(mode="json", exclude_defaults=True)
    scheme = Scheme.model_validate({**plain, "version": str(uuid4()), "certifier": f"Certificateur {uuid4()}"})
    library.learn(scheme)
    await made.reading.publish_scheme(scheme)
    return register_of(scheme), scheme


async def entered(made: Engine, id: str) -> Register:
    state = await made.state(id)
    assert isinstance(state, Register)
    return state


async def test_a_roster_is_entered_in_one_act_and_survives_runs_and_the_loss_of_temporals_memory(live: Engine) -> None:
    id, scheme = await of_its_own(live)
    await live.found(id, order("open", scheme_id=scheme.id, scheme_hash=scheme.hash), orders_per_run=3)
    await live.recorded(id)
    await live.give(id, "enter_organisations", entries=[body("caf", "employer", branch="famille")])
    jurors = [juror(f"J{number:03d}") for number in range(200)]
    receipt = await live.give(id, "enter_jurors", entries=jurors)
    assert (receipt.from_version, receipt.version) == (2, 202)
    for day in range(1, 6):
        absence = {"since": f"2030-01-0{day}", "until": f"2030-01-0{day}"}
        await live.give(id, "declare_absence", juror="J007", absence=absence)
    await live.handle(id).terminate()
    assert id in [stream async for page in unfinished(live.pool) for stream in page]
    assert await recover(live.client, live.pool, lambda done: None, live.task_queue) == Recovered(started=1)
    known = [juror(f"J{number:03d}", known=True, keeps=("absent",)) for number in range(200)]
    again = await live.give(id, "enter_jurors", entries=known)
    assert (again.from_version, again.version) == (207, 207)
    facts = await Roster(live.pool).jurors(id)
    assert (len(facts), len(facts[7].absent)) == (200, 5)
    events = await live.events(id)
    assert gapless(events)
    assert once_each(events)
    assert (await rebuild(live.pool, check=True)).same
