"""``jalon doctor`` names each fault and says what to do."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import asyncpg
import pytest
from temporalio.testing import WorkflowEnvironment

from eventstore.histories import Histories, Standing
from eventstore.identity import Identity
from eventstore.keyring import Keyring
from eventstore.keys import Keys
from eventstore.masters import Masters
from eventstore.persons import Persons
from eventstore.pool import open_pool
from interfaces.words import LANGUAGES, catalogue
from tests.posting import posting
from tests.stack.running import REPOSITORY
from workers import doctor
from workers.doctor import Finding
from workers.embedded.process import free_port
from workers.embedded.temporal import EmbeddedTemporal
from workers.settings import Services, Settings, resolve

KEY = bytes(range(32))


async def faults(settings: Settings) -> dict[str, str]:
    """What is wrong: check and message. Every message has its words and its remedy in every language."""
    found = [finding async for finding in doctor.examine(settings)]
    for finding in found:
        assert_has_words(finding)
    return {finding.check: finding.name.removeprefix("stack.") for finding in found if finding.verdict == "fault"}


def assert_has_words(finding: Finding) -> None:
    for language in LANGUAGES:
        catalogue(language)[finding.name].format(**finding.params)
        if finding.verdict != "ok":
            catalogue(language)[f"{finding.name}_do"].format(**finding.params)


@pytest.fixture
def settings(tmp_path: Path, database_url: str, temporal: EmbeddedTemporal) -> Settings:
    return Settings(state=tmp_path, database_url=database_url, temporal_address=temporal.address, sealing_key=KEY)


async def test_a_stack_that_does_not_run_is_named(tmp_path: Path) -> None:
    assert await faults(Settings(state=tmp_path)) == {"stack": "doctor.stack.stopped"}


async def test_a_missing_worker_and_a_missing_notary_are_named(settings: Settings) -> None:
    assert await faults(settings) == {"notary": "doctor.notary.absent", "worker": "doctor.worker.absent"}


async def test_an_absent_postgres_is_named(settings: Settings) -> None:
    found = await faults(replace(settings, database_url=f"postgresql://x:y@127.0.0.1:{free_port()}/z"))
    assert found["postgres"] == "unreachable.postgres"


async def test_a_wrong_password_is_named(settings: Settings, database_url: str) -> None:
    before, _, place = database_url.rpartition("@")
    found = await faults(replace(settings, database_url=f"{before}wrong@{place}"))
    assert found["postgres"] == "unreachable.postgres"


async def test_pending_migrations_are_named(settings: Settings, empty_database_url: str) -> None:
    found = await faults(replace(settings, database_url=empty_database_url))
    assert found["migrations"] == "doctor.migrations.pending"


async def test_another_sealing_key_is_named(settings: Settings, database_url: str) -> None:
    pool = await open_pool(database_url, max_size=1)
    await Keyring(Keys(pool, Masters.local(KEY))).enrol([Identity("Martin", "Zoé", date(1990, 1, 1))])
    await pool.close()
    assert "key" not in await faults(settings)
    assert (await faults(replace(settings, sealing_key=KEY[::-1])))["key"] == "doctor.key.other"


async def test_a_missing_sealing_key_is_named(settings: Settings) -> None:
    assert (await faults(replace(settings, sealing_key=None)))["key"] == "settings.key_missing"


async def test_an_absent_temporal_is_named(settings: Settings) -> None:
    found = await faults(replace(settings, temporal_address=f"127.0.0.1:{free_port()}"))
    assert found["temporal"] == "unreachable.temporal"


async def test_an_unknown_namespace_is_named(settings: Settings) -> None:
    found = await faults(replace(settings, temporal_namespace="elsewhere"))
    assert found["temporal"] == "doctor.temporal.no_namespace"


async def test_a_test_server_cannot_tell_of_workers_and_that_is_said(
    settings: Settings, time_skipping: WorkflowEnvironment
) -> None:
    address = time_skipping.client.service_client.config.target_host
    services = resolve(replace(settings, temporal_address=address))
    found = {finding.check: finding async for finding in doctor.check_temporal(services)}
    assert (found["temporal"].verdict, found["worker"].verdict) == ("ok", "warning")
    assert_has_words(found["worker"])


async def test_missing_programs_are_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def none_there(name: str) -> Path:
        raise FileNotFoundError(name)

    monkeypatch.setattr(doctor, "program", none_there)
    found = list(doctor.check_programs(Settings(state=tmp_path)))
    assert [finding.params["program"] for finding in found if finding.verdict == "fault"] == [
        "temporal",
        "temporal-test-server",
    ]


def test_a_state_directory_that_is_a_file_is_named(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    finding = doctor.check_state(tmp_path / "file")
    assert_has_words(finding)
    assert finding.verdict == "fault"


def test_an_old_python_is_named() -> None:
    assert_has_words(doctor.check_python((3, 10, 4)))
    assert doctor.check_python((3, 10, 4)).verdict == "fault"
    assert doctor.check_python((3, 11, 0)).verdict == "ok"


async def test_an_old_postgres_is_named(database_url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(doctor, "OLDEST_POSTGRES", 99)
    services = Services(database_url, "", "", Masters.local(KEY))
    found = [finding async for finding in doctor.check_postgres(services)]
    assert [finding.name for finding in found] == ["stack.doctor.postgres.old"]
    assert_has_words(found[0])


@pytest.mark.parametrize(("seconds", "verdict"), [(-2, "ok"), (2, "ok"), (2.1, "warning"), (-3600, "warning")])
def test_clocks_may_differ_by_two_seconds(seconds: float, verdict: str) -> None:
    finding = doctor.judge_clock(timedelta(seconds=seconds))
    assert_has_words(finding)
    assert finding.verdict == verdict


async def test_the_clock_compared_is_the_one_of_the_database(database_url: str) -> None:
    connection = await asyncpg.connect(database_url)
    assert (await doctor.check_clock(connection)).verdict == "ok"
    await connection.close()


def jalon(*arguments: str, **environment: str) -> subprocess.CompletedProcess[str]:
    inherited = {name: value for name, value in os.environ.items() if not name.startswith("JALON_")}
    return subprocess.run(
        [sys.executable, "-m", "interfaces.cli.main", *arguments],
        cwd=REPOSITORY,
        env=inherited | environment,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )


def test_the_command_answers_in_json_and_by_its_exit_code(tmp_path: Path) -> None:
    ran = jalon("doctor", "--state", str(tmp_path), "--json")
    answer = json.loads(ran.stdout)
    assert ran.returncode == 1
    assert answer["healthy"] is False
    assert "jalon up" in next(f["remedy"] for f in answer["findings"] if f["check"] == "stack")


def test_a_bad_setting_is_one_or_two_plain_sentences(tmp_path: Path) -> None:
    ran = jalon("doctor", JALON_SEALING_KEY="c2hvcnQ=", JALON_STATE=str(tmp_path))
    assert ran.returncode == 1
    assert "Traceback" not in ran.stderr
    assert "32 octets" in ran.stderr


def test_a_key_is_wanted_before_anything_starts_on_a_database_of_ones_own(tmp_path: Path, database_url: str) -> None:
    ran = jalon("up", JALON_DATABASE_URL=database_url, JALON_STATE=str(tmp_path / "state"))
    assert ran.returncode == 1
    assert "JALON_SEALING_KEY" in ran.stderr


def test_a_key_that_was_lost_is_not_replaced(tmp_path: Path) -> None:
    state = tmp_path / "state"
    state.mkdir()
    (state / "postgres.password").write_text("there are data")
    ran = jalon("up", JALON_STATE=str(state))
    assert ran.returncode == 1
    assert not (state / "sealing.key").exists()


@pytest.mark.parametrize(("hours", "verdict"), [(None, "ok"), (0.9, "ok"), (1.1, "warning"), (-9000, "ok")])
def test_a_history_that_waits_too_long_to_be_kept_is_named(hours: float | None, verdict: str) -> None:
    now = datetime.now(UTC)
    since = None if hours is None else now - timedelta(hours=hours)
    finding = doctor.judge_histories(Standing(kept=3, lost=1, waiting_since=since), now)
    assert_has_words(finding)
    assert finding.verdict == verdict


async def test_an_erasure_that_stopped_half_way_is_named_until_it_has_ended(database_url: str) -> None:
    services = Services(database_url, "", "", Masters.local())
    assert (await doctor.check_erasures(services)).verdict == "ok"
    async with await open_pool(database_url, max_size=1) as pool:
        persons = Persons(pool)
        await persons.begin_erasure("person-1", "operator:test")
        finding = await doctor.check_erasures(services)
        assert_has_words(finding)
        assert (finding.verdict, finding.params) == ("warning", {"count": 1, "person": "person-1"})
        await persons.end_erasure("person-1", {})
    assert (await doctor.check_erasures(services)).verdict == "ok"


async def test_what_waits_to_be_kept_waits_since_its_run_closed(database_url: str) -> None:
    async with await open_pool(database_url, max_size=1) as pool:
        assert await Histories(pool).standing() == Standing(0, 0, None)
        await pool.execute("insert into runs (run_id, stream_id) values ('a', 'pathway:x'), ('b', 'pathway:x')")
        standing = await Histories(pool).standing()
        assert standing.waiting_since == await pool.fetchval("select noted_at from runs where run_id = 'b'")


async def test_a_relay_that_does_not_let_us_send_is_named(settings: Settings) -> None:
    relay = replace(settings, smtp_url=f"smtp://127.0.0.1:{free_port()}", mail_from="jury@example.org")
    assert (await faults(relay))["relay"] == "doctor.relay.refuses"
    async with posting() as post:
        assert "relay" not in await faults(replace(relay, smtp_url=f"smtp://127.0.0.1:{post.port}"))
        secret = replace(relay, smtp_url=f"smtp://me:secret@127.0.0.1:{post.port}")
        assert (await faults(secret))["relay"] == "doctor.relay.refuses", "a password is not said in the clear"


async def test_mail_settings_that_lead_nowhere_are_named(settings: Settings) -> None:
    assert (await faults(replace(settings, smtp_url="smtp://relay.example")))["relay"] == "mail.settings.no_sender"
