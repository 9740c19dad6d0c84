"""A world in which anything is asked in any order: sensible steps, nonsense, and time that passes."""

from __future__ import annotations

import copy
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from functools import cache
from typing import Any

from hypothesis import strategies as st

from domain.agenda import Effect
from domain.aggregate import Order, order_digest
from domain.aggregates import aggregate_of
from domain.authority import MAY, SYSTEM, Role
from domain.people import JurorFacts, MemberFacts, Span, TieFacts
from domain.records import Fact
from domain.refusal import Refused
from domain.scheme import library
from domain.scheme.model import Scheme
from tests.by_hand import by_hand
from tests.conducted import with_conduct
from tests.domain import registers
from tests.domain.chance_questions import FORGED, MEETINGS, PATHWAYS, QUESTIONS, SCHEMES, Asked, Question
from tests.domain.chance_steps import STEPS, attendance, blocks, meeting, rights
from tests.domain.registered import juror, jurors, president
from tests.domain.world import ADMINISTRATOR, ROLES, World, scheme

ROADS = (("cqp-cos", "training"), ("cqp-gc", "training"), ("cqp-cos", "vae"), ("cqp-conseiller-retraite", "training"))

Move = tuple[str, int]


@cache
def conducted(id: str) -> Scheme:
    """The scheme ``id`` with a conduct that leads to everything: exceptions, a ladder, deadlines that are soon over."""
    rules = [rule.rule for rule in by_hand()[id].jury.rules]
    ladder = [{"after": after, "tell": tell} for after, tell in ((0, "juror"), (3, "president"), (7, "head"))]
    session = {"exceptions": rules[::2] + rules[-1:], "ladder": ladder}
    found = with_conduct(id, session=session, contestation={"basis": "Règlement de certification"})
    plain = found.model_dump(mode="json", exclude_defaults=True)
    common = {"aggregate": "pathway", "basis": "Règlement", "unit": "calendaires"}
    plain["deadlines"] += [
        # From the first day of a session this lasts until before the sitting, from the last one until after it.
        {"id": "decision", "title": "Décision", "starts": "jury_attended", "ends": ["decided"], "amount": 28,
         "who": "paritaire", **common},
        {"id": "completeness", "title": "Envoi des pièces", "starts": "pieces_requested", "amount": 8,
         "ends": ["pieces_provided", "admissibility_decided"], "passed": "as_it_stands", "who": "candidate", **common},
    ]  # fmt: skip
    changed = Scheme.model_validate({**plain, "version": f"{plain['version']}-chance"})
    library.learn(changed)
    return changed


def _roster() -> dict[str, JurorFacts]:
    """More jurors than a session needs."""
    return {**jurors(), "j3": juror("j3", branch="retraite", gender="M"), "j4": president("j4", gender="F")}


def _members() -> list[MemberFacts]:
    """Two titulars of each college and a substitute; then, for later sittings, two others of each."""
    titulars = [("e1", "employers"), ("s1", "employees"), ("e2", "employers"), ("s2", "employees")]
    others = [("e3", "employers"), ("s3", "employees"), ("e4", "employers"), ("s4", "employees")]
    found = [
        MemberFacts.model_validate({"member": id, "college": college, "standing": "titular"})
        for id, college in titulars + others
    ]
    return [*found, MemberFacts(member="x1", college="employers", standing="substitute", juror="j2")]


@dataclass
class Chance(World):
    """A world that remembers every order that left an event.

    ``posting``: notices go out by mail, and some of these do not arrive.
    """

    done: list[tuple[str, Order]] = field(default_factory=list)
    members: list[MemberFacts] = field(default_factory=_members)
    posting: bool = False

    @property
    def streams(self) -> tuple[str, ...]:
        """Every stream that has an event; a register more often, for there is much to ask of one."""
        return (*self.states, *(stream for stream in self.states if stream.startswith("register:") for _ in "12"))

    @property
    def conducted(self) -> bool:
        """Whether the schemes of this world have a conduct."""
        return self.schemes is conducted

    def fork(self) -> Chance:
        """The same world once more; what happens in one of them is not seen in the other."""
        twin = copy.copy(self)
        for name in ("notices", "answers", "register", "ties", "done", "members", "_ids", "_dues"):
            setattr(twin, name, copy.copy(getattr(self, name)))
        twin.states = {stream: state.copy() for stream, state in self.states.items()}
        twin.logs = {stream: log.copy() for stream, log in self.logs.items()}
        return twin

    def mandates(self, sitting: str) -> dict[str, Any]:
        """The answer to the question who the members in office are: later sittings have others."""
        titulars = [member for member in self.members if member.standing == "titular"]
        half = titulars[len(titulars) // 2 :] if sitting.endswith("-late") else titulars[: len(titulars) // 2]
        known = half if sitting.endswith("-late") else [*half, *(self.members[len(titulars) :])]
        ties = [tie.model_dump(mode="json") for tie in self.ties]
        return {"members": [member.model_dump(mode="json") for member in known], "ties": ties, "last": "employers"}

    def settle(self, stream: str, effect: Effect) -> None:
        """Carry out an effect; where notices go out by mail, all of the stream's at once."""
        if effect.kind != "notice" or not self.posting:
            super().settle(stream, effect)
            return
        outcomes = []
        for owed in self.states[stream].owed.values():
            if owed.kind == "notice":
                outcomes.append({"effect": owed.id, "mail": self._mailing(stream, owed)})
        if outcomes:
            last = outcomes[-1]
            self.notices.append(effect)
            attempt = f"{last['effect']}/{self.states[stream].version}"
            self._carry_out(stream, _machine(f"post:{attempt}", "settle", {"outcomes": outcomes}))

    def _mailing(self, stream: str, effect: Effect) -> dict[str, Any]:
        before = self.states[stream].mails.get(effect.id)
        attempt = before.mailing.attempt + 1 if before else 1
        status = ("sent", "deferred", "bounced", "uncertain")[effect.version % 4]
        # What was put off is taken in the end.
        status = "sent" if attempt > 2 else status
        return {"status": status, "attempt": attempt, "message_id": f"m{attempt}", "code": "250"}

    def _carry_out(self, stream: str, order: Order) -> list[Fact]:
        facts = super()._carry_out(stream, order)
        if facts:
            self.done.append((stream, order))
        return facts

    def _inquire(self, effect: Effect) -> None:
        if effect.template == "members":
            self.answers["members"] = lambda asked: self.mandates(asked.params["sitting"])
        super()._inquire(effect)


def _machine(command_id: str, kind: str, fields: dict[str, Any]) -> Order:
    command = {"kind": kind, **fields}
    return Order(command_id=command_id, digest=order_digest(command, None), actor=SYSTEM, command=command)


STAGES = ("candidacy", "jury", "convocation", "opinion", "sitting", "decision")


def begun(stage: str = "candidacy", schemes: Callable[[str], Scheme] = scheme) -> Chance:
    """Five candidacies of three people, one seat in each session, a sitting for each certification.

    ``stage`` (of :data:`STAGES`) is how far everyone has come: chance alone would seldom lead to the far end. Where the
    ``schemes`` have a conduct there are also a register, and later sessions and sittings.
    """
    return _begun(stage, schemes).fork()


@cache
def _begun(stage: str, schemes: Callable[[str], Scheme]) -> Chance:
    if stage != STAGES[0]:
        world = _begun(STAGES[STAGES.index(stage) - 1], schemes).fork()
        _bring_to(world, stage)
        return world
    world = Chance(schemes=schemes)
    if world.conducted:
        world.register = _roster()
    for number, (scheme_id, route) in enumerate((*ROADS, ("clea", "training"))):
        # The expert for pensions is not appointed: that jury has to be mended.
        branch = "retraite" if number == 1 else "maladie"
        where = {"employer": "CPAM de l'Aube", "branch": branch} if world.conducted else {}
        world.start(PATHWAYS[number], scheme_id, route, person=f"person{number // 2}", **where)
    for id in SCHEMES:
        seats = {block.id: 1 for block in world.schemes(id).blocks}
        world.open_session(f"session:{id}", id, date(2027, 6, 7), date(2027, 6, 15), capacity=seats)
        world.open_sitting(f"sitting:{id}", id, date(2027, 7, 13))
    if world.conducted:
        _open_more(world)
    return world


def _open_more(world: Chance) -> None:
    opens, closes = date(2027, 10, 4), date(2027, 10, 12)
    world.open_session(
        "session:cqp-cos-next", "cqp-cos", opens, closes, registration_opens=date(2027, 6, 21).isoformat()
    )
    for id in ("cqp-cos", "cqp-gc"):
        world.open_sitting(f"sitting:{id}-late", id, date(2027, 11, 16))
    register = registers.filled(world)
    world.give(register, "declare_absence", juror="J1", absence={"since": "2027-02-01", "until": "2027-02-05"})
    world.give(register, "declare_ties", ties=[{"who": "J1", "person": "person0", "tie": "trained"}])


def _bring_to(world: Chance, stage: str) -> None:
    if stage == "opinion" and world.conducted:
        kind, fields = STEPS["appoint_juror"](world, "session:cqp-gc", 0)
        world.give("session:cqp-gc", kind, **fields)
        for session in MEETINGS[:2]:
            kind, fields = STEPS["begin"](world, session, 1)
            world.give(session, kind, **fields)
    for stream in PATHWAYS:
        match stage:
            case "jury":
                world.to_jury(stream)
            case "convocation":
                world.give(stream, "request_seat", session=meeting(world, stream, "session"))
            case "opinion" if blocks(world, stream) and stream != "pathway:2":
                _advise(world, stream)
            case "sitting" if world.pathway(stream).step == "deliberation" and world.pathway(stream).dossier is None:
                world.give(stream, "send_dossier", sitting=meeting(world, stream, "sitting"))
    if stage == "convocation":
        world.wait_until(date(2027, 6, 8))
    if stage == "sitting":
        world.wait_until(date(2027, 7, 13))
    if stage == "decision":
        _decide(world)


def _advise(world: Chance, stream: str) -> None:
    """As many jurors as the scheme asks for mark alike, and advise against the last block of the seat."""
    state, failed = world.pathway(stream), blocks(world, stream)[-1:]
    assert state.seat is not None
    for assessor in state.seat.jurors[: state.scheme.jury.assessors]:
        world.give(stream, "record_marks", juror=assessor, marks=world.sheet(stream, failed=failed))
    kind, fields = STEPS["give_opinion"](world, stream, 1)
    world.give(stream, kind, **fields)


def _decide(world: Chance) -> None:
    for stream in (f"sitting:{id}" for id in SCHEMES):
        try:
            if world.conducted:
                kind, fields = attendance(world, stream, 1)
                world.give(stream, kind, **fields)
            world.give(stream, "decide_list")
            world.give(stream, "proclaim")
        except Refused:
            # Whose dossier did not come, or cannot go by list, is left to chance.
            continue


MOVES = (*["go_on"] * 7, *["ask"] * 4, "forge", "wait", "wait", "hold_back", "deliver", "turn")

moves = st.lists(st.tuples(st.sampled_from(MOVES), st.integers(0, 10**6)), max_size=60)
"""What to do, and a number from which everything else about it is taken."""


def played(moves: Sequence[Move]) -> Chance:
    """The world after ``moves``; the first one's number chooses how far everyone has come before, and under which
    versions of the schemes."""
    conduct, stage = divmod(moves[0][1] % (2 * len(STAGES)) if moves else 0, len(STAGES))
    world = begun(STAGES[stage], conducted if conduct else scheme)
    play(world, moves)
    return world


def play(world: Chance, moves: Sequence[Move]) -> None:
    """Make every move. A rule may refuse one; nothing else may go wrong."""
    for name, number in moves:
        try:
            _MOVES[name](world, number)
        except Refused:
            continue


def _go_on(world: Chance, number: int) -> None:
    """Do what some stream says must be done, perhaps several times."""
    number, again = divmod(number, 4)
    streams = world.streams
    busy = number % len(streams)
    # The first stream from a random one on where there is something to do.
    for stream in (*streams[busy:], *streams[:busy]):
        if _tasks(world, stream):
            break
    for turn in range(1 + again):
        tasks = _tasks(world, stream)
        if tasks:
            kind, fields = STEPS[tasks[(number + turn) % len(tasks)]](world, stream, number + turn)
            world.give(stream, kind, **fields)


def _tasks(world: Chance, stream: str) -> list[str]:
    state = world.states[stream]
    tasks = [task.kind for task in aggregate_of(stream).todo(state)]
    return [kind for kind in [*tasks, *rights(state)] if kind in STEPS]


def _ask(world: Chance, number: int) -> None:
    """Ask anything of any stream, mostly of those it concerns and as somebody who may, perhaps of another day."""
    _question(world, number, QUESTIONS)


def _forge(world: Chance, number: int) -> None:
    """Tell a stream what only another one could know."""
    _question(world, number, FORGED)


def _question(world: Chance, number: int, questions: Sequence[Question]) -> None:
    number, index = divmod(number, len(world.streams))
    stream = world.streams[index]
    aggregate = stream.partition(":")[0]
    fitting = [asked for asked in questions if f"{aggregate}.{asked[0]}" in MAY] if number % 9 else questions
    fitting = fitting or questions
    number, which = divmod(number, len(fitting))
    kind, make = fitting[which]
    roles = sorted(MAY.get(f"{aggregate}.{kind}", ())) if number % 7 else list(Role)
    actor = ROLES[roles[number % len(roles)]] if roles else ADMINISTRATOR
    on = world.today - timedelta(days=number % 40) if number % 5 == 0 else None
    world.give(stream, kind, actor=actor, on=on, **make(Asked(world, stream, number)))


def _wait(world: Chance, number: int) -> None:
    world.wait(days=400 if number % 50 == 0 else (1, 3, 10, 15, 30, 60)[number % 6], hours=number % 24)


def _hold_back(world: Chance, number: int) -> None:
    world.delivering = False


def _deliver(world: Chance, number: int) -> None:
    world.delivering = True
    world.deliver()


def _turn(world: Chance, number: int) -> None:
    """What lies outside of the streams changes: how notices go out, who can sit, who is tied to whom."""
    number, what = divmod(number, 4)
    facts = list(world.register.values())[number % len(world.register)]
    match what:
        case 0:
            world.posting = not world.posting
        case 1:
            away = () if facts.absent else (Span(since=world.today, until=world.today + timedelta(days=30)),)
            world.register[facts.juror] = facts.model_copy(update={"absent": away})
        case 2:
            who = (facts.juror, "e1")[number % 2]
            tie = {"person": f"person{number % 3}", "kind": "coached", "declared_on": world.today, "declared_by": "x"}
            world.ties = [] if world.ties else [TieFacts.model_validate({"who": who, **tie})]
        case 3:
            # One is in office or not; now and then, none of them.
            concerned = range(len(world.members)) if number % 3 == 0 else [number % len(world.members)]
            for place in concerned:
                member = world.members[place]
                world.members[place] = member.model_copy(update={"active": not member.active})


_MOVES: dict[str, Callable[[Chance, int], None]] = {
    "go_on": _go_on,
    "ask": _ask,
    "forge": _forge,
    "wait": _wait,
    "hold_back": _hold_back,
    "deliver": _deliver,
    "turn": _turn,
}
