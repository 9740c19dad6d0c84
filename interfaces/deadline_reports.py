"""Every deadline of a stream as data and in sentences: basis, start, calendar, pauses, standing, what ended it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import date
from typing import Any

from domain.deadline_book import Entry, book, calendar_of, history
from domain.records import Recorded
from interfaces.days import explained, long_date, plain_date
from interfaces.reports import late_days
from interfaces.sentences import event_sentence, role_name
from interfaces.streams import StreamFile
from interfaces.words import say

_BEHIND = ("met", "superseded", "dropped", "over", "late")
"""Standings on which nothing is late any more."""


def deadline_book(file: StreamFile, today: date, language: str) -> list[dict[str, Any]]:
    """The deadlines of a stream, ended and future ones too; ``id`` is what ``jalon deadlines explain`` takes."""
    state, reached = history(file.stream, (row.event for row in file.rows))
    return [_report(file, entry, today, language) for entry in book(state, reached, today)]


def _report(file: StreamFile, entry: Entry, today: date, language: str) -> dict[str, Any]:
    deadline = entry.deadline
    report: dict[str, Any] = {
        "id": f"{file.stream}/{entry.id}",
        "stream": file.stream,
        "deadline": deadline.id,
        "title": deadline.title,
        "basis": deadline.basis,
        "status": entry.standing,
        "who": deadline.who,
        "passed": deadline.passed,
        "amount": deadline.amount,
        "unit": deadline.unit,
        "before": deadline.before,
        "starts": deadline.starts,
        "ends": list(deadline.ends),
        "starts_on": entry.start.on if entry.start else None,
        "start_event": _event(file, entry.start.version, language) if entry.start else None,
        "due_on": entry.due,
        "due_at": entry.at.isoformat() if entry.at else None,
        "late_days": 0 if entry.standing in _BEHIND else late_days(entry.due, today),
        "pauses": [{"from": pause.since, "to": pause.until} for pause in entry.pauses],
        "paused_by_completeness": deadline.paused_by_completeness,
        "ended": None,
        "calendar": calendar_of(file.scheme),
        "remind": list(deadline.remind),
        "derivation": [dict(step) for step in entry.derivation],
    }
    if entry.ended is not None:
        event = _event(file, entry.ended.version, language)
        report["ended"] = {"milestone": entry.ended.milestone, "on": entry.ended.on, **event}
    return {**report, "sentences": list(_sentences(report, language))}


def _event(file: StreamFile, version: int, language: str) -> dict[str, Any]:
    record: Recorded = file.record(version)
    return {
        "version": version,
        "event_id": str(record.event_id),
        "type": record.fact.kind,
        "sentence": event_sentence(record, file.scheme, language),
    }


def _sentences(report: Mapping[str, Any], language: str) -> Iterator[str]:
    def told(name: str, **params: Any) -> str:
        return say(f"deadlines.explain.{name}", language, **params)

    def milestone(id: str) -> str:
        return say(f"schemes.milestone.{id}", language)

    yield told("basis", basis=report["basis"])
    start = report["start_event"]
    if start is None:
        yield told("future", milestone=milestone(report["starts"]), **_length(report, language))
    else:
        yield told("start", milestone=milestone(report["starts"]), version=start["version"], sentence=start["sentence"])
    calendar = report["calendar"]
    yield told("calendar", zone=calendar["zone"], scheme=calendar["scheme"], version=calendar["scheme_version"])
    yield from explained(report["derivation"], language)
    yield told("status", status=say(f"deadlines.standing.{_standing(report)}", language))
    ended = report["ended"]
    if ended is None:
        yield told("ends", milestones=", ".join(milestone(end) for end in report["ends"]))
    else:
        words = {"on": plain_date(ended["on"], language), "version": ended["version"], "sentence": ended["sentence"]}
        yield told("ended", milestone=milestone(ended["milestone"]), **words)
    yield told("who", who=role_name(report["who"], language))
    yield told("passed", what=say(f"schemes.passed.{report['passed']}", language))
    if report["paused_by_completeness"] != "no":
        yield told(report["paused_by_completeness"])
    if report["remind"]:
        yield told("remind", days=", ".join(map(str, report["remind"])))
    if report["late_days"]:
        name = "late_one" if report["late_days"] == 1 else "late"
        yield told(name, days=report["late_days"], due=long_date(report["due_on"], language))


def _standing(report: Mapping[str, Any]) -> str:
    """What the standing is called: a right is used, where a duty is met."""
    used = {"met": "used", "late": "used_late"} if report["passed"] == "over" else {}
    return used.get(report["status"], str(report["status"]))


def _length(report: Mapping[str, Any], language: str) -> dict[str, str]:
    unit = say(f"calendar.unit{'_one' if report['amount'] < 2 else ''}.{report['unit']}", language)
    return {"length": f"{report['amount']} {unit}"}
