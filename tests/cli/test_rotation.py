"""``jalon keys`` with keys of the environment and with keys of a state directory."""

from __future__ import annotations

import base64
from pathlib import Path

import pytest

from eventstore.pool import open_pool
from interfaces.cli.console import Exit
from tests.cli.office import jalon
from tests.eventstore.making import MASTER, keys
from workers.rotation import NEXT_KEY_FILE, prepare
from workers.settings import KEY_FILE, PREVIOUS_KEY_FILE, Settings, new_key_file, sealing_keys

NEXT = bytes(range(32, 64))
STREAMS = ["pathway:1", "pathway:2"]


def encoded(key: bytes) -> str:
    return base64.b64encode(key).decode()


@pytest.fixture
def own(database_url: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> pytest.MonkeyPatch:
    """A database and a key of one's own; no Temporal, which these commands do not need."""
    monkeypatch.setenv("JALON_DATABASE_URL", database_url)
    monkeypatch.setenv("JALON_TEMPORAL_ADDRESS", "127.0.0.1:1")
    monkeypatch.setenv("JALON_SEALING_KEY", encoded(MASTER))
    monkeypatch.setenv("JALON_STATE", str(tmp_path))
    return monkeypatch


async def test_a_master_key_of_ones_own_is_replaced(own: pytest.MonkeyPatch, database_url: str) -> None:
    async with await open_pool(database_url) as pool:
        await keys(pool).made(STREAMS)
        alone = await jalon("keys", "rotate-master")
        assert alone.code == Exit.REFUSED
        assert "JALON_SEALING_KEY_PREVIOUS" in alone.err
        own.setenv("JALON_SEALING_KEY", encoded(NEXT))
        missing = await jalon("keys", "status", "--json")
        assert missing.code == Exit.REFUSED
        assert [master["at_hand"] for master in missing.json["masters"]] == [False]
        own.setenv("JALON_SEALING_KEY_PREVIOUS", encoded(MASTER))
        assert (await jalon("keys", "rotate-master", "--json")).json["wrapped"] == len(STREAMS)
        own.delenv("JALON_SEALING_KEY_PREVIOUS")
        status = (await jalon("keys", "status", "--json")).json
        assert status["held"] == {"person": 0, "stream": 2, "index": 0}
        [master] = status["masters"]
        assert (master["current"], master["at_hand"], master["keys"]) == (True, True, 2)
        assert (await keys(pool, NEXT).held(STREAMS)).keys() == set(STREAMS)


async def test_a_wrong_master_key_is_told_and_no_new_one_made(
    own: pytest.MonkeyPatch, database_url: str, tmp_path: Path
) -> None:
    own.delenv("JALON_SEALING_KEY")
    new_key_file(tmp_path / KEY_FILE)
    wrong = (tmp_path / KEY_FILE).read_bytes()
    async with await open_pool(database_url) as pool:
        await keys(pool).made(STREAMS)
        assert (await jalon("keys", "rotate-master")).code == Exit.REFUSED
        assert [(file.name, file.read_bytes()) for file in tmp_path.iterdir()] == [(KEY_FILE, wrong)]
        assert len((await keys(pool).census()).masters) == 1


@pytest.mark.parametrize("interrupted", range(4))
def test_a_new_key_file_takes_the_old_ones_place_however_often_it_is_interrupted(
    tmp_path: Path, interrupted: int
) -> None:
    key, previous, next_ = (tmp_path / name for name in (KEY_FILE, PREVIOUS_KEY_FILE, NEXT_KEY_FILE))
    new_key_file(key)
    old = key.read_bytes()
    if interrupted > 0:
        new_key_file(next_)
    if interrupted > 1:
        previous.hardlink_to(key)
    if interrupted > 2:
        next_.replace(key)
    settings = Settings(state=tmp_path)
    prepare(settings)
    new = key.read_bytes()
    assert new != old
    assert previous.read_bytes() == old
    assert not next_.exists()
    prepare(settings)
    assert (key.read_bytes(), previous.read_bytes()) == (new, old)
    assert [encoded(held).encode() + b"\n" for held in sealing_keys(settings)] == [new, old]
    assert {file.stat().st_mode & 0o777 for file in tmp_path.iterdir()} == {0o600}
