"""What is checked of a file that somebody sends, line by line, and what follows from it all."""

from __future__ import annotations

from datetime import date
from typing import Any, Literal

from domain.records import Frozen
from interfaces.days import plain_date
from interfaces.words import say

Kind = Literal["pdf", "json", "png", "svg", "unknown"]
Outcome = Literal["ok", "failed", "warning", "skipped"]
CheckName = Literal["kind", "seal", "signature", "issuer", "number", "digest", "log", "status", "validity"]
Verdict = Literal["good", "test", "part", "superseded", "expired", "withdrawn", "bad"]


class Line(Frozen):
    """One check: how it ended, and the code of the sentence that says so, with what the sentence needs."""

    check: CheckName
    outcome: Outcome
    code: str
    params: dict[str, Any] = {}


class Report(Frozen):
    """Everything that was checked of a file. ``number`` and ``mac``: of the award, where it is one of ours."""

    kind: Kind
    digest: str
    lines: tuple[Line, ...]
    number: str = ""
    mac: str = ""

    @property
    def verdict(self) -> Verdict:
        """What whoever was handed the file should know first; one failure outweighs everything else."""
        outcomes = {(line.check, line.code): line.outcome for line in self.lines}
        failed = {line.check for line in self.lines if line.outcome == "failed"}
        if failed - {"status"}:
            return "bad"
        if failed:
            return "withdrawn"
        if ("validity", "expired") in outcomes:
            return "expired"
        if ("digest", "superseded") in outcomes:
            return "superseded"
        amiss = [(line.check, line.code) for line in self.lines if line.outcome != "ok"]
        return "part" if set(amiss) - {("seal", "test")} else "test" if amiss else "good"


def sentence_of(line: Line, language: str) -> str:
    """A check in words. Days stand in ``params`` as ISO dates."""
    params = {
        name: plain_date(value, language) if name == "day" else say(f"public.result.kind.{value}", language)
        if name == "kind" else value
        for name, value in line.params.items()
    }  # fmt: skip
    return say(f"public.check.{line.check}_says.{line.code}", language, **params)


def iso(day: date) -> str:
    """A day as ``params`` hold it."""
    return day.isoformat()
