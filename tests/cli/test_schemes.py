"""``jalon schemes``: check, list, show."""

from __future__ import annotations

import json
from collections.abc import Iterator
from importlib.resources import files
from pathlib import Path

import pytest

from interfaces.cli import schemes as _registered
from interfaces.cli.console import settings
from schemes.files import bundled
from tests.cli.speaking import answer, refused, run

assert _registered
SOURCE = files("schemes").joinpath("cqp-cos.yaml").read_text("utf-8")


@pytest.fixture(autouse=True)
def _french() -> Iterator[None]:
    yield
    settings.language = "fr"


def written(folder: Path, *changes: tuple[str, str]) -> Path:
    text = SOURCE
    for old, new in changes:
        assert old in text
        text = text.replace(old, new, 1)
    path = folder / "mine.yaml"
    path.write_text(text, "utf-8")
    return path


def test_a_good_file_is_said_to_be_good(tmp_path: Path) -> None:
    result = run("schemes", "check", written(tmp_path))
    assert result.exit_code == 0
    assert "conforme" in result.stdout
    assert bundled()["cqp-cos"].hash in result.stdout
    assert answer("schemes", "check", tmp_path / "mine.yaml")["valid"] is True


def test_each_fault_names_its_path_its_line_and_its_reason(tmp_path: Path) -> None:
    path = written(tmp_path, ("text: Jeudi 27", "text: Mercredi 27"), ("    threshold: 4/5", "    threshold: 9/5"))
    said = refused("schemes", "check", path).splitlines()
    number = path.read_text("utf-8").splitlines().index("    threshold: 9/5") + 1
    assert any("sittings[0].text" in line and "jeudi 27 janvier 2022" in line for line in said)
    assert any(f"blocks[0].threshold (ligne {number})" in line and "9/5" in line for line in said)
    assert said[-1] == "mine.yaml : 2 défauts."


def test_faults_as_json_go_to_standard_output_with_code_1(tmp_path: Path) -> None:
    result = run("schemes", "check", written(tmp_path, ("threshold: 4/5", "threshold: 0.8")), "--json")
    assert (result.exit_code, result.stderr) == (1, "")
    found = json.loads(result.stdout)
    assert found["valid"] is False
    assert [(fault["path"], fault["code"]) for fault in found["faults"]] == [("blocks[0].threshold", "threshold_text")]
    assert set(found["faults"][0]) == {"path", "line", "code", "message"}


def test_faults_are_told_in_english_too(tmp_path: Path) -> None:
    path = written(tmp_path, ("text: Jeudi 27", "text: Mercredi 27"))
    assert "Thursday 27 January 2022" in refused("--lang", "en", "schemes", "check", path)


@pytest.mark.parametrize(
    ("content", "part"),
    [
        (b"", "vide"),
        (b"a: [1\n", "YAML"),
        (b"a: &a [1]\nb: *a\n", "alias"),
        (b"a: 1\na: 2\n", "ligne 2"),
        ("é".encode("cp1252"), "UTF-8"),
        (b"x" * 2_000_000, "1000 ko"),
        (b"- 1\n", "des clés et des valeurs"),
    ],
)
def test_a_file_that_is_no_scheme_is_refused(tmp_path: Path, content: bytes, part: str) -> None:
    path = tmp_path / "mine.yaml"
    path.write_bytes(content)
    assert part in refused("schemes", "check", path)
    result = run("schemes", "check", path, "--json")
    assert (result.exit_code, json.loads(result.stdout)["valid"]) == (1, False)


def test_a_file_that_is_not_there_is_told(tmp_path: Path) -> None:
    assert "n'existe pas" in refused("schemes", "check", tmp_path / "none.yaml")
    assert refused("schemes", "check", tmp_path)


def test_the_list_names_every_scheme() -> None:
    found = answer("schemes", "list")
    assert {entry["id"] for entry in found} == set(bundled())
    assert {"version", "title", "hash", "routes", "blocks"} <= set(found[0])
    shown = run("schemes", "list").stdout
    assert all(id in shown for id in bundled())


def test_show_has_the_shape_that_is_taken_literally() -> None:
    found = answer("schemes", "show", "cqp-cos")
    assert {"id", "version", "title", "routes", "awards", "blocks", "hash"} <= set(found)
    assert {"id", "title", "steps"} <= set(found["routes"][0])
    block = found["blocks"][0]
    assert (block["id"], block["threshold"]) == ("GRU", "4/5")
    competence = block["competences"][0]
    assert (competence["id"], competence["threshold"]) == ("GRU.1", "4/5")
    assert [criterion["id"] for criterion in competence["criteria"]] == [f"GRU.1.{n}" for n in range(1, 6)]


def test_show_leaves_the_frozen_holidays_out() -> None:
    calendar = answer("schemes", "show", "clea")["calendar"]
    assert calendar == {"zone": "metropole", "timezone": "Europe/Paris", "first_year": 2015, "last_year": 2045}


@pytest.mark.parametrize("id", bundled())
@pytest.mark.parametrize("language", ["fr", "en"])
def test_show_is_readable_and_says_what_is_illustrative(id: str, language: str) -> None:
    result = run("--lang", language, "schemes", "show", id)
    assert result.exit_code == 0
    assert "llustrati" in result.stdout
    scheme = bundled()[id]
    assert all(block.title[:20] in result.stdout for block in scheme.blocks)


def test_show_tells_that_a_registration_has_run_out(tmp_path: Path) -> None:
    written(tmp_path, ("until: 2026-04-19", "until: 2020-04-19"))
    shown = run("schemes", "show", "cqp-cos", "--schemes", tmp_path).stdout
    assert "a pris fin le 19 avril 2020" in shown
    assert answer("schemes", "show", "cqp-cos", "--schemes", tmp_path)["registration"]["expired"] is True


def test_an_unknown_scheme_is_refused_with_those_there_are() -> None:
    said = refused("schemes", "show", "cqp-x")
    assert all(id in said for id in bundled())


def test_a_directory_of_schemes_is_read(tmp_path: Path) -> None:
    written(tmp_path, ("id: cqp-cos", "id: cqp-mien"))
    assert answer("schemes", "show", "cqp-mien", "--schemes", tmp_path)["id"] == "cqp-mien"


def test_a_bad_file_in_the_directory_is_told(tmp_path: Path) -> None:
    written(tmp_path, ("text: Jeudi 27", "text: Mercredi 27"))
    assert "sittings[0].text" in refused("schemes", "list", "--schemes", tmp_path)
    assert "n'existe pas" in refused("schemes", "list", "--schemes", tmp_path / "none")
