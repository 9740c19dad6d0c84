"""What the commands say while a server, a worker or the key is not there; and that ``--help`` waits for nothing."""

from __future__ import annotations

import base64
import subprocess
import sys

import pytest

from tests.cli.office import Office, jalon
from workers.embedded.temporal import EmbeddedTemporal

NOBODY = "127.0.0.1:1"


async def test_lists_answer_while_temporal_is_away_and_orders_say_so(
    office: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    pathway = await office.candidate()
    monkeypatch.setenv("JALON_TEMPORAL_ADDRESS", NOBODY)
    for command in (["pathway", "list"], ["pathway", "show", pathway], ["deadlines"], ["session", "list"]):
        assert (await jalon(*command)).code == 0, command
    answer = await jalon("pathway", "do", pathway, "withdraw", "--json")
    assert (answer.code, answer.out) == (3, "")
    assert NOBODY in answer.err


async def test_a_malformed_command_is_told_without_any_server(office: Office, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("JALON_TEMPORAL_ADDRESS", NOBODY)
    monkeypatch.setenv("JALON_DATABASE_URL", "postgresql://127.0.0.1:1/none")
    assert (await jalon("pathway", "do", "x", "suspend")).code == 1
    assert (await jalon("pathway", "do", "--list")).code == 0
    assert (await jalon("pathway", "do", "x", "withdraw")).code == 3
    assert (await jalon("pathway", "list")).code == 3


async def test_without_a_worker_the_order_is_given_up_with_its_command_id(
    office: Office, temporal: EmbeddedTemporal, monkeypatch: pytest.MonkeyPatch
) -> None:
    pathway = await office.candidate()
    # This server knows nothing of the pathway and has no worker.
    monkeypatch.setenv("JALON_TEMPORAL_ADDRESS", temporal.address)
    answer = await jalon("pathway", "do", pathway, "withdraw", "--command-id", "leave-1", "--wait", "2")
    assert (answer.code, answer.out) == (3, "")
    assert "--command-id leave-1" in answer.err


async def test_another_key_is_said_to_be_another_key(office: Office, monkeypatch: pytest.MonkeyPatch) -> None:
    pathway = await office.candidate()
    monkeypatch.setenv("JALON_SEALING_KEY", base64.b64encode(b"x" * 32).decode())
    answer = await jalon("pathway", "show", pathway)
    assert (answer.code, answer.out) == (1, "")
    assert "jalon doctor" in answer.err


async def test_a_database_without_tables_is_sent_to_the_doctor(
    office: Office, empty_database_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("JALON_DATABASE_URL", empty_database_url)
    answer = await jalon("pathway", "list")
    assert (answer.code, "jalon doctor" in answer.err) == (3, True)


def test_an_acting_command_ends_cleanly_in_a_process_of_its_own(office: Office) -> None:
    arguments = ["session", "open", *["--scheme", "cqp-xx", "--opens", "2030-02-01", "--closes", "2030-02-15"]]
    arguments += [*["--registration-closes", "2030-01-02", "--place", "Paris", "--capacity", "5", "--json"]]
    command = [sys.executable, "-m", "interfaces.cli.main", *arguments]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stdout, done.stderr.count("\n")) == (1, "", 1), done.stderr


@pytest.mark.parametrize("group", ["pathway", "session", "sitting", "deadlines"])
def test_help_loads_no_driver(group: str) -> None:
    script = (
        "import sys; from interfaces.cli.main import run; code = run([sys.argv[1], '--help']);"
        "assert not {'temporalio', 'asyncpg', 'cryptography'} & set(sys.modules); sys.exit(code)"
    )
    done = subprocess.run([sys.executable, "-c", script, group], capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr) == (0, "")
