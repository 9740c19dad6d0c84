"""Every deadline that a stream has had, has, or is still to have: where each stands, and what ended it.

The agenda knows what runs; this knows the rest, from the history of the milestones.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, Literal

from domain.aggregates import aggregate_of, runs_of
from domain.calendar import Pause
from domain.deadlines import Milestone, Running, passes_at, pauses_of, reckoned
from domain.log import StoredEvent
from domain.pathway.state import Pathway
from domain.scheme.model import Deadline, Scheme

Standing = Literal["future", "running", "paused", "open", "missed", "met", "late", "over", "superseded", "dropped"]
"""Where a deadline stands.

``future``: what starts it has not happened. ``open``: a right that may be used; ``over``: it was not. ``missed``: it
passed, and that was recorded. ``met``: ended in time; ``late``: ended after its day. ``superseded``: it started anew
before it ended. ``dropped``: the stream ended first.
"""

_ONLY_ON = {
    "positioned": "positioning",
    "preliminary_assessed": "preliminary",
    "training_planned": "training",
    "training_completed": "training",
    "file_submitted": "admissibility",
    "file_completed": "admissibility",
    "pieces_requested": "admissibility",
    "pieces_provided": "admissibility",
    "admissibility_decided": "admissibility",
    "dossier_filed": "dossier",
    "support_completed": "support",
}
"""Milestone -> the kind of step that alone brings it about."""


@dataclass(frozen=True, slots=True)
class Ending:
    """What ended a deadline: the milestone, the event that reached it, and the day."""

    milestone: str
    version: int
    on: date


@dataclass(frozen=True, slots=True)
class Entry:
    """One deadline of a stream. ``id`` has no version while it has not started; ``due`` is None while a pause lasts."""

    id: str
    deadline: Deadline
    standing: Standing
    start: Milestone | None = None
    due: date | None = None
    at: datetime | None = None
    pauses: tuple[Pause, ...] = ()
    ended: Ending | None = None
    derivation: tuple[dict[str, str | int], ...] = ()


def history(stream: str, events: Iterable[StoredEvent]) -> tuple[Any, dict[str, list[Milestone]]]:
    """The state that ``events`` fold to, and every time that each milestone was reached, in order.

    The scheme versions must be known (``library``).
    """
    aggregate = aggregate_of(stream)
    state = aggregate.new()
    state.stream = stream
    reached: dict[str, list[Milestone]] = {}
    for event in events:
        aggregate.fold(state, stream, (event,))
        for name, milestone in state.milestones.items():
            known = reached.setdefault(name, [])
            if not known or known[-1] != milestone:
                known.append(milestone)
    return state, reached


def book(state: Any, reached: Mapping[str, Sequence[Milestone]], today: date) -> list[Entry]:
    """The deadlines of the stream whose state is ``state``, in the scheme's order and each in that of its starts."""
    kind = aggregate_of(state.stream).name
    running = {run.id: run for run in runs_of(state)}
    over = bool(aggregate_of(state.stream).ended(state))
    entries: list[Entry] = []
    for deadline in state.scheme.deadlines_of(kind):
        starts = reached.get(deadline.starts, ())
        for number, start in enumerate(starts):
            following = starts[number + 1] if number + 1 < len(starts) else None
            entries.append(_entry(state, deadline, start, following, reached, running, today))
        if not starts and not over and _may_come(state, deadline):
            entries.append(Entry(deadline.id, deadline, "future"))
    return entries


def _entry(
    state: Any,
    deadline: Deadline,
    start: Milestone,
    following: Milestone | None,
    reached: Mapping[str, Sequence[Milestone]],
    running: Mapping[str, Running],
    today: date,
) -> Entry:
    id = f"{deadline.id}:{start.version}"
    run = running.get(id)
    ended = None if run else _ending(deadline, start, following, reached)
    pauses = pauses_of(deadline, start, *_stops(state))
    if ended is not None:
        pauses = tuple(pause for pause in pauses if pause.since <= ended.on)
    found = reckoned(deadline, start, state.scheme, pauses)
    standing: Standing
    if run is not None:
        lapsed = run.status == "open" and run.due is not None and run.due < today
        standing = "over" if lapsed else run.status
    elif ended is None:
        lapsed = deadline.passed == "over" and found.due is not None and found.due < today
        standing = "missed" if id in state.passed else "over" if lapsed else "dropped"
    elif ended.milestone == deadline.starts:
        standing = "superseded"
    elif id in state.passed:
        standing = "missed"
    else:
        standing = "late" if found.due is not None and ended.on > found.due else "met"
    at = passes_at(deadline, state.scheme, found.due)
    return Entry(id, deadline, standing, start, found.due, at, pauses, ended, found.derivation)


def _ending(
    deadline: Deadline, start: Milestone, following: Milestone | None, reached: Mapping[str, Sequence[Milestone]]
) -> Ending | None:
    """The first thing after ``start`` that ended this run of the deadline."""
    ends = [(end, name) for name in deadline.ends for end in reached.get(name, ()) if end.version > start.version]
    if following is not None:
        ends.append((following, deadline.starts))
    if not ends:
        return None
    first, name = min(ends, key=lambda end: end[0].version)
    return Ending(name, first.version, first.on)


def _stops(state: Any) -> tuple[Sequence[Pause], Sequence[Pause]]:
    """What stops the clocks of the stream: suspensions, and requests for pieces. Only pathways have them."""
    return (state.suspensions, state.completeness) if isinstance(state, Pathway) else ((), ())


def _may_come(state: Any, deadline: Deadline) -> bool:
    """Whether the road of the stream can still lead to where the deadline starts."""
    step = _ONLY_ON.get(deadline.starts)
    return step is None or not isinstance(state, Pathway) or any(step == item.kind for item in state.route.steps)


def calendar_of(scheme: Scheme) -> dict[str, Any]:
    """The calendar that every deadline of a scheme version is counted in."""
    calendar = scheme.calendar
    return {
        "zone": calendar.zone,
        "timezone": calendar.timezone,
        "scheme": scheme.id,
        "scheme_version": scheme.version,
        "scheme_hash": scheme.hash,
    }
