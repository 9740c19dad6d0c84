"""Who acts, in which role, for whom; and the one table of who may do what."""

from __future__ import annotations

from enum import StrEnum

from pydantic import BaseModel, ConfigDict

from domain.refusal import refuse


class Role(StrEnum):
    """The parts that people and machines play in a pathway."""

    ADMINISTRATOR = "administrator"
    CANDIDATE = "candidate"
    EMPLOYER = "employer"
    TRAINING_BODY = "training_body"
    JUROR = "juror"
    PARITAIRE = "paritaire"
    AUDITOR = "auditor"
    SYSTEM = "system"


class Actor(BaseModel):
    """``id`` is an account or process identifier, never a name; ``on_behalf_of`` another such id."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    id: str
    role: Role
    on_behalf_of: str | None = None


SYSTEM = Actor(id="jalon", role=Role.SYSTEM)
"""Timers, and what one aggregate tells another."""

_OFFICE = frozenset({Role.ADMINISTRATOR})
_MACHINE = frozenset({Role.SYSTEM})
_CANDIDATE = _OFFICE | {Role.CANDIDATE, Role.EMPLOYER}
_TRAINING = _OFFICE | {Role.TRAINING_BODY, Role.EMPLOYER}
_JURY = _OFFICE | {Role.JUROR}
_PARITAIRE = _OFFICE | {Role.PARITAIRE}

MAY: dict[str, frozenset[Role]] = {
    "pathway.start": _CANDIDATE,
    "pathway.recognise_block": _OFFICE | _MACHINE,
    "pathway.record_positioning": _TRAINING,
    "pathway.record_preliminary": _TRAINING,
    "pathway.plan_training": _TRAINING,
    "pathway.complete_module": _TRAINING,
    "pathway.complete_training": _TRAINING,
    "pathway.file_admissibility": _CANDIDATE,
    "pathway.request_pieces": _OFFICE,
    "pathway.provide_pieces": _CANDIDATE,
    "pathway.decide_admissibility": _OFFICE,
    "pathway.file_dossier": _CANDIDATE,
    "pathway.set_conditions": _CANDIDATE,
    "pathway.note_sessions": _MACHINE,
    "pathway.note_sittings": _MACHINE,
    "pathway.request_seat": _CANDIDATE,
    "pathway.give_up_seat": _CANDIDATE,
    "pathway.note_seat": _MACHINE,
    "pathway.note_convocation": _MACHINE,
    "pathway.note_attendance": _MACHINE,
    "pathway.excuse_absence": _OFFICE,
    "pathway.reject_absence": _OFFICE,
    "pathway.record_marks": _JURY,
    "pathway.record_joint_marks": _JURY,
    "pathway.give_opinion": _JURY,
    "pathway.sign_pv": _JURY,
    "pathway.send_dossier": _OFFICE,
    "pathway.note_dossier": _MACHINE,
    "pathway.note_decision": _MACHINE,
    "pathway.complete_support": _TRAINING,
    "pathway.contest": _OFFICE | {Role.CANDIDATE},
    "pathway.decide_contest_admissibility": _OFFICE,
    "pathway.redeliberate": _OFFICE,
    "pathway.withdraw_award": _OFFICE,
    "pathway.note_withdrawal": _MACHINE,
    "pathway.note_deposit": _MACHINE,
    "pathway.ask_identity": _MACHINE,
    "pathway.complete_identity": _CANDIDATE,
    "pathway.suspend": _OFFICE,
    "pathway.resume": _OFFICE,
    "pathway.withdraw": _CANDIDATE,
    "pathway.correct_candidacy": _OFFICE,
    "pathway.correct_marks": _JURY,
    "pathway.correct_positioning": _TRAINING,
    "pathway.erase_subject": _OFFICE,
    "pathway.deadline_reached": _MACHINE,
    "pathway.settle": _MACHINE,
    "pathway.resolve_mail": _OFFICE,
    "pathway.note_bounce": _OFFICE,
    "session.open": _OFFICE,
    "session.appoint_juror": _OFFICE,
    "session.dismiss_juror": _OFFICE,
    "session.request_seat": _MACHINE,
    "session.release_seat": _MACHINE,
    "session.note_candidate": _MACHINE,
    "session.note_jurors": _MACHINE,
    "session.note_sittings": _MACHINE,
    "session.publish_plan": _OFFICE,
    "session.withdraw_juror": _JURY,
    "session.record_exception": _OFFICE,
    "session.begin": _JURY,
    "session.close_registration": _OFFICE,
    "session.convene": _OFFICE,
    "session.hold": _JURY,
    "session.note_result": _MACHINE,
    "session.cancel": _OFFICE,
    "session.deadline_reached": _MACHINE,
    "session.settle": _MACHINE,
    "session.resolve_mail": _OFFICE,
    "session.note_bounce": _OFFICE,
    "sitting.open": _OFFICE | _MACHINE,
    "sitting.receive_dossier": _MACHINE,
    "sitting.close_agenda": _OFFICE,
    "sitting.note_members": _OFFICE | _MACHINE,
    "sitting.record_attendance": _PARITAIRE,
    "sitting.recuse": _PARITAIRE,
    "sitting.call_out": _PARITAIRE,
    "sitting.decide_dossier": _PARITAIRE,
    "sitting.decide_list": _PARITAIRE,
    "sitting.postpone_dossier": _PARITAIRE,
    "sitting.withdraw_dossier": _MACHINE,
    "sitting.proclaim": _PARITAIRE,
    "sitting.sign_minutes": _PARITAIRE,
    "sitting.cancel": _OFFICE,
    "sitting.deadline_reached": _MACHINE,
    "sitting.settle": _MACHINE,
    "sitting.resolve_mail": _OFFICE,
    "sitting.note_bounce": _OFFICE,
    "register.open": _OFFICE,
    "register.enter_organisations": _OFFICE,
    "register.enter_sites": _OFFICE,
    "register.enter_jurors": _OFFICE,
    "register.enter_members": _OFFICE,
    "register.enter_office": _OFFICE,
    "register.leave": _OFFICE,
    "register.declare_absence": _JURY,
    "register.lift_absence": _JURY,
    "register.note_training": _TRAINING,
    "register.declare_ties": _OFFICE | _CANDIDATE | _TRAINING | _JURY | _PARITAIRE,
    "register.lift_tie": _OFFICE,
    "register.erase_subject": _OFFICE,
    "awards.enter": _MACHINE,
    "awards.note_issued": _MACHINE,
    "awards.reissue": _OFFICE,
    "awards.correct": _OFFICE,
    "awards.withdraw": _MACHINE,
    "awards.note_published": _MACHINE,
    "awards.set_disclosure": _OFFICE | {Role.CANDIDATE},
    "awards.erase_subject": _OFFICE,
    "awards.deadline_reached": _MACHINE,
    "awards.settle": _MACHINE,
    "awards.resolve_mail": _OFFICE,
    "awards.note_bounce": _OFFICE,
    "deposit.queue": _MACHINE,
    "deposit.withdraw": _MACHINE,
    "deposit.ask_identity": _OFFICE,
    "deposit.note_identity": _MACHINE,
    "deposit.write_flux": _OFFICE,
    "deposit.abandon_flux": _OFFICE,
    "deposit.read_receipt": _OFFICE,
    "deposit.retry": _OFFICE,
    "deposit.note_suppressed": _OFFICE,
    "deposit.erase_subject": _OFFICE,
    "deposit.deadline_reached": _MACHINE,
    "deposit.settle": _MACHINE,
    "deposit.resolve_mail": _OFFICE,
    "deposit.note_bounce": _OFFICE,
}
"""``"<aggregate>.<command kind>"`` -> the roles that may give it. What is not here, nobody may."""


def require(aggregate: str, command: str, actor: Actor) -> None:
    """Raise ``Refused`` (``authority.not_allowed``) unless ``actor`` may give this command."""
    allowed = MAY.get(f"{aggregate}.{command}", frozenset())
    if actor.role not in allowed:
        raise refuse(
            "authority.not_allowed",
            command=command,
            role=actor.role.value,
            allowed=sorted(role.value for role in allowed),
        )
