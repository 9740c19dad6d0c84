"""What anybody may ask of any stream, right or wrong: of people's commands and of those that only the machine gives."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any, NamedTuple

from domain.aggregate import Standing
from domain.pathway.state import Pathway
from domain.people import TieFacts
from domain.plan import Visit
from domain.register.state import Register
from domain.session.state import Session
from domain.sitting import minutes
from domain.sitting.state import Sitting
from tests.domain import registers
from tests.domain.chance_steps import COMPOSITION, REASON, attendance, ballot, known, planned
from tests.domain.planned import moved
from tests.domain.world import scheme

if TYPE_CHECKING:
    from tests.domain.chance import Chance

PATHWAYS = ("pathway:0", "pathway:1", "pathway:2", "pathway:3", "pathway:4")
SCHEMES = ("cqp-cos", "cqp-gc", "cqp-conseiller-retraite", "clea")
MEETINGS = tuple(f"session:{id}" for id in SCHEMES)
SITTINGS = (*(f"sitting:{id}" for id in SCHEMES), "sitting:cqp-cos-late", "sitting:cqp-cos-2")

_SOMEBODY = ("j1", "j2", "j3", "")
_MEMBER = ("e1", "s1", "e3", "x1", "")
_RULES = ("gender_balance", "trade_expert_of_branch", "trained", "x")
_BODY = ("ucanss", "caf", "cpam", "x|y")

Fields = dict[str, Any]


class Asked(NamedTuple):
    """What a question is made from: the world, the stream that is asked, and a number."""

    world: Chance
    stream: str
    n: int

    @property
    def state(self) -> Standing:
        """Where the stream stands."""
        return self.world.states[self.stream]

    @property
    def pathway(self) -> str:
        """One of the pathways."""
        return PATHWAYS[self.n % len(PATHWAYS)]

    @property
    def juror(self) -> str:
        """One of the jurors, or nobody."""
        return _SOMEBODY[self.n % len(_SOMEBODY)]

    @property
    def member(self) -> str:
        """One of the members, or nobody."""
        return _MEMBER[self.n % len(_MEMBER)]

    def one_of(self, ids: Sequence[str], otherwise: str) -> str:
        """One of ``ids``; if there is none, ``otherwise``."""
        return ids[self.n % len(ids)] if ids else otherwise


Question = tuple[str, Callable[[Asked], Fields]]
"""The kind of a command, and what else it says."""


def _sheet(number: int) -> dict[str, bool]:
    """Marks for every block of a certification."""
    blocks = scheme(("cqp-cos", "cqp-gc")[number % 2]).blocks
    return {criterion: number % 3 == 0 for block in blocks for criterion in block.criteria}


def _answers(number: int) -> dict[str, bool]:
    return {id: bool(number >> index & 1) for index, id in enumerate(("GRU", "MDR", "POS", "TD"))}


# --- about sessions ---------------------------------------------------------------------------------------------------


def _plan(asked: Asked) -> Fields:
    """A plan as it might be; every other one is damaged."""
    state, number = asked.state, asked.n // 2
    if not isinstance(state, Session) or state.opens is None:
        return {"visits": [], "jurors": [], "sites": []}
    plan = planned(asked.world, state, (("j1", "j2"), ("j4", "j2"), ("j1", "j3"))[number % 3])
    if asked.n % 2 and plan["visits"]:
        first = Visit.model_validate(plan["visits"][0])
        damaged = (
            moved(first, 60 * 24 * (number % 30)),
            first.model_copy(update={"jurors": ("j1",)}),
            first.model_copy(update={"pathway": asked.pathway}),
            first.model_copy(update={"tasks": first.tasks[1:]}),
        )[number % 4]
        plan["visits"][0] = damaged.model_dump(mode="json")
    return plan


def _appointment(asked: Asked) -> Fields:
    facts = asked.world.register.get(asked.juror)
    told = facts.model_dump(mode="json") if facts and asked.n % 3 else None
    return {"juror": asked.juror, "part": "president", "organisation": "Ucanss", "facts": told}


def _beginning(asked: Asked) -> Fields:
    return {"present": ("j1", "j2", "j3")[: 1 + asked.n % 3], "jurors": known(asked.world)}


# --- about sittings ---------------------------------------------------------------------------------------------------


def _attendance(asked: Asked) -> Fields:
    if isinstance(asked.state, Sitting) and asked.n % 3:
        return attendance(asked.world, asked.stream, asked.n)[1]
    return {"present": ["e1", asked.member], "remote": ["s1"], "president": asked.member}


def _decision(asked: Asked) -> Fields:
    """On a dossier of the agenda, in any way; or on any pathway."""
    if isinstance(asked.state, Sitting) and asked.state.dossiers and asked.n % 4:
        pathway = asked.one_of(list(asked.state.dossiers), "")
        blocks = asked.state.dossiers[pathway].blocks
        return ballot(asked.state, pathway, {block: asked.n % 3 != 0 for block in blocks}, asked.n)
    return {"pathway": asked.pathway, "blocks": _answers(asked.n), "reasons": REASON}


def _on_the_agenda(asked: Asked) -> str:
    return asked.one_of(list(asked.state.dossiers) if isinstance(asked.state, Sitting) else [], asked.pathway)


def _signature(asked: Asked) -> Fields:
    state, document = asked.state, "d" * 64
    if isinstance(state, Sitting) and asked.n % 3:
        document = minutes.document(state.stream, state.scheme_hash, state.minutes)
    return {"member": asked.member, "document": document}


# --- about decisions --------------------------------------------------------------------------------------------------


def _contest(asked: Asked) -> Fields:
    return {"ground": ("procedure", "merit")[asked.n % 2], "reason": REASON, "blocks": [(), ("TD",)][asked.n % 3 == 0]}


def _withdrawal(asked: Asked) -> Fields:
    awarded = [award.block or "" for award in asked.state.awards] if isinstance(asked.state, Pathway) else []
    return {"block": asked.one_of(awarded, "GRU"), "reason": REASON, "basis": ("", "Code du travail")[asked.n % 5 != 0]}


def _mail(asked: Asked) -> str:
    return asked.one_of(list(asked.state.mails), f"{asked.stream}#2/x")


# --- about registers --------------------------------------------------------------------------------------------------


def _span(number: int) -> Fields:
    return {"since": f"2027-0{1 + number % 6}-01", "until": f"2027-0{1 + number % 4}-20"}


def _juror(asked: Asked) -> Fields:
    code = ("J1", "J2", "J3")[asked.n % 3]
    trained = _span(asked.n // 3) if asked.n % 2 else None
    entry = registers.juror(code, known=asked.n % 5 == 0, trained=trained, organisation=_BODY[asked.n % 3])
    return {"entries": [{**entry, "keeps": ["trained", "absent"][: asked.n % 3]}]}


def _entered(asked: Asked) -> Fields:
    kinds = ("employer", "training_body")[asked.n % 2]
    return {"entries": [registers.body(_BODY[asked.n % 4], kinds, contact=asked.n % 3 == 0)]}


def _site(asked: Asked) -> Fields:
    return {"entries": [{"facts": {"id": "lyon", "organisation": _BODY[asked.n % 3], "rooms": asked.n % 4}}]}


def _member(asked: Asked) -> Fields:
    standing = ("titular", "substitute")[asked.n % 2]
    replaces = ("", "M1", "M3")[asked.n % 3] if asked.n % 2 else ""
    return {"entries": [registers.member(("M1", "M2", "M3")[asked.n % 3], standing=standing, replaces=replaces)]}


def _office(asked: Asked) -> Fields:
    role = ("head", "administrator")[asked.n % 2]
    contact = registers.text(f"the {role}") if asked.n % 3 else None
    return {"entries": [{"facts": {"role": role}, "person": f"the {role}", "contact": contact}]}


def _leaver(asked: Asked) -> Fields:
    entity, code = (("juror", "J1"), ("member", "M1"), ("site", "paris"), ("organisation", "caf"))[asked.n % 4]
    return {"entity": entity, "code": code}


def _lifted_absence(asked: Asked) -> Fields:
    """An absence that was declared, or one that never was."""
    declared = asked.state.juror("J1").absent if isinstance(asked.state, Register) else ()
    absence = declared[asked.n % len(declared)].model_dump(mode="json") if declared else _span(asked.n)
    return {"juror": "J1", "absence": absence}


def _lifted_tie(asked: Asked) -> Fields:
    """A tie that was declared, or one that never was."""
    entries = asked.state.entries.values() if isinstance(asked.state, Register) else ()
    ties = [entry.facts for entry in entries if isinstance(entry.facts, TieFacts)]
    if not ties:
        return _tie(asked)
    tie = ties[asked.n % len(ties)]
    return {"who": tie.who, "person": tie.person, "tie": tie.kind, "reason": REASON}


def _tie(asked: Asked) -> Fields:
    return {"who": ("J1", "M1", "x")[asked.n % 3], "person": f"person{asked.n % 2}", "tie": "coached"}


QUESTIONS: tuple[Question, ...] = (
    ("withdraw", lambda a: {}),
    ("suspend", lambda a: {"reason": REASON}),
    ("resume", lambda a: {}),
    ("give_up_seat", lambda a: {}),
    ("give_up_seat", lambda a: {}),
    ("request_seat", lambda a: {"session": MEETINGS[a.n % len(MEETINGS)]}),
    ("request_seat", lambda a: {"session": MEETINGS[a.n % len(MEETINGS)], "blocks": ["GRU"]}),
    (
        "recognise_block",
        lambda a: {"block": {"held_as": ("ucanss:GRU", "clea:D1", "x")[a.n % 3], "since": "2026-01-01"}},
    ),
    ("correct_candidacy", lambda a: {"employer": f"CPAM {a.n % 9}", "reason": REASON}),
    ("correct_marks", lambda a: {"juror": a.juror, "marks": _sheet(a.n), "reason": REASON}),
    ("correct_positioning", lambda a: {"strengths": ["GRU.1"], "reason": REASON}),
    ("complete_module", lambda a: {"module": "m1"}),
    ("record_marks", lambda a: {"juror": a.juror, "marks": {"GRU.1.1": None}}),
    ("record_joint_marks", lambda a: {"juror": a.juror, "marks": {"GRU.1.1": a.n % 3 == 0}}),
    ("give_opinion", lambda a: {"juror": a.juror, "blocks": _answers(a.n)}),
    ("sign_pv", lambda a: {"signatory": a.juror, "document": "d" * 64, "composition": COMPOSITION}),
    ("request_pieces", lambda a: {"missing": ["contrat"]}),
    ("provide_pieces", lambda a: {"pieces": ["contrat"], "complete": a.n % 2 == 0}),
    ("decide_admissibility", lambda a: {"admissible": a.n % 2 == 0, "reason": REASON}),
    ("set_conditions", lambda a: {"workplace": "Paris", "extra_time": a.n % 3 * 33, "proof": REASON}),
    ("set_conditions", lambda a: {"accessible": a.n % 2 == 0, "unavailable": ["2027-06-07"][: a.n % 3]}),
    ("excuse_absence", lambda a: {"reason": REASON}),
    ("reject_absence", lambda a: {"reason": REASON}),
    ("contest", _contest),
    ("contest", _contest),
    ("decide_contest_admissibility", lambda a: {"admissible": a.n % 3 == 0}),
    ("redeliberate", lambda a: {"sitting": SITTINGS[a.n % len(SITTINGS)]}),
    ("withdraw_award", _withdrawal),
    ("resolve_mail", lambda a: {"effect": _mail(a), "by": ("resend", "told")[a.n % 2]}),
    ("note_bounce", lambda a: {"effect": _mail(a), "smtp_code": "5.1.1"}),
    ("appoint_juror", _appointment),
    ("dismiss_juror", lambda a: {"juror": a.juror}),
    ("withdraw_juror", lambda a: {"juror": a.juror, "reason": REASON}),
    ("publish_plan", _plan),
    ("publish_plan", _plan),
    ("record_exception", lambda a: {"rules": [_RULES[a.n % 4]], "pathways": PATHWAYS[: a.n % 2], "reason": REASON}),
    ("begin", _beginning),
    ("close_registration", lambda a: {}),
    ("convene", lambda a: {}),
    ("hold", lambda a: {"absent": {a.pathway: a.n % 2 == 0}}),
    ("cancel", lambda a: {"reason": ("Grève", REASON)[a.n % 3 != 0]}),
    ("close_agenda", lambda a: {}),
    ("note_members", lambda a: a.world.mandates(a.stream)),
    ("record_attendance", _attendance),
    ("recuse", lambda a: {"pathway": _on_the_agenda(a), "member": a.member, "reason": REASON}),
    ("call_out", lambda a: {"pathway": _on_the_agenda(a), "member": a.member}),
    ("decide_list", lambda a: {"pathways": [a.pathway]}),
    ("decide_dossier", _decision),
    ("postpone_dossier", lambda a: {"pathway": _on_the_agenda(a), "reason": ("Pièce manquante", REASON)[a.n % 2]}),
    ("proclaim", lambda a: {}),
    ("sign_minutes", _signature),
    ("erase_subject", lambda a: {"reason": REASON}),
    ("erase_subject", lambda a: {"person": ("person J1", "at caf", "x")[a.n % 3]}),
    ("enter_organisations", _entered),
    ("enter_sites", _site),
    ("enter_jurors", _juror),
    ("enter_jurors", _juror),
    ("enter_members", _member),
    ("enter_office", _office),
    ("leave", _leaver),
    ("declare_absence", lambda a: {"juror": "J1", "absence": _span(a.n % 2)}),
    ("lift_absence", _lifted_absence),
    ("lift_absence", _lifted_absence),
    ("note_training", lambda a: {"juror": ("J1", "J2")[a.n % 2], "trained": _span(a.n)}),
    ("declare_ties", lambda a: {"ties": [_tie(a)]}),
    ("declare_ties", lambda a: {"ties": [_tie(a)]}),
    ("lift_tie", _lifted_tie),
    ("nonsense", lambda a: {"blocks": a.n}),
)
"""Commands that people give, right or wrong."""


def _inquiry(asked: Asked) -> str:
    """A question that was asked, as the stream itself remembers it, or one that nobody asked."""
    owed = [effect.id for effect in asked.state.owed.values() if effect.kind == "inquire"]
    return asked.one_of(owed, f"{asked.stream}#{asked.n % 20}/jurors")


def _candidate(asked: Asked, *blocks: str) -> Fields:
    """What the pathway would say of its candidate, for its seat or for ``blocks``."""
    state = asked.world.states[asked.pathway]
    assert isinstance(state, Pathway)
    return state.candidate(blocks or (state.seat.blocks if state.seat else ())).model_dump(mode="json")


def _convocation(asked: Asked) -> Fields:
    days = {"opens": "2027-06-07", "closes": "2027-06-15", "place": "Paris"}
    return {"session": MEETINGS[asked.n % 4], "jurors": ["j1", "j2"], **days}


def _posted(asked: Asked) -> Fields:
    """Mails of notices, two at once: one that is perhaps still owed, and one that never was."""
    status = ("sent", "deferred", "bounced", "uncertain")[asked.n % 4]
    mail = {"status": status, "attempt": 1 + asked.n % 3, "message_id": "m", "code": "250"}
    told = [effect.id for effect in asked.state.owed.values() if effect.kind == "notice"]
    effects = [asked.one_of(told, "x"), f"{asked.stream}#2/y"]
    return {"outcomes": [{"effect": effect, "mail": mail} for effect in effects]}


FORGED: tuple[Question, ...] = (
    ("request_seat", lambda a: {"pathway": a.pathway, "blocks": ["GRU"]}),
    ("request_seat", lambda a: {"pathway": a.pathway, "blocks": ["GRU"], "candidate": _candidate(a, "GRU")}),
    ("release_seat", lambda a: {"pathway": a.pathway}),
    ("note_seat", lambda a: {"session": MEETINGS[a.n % 4], "request": f"{a.pathway}#2/seat", "answer": "granted"}),
    ("note_convocation", _convocation),
    ("note_attendance", lambda a: {"session": MEETINGS[a.n % 4], "present": a.n % 3 == 0, "excused": a.n % 2 == 0}),
    ("note_candidate", lambda a: {"candidate": _candidate(a)}),
    ("note_jurors", lambda a: {"inquiry": _inquiry(a), "jurors": known(a.world)[: a.n % 4]}),
    ("note_sessions", lambda a: {"inquiry": _inquiry(a), "sessions": []}),
    ("note_sittings", lambda a: {"inquiry": _inquiry(a), "sittings": []}),
    ("note_members", lambda a: {**a.world.mandates(a.stream), "inquiry": _inquiry(a)}),
    ("note_dossier", lambda a: {"sitting": SITTINGS[a.n % len(SITTINGS)], "accepted": a.n % 3 == 0}),
    ("note_decision", lambda a: {"sitting": SITTINGS[a.n % len(SITTINGS)], "blocks": _answers(a.n), "reasons": REASON}),
    ("note_withdrawal", lambda a: {"held_as": ("ucanss:GRU", "x")[a.n % 2], "pathway": a.pathway}),
    ("withdraw_dossier", lambda a: {"pathway": a.pathway}),
    ("note_result", lambda a: {"pathway": a.pathway}),
    ("deadline_reached", lambda a: {"due": ("registration", "pathway_validity:1", "convocation:1", "x")[a.n % 4]}),
    ("settle", lambda a: {"outcomes": [{"effect": f"{a.pathway}#2/seat"}]}),
    ("settle", _posted),
)
"""Commands that only the machine gives, at moments when it would not."""
