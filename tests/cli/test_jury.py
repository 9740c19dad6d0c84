"""``jalon jury check``: an answer for every composition, and all that is wrong with a file."""

from __future__ import annotations

import json
from collections.abc import Iterator
from importlib.resources import files
from pathlib import Path
from typing import Any

import pytest

from interfaces.cli import jury as _registered
from interfaces.cli.console import settings
from tests.cli.speaking import answer, refused, run
from tests.domain.composing import cases

assert _registered
EXAMPLE = files("examples").joinpath("jury.yaml")


@pytest.fixture(autouse=True)
def _french() -> Iterator[None]:
    yield
    settings.language = "fr"


def failing(said: dict[str, Any]) -> set[str]:
    return {finding["rule"] for finding in said["findings"] if not finding["holds"]}


def test_the_example_is_answered_rule_by_rule_with_who_would_mend_it() -> None:
    said = answer("jury", "check", EXAMPLE)
    assert (said["holds"], said["on"], said["scheme"]) == (False, "2027-02-02", "cqp-cos")
    assert failing(said) == {"not_from_employer", "trained", "no_tie"}
    assert {tuple(finding["mends"]) for finding in said["findings"] if not finding["holds"]} == {("J-03",)}
    assert all(finding["sentence"] and finding["basis"] for finding in said["findings"])


def test_an_answer_is_no_error_whatever_it_says() -> None:
    result = run("jury", "check", EXAMPLE)
    assert (result.exit_code, result.stderr) == (0, "")
    assert "Ce jury ne peut pas siéger" in result.stdout
    assert "ne tient pas" in result.stdout
    assert "This jury may not sit" in run("--lang", "en", "jury", "check", EXAMPLE).stdout


def test_the_day_of_the_command_goes_before_that_of_the_file() -> None:
    assert "trained" not in failing(answer("jury", "check", EXAMPLE, "--on", "14/01/2027"))


def test_a_file_says_what_the_rules_say(tmp_path: Path) -> None:
    for name in ("the jury of the source", "two experts", "two women", "a part of a delegate", "both inside"):
        case = cases()[name]
        written = {
            "on": case.on,
            "members": [member.model_dump(mode="json", exclude_defaults=True) for member in case.members],
            "candidate": case.candidate.model_dump(mode="json", exclude_defaults=True),
        }
        path = tmp_path / "case.json"
        path.write_text(json.dumps(written), "utf-8")
        said = answer("jury", "check", path, "--scheme", "cqp-cos")
        assert (failing(said), said["holds"]) == (set(case.fails), case.met), name


START = "scheme: cqp-cos\non: 2027-02-02\n"
BODY = "{ id: b, name: B, kinds: [x] }"
WRONG = {
    "scheme: nope\non: 2027-02-02\nmembers: []": "« nope »",
    "on: 2027-02-02\nmembers: []": "Aucun dispositif",
    "scheme: cqp-cos\nmembers: []": "la clé « on » manque",
    "scheme: cqp-cos\non: 2027-02-30\nmembers: []": "on (ligne 2) : « 2027-02-30 » n'est pas une date",
    START: "la clé « members » manque",
    f"{START}members: []\nchair: x": "chair (ligne 4) : la clé « chair » n'existe pas",
    f"{START}members: [{{ juror: a, parts: [], organisation: b }}]": "members[0].organisation (ligne 3)",
    f"{START}members: [{{ juror: a, parts: [], organisation: {BODY} }}]": "members[0].organisation.kinds[0] (ligne 3)",
    f"{START}members: [{{ juror: a, parts: [], organisation: 3 }}]": "members[0].organisation (ligne 3) : il faut des",
    f"{START}members: []\ncandidate: {{ employer: [] }}": "candidate.employer (ligne 4) : il faut un texte",
    f"{START}members: []\nties: [{{ who: a, kind: loves }}]": "ties[0].kind (ligne 4) : il faut l'un de",
    "{ not yaml": "n'est pas du YAML",
    "": "ce fichier est vide",
}


@pytest.mark.parametrize("content", WRONG)
def test_a_wrong_file_is_refused_naming_the_field(content: str, tmp_path: Path) -> None:
    path = tmp_path / "case.yaml"
    path.write_text(content, "utf-8")
    assert WRONG[content] in refused("jury", "check", path)


def test_a_wrong_day_or_a_missing_file_is_refused(tmp_path: Path) -> None:
    assert "« demain » n'est pas une date" in refused("jury", "check", EXAMPLE, "--on", "demain")
    assert "n'existe pas" in refused("jury", "check", tmp_path / "none.yaml")
