"""On a real stack: the master key replaced under a killed command, and a person whom no file remembers afterwards."""

from __future__ import annotations

import asyncio
import json
import os
import re
import signal
import subprocess
import sys
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from datetime import date
from pathlib import Path
from typing import Any

import asyncpg
import httpx
import pytest
from temporalio.client import Client

from eventstore.keys import Keys
from eventstore.pool import open_pool
from interfaces.candidates import CandidateRow
from interfaces.gateway import Gateway
from tests.cli.office import jalon
from tests.stack.running import REPOSITORY, Up, folder_for_all
from workers.pgtools import program
from workers.settings import PREVIOUS_KEY_FILE, Settings, masters

MANY = 10_000
"""Keys: enough for a rotation to be killed in the middle."""

FAMILY, USED, GIVEN, MAIL = "Quenneville", "Zylberstein", "Oriane", "oriane.q@example.org"
SUSPENDED, WITHDRAWN = "Arrêt de longue durée", "Demande écrite, recommandé RK442"
PLAIN = (FAMILY, USED, GIVEN, MAIL, "1977-03-09", "longue durée", "RK442")


@pytest.fixture(scope="module")
def stack() -> Iterator[Up]:
    """One stack for the module, and the environment in which the commands of this process find it."""
    with folder_for_all() as folder, Up(folder / "state") as up, pytest.MonkeyPatch.context() as patch:
        assert up.info
        patch.setenv("JALON_STATE", str(up.state))
        patch.setenv("JALON_OPERATOR", "ada")
        yield up


def popen(stack: Up, *arguments: object) -> subprocess.Popen[str]:
    environment = {name: value for name, value in os.environ.items() if not name.startswith("JALON_")}
    return subprocess.Popen(
        [sys.executable, "-m", "interfaces.cli.main", "--state", str(stack.state), *map(str, arguments)],
        cwd=REPOSITORY,
        env={**environment, "JALON_OPERATOR": "ada"},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


async def said(*arguments: object) -> str:
    """What ``jalon`` says on standard output; it must succeed."""
    answer = await jalon(*arguments)
    assert answer.code == 0, answer.err
    return answer.out


async def start(family: str, **fields: Any) -> str:
    """A candidate's pathway."""
    row = {
        **{"row": 2, "family_name": family, "usage_name": "", "given_name": "Ada", "birth_date": date(1980, 2, 1)},
        **{"email": "", "scheme_id": "cqp-cos", "route": "training", "employer": "CPAM", "branch": "maladie"},
        **{"initiative": "candidate", "candidacy_on": None, "held_blocks": (), "proof": ""},
    }
    async with Gateway.open() as gateway:
        [started] = [report async for report in gateway.start_candidates([CandidateRow(**{**row, **fields})])]
    assert started.outcome == "started"
    return started.pathway


@asynccontextmanager
async def keys_of(stack: Up) -> AsyncIterator[Keys]:
    pool = await open_pool(stack.info.database_url)
    try:
        yield Keys(pool, masters(Settings(state=stack.state)))
    finally:
        await pool.close()


async def test_a_rotation_of_the_master_key_that_is_killed_goes_on_and_the_worker_with_it(stack: Up) -> None:
    before, first = await start("Avant"), stack.state / "sealing.key"
    old = first.read_bytes()
    async with keys_of(stack) as keys:
        await keys.made([f"pathway:{number}" for number in range(MANY)])
        [master] = (await keys.census()).masters
        rotating = popen(stack, "keys", "rotate-master")
        count = "select count(*) from keys where master_id <> $1"
        while not await keys.pool.fetchval(count, master):  # noqa: ASYNC110 - another process works
            await asyncio.sleep(0.005)
        rotating.send_signal(signal.SIGKILL)
        rotating.communicate()
        assert 0 < await keys.pool.fetchval(count, master) < MANY
    assert first.read_bytes() != old
    status = json.loads(await said("keys", "status", "--json"))
    assert len(status["masters"]) == 2
    assert all(known["at_hand"] for known in status["masters"])
    # Half-way, everything works, for the worker too, which has read the old key only.
    assert await start("Pendant")
    await said("pathway", "do", before, "suspend", "reason=Pause")
    report = json.loads(await said("keys", "rotate-master", "--json"))
    assert report["wrapped"] < MANY
    status = json.loads(await said("keys", "status", "--json"))
    assert [known["id"] for known in status["masters"]] == [report["master"]]
    assert not (stack.state / PREVIOUS_KEY_FILE).exists()
    assert old not in [file.read_bytes() for file in stack.state.iterdir() if file.is_file()]
    assert await start("Après")
    assert "Avant" in await said("pathway", "show", before)


async def test_the_codec_endpoint_serves_until_it_is_stopped(stack: Up) -> None:
    serving = popen(stack, "codec", "serve", "--port", "0")
    try:
        assert serving.stderr is not None
        token = (await asyncio.to_thread(serving.stderr.readline)).strip().rpartition(" ")[2]
        ready = await asyncio.to_thread(serving.stderr.readline)
        found = re.search(r"http://127\.0\.0\.1:(\d+)", ready)
        assert found, ready
        async with httpx.AsyncClient(base_url=found[0]) as client:
            assert (await client.post("/decode", json={"payloads": []})).status_code == 401
            headers = {"authorization": f"Bearer {token}"}
            assert (await client.post("/decode", json={"payloads": []}, headers=headers)).json() == {}
    finally:
        serving.send_signal(signal.SIGTERM)
        serving.communicate()
    assert serving.returncode == 0


async def test_no_file_of_the_stack_and_no_dump_remembers_an_erased_person(stack: Up, tmp_path: Path) -> None:
    who = {"usage_name": USED, "given_name": GIVEN, "birth_date": date(1977, 3, 9), "email": MAIL}
    pathway = await start(FAMILY, **who)
    await said("pathway", "do", pathway, "suspend", f"reason={SUSPENDED}")
    found = await said("person", "find", "--family", FAMILY, "--given", GIVEN, "--birth", "1977-03-09")
    person = found.strip()
    told = await said("person", "export", person)
    assert all(text in told for text in (FAMILY, USED, GIVEN, MAIL, SUSPENDED))
    connection = await asyncpg.connect(stack.info.database_url)
    try:
        secret = await connection.fetchrow(
            "select wrapped_key, blind_index from keys join persons on person_id = owner where owner = $1", person
        )
        assert secret is not None
        await connection.execute("checkpoint")
        assert [name for name in where(stack.state, secret["wrapped_key"]) if "base" in name]

        erased = json.loads(await said("person", "erase", person, "--end", "--reason", WITHDRAWN, "--json"))
        assert erased["destroyed"]["keys"] == 2
        await connection.execute("checkpoint")
        # In the tables' files nothing is left that a key was made of; the write-ahead log is named in the certificate.
        assert not [name for name in where(stack.state, *secret.values()) if "pg_wal" not in name]
        assert "wal" in erased["beyond"]

        dump = tmp_path / "jalon.sql"
        tool = program("pg_dump", connection.get_server_version().major)
        url = stack.info.database_url
        dumping = await asyncio.create_subprocess_exec(tool, "--file", dump, url)
        assert await dumping.wait() == 0
        assert person in dump.read_text("utf-8")
        forms = {form for text in PLAIN for form in (text, text.lower(), text.upper(), json.dumps(text)[1:-1])}
        assert where(stack.state, *(form.encode() for form in forms)) == []
        assert not [form for form in forms if form in dump.read_text("utf-8")]
    finally:
        await connection.close()
    shown = await said("pathway", "show", pathway)
    assert not [text for text in PLAIN if text in shown]
    await assert_engine_forgot(stack, pathway)


async def assert_engine_forgot(stack: Up, pathway: str) -> None:
    """Temporal still holds the first run, and its payloads open with no key that is left."""
    client = await Client.connect(stack.info.temporal_address)
    runs = [run.run_id async for run in client.list_workflows(f"WorkflowId = '{pathway}'")]
    async with keys_of(stack) as keys:
        versions: list[Any] = []
        for run in runs:
            history = await client.get_workflow_handle(pathway, run_id=run).fetch_history()
            started = history.events[0].workflow_execution_started_event_attributes.input.payloads[0]
            name, _, version = started.metadata["encryption-key-id"].decode().rpartition("/")
            versions.append((int(version), await keys.held_at(name, int(version)) is not None))
    assert sorted(set(versions)) == [(1, False), (2, True)]


def where(state: Path, *wanted: bytes) -> list[str]:
    """The files under ``state`` that hold anything of what is wanted."""
    found = []
    for file in state.rglob("*"):
        if file.is_file() and not file.is_symlink():
            content = file.read_bytes()
            if any(each in content for each in wanted):
                found.append(str(file.relative_to(state)))
    return found


def test_the_search_finds_what_is_there(tmp_path: Path) -> None:
    (tmp_path / "a").mkdir()
    (tmp_path / "a" / "b").write_bytes(b"\0Zoe\0")
    assert where(tmp_path, b"Max", b"Zoe") == ["a/b"]
    assert where(tmp_path, b"Zof") == []
