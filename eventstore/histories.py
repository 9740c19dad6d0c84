# ruff: noqa: S608 - the statements are put together from constants; every value is a parameter
"""What Temporal knew of each run of a workflow, kept beside the events: runs noted, and histories once they closed.

Which runs there were is read from here and never from Temporal's lists.
"""

from __future__ import annotations

import asyncio
from collections import OrderedDict
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from eventstore.pool import Pool, fetch
from eventstore.unfinished import UNFINISHED

REMEMBERED = 50_000
"""Runs that a process knows to be noted; of older ones it asks PostgreSQL again."""

AGAIN = timedelta(minutes=1)
"""A run that should have closed and had not is asked about again after this long."""

SELDOM = timedelta(hours=6)
"""A run that shows no sign of having closed is asked about this often: somebody may have ended it by hand."""

PAGE = 20

# A run that acts is not lost, whatever was found when another Temporal was asked.
_NOTE = """
insert into runs (run_id, stream_id) select * from unnest($1::text[], $2::text[])
on conflict (run_id) do update set fate = null where runs.fate = 'lost'"""

# A workflow has one run at a time: that another one began, or that the stream needs none, says that this one closed.
_CLOSED = f"""(
    exists (select from runs n where n.stream_id = r.stream_id and n.number > r.number)
    or not exists (select from {UNFINISHED} u where u.stream_id = r.stream_id)
)"""

# Noting the look is what keeps two who ask at once from taking the same runs.
_CLAIM = f"""
with due as materialized (
    select number from runs r
    where fate is null and (
        coalesce(looked_at, noted_at) < $3
        or coalesce(looked_at, '-infinity') < $2 and {_CLOSED}
    )
    order by number limit {PAGE} for update skip locked
)
update runs r set looked_at = $1 from due where r.number = due.number returning r.run_id, r.stream_id"""

_KEEP = """
with kept as (
    insert into histories (run_id, workflow_type, status, events, started_at, closed_at, content)
    values ($1, $2, $3, $4, $5, $6, $7) on conflict (run_id) do nothing
)
update runs set fate = 'kept' where run_id = $1"""

_LOST = "update runs set fate = 'lost' where run_id = $1 and fate is null"

_OF = "from histories h join runs r using (run_id) where ($1::text is null or r.stream_id = $1)"
_COUNT = f"select count(*) {_OF}"
_NEXT = f"""
select r.number, r.run_id, r.stream_id, h.workflow_type, h.status, h.events, h.started_at, h.closed_at, h.content
{_OF} and r.number > $2 order by r.number limit 1"""

_STANDING = f"""
select (select count(*) from histories) as kept, (select count(*) from runs where fate = 'lost') as lost,
       min(coalesce(
           (select min(n.noted_at) from runs n where n.stream_id = r.stream_id and n.number > r.number),
           (select max(e.recorded_at) from events e where e.stream_id = r.stream_id)
       )) as closed_at
from runs r where fate is null and {_CLOSED}"""


@dataclass(frozen=True, slots=True)
class Run:
    """One run of a stream's workflow."""

    run_id: str
    stream: str


@dataclass(frozen=True, slots=True)
class KeptHistory:
    """The history of a closed run. ``content``: gzip of JSON, ``{"workflow_id", "events"}`` as the client gives it.

    ``status`` is how the run closed (``completed``, ``continued_as_new``, ``terminated``…), ``events`` their number.
    """

    run: Run
    workflow_type: str
    status: str
    events: int
    started_at: datetime
    closed_at: datetime
    content: bytes = field(repr=False)


@dataclass(frozen=True, slots=True)
class Standing:
    """How many histories are kept, how many runs were lost with their Temporal, and since when one waits to be kept."""

    kept: int
    lost: int
    waiting_since: datetime | None


class RunBook:
    """Notes runs, each once. One instance per process (and event loop): those noted together share a statement."""

    def __init__(self, pool: Pool) -> None:
        self._pool = pool
        self._noted: OrderedDict[str, None] = OrderedDict()
        self._next: _Page | None = None
        self._turn = asyncio.Lock()

    def note(self, stream: str, run_id: str) -> asyncio.Future[None] | None:
        """Begin to note that ``run_id`` is a run of ``stream``; None if this process knows that it is noted.

        The future is shared: shield it. It raises StoreAway when PostgreSQL cannot be reached.
        """
        if run_id in self._noted:
            return None
        page = self._next
        if page is None:
            page = self._next = _Page()
            page.written = asyncio.ensure_future(self._write(page))
            # Whoever asked may have failed meanwhile, and not look.
            page.written.add_done_callback(lambda written: written.cancelled() or written.exception())
        page.runs[run_id] = stream
        return page.written

    async def _write(self, page: _Page) -> None:
        async with self._turn:
            self._next = None
            await fetch(self._pool, _NOTE, list(page.runs.keys()), list(page.runs.values()))
        self._noted.update(dict.fromkeys(page.runs))
        while len(self._noted) > REMEMBERED:
            self._noted.popitem(last=False)


class _Page:
    """Runs that are noted together."""

    __slots__ = ("runs", "written")
    written: asyncio.Future[None]

    def __init__(self) -> None:
        self.runs: dict[str, str] = {}


class Histories:
    """The runs whose histories are still to be kept, and those that are. Every method may raise ``StoreAway``."""

    def __init__(self, pool: Pool) -> None:
        self._pool = pool

    async def claim(self, now: datetime, again: timedelta = AGAIN) -> list[Run]:
        """Some runs that may have closed and about which nobody asked Temporal within ``again``: whoever claims, asks.

        None that was claimed at the same ``now``.
        """
        return [Run(*row) for row in await fetch(self._pool, _CLAIM, now, now - again, now - SELDOM)]

    async def keep(self, history: KeptHistory) -> None:
        """Keep the history of a run that was noted; nothing if it is kept already."""
        await fetch(
            self._pool,
            _KEEP,
            *(history.run.run_id, history.workflow_type, history.status, history.events),
            *(history.started_at, history.closed_at, history.content),
        )

    async def lose(self, run: Run) -> None:
        """Note that Temporal does not know the run any more."""
        await fetch(self._pool, _LOST, run.run_id)

    async def count(self, stream: str | None = None) -> int:
        """How many histories are kept, of one stream or of all."""
        return int((await fetch(self._pool, _COUNT, stream))[0][0])

    async def kept(self, stream: str | None = None) -> AsyncIterator[KeptHistory]:
        """Every history that is kept, one at a time, in the order in which their runs were noted."""
        number = 0
        while rows := await fetch(self._pool, _NEXT, stream, number):
            number, run_id, of, *rest = rows[0]
            yield KeptHistory(Run(run_id, of), *rest)

    async def standing(self) -> Standing:
        """How far the keeping has got."""
        return Standing(*(await fetch(self._pool, _STANDING))[0])
