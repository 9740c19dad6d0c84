"""What is missing, unreachable or too old, as data: the doors put it into words."""

from __future__ import annotations

import asyncio
import os
import shutil
import subprocess
import sys
from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from importlib.resources import files
from pathlib import Path
from typing import Any, Literal

import asyncpg
from temporalio.api.enums.v1 import TaskQueueType
from temporalio.api.taskqueue.v1 import TaskQueue
from temporalio.api.workflowservice.v1 import DescribeNamespaceRequest, DescribeTaskQueueRequest
from temporalio.client import Client
from temporalio.service import RPCError, RPCStatusCode

from activities.contracts import TASK_QUEUE
from activities.relay import Relay
from eventstore.histories import Histories, Standing
from eventstore.keys import Keys
from eventstore.masters import WrongKey
from eventstore.persons import Persons
from eventstore.reading import Reading
from workers.embedded.account import unprivileged
from workers.embedded.found import find_stack
from workers.embedded.places import data_place, programs
from workers.embedded.temporal import program
from workers.issuing import base_address, find_issuer, find_seal, issues
from workers.mail import mail_settings
from workers.notary_health import examine_notary, problems
from workers.seal_key import SEAL_FILE
from workers.settings import (
    CONNECT_SECONDS,
    Services,
    Settings,
    connect_temporal,
    open_pool,
    resolve,
    sealing_keys,
    unreachable_postgres,
)
from workers.trouble import Trouble

OLDEST_PYTHON = (3, 11)
OLDEST_POSTGRES = 15
LOW_DISK_MIB, NO_DISK_MIB = 2_000, 200
CLOCK_TOLERANCE = timedelta(seconds=2)
POLLER_AGE = timedelta(minutes=2)
"""A worker asks for work at least once a minute."""

EXPIRES_SOON = timedelta(days=30)
"""So long before its end a certificate is to be renewed."""

LATE_HISTORY = timedelta(hours=1)
"""Temporal keeps what has closed for a day at least."""

Verdict = Literal["ok", "warning", "fault"]


@dataclass(frozen=True)
class Finding:
    """One answer. ``name`` is the message that states it; unless ``ok``, ``name + "_do"`` says what to do."""

    check: str
    verdict: Verdict
    name: str
    params: dict[str, Any] = field(default_factory=dict)


def _ok(check: str, **params: Any) -> Finding:
    return Finding(check, "ok", f"stack.doctor.{check}.ok", params)


def _fault(check: str, what: str, **params: Any) -> Finding:
    return Finding(check, "fault", f"stack.doctor.{check}.{what}", params)


def _warning(check: str, what: str, **params: Any) -> Finding:
    return Finding(check, "warning", f"stack.doctor.{check}.{what}", params)


async def examine(settings: Settings) -> AsyncIterator[Finding]:
    """Every check in order, from the machine to the worker; what depends on something faulty is left out."""
    for finding in (check_python(), *check_programs(settings), check_disk(settings.state), check_state(settings.state)):
        yield finding
    key = check_key(settings)
    if needs_stack(settings) and find_stack(settings.state) is None:
        yield _fault("stack", "stopped", state=str(settings.state.absolute()))
        if key.verdict != "ok" and (settings.state / "postgres.password").exists():
            yield key
        return
    if key.verdict != "ok":
        yield key
        return
    services = resolve(settings)
    whole = True
    async for finding in check_postgres(services):
        whole = whole and finding.verdict != "fault"
        yield finding
    if whole:
        async for finding in check_notary(services, settings):
            yield finding
        yield await check_histories(services)
        yield await check_erasures(services)
        yield await check_undelivered(services)
    yield await check_relay(settings)
    yield await asyncio.to_thread(check_seal, settings)
    async for finding in check_temporal(services):
        yield finding


def needs_stack(settings: Settings) -> bool:
    """Whether something must come from ``jalon up``."""
    return settings.database_url is None or settings.temporal_address is None


def check_python(version: tuple[int, ...] = sys.version_info[:3]) -> Finding:
    """Python is new enough."""
    shown = ".".join(map(str, version))
    oldest = ".".join(map(str, OLDEST_PYTHON))
    return (
        _ok("python", version=shown)
        if version >= OLDEST_PYTHON
        else _fault("python", "old", version=shown, oldest=oldest)
    )


def check_programs(settings: Settings) -> Iterator[Finding]:
    """The servers that would be started from here are installed and can be executed."""
    if settings.database_url is None:
        try:
            account = unprivileged()
            yield _runs("postgres", programs(account) / "bin" / "postgres")
        except ModuleNotFoundError:
            yield _fault("programs", "missing", program="postgres")
        except Trouble as trouble:
            yield Finding("programs", "fault", trouble.name, trouble.params)
    if settings.temporal_address is None:
        for name in ("temporal", "temporal-test-server"):
            try:
                yield _runs(name, program(name))
            except FileNotFoundError:
                yield _fault("programs", "missing", program=name)


def _runs(name: str, file: Path) -> Finding:
    if not file.exists():
        return _fault("programs", "missing", program=name)
    if not os.access(file, os.X_OK):
        return _fault("programs", "not_executable", program=name, file=str(file))
    if name == "temporal-test-server":
        # It knows no question that it answers without starting.
        return _ok("programs", program=name, version="")
    try:
        ran = subprocess.run([str(file), "--version"], capture_output=True, text=True, timeout=20, check=True)  # noqa: S603
    except (OSError, subprocess.SubprocessError):
        return _fault("programs", "not_executable", program=name, file=str(file))
    return _ok("programs", program=name, version=ran.stdout.strip())


def check_disk(state: Path) -> Finding:
    """There is room where the state is kept, and the database if it is elsewhere."""
    free = min(shutil.disk_usage(_existing(place)).free for place in (state, data_place(state))) // 2**20
    if free < NO_DISK_MIB:
        return _fault("disk", "full", free=free)
    return _warning("disk", "low", free=free) if free < LOW_DISK_MIB else _ok("disk", free=free)


def check_state(state: Path) -> Finding:
    """The state directory can be written, or made."""
    place = _existing(state)
    if not place.is_dir():
        return _fault("state", "not_folder", state=str(place))
    if not os.access(place, os.W_OK | os.X_OK):
        return _fault("state", "closed", state=str(place))
    return _ok("state", state=str(state.absolute()))


def check_key(settings: Settings) -> Finding:
    """A sealing key is known."""
    try:
        sealing_keys(settings)
    except Trouble as trouble:
        return Finding("key", "fault", trouble.name, trouble.params)
    return _ok("key")


async def check_postgres(services: Services) -> AsyncIterator[Finding]:
    """PostgreSQL answers, is new enough, has our tables, opens with our key, and its clock agrees with ours."""
    try:
        connection = await asyncpg.connect(services.database_url, timeout=CONNECT_SECONDS)
    except (OSError, TimeoutError, asyncpg.PostgresError, asyncpg.InterfaceError, ValueError) as error:
        trouble = unreachable_postgres(services.database_url, error)
        yield Finding("postgres", "fault", trouble.name, trouble.params)
        return
    try:
        major = int(await connection.fetchval("SHOW server_version_num")) // 10_000
        if major < OLDEST_POSTGRES:
            yield _fault("postgres", "old", version=major, oldest=OLDEST_POSTGRES)
            return
        yield _ok("postgres", version=major)
        yield await check_clock(connection)
        yield await check_room(connection)
        migrations = await check_migrations(connection)
        yield migrations
        if migrations.verdict == "ok":
            yield await check_key_fits(services)
    finally:
        await connection.close()


async def check_room(connection: asyncpg.Connection[Any]) -> Finding:
    """PostgreSQL has room to write: a sort that does not fit into memory, and leaves no trace, not even in the WAL."""
    try:
        async with connection.transaction(readonly=True):
            await connection.execute("SET LOCAL work_mem = '64kB'")
            await connection.execute(
                "SELECT count(*) FROM (SELECT FROM generate_series(1, 20000) n ORDER BY md5(n::text)) s"
            )
    except asyncpg.DiskFullError:
        return _fault("room", "full")
    return _ok("room")


async def check_migrations(connection: asyncpg.Connection[Any]) -> Finding:
    """Every migration of this version has been applied."""
    known = {file.name.partition("_")[0] for file in files("migrations").iterdir() if file.name.endswith(".sql")}
    if await connection.fetchval("SELECT to_regclass('schema_migrations')") is None:
        return _fault("migrations", "pending", count=len(known))
    applied = {row["version"] for row in await connection.fetch("SELECT version FROM schema_migrations")}
    pending = known - applied
    return _fault("migrations", "pending", count=len(pending)) if pending else _ok("migrations")


async def check_key_fits(services: Services) -> Finding:
    """Every master key that wraps something in this database is at hand; one key of each is opened."""
    pool = await open_pool(services, max_size=1)
    try:
        owners = await pool.fetch("SELECT min(owner) FROM keys WHERE master_id IS NOT NULL GROUP BY master_id")
        await Keys(pool, services.masters).held([row[0] for row in owners])
    except WrongKey:
        return _fault("key", "other")
    finally:
        await pool.close()
    return _ok("key")


async def check_notary(services: Services, settings: Settings) -> AsyncIterator[Finding]:
    """A notary leads, keeps up, signs, and its copies are there."""
    pool = await open_pool(services, max_size=2)
    try:
        health = await examine_notary(pool, settings)
    finally:
        await pool.close()
    found = [Finding("notary", problem.verdict, problem.name, problem.params) for problem in problems(health)]
    for finding in found or [_ok("notary", sealed=health.sealed, signed=health.last_size)]:
        yield finding


async def check_histories(services: Services) -> Finding:
    """No history of a run that has closed waits so long that Temporal might forget it."""
    pool = await open_pool(services, max_size=1)
    try:
        return judge_histories(await Histories(pool).standing(), datetime.now(UTC))
    finally:
        await pool.close()


def judge_histories(standing: Standing, now: datetime) -> Finding:
    """``now``: to tell how long the oldest one waits."""
    waiting = now - standing.waiting_since if standing.waiting_since is not None else timedelta(0)
    if waiting > LATE_HISTORY:
        return _warning("histories", "late", hours=round(waiting.total_seconds() / 3600, 1))
    return _ok("histories", kept=standing.kept, lost=standing.lost)


async def check_erasures(services: Services) -> Finding:
    """Nobody's erasure stopped half-way, or was done again by a restore and not noted by their pathways yet."""
    pool = await open_pool(services, max_size=1)
    try:
        begun = await Persons(pool).unfinished()
    finally:
        await pool.close()
    return _warning("erasures", "begun", count=len(begun), person=begun[0]) if begun else _ok("erasures")


async def check_undelivered(services: Services) -> Finding:
    """No mail waits for an administrator to decide about it."""
    pool = await open_pool(services, max_size=1)
    try:
        waiting = await Reading(pool).tasks(kind="resolve_mail")
    finally:
        await pool.close()
    return _warning("undelivered", "some", count=len(waiting)) if waiting else _ok("undelivered")


async def check_relay(settings: Settings) -> Finding:
    """Mails can go where the settings say, with templates that can be written."""
    try:
        found = mail_settings(settings)
    except Trouble as trouble:
        return Finding("relay", "fault", trouble.name, trouble.params)
    if found is None:
        return Finding("relay", "ok", "stack.doctor.relay.none")
    if found.local:
        return Finding("relay", "ok", "stack.doctor.relay.local")
    where = f"{found.relay.host}:{found.relay.port}"
    trouble_said = await Relay(replace(found.relay, timeout=CONNECT_SECONDS)).greet()
    return _fault("relay", "refuses", where=where, reason=trouble_said) if trouble_said else _ok("relay", where=where)


def check_seal(settings: Settings) -> Finding:
    """Certificates can be signed and sealed, now and for a month to come."""
    if not issues(settings):
        return Finding("seal", "ok", "stack.doctor.seal.absent")
    if not (settings.seal_p12 or settings.seal_pkcs11 or (settings.state / SEAL_FILE).exists()):
        return Finding("seal", "ok", "stack.doctor.seal.later")
    try:
        base_address(settings)
        find_issuer(settings)
        seal = find_seal(settings)
    except Trouble as trouble:
        return Finding("seal", "fault", trouble.name, trouble.params)
    now, until = datetime.now(UTC), seal.not_after.date().isoformat()
    if not seal.not_before <= now <= seal.not_after:
        when = "expired" if now > seal.not_after else "early"
        days = {"until": until, "since": seal.not_before.date().isoformat(), "at": now.date().isoformat()}
        return Finding("seal", "fault", f"seal.certificate.{when}", {"subject": seal.subject, **days})
    if seal.is_test:
        return Finding("seal", "ok", "stack.doctor.seal.test")
    if seal.not_after - now < EXPIRES_SOON:
        return _warning("seal", "soon", subject=seal.subject, until=until)
    return _ok("seal", subject=seal.subject, until=until)


async def check_clock(connection: asyncpg.Connection[Any]) -> Finding:
    """The clocks of this machine and of PostgreSQL agree within two seconds."""
    before = datetime.now(UTC)
    theirs: datetime = await connection.fetchval("SELECT clock_timestamp()")
    middle = before + (datetime.now(UTC) - before) / 2
    return judge_clock(theirs - middle)


def judge_clock(difference: timedelta) -> Finding:
    """``difference``: theirs minus ours."""
    seconds = round(abs(difference).total_seconds(), 1)
    return (
        _ok("clock", seconds=seconds)
        if abs(difference) <= CLOCK_TOLERANCE
        else _warning("clock", "off", seconds=seconds)
    )


async def check_temporal(services: Services) -> AsyncIterator[Finding]:
    """Temporal answers, has our namespace, and a worker asks it for work."""
    try:
        client = await connect_temporal(services, None)
    except Trouble as trouble:
        yield Finding("temporal", "fault", trouble.name, trouble.params)
        return
    namespace = services.temporal_namespace
    try:
        await asyncio.wait_for(
            client.workflow_service.describe_namespace(DescribeNamespaceRequest(namespace=namespace)), CONNECT_SECONDS
        )
    except RPCError as error:
        if error.status == RPCStatusCode.NOT_FOUND:
            yield _fault("temporal", "no_namespace", namespace=namespace)
        else:
            yield _fault("temporal", "refuses", address=services.temporal_address, reason=error.status.name)
        return
    except TimeoutError:
        yield Finding("temporal", "fault", "stack.unreachable.temporal", {"address": services.temporal_address})
        return
    yield _ok("temporal", address=services.temporal_address, namespace=namespace)
    try:
        polling = await worker_polls(client)
    except RPCError as error:
        # The test server of a demonstration cannot tell who asks it for work.
        yield _warning("worker", "untold", queue=TASK_QUEUE, reason=error.status.name)
        return
    yield _ok("worker", queue=TASK_QUEUE) if polling else _fault("worker", "absent", queue=TASK_QUEUE)


async def worker_polls(client: Client, task_queue: str = TASK_QUEUE) -> bool:
    """Whether a worker asked for work on ``task_queue`` within the last two minutes."""
    answer = await client.workflow_service.describe_task_queue(
        DescribeTaskQueueRequest(
            namespace=client.namespace,
            task_queue=TaskQueue(name=task_queue),
            task_queue_type=TaskQueueType.TASK_QUEUE_TYPE_WORKFLOW,
        )
    )
    oldest = datetime.now(UTC) - POLLER_AGE
    return any(poller.last_access_time.ToDatetime(UTC) >= oldest for poller in answer.pollers)


def _existing(path: Path) -> Path:
    """``path``, or its nearest parent that exists."""
    path = path.absolute()
    while not path.exists():
        path = path.parent
    return path
