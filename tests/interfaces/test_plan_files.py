"""A plan as files: JSON that is read back, a calendar, a workbook, a printed document."""

from __future__ import annotations

import io
import json
from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest
from icalendar import Calendar
from openpyxl import load_workbook
from pypdf import PdfReader

from domain.plan import Plan, Unseated
from examples.session_sample import make_session
from interfaces.plan_export import exported
from interfaces.plan_names import PlanNames
from interfaces.plan_words import mentioned, unseated_sentences
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


@pytest.fixture(scope="module")
def names(made: tuple[Asked, Plan]) -> PlanNames:
    """Everybody has a name but the first visit's candidate and first juror, who were erased."""
    asked, found = made
    problem, first = asked.problem, found.visits[0]
    candidates = {one.pathway: f"Zoé Loisel{number}" for number, one in enumerate(problem.candidates)}
    jurors = {one.juror: f"Karim Bertholon{number}" for number, one in enumerate(problem.jurors)}
    return PlanNames(
        COS,
        {**candidates, first.pathway: None},
        {**jurors, first.jurors[0]: None},
        {site.id: site.name for site in problem.sites},
        {one.pathway: one.route for one in problem.candidates},
        "fr",
    )


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


def _numbers(asked: Asked, jurors: tuple[str, ...]) -> list[int]:
    return [number for number, one in enumerate(asked.problem.jurors) if one.juror in jurors]


def test_the_calendar_has_every_visit_at_its_hour(made: tuple[Asked, Plan], names: PlanNames) -> None:
    asked, found = made
    events = Calendar.from_ical(exported(asked, found, names, ".ics")).walk("VEVENT")
    assert len({str(event["uid"]) for event in events}) == len(found.visits)
    read = sorted((event.decoded("dtstart").replace(tzinfo=None), str(event["location"])) for event in events)
    assert read == sorted((visit.starts, names.site(visit.site)) for visit in found.visits)
    assert all(event.decoded("dtstart").utcoffset().total_seconds() == 7200 for event in events)
    said = {str(event["summary"]): str(event["description"]) for event in events}
    assert any("Zoé Loisel" in summary for summary in said)
    last = found.visits[-1]
    (description,) = (said[summary] for summary in said if names.candidate_coded(last.pathway) in summary)
    assert all(f"Karim Bertholon{n}" in description for n in _numbers(asked, last.jurors))
    assert names.task(last, last.tasks[0]) in description


def test_the_workbook_lists_tasks_jurors_and_who_has_no_visit(made: tuple[Asked, Plan], names: PlanNames) -> None:
    asked, found = made
    book = load_workbook(io.BytesIO(exported(asked, found, names, ".xlsx")))
    assert book.sheetnames == ["Jours", "Jurés", "Sans passage"]
    tasks = list(book["Jours"].iter_rows(min_row=2, values_only=True))
    assert len(tasks) == sum(len(visit.tasks) for visit in found.visits)
    first = found.visits[0]
    hours = (f"{first.starts:%H:%M}", f"{first.ends:%H:%M}")
    assert tasks[0][1:5] == (*hours, "(identité effacée)", first.pathway)
    assert str(tasks[-1][3]).startswith("Zoé Loisel")
    titles = {task.title for block in COS.blocks for on_route in block.tasks.values() for task in on_route}
    assert {row[6] for row in tasks} <= titles
    assert {row[9] for row in tasks} <= {site.name for site in asked.problem.sites}
    assert str(tasks[0][10]).startswith("(identité effacée), Karim Bertholon")
    assert tasks[0][11] == ", ".join(first.jurors)
    assert len(list(book["Jurés"].rows)) == 1 + sum(len(visit.jurors) for visit in found.visits)
    (unseated,) = book["Sans passage"].iter_rows(min_row=2, values_only=True)
    assert unseated[:2] == (f"Zoé Loisel{len(asked.problem.candidates) - 1}", "pathway:lost")


def test_a_name_that_begins_like_a_formula_stays_a_text(made: tuple[Asked, Plan], names: PlanNames) -> None:
    asked, found = made
    sly = replace(names, candidates=dict.fromkeys(names.candidates, "=1+1"))
    book = load_workbook(io.BytesIO(exported(asked, found, sly, ".xlsx")))
    assert (book["Jours"]["D2"].value, book["Jours"]["D2"].data_type) == ("=1+1", "s")


def test_sentences_call_jurors_and_sites_by_their_names(names: PlanNames) -> None:
    juror, site = next(code for code, name in names.jurors.items() if name), next(iter(names.sites))
    frees = ({"free": "reach", "juror": juror, "site": site}, {"free": "capacity", "blocks": [COS.blocks[0].id]})
    entry = Unseated(pathway="pathway:lost", blocks=(), rules=(), frees=frees)
    _, (reach, capacity) = unseated_sentences(entry, "fr", names.called)
    assert f"{names.jurors[juror]} ({juror})" in reach
    assert names.sites[site] in reach
    assert COS.blocks[0].title in capacity
    assert mentioned([entry], "juror") == {juror}
    assert mentioned([entry], "block") == {COS.blocks[0].id}


def test_a_code_that_nobody_knows_stands_for_itself(names: PlanNames) -> None:
    assert (names.juror("J99"), names.juror_coded("J99"), names.site("X"), names.site("")) == (
        "J99", "J99", "X", "à distance",
    )  # fmt: skip


def test_the_printed_plan_has_a_section_for_each_day_and_each_juror(made: tuple[Asked, Plan], names: PlanNames) -> None:
    asked, found = made
    content = exported(asked, found, names, ".pdf")
    assert exported(asked, found, names, ".pdf") == content
    text = "\n".join(page.extract_text() for page in PdfReader(io.BytesIO(content)).pages)
    for juror in {juror for visit in found.visits for juror in visit.jurors}:
        assert f"Juré {names.juror_coded(juror)}" in text
    assert "(identité effacée)" in text
    assert "Zoé Loisel" in text
    assert "juin 2027" in text
    assert "Candidats sans passage" in text
