"""What must hold in a scheme file about its jury: the rules, what each is told, and how they are conducted."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import time
from typing import Any

from pydantic import ValidationError

from domain.scheme.conduct import Planning
from domain.scheme.fault import Fault, Place, doubled, entries, fault, text, texts, whole

_PARAMS: dict[str, tuple[str, ...]] = {
    "minimum_members": ("members",),
    "president_from_certifier": ("bodies",),
    "not_from_employer": ("part",),
    "outside_training_body": ("share",),
    "gender_balance": ("kind",),
}
"""What a rule may be told; the others are told nothing."""

_CHOICES = {"part": ("president", "trade_expert"), "kind": ("target", "bar")}


def jury(scheme: dict[str, Any]) -> Iterator[Fault]:
    """Everything wrong with the rules of the jury, and with what the conduct says of them."""
    found = list(entries(scheme.get("jury"), "rules", ("jury",)))
    yield from doubled((((*place, "rule"), text(rule, "rule")) for place, rule in found), "rule_twice")
    for place, rule in found:
        yield from _rule((*place, "params"), text(rule, "rule") or "", rule.get("params", {}), scheme)
    session = _mapping(_mapping(scheme, "conduct"), "session")
    yield from _exceptions(session, [name for _, rule in found if (name := text(rule, "rule"))])
    yield from _planning(_mapping(session, "planning"))


def _mapping(value: dict[str, Any], key: str) -> dict[str, Any]:
    found = value.get(key)
    return found if isinstance(found, dict) else {}


def _rule(place: Place, rule: str, params: Any, scheme: dict[str, Any]) -> Iterator[Fault]:
    if not isinstance(params, dict):
        return
    known = _PARAMS.get(rule, ())
    yield from (fault((*place, key), "unknown_key", key=key) for key in params if key not in known)
    for key in known:
        if key in _CHOICES and key in params and params[key] not in _CHOICES[key]:
            yield fault((*place, key), "not_one_of", known=", ".join(_CHOICES[key]))
    if rule == "minimum_members":
        yield from _members(place, params, scheme)
    if rule == "outside_training_body":
        yield from _share(place, params)
    if rule == "president_from_certifier" and "bodies" in params:
        bodies = params["bodies"]
        if not isinstance(bodies, list) or len(texts(params, "bodies")) != len(bodies):
            yield fault((*place, "bodies"), "wrong_type", wanted="texts")


def _members(place: Place, params: dict[str, Any], scheme: dict[str, Any]) -> Iterator[Fault]:
    members, assessors = whole(params, "members"), whole(scheme.get("jury"), "assessors")
    if members is None or members < 1:
        yield fault(place, "members_missing")
    elif assessors is not None and assessors > members:
        yield fault((*place, "members"), "members_below_assessors", members=members, assessors=assessors)


def _share(place: Place, params: dict[str, Any]) -> Iterator[Fault]:
    share = text(params, "share")
    if "share" not in params:
        yield fault((*place, "share"), "missing_key", key="share")
    elif share is None or not re.fullmatch(r"[0-9]{1,4}/0*[1-9][0-9]{0,3}", share):
        yield fault((*place, "share"), "threshold_text", value=str(params["share"]))
    elif not 0 < int(share.split("/")[0]) <= int(share.split("/")[1]):
        yield fault((*place, "share"), "threshold_range", value=share)


def _exceptions(session: dict[str, Any], rules: list[str]) -> Iterator[Fault]:
    place: Place = ("conduct", "session", "exceptions")
    for index, name in enumerate(texts(session, "exceptions")):
        if name not in rules:
            yield fault((*place, index), "not_one_of", known=", ".join(rules))


def _planning(planning: dict[str, Any]) -> Iterator[Fault]:
    """Hours in their order, and a lunch that fits where it is taken."""
    try:
        said = Planning.model_validate(planning)
    except ValidationError:
        return
    place: Place = ("conduct", "session", "planning")
    for first, last in (("day_opens", "day_closes"), ("lunch_from", "lunch_until")):
        starts, ends = getattr(said, first), getattr(said, last)
        if ends <= starts:
            yield fault((*place, last), "hours_reversed", starts=f"{starts:%H:%M}", ends=f"{ends:%H:%M}")
    between = _minutes(said.lunch_until) - _minutes(said.lunch_from)
    if 0 < between < said.lunch:
        yield fault((*place, "lunch"), "lunch_too_long", minutes=said.lunch, between=between)


def _minutes(moment: time) -> int:
    return moment.hour * 60 + moment.minute
