"""What the composition gate and the plan's independent check found, in sentences. Ids stay ids."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from domain.jury import Finding
from domain.plan import PlanFault
from interfaces.days import plain_date
from interfaces.words import catalogue, say

_ISO = re.compile(r"\d{4}-\d{2}-\d{2}\Z", re.ASCII)


def rule_title(rule: str, language: str = "fr") -> str:
    """The name of a rule on who may be a jury."""
    return catalogue(language).get(f"jury.rule.{rule}") or say(f"schemes.rule.{rule}", language)


def finding_sentence(finding: Finding, language: str = "fr") -> str:
    """What a rule of the gate says, with the facts that it rests on."""
    return _said(finding.rule, finding.holds, finding.facts, language)


def plan_fault_sentence(fault: PlanFault, language: str = "fr") -> str:
    """Which rule a plan breaks, and where."""
    if fault.rule == "composition":
        return _said(fault.facts["rule"], False, fault.facts, language)
    return say(f"plan_faults.{fault.rule}", language, **_params(fault.facts, language))


def _said(rule: str, holds: bool, facts: Mapping[str, Any], language: str) -> str:
    return say(f"jury.{'holds' if holds else 'fails'}.{rule}", language, **_params(facts, language))


def _params(facts: Mapping[str, Any], language: str) -> dict[str, str]:
    return {name: _shown(name, value, language) for name, value in facts.items()}


def _shown(name: str, value: Any, language: str) -> str:
    if isinstance(value, (list, tuple)):
        return ", ".join(_shown(name, one, language) for one in value) or say("jury.word.nobody", language)
    if isinstance(value, Mapping):
        return _item(name, value, language)
    if value in ("", None):
        return say("jury.word.unknown", language)
    if isinstance(value, str) and _ISO.match(value):
        return plain_date(value, language)
    if name == "tie":
        return say(f"jury.tie.{value}", language)
    return str(value)


def _item(name: str, value: Mapping[str, Any], language: str) -> str:
    """One of several people, with what is said of them."""
    if name == "untrained":
        name = "expired" if value["until"] else "to_come" if value["since"] else "never"
    return say(f"jury.item.{name}", language, **_params(value, language))
