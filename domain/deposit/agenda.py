"""What lies ahead of a queue of deposits: no moment of its own, and what the office has to do.

The three months of each award run on its pathway.
"""

from __future__ import annotations

from datetime import date

from domain import calendar, mailing
from domain.agenda import Due, Task
from domain.authority import Role
from domain.deadlines import Running
from domain.deposit.state import Deposit, Passage
from domain.scheme import library


def runs(state: Deposit) -> list[Running]:
    """The scheme's deadlines that run on a queue: none."""
    return []


def due(state: Deposit) -> list[Due]:
    """The moments at which something happens by itself: none."""
    return []


def last_day(passage: Passage) -> date | None:
    """The last day on which a passage may be deposited; None where its scheme says nothing of it."""
    scheme = library.recall(passage.scheme_hash)
    deposit = scheme.certificates.deposit if scheme.certificates else None
    if deposit is None:
        return None
    return calendar.add(scheme.calendar, passage.awarded_on, deposit.months, "mois").due


def todo(state: Deposit) -> list[Task]:
    """What the office must do now: deposit, read answers, see to rejections, have withdrawn awards suppressed."""
    if not state.status:
        return []
    by_status: dict[str, list[Passage]] = {}
    for passage in state.passages.values():
        by_status.setdefault(passage.status, []).append(passage)
    tasks = [_several(kind, by_status[status]) for status, kind in _SEVERAL.items() if status in by_status]
    for id, flux in state.fluxes.items():
        if flux.unanswered:
            tasks.append(_task(f"read_receipt:{id}", "read_receipt", flux.on, None, flux=id, number=flux.unanswered))
    for passage in by_status.get("rejected", ()):
        params = {"award": passage.number, "fault": passage.fault, "pathway": passage.pathway}
        tasks.append(
            _task(f"mend_rejection:{passage.number}", "mend_rejection", passage.since, last_day(passage), **params)
        )
    return [*tasks, *mailing.tasks(state)]


_SEVERAL = {"waiting": "export_deposit", "to_suppress": "suppress_passages"}
"""Status -> what is to be done about all passages that stand there, together."""


def _several(kind: str, passages: list[Passage]) -> Task:
    since = min(passage.since for passage in passages)
    oldest = min(passages, key=lambda passage: passage.awarded_on)
    by = last_day(oldest) if kind == "export_deposit" else None
    return _task(kind, kind, since, by, number=len(passages))


def _task(id: str, kind: str, since: date, by: date | None, **params: str | int) -> Task:
    return Task(id=id, kind=kind, who=Role.ADMINISTRATOR, since=since, by=by, params=params)
