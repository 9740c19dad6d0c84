"""A backup is whole or not there, holds no secret key, and gives the same log again, which goes on on any cluster."""

from __future__ import annotations

import asyncio
import base64
import hashlib
import json
import subprocess
import zipfile
from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass
from datetime import date
from pathlib import Path

import asyncpg
import pytest

from bench.streams import EVENTS, write_pathway
from domain.note import Checkpoint, Note
from eventstore.identity import Identity
from eventstore.log import Log
from eventstore.notary import Notary
from eventstore.pool import Pool, open_pool
from eventstore.reading import Reading
from eventstore.store import EventStore
from tests.cli.office import KEY, Answer, jalon
from tests.eventstore.making import append, event, keyring
from tests.stack.running import folder_for_all
from workers.backup import DUMP, MANIFEST, Manifest
from workers.embedded.places import packaged_programs
from workers.embedded.postgres import EmbeddedPostgres
from workers.notary_key import KeyFile, Signer, publish_first
from workers.publishing import publish_bundled
from workers.tombstones import Tombstone, bury

TABLES = "select tablename from pg_tables where schemaname = 'public'"


@dataclass(frozen=True)
class Saved:
    """A log of which a backup was made."""

    file: Path
    state: Path
    url: str
    person: str
    rows: dict[str, list[str]]


async def every_row(pool: Pool) -> dict[str, list[str]]:
    tables = sorted(row[0] for row in await pool.fetch(TABLES))
    return {
        table: [row[0] for row in await pool.fetch(f"select t::text from {table} t order by 1")] for table in tables
    }


async def sign(pool: Pool, state: Path) -> None:
    """The notary of ``state`` comes, puts in order what it can, signs, and goes."""
    keys = KeyFile(state / "notary.key")
    await publish_first(pool, keys)
    notary = Notary(pool, Signer(keys))
    assert await notary.lead()
    while await notary.seal():
        pass
    await notary.sign()
    await notary.resign()


@pytest.fixture(scope="module")
def folder() -> Iterator[Path]:
    with folder_for_all() as made:
        yield made


@pytest.fixture
def environment(monkeypatch: pytest.MonkeyPatch, folder: Path) -> pytest.MonkeyPatch:
    """No database, no key, and a state directory in which nothing runs."""
    for name in ("JALON_DATABASE_URL", "JALON_SEALING_KEY"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("JALON_STATE", str(folder / "nothing"))
    return monkeypatch


@pytest.fixture(scope="module")
async def saved(module_database_url: str, folder: Path) -> AsyncIterator[Saved]:
    pool = await open_pool(module_database_url)
    store, reading, state = EventStore(pool), Reading(pool), folder / "source"
    state.mkdir()
    await publish_bundled(reading)
    # Transaction ids that a new cluster has not reached.
    await pool.execute("do $$ begin for i in 1..1500 loop perform pg_current_xact_id(); commit; end loop; end $$")
    [person] = await keyring(pool).enrol([Identity("Martin", "Zoé", date(1990, 1, 1))])
    for _ in range(3):
        await write_pathway(store)
    await sign(pool, state)
    await store.append(append("pathway:unsealed", 0, "c", event(), event()))
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("JALON_DATABASE_URL", module_database_url)
        answer = await jalon("backup", folder / "saved.zip", "--json")
    assert (answer.code, answer.json["file"]) == (0, str(folder / "saved.zip")), answer.err
    yield Saved(folder / "saved.zip", state, module_database_url, person, await every_row(pool))
    await store.close()
    await pool.close()


def manifest(file: Path) -> Manifest:
    with zipfile.ZipFile(file) as archive:
        return Manifest.model_validate_json(archive.read(MANIFEST))


def doctored(saved: Saved, name: str, dump: bytes | None = None, **changes: object) -> Path:
    """A copy of the backup with another dump, or with something else in its manifest."""
    with zipfile.ZipFile(saved.file) as archive:
        said, original = json.loads(archive.read(MANIFEST)), archive.read(DUMP)
    made = saved.file.with_name(name)
    with zipfile.ZipFile(made, "w") as archive:
        archive.writestr(DUMP, original if dump is None else dump)
        archive.writestr(MANIFEST, json.dumps(said | changes))
    return made


async def test_a_backup_says_what_it_holds_and_holds_no_secret_key(saved: Saved) -> None:
    said = manifest(saved.file)
    assert (said.events, said.events - said.sealed) == (len(saved.rows["events"]), 2)
    assert said.checkpoint is not None
    checkpoint = Checkpoint.parse(Note.parse(said.checkpoint.note).text)
    assert (checkpoint.origin, checkpoint.size, checkpoint.root.hex()) == (
        said.origin,
        said.checkpoint.size,
        said.checkpoint.root,
    )
    with zipfile.ZipFile(saved.file) as archive:
        assert set(archive.namelist()) == {DUMP, MANIFEST}
        written = subprocess.run(
            [packaged_programs() / "bin" / "pg_restore", "--file=-"],
            input=archive.read(DUMP),
            capture_output=True,
            check=True,
        ).stdout
    assert b"pathway:unsealed" in written
    secret = (saved.state / "notary.key").read_text("ascii").splitlines()[1]
    for key in (KEY, KEY.hex().encode(), base64.b64encode(KEY), secret.encode(), b"PRIVATE KEY"):
        assert key not in written
    assert saved.file.stat().st_mode & 0o077 == 0


async def test_a_log_brought_to_another_cluster_is_the_same_and_goes_on_without_gap_or_double(
    saved: Saved, folder: Path, environment: pytest.MonkeyPatch
) -> None:
    state = folder / "restored"
    answer = await jalon("--state", state, "restore", saved.file, "--json")
    assert answer.code == 0, answer.err
    report = answer.json
    assert (report["events"], report["unsealed"]) == (len(saved.rows["events"]), 2)
    checkpoint = manifest(saved.file).checkpoint
    assert checkpoint is not None
    assert report["verified"] == {"ok": True, "faults": 0, "root": checkpoint.root}
    assert report["keys_missing"] == ["sealing", "notary"]
    assert "sealing.key" in answer.err
    again = await jalon("--state", state, "restore", saved.file)
    assert (again.code, again.out, "pas vide" in again.err) == (1, "", True)

    async with EmbeddedPostgres(state) as server:
        pool = await open_pool(server.url())
        assert await every_row(pool) == saved.rows
        newest = "select max(xid::text::bigint) from events"
        assert await pool.fetchval("select pg_current_xact_id()::text::bigint") < await pool.fetchval(newest)
        before = await Log(pool).entries(0, 10_000)
        store = EventStore(pool)
        await asyncio.gather(*(store.append(append(f"pathway:new{number}")) for number in range(20)))
        await sign(pool, saved.state)
        await store.append(append("pathway:unsealed", 2, "d"))
        await sign(pool, saved.state)
        log = await Log(pool).entries(0, 10_000)
        assert log[: len(before)] == before
        assert [entry.leaf_index for entry in log] == list(range(len(saved.rows["events"]) + 21))
        assert len({entry.event_id for entry in log}) == len(log)
        assert [entry.version for entry in log if entry.stream == "pathway:unsealed"] == [1, 2, 3]
        assert await pool.fetchval("select count(*) from epochs") == 2
        await store.close()
        await pool.close()


async def test_a_backup_made_while_appends_go_on_is_of_one_moment(
    database_url: str, empty_database_url: str, folder: Path, environment: pytest.MonkeyPatch
) -> None:
    pool = await open_pool(database_url)
    store = EventStore(pool)
    await publish_bundled(Reading(pool))
    for _ in range(3):
        await write_pathway(store)
    environment.setenv("JALON_DATABASE_URL", database_url)
    saving = asyncio.create_task(jalon("backup", folder, "--json"))
    written = 3
    while not saving.done():
        await write_pathway(store)
        written += 1
    answer = await saving
    assert answer.code == 0, answer.err
    assert 3 * EVENTS <= answer.json["events"] < written * EVENTS
    await store.close()
    await pool.close()

    environment.setenv("JALON_DATABASE_URL", empty_database_url)
    environment.setenv("JALON_SEALING_KEY", base64.b64encode(KEY).decode())
    assert (await jalon("restore", answer.json["file"])).code == 0
    pool = await open_pool(empty_database_url)
    assert await Reading(pool).event_count() == answer.json["events"]
    versions = (
        "select count(*) from pathways where version <> (select max(version) from events where stream_id = pathway_id)"
    )
    assert await pool.fetchval(versions) == 0
    await pool.close()


@pytest.mark.parametrize(
    "what", ["flipped", "cut", "garbage", "empty", "other_zip", "no_dump", "newer", "newer_format"]
)
async def test_a_file_that_cannot_be_restored_is_told_and_leaves_the_database_empty(
    saved: Saved, empty_database_url: str, environment: pytest.MonkeyPatch, what: str
) -> None:
    whole, file = saved.file.read_bytes(), saved.file.with_name(f"{what}.zip")
    match what:
        case "flipped":
            middle = len(whole) // 2
            file.write_bytes(whole[:middle] + bytes([whole[middle] ^ 1]) + whole[middle + 1 :])
        case "cut":
            file.write_bytes(whole[: len(whole) // 2])
        case "garbage":
            # Nothing is wrong with the file itself: it takes PostgreSQL to see it.
            dump = b"PGDMP" + bytes(1000)
            doctored(saved, file.name, dump, dump_sha256=hashlib.sha256(dump).hexdigest())
        case "empty":
            file.write_bytes(b"")
        case "other_zip":
            with zipfile.ZipFile(file, "w") as archive:
                archive.writestr("hello", "world")
        case "no_dump":
            with zipfile.ZipFile(file, "w") as archive:
                archive.writestr(MANIFEST, manifest(saved.file).model_dump_json())
        case "newer":
            doctored(saved, file.name, migrations=["20990101000000"])
        case "newer_format":
            doctored(saved, file.name, format="jalon-backup/2")
    environment.setenv("JALON_DATABASE_URL", empty_database_url)
    refused(await jalon("restore", file, "--json"))
    connection = await asyncpg.connect(empty_database_url)
    assert await connection.fetch(TABLES) == []
    await connection.close()


def refused(answer: Answer) -> None:
    assert (answer.code, answer.out) == (1, ""), answer.err
    assert "Traceback" not in answer.err


async def test_a_restoration_that_fails_half_way_leaves_nothing(
    saved: Saved, empty_database_url: str, environment: pytest.MonkeyPatch
) -> None:
    with zipfile.ZipFile(saved.file) as archive:
        dump = archive.read(DUMP)
    cut = dump[: len(dump) * 3 // 4]
    file = doctored(saved, "half.zip", cut, dump_sha256=hashlib.sha256(cut).hexdigest())
    environment.setenv("JALON_DATABASE_URL", empty_database_url)
    refused(await jalon("restore", file))
    connection = await asyncpg.connect(empty_database_url)
    assert await connection.fetch(TABLES) == []
    await connection.close()


async def test_a_database_that_is_not_empty_is_left_alone(saved: Saved, environment: pytest.MonkeyPatch) -> None:
    environment.setenv("JALON_DATABASE_URL", saved.url)
    refused(await jalon("restore", saved.file))
    pool = await open_pool(saved.url)
    assert await every_row(pool) == saved.rows
    await pool.close()


async def test_whoever_was_erased_since_does_not_come_back(
    saved: Saved, empty_database_url: str, environment: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    environment.setenv("JALON_DATABASE_URL", empty_database_url)
    environment.setenv("JALON_ERASURES", str(tmp_path))
    (tmp_path / "someone.json").write_text("{")
    refused(await jalon("restore", saved.file))
    (tmp_path / "someone.json").unlink()
    bury(tmp_path, Tombstone(saved.person, (), "operator:test"))
    answer = await jalon("restore", saved.file, "--json")
    assert (answer.code, answer.json["erased_again"]) == (0, [{"person": saved.person, "complete": True}])
    pool = await open_pool(empty_database_url)
    held = "select count(*) from keys where owner = $1 and wrapped_key is not null"
    assert await pool.fetchval(held, saved.person) == 0
    assert await pool.fetchval("select count(*) from persons where person_id = $1", saved.person) == 0
    await pool.close()


async def test_a_backup_never_overwrites_and_leaves_no_half_file(
    saved: Saved, folder: Path, environment: pytest.MonkeyPatch
) -> None:
    environment.setenv("JALON_DATABASE_URL", saved.url)
    before, files = saved.file.read_bytes(), set(folder.iterdir())
    refused(await jalon("backup", saved.file))
    refused(await jalon("backup", folder / "no" / "such" / "folder.zip"))
    environment.setenv("JALON_DATABASE_URL", "postgresql://127.0.0.1:1/none")
    assert (await jalon("backup", folder / "away.zip")).code == 3
    refused(await jalon("backup", folder / ("a" * 300)))
    environment.delenv("JALON_DATABASE_URL")
    refused(await jalon("backup", folder / "nothing.zip"))
    assert (saved.file.read_bytes(), set(folder.iterdir())) == (before, files)
