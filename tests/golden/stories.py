"""Stories in which every kind of event happens at least once."""

from __future__ import annotations

from datetime import date
from typing import Any

from domain.authority import SYSTEM, Actor, Role
from tests import holding
from tests.domain import awarded, decided, deliberated, depositing, marked
from tests.domain.registers import filled, juror
from tests.domain.world import World, scheme, sealed
from tests.golden import session_stories

A, B, C, D = "pathway:a", "pathway:b", "pathway:c", "pathway:d"
S, T = "session:s", "sitting:s"
REASON = sealed().model_dump(mode="json")


def stories() -> tuple[World, ...]:
    """The worlds of all stories; each is a pure function of this file and of the rules."""
    return (
        whole_road(),
        experience(),
        crowded(),
        returned(),
        support(),
        preliminary(),
        session_stories.planned(),
        session_stories.called_off(),
        session_stories.foreseen(),
        cancelled(),
        left_alone(),
        left_before(),
        mailed(),
        registered(),
        marked_together(),
        decided.everything(),
        awarded.everything(),
        depositing.everything(),
        holding.everything(),
        *deliberated.stories(),
    )


def someone(stream: str) -> str:
    """The person whose pathway this is."""
    return f"someone-{stream[-1]}"


def whole_road() -> World:
    """From candidacy to a partial result, with every correction on the way."""
    world = World()
    held = [{"held_as": scheme("cqp-cos").block_by_id["GRU"].held_as, "since": "2025-11-09"}]
    world.start(A, "cqp-cos", employer="CPAM de l'Aube", branch="maladie", initiative="employer", held=held)
    world.give(A, "correct_candidacy", branch="recouvrement", contact=REASON, reason=REASON)
    trainer = Actor(id="cfp", role=Role.TRAINING_BODY, on_behalf_of="cpam-aube")
    world.give(A, "record_positioning", actor=trainer, body="CFP", strengths=["GRU.1"], needs=["POS.1"])
    world.give(A, "correct_positioning", strengths=["GRU.1", "GRU.2"], reason=REASON)
    modules = [{"id": "m1", "title": "Accueil", "hours": 14}, {"id": "m2", "title": "Écrit", "hours": 7}]
    plan = {"starts": "2027-01-11", "ends": "2027-03-26"}
    world.give(A, "plan_training", actor=trainer, body="CFP", modules=modules, **plan)  # type: ignore[arg-type]
    world.give(A, "complete_module", actor=trainer, module="m1")
    world.give(A, "complete_training", exempted=REASON)
    world.convened(A)
    world.marked(A, failed=("TD",))
    corrected = {**world.sheet(A, failed=("TD",)), "POS.1.1": None}
    world.give(A, "correct_marks", juror="j2", marks=corrected, reason=REASON)
    blocks = {block.id: True for block in world.pathway(A).remaining()}
    give = {"juror": "j1", "blocks": {**blocks, "POS": False}, "recommendations": {"POS": REASON}, "reasons": REASON}
    world.give(A, "give_opinion", actor=Actor(id="j1", role=Role.JUROR), **give)  # type: ignore[arg-type]
    world.give(S, "hold")
    world.deliberating(A)
    decide = {"pathway": A, "blocks": {**blocks, "TD": False}, "recommendations": {"TD": REASON}, "reasons": REASON}
    world.give(T, "decide_dossier", actor=Actor(id="cpnefp", role=Role.PARITAIRE), **decide)  # type: ignore[arg-type]
    world.give(T, "proclaim")
    return world


def experience() -> World:
    """VAE: pieces that are missing, a refusal, a silence, a suspension, a withdrawal."""
    world = World()
    for stream in (A, B, C):
        world.start(stream, "cqp-cos", "vae", person=someone(stream))
    world.give(A, "file_admissibility", pieces=["livret 1"], complete=False)
    world.give(A, "request_pieces", missing=["contrat de travail"])
    world.give(A, "provide_pieces", pieces=["contrat de travail"], complete=False)
    world.give(A, "provide_pieces", pieces=["bulletin de salaire"])
    world.give(B, "file_admissibility", pieces=["livret 1"])
    world.give(B, "decide_admissibility", admissible=False, reason=REASON)
    world.give(C, "file_admissibility", pieces=["livret 1"])
    world.give(C, "decide_admissibility", admissible=True)
    world.give(C, "file_dossier", situations=dict.fromkeys(("GRU", "MDR", "POS", "TD"), 1))
    world.give(C, "suspend", reason=REASON)
    world.give(C, "resume")
    world.give(C, "withdraw", reason=REASON)
    world.give(C, "erase_subject", reason=REASON)
    world.wait(days=70)
    return world


def crowded() -> World:
    """One seat for four: the waiting list moves, somebody does not come, a juror is replaced."""
    world = World()
    world.open_session(S, "cqp-gc", date(2027, 6, 7), date(2027, 6, 15), capacity={"GRU": 2, "MDR": 2, "GDU": 2})
    for stream in (A, B, C, D):
        world.start(stream, "cqp-gc", person=someone(stream), attempt=2)
        world.to_jury(stream)
        world.give(stream, "request_seat", session=S)
    world.give(A, "give_up_seat")
    world.give(S, "close_registration")
    world.give(A, "request_seat", session=S)
    world.give(S, "convene")
    world.give(S, "dismiss_juror", juror="j2")
    world.give(S, "appoint_juror", juror="j3", part="trade_expert", organisation="CAF", branch="famille")
    world.wait_until(date(2027, 6, 8))
    world.give(S, "hold", absent={B: False, C: True})
    world.give(B, "excuse_absence", reason=REASON)
    return world


def returned() -> World:
    """Dossiers that come too late, are postponed, or are decided by list; a block that counts in two pathways."""
    world = World()
    for stream in (A, B, C):
        world.start(stream, "cqp-gc", person=someone(stream))
    world.start(D, "cqp-cos", person=someone(A))
    world.convened(A, B, C, scheme_id="cqp-gc")
    world.advised(A)
    world.advised(B, failed=("GDU",))
    world.advised(C)
    world.open_sitting(T, "cqp-gc", date(2027, 7, 13))
    for stream in (A, B):
        world.give(stream, "send_dossier", sitting=T)
    world.give(T, "close_agenda")
    world.give(C, "send_dossier", sitting=T)
    world.wait_until(date(2027, 7, 13))
    world.give(T, "postpone_dossier", pathway=B, reason="Pièce manquante")
    world.give(T, "decide_list")
    world.give(T, "proclaim")
    return world


def support() -> World:
    """A positioning that decides, and support after a partial result."""
    world = World()
    id = "cqp-conseiller-retraite"
    for stream, outcome in ((A, "ready"), (B, "needs")):
        world.start(stream, id, person=someone(stream), initiative="training_body")
        world.give(stream, "record_positioning", body="Bilan", outcome=outcome)
    world.convened(A, scheme_id=id)
    world.advised(A, failed=(scheme(id).blocks[-1].id,))
    world.deliberating(A, scheme_id=id)
    world.give(T, "decide_list")
    world.give(T, "proclaim")
    world.give(A, "complete_support")
    return world


def preliminary() -> World:
    """A preliminary assessment, and a remote session."""
    world = World()
    world.start(A, "clea", "free_candidacy", initiative="candidate")
    world.give(A, "record_preliminary", body="Évaluateur", marks=world.sheet(A, failed=("D3",)))
    fields = {"opens": "2027-06-07", "closes": "2027-06-11", "registration_closes": "2027-05-01", "modality": "remote"}
    known = {"scheme_id": "clea", "scheme_hash": scheme("clea").hash, "capacity": {"D3": 4}}
    world.give(S, "open", **fields, **known)  # type: ignore[arg-type]
    world.give(A, "request_seat", session=S)
    world.wait_until(date(2027, 6, 7))
    return world


def cancelled() -> World:
    """A session and a sitting that do not take place."""
    world = World()
    world.start(A, "cqp-cos")
    world.convened(A)
    world.give(S, "cancel", reason="Grève des transports")
    world.open_sitting(T, "cqp-cos", date(2027, 7, 13))
    world.give(T, "cancel", reason="Quorum impossible")
    return world


def left_alone() -> World:
    """Nobody does what is expected: every deadline is missed, and the pathway expires."""
    world = World()
    world.start(A, "cqp-cos")
    world.start(B, "cqp-cos", person=someone(B))
    world.convened(A)
    world.give(S, "hold")
    world.marked(A)
    world.open_sitting(T, "cqp-cos", date(2027, 7, 13))
    world.wait(days=2000)
    return world


def left_before() -> World:
    """A candidate leaves with a dossier on the agenda."""
    world = World()
    world.start(A, "cqp-cos")
    world.convened(A)
    world.advised(A)
    world.open_sitting(T, "cqp-cos", date(2027, 7, 13))
    world.give(A, "send_dossier", sitting=T)
    world.give(A, "withdraw")
    return world


def mailed() -> World:
    """Notices that go out by mail: put off, lost on the way, sent again, come back, told otherwise."""
    world = World()
    world.start(A, "cqp-cos")
    world.convened(A)
    world.give(S, "hold")
    world.open_sitting(T, "cqp-cos", date(2027, 7, 13))
    world.start(B, "cqp-cos", "vae", person=someone(B))
    world.give(B, "file_admissibility", pieces=["livret 1"])
    world.delivering = False
    world.give(B, "decide_admissibility", admissible=True)
    world.wait(days=200)
    for stream in (B, S, T):
        _mailed(world, stream)
    return world


def _mailed(world: World, stream: str) -> None:
    def attempt(status: str, number: int) -> str:
        notice = [effect for effect in world.states[stream].owed.values() if effect.kind == "notice"][-1]
        world.notices.append(notice)
        mail = {"status": status, "attempt": number, "message_id": "<1@jalon>", "code": "451"}
        world.give(stream, "settle", actor=SYSTEM, outcomes=[{"effect": notice.id, "mail": mail}])
        return notice.id

    attempt("deferred", 1)
    lost = attempt("uncertain", 2)
    world.give(stream, "resolve_mail", effect=lost, by="resend")
    returned = attempt("sent", 1)
    world.give(stream, "note_bounce", effect=returned, smtp_code="5.1.1")
    world.give(stream, "resolve_mail", effect=returned, by="told")


def registered() -> World:
    """A register: everything that can stand in it, what leaves it, and somebody who is erased."""
    world = World()
    stream = filled(world)
    leave = {"since": "2027-02-01", "until": "2027-02-05"}
    world.give(stream, "enter_jurors", entries=[juror("J2", known=True, branch="famille", keeps=("trained",))])
    for kind in ("declare_absence", "lift_absence"):
        world.give(stream, kind, juror="J2", absence=leave)
    world.give(stream, "note_training", juror="J1", trained={"since": "2027-01-04"})
    tie: dict[str, Any] = {"who": "J2", "person": someone(A), "tie": "trained"}
    candidate = Actor(id="c-17", role=Role.CANDIDATE)
    world.give(stream, "declare_ties", ties=[{**tie, "note": REASON}], actor=candidate)
    world.give(stream, "lift_tie", **tie, reason=REASON)
    world.give(stream, "leave", entity="member", code="M2")
    world.give(stream, "erase_subject", person="person J1", reason=REASON)
    return world


def marked_together() -> World:
    """Two assessors mark alone, settle what they see differently, advise, and sign the PV."""
    world = marked.convened()
    sheets = (marked.sheet(world, GRU_1_1=False), marked.sheet(world, GRU_1_2=None))
    world.give(A, "record_marks", actor=marked.J1, juror="j1", marks=sheets[0])
    world.give(A, "correct_marks", actor=marked.J1, juror="j1", marks=sheets[0], reason=REASON)
    world.give(A, "record_marks", actor=marked.J2, juror="j2", marks=sheets[1])
    joint: dict[str, Any] = {"marks": {"GRU.1.1": True}, "notes": {"GRU.1.1": REASON}}
    world.give(A, "record_joint_marks", actor=marked.J1, juror="j1", **joint)
    marked.advised(world)
    world.give(A, "sign_pv", actor=marked.J1, signatory="j1", **marked.document(world))
    return world
