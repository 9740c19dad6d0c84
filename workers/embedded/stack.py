"""``jalon up`` without its words: servers, worker and notary, started, kept alive, stopped in order."""

from __future__ import annotations

import asyncio
import fcntl
import os
import shutil
import signal
import sys
import time
from collections.abc import Awaitable, Callable, Collection, Coroutine, Sequence
from pathlib import Path
from types import TracebackType
from typing import Any

from eventstore.migrate import MigrationFailed, migrate
from workers import logs
from workers.embedded.found import StackInfo, forget_stack
from workers.embedded.places import make_state_dir
from workers.embedded.post import LocalPost
from workers.embedded.postgres import EmbeddedPostgres
from workers.embedded.process import Child, Identity, end_remembered, until
from workers.embedded.temporal import EmbeddedTemporal
from workers.issuing import base_address, find_issuer, find_seal, issues
from workers.mail import check_mail
from workers.mailbox import folder_of
from workers.public_place import HOST, forget_export, public_port
from workers.seal_key import SealTrouble
from workers.settings import KEY_FILE, NAMESPACE, WITNESS_FOLDER, Settings, new_key_file, sealing_keys
from workers.trouble import StackError

WORKER = (sys.executable, "-P", "-m", "workers.worker")
NOTARY = (sys.executable, "-P", "-m", "workers.notary")
PUBLIC = (sys.executable, "-P", "-m", "interfaces.public.serving")
STOPS = ((signal.SIGTERM, 30.0),)
STEADY_SECONDS = 60.0
"""A part that ran this long had no lasting trouble: its next restart is immediate again."""
LONGEST_PAUSE = 30.0

_INHERITED = {
    "JALON_DATABASE_URL": "database_url",
    "JALON_NOTARY_KEY": "notary_key",
    "JALON_WITNESS": "witnesses",
    "JALON_TSA_URL": "tsa_url",
    "JALON_SMTP_URL": "smtp_url",
    "JALON_ISSUER_KEY": "issuer_key",
    "JALON_SEAL_P12": "seal_p12",
    "JALON_SEAL_PASSWORD": "seal_password",
    "JALON_SEAL_PKCS11": "seal_pkcs11",
    "JALON_SEAL_PIN": "seal_pin",
    "JALON_PUBLIC_URL": "public_url",
    "JALON_PUBLIC_LISTEN": "public_listen",
}
"""What the children read in the environment; what our settings leave out is kept from them."""

log = logs.get_logger("stack")


async def _together(*work: Coroutine[Any, Any, None]) -> None:
    """Do all at once; when one fails, give the others up and raise its error."""
    tasks = [asyncio.create_task(each) for each in work]
    try:
        await asyncio.gather(*tasks)
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)


class Lock:
    """One holder per folder, released by the kernel however the holder ends."""

    def __init__(self, folder: Path) -> None:
        self._file = folder / "lock"
        self._descriptor: int | None = None

    def take(self) -> bool:
        """Take the lock; False when another process holds it."""
        descriptor = os.open(self._file, os.O_RDWR | os.O_CREAT, 0o600)
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            os.close(descriptor)
            return False
        self._descriptor = descriptor
        return True

    @property
    def held(self) -> bool:
        """Whether it is ours."""
        return self._descriptor is not None

    def release(self) -> None:
        """Let others have it."""
        if self._descriptor is not None:
            os.close(self._descriptor)
            self._descriptor = None


class Part:
    """A process of ours: started, recognised after a crash of the stack, stopped.

    It finds its services as every other command does, in the state directory: its environment holds no secret.
    """

    def __init__(self, name: str, command: Sequence[str], state: Path, without: Collection[str]) -> None:
        environment = {key: value for key, value in os.environ.items() if key not in without}
        environment["JALON_STATE"] = str(state)
        self.name = name
        self.child = Child(name, command, state / "logs" / f"{name}.log", STOPS, environment=environment)
        self._pid_file = state / f"{name}.pid"

    async def start(self) -> None:
        """Start it, and write down who it is; OSError when that is not possible, and it does not run."""
        try:
            self.child.start().remember(self._pid_file)
        except OSError:
            await self.child.stop()
            raise

    async def end_leftover(self) -> None:
        """End the one that an earlier, killed stack may have left."""
        await end_remembered(self._pid_file, *STOPS)

    def forget(self) -> None:
        """It has ended in order."""
        self._pid_file.unlink(missing_ok=True)


class Stack:
    """``async with Stack(settings) as stack: await stack.keep_alive()``.

    Starts only what the settings do not place elsewhere. ``worker``, ``notary`` and ``public`` are the commands of
    these processes; None starts none, and nothing is published where nothing is issued. ``fresh``: what the embedded
    database held before is thrown away, with the copies made of it.
    """

    def __init__(
        self,
        settings: Settings,
        *,
        worker: Sequence[str] | None = WORKER,
        notary: Sequence[str] | None = NOTARY,
        public: Sequence[str] | None = PUBLIC,
        fresh: bool = False,
    ) -> None:
        self.settings = settings
        self._fresh = fresh
        self.state = make_state_dir(settings.state)
        self.postgres: EmbeddedPostgres | None = None
        self.temporal: EmbeddedTemporal | None = None
        self.post = LocalPost(self.state) if settings.smtp_url is None else None
        without = {name for name, field in _INHERITED.items() if not getattr(settings, field)}
        self.worker = Part("worker", worker or (), self.state, without)
        self.notary = Part("notary", notary or (), self.state, without)
        self.public = Part("public", (public or ()) if issues(settings) else (), self.state, without)
        self._parts = (self.worker, self.public, self.notary)
        self._ours = [part for part in self._parts if part.child.command]
        self._locks = [Lock(self.state)]
        self._me = Identity.of(os.getpid()) or Identity(os.getpid(), time.time())

    @property
    def info(self) -> StackInfo:
        """Where everything is now."""
        postgres, temporal = self.postgres, self.temporal
        return StackInfo(
            pid=self._me.pid,
            started=self._me.started,
            database_url=self.settings.database_url or (postgres.url() if postgres else ""),
            temporal_address=self.settings.temporal_address or (temporal.address if temporal else ""),
            temporal_namespace=self.settings.temporal_namespace or NAMESPACE,
            postgres_pid=postgres.pid if postgres else None,
            temporal_pid=temporal.pid if temporal else None,
            worker_pid=self.worker.child.pid,
            notary_pid=self.notary.child.pid,
            smtp_address=self.post.address if self.post else None,
            public_pid=self.public.child.pid,
            public_address=self._public_address() if self.public.child.command else None,
        )

    async def start(self) -> None:
        """Start everything. StackError when another stack runs here or a part does not come up."""
        check_mail(self.settings)
        self._take_lock(self._locks[0])
        for part in self._parts:
            await part.end_leftover()
        self._ensure_key()
        await _together(self._start_postgres(), self._start_temporal(), self._make_issuing_keys())
        if self.post is not None:
            await self.post.start()
        self.info.write(self.state)
        for part in self._ours:
            await part.start()
        self.info.write(self.state)

    async def keep_alive(self) -> None:
        """Restart whatever ends by itself, for ever; cancel it to stop."""
        async with asyncio.TaskGroup() as group:
            if self.postgres is not None:
                group.create_task(self._keep("postgres", self.postgres.wait, self.postgres.start))
            if self.temporal is not None:
                group.create_task(self._keep("temporal", self.temporal.wait, self.temporal.start))
            for part in self._ours:
                group.create_task(self._keep(part.name, part.child.wait, part.start))
            await asyncio.Event().wait()

    async def stop(self) -> None:
        """Stop the worker first, so that it can finish what it holds, and the notary when nothing more is recorded."""
        try:
            for part in (*(part.child for part in self._parts), self.post, self.temporal, self.postgres):
                if part is not None:
                    await part.stop()
            if self._locks[0].held:
                for ours in self._ours:
                    ours.forget()
                forget_stack(self.state)
        finally:
            for lock in self._locks:
                lock.release()

    async def __aenter__(self) -> Stack:
        try:
            await self.start()
        except BaseException:
            await self.stop()
            raise
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.stop()

    def _take_lock(self, lock: Lock) -> None:
        if not lock.take():
            raise StackError("stack.failed.locked", state=str(self.state))

    async def _start_postgres(self) -> None:
        if self.settings.database_url is None:
            self.postgres = EmbeddedPostgres(self.state)
            if self.postgres.home.parent != self.state:
                # A copied state directory still points at the original's data.
                self._locks.append(Lock(self.postgres.home))
                self._take_lock(self._locks[-1])
            await self.postgres.start()
            if self._fresh:
                await self.postgres.empty()
                shutil.rmtree(self.state / WITNESS_FOLDER, ignore_errors=True)
                shutil.rmtree(folder_of(self.state), ignore_errors=True)
                forget_export(self.state)
        await self._migrate()

    def _public_address(self) -> str:
        """Where the public pages listen."""
        return f"http://{self.settings.public_listen or f'{HOST}:{public_port(self.state)}'}/"

    async def _start_temporal(self) -> None:
        if self.settings.temporal_address is None:
            self.temporal = EmbeddedTemporal(self.state)
            await self.temporal.start()

    async def _make_issuing_keys(self) -> None:
        """Make the keys that certificates are signed and sealed with, where the settings name none."""
        if self.worker.child.command and issues(self.settings):
            base_address(self.settings)
            await asyncio.to_thread(find_issuer, self.settings)
            try:
                await asyncio.to_thread(find_seal, self.settings)
            except SealTrouble as trouble:
                # What is to be sealed waits, and nothing else does.
                log.warning("cannot_seal", why=trouble.name)

    async def _migrate(self) -> None:
        try:
            applied = await asyncio.to_thread(migrate, self.info.database_url)
        except MigrationFailed as error:
            raise StackError("stack.failed.migrations", reason=str(error)) from error
        for migration in applied:
            log.info("migration_applied", migration=migration)

    def _ensure_key(self) -> None:
        """Make the sealing key before the data, so that data without a key can only mean a lost key."""
        file = self.state / KEY_FILE
        if self.settings.sealing_key is None and self.settings.database_url is None and not file.exists():
            if (self.state / "postgres.password").exists():
                raise StackError("stack.settings.key_file", file=str(file))
            new_key_file(file)
        sealing_keys(self.settings)

    async def _keep(self, part: str, wait: Callable[[], Awaitable[int]], start: Callable[[], Awaitable[None]]) -> None:
        pause = 0.0
        while True:
            began = time.monotonic()
            code = await wait()
            pause = 0.0 if time.monotonic() - began > STEADY_SECONDS else pause
            log.warning("part_ended", part=part, exit_code=code, restart_in=pause)
            await self._start_again(part, start, pause)
            pause = min(max(pause * 2, 0.5), LONGEST_PAUSE)

    def _tell(self) -> bool:
        """Write down where everything is now; False when the disk has no room for it."""
        try:
            self.info.write(self.state)
        except OSError:
            return False
        return True

    async def _start_again(self, part: str, start: Callable[[], Awaitable[None]], pause: float) -> None:
        before = self.info
        while True:
            await asyncio.sleep(pause)
            try:
                await start()
                break
            except Exception as error:
                # Whatever it is, the other parts are running, and this one is worth another try.
                pause = min(max(pause * 2, 1.0), LONGEST_PAUSE)
                log.error("part_not_restarted", part=part, error=type(error).__name__, restart_in=pause)
        if not self._tell():
            log.error("stack_not_told", part=part)
            await until(self._tell)
        log.info("part_restarted", part=part)
        moved = (before.database_url, before.temporal_address) != (self.info.database_url, self.info.temporal_address)
        if moved:
            # They read the old address at their start; ended, they are started again with the new one.
            for ours in self._ours:
                ours.child.ask_to_end()
