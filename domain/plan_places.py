"""Nobody is in two places at once, everyone has time to travel and to eat, no site holds more than its rooms."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import date, datetime, time, timedelta
from itertools import combinations, groupby, pairwise
from typing import Literal, NamedTuple

from domain.plan import PlanFault, PlanProblem, travel
from domain.scheme.conduct import Planning


class Stay(NamedTuple):
    """Somebody, or a room, is taken from ``starts`` to ``ends``; ``site`` is empty when remote."""

    starts: datetime
    ends: datetime
    visit: int
    site: str


Who = Literal["juror", "candidate"]


def check_person(
    problem: PlanProblem, planning: Planning, who: Who, name: str, stays: Sequence[Stay]
) -> Iterator[PlanFault]:
    """What is wrong with where one juror, or one candidate, is asked to be."""
    for _, found in groupby(sorted(stays), key=lambda stay: stay.starts.date()):
        day = list(found)
        for before, after in combinations(day, 2):
            if after.starts < before.ends:
                facts = {"who": name, "other": before.visit}
                yield PlanFault(rule=f"{who}_twice_at_once", visit=after.visit, facts=facts)
        for before, after in pairwise(day):
            yield from _between(problem, planning, who, name, before, after)
        if planning.lunch and not _eats(problem, planning, day):
            facts = {"who": name, "day": day[0].starts.date().isoformat(), "minutes": planning.lunch}
            yield PlanFault(rule="lunch", visit=day[0].visit, facts=facts)


def _between(
    problem: PlanProblem, planning: Planning, who: Who, name: str, before: Stay, after: Stay
) -> Iterator[PlanFault]:
    gap, turnover = after.starts - before.ends, planning.turnover if who == "juror" else 0
    if gap < timedelta(0):
        return
    facts = {"who": name, "other": before.visit, "planned": int(gap.total_seconds() // 60)}
    needed = _travel(problem, planning, before, after)
    if needed is None:
        yield PlanFault(rule="travel_unknown", visit=after.visit, facts={**facts, "sites": [before.site, after.site]})
    elif gap < timedelta(minutes=needed):
        yield PlanFault(rule="travel", visit=after.visit, facts={**facts, "minutes": needed})
    elif gap < timedelta(minutes=turnover):
        yield PlanFault(rule="turnover", visit=after.visit, facts={**facts, "minutes": turnover})


def _travel(problem: PlanProblem, planning: Planning, before: Stay, after: Stay) -> int | None:
    if not before.site or not after.site:
        return 0
    return travel(problem, planning.speed, before.site, after.site)


def _eats(problem: PlanProblem, planning: Planning, stays: Sequence[Stay]) -> bool:
    """Whether one free piece of the day is long enough for lunch: before, between or after stays."""
    day: date = stays[0].starts.date()
    opens, closes = datetime.combine(day, planning.lunch_from), datetime.combine(day, planning.lunch_until)
    lunch = timedelta(minutes=planning.lunch)
    free = [(datetime.combine(day, time.min), stays[0].starts, timedelta(0))]
    until = stays[0].ends
    for before, after in pairwise(stays):
        free.append((until, after.starts, timedelta(minutes=_travel(problem, planning, before, after) or 0)))
        until = max(until, after.ends)
    free.append((until, datetime.combine(day + timedelta(days=1), time.min), timedelta(0)))
    return any(
        min(end, closes) - max(start + way, opens) >= lunch or min(end - way, closes) - max(start, opens) >= lunch
        for start, end, way in free
    )


def check_rooms(planning: Planning, site: str, rooms: int, stays: Sequence[Stay]) -> Iterator[PlanFault]:
    """Where more visits would sit at once than the site has rooms; each room is turned over after a visit."""
    over = timedelta(minutes=planning.turnover)
    for stay in stays:
        sitting = sum(other.starts <= stay.starts < other.ends + over for other in stays)
        if sitting > rooms:
            facts = {"site": site, "rooms": rooms, "visits": sitting}
            yield PlanFault(rule="rooms", visit=stay.visit, facts=facts)
