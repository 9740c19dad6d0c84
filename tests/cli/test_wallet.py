"""``jalon award wallet`` on a real PostgreSQL, without any engine."""

from __future__ import annotations

import asyncio
import json
import sys
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from domain.authority import SYSTEM
from domain.scheme.model import Scheme
from eventstore.access import AccessLog
from eventstore.pool import open_pool
from eventstore.reading import Reading
from eventstore.store import EventStore
from tests.certified import certified, crosswalk, with_certificates
from tests.cli.office import ENVIRONMENT, jalon
from tests.domain import awarded
from tests.domain.decided import TEXT, assess, begin, decide
from tests.domain.world import World
from tests.eventstore.telling import tell

BASIS = "Code du travail, art. D. 6412-6"
NOW = datetime.now(UTC).replace(hour=9, minute=0, second=0, microsecond=0)
SCHEMES = (
    certified("cqp-cos"),
    with_certificates("cqp-gc", version="y", years=1),
    with_certificates("cqp-gc", version="z", crosswalk=crosswalk(GDU="ucanss:GDU")),
)
COS, SHORT, GC = SCHEMES


def earned(world: World, stream: str, scheme: Scheme, days: int, failed: tuple[str, ...], **fields: Any) -> None:
    """A decision of so many ``days`` ago."""
    world.delivering, world.now = False, NOW - timedelta(days=days)
    begin(world, stream, scheme, **fields)
    world.to_jury(stream)
    assess(world, failed, stream)
    world.give(stream, "send_dossier", sitting=f"sitting:{stream}")
    world.give(stream, "note_dossier", actor=SYSTEM, sitting=f"sitting:{stream}", accepted=True)
    decide(world, stream, f"sitting:{stream}")
    world.delivering = True
    awarded.enter(world, stream)
    world.delivering = False


def lived() -> World:
    """One who earned a block for a year, then a certification of which a block was withdrawn, and begins another."""
    world = World()
    earned(world, "pathway:short", SHORT, 800, ("GRU", "GDU"))
    earned(world, "pathway:cos", COS, 300, ("TD",))
    world.now += timedelta(days=30)
    world.give("pathway:cos", "withdraw_award", block="GRU", reason=TEXT, basis=BASIS)
    world.delivering = True
    awarded.enter(world, "pathway:cos")
    world.delivering = False
    begin(world, "pathway:gc", GC, held=[{"held_as": "old:GDU", "since": "2024-02-01"}])
    begin(world, "pathway:other", GC, person="somebody")
    return world


@pytest.fixture(scope="module")
async def reading(module_database_url: str, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Reading]:
    """A database that holds the world, in the environment of the command line."""
    pool = await open_pool(module_database_url)
    found, store = Reading(pool), EventStore(pool)
    for scheme in SCHEMES:
        await found.publish_scheme(scheme)
    await tell(store, found, lived())
    with pytest.MonkeyPatch.context() as patch:
        for name, value in {
            **ENVIRONMENT,
            "JALON_DATABASE_URL": module_database_url,
            "JALON_TEMPORAL_ADDRESS": "127.0.0.1:9",
            "JALON_STATE": str(tmp_path_factory.mktemp("state")),
        }.items():
            patch.setenv(name, value)
        yield found
    await store.close()
    await pool.close()


@pytest.mark.parametrize("id", ["person", "pathway:gc", "gc"])
@pytest.mark.usefixtures("reading")
async def test_a_wallet_tells_each_block_where_it_comes_from_and_what_it_is_worth(id: str) -> None:
    rows = (await jalon("award", "wallet", id, "--json")).json
    told = [(row["held_as"], row["pathway"], row["status"], row["until"] is None, bool(row["number"])) for row in rows]
    assert told == [
        ("old:GDU", "pathway:gc", "valid", True, False),
        ("ucanss:MDR", "pathway:cos", "valid", True, True),
        ("ucanss:POS", "pathway:cos", "valid", True, True),
        ("ucanss:MDR", "pathway:short", "expired", False, True),
        ("ucanss:GRU", "pathway:cos", "withdrawn", True, True),
    ]
    by_name = {row["held_as"]: row for row in reversed(rows)}
    assert by_name["old:GDU"]["award"] is None
    assert by_name["old:GDU"]["counts_in"] == [{"scheme": "cqp-gc", "block": "GDU"}]
    assert {found["scheme"] for found in by_name["ucanss:MDR"]["counts_in"]} == {"cqp-cos", "cqp-gc"}
    assert by_name["ucanss:GRU"]["counts_in"] == []
    assert by_name["ucanss:GRU"]["withdrawn_on"] == (NOW - timedelta(days=270)).date().isoformat()


@pytest.mark.usefixtures("reading")
async def test_nothing_but_the_wallet_is_on_standard_output_of_a_process_of_its_own() -> None:
    command = (sys.executable, "-m", "interfaces.cli.main", "award", "wallet", "person", "--json")
    process = await asyncio.create_subprocess_exec(*command, stdout=asyncio.subprocess.PIPE)
    out, _ = await process.communicate()
    assert process.returncode == 0
    # In this process the schemes are learnt already, and logs are set up.
    assert len(json.loads(out)) == 5


async def test_the_wallet_of_a_number_is_that_of_whoever_holds_it(reading: Reading) -> None:
    rows = (await jalon("award", "wallet", "person", "--json")).json
    number = next(row["number"] for row in rows if row["number"])
    assert (await jalon("award", "wallet", number, "--json")).json == rows
    accesses = [access async for access in AccessLog(reading.pool).accesses(person="person")]
    assert accesses[-1].purpose == "award wallet"
    assert set(accesses[-1].streams) == {"pathway:cos", "pathway:gc", "pathway:short"}


@pytest.mark.parametrize(("language", "words"), [("fr", ("retiré le", "expiré", "à vie")), ("en", ("withdrawn on",))])
@pytest.mark.usefixtures("reading")
async def test_the_wallet_is_told_in_both_languages(language: str, words: tuple[str, ...]) -> None:
    answer = await jalon("--lang", language, "award", "wallet", "person")
    assert answer.code == 0, answer.err
    assert all(word in answer.out for word in words)


@pytest.mark.usefixtures("reading")
async def test_who_holds_nothing_and_who_is_nobody_are_told() -> None:
    assert (await jalon("award", "wallet", "somebody")).out.startswith("Aucun bloc")
    for id in ("nobody", "COS-1999-000001", "pathway:zzz"):
        answer = await jalon("award", "wallet", id)
        assert (answer.code, answer.out) == (1, "")
        assert id.removeprefix("pathway:") in answer.err
