"""What follows from the checks of a file: one failure outweighs everything, and nothing withdrawn passes for valid."""

from __future__ import annotations

import pytest

from interfaces.public.checks import CheckName, Line, Outcome, Report, sentence_of
from interfaces.words import LANGUAGES, catalogue

OK = Line(check="signature", outcome="ok", code="ok")


def verdict(*lines: tuple[CheckName, Outcome, str]) -> str:
    made = [Line(check=check, outcome=outcome, code=code) for check, outcome, code in lines]
    return Report(kind="pdf", digest="", lines=(OK, *made)).verdict


@pytest.mark.parametrize(
    ("lines", "expected"),
    [
        ([], "good"),
        ([("seal", "warning", "test")], "test"),
        ([("seal", "warning", "test"), ("log", "skipped", "none")], "part"),
        ([("log", "skipped", "none")], "part"),
        ([("digest", "warning", "superseded")], "superseded"),
        ([("validity", "warning", "expired"), ("digest", "warning", "superseded")], "expired"),
        ([("status", "failed", "since")], "withdrawn"),
        ([("status", "failed", "since"), ("seal", "warning", "test")], "withdrawn"),
        ([("status", "failed", "since"), ("seal", "failed", "altered")], "bad"),
        ([("seal", "failed", "altered")], "bad"),
    ],
)
def test_the_verdict_is_the_worst_that_was_found(lines: list[tuple[CheckName, Outcome, str]], expected: str) -> None:
    assert verdict(*lines) == expected


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_check_has_a_sentence_for_each_of_its_ends(language: str) -> None:
    params = {"kind": "pdf", "signer": "S", "day": "2027-02-12", "issuer": "I", "number": "N", "edition": 1, "last": 2}
    params |= {"place": 1, "size": 2}
    names = [name for name in catalogue(language) if name.startswith("public.check.") and "_says." in name]
    assert len(names) > 25
    for name in names:
        check, _, code = name.removeprefix("public.check.").partition("_says.")
        line = Line.model_validate({"check": check, "outcome": "ok", "code": code, "params": params})
        assert "{" not in sentence_of(line, language)
