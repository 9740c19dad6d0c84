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
from domain.scheme.model import Scheme


def runs(state: Deposit) -> list[Running]:
    """The scheme's deadlines that run on a queue: none."""
    return []


def due(state: Deposit) -> list[Due]:
    """The moments at which something happens by itself: none."""
    return []


def last_day_of(scheme: Scheme, awarded_on: date) -> date | None:
    """The last day on which an award of that day may be deposited; None where the scheme deposits nothing."""
    deposit = scheme.certificates.deposit if scheme.certificates else None
    if deposit is None:
        return None
    return calendar.add(scheme.calendar, awarded_on, deposit.months, "mois").due


def last_day(passage: Passage) -> date | None:
    """The last day on which a passage may be deposited."""
    return last_day_of(library.recall(passage.scheme_hash), passage.awarded_on)


def todo(state: Deposit) -> list[Task]:
    """What the office must do now: deposit, read answers, see to rejections, have withdrawn awards suppressed."""
    if not state.status:
        return []
    by_status: dict[str, list[Passage]] = {}
    for passage in state.passages.values():
        by_status.setdefault(passage.status, []).append(passage)
    tasks = []
    if waiting := by_status.get("waiting"):
        by = last_day(min(waiting, key=lambda passage: passage.awarded_on))
        tasks.append(task("export_deposit", _since(waiting), by, number=len(waiting)))
    for id, flux in state.fluxes.items():
        if flux.unanswered:
            tasks.append(task("read_receipt", flux.on, None, id, flux=id, number=flux.unanswered))
    for passage in by_status.get("rejected", ()):
        params = {"award": passage.number, "fault": passage.fault, "pathway": passage.pathway}
        tasks.append(task("mend_rejection", passage.since, last_day(passage), passage.number, **params))
    if withdrawn := by_status.get("to_suppress"):
        tasks.append(task("suppress_passages", _since(withdrawn), None, number=len(withdrawn)))
    return [*tasks, *mailing.tasks(state)]


def _since(passages: list[Passage]) -> date:
    return min(passage.since for passage in passages)


def task(kind: str, since: date, by: date | None, of: str = "", **params: str | int) -> Task:
    """A task of the office; ``of``: the one thing that it is about, where there can be several."""
    id = f"{kind}:{of}" if of else kind
    return Task(id=id, kind=kind, who=Role.ADMINISTRATOR, since=since, by=by, params=params)
