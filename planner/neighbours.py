"""What to plan anew next: a few days of jurors and whoever they see, chosen where something can be gained."""

from __future__ import annotations

from collections.abc import Iterable
from random import Random

from planner.crew import Round, rounds_of
from planner.gate import Jury
from planner.schedule import Schedule, Slot

Days = set[tuple[int, int]]
"""Days of jurors: juror and day."""

_SEATS = 18


def around(schedule: Schedule, seat: int, chance: Random) -> tuple[set[int], Days]:
    """For somebody who has no seat: the days of some juries that they could have, and whoever is seen there."""
    board = schedule.board
    one = board.seats[seat]
    options = [(jury, day) for day in one.days for place in one.places for jury in board.juries(one, day, place)]
    days: Days = set()
    seats = {seat}
    for jury, day in chance.sample(options, min(8, len(options))):
        more = {(juror, day) for juror in jury}
        if len(_seen(schedule, days | more)) > _SEATS:
            continue
        days |= more
    return seats | _seen(schedule, days), _closed(schedule, days)


def emptiest(schedule: Schedule, chance: Random) -> tuple[set[int], Days]:
    """A jury's day that holds little, and others that could take it over: near it in place, or lawful for the same."""
    teams = _teams(schedule)
    if len(teams) < 2:
        return set(), set()
    weight = {team: sum(slot.ends - slot.starts for slot in slots) for team, slots in teams.items()}
    by_weight = sorted(teams, key=lambda team: weight[team])
    first = by_weight[min(int(chance.expovariate(1 / 12)), len(by_weight) - 1)]
    sites = {slot.place.site for slot in teams[first]}
    related = [
        team
        for team in teams
        if team != first and (set(team[0]) & set(first[0]) or sites & {slot.place.site for slot in teams[team]})
    ]
    chance.shuffle(related)
    related.sort(key=lambda team: weight[team] + chance.randrange(120))
    days = {(juror, first[1]) for juror in first[0]}
    seats = {slot.seat for slot in teams[first]}
    for jury, day in related:
        more = {slot.seat for slot in teams[jury, day]}
        if len(seats | more) > chance.choice((8, 12, _SEATS)):
            break
        seats |= more
        days |= {(juror, day) for juror in jury}
    return _seen(schedule, days), _closed(schedule, days)


def rounds(schedule: Schedule, chance: Random, number: int) -> list[tuple[Round, Jury, int]]:
    """Whole days of juries, to be put elsewhere: all that their members do, with every visit of their candidates."""
    teams = {team: slots for team, slots in _teams(schedule).items() if _clean(schedule, *team)}
    found: dict[tuple[Jury, int], None] = {}
    for team in chance.sample(sorted(teams), min(number, len(teams))):
        chain = _linked(schedule, team)
        if all(other in teams for other in chain):
            found |= dict.fromkeys(chain)
        if len(found) >= number:
            break
    return [(calls, option.jury, option.day) for calls, option in rounds_of(schedule, found)]


def _teams(schedule: Schedule) -> dict[tuple[Jury, int], list[Slot]]:
    teams: dict[tuple[Jury, int], list[Slot]] = {}
    for slots in schedule.seated.values():
        for slot in slots:
            teams.setdefault((slot.jury, slot.day), []).append(slot)
    return teams


def _clean(schedule: Schedule, jury: Jury, day: int) -> bool:
    return all(slot.jury == jury for juror in jury for slot in schedule.taken[juror, day])


def _linked(schedule: Schedule, team: tuple[Jury, int]) -> set[tuple[Jury, int]]:
    """The days of this jury on which candidates of this one have their other visits, and so on."""
    found, waiting = {team}, [team]
    while waiting:
        jury, day = waiting.pop()
        for slot in schedule.taken[jury[0], day]:
            for other in schedule.seated[slot.seat]:
                if (other.jury, other.day) not in found:
                    found.add((other.jury, other.day))
                    waiting.append((other.jury, other.day))
    return found


def _seen(schedule: Schedule, days: Iterable[tuple[int, int]]) -> set[int]:
    return {slot.seat for key in days for slot in schedule.taken.get(key, ())}


def _closed(schedule: Schedule, days: Days) -> Days:
    """``days`` and every other day of a juror on which those who are seen there have a visit."""
    seats = _seen(schedule, days)
    return days | {(juror, slot.day) for seat in seats for slot in schedule.seated[seat] for juror in slot.jury}
