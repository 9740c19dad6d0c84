"""The demonstration, as its user runs it."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

OUTCOMES = (
    "candidates",
    "pathways",
    "cqp",
    "ccp",
    "partial",
    "none",
    "withdrawn",
    "expired",
    "events",
    "simulated_days",
)


def play(state: Path, *options: str) -> subprocess.CompletedProcess[str]:
    command = [str(Path(sys.executable).with_name("jalon")), "demo", "--exit", "--state", str(state), *options]
    return subprocess.run(command, capture_output=True, text=True, timeout=300, check=False, env=dict(os.environ))


def figures(run: subprocess.CompletedProcess[str]) -> dict[str, Any]:
    assert run.returncode == 0, run.stderr
    found: dict[str, Any] = json.loads(run.stdout.splitlines()[-1])
    return found


def test_the_same_seed_gives_the_same_outcomes(tmp_path: Path) -> None:
    first, second = (figures(play(tmp_path, "--json", "--candidates", "10", "--seed", "3")) for _ in range(2))
    assert {name: first[name] for name in OUTCOMES} == {name: second[name] for name in OUTCOMES}
    assert first["pathways"] == first["candidates"] == 10
    assert first["cqp"] > 0
    assert first["ccp"] > first["cqp"]
    assert first["open"] == 0
    assert first["history_events"] > first["events"]


def test_the_end_shows_outcomes_a_timeline_and_the_slowest_deadlines(tmp_path: Path) -> None:
    run = play(tmp_path, "--candidates", "6", "--seed", "1")
    assert run.returncode == 0, run.stderr
    for words in (
        "Ce que l'année a donné",
        "Un parcours, pas à pas",
        "candidature enregistrée",
        "échéances les plus lentes",
    ):
        assert words in run.stdout
