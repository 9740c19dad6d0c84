"""What somebody can do who owns the database."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

GUARDED = ("events", "sealed", "schemes", "log", "subtrees", "checkpoints", "notary_keys", "epochs", "log_origin")

_TRIGGERS = """
select c.relname, t.tgname from pg_trigger t join pg_class c on c.oid = t.tgrelid
where c.relkind = 'r' and c.relname = any($1) and not t.tgisinternal"""


@asynccontextmanager
async def unguarded(connection: Any) -> AsyncIterator[None]:
    """The triggers are off for a while, and as they were afterwards (those that are still there)."""
    for table, trigger in await connection.fetch(_TRIGGERS, GUARDED):
        await connection.execute(f"alter table {table} disable trigger {trigger}")
    yield
    for table, trigger in await connection.fetch(_TRIGGERS, GUARDED):
        await connection.execute(f"alter table {table} enable always trigger {trigger}")
