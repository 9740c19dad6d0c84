"""What a bundle holds: enough to check, the same bytes every time, nobody's name unless it was asked for."""

from __future__ import annotations

import base64
import json
from collections.abc import Awaitable, Callable
from datetime import date
from pathlib import Path
from zipfile import ZipFile

import pytest

from domain.ledger import leaf_hash
from domain.merkle import verify_inclusion
from eventstore.access import AccessLog, NotRecorded, Reader
from eventstore.log import Log
from eventstore.pool import open_pool
from eventstore.reading import Reading
from interfaces.bundle.contents import OneStream, Period, Sample, Selection, WholeLog
from interfaces.bundle.writing import Bundler, NotMade
from tests.bundle.copies import Copy, checked
from tests.bundle.evidence import (
    AUDITOR,
    CERTIFIED,
    ERASED,
    NAMES,
    OTHER,
    PARTIAL,
    REGISTER,
    SESSION,
    SITTING,
    STAMP,
    Evidence,
)
from tests.cli.office import jalon
from tests.eventstore.making import MASTER

SELECTIONS: dict[str, Selection] = {
    "pathway": OneStream(CERTIFIED),
    "session": OneStream(SESSION),
    "sitting": OneStream(SITTING),
    "register": OneStream(REGISTER),
    "period": Period(date(2027, 1, 4), date(2027, 1, 4)),
    "sample": Sample(20, "graine"),
    "log": WholeLog(),
}


@pytest.mark.parametrize("kind", SELECTIONS)
async def test_every_kind_of_bundle_is_checked_without_the_one_who_made_it(
    evidence: Evidence, tmp_path: Path, kind: str
) -> None:
    path = await evidence.bundle(tmp_path / "b.zip", SELECTIONS[kind])
    code, report = checked(path, "--key", evidence.published[0])
    assert (code, report["ok"], report["faults"], report["ed25519"]) == (0, True, [], "pure Python")
    events = len(Copy.of(path).events)
    assert report["selection"]["kind"] == kind
    done = report["checked"]
    assert {done[name] for name in ("leaves", "inclusion", "ids")} == {events}
    assert (done["keys"], done["checkpoints"] >= 1, done["files"] >= 9) == (2, True, True)
    assert done["whole"] == {"pathway": 1, "session": 1, "sitting": 1, "register": 1, "log": 7}.get(kind, 0)
    assert (done["complete"], done["sample"]) == (int(kind == "log"), int(kind == "sample"))
    left = {each["code"] for each in report["not_checked"]}
    assert {"rules", "dates", "program"} <= left
    assert ("complete" in left, "key" in left) == (kind not in ("log", "sample"), False)


async def test_the_same_log_gives_the_same_bytes(evidence: Evidence, tmp_path: Path) -> None:
    one = await evidence.bundle(tmp_path / "one.zip", OneStream(CERTIFIED), names=True)
    other = await evidence.bundle(tmp_path / "other.zip", OneStream(CERTIFIED), names=True)
    assert one.read_bytes() == other.read_bytes()


async def test_a_pathway_comes_with_the_decision_that_it_rests_on(evidence: Evidence, tmp_path: Path) -> None:
    copy = Copy.of(await evidence.bundle(tmp_path / "b.zip", OneStream(CERTIFIED)))
    types = {stream: [e["type"] for e in copy.events if e["stream"] == stream] for stream in copy.manifest["streams"]}
    whole = [entry.type for entry in await Log(evidence.pool).of_stream(CERTIFIED)]
    assert types[CERTIFIED] == whole
    assert {"dossier_received", "dossier_decided"} <= set(types[SITTING])
    assert {"place_given", "session_held"} <= set(types[SESSION])
    assert {stream: told["whole"] for stream, told in copy.manifest["streams"].items()} == {
        CERTIFIED: True,
        SESSION: False,
        SITTING: False,
    }
    # The list was decided by one order: the event that tells what was asked is there, though it is about another.
    decided = [json.loads(e["public"]) for e in copy.events if e["type"] == "dossier_decided"]
    assert [event["fact"]["pathway"] for event in decided if "asked" in event] == [PARTIAL]
    assert CERTIFIED in [event["fact"]["pathway"] for event in decided]


async def test_a_block_that_counts_elsewhere_comes_with_the_decision_behind_it(
    evidence: Evidence, tmp_path: Path
) -> None:
    copy = Copy.of(await evidence.bundle(tmp_path / "b.zip", OneStream(OTHER)))
    types = {(e["stream"], e["type"]) for e in copy.events}
    assert {(OTHER, "block_recognised"), (CERTIFIED, "block_awarded"), (CERTIFIED, "decision_recorded")} <= types
    assert (SITTING, "dossier_decided") in types


async def test_each_line_is_what_the_leaf_covers_and_its_proof_is_that_of_the_standard(
    evidence: Evidence, tmp_path: Path
) -> None:
    copy = Copy.of(await evidence.bundle(tmp_path / "b.zip", Sample(10, "x")))
    entries = {entry.leaf_index: entry for entry in await Log(evidence.pool).entries(0, 1000)}
    size, root = copy.manifest["checkpoint"]["size"], bytes.fromhex(copy.manifest["checkpoint"]["root"])
    for event in copy.events:
        entry = entries[event["leaf_index"]]
        leaf = leaf_hash(
            stream=event["stream"],
            version=event["version"],
            event_id=entry.event_id,
            command_id=event["command_id"],
            command_seq=event["command_seq"],
            type=event["type"],
            schema_version=event["schema_version"],
            occurred_at=entry.occurred_at,
            recorded_at=entry.recorded_at,
            public=event["public"].encode(),
        )
        assert leaf.hex() == event["leaf_hash"]
        assert verify_inclusion(event["leaf_index"], size, leaf, [bytes.fromhex(s) for s in event["proof"]], root)


async def test_a_stamp_goes_with_the_checkpoint_that_it_is_about(evidence: Evidence, tmp_path: Path) -> None:
    path = await evidence.bundle(tmp_path / "b.zip", OneStream(CERTIFIED))
    copy = Copy.of(path)
    [stamp] = copy.manifest["timestamps"]
    assert copy.files[stamp["file"]] == STAMP
    assert stamp["size"] in [checkpoint["size"] for checkpoint in copy.manifest["checkpoints"]]
    code, report = checked(path)
    assert (code, "timestamps" in {each["code"] for each in report["not_checked"]}) == (0, True)


async def test_names_are_told_only_when_asked_for_and_never_those_of_the_erased(
    evidence: Evidence, tmp_path: Path
) -> None:
    plain = Copy.of(await evidence.bundle(tmp_path / "plain.zip", WholeLog()))
    named = Copy.of(await evidence.bundle(tmp_path / "named.zip", WholeLog(), names=True))
    for name in NAMES.values():
        assert not any(name.encode() in content for content in plain.files.values())
        assert [file for file, content in named.files.items() if name.encode() in content] == (
            [] if name == NAMES[ERASED] else ["timeline.html"]
        )
    assert "(effacé)" in named.files["timeline.html"].decode()


async def test_the_reading_is_recorded_before_the_bundle_is_there(evidence: Evidence, tmp_path: Path) -> None:
    class Mute(AccessLog):
        async def record(self, *_: object) -> None:
            raise NotRecorded("full")

    reader = Reader(Mute(evidence.pool), evidence.keyring, AUDITOR, "audit bundle")
    with pytest.raises(NotRecorded):
        await Bundler(evidence.reading, reader, AUDITOR).write(tmp_path / "b.zip", OneStream(CERTIFIED))
    assert list(tmp_path.iterdir()) == []
    before = await evidence.pool.fetchval("select count(*) from access_log")
    await evidence.bundle(tmp_path / "b.zip", OneStream(CERTIFIED))
    rows = await evidence.pool.fetch("select * from access_log order by access_id offset $1", before)
    assert [(row["actor"], row["purpose"], row["streams"]) for row in rows] == [
        ("auditrice", "audit bundle", [CERTIFIED])
    ]


async def test_the_page_tells_every_event_in_words_and_why_it_was_allowed(evidence: Evidence, tmp_path: Path) -> None:
    copy = Copy.of(await evidence.bundle(tmp_path / "b.zip", OneStream(CERTIFIED)))
    page = copy.files["timeline.html"].decode()
    assert page.count('<th scope="row" class="number">') == len(copy.events)
    assert '<html lang="fr">' in page
    assert "CQP Conseiller offres de services" in page
    assert "Permis : posée de nouveau aux règles" in page
    assert "NON PERMIS par les règles" not in page
    assert "<script" not in page
    english = Copy.of(await evidence.bundle(tmp_path / "en.zip", OneStream(CERTIFIED), language="en"))
    assert '<html lang="en">' in english.files["timeline.html"].decode()


async def test_what_is_not_signed_or_not_there_makes_no_bundle(
    evidence: Evidence, database_url: str, tmp_path: Path
) -> None:
    pool = await open_pool(database_url)
    reader = Reader(AccessLog(pool), evidence.keyring, AUDITOR, "audit bundle")

    async def refusal(work: Callable[[], Awaitable[object]]) -> str:
        with pytest.raises(NotMade) as refused:
            await work()
        return refused.value.code

    empty = Bundler(Reading(pool), reader, AUDITOR)
    assert await refusal(lambda: empty.write(tmp_path / "b.zip", WholeLog())) == "unsigned"
    await pool.close()
    early = Period(None, date(2026, 1, 1))
    assert await refusal(lambda: evidence.bundle(tmp_path / "b.zip", early)) == "empty"
    assert await refusal(lambda: evidence.bundle(tmp_path / "b.zip", Sample(10_000, "x"))) == "too_many"
    assert list(tmp_path.iterdir()) == []


@pytest.fixture
def desk(evidence: Evidence, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    """The environment in which ``jalon`` finds this log."""
    monkeypatch.setenv("JALON_DATABASE_URL", evidence.url)
    monkeypatch.setenv("JALON_TEMPORAL_ADDRESS", "127.0.0.1:1")
    monkeypatch.setenv("JALON_SEALING_KEY", base64.b64encode(MASTER).decode())
    monkeypatch.setenv("JALON_STATE", str(tmp_path / "state"))
    monkeypatch.setenv("JALON_OPERATOR", "ada")
    return tmp_path


async def test_the_command_writes_a_bundle_and_says_how_to_check_it(desk: Path) -> None:
    path = desk / "dossier.zip"
    answer = await jalon("audit", "bundle", path, "--pathway", "certif", "--names")
    assert (answer.code, answer.err) == (0, "")
    assert "verify.py" in answer.out
    assert Copy.of(path).manifest["asked"] == "administration : operator:ada"
    told = (await jalon("audit", "bundle", path, "--sample", "3", "--seed", "s", "--json")).json
    assert (told["events"], told["selection"]) == (3, {"kind": "sample", "count": 3, "seed": "s"})
    with ZipFile(path) as bundle:
        assert "documents/" in bundle.namelist()
    days = (await jalon("audit", "bundle", path, "--since", "4/1/2027", "--json")).json["selection"]
    assert (days["from"], days["until"]) == ("2027-01-03T23:00:00.000000Z", None)


@pytest.mark.parametrize(
    ("code", "arguments"),
    [
        (2, ["--pathway", "certif", "--sample", "3", "--seed", "x"]),
        (2, ["--pathway", "certif", "--session", "s"]),
        (2, ["--sample", "3"]),
        (2, ["--seed", "x"]),
        (2, ["--sample", "0", "--seed", "x"]),
        (1, ["--pathway", "personne"]),
        (1, ["--pathway", ""]),
        (1, ["--since", "hier"]),
        (1, ["--since", ""]),
        (1, ["--until", "2001-01-01"]),
        (1, ["--sample", "100000", "--seed", "x"]),
    ],
)
async def test_what_cannot_be_bundled_is_a_sentence_and_no_file(desk: Path, code: int, arguments: list[str]) -> None:
    answer = await jalon("audit", "bundle", desk / "b.zip", *arguments)
    assert (answer.code, answer.out) == (code, "")
    assert answer.err
    assert "Traceback" not in answer.err
    assert not list(desk.glob("*.zip*"))


async def test_a_place_that_cannot_be_written_is_said(desk: Path) -> None:
    answer = await jalon("audit", "bundle", desk / "none" / "b.zip", "--session", "s")
    assert (answer.code, answer.out, answer.err.count("\n")) == (1, "", 1)
