"""``jalon deadlines simulate``: one period out of a file, counted; and what is no period."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from interfaces.cli import deadlines as _registered
from tests.cli.speaking import answer, refused, run

assert _registered

CASE: dict[str, Any] = {
    "start": "2026-01-05",
    "amount": 2,
    "unit": "mois",
    "zone": "metropole",
    "pauses": [],
    "after_pause": "resume",
}


def written(tmp_path: Path, **changes: Any) -> Path:
    file = tmp_path / "case.json"
    file.write_text(json.dumps({key: value for key, value in {**CASE, **changes}.items() if value is not ...}))
    return file


PAUSE = {"from": "2026-02-01", "to": "2026-02-10"}


@pytest.mark.parametrize(
    ("changes", "due"),
    [
        ({}, "2026-03-05"),
        ({"pauses": [PAUSE]}, "2026-03-15"),
        ({"pauses": [PAUSE], "after_pause": "restart"}, "2026-04-10"),
        ({"pauses": [PAUSE, {"from": "2026-02-05", "to": "2026-02-12"}]}, "2026-03-17"),
        ({"pauses": [{"from": "2026-02-01"}]}, None),
        ({"pauses": [{"from": "2026-02-01", "to": None}], "after_pause": "restart"}, None),
        ({"pauses": [PAUSE, {"from": "2027-02-01"}]}, None),
        ({"start": "2026-12-31"}, "2027-02-28"),
        ({"unit": "francs", "amount": 10, "start": "2026-09-01"}, "2026-09-14"),
        ({"unit": "ouvres", "amount": 1, "start": "2026-12-25"}, "2026-12-28"),
        ({"unit": "ouvres", "amount": 1, "start": "2026-04-02"}, "2026-04-03"),
        ({"unit": "ouvres", "amount": 1, "start": "2026-04-02", "zone": "alsace-moselle"}, "2026-04-07"),
        ({"unit": "ouvrés", "amount": 1}, "2026-01-06"),
        ({"zone": ..., "pauses": ..., "after_pause": ...}, "2026-03-05"),
        ({"start": "2044-12-31", "unit": "ans"}, "2046-12-31"),
    ],
)
def test_a_case_is_counted(tmp_path: Path, changes: dict[str, Any], due: str | None) -> None:
    found = answer("deadlines", "simulate", written(tmp_path, **changes))
    assert set(found) == {"due", "derivation"}
    assert found["due"] == due
    assert found["derivation"][-1]["step"] == ("held" if due is None else "due")
    assert all(step["sentence"] for step in found["derivation"])


def test_the_computation_is_told_in_sentences(tmp_path: Path) -> None:
    told = run("deadlines", "simulate", written(tmp_path, pauses=[PAUSE])).stdout
    assert "10 jours ne comptent pas" in told
    assert told.endswith("Échéance : dimanche 15 mars 2026, à la fin de la journée.\n")


@pytest.mark.parametrize(
    ("changes", "part"),
    [
        ({"start": "2026-02-30"}, "start : « 2026-02-30 »"),
        ({"start": 20260105}, "start"),
        ({"start": ...}, "start : ce champ manque"),
        ({"amount": "2"}, "amount"),
        ({"amount": True}, "amount"),
        ({"amount": -1}, "amount"),
        ({"amount": 1.5}, "amount"),
        ({"amount": 10**400}, "amount"),
        ({"amount": 10**9}, "2100"),
        ({"unit": "semaines"}, "unit : « semaines »"),
        ({"unit": ["mois"]}, "unit"),
        ({"zone": "corse"}, "alsace-moselle"),
        ({"after_pause": "stop"}, "after_pause"),
        ({"pauses": {"from": "2026-02-01"}}, "pauses : il faut une liste"),
        ({"pauses": [PAUSE, "x"]}, "pauses[1]"),
        ({"pauses": [{"to": "2026-02-01"}]}, "pauses[0].from : ce champ manque"),
        ({"pauses": [{"from": "hier"}]}, "pauses[0].from : « hier »"),
        ({"pauses": [{"from": "2026-02-01", "to": ""}]}, "pauses[0].to"),
        ({"pauses": [{"from": "2026-02-01", "til": "2026-02-02"}]}, "pauses[0].til"),
        ({"pauses": [{"from": "2026-02-10", "to": "2026-02-01"}]}, "pauses[0] : la suspension finit le 2026-02-01"),
        ({"begin": "2026-01-05"}, "begin : ce champ n'est pas connu"),
        ({"start": "1850-01-05"}, "1970"),
    ],
)
def test_what_is_no_period_is_one_sentence_that_names_the_place(
    tmp_path: Path, changes: dict[str, Any], part: str
) -> None:
    said = refused("deadlines", "simulate", written(tmp_path, **changes), "--json")
    assert part in said
    assert said.count("\n") == 1


@pytest.mark.parametrize(
    ("content", "part"),
    [
        (b"", "ligne 1"),
        (b'{"start": "2026-01-05",\n"amount" 2}', "ligne 2"),
        (b"[]", "objet JSON"),
        (b"\xff\xfe", "UTF-8"),
        (b'{"amount": NaN}', "NaN"),
        (b'{"amount": 1, "amount": 2}', "deux fois"),
        (b"[" * 200_000, "JSON"),
        (b" " * 1_000_001, "1000000"),
    ],
)
def test_a_file_that_cannot_be_read_is_one_sentence(tmp_path: Path, content: bytes, part: str) -> None:
    file = tmp_path / "case.json"
    file.write_bytes(content)
    said = refused("deadlines", "simulate", file, "--json")
    assert part in said
    assert said.count("\n") == 1


def test_a_file_that_is_not_there_or_not_given(tmp_path: Path) -> None:
    assert "nowhere.json" in refused("deadlines", "simulate", tmp_path / "nowhere.json")
    assert "lu" in refused("deadlines", "simulate", tmp_path)
    assert run("deadlines", "simulate").exit_code == 2
