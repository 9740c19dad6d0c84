"""What the rules and the log say, in sentences: refusals, events, tasks, roles, statuses, derivations.

Everything is said from public data: a sealed value is never opened here, nor is a person's identifier printed.
"""

from __future__ import annotations

import re
from datetime import date
from typing import Any

from domain.authority import Actor, Role
from domain.records import Recorded
from domain.refusal import Refusal
from domain.scheme.model import Scheme
from interfaces.days import explained, plain_date
from interfaces.telling import Teller
from interfaces.words import catalogue, say

__all__ = [
    "actor_sentence",
    "derivation_sentences",
    "event_sentence",
    "name_of",
    "refusal_sentence",
    "role_name",
    "status_name",
    "task_sentence",
]

derivation_sentences = explained
"""``(derivation, language="fr") -> list[str]``: one sentence per step of a computed date."""

_ISO = re.compile(r"\d{4}-\d{2}-\d{2}\Z", re.ASCII)
_TABLES = {
    "allowed": "role",
    "role": "role",
    "command": "command",
    "entity": "entity",
    "current": "step",
    "expected": "step",
    "outcome": "outcome",
    "route": "route",
    "routes": "route",
    "college": "college",
}
"""Parameter of a refusal -> the table of ``tasks.toml`` that names its values."""


def name_of(table: str, value: str, language: str = "fr") -> str:
    """What the catalogue calls ``value`` in a table of ``tasks.toml``; ``value`` itself where it has no other name.

    Tables: ``task``, ``role``, ``command``, ``step``, ``route``, ``outcome``, ``initiative``, ``entity``,
    ``status.pathway``, ``status.session``, ``status.sitting``, ``status.seat``, ``status.deadline``.
    """
    return catalogue(language).get(f"tasks.{table}.{value}", value)


def role_name(role: Role | str, language: str = "fr") -> str:
    """The name of a role."""
    return name_of("role", str(role), language)


def status_name(kind: str, status: str, language: str = "fr") -> str:
    """The name of a status of a ``pathway``, ``session``, ``sitting``, ``seat`` or ``deadline``."""
    return name_of(f"status.{kind}", status, language)


def task_sentence(kind: str, language: str = "fr") -> str:
    """What must be done, as an infinitive phrase."""
    return name_of("task", kind, language)


def refusal_sentence(refusal: Refusal, language: str = "fr") -> str:
    """Why a rule says no.

    Raises:
        KeyError: when the catalogue has no sentence for the code, or the sentence wants a parameter that is not there.
    """
    subject = refusal.code.partition(".")[0]
    params = {name: _shown(subject, name, value, language) for name, value in refusal.params.items()}
    return say(f"refusals.{refusal.code}", language, **params)


def _shown(subject: str, name: str, value: Any, language: str) -> str:
    if isinstance(value, (list, tuple)):
        if not value:
            empty = "months" if name == "months" else "any"
            return say(f"tasks.empty.{empty}", language)
        return ", ".join(_shown(subject, name, item, language) for item in value)
    if name == "months":
        return say(f"calendar.month.{value}", language)
    if name == "status":
        return status_name(subject, str(value), language)
    if name in _TABLES:
        return name_of(_TABLES[name], str(value), language)
    if isinstance(value, date) or (isinstance(value, str) and _ISO.match(value)):
        return _short_date(value, language)
    return str(value)


def _short_date(value: date | str, language: str) -> str:
    day = date.fromisoformat(value) if isinstance(value, str) else value
    return f"{day:%d/%m/%Y}" if language == "fr" else day.isoformat()


def event_sentence(record: Recorded, scheme: Scheme, language: str = "fr") -> str:
    """What happened, on which day, and who said so. ``scheme`` is the version that the stream is pinned to."""
    return say(
        "events.frame",
        language,
        day=plain_date(record.fact.on, language),
        what=Teller(scheme, language).what(record.fact),
        by=actor_sentence(record.actor, language),
    )


def actor_sentence(actor: Actor, language: str = "fr") -> str:
    """Who acted: their part, their identifier, and for whom."""
    if actor.role is Role.SYSTEM:
        return say("events.by_system", language)
    params = {"role": role_name(actor.role, language), "id": actor.id}
    if actor.on_behalf_of is None:
        return say("events.by", language, **params)
    return say("events.by_for", language, **params, other=actor.on_behalf_of)
