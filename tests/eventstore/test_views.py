"""Read models: written with the events they follow from, or not at all."""

from __future__ import annotations

import asyncio
from typing import Any

import asyncpg
import pytest

from domain.log import ViewRows
from domain.scheme.model import AggregateName
from eventstore.pool import Pool
from eventstore.statements import COLUMNS, MAIN
from eventstore.store import EventStore
from tests.eventstore.making import (
    append,
    award_row,
    deadline_row,
    event,
    pathway_row,
    sealed_event,
    session_row,
    sitting_row,
    task_row,
    view,
)


async def rows(pool: Pool, table: str) -> list[dict[str, Any]]:
    key = COLUMNS[table][0]
    name = COLUMNS[table][1]
    return [dict(row) for row in await pool.fetch(f"select * from {table} order by {key}, {name}")]


async def test_the_columns_known_here_are_those_of_the_migrations(pool: Pool) -> None:
    for table, columns in COLUMNS.items():
        found = await pool.fetch("select column_name from information_schema.columns where table_name = $1", table)
        assert {row[0] for row in found} == set(columns)


async def test_every_row_is_stored_as_it_was_given(store: EventStore, pool: Pool) -> None:
    given = view(tasks=[task_row()], deadlines=[deadline_row(), deadline_row("b", due_on=None, due_at=None)])
    given = given.model_copy(update={"awards": (award_row(),)})
    await store.append(append(view=given))
    stream = {"stream_id": "pathway:1"}
    assert await rows(pool, "pathways") == [given.main]
    assert await rows(pool, "tasks") == [task_row() | stream]
    assert await rows(pool, "deadlines") == [row | stream for row in given.deadlines]
    assert await rows(pool, "awards") == [award_row() | stream]


async def test_rows_that_crossed_temporal_as_json_are_stored_alike(store: EventStore, pool: Pool) -> None:
    given = view(tasks=[task_row()], deadlines=[deadline_row()], awards=[award_row()])
    await store.append(append(view=ViewRows.model_validate_json(given.model_dump_json())))
    assert await rows(pool, "pathways") == [given.main]
    assert await rows(pool, "deadlines") == [deadline_row() | {"stream_id": "pathway:1"}]


async def test_an_append_replaces_the_rows_of_its_stream_and_of_no_other(store: EventStore, pool: Pool) -> None:
    await store.append(append(view=view(tasks=[task_row("stays"), task_row("goes"), task_row("changes")])))
    await store.append(append("pathway:2", view=view("pathway:2", tasks=[task_row("goes")])))
    changed = task_row("changes", who="candidate")
    after = view(main={"status": "closed"}, tasks=[task_row("stays"), changed, task_row("comes")])
    await store.append(append("pathway:1", 1, "c2", view=after))
    found = {(row["stream_id"], row["task_id"]): row["who"] for row in await rows(pool, "tasks")}
    assert found == {
        ("pathway:1", "changes"): "candidate",
        ("pathway:1", "comes"): "administrator",
        ("pathway:1", "stays"): "administrator",
        ("pathway:2", "goes"): "administrator",
    }
    assert [row["status"] for row in await rows(pool, "pathways")] == ["closed", "open"]


async def test_an_append_without_rows_to_do_clears_them(store: EventStore, pool: Pool) -> None:
    await store.append(append(view=view(tasks=[task_row()], deadlines=[deadline_row()], awards=[award_row()])))
    await store.append(append("pathway:1", 1, "c2", view=view()))
    assert [await rows(pool, table) for table in ("tasks", "deadlines", "awards")] == [[], [], []]


async def test_an_append_without_a_main_row_leaves_the_read_models_as_they_are(store: EventStore, pool: Pool) -> None:
    await store.append(append(view=view(tasks=[task_row()])))
    await asyncio.gather(
        store.append(append("pathway:1", 1, "c2")),
        store.append(append("pathway:2", 0, "c1", view=view("pathway:2"))),
        store.append(append("pathway:3", 0, "c1", view=view("pathway:3"))),
    )
    assert len(await rows(pool, "tasks")) == 1
    assert len(await rows(pool, "pathways")) == 3


async def test_read_models_stay_when_the_gate_is_closed(store: EventStore, pool: Pool) -> None:
    await store.append(append(view=view(tasks=[task_row()])))
    await store.append(append("pathway:1", 0, "stale", view=view(main={"status": "closed"})))
    await store.append(append("pathway:1", 1, "c1", view=view(main={"status": "closed"})))
    assert [row["status"] for row in await rows(pool, "pathways")] == ["open"]
    assert len(await rows(pool, "tasks")) == 1


async def test_events_are_not_stored_without_their_read_models(store: EventStore, pool: Pool) -> None:
    doubled = view(tasks=[task_row(), task_row()])
    with pytest.raises(asyncpg.PostgresError):
        await store.append(append(view=doubled))
    for table in ("events", "pathways", "tasks"):
        assert await pool.fetchval(f"select count(*) from {table}") == 0


async def test_a_batch_writes_the_read_models_of_all_three_aggregates(store: EventStore, pool: Pool) -> None:
    mains: dict[AggregateName, dict[str, Any]] = {
        "pathway": pathway_row(),
        "session": session_row(),
        "sitting": sitting_row(),
    }
    await asyncio.gather(
        store.append(append("pathway:0")),
        *(
            store.append(
                append(
                    f"{name}:1", 0, "c1", sealed_event(), aggregate=name, view=ViewRows(main=main, tasks=(task_row(),))
                )
            )
            for name, main in mains.items()
        ),
    )
    for name, main in mains.items():
        assert await rows(pool, MAIN[name]) == [main]
    assert [row["stream_id"] for row in await rows(pool, "tasks")] == ["pathway:1", "session:1", "sitting:1"]
    assert await pool.fetchval("select count(*) from sealed") == 3


@pytest.mark.parametrize(
    "wrong",
    [
        ViewRows(main=pathway_row("pathway:2")),
        ViewRows(main=pathway_row() | {"colour": "blue"}),
        ViewRows(main={"pathway_id": "pathway:1"}),
        ViewRows(main=pathway_row(), tasks=({"task_id": "t"},)),
    ],
)
async def test_rows_of_another_shape_or_stream_are_refused(store: EventStore, wrong: ViewRows) -> None:
    with pytest.raises(ValueError, match="row"):
        await store.append(append("pathway:1", 0, "c1", event(), view=wrong))
