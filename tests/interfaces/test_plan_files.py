"""A plan as files: JSON that is read back, a calendar, a workbook, a printed document."""

from __future__ import annotations

import io
import json
from datetime import date
from pathlib import Path

import pytest
from icalendar import Calendar
from openpyxl import load_workbook
from pypdf import PdfReader

from domain.plan import Plan
from examples.session_sample import make_session
from interfaces.plan_export import exported
from interfaces.planning import Asked, NotAPlan, order, read_plan, report
from planner.search import plan
from tests.conducted import conducted

COS = conducted("cqp-cos")


@pytest.fixture(scope="module")
def made() -> tuple[Asked, Plan]:
    problem = make_session(COS, date(2027, 6, 1), candidates=5, jurors=8, sites=2, days=4, seed=3)
    lost = problem.candidates[0].model_copy(update={"pathway": "pathway:lost", "workplace": "nowhere"})
    problem = problem.model_copy(update={"candidates": (*problem.candidates, lost)})
    found = plan(COS, problem, seconds=1)
    assert found.visits
    assert found.unseated
    return Asked(problem.session, 7, COS, problem, 0), found


def test_the_json_of_a_plan_tells_each_task_and_is_read_back(made: tuple[Asked, Plan], tmp_path: Path) -> None:
    asked, found = made
    written = report(asked, found, "proposal")
    file = tmp_path / "plan.json"
    file.write_text(json.dumps(written), "utf-8")
    assert read_plan(file) == found.visits
    assert len(written["seats"]) == sum(len(visit.tasks) for visit in found.visits)
    seat = written["seats"][0]
    assert seat.keys() >= {"candidate", "block", "task", "site", "start", "end", "jurors"}
    assert seat["start"] == found.visits[0].tasks[0].starts.isoformat()
    assert written["unseated"][0]["rules"]


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (b"\xff\xfe\x00", "encoding"),
        (b'{"visits": [', "json"),
        (b"[1]", "visits"),
        (b'{"visits": [{"pathway": "p"}]}', "field"),
        (b"[" * 100_000, "json"),
    ],
)
def test_a_file_that_is_no_plan_says_what_is_wrong(tmp_path: Path, content: bytes, reason: str) -> None:
    file = tmp_path / "plan.json"
    file.write_bytes(content)
    with pytest.raises(NotAPlan) as no:
        read_plan(file)
    assert no.value.reason == reason


def test_the_order_to_publish_brings_those_facts_that_the_plan_rests_on(made: tuple[Asked, Plan]) -> None:
    asked, found = made
    command = order(asked.problem, found)
    assert {juror["juror"] for juror in command["jurors"]} == {j for visit in found.visits for j in visit.jurors}
    assert {visit.site for visit in found.visits} <= {site["id"] for site in command["sites"]}


def test_the_calendar_has_every_visit_at_its_hour(made: tuple[Asked, Plan]) -> None:
    asked, found = made
    events = Calendar.from_ical(exported(asked, found, ".ics", "fr")).walk("VEVENT")
    assert len({str(event["uid"]) for event in events}) == len(found.visits)
    read = sorted((event.decoded("dtstart").replace(tzinfo=None), str(event["location"])) for event in events)
    assert read == sorted((visit.starts, visit.site) for visit in found.visits)
    assert all(event.decoded("dtstart").utcoffset().total_seconds() == 7200 for event in events)


def test_the_workbook_lists_tasks_jurors_and_who_has_no_visit(made: tuple[Asked, Plan]) -> None:
    asked, found = made
    book = load_workbook(io.BytesIO(exported(asked, found, ".xlsx", "fr")))
    assert book.sheetnames == ["Jours", "Jurés", "Sans passage"]
    tasks = list(book["Jours"].iter_rows(min_row=2, values_only=True))
    assert len(tasks) == sum(len(visit.tasks) for visit in found.visits)
    first = found.visits[0]
    assert tasks[0][:4] == (tasks[0][0], f"{first.starts:%H:%M}", f"{first.ends:%H:%M}", first.pathway)
    assert len(list(book["Jurés"].rows)) == 1 + sum(len(visit.jurors) for visit in found.visits)
    (unseated,) = book["Sans passage"].iter_rows(min_row=2, values_only=True)
    assert unseated[0] == "pathway:lost"


def test_the_printed_plan_has_a_section_for_each_day_and_each_juror(made: tuple[Asked, Plan]) -> None:
    asked, found = made
    content = exported(asked, found, ".pdf", "fr")
    assert exported(asked, found, ".pdf", "fr") == content
    text = "\n".join(page.extract_text() for page in PdfReader(io.BytesIO(content)).pages)
    for juror in {juror for visit in found.visits for juror in visit.jurors}:
        assert f"Juré {juror}" in text
    assert "juin 2027" in text
    assert "Candidats sans passage" in text
