"""What a verification says of a whole log, of one that is being written, and of one that a careful hand rewrote."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import asyncpg
import pytest

from domain.ledger import leaf_hash
from domain.merkle import Frontier
from domain.note import Checkpoint, VerifierKey
from domain.records import event_id, event_ids
from eventstore.log import Log
from eventstore.pool import Pool, open_pool
from eventstore.signing import SigningKey, signed
from eventstore.store import EventStore
from tests.cli.office import jalon
from tests.conftest import fresh_database
from tests.eventstore.making import append
from tests.verifying.conftest import Year
from tests.verifying.hands import unguarded
from tests.verifying.lived import office
from workers.embedded.postgres import EmbeddedPostgres
from workers.notary_key import KeyFile, rotate
from workers.verifying import Known, Verification, verify
from workers.witness import Witness


@pytest.fixture
async def pool(copy_url: str) -> AsyncIterator[Pool]:
    async with await open_pool(copy_url) as pool:
        yield pool


def codes(found: Verification) -> list[str]:
    return [fault.code for fault in found.faults]


def test_the_quick_way_to_an_id_is_the_way() -> None:
    places = [("pathway:é", 1), ("session:1", 2**31 - 1), ("", 0)]
    written = [f"{stream}/{version}" for stream, version in places]
    assert event_ids(written) == b"".join(event_id(*place).bytes for place in places)
    assert event_ids([]) == b""


async def test_a_year_that_was_lived_is_whole(pool: Pool, year: Year) -> None:
    found = await verify(pool, [year.witness])
    assert codes(found) == []
    assert found.events == len(year.world.lived) == found.rechecked
    assert found.sealed + found.unsealed == found.events
    assert 0 < found.unsealed < 20
    assert found.unsealed_since is not None
    assert found.checkpoints == 4
    assert found.protected == found.sealed


async def test_a_log_of_nothing_is_whole(database_url: str) -> None:
    async with await open_pool(database_url) as pool:
        found = await verify(pool)
    assert codes(found) == []
    assert (found.events, found.sealed, found.checkpoints) == (0, 0, 0)


async def test_no_false_alarm_while_others_write_seal_and_sign(pool: Pool, year: Year) -> None:
    """Streams that are no one's, so the rules are left aside; everything else is verified again and again."""
    store, over = EventStore(pool), asyncio.Event()

    async def write(stream: str) -> None:
        version = 0
        while not over.is_set():
            await store.append(append(stream, version, f"c{version}"))
            version += 1

    async def lead() -> None:
        async with office(pool, year.folder) as notary:
            while not over.is_set():
                if await notary.seal():
                    await notary.sign()
                await asyncio.sleep(0)

    tasks = [asyncio.create_task(lead()), *(asyncio.create_task(write(f"pathway:busy-{n}")) for n in range(4))]
    sizes = []
    try:
        for _ in range(5):
            found = await verify(pool, [year.witness], rules=False)
            assert codes(found) == []
            sizes.append((found.sealed, found.checkpoints))
    finally:
        over.set()
        await asyncio.gather(*tasks)
        await store.close()
    assert sizes[-1] > sizes[0]


# --- a careful hand -------------------------------------------------------------------------------------------------

_COLUMNS = (
    "stream_id, version, event_id, command_id, command_seq, type, schema_version, occurred_at, recorded_at, public"
)


async def rewrite(pool: Pool, leaf: int, old: bytes, new: bytes) -> None:
    """Change one event and every hash that follows from it, up to the roots; not what only a key can make."""
    async with pool.acquire() as connection, unguarded(connection):
        row = await connection.fetchrow(
            f"select position, {_COLUMNS} from events join log using (position) where leaf_index = $1", leaf
        )
        assert row is not None
        public = row["public"].replace(old, new)
        assert public != row["public"]
        fields = dict(zip(_COLUMNS.split(", "), list(row)[1:], strict=True)) | {"public": public}
        fields["stream"] = fields.pop("stream_id")
        changed = leaf_hash(**fields)
        await connection.execute(
            "update events set public = $2, leaf_hash = $3 where position = $1", row["position"], public, changed
        )
        await connection.execute("update log set leaf_hash = $2 where leaf_index = $1", leaf, changed)
        leaves = [each[0] for each in await connection.fetch("select leaf_hash from log order by leaf_index")]
        for level, number, hash in Frontier().extend(leaves):
            await connection.execute(
                "update subtrees set hash = $3 where (level, number) = ($1, $2)", level, number, hash
            )
        for size in [each[0] for each in await connection.fetch("select size from checkpoints")]:
            frontier = Frontier()
            frontier.extend(leaves[:size])
            await connection.execute("update checkpoints set root = $2 where size = $1", size, frontier.root())


async def resign(pool: Pool) -> SigningKey:
    """Replace the key by one's own, and sign every checkpoint with it."""
    key, origin = SigningKey.new(), await Log(pool).origin()
    verifier = key.verifier(origin)
    async with pool.acquire() as connection, unguarded(connection):
        await connection.execute("delete from notary_keys")
        await connection.execute(
            "insert into notary_keys (key_id, vkey, since) values ($1, $2, 0)", verifier.key_id.hex(), verifier.format()
        )
        for size, root in await connection.fetch("select size, root from checkpoints"):
            note = signed(origin, Checkpoint(origin, size, root).text(), [key])
            await connection.execute("update checkpoints set note = $2 where size = $1", size, note)
    return key


async def sizes_of(pool: Pool) -> list[int]:
    return [row.size for row in await Log(pool).checkpoints()]


async def test_who_rewrites_every_hash_still_lacks_the_signature(pool: Pool, year: Year) -> None:
    sizes = await sizes_of(pool)
    await rewrite(pool, sizes[1] + 3, b'"actor":{"', b'"actor":{ "')
    found = await verify(pool, rules=False)
    assert set(codes(found)) == {"checkpoint.columns", "root.differs"}
    [root] = [fault for fault in found.faults if fault.code == "root.differs"]
    assert (root.params["first"], root.params["last"]) == (sizes[1], sizes[2] - 1)


async def test_who_also_replaces_the_key_is_betrayed_by_what_was_kept_elsewhere(pool: Pool, year: Year) -> None:
    kept = (await Log(pool).checkpoints())[1].note
    known = VerifierKey.parse(await pool.fetchval("select vkey from notary_keys"))
    await rewrite(pool, 5, b'"actor":{"', b'"actor":{ "')
    await resign(pool)
    assert codes(await verify(pool, rules=False)) == []  # all of it fits together
    assert set(codes(await verify(pool, [year.witness], rules=False))) == {"root.differs", "key.copy", "copy.unsigned"}
    assert codes(await verify(pool, known=Known(key=known), rules=False)) == ["key.unknown"]
    found = await verify(pool, known=Known(checkpoint=kept), rules=False)
    assert set(codes(found)) == {"root.differs", "kept.unsigned"}


async def test_a_checkpoint_that_was_kept_covers_what_is_gone_since(pool: Pool, year: Year) -> None:
    kept = (await Log(pool).checkpoints())[-1].note
    assert codes(await verify(pool, known=Known(checkpoint=kept), rules=False)) == []
    first = (await sizes_of(pool))[0]
    async with pool.acquire() as connection, unguarded(connection):
        await connection.execute("delete from sealed")
        await connection.execute("delete from log where leaf_index >= $1", first)
        await connection.execute("delete from checkpoints where size > $1", first)
        await connection.execute("delete from subtrees")
    found = await verify(pool, known=Known(checkpoint=kept), rules=False)
    [lost] = [fault for fault in found.faults if fault.code == "truncated.log"]
    assert (lost.params["have"], lost.params["where"]) == (first, "kept")


async def test_a_checkpoint_of_another_log_says_nothing_of_this_one(pool: Pool) -> None:
    note = signed("jalon/other", Checkpoint("jalon/other", 5, bytes(32)).text(), [SigningKey.new()])
    assert codes(await verify(pool, known=Known(checkpoint=note), rules=False)) == ["kept.other"]


async def test_an_event_that_the_rules_do_not_give_is_found_though_every_hash_fits(pool: Pool, year: Year) -> None:
    """Written by somebody who has the whole program and the database, but not the rules on their side."""
    store = EventStore(pool)
    pathway = next(lived.stream for lived in year.world.lived if lived.event.type == "certification_awarded")
    version = year.world.states[pathway].version
    await store.append(append(pathway, version, "forged"))
    await store.close()
    assert codes(await verify(pool, rules=False)) == ["view.version"]
    found = await verify(pool)
    assert [fault.stream for fault in found.faults if fault.kind == "rule"] == [pathway]


async def test_keys_that_follow_one_another_are_one_chain(pool: Pool, year: Year, tmp_path: Path) -> None:
    file = tmp_path / "notary.key"
    file.write_bytes((year.folder / "notary.key").read_bytes())
    await rotate(pool, KeyFile(file))
    store = EventStore(pool)
    async with office(pool, tmp_path) as notary:
        await notary.seal()
        await notary.sign()
        await store.append(append("pathway:after"))
        await notary.seal()
        await notary.sign()
    await store.close()
    found = await verify(pool, [year.witness], rules=False)
    assert (codes(found), len(found.keys), found.checkpoints) == ([], 2, 6)


# --- on the command line --------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
async def copies(
    postgres: EmbeddedPostgres, admin: asyncpg.Pool[asyncpg.Record], year: Year
) -> AsyncIterator[tuple[str, str]]:
    """One copy that is whole and one that is not."""
    async with (
        fresh_database(postgres, admin, year.database) as whole,
        fresh_database(postgres, admin, year.database) as broken,
    ):
        connection = await asyncpg.connect(broken)
        await connection.execute("alter table events disable trigger user")
        await connection.execute("update events set public = '\\xff' where position = 60")
        await connection.close()
        yield whole, broken


async def audit(url: str, year: Year, *options: object, language: str = "fr") -> Any:
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("JALON_DATABASE_URL", url)
        patch.setenv("JALON_STATE", str(year.folder))
        patch.setenv("JALON_LANG", language)
        return await jalon("audit", "verify", *options)


async def test_the_command_says_that_all_is_well(copies: tuple[str, str], year: Year) -> None:
    answer = await audit(copies[0], year, "--json")
    assert answer.code == 0
    verdict = answer.json
    assert list(verdict)[:7] == ["ok", "events", "sealed", "unsealed", "root", "checkpoints", "faults"]
    assert (verdict["ok"], verdict["faults"], verdict["checkpoints"]) == (True, [], 4)
    assert len(bytes.fromhex(verdict["root"])) == 32
    assert "100 %" in answer.err
    said = await audit(copies[0], year, "--no-rules")
    assert said.code == 0
    assert "Le journal est intact" in said.out
    assert "Règles et attributions non vérifiées" in said.out


async def test_the_command_names_the_first_fault_and_what_it_touches(copies: tuple[str, str], year: Year) -> None:
    answer = await audit(copies[1], year, "--json")
    assert answer.code == 1
    faults = answer.json["faults"]
    assert faults[0].items() >= {"kind": "leaf", "code": "leaf.changed"}.items()
    assert {"kind", "event", "stream", "detail"} <= faults[0].keys()
    assert "rule" in {fault["kind"] for fault in faults}
    for language in ("fr", "en"):
        said = await audit(copies[1], year, "--no-rules", language=language)
        assert said.code == 1
        assert faults[0]["event"] in said.out
        assert "Traceback" not in said.err


async def test_what_the_auditor_brings_along_is_read_or_refused(
    copies: tuple[str, str], year: Year, tmp_path: Path
) -> None:
    notes = [note async for _, note in year.witness.checkpoints(await year.witness.sizes())]
    [row] = await year.witness.keys()
    kept, key, none = tmp_path / "kept.note", tmp_path / "key", tmp_path / "none"
    kept.write_text(notes[0])
    key.write_text(row.vkey)
    none.write_text("nothing")
    assert (await audit(copies[0], year, "--no-rules", "--since", kept, "--key", row.vkey)).code == 0
    assert (await audit(copies[0], year, "--no-rules", "--key", key)).code == 0
    for options in (
        ("--since", none),
        ("--since", tmp_path / "absent"),
        ("--key", none),
        ("--key", "a+b+c"),
        ("--key", ""),
    ):
        refused = await audit(copies[0], year, *options)
        assert (refused.code, refused.out) == (1, "")
        assert refused.err


async def test_a_place_that_cannot_be_read_is_said_to_be_so(pool: Pool, year: Year) -> None:
    place = "s3://nowhere/at-all"
    with pytest.MonkeyPatch.context() as patch:
        for name, value in {
            "AWS_ENDPOINT_URL": "http://127.0.0.1:9",
            "AWS_REGION": "x",
            "AWS_ACCESS_KEY_ID": "x",
            "AWS_SECRET_ACCESS_KEY": "x",
        }.items():
            patch.setenv(name, value)
        found = await verify(pool, [Witness(place)], rules=False)
    assert (codes(found), found.away, found.protected) == ([], (place,), 0)
