"""Proofs hold without a database, and nothing else does."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Callable
from pathlib import Path
from typing import Any

import asyncpg
import pytest

from domain.merkle import verify_consistency, verify_inclusion
from domain.note import VerifierKey
from eventstore.log import Log
from eventstore.pool import Pool, open_pool
from eventstore.signing import SigningKey
from interfaces.proofs import NoProof, NotProven, check, prove_consistency, prove_event
from tests.cli.office import jalon
from tests.conftest import fresh_database
from tests.verifying.conftest import Year
from workers.embedded.postgres import EmbeddedPostgres

Proof = dict[str, Any]


@pytest.fixture(scope="module")
async def database(
    postgres: EmbeddedPostgres, admin: asyncpg.Pool[asyncpg.Record], year: Year
) -> AsyncIterator[tuple[str, Pool]]:
    async with fresh_database(postgres, admin, year.database) as url, await open_pool(url) as pool:
        yield url, pool


@pytest.fixture(scope="module")
async def proofs(database: tuple[str, Pool]) -> tuple[Proof, Proof]:
    """A proof of inclusion and one of consistency."""
    pool = database[1]
    sizes = [row.size for row in await Log(pool).checkpoints()]
    entry = (await Log(pool).at([60]))[0]
    return await prove_event(pool, str(entry.event_id), None), await prove_consistency(pool, sizes[0], sizes[-1])


def written(proof: Proof, change: Callable[[Proof], object] = lambda proof: None) -> bytes:
    copy = json.loads(json.dumps(proof))
    change(copy)
    return json.dumps(copy).encode()


async def test_every_event_that_is_signed_can_be_proven_at_every_size(database: tuple[str, Pool]) -> None:
    log = Log(database[1])
    checkpoints = await log.checkpoints()
    for index in (0, 1, checkpoints[0].size - 1, checkpoints[0].size, checkpoints[-1].size - 1):
        [entry] = await log.at([index])
        for checkpoint in checkpoints:
            if index < checkpoint.size:
                proof = await prove_event(database[1], f"{entry.stream}#{entry.version}", checkpoint.size)
                proven = check(written(proof), None)
                assert (proven.size, proven.root) == (checkpoint.size, checkpoint.root)
                steps = [bytes.fromhex(step) for step in proof["event"]["proof"]]
                assert verify_inclusion(index, checkpoint.size, entry.leaf_hash, steps, checkpoint.root)


async def test_each_checkpoint_grew_from_each_one_before(database: tuple[str, Pool]) -> None:
    checkpoints = await Log(database[1]).checkpoints()
    for number, second in enumerate(checkpoints):
        for first in checkpoints[: number + 1]:
            proof = await prove_consistency(database[1], second.size, first.size)
            proven = check(written(proof), None)
            assert (proven.first, proven.size, proven.root) == (first.size, second.size, second.root)
            steps = [bytes.fromhex(step) for step in proof["path"]]
            assert verify_consistency(first.size, second.size, first.root, second.root, steps)


FORGERIES: dict[str, Callable[[Proof], object]] = {
    "leaf": lambda proof: proof["event"].update(public=proof["event"]["public"].replace("system", "juror")),
    "event_id": lambda proof: proof["event"].update(event_id="0" * 32),
    "path": lambda proof: proof["event"]["proof"].reverse(),
    "place": lambda proof: proof["event"].update(leaf_index=61),
    "moment": lambda proof: proof["event"].update(recorded_at="2020-01-01T00:00:00.000000Z"),
    "no moment": lambda proof: proof["event"].update(recorded_at="soon"),
    "number": lambda proof: proof["event"].update(version=10**30),
    "short path": lambda proof: proof["event"]["proof"].pop(),
    "checkpoint": lambda proof: proof.update(checkpoint=proof["checkpoint"].replace("\n", "\n\n", 1)),
    "size": lambda proof: proof.update(checkpoint=proof["checkpoint"].replace("\n", "\n9", 1)),
    "keys": lambda proof: proof.update(keys=[]),
    "key": lambda proof: proof["keys"][0].update(vkey="a+b+c"),
    "nothing": lambda proof: proof.clear(),
    "another kind": lambda proof: proof.update(proof="consistency"),
}


@pytest.mark.parametrize("name", FORGERIES)
async def test_a_changed_proof_proves_nothing(name: str, proofs: tuple[Proof, Proof]) -> None:
    with pytest.raises(NotProven):
        check(written(proofs[0], FORGERIES[name]), None)


@pytest.mark.parametrize(
    "content", [b"", b"[]", b"null", b"{}", b"\xff", b"[" * 100_000, b'{"proof": []}', b"1" * 5000]
)
def test_what_is_no_proof_is_said_to_be_none(content: bytes) -> None:
    with pytest.raises(NotProven, match="malformed"):
        check(content, None)


async def test_a_path_from_another_log_does_not_lead_here(proofs: tuple[Proof, Proof]) -> None:
    with pytest.raises(NotProven, match="path"):
        check(written(proofs[1], lambda proof: proof["path"].reverse()), None)


async def test_the_key_that_is_known_must_be_among_those_that_signed(proofs: tuple[Proof, Proof]) -> None:
    own = VerifierKey.parse(proofs[0]["keys"][0]["vkey"])
    assert check(written(proofs[0]), own).keys == (own,)
    with pytest.raises(NotProven, match="key"):
        check(written(proofs[0]), SigningKey.new().verifier(own.name))


async def test_what_cannot_be_proven_yet_is_told_apart(database: tuple[str, Pool], year: Year) -> None:
    pool = database[1]
    sizes = [row.size for row in await Log(pool).checkpoints()]
    [late] = await Log(pool).at([sizes[-1] - 1])
    waiting = year.world.lived[-1]
    asked: list[tuple[str, Callable[[], Any]]] = [
        ("no_event", lambda: prove_event(pool, "pathway:nobody#1", None)),
        ("no_event", lambda: prove_event(pool, "what?", None)),
        ("not_sealed", lambda: prove_event(pool, f"{waiting.stream}#{waiting.event.version}", None)),
        ("later", lambda: prove_event(pool, str(late.event_id), sizes[0])),
        ("no_such_checkpoint", lambda: prove_event(pool, str(late.event_id), sizes[0] + 1)),
        ("beyond", lambda: prove_consistency(pool, sizes[0], 10_000_000)),
        ("beyond", lambda: prove_consistency(pool, sizes[0], 10**30)),
    ]
    for code, ask in asked:
        with pytest.raises(NoProof, match=code):
            await ask()


async def test_proofs_are_files_that_the_command_line_makes_and_checks(
    database: tuple[str, Pool], year: Year, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("JALON_DATABASE_URL", database[0])
    monkeypatch.setenv("JALON_STATE", str(year.folder))
    sizes = [row.size for row in await Log(database[1]).checkpoints()]
    [entry] = await Log(database[1]).at([60])
    file, both = tmp_path / "proof.json", tmp_path / "both.json"
    assert (await jalon("audit", "prove", entry.event_id, "--out", file)).code == 0
    assert (await jalon("audit", "prove-consistency", sizes[0], sizes[1], "--out", both)).code == 0
    again = await jalon("audit", "prove", entry.event_id, "--out", file)
    assert (again.code, again.out) == (1, "")
    answer = await jalon("audit", "check-proof", both, "--json")
    assert (answer.code, answer.json["first"], answer.json["size"]) == (0, sizes[0], sizes[1])
    held = await jalon("audit", "check-proof", file)
    assert held.code == 0
    assert "La preuve tient" in held.out
    await asyncio.to_thread(file.write_bytes, file.read_bytes().replace(b'leaf_index": 6', b'leaf_index": 7'))
    broken = await jalon("audit", "check-proof", file, "--json")
    assert (broken.code, broken.json) == (1, {"ok": False, "why": "path"})
    waiting = year.world.lived[-1]
    late = await jalon("audit", "prove", f"{waiting.stream}#{waiting.event.version}")
    assert (late.code, late.out) == (1, "")
    assert "pas encore" in late.err
