"""A world in which anything is asked in any order: sensible steps, nonsense, and time that passes."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Any
from zlib import crc32

from hypothesis import strategies as st

from domain.agenda import Effect
from domain.aggregate import Order, order_digest
from domain.aggregates import aggregate_of
from domain.authority import MAY, SYSTEM, Role
from domain.pathway.state import Pathway
from domain.records import Fact
from domain.refusal import Refused
from tests.domain.world import ADMINISTRATOR, ROLES, World, scheme, sealed

ROADS = (("cqp-cos", "training"), ("cqp-gc", "training"), ("cqp-cos", "vae"), ("cqp-conseiller-retraite", "training"))
PATHWAYS = ("pathway:0", "pathway:1", "pathway:2", "pathway:3", "pathway:4")
MEETINGS = ("session:cqp-cos", "session:cqp-gc", "session:cqp-conseiller-retraite", "session:clea")
STREAMS = (*PATHWAYS, *MEETINGS, *(name.replace("session", "sitting") for name in MEETINGS))
REASON = sealed().model_dump(mode="json")

Move = tuple[str, int]
Fields = dict[str, Any]
Questions = Sequence[Callable[[int], tuple[str, Fields]]]


@dataclass
class Chance(World):
    """A world that remembers every order that left an event."""

    done: list[tuple[str, Order]] = field(default_factory=list)

    def _carry_out(self, stream: str, order: Order) -> list[Fact]:
        facts = super()._carry_out(stream, order)
        if facts:
            self.done.append((stream, order))
        return facts

    def settle(self, stream: str, effect: Effect) -> None:
        """As ever, but some notices go out by mail, and not all of them arrive."""
        known = self.states[stream].mails.get(effect.id)
        attempt = known.mailing.attempt + 1 if known else 1
        status = MAILS[crc32(f"{effect.id}/{attempt}".encode()) % len(MAILS)] if effect.kind == "notice" else ""
        if not status:
            super().settle(stream, effect)
            return
        mail = {"status": status, "attempt": attempt, "message_id": "<1@jalon>", "code": ""}
        command = {"kind": "settle", "outcomes": [{"effect": effect.id, "mail": mail}]}
        digest = order_digest(command, None)
        order = Order(command_id=f"ack:{effect.id}/{attempt}", digest=digest, actor=SYSTEM, command=command)
        self._carry_out(stream, order)


MAILS = ("", "", "", "sent", "sent", "deferred", "bounced", "uncertain")
"""What becomes of notices by chance: recorded, or a mail that ends so."""

STAGES = ("candidacy", "jury", "convocation", "opinion", "sitting")


def begun(stage: str = "candidacy") -> Chance:
    """Five candidacies of three people, one seat in each session, a sitting for each certification.

    ``stage`` (of :data:`STAGES`) is how far everyone has come: chance alone would seldom lead to the far end.
    """
    world = Chance()
    for number, (scheme_id, route) in enumerate((*ROADS, ("clea", "training"))):
        world.start(PATHWAYS[number], scheme_id, route, person=f"person{number // 2}")
    for name in MEETINGS:
        id = name.partition(":")[2]
        seats = {block.id: 1 for block in scheme(id).blocks}
        world.open_session(name, id, date(2027, 6, 7), date(2027, 6, 15), capacity=seats)
        world.open_sitting(name.replace("session", "sitting"), id, date(2027, 7, 13))
    for step in STAGES[1 : STAGES.index(stage) + 1]:
        _bring_to(world, step)
    return world


def _bring_to(world: Chance, stage: str) -> None:
    for stream in PATHWAYS:
        match stage:
            case "jury":
                world.to_jury(stream)
            case "convocation":
                world.give(stream, "request_seat", session=_meeting(world, stream, "session"))
            case "opinion" if _blocks(world, stream) and stream != "pathway:2":
                world.advised(stream, failed=_blocks(world, stream)[-1:])
            case "sitting" if world.pathway(stream).step == "deliberation":
                world.give(stream, "send_dossier", sitting=_meeting(world, stream, "sitting"))
    if stage == "convocation":
        world.wait_until(date(2027, 6, 8))
    if stage == "sitting":
        world.wait_until(date(2027, 7, 13))


moves = st.lists(
    st.tuples(
        st.sampled_from((*["go_on"] * 6, *["ask"] * 3, "forge", "wait", "wait", "hold_back", "deliver")),
        st.integers(0, 10**6),
    ),
    max_size=60,
)
"""What to do, and a number from which everything else about it is taken."""


def play(world: Chance, moves: Sequence[Move]) -> None:
    """Make every move. A rule may refuse one; nothing else may go wrong."""
    for name, number in moves:
        try:
            _MOVES[name](world, number)
        except Refused:
            continue


def _go_on(world: Chance, number: int) -> None:
    """Do what some stream says must be done next, perhaps several times."""
    number, stream = divmod(number, len(STREAMS))
    for again in range(1 + number % 4):
        tasks = aggregate_of(STREAMS[stream]).todo(world.states[STREAMS[stream]])
        step = _STEPS.get(tasks[0].kind) if tasks else None
        if step is not None:
            kind, fields = step(world, STREAMS[stream], number + again)
            world.give(STREAMS[stream], kind, **fields)


def _ask(world: Chance, number: int) -> None:
    """Ask anything of any stream, mostly of those it concerns and as somebody who may, perhaps of another day."""
    _question(world, number, _QUESTIONS)


def _forge(world: Chance, number: int) -> None:
    """Tell a stream what only another one could know."""
    _question(world, number, _FORGED)


def _question(world: Chance, number: int, questions: Questions) -> None:
    number, index = divmod(number, len(STREAMS))
    stream = STREAMS[index]
    aggregate = stream.partition(":")[0]
    fitting = [ask for ask in questions if f"{aggregate}.{ask(0)[0]}" in MAY] if number % 9 else questions
    fitting = fitting or questions
    number, asked = divmod(number, len(fitting))
    kind, fields = fitting[asked](number)
    roles = sorted(MAY.get(f"{aggregate}.{kind}", ())) if number % 7 else list(Role)
    actor = ROLES[roles[number % len(roles)]] if roles else ADMINISTRATOR
    on = world.today - timedelta(days=number % 40) if number % 5 == 0 else None
    world.give(stream, kind, actor=actor, on=on, **fields)


def _wait(world: Chance, number: int) -> None:
    world.wait(days=400 if number % 50 == 0 else (1, 3, 10, 15, 30, 60)[number % 6], hours=number % 24)


def _hold_back(world: Chance, number: int) -> None:
    world.delivering = False


def _deliver(world: Chance, number: int) -> None:
    world.delivering = True
    world.deliver()


_MOVES: dict[str, Callable[[Chance, int], None]] = {
    "go_on": _go_on,
    "ask": _ask,
    "forge": _forge,
    "wait": _wait,
    "hold_back": _hold_back,
    "deliver": _deliver,
}


def _pathway(world: Chance, stream: str) -> Pathway:
    state = world.states[stream]
    assert isinstance(state, Pathway)
    return state


def _positioning(world: Chance, stream: str, number: int) -> tuple[str, Fields]:
    step = _pathway(world, stream).current
    decides = step is not None and step.decides
    return "record_positioning", {"body": "CFP", "outcome": ("ready", "needs")[number % 2] if decides else None}


def _preliminary(world: Chance, stream: str, number: int) -> tuple[str, Fields]:
    return "record_preliminary", {"body": "Évaluateur", "marks": world.sheet(stream, number % 2 == 0)}


def _plan(world: Chance, stream: str, number: int) -> tuple[str, Fields]:
    today = world.today.isoformat()
    module = {"id": "m1", "title": "Module", "hours": 7}
    return "plan_training", {"body": "CFP", "modules": [module], "starts": today, "ends": today}


def _dossier(world: Chance, stream: str, number: int) -> tuple[str, Fields]:
    return "file_dossier", {"situations": {block.id: 1 for block in _pathway(world, stream).remaining()}}


def _meeting(world: Chance, stream: str, kind: str) -> str:
    return f"{kind}:{_pathway(world, stream).scheme.id}"


def _blocks(world: Chance, stream: str) -> tuple[str, ...]:
    seat = _pathway(world, stream).seat
    return seat.blocks if seat else ()


def _marks(world: Chance, stream: str, number: int) -> tuple[str, Fields]:
    state = _pathway(world, stream)
    criteria = [id for block in _blocks(world, stream) for id in state.scheme.block_by_id[block].criteria]
    marks = {id: number % 3 != 0 or len(id) % 2 == 0 for id in criteria}
    return "record_marks", {"juror": ("j1", "j2")[number % 2], "marks": marks}


def _opinion(world: Chance, stream: str, number: int) -> tuple[str, Fields]:
    blocks = {id: _pathway(world, stream).computed.get(id, True) for id in _blocks(world, stream)}
    reasons = None
    if number % 5 == 0:
        blocks, reasons = {id: not value for id, value in blocks.items()}, REASON
    recommendations = {id: REASON for id, value in blocks.items() if not value}
    return "give_opinion", {"juror": "j1", "blocks": blocks, "reasons": reasons, "recommendations": recommendations}


def _absences(world: Chance, stream: str, number: int) -> tuple[str, Fields]:
    seated = list(getattr(world.states[stream], "seated", {}))
    return "hold", {"absent": {pathway: number % 2 == 0 for pathway in seated[: number % 2]}}


def _undelivered(world: Chance, stream: str, number: int) -> Fields:
    waiting = [id for id, mail in world.states[stream].mails.items() if mail.mailing.status in ("bounced", "uncertain")]
    return {"effect": waiting[0], "by": ("resend", "told")[number % 2]}


_STEPS: dict[str, Callable[[Chance, str, int], tuple[str, Fields]]] = {
    "resume": lambda world, stream, number: ("resume", {}),
    "resolve_mail": lambda world, stream, number: ("resolve_mail", _undelivered(world, stream, number)),
    "record_positioning": _positioning,
    "record_preliminary": _preliminary,
    "plan_training": _plan,
    "complete_training": lambda world, stream, number: ("complete_training", {"exempted": REASON}),
    "file_admissibility": lambda world, stream, number: (
        "file_admissibility",
        {"pieces": ["livret 1"], "complete": number % 2 == 0},
    ),
    "provide_pieces": lambda world, stream, number: ("provide_pieces", {"pieces": ["contrat"]}),
    "decide_admissibility": lambda world, stream, number: (
        ("request_pieces", {"missing": ["contrat"]})
        if number % 3 == 0
        else ("decide_admissibility", {"admissible": True})
    ),
    "file_dossier": _dossier,
    "request_seat": lambda world, stream, number: ("request_seat", {"session": _meeting(world, stream, "session")}),
    "excuse_absence": lambda world, stream, number: ("excuse_absence", {"reason": REASON}),
    "record_marks": _marks,
    "give_opinion": _opinion,
    "send_dossier": lambda world, stream, number: ("send_dossier", {"sitting": _meeting(world, stream, "sitting")}),
    "complete_support": lambda world, stream, number: ("complete_support", {}),
    "hold": _absences,
    "close_agenda": lambda world, stream, number: ("close_agenda", {}),
    "decide_dossiers": lambda world, stream, number: ("decide_list", {}),
    "proclaim": lambda world, stream, number: ("proclaim", {}),
}
"""Kind of task -> a command that carries it out."""

_SOMEBODY = ("j1", "j2", "j3", "")


def _sheet(number: int) -> dict[str, bool]:
    blocks = scheme(("cqp-cos", "cqp-gc")[number % 2]).blocks
    return {criterion: number % 3 == 0 for block in blocks for criterion in block.criteria}


def _answers(number: int) -> dict[str, bool]:
    return {id: bool(number >> index & 1) for index, id in enumerate(("GRU", "MDR", "POS", "TD"))}


_QUESTIONS: Questions = (
    lambda n: ("withdraw", {}),
    lambda n: ("suspend", {"reason": REASON}),
    lambda n: ("resume", {}),
    lambda n: ("give_up_seat", {}),
    lambda n: ("give_up_seat", {}),
    lambda n: ("request_seat", {"session": MEETINGS[n % len(MEETINGS)]}),
    lambda n: ("request_seat", {"session": MEETINGS[n % len(MEETINGS)], "blocks": ["GRU"]}),
    lambda n: ("recognise_block", {"block": {"held_as": ("ucanss:GRU", "clea:D1", "x")[n % 3], "since": "2026-01-01"}}),
    lambda n: ("correct_candidacy", {"employer": f"CPAM {n % 9}", "reason": REASON}),
    lambda n: ("correct_marks", {"juror": _SOMEBODY[n % 4], "marks": _sheet(n), "reason": REASON}),
    lambda n: ("correct_positioning", {"strengths": ["GRU.1"], "reason": REASON}),
    lambda n: ("complete_module", {"module": "m1"}),
    lambda n: ("record_marks", {"juror": _SOMEBODY[n % 4], "marks": {"GRU.1.1": None}}),
    lambda n: ("give_opinion", {"juror": _SOMEBODY[n % 4], "blocks": _answers(n)}),
    lambda n: ("request_pieces", {"missing": ["contrat"]}),
    lambda n: ("provide_pieces", {"pieces": ["contrat"], "complete": n % 2 == 0}),
    lambda n: ("decide_admissibility", {"admissible": n % 2 == 0, "reason": REASON}),
    lambda n: ("excuse_absence", {"reason": REASON}),
    lambda n: ("appoint_juror", {"juror": _SOMEBODY[n % 4], "part": "president", "organisation": "Ucanss"}),
    lambda n: ("dismiss_juror", {"juror": _SOMEBODY[n % 4]}),
    lambda n: ("close_registration", {}),
    lambda n: ("convene", {}),
    lambda n: ("hold", {"absent": {PATHWAYS[n % len(PATHWAYS)]: n % 2 == 0}}),
    lambda n: ("cancel", {"reason": "Grève"}),
    lambda n: ("close_agenda", {}),
    lambda n: ("decide_list", {"pathways": [PATHWAYS[n % len(PATHWAYS)]]}),
    lambda n: ("decide_dossier", {"pathway": PATHWAYS[n % 5], "blocks": _answers(n), "reasons": REASON}),
    lambda n: ("postpone_dossier", {"pathway": PATHWAYS[n % len(PATHWAYS)], "reason": "Pièce manquante"}),
    lambda n: ("proclaim", {}),
    lambda n: ("erase_subject", {"reason": REASON}),
    lambda n: ("nonsense", {"blocks": n}),
)
"""Commands that people give, right or wrong, made from a number."""

_FORGED: Questions = (
    lambda n: ("request_seat", {"pathway": PATHWAYS[n % len(PATHWAYS)], "blocks": ["GRU"]}),
    lambda n: ("release_seat", {"pathway": PATHWAYS[n % len(PATHWAYS)]}),
    lambda n: ("note_seat", {"session": MEETINGS[n % 4], "request": f"{PATHWAYS[n % 5]}#2/seat", "answer": "granted"}),
    lambda n: ("note_attendance", {"session": MEETINGS[n % 4], "present": n % 3 == 0, "excused": n % 2 == 0}),
    lambda n: ("note_result", {"pathway": PATHWAYS[n % len(PATHWAYS)]}),
    lambda n: ("deadline_reached", {"due": ("registration", "pathway_validity:1", "convocation:1", "x")[n % 4]}),
    lambda n: ("settle", {"outcomes": [{"effect": f"{PATHWAYS[n % 5]}#2/seat"}]}),
)
"""Commands that only the machine gives, at moments when it would not."""
