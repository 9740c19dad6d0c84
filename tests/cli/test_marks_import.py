"""``jalon marks import``: a file becomes one juror's marks, once."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.cli.office import Office, jalon


@pytest.fixture
def marks_file(tmp_path: Path) -> Path:
    return tmp_path / "marks.csv"


def write(file: Path, marks: dict[str, bool]) -> Path:
    file.write_text("criterion,met\n" + "".join(f"{id},{int(met)}\n" for id, met in marks.items()), "utf-8")
    return file


async def test_a_marks_file_is_recorded_as_that_juror_s_marks_once(office: Office, marks_file: Path) -> None:
    pathway = await office.candidate()
    await office.to_jury(pathway)
    before = await jalon(
        "marks",
        "import",
        "--pathway",
        pathway,
        "--juror",
        "j1",
        "--marks",
        write(marks_file, await office.sheet(pathway)),
    )
    assert (before.code, before.err.startswith("marks.before_convocation : ")) == (1, True)
    await office.convened(pathway)
    write(marks_file, await office.sheet(pathway, failed=("TD",)))
    command = ["marks", "import", "--pathway", pathway, "--marks", marks_file, "--json"]
    first = await jalon(*command, "--juror", "j1")
    assert (first.code, first.err) == (0, "")
    assert [event["type"] for event in first.json["events"]] == ["marks_recorded"]
    again = await jalon(*command, "--juror", "j1")
    assert (again.code, again.json["repeated"]) == (0, True)
    second = await jalon(*command, "--juror", "j2")
    assert [event["type"] for event in second.json["events"]] == ["marks_recorded", "proposal_computed"]
    assert [task["task"] for task in second.json["next"]] == ["give_opinion"]
    events = (await jalon("pathway", "history", pathway, "--json")).json
    recorded = [event for event in events if event["type"] == "marks_recorded"]
    assert [event["actor"]["on_behalf_of"] for event in recorded] == ["j1", "j2"]
    stranger = await jalon(*command, "--juror", "j9")
    assert (stranger.code, stranger.err.startswith("marks.not_on_jury : ")) == (1, True)


async def test_missing_and_unknown_criteria_are_listed_and_nothing_is_recorded(
    office: Office, marks_file: Path
) -> None:
    pathway = await office.candidate()
    await office.to_jury(pathway)
    await office.convened(pathway)
    sheet = await office.sheet(pathway)
    missing = sheet.copy()
    del missing["GRU.1.1"]
    command = ["marks", "import", "--pathway", pathway, "--juror", "j1", "--marks", marks_file]
    write(marks_file, missing)
    answer = await jalon(*command)
    assert (answer.code, answer.out, "GRU.1.1" in answer.err) == (1, "", True)
    write(marks_file, {**sheet, "ZZZ.1.1": True})
    assert "ZZZ.1.1" in (await jalon(*command)).err
    write(marks_file, sheet)
    partial = await jalon(*command, "--blocks", "GRU,MDR")
    assert (partial.code, partial.err.startswith("marks.missing_criteria : ")) == (1, True)
    assert not (await office.state(pathway)).sheets
