"""Rounds put on days and before juries one after the other, those with the least choice first."""

from __future__ import annotations

from collections.abc import Sequence

from planner.crew import Option, Round, lawful_options
from planner.gate import Jury
from planner.schedule import Schedule, Slot


def place_rounds(schedule: Schedule, rounds: Sequence[Round]) -> list[Option | None]:
    """A day and a jury for each round beside what is taken, as far as this simple way finds one; nothing is seated."""
    trial = schedule.copy()
    choices = [lawful_options(schedule.board, calls) for calls in rounds]
    found: list[Option | None] = [None] * len(rounds)
    chains = _chains(rounds)
    for chain in sorted(chains, key=lambda chain: (-len(chain), min(len(choices[number]) for number in chain))):
        placed = _place(trial, [rounds[n] for n in chain], [choices[n] for n in chain])
        for number, option in zip(chain, placed or (), strict=False):
            found[number] = option
            _take(trial, rounds[number], option)
    return found


def _chains(rounds: Sequence[Round]) -> list[list[int]]:
    """Rounds that share a candidate, and so their jury, together."""
    chains: list[tuple[set[int], list[int]]] = []
    for number, calls in enumerate(rounds):
        seats = {call.seat for call in calls}
        sharing = [chain for chain in chains if chain[0] & seats]
        joined = seats.union(*(known for known, _ in sharing)), [n for _, some in sharing for n in some] + [number]
        chains = [chain for chain in chains if chain not in sharing] + [joined]
    return [numbers for _, numbers in chains]


def _place(trial: Schedule, rounds: Sequence[Round], choices: Sequence[Sequence[Option]]) -> list[Option] | None:
    """One jury and different days for all ``rounds``; the jury whose members sit least and have the shortest way."""
    days_of: list[dict[Jury, list[int]]] = []
    for choice in choices:
        days: dict[Jury, list[int]] = {}
        for day, jury in choice:
            days.setdefault(jury, []).append(day)
        days_of.append(days)
    common = set(days_of[0]).intersection(*days_of[1:])
    load = [0] * len(trial.board.jurors)
    for juror, _ in trial.taken:
        load[juror] += 1
    for jury in sorted(common, key=lambda jury: (_effort(trial, rounds, jury, load), jury)):
        found = list[Option]()
        for calls, days in zip(rounds, days_of, strict=True):
            used = {option.day for option in found}
            free = [day for day in days[jury] if day not in used and _free(trial, calls, jury, day)]
            if not free:
                break
            found.append(Option(min(free, key=lambda day: (_crowd(trial, calls, day), day)), jury))
        else:
            return found
    return None


def _effort(trial: Schedule, rounds: Sequence[Round], jury: Jury, load: Sequence[int]) -> int:
    ways = sum(trial.board.from_home(juror, calls[0].place.site) for juror in jury for calls in rounds)
    return 2 * ways // len(rounds) + 40 * sum(load[juror] for juror in jury)


def _crowd(trial: Schedule, calls: Round, day: int) -> int:
    return sum(len(trial.rooms.get((call.place.site, day), ())) for call in calls)


def _free(trial: Schedule, calls: Round, jury: Jury, day: int) -> bool:
    if any((juror, day) in trial.taken for juror in jury):
        return False
    return all(
        trial.room_free(call.place.site, day, call.starts, call.ends)
        for call in calls
        if call.place.site and trial.board.seats[call.seat].parts[call.part].room
    )


def _take(trial: Schedule, calls: Round, option: Option) -> None:
    """Hold the jury's day and the rooms; whether candidates are complete is seen later."""
    for call in calls:
        trial.hold(Slot(call.seat, call.part, option.day, call.starts, call.ends, call.place, option.jury))
