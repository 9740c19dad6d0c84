"""A plan as a file for people: a calendar, a workbook, a printed document. Candidates and jurors by their codes."""

from __future__ import annotations

import io
from collections.abc import Iterator, Sequence
from datetime import date, datetime
from typing import Any
from uuid import NAMESPACE_URL, uuid5
from zoneinfo import ZoneInfo

from icalendar import Calendar, Event
from openpyxl import Workbook
from openpyxl.styles import Font

from documents.pdf import pdf
from domain.plan import Plan, Visit
from interfaces.days import long_date
from interfaces.plan_words import unseated_sentences
from interfaces.planning import Asked
from interfaces.telling import short
from interfaces.words import say

Row = tuple[Any, ...]
_DAY_COLUMNS = ("day", "starts", "ends", "candidate", "block", "task", "from", "until", "site", "jury")
_JUROR_COLUMNS = ("juror", "day", "starts", "ends", "candidate", "block", "site", "jury")


def exported(asked: Asked, plan: Plan, suffix: str, language: str) -> bytes:
    """The plan as ``.ics``, ``.xlsx`` or ``.pdf``."""
    if suffix == ".ics":
        return calendar(asked, plan, language)
    if suffix == ".xlsx":
        return workbook(plan, language)
    return printed(asked, plan, language)


def calendar(asked: Asked, plan: Plan, language: str) -> bytes:
    """One entry per visit, for the jury's whole time; the same visit has the same identifier in every export."""
    zone = ZoneInfo(asked.scheme.calendar.timezone)
    found = Calendar()
    found.add("prodid", "-//Jalon//plan//FR")
    found.add("version", "2.0")
    for visit in plan.visits:
        blocks = _blocks(visit)
        event = Event()
        event.add("uid", f"{uuid5(NAMESPACE_URL, f'jalon/plan/{asked.stream}/{visit.pathway}/{blocks}')}@jalon")
        event.add("dtstamp", datetime.combine(asked.problem.opens, datetime.min.time(), ZoneInfo("UTC")))
        event.add("dtstart", visit.starts.replace(tzinfo=zone))
        event.add("dtend", visit.ends.replace(tzinfo=zone))
        event.add("summary", say("plan.sheet.visit", language, candidate=short(visit.pathway), blocks=blocks))
        event.add("location", _site(visit, language))
        event.add("description", f"{say('plan.sheet.jury', language)} : {', '.join(visit.jurors)}")
        found.add_component(event)
    found.add_missing_timezones()
    return bytes(found.to_ical())


def workbook(plan: Plan, language: str) -> bytes:
    """Three sheets: task by task in order of time, juror by juror, and who has no visit."""
    book = Workbook()
    del book[book.sheetnames[0]]
    _sheet(book, "days", _DAY_COLUMNS, _by_task(plan, language), language)
    _sheet(book, "jurors", _JUROR_COLUMNS, _by_juror(plan, language), language)
    _sheet(book, "unseated", ("candidate", "block", "why", "free"), _unseated(plan, language), language)
    content = io.BytesIO()
    book.save(content)
    return content.getvalue()


def _sheet(book: Workbook, name: str, columns: Sequence[str], rows: Iterator[Row], language: str) -> None:
    sheet = book.create_sheet(say(f"plan.sheet.{name}", language))
    sheet.append([say(f"plan.sheet.{column}", language) for column in columns])
    for cell in sheet[1]:
        cell.font = Font(bold=True)
    sheet.freeze_panes = "A2"
    for row in rows:
        sheet.append(list(row))
    for column in sheet.columns:
        widest = max(len(str(cell.value or "")) for cell in column)
        sheet.column_dimensions[column[0].column_letter].width = min(60, widest + 3)
        for cell in column:
            if isinstance(cell.value, date) and not isinstance(cell.value, datetime):
                cell.number_format = "dd/mm/yyyy"


def _by_task(plan: Plan, language: str) -> Iterator[Row]:
    for visit in plan.visits:
        for task in visit.tasks:
            yield (
                visit.starts.date(), _hour(visit.starts), _hour(visit.ends), visit.pathway, task.block, task.task,
                _hour(task.starts), _hour(task.ends), _site(visit, language), ", ".join(visit.jurors),
            )  # fmt: skip


def _by_juror(plan: Plan, language: str) -> Iterator[Row]:
    for juror in sorted({juror for visit in plan.visits for juror in visit.jurors}):
        for visit in plan.visits:
            if juror in visit.jurors:
                yield (
                    juror, visit.starts.date(), _hour(visit.starts), _hour(visit.ends), visit.pathway,
                    _blocks(visit), _site(visit, language), ", ".join(visit.jurors),
                )  # fmt: skip


def _unseated(plan: Plan, language: str) -> Iterator[Row]:
    for entry in plan.unseated:
        rules, frees = unseated_sentences(entry, language)
        yield entry.pathway, ", ".join(entry.blocks), " ".join(rules), " ".join(frees)


def printed(asked: Asked, plan: Plan, language: str) -> bytes:
    """A document (PDF/A-3a, PDF/UA-1): day by day, then a page for each juror, then who has no visit."""
    days = sorted({visit.starts.date() for visit in plan.visits})
    jurors = sorted({juror for visit in plan.visits for juror in visit.jurors})
    sections = [{**_day(plan, day, language), "apart": day != days[0]} for day in days]
    sections += [_page(plan, juror, language) for juror in jurors]
    if plan.unseated:
        head = [say(f"plan.sheet.{name}", language) for name in ("candidate", "block", "why")]
        rows = [[short(row[0]), *map(str, row[1:3])] for row in _unseated(plan, language)]
        table = {"head": head, "rows": rows, "widths": [0, 0, 1]}
        sections.append({"title": say("plan.sheet.unseated_head", language), "apart": True, "table": table})
    seated = len({visit.pathway for visit in plan.visits})
    data = {
        "issued_on": asked.problem.opens.isoformat(),
        "certifier": asked.scheme.certifier,
        "subtitle": say(
            "plan.sheet.subtitle", language, scheme=asked.scheme.title, seated=seated, visits=len(plan.visits)
        ),
        "reference": [f"{asked.stream} · {asked.version}"],
        "sections": sections,
    }
    return pdf("record", data, title=say("plan.sheet.title", language, session=short(asked.stream)), language=language)


def _day(plan: Plan, day: date, language: str) -> dict[str, Any]:
    head = [say(f"plan.sheet.{name}", language) for name in ("starts", "ends", "candidate", "block", "site", "jury")]
    rows = [
        [_hour(v.starts), _hour(v.ends), short(v.pathway), _blocks(v), _site(v, language), ", ".join(v.jurors)]
        for v in plan.visits
        if v.starts.date() == day
    ]
    return {
        "title": long_date(day, language),
        "table": {"head": head, "rows": rows, "widths": [0, 0, 1, 1, 1, 1]},
    }


def _page(plan: Plan, juror: str, language: str) -> dict[str, Any]:
    head = [say(f"plan.sheet.{name}", language) for name in ("day", "starts", "ends", "candidate", "block", "site")]
    rows = [
        [
            long_date(v.starts.date(), language),
            _hour(v.starts),
            _hour(v.ends),
            short(v.pathway),
            _blocks(v),
            _site(v, language),
        ]
        for v in plan.visits
        if juror in v.jurors
    ]
    return {
        "title": f"{say('plan.sheet.juror', language)} {juror}",
        "apart": True,
        "table": {"head": head, "rows": rows, "widths": [1, 0, 0, 1, 1, 1]},
    }


def _blocks(visit: Visit) -> str:
    return ", ".join(dict.fromkeys(task.block for task in visit.tasks))


def _hour(moment: datetime) -> str:
    return f"{moment:%H:%M}"


def _site(visit: Visit, language: str) -> str:
    return visit.site or say("plan.sheet.remote", language)
