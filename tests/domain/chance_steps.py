"""What somebody does who takes a task in hand: for each kind of task, a command that carries it out."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime, time, timedelta
from typing import TYPE_CHECKING, Any

from domain.aggregate import Standing
from domain.pathway import minutes
from domain.pathway.state import Pathway
from domain.session.state import Session
from domain.sitting.minutes import document as sitting_document
from domain.sitting.state import Sitting
from tests.domain.planned import visit
from tests.domain.sessions import PARIS
from tests.domain.world import sealed

if TYPE_CHECKING:
    from tests.domain.chance import Chance

REASON = sealed().model_dump(mode="json")
COMPOSITION = "c" * 64

Fields = dict[str, Any]
Step = Callable[["Chance", str, int], tuple[str, Fields]]


def _pathway(world: Chance, stream: str) -> Pathway:
    state = world.states[stream]
    assert isinstance(state, Pathway)
    return state


def _session(world: Chance, stream: str) -> Session:
    state = world.states[stream]
    assert isinstance(state, Session)
    return state


def _sitting(world: Chance, stream: str) -> Sitting:
    state = world.states[stream]
    assert isinstance(state, Sitting)
    return state


def meeting(world: Chance, stream: str, kind: str) -> str:
    """The session or the sitting of the pathway's certification."""
    return f"{kind}:{_pathway(world, stream).scheme.id}"


def blocks(world: Chance, stream: str) -> tuple[str, ...]:
    """The blocks of the seat."""
    seat = _pathway(world, stream).seat
    return seat.blocks if seat else ()


# --- a pathway --------------------------------------------------------------------------------------------------------


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


def _filing(world: Chance, stream: str, number: int) -> tuple[str, Fields]:
    return "file_admissibility", {"pieces": ["livret 1"], "complete": number % 2 == 0}


def _admissibility(world: Chance, stream: str, number: int) -> tuple[str, Fields]:
    if number % 3 == 0:
        return "request_pieces", {"missing": ["contrat"]}
    return "decide_admissibility", {"admissible": True}


def _dossier(world: Chance, stream: str, number: int) -> tuple[str, Fields]:
    return "file_dossier", {"situations": {block.id: 1 for block in _pathway(world, stream).remaining()}}


def _seat(world: Chance, stream: str, number: int) -> tuple[str, Fields]:
    return "request_seat", {"session": meeting(world, stream, "session")}


def _absence(world: Chance, stream: str, number: int) -> tuple[str, Fields]:
    return ("excuse_absence", "reject_absence")[number % 3 == 0], {"reason": REASON}


def _marks(world: Chance, stream: str, number: int) -> tuple[str, Fields]:
    """By hand: one of two marks anything. Otherwise: who has not marked yet agrees with the others but for some."""
    state = _pathway(world, stream)
    criteria = [id for block in blocks(world, stream) for id in state.scheme.block_by_id[block].criteria]
    if state.scheme.conduct is None:
        marks = {id: number % 3 != 0 or len(id) % 2 == 0 for id in criteria}
        return "record_marks", {"juror": ("j1", "j2")[number % 2], "marks": marks}
    left = sorted(set(state.seat.jurors if state.seat else ()) - state.sheets.keys()) or ["j1"]
    seen: dict[str, bool | None] = {id: place % 7 != number % 11 for place, id in enumerate(criteria)}
    if number % 4 == 0:
        seen[criteria[number % len(criteria)]] = None
    return "record_marks", {"juror": left[0], "marks": seen, "notes": {criteria[0]: REASON} if number % 2 else {}}


def _joint_marks(world: Chance, stream: str, number: int) -> tuple[str, Fields]:
    state = _pathway(world, stream)
    left = state.to_settle()
    decided = dict.fromkeys(left.unobserved, REASON) if number % 2 else {}
    marks = {id: number % 3 != 0 for id in left.all if id not in decided}
    return "record_joint_marks", {"juror": sorted(state.sheets)[0], "marks": marks, "decided": decided}


def _opinion(world: Chance, stream: str, number: int) -> tuple[str, Fields]:
    state = _pathway(world, stream)
    advised = {id: state.computed.get(id, True) for id in blocks(world, stream)}
    reasons = None
    if number % 5 == 0:
        advised, reasons = {id: not value for id, value in advised.items()}, REASON
    recommendations = {id: REASON for id, value in advised.items() if not value}
    juror = state.seat.jurors[0] if state.seat and state.seat.jurors else "j1"
    return "give_opinion", {"juror": juror, "blocks": advised, "reasons": reasons, "recommendations": recommendations}


def _signature(world: Chance, stream: str, number: int) -> tuple[str, Fields]:
    state = _pathway(world, stream)
    document = minutes.document(stream, state.scheme_hash, state.minutes, COMPOSITION)
    signatory = min(state.sheets.keys() - state.signed.keys())
    return "sign_pv", {"signatory": signatory, "document": document, "composition": COMPOSITION}


def _sending(world: Chance, stream: str, number: int) -> tuple[str, Fields]:
    return "send_dossier", {"sitting": meeting(world, stream, "sitting")}


def _contest_answer(world: Chance, stream: str, number: int) -> tuple[str, Fields]:
    return "decide_contest_admissibility", {"admissible": number % 4 != 0, "reason": REASON}


def _deliberation_anew(world: Chance, stream: str, number: int) -> tuple[str, Fields]:
    return "redeliberate", {"sitting": f"{meeting(world, stream, 'sitting')}-late"}


def _mail(world: Chance, stream: str, number: int) -> tuple[str, Fields]:
    known = list(world.states[stream].mails)
    return "resolve_mail", {"effect": known[number % len(known)], "by": ("resend", "told")[number % 2]}


# --- a session --------------------------------------------------------------------------------------------------------


def known(world: Chance) -> list[Fields]:
    """The register's jurors, as a command brings them."""
    return [facts.model_dump(mode="json") for facts in world.register.values()]


def _known_ties(world: Chance) -> list[Fields]:
    return [tie.model_dump(mode="json") for tie in world.ties]


def _appointment(world: Chance, stream: str, number: int) -> tuple[str, Fields]:
    others = [facts for id, facts in world.register.items() if id not in _session(world, stream).jurors]
    facts = others[number % len(others)]
    told = {"juror": facts.juror, "part": facts.parts[0], "organisation": facts.organisation.name}
    return "appoint_juror", {**told, "branch": facts.branch, "facts": facts.model_dump(mode="json")}


def _mending(world: Chance, stream: str, number: int) -> tuple[str, Fields]:
    state = _session(world, stream)
    conduct = state.scheme.conduct
    failing = {finding.rule for found in state.faults.values() for finding in found}
    aside = sorted(failing & set(conduct.session.exceptions if conduct else ()))
    if aside and number % 2:
        return "record_exception", {"rules": aside, "pathways": sorted(state.faults)[: number % 3], "reason": REASON}
    if len(state.jurors) < len(world.register):
        return _appointment(world, stream, number)
    return "withdraw_juror", {"juror": min(state.jurors), "reason": REASON}


def _beginning(world: Chance, stream: str, number: int) -> tuple[str, Fields]:
    present = sorted(_session(world, stream).jurors)[: 1 if number % 5 == 0 else None]
    return "begin", {"present": present, "jurors": known(world), "ties": _known_ties(world)}


def _absences(world: Chance, stream: str, number: int) -> tuple[str, Fields]:
    seated = list(_session(world, stream).seated)
    return "hold", {"absent": {pathway: number % 4 == 1 for pathway in seated[: number % 2]}}


# --- a sitting --------------------------------------------------------------------------------------------------------


def _members(world: Chance, stream: str, number: int) -> tuple[str, Fields]:
    return "note_members", world.mandates(stream)


def attendance(world: Chance, stream: str, number: int) -> tuple[str, Fields]:
    """All titulars, some of them from afar or by proxy; or one alone, with whom there is no quorum."""
    there = [member.member for member in _sitting(world, stream).members if member.standing == "titular"]
    match number % 5:
        case 0:
            return "record_attendance", {"present": there[:1]}
        case 1:
            return "record_attendance", {"present": there[:-1], "remote": there[-1:]}
        case 2 if len(there) > 1:
            return "record_attendance", {"present": there[1:], "proxies": [{"giver": there[0], "holder": there[1]}]}
    return "record_attendance", {"present": there, "ties": _known_ties(world) if number % 2 else None}


def _decisions(world: Chance, stream: str, number: int) -> tuple[str, Fields]:
    """By list or, where that cannot be, one by one."""
    state = _sitting(world, stream)
    undecided = [id for id in state.dossiers if id not in state.decisions]
    alone = [id for id in undecided if id in state.called_out or state.dossiers[id].anew]
    if number % 3 and len(alone) < len(undecided):
        return "decide_list", {}
    pathway = (alone or undecided)[number % len(alone or undecided)]
    decided = {block: state.dossiers[pathway].advised[block] for block in state.dossiers[pathway].blocks}
    if number % 5 == 0:
        decided = {block: not value for block, value in decided.items()}
    return "decide_dossier", ballot(state, pathway, decided, number)


def ballot(state: Sitting, pathway: str, decided: dict[str, bool], number: int) -> Fields:
    """A decision on a dossier with its reasons and, where members vote, their votes."""
    texts = {block: REASON for block, value in decided.items() if not value}
    fields = {"pathway": pathway, "blocks": decided, "reasons": REASON, "recommendations": texts}
    if state.conduct is None:
        return fields
    recused = state.recused(pathway)
    voting = [seat.member for seat in state.seats if not seat.holder and seat.member not in recused]
    split = number % 4 == 0
    votes = {member: "against" if split and place % 2 else "for" for place, member in enumerate(voting)}
    return {**fields, "votes": votes, "dissents": {voting[-1]: REASON} if split and voting else {}}


# --- what may be done and need not ------------------------------------------------------------------------------------


def rights(state: Standing) -> list[str]:
    """What somebody may do here although nobody must."""
    if state.scheme.conduct is None:
        return []
    found: dict[str, bool] = {}
    match state:
        case Pathway():
            found["contest"] = state.decided is not None and not (state.contest and state.contest.pending)
            found["withdraw_award"] = any(award.withdrawn_on is None for award in state.awards)
            found["set_conditions"] = state.status == "open" and not state.conditions.workplace
        case Session():
            found["publish_plan"] = not state.plan and bool(state.seated) and state.status in ("closed", "convened")
        case Sitting():
            undecided = state.dossiers.keys() - state.decisions.keys() - state.called_out.keys()
            found["call_out"] = state.status == "closed" and bool(undecided and state.seats)
            over = state.status in ("proclaimed", "adjourned")
            found["sign_minutes"] = over and any(not seat.holder for seat in state.seats) and not state.signed
    return [kind for kind, right in found.items() if right]


def _contest(world: Chance, stream: str, number: int) -> tuple[str, Fields]:
    return "contest", {"ground": ("procedure", "merit")[number % 2], "reason": REASON}


def _withdrawal(world: Chance, stream: str, number: int) -> tuple[str, Fields]:
    awarded = [award.block or "" for award in _pathway(world, stream).awards if award.withdrawn_on is None]
    basis = "Code du travail, art. D. 6412-6"
    return "withdraw_award", {"block": awarded[number % len(awarded)], "reason": REASON, "basis": basis}


def _publication(world: Chance, stream: str, number: int) -> tuple[str, Fields]:
    return "publish_plan", planned(world, _session(world, stream), ("j1", ("j2", "j3")[number % 2]))


def planned(world: Chance, state: Session, jury: Sequence[str]) -> Fields:
    """A plan in which ``jury`` sees one candidate a day, in Paris, from the first day on."""
    assert state.opens is not None
    candidates = [state.candidates[id] for id in state.seated if id in state.candidates]
    visits = [
        visit(who, "Paris", datetime.combine(state.opens + timedelta(days=day), time(9)), jury, scheme=state.scheme)
        for day, who in enumerate(candidates)
    ]
    return {
        "visits": [visit.model_dump(mode="json") for visit in visits],
        "jurors": known(world),
        "sites": [PARIS.model_dump(mode="json")],
        "ties": _known_ties(world),
        "site": "Paris",
    }


def _call(world: Chance, stream: str, number: int) -> tuple[str, Fields]:
    state = _sitting(world, stream)
    undecided = [id for id in state.dossiers if id not in state.decisions and id not in state.called_out]
    return "call_out", {"pathway": undecided[number % len(undecided)], "member": state.seats[0].member}


def _minutes_signature(world: Chance, stream: str, number: int) -> tuple[str, Fields]:
    state = _sitting(world, stream)
    there = [seat.member for seat in state.seats if not seat.holder]
    document = sitting_document(stream, state.scheme_hash, state.minutes)
    return "sign_minutes", {"member": there[number % len(there)], "document": document}


STEPS: dict[str, Step] = {
    "resume": lambda world, stream, number: ("resume", {}),
    "record_positioning": _positioning,
    "record_preliminary": _preliminary,
    "plan_training": _plan,
    "complete_training": lambda world, stream, number: ("complete_training", {"exempted": REASON}),
    "file_admissibility": _filing,
    "provide_pieces": lambda world, stream, number: ("provide_pieces", {"pieces": ["contrat"]}),
    "decide_admissibility": _admissibility,
    "file_dossier": _dossier,
    "request_seat": _seat,
    "excuse_absence": _absence,
    "record_marks": _marks,
    "record_joint_marks": _joint_marks,
    "give_opinion": _opinion,
    "sign_pv": _signature,
    "send_dossier": _sending,
    "complete_support": lambda world, stream, number: ("complete_support", {}),
    "decide_contest_admissibility": _contest_answer,
    "redeliberate": _deliberation_anew,
    "resolve_mail": _mail,
    "appoint_juror": _appointment,
    "mend_jury": _mending,
    "begin": _beginning,
    "hold": _absences,
    "close_agenda": lambda world, stream, number: ("close_agenda", {}),
    "convene_members": _members,
    "cancel_sitting": lambda world, stream, number: ("cancel", {"reason": REASON}),
    "record_attendance": attendance,
    "decide_dossiers": _decisions,
    "proclaim": lambda world, stream, number: ("proclaim", {}),
    "contest": _contest,
    "withdraw_award": _withdrawal,
    "set_conditions": lambda world, stream, number: ("set_conditions", {"workplace": "Paris", "extra_time": 33}),
    "publish_plan": _publication,
    "call_out": _call,
    "sign_minutes": _minutes_signature,
}
"""Kind of task, or of right -> a command that carries it out."""

ASIDE = frozenset(
    {"sign_pv", "decide_contest_admissibility", "redeliberate", "redecide", "review_award", "resolve_mail"}
)
"""Tasks beside the one for a pathway to go on; they may be left once it is closed."""
