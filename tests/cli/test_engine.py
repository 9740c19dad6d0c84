"""``jalon recover`` and ``jalon audit replay-engine``."""

from __future__ import annotations

import gzip
from datetime import timedelta

import pytest

from eventstore.histories import Histories
from tests.cli.office import Office, jalon
from workers.exporter import Exporter


async def test_recovering_beside_what_runs_starts_nothing_and_says_so(office: Office) -> None:
    pathway, lost = await office.candidate(), await office.candidate()
    answer = await jalon("recover", "--json")
    assert (answer.code, set(answer.json)) == (0, {"open", "started", "running"})
    assert answer.json["started"] == 0
    await office.gateway.client.get_workflow_handle(lost).terminate()
    again = await jalon("recover", "--json")
    assert again.json == {"open": answer.json["open"], "started": 1, "running": answer.json["open"] - 1}
    assert "100" in again.err
    assert (await jalon("recover")).out.count("\n") == 1
    assert (await jalon("pathway", "do", pathway, "withdraw")).code == 0


async def test_without_temporal_nothing_is_recovered(office: Office, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("JALON_TEMPORAL_ADDRESS", "127.0.0.1:1")
    answer = await jalon("recover", "--json")
    assert (answer.code, answer.out) == (3, "")
    assert "127.0.0.1:1" in answer.err


async def test_kept_histories_are_replayed_and_counted(office: Office) -> None:
    pathway = await office.candidate()
    await office.give(pathway, "withdraw")
    await office.gateway.client.get_workflow_handle(pathway).result()
    await Exporter(office.gateway.client, Histories(office.gateway.reading.pool)).export(timedelta(0))
    answer = await jalon("audit", "replay-engine", "--stream", pathway, "--json")
    counts = {"histories": 1, "replays": 1, "erased": 0, "differs": 0, "fails": 0}
    assert (answer.code, answer.json) == (0, {"ok": True, **counts, "faults": []})
    assert (await jalon("audit", "replay-engine", "--stream", pathway)).out.startswith("1 historique")


async def test_a_history_that_fails_is_named_and_the_exit_code_says_so(office: Office) -> None:
    pathway = await office.candidate()
    await office.give(pathway, "withdraw")
    await office.gateway.client.get_workflow_handle(pathway).result()
    pool = office.gateway.reading.pool
    await Exporter(office.gateway.client, Histories(pool)).export(timedelta(0))
    [kept] = [history async for history in Histories(pool).kept(pathway)]
    unknown = gzip.compress(gzip.decompress(kept.content).replace(b'"Pathway"', b'"Path"'))
    await pool.execute("update histories set content = $2 where run_id = $1", kept.run.run_id, unknown)
    answer = await jalon("audit", "replay-engine", "--stream", pathway, "--json")
    assert (answer.code, answer.json["ok"], answer.json["fails"]) == (1, False, 1)
    [fault] = answer.json["faults"]
    assert (fault["verdict"], fault["stream"], fault["run"]) == ("fails", pathway, kept.run.run_id)
    told = await jalon("audit", "replay-engine", "--stream", pathway)
    assert (told.code, pathway in told.out) == (1, True)


async def test_an_unknown_stream_is_refused(office: Office) -> None:
    answer = await jalon("audit", "replay-engine", "--stream", "nobody", "--json")
    assert (answer.code, answer.out) == (1, "")


async def test_without_a_stack_make_replay_has_nothing_more_to_do(
    office: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("JALON_DATABASE_URL")
    answer = await jalon("audit", "replay-engine", "--if-up")
    assert (answer.code, answer.out, answer.err.count("\n")) == (0, "", 1)
