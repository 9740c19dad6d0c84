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
_CANDIDATE_SIDE = _OFFICE | {Role.CANDIDATE, Role.EMPLOYER}
_TRAINING_SIDE = _OFFICE | {Role.TRAINING_BODY, Role.EMPLOYER}

MAY: dict[str, frozenset[Role]] = {}
"""``"<aggregate>.<command kind>"`` -> the roles that may give it. Filled below, in one place."""


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
