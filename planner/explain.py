"""Why somebody could not be seated: the smallest set of rules in the way, and what would free it.

Rules are dropped one after the other; one without which it would still not work is not in the way. What is left is a
set of which every rule is needed. First the candidate is taken alone, before an empty session; then with everybody else
where the plan has them.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import Any

from domain.jury import compose
from domain.plan import Unseated
from planner.board import Board, Seat
from planner.gate import Jury
from planner.greedy import best_seat
from planner.schedule import Schedule

Facts = dict[str, Any]

_OWN = ("available", "reach", "unavailable")
"""Rules beside those on juries: jurors there, places within their reach, days that suit the candidate."""

_SHOWN = 5


def explain(schedule: Schedule, seat: Seat) -> Unseated:
    """What keeps ``seat`` out of the plan that ``schedule`` is."""
    board = schedule.board
    rules, frees = _alone(board, seat)
    if not rules:
        rules, frees = _among_others(schedule, seat)
    return Unseated(pathway=seat.pathway, blocks=seat.blocks, rules=tuple(rules), frees=tuple(frees))


def smallest(names: Sequence[str], possible: Callable[[frozenset[str]], bool]) -> tuple[str, ...]:
    """Of the rules ``names``, that together make it impossible, those of which none can be spared."""
    kept = frozenset(names)
    for name in names:
        if not possible(kept - {name}):
            kept -= {name}
    return tuple(name for name in names if name in kept)


def _alone(board: Board, seat: Seat) -> tuple[list[Facts], list[Facts]]:
    if not seat.parts:
        return [{"rule": "day_length", "longest": board.hours.longest}], [{"free": "shorter_visit"}]
    if not seat.places:
        return _no_place(board, seat)
    closed = [block for block in seat.blocks if not board.capacity.get(block)]
    if closed:
        return [{"rule": "capacity", "blocks": closed}], [{"free": "capacity", "blocks": closed}]
    names = (*dict.fromkeys(rule.rule for rule in board.scheme.jury.rules), *_OWN)
    if _first(board, seat, frozenset(names)) is not None:
        if best_seat(Schedule(board), seat) is not None:
            return [], []
        return [{"rule": "jurors_days", "visits": len(seat.parts)}], [{"free": "available", "juror": "", "day": ""}]
    in_the_way = smallest(names, lambda kept: _first(board, seat, kept) is not None)
    rules = [_facts(board, seat, name) for name in in_the_way]
    freed = [free for name in in_the_way for free in _freeing(board, seat, frozenset(names), name)]
    return rules, freed


def _no_place(board: Board, seat: Seat) -> tuple[list[Facts], list[Facts]]:
    candidate = board.problem.candidates[seat.number]
    at_post = any(part.at_own_post for part in seat.parts)
    site = candidate.workplace if at_post else board.problem.site or candidate.workplace
    if site not in board.sites:
        rule = "workplace" if at_post else "site"
        return [{"rule": rule, "site": site}], [{"free": rule}]
    if candidate.accessible and not board.sites[site].accessible:
        return [{"rule": "accessible", "site": site}], [{"free": "accessible", "site": site}]
    return [{"rule": "rooms", "sites": [site]}], [{"free": "room", "site": site}]


def _first(board: Board, seat: Seat, kept: frozenset[str]) -> tuple[int, Jury, str] | None:
    """A day, a jury and a site that the ``kept`` rules allow the candidate, taken alone."""
    return next(_allowed(board, seat, kept), None)


def _allowed(board: Board, seat: Seat, kept: frozenset[str]) -> Iterator[tuple[int, Jury, str]]:
    beside = {rule.rule for rule in board.scheme.jury.rules} - kept
    for day in seat.days if "unavailable" in kept else range(len(board.days)):
        there = board.gate.there(day)
        for jury in board.gate.lawful(seat.number, day, beside):
            if "available" in kept and not there.issuperset(jury):
                continue
            for place in seat.places:
                if "reach" not in kept or all(board.reaches(juror, place.site) for juror in jury):
                    yield day, jury, place.site


def _facts(board: Board, seat: Seat, name: str) -> Facts:
    """What the rule rests on for this candidate."""
    candidate = board.problem.candidates[seat.number]
    known: dict[str, Facts] = {
        "no_tie": {"jurors": sorted({tie.who for tie in board.gate.ties[seat.number]})},
        "trade_expert_of_branch": {"branch": candidate.branch},
        "not_from_employer": {"employer": candidate.employer},
        "outside_training_body": {"training_body": candidate.training_body},
        "trainer_not_evaluator": {"training_body": candidate.training_body},
        "unavailable": {"days": [day.isoformat() for day in candidate.unavailable]},
        "reach": {"sites": [place.site for place in seat.places]},
    }
    basis = next((rule.basis for rule in board.scheme.jury.rules if rule.rule == name), "")
    return {"rule": name, **known.get(name, {}), **({"basis": basis} if basis else {})}


def _freeing(board: Board, seat: Seat, names: frozenset[str], name: str) -> list[Facts]:
    """What would mend one rule in the way, if the others stay: a day, a place, a tie lifted, a juror more."""
    found: dict[str, Facts] = {}
    for day, jury, site in _allowed(board, seat, names - {name}):
        for free in _mending(board, seat, name, day, jury, site):
            found.setdefault(str(free), free)
        if len(found) >= _SHOWN:
            break
    return list(found.values())[:_SHOWN]


def _mending(board: Board, seat: Seat, name: str, day: int, jury: Jury, site: str) -> list[Facts]:
    on = board.days[day].isoformat()
    if name == "available":
        away = [juror for juror in jury if juror not in board.gate.there(day)]
        return [{"free": name, "juror": board.jurors[juror].juror, "day": on} for juror in away]
    if name == "reach":
        far = [juror for juror in jury if not board.reaches(juror, site)]
        return [{"free": name, "juror": board.jurors[juror].juror, "site": site} for juror in far]
    if name == "unavailable":
        return [{"free": name, "day": on}]
    members = [board.jurors[juror] for juror in jury]
    candidate, ties = board.problem.candidates[seat.number], board.gate.ties[seat.number]
    findings = compose(board.scheme.jury.rules, board.days[day], members, candidate, ties, present=True)
    broken = [finding for finding in findings if finding.rule == name and not finding.holds]
    jurors = [member.juror for member in members]
    return [{"free": "rule", "rule": name, "jurors": jurors, "facts": finding.facts} for finding in broken]


def _among_others(schedule: Schedule, seat: Seat) -> tuple[list[Facts], list[Facts]]:
    """What is in the way beside everybody who is seated."""
    board = schedule.board
    full = [block for block in seat.blocks if schedule.held.get(block, 0) >= board.capacity[block]]
    if full:
        return [{"rule": "capacity", "blocks": full}], [{"free": "capacity", "blocks": full}]

    def possible(kept: frozenset[str]) -> bool:
        trial = schedule.copy()
        trial.rooms = trial.rooms if "rooms" in kept else {}
        trial.taken = trial.taken if "jurors_busy" in kept else {}
        return best_seat(trial, seat) is not None

    if possible(frozenset({"rooms", "jurors_busy"})):
        return [{"rule": "time_up"}], [{"free": "seconds"}]
    in_the_way = smallest(("rooms", "jurors_busy"), possible)
    sites = [place.site for place in seat.places if place.site]
    jurors = sorted({juror for day in seat.days for jury in board.gate.juries(seat.number, day) for juror in jury})
    facts: dict[str, Facts] = {
        "rooms": {"sites": sites},
        "jurors_busy": {"jurors": [board.jurors[juror].juror for juror in jurors]},
    }
    frees = [{"free": "room", "site": site} for site in sites] if "rooms" in in_the_way else []
    more = list(_more_days(schedule, seat)) if "jurors_busy" in in_the_way else []
    return [{"rule": name, **facts[name]} for name in in_the_way], [*frees, *more[:_SHOWN]]


def _more_days(schedule: Schedule, seat: Seat) -> Iterator[Facts]:
    """One more day of one juror, on which the rest of a lawful jury is there and has nothing to do."""
    board = schedule.board
    seen = set[tuple[int, int]]()
    for day in seat.days:
        there = board.gate.there(day)
        for jury in board.gate.lawful(seat.number, day):
            away = [juror for juror in jury if juror not in there]
            idle = all((juror, day) not in schedule.taken for juror in jury if juror in there)
            if len(away) == 1 and idle and (away[0], day) not in seen and board.jurors[away[0]].active:
                seen.add((away[0], day))
                yield {"free": "available", "juror": board.jurors[away[0]].juror, "day": board.days[day].isoformat()}
    if not seen:
        yield {"free": "more_days"}
