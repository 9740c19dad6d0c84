"""Sessions that live by themselves, on a real server whose clock is moved, with a real register."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import Any
from uuid import uuid4

from temporalio.testing import WorkflowEnvironment

from bench.orders import sealed
from domain.authority import Actor, Role
from domain.pathway.state import Seat
from domain.register import register_of
from domain.scheme import library
from domain.scheme.model import Scheme
from domain.session.state import Session
from tests.conducted import with_conduct
from tests.domain.registers import body, juror
from tests.engine.harness import JUROR, Engine, candidacy, eventually, order, stream, window

TRAINED = {"since": "2026-01-01", "until": "2035-12-31"}
JURY = {"j1": "president", "j2": "trade_expert", "j3": "trade_expert"}


@dataclass
class Stage:
    """A conducted scheme with a certifier of its own, the register of that certifier, and a clock."""

    made: Engine
    clock: WorkflowEnvironment
    scheme: Scheme

    @classmethod
    async def built(cls, made: Engine, clock: WorkflowEnvironment, **session: Any) -> Stage:
        """The scheme published, three jurors in the register: a president, and two experts of the branch."""
        conduct = with_conduct("cqp-cos", session=session).model_dump(mode="json", exclude_defaults=True)
        own = {"version": str(uuid4()), "certifier": f"Certificateur {uuid4()}"}
        scheme = Scheme.model_validate({**conduct, **own})
        library.learn(scheme)
        await made.reading.publish_scheme(scheme)
        stage, register = cls(made, clock, scheme), register_of(scheme)
        await made.found(register, order("open", scheme_id=scheme.id, scheme_hash=scheme.hash))
        await made.recorded(register)
        bodies = [body("cert", "certifier"), body("caf", "employer", branch="maladie")]
        await made.give(register, "enter_organisations", entries=bodies)
        people = [
            juror("j1", parts=["president"], organisation="cert", gender="M", trained=TRAINED),
            *(juror(id, branch="maladie", trained=TRAINED) for id in ("j2", "j3")),
        ]
        # The log checks what it seals, so the sealed values of the rules' tests will not do.
        entries = [{**entry, "identity": {**sealed(), "subject": entry["person"]}, "contact": None} for entry in people]
        await made.give(register, "enter_jurors", entries=entries)
        return stage

    async def today(self) -> date:
        """The day of the moved clock."""
        return (await self.clock.get_current_time()).date()

    async def until(self, day: date) -> None:
        """Move the clock to noon of ``day``; every timer on the way fires."""
        await self.clock.sleep(datetime.combine(day, time(12), UTC) - await self.clock.get_current_time())

    async def session(self, opens: date, closes: date, *jurors: str, **fields: Any) -> str:
        """A session with a jury."""
        id = stream("session")
        founding = {
            "scheme_id": self.scheme.id,
            "scheme_hash": self.scheme.hash,
            "opens": opens.isoformat(),
            "closes": closes.isoformat(),
            "registration_closes": (opens - timedelta(days=25)).isoformat(),
            "place": "Paris",
            "capacity": {block.id: 10 for block in self.scheme.blocks},
            **fields,
        }
        await self.made.found(id, order("open", **founding))
        await self.made.recorded(id)
        for name in jurors:
            await self.made.give(id, "appoint_juror", juror=name, part=JURY[name], organisation="caf")
        return id

    async def sitting(self, held_on: date) -> str:
        """A sitting with an open agenda."""
        id, known = stream("sitting"), dict[str, Any](scheme_id=self.scheme.id, scheme_hash=self.scheme.hash)
        await self.made.found(id, order("open", held_on=held_on.isoformat(), place="Paris", **known))
        await self.made.recorded(id)
        return id

    async def candidate(self, session: str) -> tuple[str, str]:
        """A pathway with a seat, and its person."""
        id, person = stream(), str(uuid4())
        await self.made.found(id, candidacy(scheme=self.scheme, person=person, employer="cpam", branch="maladie"))
        await self.made.recorded(id)
        await self.made.to_jury(id)
        await self.made.give(id, "request_seat", session=session)
        await self.seat(id, session, "granted")
        return id, person

    async def seat(self, pathway: str, session: str, *statuses: str) -> Seat:
        """The seat, once it is in ``session`` and has one of ``statuses``."""
        await self.made.until(
            pathway,
            lambda state: state.seat and state.seat.session == session and state.seat.status in statuses,
            f"{session} {statuses}",
        )
        seat = (await self.made.pathway(pathway)).seat
        assert seat is not None
        return seat

    async def tied(self, juror: str, person: str) -> None:
        """Somebody says that the juror coached the candidate."""
        register = register_of(self.scheme)
        await self.made.give(register, "declare_ties", ties=[{"who": juror, "person": person, "tie": "coached"}])

    async def facts(self) -> list[dict[str, Any]]:
        """What the register says of the jurors today."""
        from eventstore.roster import Roster

        known = await Roster(self.made.pool).jurors(register_of(self.scheme))
        return [facts.model_dump(mode="json") for facts in known]

    async def state(self, session: str) -> Session:
        """Where a session stands by its log."""
        state = await self.made.state(session)
        assert isinstance(state, Session)
        return state

    async def advise(self, pathway: str, *jurors: str) -> None:
        """Marks of the whole jury, then its opinion."""
        marks = {criterion: True for block in self.scheme.blocks for criterion in block.criteria}
        for name in jurors:
            own = Actor(id=f"juror:{name}", role=Role.JUROR)
            await self.made.give(pathway, "record_marks", actor=own, juror=name, marks=marks)
        blocks = {block.id: True for block in self.scheme.blocks}
        own = Actor(id=f"juror:{jurors[0]}", role=Role.JUROR)
        await self.made.give(pathway, "give_opinion", actor=own, juror=jurors[0], blocks=blocks)


async def test_a_session_goes_from_announced_to_transmitted_touched_by_jurors_alone(
    skipping: Engine, own_time_skipping: WorkflowEnvironment
) -> None:
    async with skipping.worker():
        stage = await Stage.built(skipping, own_time_skipping)
        today = await stage.today()
        opens, closes = window(stage.scheme, today + timedelta(days=70))
        later, after = window(stage.scheme, closes + timedelta(days=40))
        announced = (opens - timedelta(days=60)).isoformat()
        session = await stage.session(opens, closes, "j1", "j2", registration_opens=announced)
        sitting = await stage.sitting(closes + timedelta(days=30))
        next_one = await stage.session(later, after, "j1", "j3")
        await stage.until(opens - timedelta(days=59))
        (a, _), (b, _), (c, person) = [await stage.candidate(session) for _ in range(3)]
        await stage.tied("j2", person)
        await stage.until(opens)
        for pathway in (a, b):
            assert (await stage.seat(pathway, session, "convened")).jurors == ("j1", "j2")
        # The jury of the third one is not lawful, and j3 would mend it.
        (finding,) = (await stage.state(session)).faults[c]
        assert (finding.rule, finding.mends) == ("no_tie", ("j3",))
        facts = await stage.facts()
        assert await skipping.refusal(session, "begin", actor=JUROR, present=["j1"], jurors=facts) == (
            "session.jury_unlawful"
        )
        await skipping.give(session, "begin", actor=JUROR, present=["j1", "j2"], jurors=facts)
        await skipping.give(session, "hold", actor=JUROR, absent={b: True})
        await stage.seat(a, session, "attended")
        await stage.advise(a, "j1", "j2")
        await skipping.until(a, lambda state: state.dossier and state.dossier.sitting == sitting, "transmitted")
        await skipping.until(a, lambda state: state.dossier and state.dossier.accepted, "on the agenda")
        # Excused, and without a lawful jury: both go to the next session by themselves.
        for pathway in (b, c):
            await stage.seat(pathway, next_one, "granted", "convened")
        await skipping.until_event(session, "session_completed")
    assert "absence_recorded" not in await skipping.kinds(c)
    assert (await skipping.kinds(session)).count("jury_inquired") == 1


async def test_a_juror_who_withdraws_is_replaced_and_the_candidate_convened_anew(
    skipping: Engine, own_time_skipping: WorkflowEnvironment
) -> None:
    async with skipping.worker():
        stage = await Stage.built(skipping, own_time_skipping, exceptions=["trained"])
        opens, closes = window(stage.scheme, await stage.today() + timedelta(days=70))
        session = await stage.session(opens, closes, "j1", "j2")
        pathway, _ = await stage.candidate(session)
        await stage.until(opens - timedelta(days=14))
        await stage.seat(pathway, session, "convened")
        await skipping.give(session, "withdraw_juror", actor=JUROR, juror="j2", reason=sealed())

        async def asked() -> bool:
            notices = await skipping.reading.notices(stream=session)
            return ("juror", "replacement") in [(notice.audience, notice.template) for notice in notices]

        await eventually(asked, "a substitute is asked")
        await skipping.give(session, "appoint_juror", juror="j3", part="trade_expert", organisation="caf")
        await skipping.until(pathway, lambda state: state.seat and state.seat.jurors == ("j1", "j3"), "convened anew")
        await stage.until(opens)
        # The day has come, and the training of j3 has run out: only a reasoned exception opens the session.
        facts = [{**one, "trained": None} if one["juror"] == "j3" else one for one in await stage.facts()]
        here = {"actor": JUROR, "present": ["j1", "j3"], "jurors": facts}
        assert await skipping.refusal(session, "begin", **here) == "session.jury_unlawful"
        await skipping.give(session, "record_exception", rules=["trained"], reason=sealed())
        await skipping.give(session, "begin", **here)
    assert (await stage.state(session)).status == "begun"
