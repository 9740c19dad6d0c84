"""A plan as a file for people: a calendar, a workbook, a printed document. People and places by their names."""

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
from interfaces.plan_names import PlanNames
from interfaces.plan_words import unseated_sentences
from interfaces.planning import Asked
from interfaces.telling import short
from interfaces.words import say

Row = tuple[Any, ...]
_DAY_COLUMNS = (
    "day", "starts", "ends", "candidate", "pathway", "block", "task", "from", "until", "site", "jury", "codes",
)  # fmt: skip
_JUROR_COLUMNS = ("juror", "code", "day", "starts", "ends", "candidate", "pathway", "block", "site", "jury")


def exported(asked: Asked, plan: Plan, names: PlanNames, suffix: str) -> bytes:
    """The plan as ``.ics``, ``.xlsx`` or ``.pdf``."""
    if suffix == ".ics":
        return calendar(asked, plan, names)
    if suffix == ".xlsx":
        return workbook(plan, names)
    return printed(asked, plan, names)


def calendar(asked: Asked, plan: Plan, names: PlanNames) -> bytes:
    """One entry per visit, for the jury's whole time; the same visit has the same identifier in every export."""
    language, zone = names.language, ZoneInfo(asked.scheme.calendar.timezone)
    found = Calendar()
    found.add("prodid", "-//Jalon//plan//FR")
    found.add("version", "2.0")
    for visit in plan.visits:
        blocks = ", ".join(_blocks(visit))
        event = Event()
        event.add("uid", f"{uuid5(NAMESPACE_URL, f'jalon/plan/{asked.stream}/{visit.pathway}/{blocks}')}@jalon")
        event.add("dtstamp", datetime.combine(asked.problem.opens, datetime.min.time(), ZoneInfo("UTC")))
        event.add("dtstart", visit.starts.replace(tzinfo=zone))
        event.add("dtend", visit.ends.replace(tzinfo=zone))
        summary = say("plan.sheet.visit", language, candidate=names.candidate_coded(visit.pathway), blocks=blocks)
        event.add("summary", summary)
        event.add("location", names.site(visit.site))
        event.add("description", _description(visit, names))
        found.add_component(event)
    found.add_missing_timezones()
    return bytes(found.to_ical())


def _description(visit: Visit, names: PlanNames) -> str:
    """The jury, then the tasks with their hours: a line each."""
    jury = ", ".join(map(names.juror_coded, visit.jurors))
    return f"{say('plan.sheet.jury', names.language)} : {jury}\n{_tasks(visit, names)}"


def _tasks(visit: Visit, names: PlanNames) -> str:
    return "\n".join(
        f"{_hour(t.starts)} – {_hour(t.ends)} {names.block(t.block)}, {names.task(visit, t)}" for t in visit.tasks
    )


def workbook(plan: Plan, names: PlanNames) -> bytes:
    """Three sheets: task by task in order of time, juror by juror, and who has no visit."""
    book = Workbook()
    del book[book.sheetnames[0]]
    _sheet(book, "days", _DAY_COLUMNS, _by_task(plan, names), names.language)
    _sheet(book, "jurors", _JUROR_COLUMNS, _by_juror(plan, names), names.language)
    _sheet(book, "unseated", ("candidate", "pathway", "block", "why", "free"), _unseated(plan, names), names.language)
    content = io.BytesIO()
    book.save(content)
    return content.getvalue()


def _sheet(book: Workbook, name: str, columns: Sequence[str], rows: Iterator[Row], language: str) -> None:
    sheet = book.create_sheet(say(f"plan.sheet.{name}", language))
    sheet.append(_head(columns, language))
    for cell in sheet[1]:
        cell.font = Font(bold=True)
    sheet.freeze_panes = "A2"
    for row in rows:
        sheet.append(list(row))
        for cell in sheet[sheet.max_row]:
            if cell.data_type == "f":  # a name that begins like a formula
                cell.data_type = "s"
    for column in sheet.columns:
        widest = max(len(str(cell.value or "")) for cell in column)
        sheet.column_dimensions[column[0].column_letter].width = min(60, widest + 3)
        for cell in column:
            if isinstance(cell.value, date) and not isinstance(cell.value, datetime):
                cell.number_format = "dd/mm/yyyy"


def _by_task(plan: Plan, names: PlanNames) -> Iterator[Row]:
    for visit in plan.visits:
        for task in visit.tasks:
            yield (
                visit.starts.date(), _hour(visit.starts), _hour(visit.ends), names.candidate(visit.pathway),
                visit.pathway, names.block(task.block), names.task(visit, task), _hour(task.starts), _hour(task.ends),
                names.site(visit.site), ", ".join(map(names.juror, visit.jurors)), ", ".join(visit.jurors),
            )  # fmt: skip


def _by_juror(plan: Plan, names: PlanNames) -> Iterator[Row]:
    for juror in _jurors(plan):
        for visit in plan.visits:
            if juror in visit.jurors:
                yield (
                    names.juror(juror), juror, visit.starts.date(), _hour(visit.starts), _hour(visit.ends),
                    names.candidate(visit.pathway), visit.pathway, names.blocks(_blocks(visit)),
                    names.site(visit.site), ", ".join(map(names.juror, visit.jurors)),
                )  # fmt: skip


def _unseated(plan: Plan, names: PlanNames) -> Iterator[Row]:
    for entry in plan.unseated:
        rules, frees = unseated_sentences(entry, names.language, names.called)
        yield (
            names.candidate(entry.pathway), entry.pathway, names.blocks(entry.blocks), " ".join(rules), " ".join(frees)
        )  # fmt: skip


def printed(asked: Asked, plan: Plan, names: PlanNames) -> bytes:
    """A document (PDF/A-3a, PDF/UA-1): day by day, then a page for each juror, then who has no visit."""
    language = names.language
    days = sorted({visit.starts.date() for visit in plan.visits})
    sections = [{**_day(plan, day, names), "apart": day != days[0]} for day in days]
    sections += [_page(plan, juror, names) for juror in _jurors(plan)]
    if plan.unseated:
        rows = [[names.candidate_coded(row[1]), *map(str, row[2:4])] for row in _unseated(plan, names)]
        table = {"head": _head(("candidate", "block", "why"), language), "rows": rows, "widths": [1, 1, 2]}
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


def _day(plan: Plan, day: date, names: PlanNames) -> dict[str, Any]:
    rows = [
        [
            *_hours(v),
            names.candidate_coded(v.pathway),
            names.blocks(_blocks(v)),
            names.site(v.site),
            ", ".join(map(names.juror_coded, v.jurors)),
        ]
        for v in plan.visits
        if v.starts.date() == day
    ]
    head = _head(("starts", "ends", "candidate", "block", "site", "jury"), names.language)
    return {
        "title": long_date(day, names.language),
        "table": {"head": head, "rows": rows, "widths": [0, 0, 2, 3, 2, 2]},
    }


def _page(plan: Plan, juror: str, names: PlanNames) -> dict[str, Any]:
    rows = [
        [
            long_date(v.starts.date(), names.language),
            *_hours(v),
            names.candidate_coded(v.pathway),
            _tasks(v, names),
            names.site(v.site),
        ]
        for v in plan.visits
        if juror in v.jurors
    ]
    head = _head(("day", "starts", "ends", "candidate", "task", "site"), names.language)
    return {
        "title": f"{say('plan.sheet.juror', names.language)} {names.juror_coded(juror)}",
        "apart": True,
        "table": {"head": head, "rows": rows, "widths": [1, 0, 0, 1, 3, 1]},
    }


def _head(columns: Sequence[str], language: str) -> list[str]:
    return [say(f"plan.sheet.{column}", language) for column in columns]


def _jurors(plan: Plan) -> list[str]:
    return sorted({juror for visit in plan.visits for juror in visit.jurors})


def _blocks(visit: Visit) -> list[str]:
    return list(dict.fromkeys(task.block for task in visit.tasks))


def _hours(visit: Visit) -> list[str]:
    return [_hour(visit.starts), _hour(visit.ends)]


def _hour(moment: datetime) -> str:
    return f"{moment:%H:%M}"
