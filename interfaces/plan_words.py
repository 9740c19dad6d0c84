"""Why a candidate is not seated, and what would free it, in sentences. Ids stay ids unless they are ``called``."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Any

from domain.plan import Unseated
from interfaces.days import plain_date, read_day
from interfaces.findings import rule_title
from interfaces.words import catalogue, say

Called = Callable[[str, str], str]
"""What a code of this kind (``juror``, ``site``, ``block``) is called."""


def _itself(_kind: str, code: str) -> str:
    return code


def unseated_sentences(entry: Unseated, language: str = "fr", called: Called = _itself) -> tuple[list[str], list[str]]:
    """The rules in the way, and what would free the seat: a sentence each."""
    return (
        [_rule(rule, language, called) for rule in entry.rules],
        [_free(free, language, called) for free in entry.frees],
    )


def mentioned(entries: Iterable[Unseated], kind: str) -> set[str]:
    """The codes of this kind that the sentences of ``entries`` mention."""
    facts = [fact for entry in entries for fact in (*entry.rules, *entry.frees)]
    one = {fact[kind] for fact in facts if fact.get(kind)}
    return one.union(*(fact.get(f"{kind}s", ()) for fact in facts))


def _rule(rule: Mapping[str, Any], language: str, called: Called) -> str:
    name = f"plan.rule.{rule['rule']}"
    if name in catalogue(language):
        return say(name, language, **_params(rule, language, called))
    basis = f" ({rule['basis']})" if rule.get("basis") else ""
    return say("plan.rule.composition", language, title=rule_title(rule["rule"], language), basis=basis)


def _free(free: Mapping[str, Any], language: str, called: Called) -> str:
    params = _params(free, language, called)
    if free["free"] == "rule":
        params["title"] = rule_title(free["rule"], language)
        name = f"plan.free.rule_{free['rule']}"
        return say(name if name in catalogue(language) else "plan.free.rule", language, **params)
    name = "available_any" if free["free"] == "available" and not free["juror"] else free["free"]
    return say(f"plan.free.{name}", language, **params)


def _params(facts: Mapping[str, Any], language: str, called: Called) -> dict[str, str]:
    return {name: _shown(name, value, language, called) for name, value in facts.items()}


def _shown(name: str, value: Any, language: str, called: Called) -> str:
    if isinstance(value, (list, tuple)):
        return ", ".join(_shown(name, one, language, called) for one in value)
    if name in ("day", "days") and value:
        return plain_date(read_day(str(value)), language)
    return called(name.removesuffix("s"), str(value))
