# ruff: noqa: S608 - the statements are put together from constants; every value is a parameter
"""What the doors read: lists, one row by its id, counts. All of it comes from the read models, none from Temporal."""

from __future__ import annotations

import base64
from collections.abc import Sequence
from datetime import UTC, date, datetime, timedelta
from typing import Any, TypeVar

import asyncpg

from domain.agenda import Effect
from domain.log import StoredEvent
from domain.records import Sealed
from domain.scheme.model import Scheme
from eventstore.pool import Pool, fetch
from eventstore.rows import (
    AwardRow,
    DeadlineRow,
    EventRow,
    NoticeRow,
    PathwayRow,
    RegisterRow,
    SealedRow,
    SessionRow,
    SittingRow,
    TaskRow,
)
from eventstore.statements import COLUMNS, MAIN

Row = TypeVar("Row")

_NOTICE = "notice_id, stream_id, audience, template, params, recorded_at"

# The identity stands beside the event that last told it; the command of that event is part of what it was sealed in.
_PATHWAYS = f"""
select {", ".join(f"p.{column}" for column in COLUMNS["pathways"])},
       s.subject_id, s.key_version, s.ciphertext, s.digest, e.command_id
from pathways p
left join sealed s on s.stream_id = p.pathway_id and s.version = p.identity_version and s.field = 'identity'
left join events e on e.stream_id = p.pathway_id and e.version = p.identity_version"""


class NotFound(LookupError):
    """No row has this id, nor one that begins so."""


class Ambiguous(LookupError):
    """Several ids begin so; ``candidates`` are some of them."""

    def __init__(self, prefix: str, candidates: tuple[str, ...]) -> None:
        super().__init__(f"{prefix}: {', '.join(candidates)}")
        self.prefix = prefix
        self.candidates = candidates


class SchemeConflict(ValueError):
    """This version of the scheme is already published with another content; a published version never changes."""


class Reading:
    """Queries on the read models. Every method raises ``StoreAway`` when PostgreSQL cannot be reached."""

    def __init__(self, pool: Pool) -> None:
        self._pool = pool

    @property
    def pool(self) -> Pool:
        """The connections, for the queries that stand in modules of their own."""
        return self._pool

    # --- pathways -----------------------------------------------------------------------------------------------

    async def pathways(
        self,
        *,
        scheme: str | None = None,
        status: str | None = None,
        step: str | None = None,
        employer: str | None = None,
        route: str | None = None,
        limit: int | None = None,
        offset: int = 0,
    ) -> list[PathwayRow]:
        """Pathways that meet every filter given, in the order of opening."""
        filters = {"scheme_id": scheme, "status": status, "step": step, "employer": employer, "route": route}
        where, values = _conditions("p", filters)
        query = f"{_PATHWAYS}{where} order by p.opened_on, p.pathway_id limit ${len(values) + 1} offset {int(offset)}"
        return [_pathway(row) for row in await fetch(self._pool, query, *values, limit)]

    async def pathway(self, id: str) -> PathwayRow:
        """The pathway called ``id``, or the only one whose id begins so, with or without ``pathway:`` before it.

        Raises:
            NotFound, Ambiguous.
        """
        found = await self._by_prefix("pathways", "pathway", id)
        return _pathway((await fetch(self._pool, f"{_PATHWAYS} where p.pathway_id = $1", found))[0])

    async def pathways_called(self, ids: Sequence[str]) -> dict[str, PathwayRow]:
        """The pathways with exactly these ids, by id; those that do not exist are left out."""
        query = f"{_PATHWAYS} where p.pathway_id = any($1::text[])"
        return {row["pathway_id"]: _pathway(row) for row in await fetch(self._pool, query, list(ids))}

    async def open_pathways_of(self, person: str) -> list[str]:
        """The ids of the pathways of ``person`` that are not closed."""
        query = "select pathway_id from pathways where person_id = $1 and status <> 'closed' order by pathway_id"
        return [row[0] for row in await fetch(self._pool, query, person)]

    async def pathways_of(self, person: str) -> list[str]:
        """The ids of all pathways of ``person``, those that are closed too."""
        query = "select pathway_id from pathways where person_id = $1 order by pathway_id"
        return [row[0] for row in await fetch(self._pool, query, person)]

    async def pathway_counts(self, persons: Sequence[str]) -> dict[tuple[str, str], tuple[int, int]]:
        """How many pathways are open and closed, by person and scheme id; pairs without any are left out."""
        query = """
            select person_id, scheme_id, count(*) filter (where status <> 'closed') as open,
                   count(*) filter (where status = 'closed') as closed
            from pathways where person_id = any($1::text[]) group by person_id, scheme_id"""
        return {
            (row["person_id"], row["scheme_id"]): (row["open"], row["closed"])
            for row in await fetch(self._pool, query, list(persons))
        }

    # --- sessions, sittings and registers -----------------------------------------------------------------------

    async def sessions(self, *, scheme: str | None = None, status: str | None = None) -> list[SessionRow]:
        """Sessions, the earliest first."""
        where, values = _conditions("t", {"scheme_id": scheme, "status": status})
        query = f"select {_columns('sessions')} from sessions t{where} order by opens, session_id"
        return [SessionRow(**row) for row in await fetch(self._pool, query, *values)]

    async def session(self, id: str) -> SessionRow:
        """The session called ``id`` or the only one whose id begins so. Raises NotFound, Ambiguous."""
        found = await self._by_prefix("sessions", "session", id)
        query = f"select {_columns('sessions')} from sessions where session_id = $1"
        return SessionRow(**(await fetch(self._pool, query, found))[0])

    async def sittings(self, *, scheme: str | None = None, status: str | None = None) -> list[SittingRow]:
        """Sittings, the earliest first."""
        where, values = _conditions("t", {"scheme_id": scheme, "status": status})
        query = f"select {_columns('sittings')} from sittings t{where} order by held_on, sitting_id"
        return [SittingRow(**row) for row in await fetch(self._pool, query, *values)]

    async def sitting(self, id: str) -> SittingRow:
        """The sitting called ``id`` or the only one whose id begins so. Raises NotFound, Ambiguous."""
        found = await self._by_prefix("sittings", "sitting", id)
        query = f"select {_columns('sittings')} from sittings where sitting_id = $1"
        return SittingRow(**(await fetch(self._pool, query, found))[0])

    async def registers(self) -> list[RegisterRow]:
        """The registers, by their ids."""
        query = f"select {_columns('registers')} from registers order by register_id"
        return [RegisterRow(**row) for row in await fetch(self._pool, query)]

    async def register(self, id: str) -> RegisterRow:
        """The register called ``id`` or the only one whose id begins so. Raises NotFound, Ambiguous."""
        found = await self._by_prefix("registers", "register", id)
        query = f"select {_columns('registers')} from registers where register_id = $1"
        return RegisterRow(**(await fetch(self._pool, query, found))[0])

    # --- tasks, deadlines, awards, notices ----------------------------------------------------------------------

    async def tasks(
        self,
        *,
        stream: str | None = None,
        who: str | None = None,
        kind: str | None = None,
        due_before: date | None = None,
    ) -> list[TaskRow]:
        """Tasks to do, the most urgent first; ``due_before`` keeps those due before that day."""
        where, values = _conditions("t", {"stream_id": stream, "who": who, "kind": kind})
        if due_before is not None:
            values.append(due_before)
            where += f"{' and' if where else ' where'} t.due_on < ${len(values)}"
        query = f"select {_columns('tasks')} from tasks t{where} order by due_on nulls last, since, stream_id, task_id"
        return [TaskRow(**row) for row in await fetch(self._pool, query, *values)]

    async def tasks_of(self, streams: Sequence[str]) -> dict[str, list[TaskRow]]:
        """The tasks of many streams, by stream, the most urgent first; streams without any are left out."""
        query = f"""
            select {_columns("tasks")} from tasks where stream_id = any($1::text[])
            order by due_on nulls last, since, task_id"""
        found: dict[str, list[TaskRow]] = {}
        for row in await fetch(self._pool, query, list(streams)):
            found.setdefault(row["stream_id"], []).append(TaskRow(**row))
        return found

    async def deadlines(
        self,
        *,
        as_of: datetime,
        stream: str | None = None,
        late: bool = False,
        within_days: int | None = None,
    ) -> list[DeadlineRow]:
        """Deadlines that run, are paused or were missed, the earliest first.

        ``late``: only those whose moment had passed at ``as_of``. ``within_days``: only those that pass within so many
        days after ``as_of`` (or had passed already). Paused deadlines have no moment, so neither keeps them. A right
        that ended unused is not late, it is no more.
        """
        where, values = _conditions("t", {"stream_id": stream})
        values.append(as_of.astimezone(UTC))
        where += f"{' and' if where else ' where'} (t.status <> 'open' or t.due_at > ${len(values)})"
        until = as_of if late else as_of + timedelta(days=within_days) if within_days is not None else None
        if until is not None:
            values.append(until.astimezone(UTC))
            where += f" and t.due_at <= ${len(values)}"
        query = (
            f"select {_columns('deadlines')} from deadlines t{where} order by due_at nulls last, stream_id, deadline_id"
        )
        return [DeadlineRow(**row) for row in await fetch(self._pool, query, *values)]

    async def deadline(self, stream: str, id: str) -> DeadlineRow:
        """One deadline of a stream. Raises NotFound."""
        query = f"select {_columns('deadlines')} from deadlines where stream_id = $1 and deadline_id = $2"
        rows = await fetch(self._pool, query, stream, id)
        if not rows:
            raise NotFound(f"{stream}/{id}")
        return DeadlineRow(**rows[0])

    async def awards(self, *, person: str | None = None, stream: str | None = None) -> list[AwardRow]:
        """Awards of a person, of a pathway, or all, in the order in which they were made."""
        where, values = _conditions("t", {"person_id": person, "stream_id": stream})
        query = f"select {_columns('awards')} from awards t{where} order by awarded_on, award_id"
        return [AwardRow(**row) for row in await fetch(self._pool, query, *values)]

    async def notices(self, stream: str) -> list[NoticeRow]:
        """What was told to whom about a stream, the oldest first."""
        query = f"select {_NOTICE} from notices where stream_id = $1 order by recorded_at, notice_id"
        return [NoticeRow(**row) for row in await fetch(self._pool, query, stream)]

    async def insert_notice(self, stream: str, notice: Effect) -> bool:
        """Record a notice that ``stream`` owes, once; False when it was there already."""
        rows = await fetch(
            self._pool,
            """insert into notices (notice_id, stream_id, audience, template, params, recorded_at)
            select $1, stream_id, $4, $5, $6, recorded_at from events where stream_id = $2 and version = $3
            on conflict (notice_id) do nothing returning notice_id""",
            *(notice.id, stream, notice.version, notice.audience, notice.template, notice.params),
        )
        return bool(rows)

    # --- schemes and streams ------------------------------------------------------------------------------------

    async def publish_scheme(self, scheme: Scheme) -> bool:
        """Publish a scheme version under its content hash; False when it was published before.

        Raises:
            SchemeConflict: the version is published with another content.
        """
        rows = await fetch(
            self._pool,
            """insert into schemes (hash, scheme_id, version, content) values ($1, $2, $3, $4)
            on conflict do nothing returning hash""",
            *(scheme.hash, scheme.id, scheme.version, scheme.canonical),
        )
        if not rows and not await fetch(self._pool, "select from schemes where hash = $1", scheme.hash):
            raise SchemeConflict(f"{scheme.id} {scheme.version}")
        return bool(rows)

    async def published_hashes(self) -> list[str]:
        """The hashes of all published scheme versions, in the order of publication."""
        return [row[0] for row in await fetch(self._pool, "select hash from schemes order by published_at, hash")]

    async def scheme_content(self, hash: str) -> bytes:
        """The canonical JSON of a published scheme version. Raises NotFound."""
        rows = await fetch(self._pool, "select content from schemes where hash = $1", hash)
        if not rows:
            raise NotFound(hash)
        content: bytes = rows[0][0]
        return content

    async def schemes(self) -> list[tuple[str, bytes]]:
        """Hash and canonical JSON of every published scheme version, in the order of publication."""
        query = "select hash, content from schemes order by published_at, hash"
        return [(row["hash"], row["content"]) for row in await fetch(self._pool, query)]

    async def stream_version(self, stream: str) -> int:
        """The version at which a stream stands; 0 when it does not exist."""
        rows = await fetch(self._pool, "select max(version) from events where stream_id = $1", stream)
        return rows[0][0] or 0

    async def missing_streams(self, streams: Sequence[str]) -> list[str]:
        """Those of ``streams`` that do not exist yet, in their order."""
        query = "select stream_id from events where version = 1 and stream_id = any($1::text[])"
        rows = await fetch(self._pool, query, list(streams))
        known = {row[0] for row in rows}
        return [stream for stream in streams if stream not in known]

    async def events(self, stream: str, after_version: int = 0) -> list[EventRow]:
        """The events of a stream after ``after_version``, in order, each with its leaf hash."""
        query = """
            select version, command_id, type, schema_version, occurred_at, recorded_at,
                   convert_from(public, 'UTF8') as public, event_id, leaf_hash
            from events where stream_id = $1 and version > $2 order by version"""
        return [
            EventRow(StoredEvent(**dict(list(row.items())[:-2])), row["event_id"], row["leaf_hash"])
            for row in await fetch(self._pool, query, stream, after_version)
        ]

    async def unsettled(self, as_of: datetime) -> int:
        """How many effects are owed and not yet settled, and how many moments of ``as_of`` are not yet handled."""
        owed = " + ".join(f"(select coalesce(sum(owed), 0) from {table})" for table in MAIN.values())
        query = f"select {owed} + (select count(*) from deadlines where status = 'running' and due_at <= $1)"
        return int((await fetch(self._pool, query, as_of.astimezone(UTC)))[0][0])

    async def event_count(self) -> int:
        """How many events the log holds."""
        return int((await fetch(self._pool, "select count(*) from events"))[0][0])

    async def counts(self, *types: str) -> list[int]:
        """How many events of each of ``types`` the log holds."""
        rows = await fetch(self._pool, "select type, count(*) from events where type = any($1) group by type", types)
        found = {row[0]: int(row[1]) for row in rows}
        return [found.get(type, 0) for type in types]

    async def last_day(self, zone: str) -> date:
        """The day, in time zone ``zone``, of the last event; the first of all days when the log is empty."""
        query = """
            select (greatest(recorded_at, occurred_at) at time zone $1)::date from events
            order by position desc limit 1"""
        rows = await fetch(self._pool, query, zone)
        return rows[0][0] if rows else date.min

    async def streams(self) -> list[str]:
        """The ids of all streams."""
        return [
            row[0]
            for row in await fetch(self._pool, "select stream_id from events where version = 1 order by stream_id")
        ]

    async def sealed_values(self, stream: str) -> list[SealedRow]:
        """Every sealed value of a stream with its ciphertext, for a reader who may unseal it."""
        query = """
            select s.version, s.field, s.subject_id, s.key_version, s.ciphertext, s.digest, e.command_id
            from sealed s join events e using (stream_id, version)
            where s.stream_id = $1 order by s.version, s.field"""
        return [
            SealedRow(row["version"], row["field"], sealed_in(row), context_of(stream, row["command_id"], row["field"]))
            for row in await fetch(self._pool, query, stream)
        ]

    async def recommendations(self, pathway: str, person: str, version: int) -> dict[str, tuple[Sealed, str]]:
        """Block -> what the last decision up to ``version`` recommends for it, sealed, and what it was sealed in.

        The decision tells them by digest: they stand beside the event of the sitting, or of the jury, that wrote them.
        """
        query = """
            with decided as (
                select convert_from(public, 'UTF8')::jsonb #> '{fact,recommendations}' as told from events
                where stream_id = $1 and version <= $3 and type = 'decision_recorded' order by version desc limit 1
            )
            select distinct on (t.key) t.key as block, s.stream_id, s.field, s.subject_id, s.key_version, s.ciphertext,
                   s.digest, e.command_id
            from decided, jsonb_each(told) t
            join sealed s on s.subject_id = $2 and s.digest = decode(t.value ->> 'digest', 'hex')
            join events e using (stream_id, version)
            where s.ciphertext is not null order by t.key"""
        return {
            row["block"]: (sealed_in(row), context_of(row["stream_id"], row["command_id"], row["field"]))
            for row in await fetch(self._pool, query, pathway, person, version)
        }

    async def _by_prefix(self, table: str, aggregate: str, id: str) -> str:
        """The one id that is ``id`` or begins so; the aggregate's name before it may be left out."""
        prefix = id if id.startswith(f"{aggregate}:") else f"{aggregate}:{id}"
        key = COLUMNS[table][0]
        query = f"""
            select {key} from {table} where {key} = any($1::text[]) or {key} like any($2::text[])
            order by {key} <> all($1::text[]), {key} limit 5"""
        patterns = [_literal(id) + "%", _literal(prefix) + "%"] if id else []
        found = [row[0] for row in await fetch(self._pool, query, [id, prefix], patterns)]
        if not found:
            raise NotFound(id)
        if len(found) > 1 and found[0] not in (id, prefix):
            raise Ambiguous(id, tuple(found))
        first: str = found[0]
        return first


def context_of(stream: str, command_id: str, field: str) -> str:
    """What the door sealed a field in: the order, and the field's own name without the path that leads to it.

    Commands and the facts that they become have the same field names at different depths.
    """
    names = [part for part in field.split(".") if not part.isdigit()]
    return f"{stream}/{command_id}/{names[-1]}"


def _columns(table: str) -> str:
    return ", ".join(COLUMNS[table])


def _conditions(alias: str, filters: dict[str, str | None]) -> tuple[str, list[Any]]:
    given = [(column, value) for column, value in filters.items() if value is not None]
    terms = [f"{alias}.{column} = ${number}" for number, (column, _) in enumerate(given, start=1)]
    return (f" where {' and '.join(terms)}" if terms else ""), [value for _, value in given]


def _literal(text: str) -> str:
    return text.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_")


def sealed_in(row: asyncpg.Record) -> Sealed:
    """The sealed value of a row that has the columns of ``sealed``."""
    return Sealed(
        subject=row["subject_id"],
        key_version=row["key_version"],
        digest=row["digest"].hex(),
        ciphertext=base64.b64encode(row["ciphertext"]).decode() if row["ciphertext"] is not None else None,
    )


def _pathway(row: asyncpg.Record) -> PathwayRow:
    values = {column: row[column] for column in COLUMNS["pathways"]}
    values["held"] = tuple(values["held"])
    there = row["ciphertext"] is not None
    context = context_of(row["pathway_id"], row["command_id"], "identity") if there else None
    return PathwayRow(**values, identity=sealed_in(row) if there else None, identity_context=context)
