"""The demonstration, as its user runs it."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from domain.merkle import root_of
from eventstore.log import Log
from eventstore.pool import open_pool
from eventstore.signing import load_keys
from workers.embedded.postgres import EmbeddedPostgres
from workers.witness import Witness

OUTCOMES = (
    "candidates",
    "pathways",
    "cqp",
    "ccp",
    "partial",
    "none",
    "withdrawn",
    "expired",
    "plans",
    "mails",
    "votes",
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
    with ThreadPoolExecutor() as both:
        runs = both.map(
            lambda name: play(tmp_path / name, "--json", "--candidates", "10", "--seed", "3"), ("one", "two")
        )
        first, second = map(figures, runs)
    assert {name: first[name] for name in OUTCOMES} == {name: second[name] for name in OUTCOMES}
    assert first["pathways"] == first["candidates"] == 10
    assert first["cqp"] > 0
    assert first["ccp"] > first["cqp"]
    assert first["open"] == 0
    assert min(first["plans"], first["mails"], first["votes"]) > 0
    assert first["history_events"] > first["events"]


@pytest.fixture(scope="module")
def played(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, str]:
    """Where a small demonstration was played, and what it showed."""
    state = tmp_path_factory.mktemp("demo")
    run = play(state, "--candidates", "6", "--seed", "1")
    assert run.returncode == 0, run.stderr
    return state / "demo", run.stdout


def test_the_end_shows_outcomes_a_timeline_and_the_slowest_deadlines(played: tuple[Path, str]) -> None:
    for words in (
        "Ce que l'année a donné",
        "Un parcours, pas à pas",
        "candidature enregistrée",
        "échéances les plus lentes",
    ):
        assert words in played[1]


async def test_what_was_played_is_recorded_on_its_day_and_signed_to_the_last_event(played: tuple[Path, str]) -> None:
    state, _ = played
    async with EmbeddedPostgres(state, durable=False) as server:
        pool = await open_pool(server.url())
        entries, last = await Log(pool).entries(0, 10_000), await Log(pool).last_checkpoint()
        assert last is not None
        assert last.size == len(entries) == await pool.fetchval("select count(*) from events")
        assert last.root == root_of([entry.leaf_hash for entry in entries])
        assert (await load_keys(pool, await Log(pool).origin())).checkpoint(last.note).size == last.size
        assert [note async for _, note in Witness(str(state / "witness")).checkpoints([last.size])] == [last.note]
        await pool.close()
    assert all(entry.recorded_at >= entry.occurred_at for entry in entries)
    assert all(entry.recorded_at - entry.occurred_at < timedelta(hours=1) for entry in entries)
    assert entries[-1].recorded_at - entries[0].recorded_at > timedelta(days=100)
