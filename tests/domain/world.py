"""A world without servers: the aggregates, a clock, and effects delivered at once.

It runs exactly the pure functions that the workflows run, so a rule can be stated at the lowest level there is.
"""

from __future__ import annotations

import itertools
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from hashlib import sha256
from typing import Any

from domain.agenda import Due, Effect
from domain.aggregate import Order, Repeated, Standing, order_digest
from domain.aggregates import aggregate_of
from domain.authority import SYSTEM, Actor, Role
from domain.awards.state import Book
from domain.log import StoredEvent
from domain.pathway.state import Pathway
from domain.people import JurorFacts, TieFacts
from domain.records import Fact, Recorded, Sealed
from domain.refusal import Refusal, Refused
from domain.scheme import library
from domain.scheme.model import Scheme
from tests.by_hand import by_hand
from tests.domain.registered import jurors

ADMINISTRATOR = Actor(id="operator", role=Role.ADMINISTRATOR)
ROLES = {role: Actor(id=role.value, role=role) for role in Role}


def sealed(subject: str = "person") -> Sealed:
    """A sealed value such as the door makes; its content does not matter to any rule."""
    return Sealed(subject=subject, key_version=1, digest="d" * 64, ciphertext="AAAA")


def scheme(id: str) -> Scheme:
    """A bundled scheme, learnt by this process."""
    found = by_hand()[id]
    library.learn(found)
    return found


@dataclass
class World:
    """Streams in memory. ``now`` moves only when told to.

    ``answers``: what an inquiry (``members``, ``jurors``…) is answered with, as fields of ``note_<it>``, where that is
    not what ``register``, ``ties``, the sessions and the sittings of this world give. ``issuing``: whether certificates
    are made.
    """

    now: datetime = datetime(2027, 1, 4, 9, tzinfo=UTC)
    states: dict[str, Standing] = field(default_factory=dict)
    logs: dict[str, list[StoredEvent]] = field(default_factory=dict)
    notices: list[Effect] = field(default_factory=list)
    answers: dict[str, Callable[[Effect], dict[str, Any]]] = field(default_factory=dict)
    register: dict[str, JurorFacts] = field(default_factory=jurors)
    ties: list[TieFacts] = field(default_factory=list)
    schemes: Callable[[str], Scheme] = scheme
    delivering: bool = True
    issuing: bool = True
    _ids: Any = field(default_factory=lambda: itertools.count(1))
    _dues: dict[str, tuple[int, list[Due]]] = field(default_factory=dict)

    @property
    def today(self) -> date:
        """The current day."""
        return self.now.date()

    def give(
        self,
        stream: str,
        kind: str,
        /,
        actor: Actor = ADMINISTRATOR,
        on: date | None = None,
        command_id: str | None = None,
        **fields: Any,
    ) -> list[Fact]:
        """Give a command, and let everything that follows at once happen. Returns its facts; raises ``Refused``."""
        order = _order(command_id or f"c{next(self._ids)}", kind, actor, on, fields)
        facts = self._carry_out(stream, order)
        if self.delivering:
            self.deliver()
        return facts

    def refusal(self, stream: str, kind: str, /, **fields: Any) -> str:
        """The code with which a command is refused, leaving nothing behind."""
        before = len(self.logs.get(stream, []))
        try:
            facts = self.give(stream, kind, **fields)
        except Refused as refused:
            assert len(self.logs.get(stream, [])) == before, "a refusal left a trace"
            return refused.refusal.code
        raise AssertionError(f"{kind} was accepted: {facts}")

    def _carry_out(self, stream: str, order: Order) -> list[Fact]:
        aggregate = aggregate_of(stream)
        state = self.states.get(stream)
        if state is None:
            state = aggregate.new()
            state.stream = stream
        answer = aggregate.consider(state, order, self.now)
        if isinstance(answer, Refusal):
            raise Refused(answer)
        if isinstance(answer, Repeated) or not answer:
            return []
        events = aggregate.events(state, order, answer, self.now)
        log = self.logs.setdefault(stream, [])
        stored = [
            StoredEvent(
                version=state.version + number,
                command_id=order.command_id,
                type=event.type,
                schema_version=event.schema_version,
                occurred_at=event.occurred_at,
                recorded_at=self.now,
                public=event.public,
            )
            for number, event in enumerate(events, start=1)
        ]
        aggregate.rows(aggregate.foresee(state, order, events, self.now), state.version)
        log.extend(stored)
        self.states[stream] = aggregate.fold(state, stream, stored)
        return answer

    def deliver(self) -> None:
        """Carry out every effect that is owed, until none is."""
        while True:
            owed = [(stream, effect) for stream, state in self.states.items() for effect in state.owed.values()]
            if not owed:
                return
            for stream, effect in owed:
                self.settle(stream, effect)

    def settle(self, stream: str, effect: Effect) -> None:
        """Carry out one effect that ``stream`` owes; what follows from it is left owed."""
        outcome = {"effect": effect.id, "refusal": self._settle(effect)}
        self._carry_out(stream, _order(f"ack:{effect.id}", "settle", SYSTEM, None, {"outcomes": [outcome]}))

    def _settle(self, effect: Effect) -> dict[str, Any] | None:
        if effect.kind == "notice":
            self.notices.append(effect)
        elif effect.kind == "deliver":
            try:
                fields = {key: value for key, value in effect.command.items() if key != "kind"}
                self._carry_out(effect.target, _order(effect.id, effect.command["kind"], SYSTEM, None, fields))
            except Refused as refused:
                return refused.refusal.model_dump(mode="json")
        elif effect.kind == "share":
            self._share(effect)
        elif effect.kind in ("issue", "publish"):
            self._make(effect)
        else:
            self._inquire(effect)
        return None

    def _make(self, effect: Effect) -> None:
        """Tell a book of awards that its documents or its list were made; where nothing is ``issuing`` they are not."""
        if not self.issuing:
            return
        stream, said = effect.id.partition("#")[0], effect.params
        digests = {name: sha256(f"{name} {said}".encode()).hexdigest() for name in ("document", "credential", "digest")}
        if effect.kind == "issue":
            made = {"document": digests["document"], "credential": digests["credential"], "key": "k" * 64}
            self._carry_out(stream, _order(effect.id, "note_issued", SYSTEM, None, {**said, **made}))
        else:
            listed = {"digest": digests["digest"], "withdrawn": len(self.book(stream).withdrawn)}
            self._carry_out(stream, _order(effect.id, "note_published", SYSTEM, None, {**said, **listed}))

    def _inquire(self, effect: Effect) -> None:
        stream, what = effect.id.partition("#")[0], effect.params.get("what", effect.template)
        answer = self.answers.get(effect.template) or getattr(self, f"_{what}", None)
        if answer is None:
            return
        fields = {**answer(effect), "inquiry": effect.id}
        for asking in self._seekers(effect) if effect.template == "seekers" else [stream]:
            self._carry_out(asking, _order(f"{effect.id}/{asking}", f"note_{what}", SYSTEM, None, fields))

    def _jurors(self, effect: Effect) -> dict[str, Any]:
        known, ties = self.register.values(), [tie.model_dump(mode="json") for tie in self.ties]
        return {"jurors": [facts.model_dump(mode="json") for facts in known], "ties": ties}

    def _sessions(self, effect: Effect) -> dict[str, Any]:
        rows = [aggregate_of(stream).view(state).main for stream, state in self.states.items()]
        found = [row for row in rows if "registration_closes" in row and row["status"] == "open"]
        return {
            "sessions": [
                {
                    **{name: str(row[name]) for name in ("opens", "closes", "registration_closes")},
                    "session": row["session_id"],
                    "blocks": [block for block, seats in row["capacity"].items() if seats],
                }
                for row in found
                if row["scheme_id"] == effect.params["scheme"]
            ]
        }

    def _sittings(self, effect: Effect) -> dict[str, Any]:
        rows = [aggregate_of(stream).view(state).main for stream, state in self.states.items()]
        found = [row for row in rows if "sitting_id" in row and "held_on" in row and row["status"] == "open"]
        chosen = [row for row in found if row["scheme_id"] == effect.params["scheme"]]
        return {"sittings": [{"sitting": row["sitting_id"], "held_on": str(row["held_on"])} for row in chosen]}

    def _seekers(self, effect: Effect) -> list[str]:
        """The pathways that wait for a session or a sitting to open."""
        return [
            stream
            for stream, state in self.states.items()
            if isinstance(state, Pathway) and state.seeking == effect.params["what"]
        ]

    def _share(self, effect: Effect) -> None:
        """Tell the person's other open pathways which blocks are held; those that need none of them say so."""
        origin = effect.id.partition("#")[0]
        for held_as in effect.params.get("withdrawn", ()):
            told = {"held_as": held_as, "pathway": origin, "instead": self._other(effect.target, held_as, origin)}
            for stream, state in list(self.states.items()):
                if stream != origin and isinstance(state, Pathway) and state.person == effect.target:
                    self._carry_out(stream, _order(f"{effect.id}/{held_as}", "note_withdrawal", SYSTEM, None, told))
        for stream, state in list(self.states.items()):
            if stream == origin or not isinstance(state, Pathway):
                continue
            if state.person != effect.target or state.status == "closed":
                continue
            for held_as, since in effect.params.get("blocks", {}).items():
                block = {"held_as": held_as, "since": since, "pathway": origin}
                fields = {"block": block | {key: effect.params[key] for key in ("until",) if key in effect.params}}
                with suppress(Refused):
                    self._carry_out(stream, _order(f"{effect.id}/{held_as}", "recognise_block", SYSTEM, None, fields))

    def _other(self, person: str, held_as: str, origin: str) -> dict[str, Any] | None:
        """Another award of the block that the person still holds."""
        for state in self.states.values():
            if isinstance(state, Pathway) and state.person == person and state.stream != origin:
                for block in state.held.values():
                    if (block.held_as, block.pathway) == (held_as, state.stream):
                        return block.model_dump(mode="json")
        return None

    def wait(self, **period: float) -> None:
        """Let time pass: everything that falls due on the way happens when it falls due."""
        end = self.now + timedelta(**period)
        while True:
            coming = [
                (due.at, stream, due.id)
                for stream, state in self.states.items()
                for due in self._due(stream, state)
                if due.at <= end
            ]
            if not coming:
                break
            at, stream, id = min(coming)
            self.now = max(self.now, at)
            facts = self._carry_out(stream, _order(f"deadline:{id}", "deadline_reached", SYSTEM, None, {"due": id}))
            assert facts, f"{id} came and changed nothing: it would come for ever"
            if self.delivering:
                self.deliver()
        self.now = end

    def _due(self, stream: str, state: Standing) -> list[Due]:
        """What a stream waits for, reckoned once for each of its versions."""
        version, due = self._dues.get(stream, (0, []))
        if version != state.version:
            due = aggregate_of(stream).due(state)
            self._dues[stream] = state.version, due
        return due

    def wait_until(self, day: date) -> None:
        """Let time pass until nine in the morning (UTC) of ``day``."""
        self.wait(seconds=(datetime(day.year, day.month, day.day, 9, tzinfo=UTC) - self.now).total_seconds())

    def pathway(self, stream: str) -> Pathway:
        """The state of a pathway."""
        state = self.states[stream]
        assert isinstance(state, Pathway)
        return state

    def book(self, stream: str) -> Book:
        """The state of a book of awards."""
        state = self.states[stream]
        assert isinstance(state, Book)
        return state

    def kinds(self, stream: str) -> list[str]:
        """The types of the events of a stream, in order."""
        return [event.type for event in self.logs[stream]]

    def records(self, stream: str) -> list[Recorded]:
        """The events of a stream."""
        aggregate = aggregate_of(stream)
        return [aggregate.read(stream, event)[0] for event in self.logs[stream]]

    def deadline(self, stream: str, id: str) -> date | None:
        """The last day of a deadline that runs on a stream, or None while it is paused. KeyError if it does not run."""
        state = self.states[stream]
        due: dict[str, date | None] = {
            row["deadline"]: row["due_on"] for row in aggregate_of(stream).view(state).deadlines
        }
        return due[id]

    # --- the usual road -----------------------------------------------------------------------------------------

    def start(self, stream: str, scheme_id: str, route: str = "training", **fields: Any) -> Pathway:
        """Register a candidacy."""
        person = fields.pop("person", "person")
        on = fields.pop("on", None)
        self.give(
            stream,
            "start",
            on=on,
            person=person,
            scheme_id=scheme_id,
            scheme_hash=self.schemes(scheme_id).hash,
            route=route,
            identity=sealed(person).model_dump(mode="json"),
            **fields,
        )
        return self.pathway(stream)

    def to_jury(self, stream: str) -> Pathway:
        """Go through every step before the jury in the plainest way."""
        while (step := self.pathway(stream).current) is not None and step.kind != "jury":
            match step.kind:
                case "positioning":
                    outcome = "needs" if step.decides else None
                    self.give(stream, "record_positioning", body="CFP", outcome=outcome)
                case "preliminary":
                    self.give(stream, "record_preliminary", body="Évaluateur", marks=self.sheet(stream, False))
                case "training":
                    module = {"id": "m1", "title": "Module", "hours": 7}
                    today = self.today.isoformat()
                    self.give(stream, "plan_training", body="CFP", modules=[module], starts=today, ends=today)
                    self.give(stream, "complete_module", module="m1")
                    self.give(stream, "complete_training")
                case "admissibility":
                    self.give(stream, "file_admissibility", pieces=["livret 1"])
                    self.give(stream, "decide_admissibility", admissible=True)
                case "dossier":
                    blocks = {block.id: 1 for block in self.pathway(stream).remaining()}
                    self.give(stream, "file_dossier", situations=blocks)
                case _:
                    raise AssertionError(f"no way through {step.kind}")
        return self.pathway(stream)

    def sheet(self, stream: str, met: bool = True, failed: tuple[str, ...] = ()) -> dict[str, bool]:
        """Marks for every remaining criterion: ``met``, except in the ``failed`` blocks."""
        return {
            criterion: met and block.id not in failed
            for block in self.pathway(stream).remaining()
            for criterion in block.criteria
        }

    def open_session(self, stream: str, scheme_id: str, opens: date, closes: date, **fields: Any) -> None:
        """Open a session with seats for everyone and two jurors."""
        capacity = fields.pop("capacity", None) or {block.id: 100 for block in self.schemes(scheme_id).blocks}
        registration = fields.pop("registration_closes", opens - timedelta(days=25))
        self.give(
            stream,
            "open",
            scheme_id=scheme_id,
            scheme_hash=self.schemes(scheme_id).hash,
            opens=opens.isoformat(),
            closes=closes.isoformat(),
            registration_closes=registration.isoformat(),
            place="Paris",
            capacity=capacity,
            **fields,
        )
        for juror, part in (("j1", "president"), ("j2", "trade_expert")):
            self.give(stream, "appoint_juror", juror=juror, part=part, organisation="Ucanss", branch="maladie")

    def open_sitting(self, stream: str, scheme_id: str, held_on: date) -> None:
        """Set a sitting."""
        self.give(
            stream,
            "open",
            scheme_id=scheme_id,
            scheme_hash=self.schemes(scheme_id).hash,
            held_on=held_on.isoformat(),
            place="Paris",
        )

    def marked(self, stream: str, failed: tuple[str, ...] = ()) -> None:
        """The jury marks; the ``failed`` blocks are not met."""
        sheet, seat = self.sheet(stream, failed=failed), self.pathway(stream).seat
        for juror in seat.jurors if seat and seat.jurors else ("j1", "j2"):
            own = Actor(id=f"juror:{juror}", role=Role.JUROR)
            self.give(stream, "record_marks", actor=own, juror=juror, marks=sheet)

    def convened(
        self, *streams: str, scheme_id: str = "cqp-cos", session: str = "session:s", at: date = date(2027, 6, 8)
    ) -> None:
        """Bring pathways to the jury and convene them to a session that has begun on the day ``at``."""
        for stream in streams:
            self.to_jury(stream)
        self.open_session(session, scheme_id, at - timedelta(days=1), at + timedelta(days=7))
        for stream in streams:
            self.give(stream, "request_seat", session=session)
        self.wait_until(at)

    def deliberating(
        self, *streams: str, scheme_id: str = "cqp-cos", sitting: str = "sitting:s", at: date = date(2027, 7, 13)
    ) -> None:
        """Bring pathways with an opinion before a sitting that has begun on the day ``at``."""
        self.open_sitting(sitting, scheme_id, at)
        for stream in streams:
            self.give(stream, "send_dossier", sitting=sitting)
        self.wait_until(at)

    def advised(self, stream: str, failed: tuple[str, ...] = ()) -> None:
        """Marks, then the opinion that follows them."""
        blocks = {block.id: block.id not in failed for block in self.pathway(stream).remaining()}
        self.marked(stream, failed)
        recommendations = {block: sealed().model_dump(mode="json") for block in failed}
        self.give(stream, "give_opinion", juror="j1", blocks=blocks, recommendations=recommendations)


def _order(command_id: str, kind: str, actor: Actor, on: date | None, fields: dict[str, Any]) -> Order:
    command = {"kind": kind, **{key: value for key, value in fields.items() if value is not None}}
    return Order(command_id=command_id, digest=order_digest(command, on), actor=actor, on=on, command=command)
