"""``jalon projections rebuild``: compares the read models with the log, and puts them right."""

from __future__ import annotations

import pytest

from eventstore.projections import LOCK
from tests.cli.office import Office, jalon


async def test_what_a_worker_wrote_is_what_the_log_gives_and_what_was_changed_is_put_right(office: Office) -> None:
    pathway = await office.candidate()
    await office.to_jury(pathway)
    session = await office.convened(pathway)
    await office.advised(pathway)
    await office.settled(pathway, session)
    same = await jalon("projections", "rebuild", "--check", "--json")
    assert (same.code, same.json["same"]) == (0, True)
    assert {table["table"]: table["rows"] for table in same.json["tables"]}["notices"] > 0

    await office.gateway.reading.pool.execute("update pathways set step = 'nowhere'; delete from notices")
    differs = await jalon("projections", "rebuild", "--check", "--json")
    assert (differs.code, differs.json["same"], differs.json["corrected"]) == (1, False, False)
    wrong = {table["table"]: table for table in differs.json["tables"] if not table["same"]}
    assert (set(wrong), wrong["pathways"]["different"]) == ({"pathways", "notices"}, wrong["pathways"]["rows"])
    assert (await jalon("projections", "rebuild", "--check")).code == 1

    corrected = await jalon("projections", "rebuild")
    assert (corrected.code, "corrigées" in corrected.out) == (0, True)
    assert (await jalon("projections", "rebuild", "--check")).code == 0
    assert (await office.gateway.reading.pathway(pathway)).step != "nowhere"


async def test_what_stands_in_the_way_is_one_sentence(office: Office, monkeypatch: pytest.MonkeyPatch) -> None:
    pool = office.gateway.reading.pool
    async with pool.acquire() as other:
        await other.execute("select pg_advisory_lock($1)", LOCK)
        answer = await jalon("projections", "rebuild", "--json")
        await other.execute("select pg_advisory_unlock_all()")
    assert (answer.code, answer.out, answer.err.count("\n")) == (1, "", 1)
    monkeypatch.setenv("JALON_DATABASE_URL", "postgresql://127.0.0.1:1/none")
    assert (await jalon("projections", "rebuild")).code == 3
