"""Stories of sessions that live by themselves."""

from __future__ import annotations

from datetime import date

from tests.conducted import conducted, with_conduct
from tests.domain import sessions
from tests.domain.registered import juror
from tests.domain.world import World, sealed

A, B, C = "pathway:a", "pathway:b", "pathway:c"
S = sessions.S
REASON = sealed().model_dump(mode="json")


def planned() -> World:
    """A plan, a juror who withdraws, an exception, an excuse, an absence, results that are late, a deadline lost."""
    ladder = [{"after": 1, "tell": "juror"}, {"after": 8, "tell": "head"}]
    conduct = with_conduct("cqp-cos", session={"exceptions": ["trained"], "ladder": ladder})
    world = sessions.seated(A, B, C, route="vae", schemes=lambda id: conduct)
    world.give(A, "set_conditions", workplace="Troyes", extra_time=33, unavailable=["2027-06-11"], proof=REASON)
    world.register |= {"j4": juror("j4")}
    visits = sessions.visits(world, "08 09:00", "08 14:00", "09 14:00")
    world.give(S, "publish_plan", **sessions.plan(world, visits))
    world.wait_until(sessions.CONVENED)
    world.give(S, "withdraw_juror", juror="j2", reason=REASON)
    visits = sessions.visits(world, "08 09:00", "08 14:00", "09 15:00", jurors=("j1", "j4"))
    world.give(S, "publish_plan", **sessions.plan(world, visits))
    world.wait_until(sessions.OPENS)
    world.register["j4"] = juror("j4", trained=None)
    world.give(S, "record_exception", rules=["trained"], reason=REASON)
    sessions.begin(world, "j1", "j4")
    world.give(S, "hold", absent={B: True, C: False})
    world.give(C, "reject_absence", reason=REASON)
    world.wait(days=40)
    world.advised(A)
    return world


def called_off() -> World:
    """A session announced before its registration opens, then cancelled with a reason that is sealed."""
    world = World(schemes=conducted)
    world.open_session(S, "cqp-cos", sessions.OPENS, sessions.CLOSES, registration_opens="2027-03-01")
    world.wait_until(date(2027, 3, 2))
    facts = juror("j3").model_dump(mode="json")
    world.give(S, "appoint_juror", juror="j3", part="trade_expert", organisation="CAF", facts=facts)
    world.give(S, "cancel", reason=REASON)
    return world


def foreseen() -> World:
    """A plan after which no sitting comes at all, so that a deadline cannot be met."""
    world = sessions.seated(A, route="vae", schemes=sessions.hurried)
    world.give(S, "publish_plan", **sessions.plan(world, sessions.visits(world, "08 09:00")))
    return world
