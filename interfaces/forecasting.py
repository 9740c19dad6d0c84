"""The forecast of breaches: which deadlines cannot be met under the current plans, and what would save them."""

from __future__ import annotations

from datetime import UTC, date, datetime
from typing import Any

from domain.forecast import Ahead, Breach, breach
from domain.meetings import OpenSession, OpenSitting
from domain.scheme import library
from domain.scheme.model import Scheme
from eventstore.reading import Reading
from eventstore.rows import DeadlineRow, PathwayRow, SessionRow, SittingRow, TaskRow
from interfaces.days import plain_date
from interfaces.streams import learn
from interfaces.telling import short
from interfaces.words import say

_SESSION_AHEAD = ("announced", "open", "closed", "convened")
_SITTING_AHEAD = ("open", "closed")


async def forecast(reading: Reading, today: date, language: str) -> list[dict[str, Any]]:
    """Every breach to come, the earliest due day first.

    Raises:
        StoreAway: PostgreSQL cannot be reached.
    """
    rows = [row for row in await reading.deadlines(as_of=datetime.now(UTC)) if row.status == "running" and row.due_on]
    pathways = await reading.pathways_called([row.stream_id for row in rows if row.stream_id.startswith("pathway:")])
    for hash in {row.scheme_hash for row in pathways.values()}:
        await learn(reading, hash)
    plans = _Plans(await reading.sessions(), await reading.sittings(), await reading.tasks_of(list(pathways)))
    found = []
    for row in rows:
        pathway = pathways.get(row.stream_id)
        if pathway is not None and (missed := plans.breach(row, pathway, today)) is not None:
            found.append(_report(missed, row, today, language))
    return found


class _Plans:
    """The meetings that will be held, by certification."""

    def __init__(self, sessions: list[SessionRow], sittings: list[SittingRow], tasks: dict[str, list[TaskRow]]) -> None:
        self._sessions = {row.session_id: row for row in sessions if row.status in _SESSION_AHEAD}
        self._sittings = {row.sitting_id: row for row in sittings if row.status in _SITTING_AHEAD}
        self._tasks = tasks

    def breach(self, row: DeadlineRow, pathway: PathwayRow, today: date) -> Breach | None:
        """Whether the deadline in ``row`` cannot be met."""
        scheme = library.recall(pathway.scheme_hash)
        deadline = next((item for item in scheme.every_deadline if item.id == row.deadline), None)
        if deadline is None or row.due_on is None:
            return None
        open_sessions = [_session(found) for found in self._sessions.values() if _takes(found, scheme)]
        open_sittings = [
            OpenSitting(sitting=found.sitting_id, held_on=found.held_on)
            for found in self._sittings.values()
            if found.scheme_id == scheme.id and found.status == "open"
        ]
        ahead = Ahead(row.deadline_id, row.stream_id, deadline, row.due_on, _blocks(scheme, pathway))
        ahead = ahead._replace(session=self._seat(pathway), sitting=self._agenda(deadline.id, pathway))
        return breach(ahead, open_sessions, open_sittings, today)

    def _seat(self, pathway: PathwayRow) -> OpenSession | None:
        found = self._sessions.get(pathway.session_id or "")
        return _session(found) if found else None

    def _agenda(self, deadline: str, pathway: PathwayRow) -> OpenSitting | None:
        id = pathway.sitting_id
        if deadline == "contest_decision":
            tasks = self._tasks.get(pathway.pathway_id, ())
            id = next((task.params.get("sitting") for task in tasks if task.kind == "redecide"), None)
        found = self._sittings.get(id or "")
        return OpenSitting(sitting=found.sitting_id, held_on=found.held_on) if found else None


def _takes(row: SessionRow, scheme: Scheme) -> bool:
    return row.scheme_id == scheme.id and row.status == "open" and row.seated < sum(row.capacity.values())


def _session(row: SessionRow) -> OpenSession:
    return OpenSession(
        session=row.session_id,
        opens=row.opens,
        closes=row.closes,
        registration_closes=row.registration_closes or row.opens,
        blocks=tuple(row.capacity),
    )


def _blocks(scheme: Scheme, pathway: PathwayRow) -> tuple[str, ...]:
    return tuple(block.id for block in scheme.blocks if block.held_as not in pathway.held)


def _report(found: Breach, row: DeadlineRow, today: date, language: str) -> dict[str, Any]:
    report = {
        "id": f"{row.stream_id}/{row.deadline_id}",
        "stream": row.stream_id,
        "deadline": row.deadline,
        "title": row.title,
        "due_on": row.due_on,
        "who": row.who,
        "basis": row.basis,
        "needs": found.needs,
        "meeting": found.meeting.stream if found.meeting else None,
        "held_on": found.meeting.on if found.meeting else None,
        "late_days": (found.meeting.on - found.ahead.due).days if found.meeting else None,
        "saved_by": [{"meeting": meeting.stream, "on": meeting.on} for meeting in found.saved_by],
    }
    return {**report, "sentence": _sentence(found, language)}


def _sentence(found: Breach, language: str) -> str:
    due = plain_date(found.ahead.due, language)
    if found.meeting is None:
        why = say(f"deadlines.forecast.none_{found.needs}", language, due=due)
    else:
        words = {"meeting": short(found.meeting.stream), "on": plain_date(found.meeting.on, language), "due": due}
        why = say(f"deadlines.forecast.late_{found.needs}", language, **words)
    if not found.saved_by:
        return f"{why} {say(f'deadlines.forecast.plan_{found.needs}', language, due=due)}"
    names = ", ".join(f"{short(meeting.stream)} ({plain_date(meeting.on, language)})" for meeting in found.saved_by)
    return f"{why} {say(f'deadlines.forecast.saved_{found.needs}', language, meetings=names)}"
