"""Copies outside the database: written once, caught up with, and an alarm when they say something else."""

from __future__ import annotations

import logging
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from urllib.request import Request, urlopen

import pytest
from moto.server import ThreadedMotoServer
from structlog.testing import capture_logs

from eventstore.log import Log
from eventstore.notary import Notary
from eventstore.pool import Pool, open_pool
from eventstore.signing import published_keys
from eventstore.store import EventStore
from tests.eventstore.making import append
from workers.copying import Copier
from workers.notary_key import KeyFile, Signer, publish_first, rotate
from workers.witness import CopyDiffers, Witness, WitnessAway, checkpoint_path


@pytest.fixture(scope="module")
def bucket() -> Iterator[str]:
    """An S3 server on a free port, with a bucket; the usual variables lead to it."""
    server = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
    logging.getLogger("werkzeug").setLevel(logging.ERROR)
    server.start()
    host, port = server.get_host_and_port()
    with pytest.MonkeyPatch.context() as patch:
        for name, value in {
            "AWS_ENDPOINT_URL": f"http://{host}:{port}",
            "AWS_ACCESS_KEY_ID": "key",
            "AWS_SECRET_ACCESS_KEY": "secret",
            "AWS_REGION": "eu-west-3",
        }.items():
            patch.setenv(name, value)
        urlopen(Request(f"http://{host}:{port}/proofs", method="PUT")).close()
        yield "s3://proofs/jalon"
    server.stop()


@pytest.fixture(params=["folder", "file url", "bucket"])
def witness(request: pytest.FixtureRequest, tmp_path: Path, bucket: str) -> Witness:
    places = {
        "folder": str(tmp_path / "a b"),
        "file url": f"file://{tmp_path}/a%20b",
        "bucket": f"{bucket}/{tmp_path.name}",
    }
    return Witness(places[request.param])


@pytest.fixture
async def pool(database_url: str) -> AsyncIterator[Pool]:
    pool = await open_pool(database_url)
    yield pool
    await pool.close()


async def sign(pool: Pool, keys: KeyFile, *streams: str) -> None:
    """One checkpoint for each new stream."""
    signer, store = Signer(keys), EventStore(pool)
    notary = Notary(pool, signer)
    assert await notary.lead()
    await publish_first(pool, keys)
    for stream in streams:
        await store.append(append(stream))
        await notary.seal()
        await notary.sign()
        signer.retire()
    await notary.resign()
    await store.close()


async def test_what_is_written_is_read_and_never_written_again(witness: Witness) -> None:
    assert await witness.sizes() == []
    assert await witness.get(checkpoint_path(5)) is None
    assert await witness.put(checkpoint_path(5), b"five") is True
    assert await witness.put(checkpoint_path(5), b"five") is False
    with pytest.raises(CopyDiffers) as differs:
        await witness.put(checkpoint_path(5), b"another")
    assert differs.value.path == checkpoint_path(5)
    await witness.put(checkpoint_path(70), b"seventy")
    await witness.put("checkpoints/notes", b"of somebody else")
    assert await witness.sizes() == [5, 70]
    assert await witness.sizes(6) == [70]
    assert [each async for each in witness.checkpoints([70, 6, 5])] == [(70, "seventy"), (5, "five")]


async def test_reading_makes_no_folder(tmp_path: Path) -> None:
    witness = Witness(str(tmp_path / "none"))
    assert await witness.sizes() == []
    assert await witness.keys() == []
    assert not (tmp_path / "none").exists()


async def test_checkpoints_keys_and_rotations_are_copied_and_read_as_one_chain(
    witness: Witness, pool: Pool, tmp_path: Path
) -> None:
    keys, copier = KeyFile(tmp_path / "notary.key"), Copier(pool, witness)
    await sign(pool, keys, "pathway:1", "pathway:2")
    await copier.catch_up()
    await rotate(pool, keys)
    await sign(pool, keys, "pathway:3")
    await copier.catch_up()
    chain = published_keys(await Log(pool).origin(), await witness.keys())
    assert len(chain.keys) == 2
    copies = {size: note async for size, note in witness.checkpoints(await witness.sizes())}
    assert copies == {row.size: row.note for row in await Log(pool).checkpoints()}
    assert [chain.checkpoint(note).size for note in copies.values()] == [1, 2, 3]


async def test_gaps_and_outages_are_caught_up_with(pool: Pool, tmp_path: Path) -> None:
    keys, place = KeyFile(tmp_path / "notary.key"), tmp_path / "place"
    await sign(pool, keys, "pathway:1", "pathway:2")
    place.write_text("not a folder yet")
    witness, copier = Witness(str(place)), Copier(pool, Witness(str(place)))
    with pytest.raises(WitnessAway):
        await copier.catch_up()
    place.unlink()
    await copier.catch_up()
    assert await witness.sizes() == [1, 2]
    (place / checkpoint_path(1)).unlink()
    await Copier(pool, witness).catch_up()
    assert await witness.sizes() == [1, 2]


async def test_a_copy_that_differs_is_an_alarm_and_stays(pool: Pool, tmp_path: Path) -> None:
    keys, witness = KeyFile(tmp_path / "notary.key"), Witness(str(tmp_path / "place"))
    await sign(pool, keys, "pathway:1")
    await witness.put(checkpoint_path(2), b"forged")
    copier = Copier(pool, witness)
    await copier.catch_up()
    await sign(pool, keys, "pathway:2", "pathway:3")
    with capture_logs() as said:
        await copier.catch_up()
    assert [(line["event"], line["path"]) for line in said] == [("copy_differs", checkpoint_path(2))]
    assert await witness.get(checkpoint_path(2)) == b"forged"
    assert await witness.sizes() == [1, 2, 3]
