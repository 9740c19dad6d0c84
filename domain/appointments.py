"""What an invitation to a calendar is made of: one entry for each seat, under a name that it keeps when it moves."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime
from itertools import groupby
from typing import Any
from zoneinfo import ZoneInfo

from domain.plan import Visit
from domain.scheme.model import Scheme

Appointments = tuple[dict[str, Any], ...]
"""Entries as a notice holds them: ``uid``, ``start`` and ``end`` with an offset, ``place``, ``what``."""


def of_candidate(scheme: Scheme, session: str, visits: Iterable[Visit], places: Mapping[str, str]) -> Appointments:
    """One entry for each block of each visit, from its first task to its last. ``places``: site -> what to call it."""
    found = []
    for visit in visits:
        tasks = sorted(visit.tasks, key=lambda task: (task.block, task.starts))
        for block, held in groupby(tasks, key=lambda task: task.block):
            times = list(held)
            uid = f"{session}/{visit.pathway}/{block}"
            found.append(_entry(scheme, uid, times[0].starts, times[-1].ends, block, visit, places))
    return tuple(sorted(found, key=lambda entry: (entry["start"], entry["uid"])))


def of_juror(
    scheme: Scheme, session: str, juror: str, visits: Iterable[Visit], places: Mapping[str, str]
) -> Appointments:
    """One entry for each visit of ``juror``, from its preparation to its deliberation."""
    found = []
    for visit in visits:
        if juror in visit.jurors:
            blocks = sorted({task.block for task in visit.tasks})
            uid = f"{session}/{visit.pathway}/{blocks[0]}/{juror}"
            entry = _entry(scheme, uid, visit.starts, visit.ends, ", ".join(blocks), visit, places)
            found.append({**entry, "pathway": visit.pathway})
    return tuple(sorted(found, key=lambda entry: (entry["start"], entry["uid"])))


def renewed(before: Appointments, now: Appointments) -> list[dict[str, Any]]:
    """The entries as they are ``now``, and those of ``before`` that are no more, cancelled."""
    kept = {entry["uid"] for entry in now}
    return [*now, *({**entry, "cancelled": True} for entry in before if entry["uid"] not in kept)]


def _entry(
    scheme: Scheme, uid: str, starts: datetime, ends: datetime, what: str, visit: Visit, places: Mapping[str, str]
) -> dict[str, Any]:
    zone = ZoneInfo(scheme.calendar.timezone)
    return {
        "uid": uid,
        "start": starts.replace(tzinfo=zone).isoformat(),
        "end": ends.replace(tzinfo=zone).isoformat(),
        "place": places.get(visit.site, visit.site),
        "what": what,
    }
