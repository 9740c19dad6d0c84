"""The access log: written before anything is opened, once for each person and stream, and never changed."""

from __future__ import annotations

import ast
from collections.abc import AsyncIterator
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import asyncpg
import pytest

from domain.authority import Actor, Role
from domain.records import Sealed
from eventstore.access import Access, AccessLog, NotRecorded, Reader
from eventstore.identity import Identity
from eventstore.keyring import Keyring
from eventstore.pool import Pool
from tests.eventstore import making

ADA = Actor(id="operator:ada", role=Role.ADMINISTRATOR)
ROOT = Path(__file__).parents[2]


@pytest.fixture
def log(pool: Pool) -> AccessLog:
    return AccessLog(pool)


@pytest.fixture
def keyring(pool: Pool) -> Keyring:
    return making.keyring(pool)


async def _recorded(rows: AsyncIterator[Access]) -> list[Access]:
    return [row async for row in rows]


async def _sealed(keyring: Keyring, name: str, *contexts: str) -> list[tuple[Sealed, str]]:
    [person] = await keyring.enrol([Identity(name, "Zoé", date(1990, 1, 1))])
    return [(await keyring.seal(person, context, f"{name} {context}"), context) for context in contexts]


async def test_what_is_opened_was_recorded_once_for_each_person(log: AccessLog, keyring: Keyring) -> None:
    values = [
        *await _sealed(keyring, "Aubry", "pathway:1/start/identity", "sitting:1/x/reasons", "pathway:1/y/reason"),
        *await _sealed(keyring, "Bonnet", "pathway:2/start/identity"),
    ]
    reader = Reader(log, keyring, ADA, "sitting show")
    assert (await reader.open(values))[3] == "Bonnet pathway:2/start/identity"
    await reader.open(values[:2])
    rows = await _recorded(log.accesses())
    assert [(row.actor, row.role, row.purpose, row.person, row.streams) for row in rows] == [
        ("operator:ada", "administrator", "sitting show", values[0][0].subject, ["pathway:1", "sitting:1"]),
        ("operator:ada", "administrator", "sitting show", values[3][0].subject, ["pathway:2"]),
    ]


async def test_another_act_of_reading_is_another_record(log: AccessLog, keyring: Keyring) -> None:
    [value] = await _sealed(keyring, "Aubry", "pathway:1/start/identity")
    for _ in range(2):
        await Reader(log, keyring, ADA, "pathway show").open([value])
    assert len(await _recorded(log.accesses(person=value[0].subject))) == 2


async def test_what_cannot_be_recorded_is_not_opened(pool: Pool, log: AccessLog, keyring: Keyring) -> None:
    [value] = await _sealed(keyring, "Aubry", "pathway:1/start/identity")
    await pool.execute("alter table access_log add constraint full_up check (actor = 'nobody')")
    with pytest.raises(NotRecorded):
        await Reader(log, keyring, ADA, "pathway show").open([value])


@pytest.mark.parametrize(
    "change", ["update access_log set actor = 'x'", "delete from access_log", "truncate access_log"]
)
async def test_the_record_never_changes(pool: Pool, log: AccessLog, change: str) -> None:
    await log.record(ADA, "pathway show", [("p1", ["pathway:1"])])
    with pytest.raises(asyncpg.RestrictViolationError):
        await pool.execute(change)


async def test_accesses_are_found_by_person_actor_and_time(log: AccessLog) -> None:
    bob = Actor(id="operator:bob", role=Role.AUDITOR)
    await log.record(ADA, "pathway list", [("p1", ["pathway:1"]), ("p2", ["pathway:2"])])
    await log.record(bob, "codec decode", [(None, ["pathway:1"])])
    now = datetime.now(UTC)
    hour = timedelta(hours=1)
    assert [row.person for row in await _recorded(log.accesses(actor="operator:ada"))] == ["p1", "p2"]
    assert [row.purpose for row in await _recorded(log.accesses(person="p2"))] == ["pathway list"]
    assert len(await _recorded(log.accesses(since=now - hour, until=now + hour))) == 3
    assert await _recorded(log.accesses(since=now + hour)) == []
    assert await _recorded(log.accesses(until=now - hour)) == []


async def test_more_than_a_page_comes_whole_and_in_order(log: AccessLog) -> None:
    await log.record(ADA, "pathway list", [(f"p{number}", ["pathway:1"]) for number in range(2500)])
    rows = await _recorded(log.accesses())
    assert [row.person for row in rows] == [f"p{number}" for number in range(2500)]


def test_only_the_reader_unseals() -> None:
    callers = {
        str(path.relative_to(ROOT))
        for room in ("activities", "interfaces", "workers", "workflows", "eventstore")
        for path in (ROOT / room).rglob("*.py")
        for node in ast.walk(ast.parse(path.read_text("utf-8")))
        if isinstance(node, ast.Call)
        and isinstance(node.func, ast.Attribute)
        and node.func.attr in ("unseal", "unseal_all")
    }
    assert callers == {"eventstore/access.py"}
