"""A person found, exported, erased: everything is told before, nothing afterwards, and the rest goes on."""

from __future__ import annotations

import json
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from domain.aggregates import aggregate_of
from domain.recheck import recheck
from eventstore import keys as keys_module
from eventstore.persons import Persons
from interfaces import erasing
from interfaces.cli.console import Exit
from interfaces.erasing import Eraser
from interfaces.streams import read_stream
from interfaces.words import LANGUAGES
from tests.cli.office import Office, jalon
from workers.codec import KEY_ID
from workers.tombstones import reapply_erasures

BORN = date(1971, 5, 14)
MAIL = "z.quenneville@example.org"
REASON = "Longue maladie de son enfant"


@pytest.fixture(autouse=True)
def quick_lease(monkeypatch: pytest.MonkeyPatch) -> None:
    """Keys are looked after more often than people would have them, so that erasing need not wait two seconds."""
    for module in (keys_module, erasing):
        monkeypatch.setattr(module, "LEASE_SECONDS", 0.05)


async def somebody(office: Office, family: str, **fields: Any) -> str:
    """A pathway with an identity, a contact and a reason; of somebody called ``family``."""
    who: dict[str, Any] = {"family_name": family, "given_name": "Oriane", "birth_date": BORN, "email": MAIL}
    pathway = await office.candidate(**(who | fields))
    await office.give(pathway, "suspend", reason=REASON)
    await office.give(pathway, "resume")
    return pathway


async def person_of(office: Office, pathway: str) -> str:
    return (await office.gateway.reading.pathway(pathway)).person_id


def eraser(office: Office, graves: Path, person: str) -> Eraser:
    return Eraser(office.gateway, graves, graves / "mailbox", person, "Demande du 3 mars")


async def test_somebody_is_found_by_name_and_birth_date_however_they_are_written(office: Office) -> None:
    person = await person_of(office, await somebody(office, "Bélanger-Roy"))
    answer = await jalon("person", "find", "--family", "BELANGER ROY", "--given", "oriane", "--birth", "14/05/1971")
    assert (answer.code, answer.out.strip()) == (Exit.OK, person)
    stranger = await jalon("person", "find", "--family", "Roy", "--given", "Oriane", "--birth", "1971-05-14")
    assert stranger.code == Exit.REFUSED
    assert stranger.out == ""


async def test_an_export_tells_everything_that_is_held(office: Office, tmp_path: Path) -> None:
    pathway = await somebody(office, "Quenneville", usage_name="Zylberstein")
    await office.to_jury(pathway)
    session = await office.convened(pathway)
    await office.advised(pathway, failed=("TD",))
    await office.settled(pathway, session)
    person = await person_of(office, pathway)
    file = (await jalon("person", "export", person[:13])).json
    assert file["person"] == person
    assert file["identity"]["usage_name"] == "Zylberstein"
    assert file["contact"] == MAIL
    [told] = file["pathways"]
    assert told["id"] == pathway
    texts = [text for event in told["events"] for text in event["texts"].values()]
    assert {MAIL, REASON, "Revoir TD"} <= set(texts)
    assert {notice["about"] for notice in told["notices"]} >= {"convocation"}
    assert {event["stream"] for event in file["jury"]} == {session}
    assert "place_given" in {event["type"] for event in file["jury"]}
    assert [access["purpose"] for access in file["accesses"]][-1] == "person export"
    for name in ("dossier.json", "dossier.html", "dossier.txt"):
        written = await jalon("person", "export", person, "--out", tmp_path / name)
        assert (written.code, written.out) == (Exit.OK, "")
        content = (tmp_path / name).read_text("utf-8")
        for text in ("Zylberstein", MAIL, REASON, "Revoir TD"):
            assert text in content
        assert (tmp_path / name).stat().st_mode & 0o077 == 0


async def test_what_others_did_in_the_same_session_is_not_in_ones_file(office: Office) -> None:
    pathways = [await somebody(office, "Tremblay"), await somebody(office, "Gagnon")]
    for pathway in pathways:
        await office.to_jury(pathway)
    await office.convened(*pathways)
    mine = await jalon("person", "export", await person_of(office, pathways[0]))
    assert pathways[1] not in mine.out


async def test_nobody_is_erased_while_a_pathway_is_open(office: Office) -> None:
    pathway = await somebody(office, "Côté")
    person = await person_of(office, pathway)
    refused = await jalon("person", "erase", person, "--reason", "Demande")
    assert refused.code == Exit.REFUSED
    assert pathway in refused.err
    assert await Persons(office.gateway.reading.pool).erasure(person) is None
    assert (await jalon("person", "show", person, "--json")).json["identity"]["family_name"] == "Côté"


async def test_nobody_is_erased_whose_certificate_cannot_be_written(office: Office, tmp_path: Path) -> None:
    person = await person_of(office, await somebody(office, "Thériault"))
    for out in (tmp_path, tmp_path / "nowhere" / "certificate.html"):
        refused = await jalon("person", "erase", person, "--reason", "Demande", "--end", "--out", out)
        assert (refused.code, refused.out) == (Exit.REFUSED, "")
        assert str(out) in refused.err
        assert (await jalon("person", "export", person, "--out", out)).code == Exit.REFUSED
    assert await Persons(office.gateway.reading.pool).erasure(person) is None
    assert list(tmp_path.iterdir()) == list(tmp_path.parent.glob(f".{tmp_path.name}*")) == []


async def test_an_unknown_person_is_told(office: Office) -> None:
    for command in (("show",), ("export",), ("erase", "--reason", "Demande")):
        answer = await jalon("person", command[0], "0123", *command[1:])
        assert (answer.code, answer.out) == (Exit.REFUSED, "")
        assert "0123" in answer.err


async def test_an_erased_person_is_gone_from_every_tool_and_the_rest_goes_on(office: Office, tmp_path: Path) -> None:
    first, second = await somebody(office, "Lavoie"), await somebody(office, "Lavoie", scheme_id="cqp-gc")
    await office.to_jury(first)
    session = await office.convened(first)
    await office.advised(first, failed=("TD",))
    await office.settled(first, session)
    person = await person_of(office, first)
    assert await person_of(office, second) == person
    before = {pathway: await leaves(office, pathway) for pathway in (first, second, session)}
    for told in (("pathway", "show", first), ("person", "show", person)):
        assert "Lavoie" in (await jalon(*told)).out

    out = tmp_path / "certificat.html"
    erased = await jalon("person", "erase", person, "--reason", "Demande du 3 mars", "--end", "--out", out, "--json")
    assert erased.code == Exit.OK, erased.err
    certificate = erased.json
    assert {item["pathway"] for item in certificate["pathways"]} == {first, second}
    assert certificate["destroyed"]["keys"] == 3
    assert certificate["reason"] == "Demande du 3 mars"
    page = out.read_text("utf-8")
    assert "Demande du 3 mars" in page
    assert "L. 6113-8" in page

    for command in (
        *(("pathway", "show", first), ("pathway", "history", first), ("pathway", "list"), ("deadlines",)),
        *(("session", "show", session), ("person", "show", person), ("person", "export", person)),
    ):
        answer = await jalon(*command)
        assert answer.code == Exit.OK, (command, answer.err)
        for text in ("Lavoie", "1971-05", MAIL, REASON, "Revoir TD", "Demande du 3 mars"):
            assert text not in answer.out, command
    found = await jalon("person", "find", "--family", "Lavoie", "--given", "Oriane", "--birth", "1971-05-14")
    assert found.code == Exit.REFUSED
    again = await jalon("person", "erase", person, "--reason", "Encore")
    assert again.code == Exit.REFUSED
    assert "erasure.done" in again.err

    # Every leaf is where it was, every rule still gives what is stored, and commands are carried out.
    for pathway, leaves_before in before.items():
        assert (await leaves(office, pathway))[: len(leaves_before)] == leaves_before
        rows = (await read_stream(office.gateway.reading, pathway)).rows
        assert list(recheck(aggregate_of(pathway), pathway, (row.event for row in rows))) == []
    withdrawn = await jalon("pathway", "do", first, "withdraw")
    assert "pathway.closed" in withdrawn.err
    texted = await jalon("pathway", "do", first, "correct_candidacy", "employer=CAF", "reason=Fusion")
    assert "seal.erased" in texted.err
    await office.gateway.give(first, {"kind": "erase_subject"})
    assert await somebody_new(office, "Lavoie") != person


async def somebody_new(office: Office, family: str) -> str:
    return await person_of(office, await somebody(office, family))


async def leaves(office: Office, stream: str) -> list[bytes]:
    return [row.leaf_hash for row in await office.gateway.reading.events(stream)]


async def test_what_temporal_was_told_cannot_be_read_any_more_and_what_it_is_told_can(
    office: Office, tmp_path: Path
) -> None:
    pathway = await somebody(office, "Fortin")
    await office.give(pathway, "withdraw")
    person = await person_of(office, pathway)
    handle = office.gateway.client.get_workflow_handle(pathway)
    history = await handle.fetch_history()
    sealed = [p for e in history.events for p in e.workflow_execution_started_event_attributes.input.payloads]
    assert sealed[0].metadata[KEY_ID].decode() == f"{pathway}/1"
    await eraser(office, tmp_path, person).erase(end=False)
    keys = office.gateway.keyring.keys
    assert await keys.held_at(pathway, 1) is None
    receipt = await office.gateway.give(pathway, {"kind": "erase_subject"})
    assert receipt.version == (await office.gateway.reading.stream_version(pathway))
    assert await keys.held_at(pathway, 2) is not None


@pytest.mark.parametrize("done", range(7))
async def test_an_erasure_that_was_interrupted_anywhere_is_carried_to_the_same_end(
    office: Office, tmp_path: Path, done: int
) -> None:
    pathway = await somebody(office, f"Bouchard{chr(65 + done)}")
    person = await person_of(office, pathway)
    for step in eraser(office, tmp_path, person).steps()[:done]:
        await step()
    certificate = await eraser(office, tmp_path, person).erase(end=True)
    assert [item["pathway"] for item in certificate["pathways"]] == [pathway]
    kinds = [row.event.type for row in await office.gateway.reading.events(pathway)]
    assert kinds.count("subject_erased") == 1
    assert kinds.count("pathway_closed") == 1
    pool = office.gateway.reading.pool
    query = "select count(*) from sealed where subject_id = $1 and ciphertext is not null"
    assert await pool.fetchval(query, person) == 0
    assert await office.gateway.keyring.keys.held([person]) == {}
    assert (await office.gateway.give(pathway, {"kind": "erase_subject"})).version == len(kinds)


async def test_only_the_ciphertexts_of_an_erased_person_can_be_taken_away(office: Office) -> None:
    import asyncpg

    pathway = await somebody(office, "Pelletier")
    person = await person_of(office, pathway)
    pool = office.gateway.reading.pool
    for change in ("ciphertext = null", "subject_id = 'x'", "digest = ''"):
        with pytest.raises(asyncpg.RestrictViolationError):
            await pool.execute(f"update sealed set {change} where subject_id = $1", person)
    with pytest.raises(asyncpg.RestrictViolationError):
        await pool.execute("delete from sealed where subject_id = $1", person)


async def test_an_older_dump_brings_nobody_back(office: Office, tmp_path: Path) -> None:
    pathway = await somebody(office, "Gauthier")
    person = await person_of(office, pathway)
    pool, keys = office.gateway.reading.pool, office.gateway.keyring.keys
    kept = {
        "persons": await pool.fetchrow("select * from persons where person_id = $1", person),
        "keys": await pool.fetchrow("select * from keys where owner = $1", person),
    }
    await eraser(office, tmp_path, person).erase(end=True)
    # What an older dump would hold: the person, their key, and no erasure.
    await pool.execute("delete from erasures where person_id = $1", person)
    await pool.execute("delete from keys where owner = $1", person)
    for table, row in kept.items():
        assert row is not None
        names = ", ".join(row.keys())
        places = ", ".join(f"${number}" for number in range(1, len(row) + 1))
        await pool.execute(f"insert into {table} ({names}) values ({places})", *row.values())
    assert await keys.held([person]) != {}
    again = await reapply_erasures(pool, keys, tmp_path)
    assert [(one.person, one.complete) for one in again] == [(person, True)]
    assert await keys.held([person]) == {}
    assert await Persons(pool).enrolled_at(person) is None
    assert (await eraser(office, tmp_path, person).erase(end=False))["person"] == person
    assert await reapply_erasures(pool, keys, tmp_path) == []


def test_a_tombstone_tells_nothing_personal(tmp_path: Path) -> None:
    from workers.tombstones import Tombstone, buried, bury

    file = bury(tmp_path, Tombstone("p1", ("pathway:1",), "operator:ada"))
    assert json.loads(file.read_text("utf-8")) == {"person": "p1", "pathways": ["pathway:1"], "by": "operator:ada"}
    assert [stone.person for stone in buried(tmp_path)] == ["p1"]
    (tmp_path / "x.json").write_text("{}")
    with pytest.raises(ValueError, match=r"x\.json"):
        list(buried(tmp_path))


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_sealed_field_has_a_name_for_people(language: str) -> None:
    from interfaces.commands import askable
    from interfaces.words import say

    for asked in askable("pathway").values():
        for field in asked.fields.values():
            if field.sort in ("sealed", "sealed_table"):
                assert say(f"person.field.{field.name}", language)
