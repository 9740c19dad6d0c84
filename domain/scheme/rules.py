"""What must hold between the parts of a scheme file, whatever certification it describes."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

from domain.authority import Role
from domain.scheme.certificate_rules import certificates
from domain.scheme.fault import (
    Fault,
    Place,
    day,
    doubled,
    entries,
    fault,
    path_of,
    text,
    texts,
    whole,
    wholes,
)
from domain.scheme.jury_rules import jury
from domain.scheme.model import END, KEPT, MILESTONES, OUTCOMES, PASSED

_FIXED = {
    "pathway": frozenset[str](),
    "session": frozenset({"registration_closes", "window_opens", "window_closes"}),
    "sitting": frozenset({"sitting_date"}),
}
"""Milestones that are dates fixed in advance: only these can be counted back from."""

_LONGEST = {"calendaires": 11_000, "ouvrables": 9_400, "ouvres": 7_900, "francs": 11_000, "mois": 360, "ans": 30}
"""About thirty years in each unit: what a calendar covers."""

_SIMPLE_DAYS = ("calendaires", "ouvrables", "ouvres", "francs")
_OWN = ("registration",)
"""Deadlines that every session has of itself."""

_ID = re.compile(r"[\w.:-]+\Z")


def rules(scheme: dict[str, Any], years: tuple[int, int]) -> Iterator[Fault]:
    """Everything wrong between the parts of ``scheme``; ``years`` are those that the calendar covers."""
    yield from _identifiers(scheme)
    yield from _registration(scheme, years)
    yield from _blocks(scheme)
    for place, route in entries(scheme, "routes"):
        yield from _route(place, route)
    yield from jury(scheme)
    for place, deadline in entries(scheme, "deadlines"):
        yield from _deadline(place, deadline)
    yield from _erasure(scheme)
    yield from certificates(scheme)


def _identifiers(scheme: dict[str, Any]) -> Iterator[Fault]:
    blocks = list(entries(scheme, "blocks"))
    competences = [found for place, block in blocks for found in entries(block, "competences", place)]
    criteria = [found for place, competence in competences for found in entries(competence, "criteria", place)]
    routes = list(entries(scheme, "routes"))
    groups = [blocks, competences, criteria, routes, list(entries(scheme, "deadlines"))]
    groups += [list(entries(route, "steps", place)) for place, route in routes]
    for group in groups:
        named = [((*place, "id"), text(item, "id")) for place, item in group]
        yield from doubled(iter(named))
        yield from (fault(place, "id_characters", id=id) for place, id in named if id and not _ID.match(id))
    yield from doubled(((*place, "held_as"), text(block, "held_as")) for place, block in blocks)


def _registration(scheme: dict[str, Any], years: tuple[int, int]) -> Iterator[Fault]:
    registration = scheme.get("registration")
    until = day(registration, "until")
    if until and not years[0] <= until.year <= years[1]:
        params = {"date": until.isoformat(), "first": years[0], "last": years[1]}
        yield fault(("registration", "until"), "beyond_calendar", **params)
    if until and text(registration, "code") is None:
        yield fault(("registration", "until"), "until_without_code", date=until.isoformat())
    if text(registration, "repertoire") == "RS" and whole(registration, "level") is not None:
        yield fault(("registration", "level"), "level_in_rs")


def _blocks(scheme: dict[str, Any]) -> Iterator[Fault]:
    for key in ("blocks", "routes", "sources"):
        if scheme.get(key) == []:
            yield fault((key,), f"no_{key}")
    routes = {text(route, "id") for _, route in entries(scheme, "routes")}
    shared: dict[tuple[str, str], tuple[Place, dict[str, Any]]] = {}
    for place, block in entries(scheme, "blocks"):
        if block.get("competences") == []:
            yield fault((*place, "competences"), "no_competences", id=text(block, "id") or "?")
        for inner, competence in entries(block, "competences", place):
            if competence.get("criteria") == []:
                yield fault((*inner, "criteria"), "no_criteria", id=text(competence, "id") or "?")
        tasks = block.get("tasks")
        for route in tasks if isinstance(tasks, dict) else ():
            if route not in routes:
                yield fault((*place, "tasks", route), "tasks_without_route", route=route)
            yield from _tasks((*place, "tasks"), tasks, route, shared)


def _tasks(
    place: Place, tasks: Any, route: str, shared: dict[tuple[str, str], tuple[Place, dict[str, Any]]]
) -> Iterator[Fault]:
    """A task that several blocks name is one task, held once: it must be the same everywhere."""
    found = list(entries(tasks, route, place))
    ids = {text(task, "id") for _, task in found}
    yield from doubled(((*inner, "id"), text(task, "id")) for inner, task in found)
    for inner, task in found:
        id, other = text(task, "id"), text(task, "instead_of")
        if other is not None and (other not in ids or other == id):
            yield fault((*inner, "instead_of"), "unknown_task", id=other)
        if id is None:
            continue
        first = shared.setdefault((route, id), (inner, task))
        if first[1] != task and first[0][:2] != inner[:2]:
            yield fault(inner, "task_differs", id=id, first=path_of(first[0]))


def _route(place: Place, route: dict[str, Any]) -> Iterator[Fault]:
    steps = list(entries(route, "steps", place))
    if route.get("steps") == []:
        yield fault((*place, "steps"), "no_steps", id=text(route, "id") or "?")
    if not steps:
        return
    known = {id for _, step in steps if (id := text(step, "id"))}
    for inner, step in steps:
        yield from _step(inner, step, known)
    if not any(text(step, "kind") == "deliberation" for _, step in steps):
        yield fault((*place, "steps"), "no_deliberation", id=text(route, "id") or "?")
    yield from _graph(place, steps)


def _step(place: Place, step: dict[str, Any], known: set[str]) -> Iterator[Fault]:
    kind = text(step, "kind") or ""
    if text(step, "id") == END:
        yield fault((*place, "id"), "reserved", id=END)
    decides = step.get("decides") is True
    if decides and kind != "positioning":
        yield fault((*place, "decides"), "only_for", kind="positioning")
    situations = wholes(step, "situations")
    if situations and kind != "dossier":
        yield fault((*place, "situations"), "only_for", kind="dossier")
    if len(situations) == 2 and not 1 <= situations[0] <= situations[1]:
        yield fault((*place, "situations"), "situations_order", least=situations[0], most=situations[1])
    for inner, target in _targets(place, step):
        if target != END and target not in known:
            yield fault(inner, "unknown_step", id=target, known=", ".join(sorted(known)))
    following = step.get("next")
    if isinstance(following, dict) and kind in OUTCOMES:
        outcomes = ("ready", "needs") if decides and kind == "positioning" else OUTCOMES[kind]
        for outcome in outcomes:
            if outcome not in following:
                yield fault((*place, "next"), "outcome_missing", outcome=outcome)
        for outcome in following:
            if outcome not in outcomes:
                yield fault((*place, "next", outcome), "outcome_unknown", known=", ".join(outcomes))


def _targets(place: Place, step: dict[str, Any]) -> Iterator[tuple[Place, str]]:
    following = step.get("next")
    if isinstance(following, str):
        yield (*place, "next"), following
    elif isinstance(following, dict):
        for outcome, target in following.items():
            if isinstance(target, str):
                yield (*place, "next", outcome), target


def _graph(place: Place, steps: list[tuple[Place, dict[str, Any]]]) -> Iterator[Fault]:
    edges: dict[str, set[str]] = {}
    places: dict[str, Place] = {}
    for inner, step in steps:
        if id := text(step, "id"):
            edges.setdefault(id, set()).update(target for _, target in _targets(inner, step))
            places.setdefault(id, inner)
    first = text(steps[0][1], "id")
    if first is None:
        return
    reached = _closure({first}, edges)
    backwards: dict[str, set[str]] = {}
    for id, targets in edges.items():
        for target in targets:
            backwards.setdefault(target, set()).add(id)
    finishing = _closure({END}, backwards)
    if first not in finishing:
        yield fault((*place, "steps"), "no_end")
    for id, inner in places.items():
        if id not in reached:
            yield fault(inner, "unreachable", id=id)
        elif id not in finishing and first in finishing:
            yield fault(inner, "no_way_out", id=id)


def _closure(found: set[str], edges: dict[str, set[str]]) -> set[str]:
    waiting = list(found)
    while waiting:
        for target in edges.get(waiting.pop(), set()) - found:
            found.add(target)
            waiting.append(target)
    return found


def _deadline(place: Place, deadline: dict[str, Any]) -> Iterator[Fault]:
    if text(deadline, "id") in _OWN:
        yield fault((*place, "id"), "reserved", id=text(deadline, "id"))
    who = text(deadline, "who")
    if who is not None and who not in set(Role):
        yield fault((*place, "who"), "unknown_role", role=who, known=", ".join(Role))
    yield from _milestones(place, deadline)
    amount, unit = whole(deadline, "amount"), text(deadline, "unit")
    if amount is None or unit not in _LONGEST:
        return
    if amount > _LONGEST[unit]:
        yield fault((*place, "amount"), "too_long", amount=amount, most=_LONGEST[unit])
    if unit in _SIMPLE_DAYS and deadline.get("before") is not True:
        for days in wholes(deadline, "remind"):
            if days >= amount:
                yield fault((*place, "remind"), "remind_too_early", days=days, amount=amount)


def _milestones(place: Place, deadline: dict[str, Any]) -> Iterator[Fault]:
    aggregate, starts, passed = text(deadline, "aggregate"), text(deadline, "starts"), text(deadline, "passed")
    if aggregate not in MILESTONES:
        return
    known = MILESTONES[aggregate]
    ends = texts(deadline, "ends")
    named = [((*place, "starts"), starts)] if starts else []
    named += [((*place, "ends", index), end) for index, end in enumerate(ends)]
    for inner, milestone in named:
        if milestone not in known:
            yield fault(inner, "unknown_milestone", id=milestone, aggregate=aggregate, known=", ".join(known))
    if deadline.get("ends") == []:
        yield fault((*place, "ends"), "no_ends")
    if starts in ends:
        yield fault((*place, "ends"), "ends_where_it_starts", id=starts)
    if passed is not None and passed not in PASSED[aggregate]:
        options = ", ".join(PASSED[aggregate])
        yield fault((*place, "passed"), "passed_not_allowed", passed=passed, aggregate=aggregate, known=options)
    if deadline.get("before") is True and starts in known and starts not in _FIXED[aggregate]:
        yield fault((*place, "before"), "before_needs_date", id=starts)
    if deadline.get("paused_by_completeness") in ("resume", "restart") and aggregate != "pathway":
        yield fault((*place, "paused_by_completeness"), "pause_needs_pathway")


def _erasure(scheme: dict[str, Any]) -> Iterator[Fault]:
    """The log never loses a fact, so each thing that stays needs its reason."""
    found = [((*place, "keep"), text(item, "keep")) for place, item in entries(scheme, "erasure")]
    yield from doubled(iter(found))
    for kept in KEPT:
        if kept not in [name for _, name in found]:
            yield fault(("erasure",), "erasure_unjustified", keep=kept)
