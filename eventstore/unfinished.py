# ruff: noqa: S608 - put together from constants
"""Which streams still need a workflow: those that have not ended, owe something, or wait for a moment to come."""

from __future__ import annotations

from collections.abc import AsyncIterator

from eventstore.pool import Pool, fetch

PAGE = 1000


def _of(table: str, key: str, ended: str) -> str:
    return f"""
        select {key} as stream_id from {table} t
        where t.status not in ({ended}) or t.owed > 0
        or exists (select from deadlines d where d.stream_id = t.{key} and d.status = 'running')"""


UNFINISHED = f"""(
        {_of("pathways", "pathway_id", "'closed'")}
        union all {_of("sessions", "session_id", "'completed', 'cancelled'")}
        union all {_of("sittings", "sitting_id", "'proclaimed', 'cancelled'")}
        union all {_of("registers", "register_id", "''")}
        union all {_of("award_books", "book_id", "''")}
        union all {_of("deposits", "deposit_id", "''")}
    )"""
"""A table expression of ``stream_id``: what the workflows' loop calls not over, in the words of the read models."""

_COUNT = f"select count(*) from {UNFINISHED} u"
_NEXT = f"select stream_id from {UNFINISHED} u where stream_id > $1 order by stream_id limit $2"


async def count_unfinished(pool: Pool) -> int:
    """How many streams need a workflow.

    Raises:
        StoreAway: PostgreSQL cannot be reached.
    """
    return int((await fetch(pool, _COUNT))[0][0])


async def unfinished(pool: Pool) -> AsyncIterator[list[str]]:
    """The streams that need a workflow, page by page, in the order of their ids; each once.

    Raises:
        StoreAway: PostgreSQL cannot be reached.
    """
    after = ""
    while page := [row[0] for row in await fetch(pool, _NEXT, after, PAGE)]:
        yield page
        after = page[-1]
