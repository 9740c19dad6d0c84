"""Sessions of a conducted scheme, as tests and stories need them: candidates seated, a plan, the day begun."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import date, datetime
from typing import Any

from domain.people import SiteFacts
from domain.plan import Visit
from domain.scheme import library
from domain.scheme.model import Deadline, Scheme
from domain.session.state import Session
from tests.conducted import conducted
from tests.domain.planned import visit
from tests.domain.world import World

S, T = "session:s", "sitting:s"
OPENS, CLOSES = date(2027, 6, 7), date(2027, 6, 15)
CONVENED = date(2027, 5, 23)
PARIS = SiteFacts(id="Paris", organisation="Ucanss", name="Ucanss, Paris", rooms=2)


def hurried(id: str) -> Scheme:
    """A scheme whose sittings must decide within a month of the jury."""
    decision = Deadline(
        id="decision", aggregate="pathway", title="Décision", starts="jury_attended", ends=("decided",), amount=1,
        unit="mois", who="paritaire", basis="Règlement",
    )  # fmt: skip
    plain = conducted(id)
    changed = plain.model_copy(update={"version": f"{plain.version}h", "deadlines": (*plain.deadlines, decision)})
    found = Scheme.model_validate(changed.model_dump(mode="json"))
    library.learn(found)
    return found


def session(world: World, stream: str = S) -> Session:
    """Where a session stands."""
    state = world.states[stream]
    assert isinstance(state, Session)
    return state


def seated(
    *streams: str, schemes: Callable[[str], Scheme] = conducted, route: str = "training", **fields: Any
) -> World:
    """A session with j1 and j2, and candidates of the branch of j2 who have a seat or wait for one."""
    world = World(schemes=schemes)
    world.open_session(S, "cqp-cos", OPENS, CLOSES, **fields)
    for stream in streams:
        world.start(stream, "cqp-cos", route, person=stream, employer="CPAM de l'Aube", branch="maladie")
        world.to_jury(stream)
        world.give(stream, "request_seat", session=S)
    return world


def known(world: World) -> list[dict[str, Any]]:
    """The register's jurors, as a command brings them."""
    return [facts.model_dump(mode="json") for facts in world.register.values()]


def begin(world: World, *present: str) -> None:
    """Open the session before those who are there."""
    world.give(S, "begin", present=list(present or ("j1", "j2")), jurors=known(world))


def visits(world: World, *times: str, jurors: Sequence[str] = ("j1", "j2")) -> list[Visit]:
    """One visit in Paris for each candidate, at these times (``07 09:00`` in June 2027)."""
    candidates = [session(world).candidates[stream] for stream in session(world).seated]
    return [
        visit(candidate, "Paris", datetime.fromisoformat(f"2027-06-{time}"), jurors, scheme=world.schemes("cqp-cos"))
        for candidate, time in zip(candidates, times, strict=False)
    ]


def plan(world: World, planned: Sequence[Visit]) -> dict[str, Any]:
    """The fields of ``publish_plan``."""
    return {
        "visits": [visit.model_dump(mode="json") for visit in planned],
        "jurors": known(world),
        "sites": [PARIS.model_dump(mode="json")],
        "ties": [tie.model_dump(mode="json") for tie in world.ties],
    }
