"""Keys and what wraps them: made once, found by everybody, wrapped anew while others work, gone when destroyed."""

from __future__ import annotations

import asyncio
import os

import pytest

from eventstore import keys as module
from eventstore.keys import INDEX, Keys
from eventstore.masters import LocalMaster, MasterKey, Masters, WrongKey
from eventstore.pool import Pool
from tests.eventstore.making import MASTER, keyring, keys

NEXT = bytes(range(32, 64))
STREAMS = [f"pathway:{number}" for number in range(40)]


async def destroy(pool: Pool, owner: str) -> None:
    query = """update keys set wrapped_key = null, master_id = null, destroyed_at = clock_timestamp()
        where owner = $1 and destroyed_at is null"""
    await pool.execute(query, owner)


async def rotate(keys: Keys) -> None:
    await keys.register(keys.masters.current.id)
    while not await keys.retire():
        while await keys.rewrap():
            pass


def secrets(found: dict[str, module.DataKey]) -> dict[str, bytes]:
    return {owner: key.secret for owner, key in found.items()}


async def test_those_who_make_the_same_keys_at_the_same_moment_hold_the_same_ones(pool: Pool) -> None:
    makers = [keys(pool) for _ in range(6)]
    orders = [STREAMS if number % 2 else STREAMS[::-1] for number in range(6)]
    made = await asyncio.gather(*(maker.made(order) for maker, order in zip(makers, orders, strict=True)))
    assert all(secrets(found) == secrets(made[0]) for found in made)
    assert secrets(await keys(pool).held(STREAMS)) == secrets(made[0])
    assert await keys(pool).held(["pathway:unknown"]) == {}


async def test_those_who_ask_at_the_same_moment_share_one_query(pool: Pool) -> None:
    await keys(pool).made(STREAMS)
    queries: list[str] = []

    class Counted:
        async def fetch(self, query: str, *arguments: object) -> object:
            queries.append(query)
            return await pool.fetch(query, *arguments)

    asker = Keys(Counted(), Masters.local(MASTER))  # type: ignore[arg-type]
    await asyncio.gather(*(asker.held([stream]) for stream in STREAMS))
    assert len(queries) == 1


async def test_only_the_master_key_that_the_database_knows_wraps(pool: Pool) -> None:
    await keys(pool).made([INDEX])
    stranger = keys(pool, os.urandom(32))
    with pytest.raises(WrongKey):
        await stranger.made(STREAMS)
    with pytest.raises(WrongKey):
        await stranger.held([INDEX])
    assert (await keys(pool).census()).held == {("index", LocalMaster(MASTER).id): 1}


async def test_of_two_master_keys_that_come_first_one_is_refused(pool: Pool) -> None:
    rivals = [keys(pool, os.urandom(32)) for _ in range(6)]
    answers = await asyncio.gather(*(rival.made(STREAMS) for rival in rivals), return_exceptions=True)
    assert len([answer for answer in answers if isinstance(answer, dict)]) == 1
    assert len([answer for answer in answers if isinstance(answer, WrongKey)]) == 5


async def test_a_rotation_that_is_ended_half_way_goes_on(pool: Pool, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "_BATCH", 7)
    before = secrets(await keys(pool).made(STREAMS))
    first = keys(pool, NEXT, MASTER)
    await first.register(first.masters.current.id)
    assert await first.rewrap() == 7
    assert not await first.retire()
    # Half of the keys are wrapped by one master and half by the other: both are needed, and both together suffice.
    assert secrets(await keys(pool, NEXT, MASTER).held(STREAMS)) == before
    await rotate(keys(pool, NEXT, MASTER))
    assert secrets(await keys(pool, NEXT).held(STREAMS)) == before
    with pytest.raises(WrongKey):
        await keys(pool).held(STREAMS)


async def test_whoever_works_during_a_rotation_finds_the_new_master_key(pool: Pool) -> None:
    at_hand: list[MasterKey] = [LocalMaster(MASTER)]
    worker = Keys(pool, Masters(lambda: at_hand))
    await worker.made(STREAMS[:5])
    others = await keys(pool).made(STREAMS[5:10])
    at_hand[:] = [LocalMaster(NEXT), LocalMaster(MASTER)]
    await rotate(keys(pool, NEXT, MASTER))
    at_hand[:] = [LocalMaster(NEXT)]
    # What it holds stays good, what it does not is found, and what it makes is wrapped by the master of today.
    assert secrets(await worker.held(STREAMS[5:10])) == secrets(others)
    await worker.made(STREAMS)
    assert (await worker.census()).held == {("stream", LocalMaster(NEXT).id): len(STREAMS)}


async def test_nothing_is_wrapped_by_a_master_key_that_was_retired(pool: Pool) -> None:
    late = keys(pool)
    await late.made([INDEX])
    await rotate(keys(pool, NEXT, MASTER))
    with pytest.raises(WrongKey):
        await late.made(STREAMS)
    assert (await late.census()).held == {("index", LocalMaster(NEXT).id): 1}


async def test_persons_are_found_again_after_a_rotation(pool: Pool) -> None:
    from tests.eventstore.test_keyring import CONTEXT, person

    before = await person(keyring(pool))
    sealed = await keyring(pool).seal(before, CONTEXT, "Zoé")
    await rotate(keys(pool, NEXT, MASTER))
    assert await person(keyring(pool, NEXT)) == before
    assert await keyring(pool, NEXT).unseal(sealed, CONTEXT) == "Zoé"


async def test_a_destroyed_key_leaves_every_memory_and_its_version_is_never_given_again(
    pool: Pool, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "LEASE_SECONDS", 0.0)
    holder, other = keys(pool), keys(pool)
    old = (await holder.made(STREAMS))["pathway:1"]
    await destroy(pool, "pathway:1")
    assert "pathway:1" not in await holder.held(STREAMS)
    new = (await other.made(["pathway:1"]))["pathway:1"]
    assert (old.version, new.version) == (1, 2)
    assert new.secret != old.secret
    assert await holder.held_at("pathway:1", 1) is None
    assert await holder.held_at("pathway:1", 2) == new
    assert (await other.census()).destroyed == {"stream": 1}


async def test_a_newer_key_is_looked_for_at_once(pool: Pool) -> None:
    holder = keys(pool)
    await holder.made(["pathway:1"])
    await destroy(pool, "pathway:1")
    new = (await keys(pool).made(["pathway:1"]))["pathway:1"]
    assert await holder.held_at("pathway:1", 2) == new


async def test_whoever_makes_a_key_at_the_same_moment_makes_the_same_one(pool: Pool) -> None:
    askers = [keys(pool) for _ in range(12)]
    made = await asyncio.gather(*(asker.made([f"stream:{number}" for number in range(3)]) for asker in askers * 3))
    assert len({(owner, key.version, key.secret) for found in made for owner, key in found.items()}) == 3
    assert await pool.fetchval("select count(*) from keys") == 3
