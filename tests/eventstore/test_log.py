"""What is recorded stays as it was, provable, and without personal data in the clear."""

from __future__ import annotations

import hashlib
from datetime import UTC, datetime, timedelta
from uuid import UUID

import asyncpg
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from domain.ledger import leaf_hash
from domain.log import LoadRequest
from domain.records import event_id
from eventstore.pool import Pool
from eventstore.store import EventStore
from tests.eventstore.making import append, event, sealed_event
from tests.eventstore.notarising import leaf_of, sealed

TEXTS = st.text(st.characters(codec="utf-8", exclude_characters="\x00"), max_size=40)
MICROSECOND = timedelta(microseconds=1)
# To the microsecond, well beyond any date that is met.
MOMENTS = st.datetimes(datetime(1000, 1, 1), datetime(3000, 1, 1), timezones=st.just(UTC))  # noqa: DTZ001
NUMBERS = st.integers(0, 2**31 - 1)


@pytest.mark.parametrize("table", ["events", "sealed", "schemes"])
@pytest.mark.parametrize("change", ["update {} set stream_id = 'x'", "delete from {}", "truncate {}"])
async def test_what_is_recorded_cannot_be_changed(store: EventStore, pool: Pool, table: str, change: str) -> None:
    await store.append(append("pathway:1", 0, "c1", sealed_event()))
    statement = change.format(table)
    if table == "schemes":
        statement = statement.replace("stream_id", "hash")
    with pytest.raises(asyncpg.RestrictViolationError):
        await pool.execute(statement)


async def test_a_session_that_plays_a_replica_cannot_change_the_log_either(store: EventStore, pool: Pool) -> None:
    await store.append(append())
    async with pool.acquire() as connection, connection.transaction():
        await connection.execute("set local session_replication_role = replica")
        with pytest.raises(asyncpg.RestrictViolationError):
            await connection.execute("delete from events")


@settings(deadline=None)
@given(
    stream=TEXTS, version=NUMBERS, id=st.uuids(), command=TEXTS, seq=NUMBERS, type=TEXTS, schema=NUMBERS,
    occurred=MOMENTS, recorded=MOMENTS, public=st.binary(max_size=100),
)  # fmt: skip
def test_a_leaf_is_what_its_description_says(
    stream: str, version: int, id: UUID, command: str, seq: int, type: str, schema: int,
    occurred: datetime, recorded: datetime, public: bytes,
) -> None:  # fmt: skip
    described = b"\x00"
    for field in (stream, version, id, command, seq, type, schema, occurred, recorded):
        if isinstance(field, str):
            described += len(field.encode()).to_bytes(4, "big") + field.encode()
        elif isinstance(field, UUID):
            described += field.bytes
        else:
            number = field if isinstance(field, int) else (field - datetime(1970, 1, 1, tzinfo=UTC)) // MICROSECOND
            described += number.to_bytes(8, "big", signed=True)
    described += hashlib.sha256(public).digest()
    assert hashlib.sha256(described).digest() == leaf_hash(
        stream=stream,
        version=version,
        event_id=id,
        command_id=command,
        command_seq=seq,
        type=type,
        schema_version=schema,
        occurred_at=occurred,
        recorded_at=recorded,
        public=public,
    )


async def test_every_stored_event_carries_the_leaf_of_what_is_read_back(store: EventStore, pool: Pool) -> None:
    await store.append(append("pathway:é", 0, "c1", event("ça"), event("\U0001f600"), sealed_event()))
    entries = await sealed(pool)
    for number, entry in enumerate(entries):
        assert entry.event_id == event_id("pathway:é", number + 1)
        assert entry.command_seq == number
        assert entry.leaf_hash == leaf_of(entry)
    assert len(entries) == 3


async def test_a_ciphertext_stands_beside_its_event_with_its_person(store: EventStore, pool: Pool) -> None:
    await store.append(append("pathway:1", 0, "c1", event(), sealed_event(b"cipher", "contact", "p7")))
    row = await pool.fetchrow("select * from sealed")
    assert row is not None
    assert (row["version"], row["field"], row["subject_id"], row["ciphertext"]) == (2, "contact", "p7", b"cipher")
    public = (await store.load(LoadRequest(stream="pathway:1"))).events[1].public
    assert row["digest"].hex() in public
    assert "Y2lwaGVy" not in public


async def test_a_ciphertext_that_the_public_part_does_not_vouch_for_is_refused(store: EventStore) -> None:
    honest = sealed_event()
    for forged in (
        honest.model_copy(update={"public": "{}"}),
        honest.model_copy(update={"sealed": {"identity": sealed_event(b"other").sealed["identity"]}}),
        honest.model_copy(update={"sealed": {"identity": honest.sealed["identity"].public()}}),
        honest.model_copy(update={"public": honest.public + str(honest.sealed["identity"].ciphertext)}),
    ):
        with pytest.raises(ValueError, match="identity"):
            await store.append(append("pathway:1", 0, "c1", forged))
