"""``jalon candidates start``: what is printed where, and with which exit code."""

from __future__ import annotations

import asyncio
import json
import os
import signal
from collections.abc import AsyncIterator, Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from domain.refusal import Refusal
from interfaces.candidates import CandidateRow, read_candidates
from interfaces.cli.app import app
from interfaces.cli.candidates import StartedLike, Tally, submit_all
from interfaces.cli.console import settings
from interfaces.words import catalogue
from schemes.files import bundled
from tests.interfaces.writing import GOOD, TODAY, write_csv, write_xlsx

EXAMPLE = Path(__file__).parents[2] / "examples" / "candidats.csv"
BAD = ("Loisel", "Zoé", "31/02/1990", "clea", "VAE")


@pytest.fixture(autouse=True)
def _french() -> Iterator[None]:
    yield
    settings.language = "fr"


def run(*arguments: object) -> Result:
    return CliRunner().invoke(app, [str(argument) for argument in arguments])


def with_a_bad_row(folder: Path) -> Path:
    return write_csv(folder / "f.csv", [tuple(GOOD), tuple(GOOD.values()), BAD])


def test_a_good_file_is_accepted_without_any_stack() -> None:
    result = run("candidates", "start", EXAMPLE, "--dry-run", "--json")
    assert result.exit_code == 0
    answer = json.loads(result.stdout)
    assert (answer["accepted"], answer["rejected"]) == (60, [])


def test_every_fault_is_printed_with_row_column_code_and_message(tmp_path: Path) -> None:
    result = run("candidates", "start", with_a_bad_row(tmp_path), "--dry-run", "--json")
    assert result.exit_code == 1
    assert set(json.loads(result.stdout)) == {"accepted", "rejected"}
    assert json.loads(result.stdout)["accepted"] == 1
    rejected = json.loads(result.stdout)["rejected"]
    assert [set(entry) for entry in rejected] == [{"row", "column", "code", "message"}] * 2
    assert [(entry["row"], entry["column"], entry["code"]) for entry in rejected] == [
        (3, "date de naissance", "date.impossible"),
        (3, "voie", "route.closed"),
    ]


def test_json_goes_to_standard_output_alone(tmp_path: Path) -> None:
    result = run("candidates", "start", with_a_bad_row(tmp_path), "--dry-run", "--json")
    assert [line.partition(".")[0] for line in result.stderr.splitlines()] == ["Avertissement"]


def test_faults_go_to_standard_error_in_french_or_in_english(tmp_path: Path) -> None:
    path = with_a_bad_row(tmp_path)
    french = run("candidates", "start", path, "--dry-run")
    assert "Ligne 3, date de naissance : Cette date n'existe pas." in french.stderr
    english = run("--lang", "en", "candidates", "start", path, "--dry-run")
    assert "Row 3, date de naissance: There is no such date." in english.stderr
    assert french.exit_code == english.exit_code == 1


def test_an_xlsx_file_gets_the_same_verdict_as_the_csv_file(tmp_path: Path) -> None:
    csv = run("candidates", "start", with_a_bad_row(tmp_path), "--dry-run", "--json")
    path = write_xlsx(tmp_path / "f.xlsx", [list(GOOD), list(GOOD.values()), list(BAD)])
    assert run("candidates", "start", path, "--dry-run", "--json").stdout == csv.stdout


@pytest.mark.parametrize("content", [b"", b"\0\1\2\3", "nom\nÉ".encode("utf-16-le"), b"PK\3\4\0\0\0\0"])
def test_a_file_that_cannot_be_read_is_one_rejection_and_no_stack_trace(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "f").write_bytes(content)
    for arguments in (["--dry-run"], [], ["--skip-bad"]):
        result = run("candidates", "start", tmp_path / "f", "--json", *arguments)
        assert result.exit_code == 1
        assert len(json.loads(result.stdout)["rejected"]) == 1


def test_nothing_is_started_when_a_row_is_bad(tmp_path: Path) -> None:
    result = run("candidates", "start", with_a_bad_row(tmp_path), "--json")
    answer = json.loads(result.stdout)
    assert result.exit_code == 1
    assert (answer["started"], answer["already"], answer["refused"]) == (0, 0, [])
    assert "--skip-bad" in run("candidates", "start", with_a_bad_row(tmp_path)).stderr


def test_not_even_good_rows_are_started_when_the_file_as_a_whole_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "f.csv"
    path.write_text(";".join(GOOD) + "\n" + ";".join(GOOD.values()) + "\n", "utf-8")
    path.write_bytes(path.read_bytes() + "É;\n".encode("cp1252"))
    result = run("candidates", "start", path, "--skip-bad", "--json")
    assert (result.exit_code, json.loads(result.stdout)["started"]) == (1, 0)


@dataclass(frozen=True)
class Answer:
    row: int
    pathway: str
    outcome: str
    refusal: Refusal | None = None


@pytest.fixture
def rows() -> list[CandidateRow]:
    return read_candidates(EXAMPLE, bundled(), TODAY).rows


async def test_answers_are_counted_and_told_every_tenth_of_the_way(
    rows: list[CandidateRow], capsys: pytest.CaptureFixture[str]
) -> None:
    async def submit(rows: Iterable[CandidateRow]) -> AsyncIterator[StartedLike]:
        for place, row in enumerate(rows):
            yield Answer(row.row, f"p{place}", ("started", "already", "refused")[place % 3])

    tally = Tally()
    await submit_all(rows, submit, tally, asyncio.Event())
    assert (tally.started, tally.already, len(tally.refused)) == (20, 20, 20)
    told = capsys.readouterr().err.splitlines()
    assert [line.split()[0] for line in told] == [str(percent) for percent in range(10, 101, 10)]


async def test_an_interruption_stops_handing_out_rows_and_lets_those_under_way_finish(rows: list[CandidateRow]) -> None:
    handed_out = 0

    async def submit(rows: Iterable[CandidateRow]) -> AsyncIterator[StartedLike]:
        nonlocal handed_out
        for row in rows:
            handed_out += 1
            if handed_out == 7:
                os.kill(os.getpid(), signal.SIGINT)
            # The loop runs signal handlers between two of its turns.
            await asyncio.sleep(0)
            await asyncio.sleep(0)
            yield Answer(row.row, "p", "started")

    tally = Tally()
    await submit_all(rows, submit, tally, asyncio.Event())
    assert 7 <= handed_out < len(rows)
    assert tally.started == handed_out


async def test_a_second_interruption_does_not_wait(rows: list[CandidateRow]) -> None:
    async def submit(rows: Iterable[CandidateRow]) -> AsyncIterator[StartedLike]:
        for row in rows:
            yield Answer(row.row, "p", "started")
            os.kill(os.getpid(), signal.SIGINT)
            await asyncio.sleep(0.01)
            os.kill(os.getpid(), signal.SIGINT)
            await asyncio.Event().wait()

    tally = Tally()
    await asyncio.wait_for(submit_all(rows, submit, tally, asyncio.Event()), timeout=20)
    assert tally.answered == 1


def test_both_languages_have_the_same_sentences_with_the_same_parameters() -> None:
    for subject in ("tables.", "candidates."):
        french = {name for name in catalogue("fr") if name.startswith(subject)}
        assert french == {name for name in catalogue("en") if name.startswith(subject)}
