"""Brings a database to the shape that this code expects: the SQL files of ``migrations``, in order, each once."""

from __future__ import annotations

import os
import re
import subprocess
import sysconfig
from contextlib import ExitStack
from importlib.resources import as_file, files
from pathlib import Path
from urllib.parse import parse_qsl, urlencode, urlsplit, urlunsplit

_APPLIED = re.compile(r"^Applied: (\d+_\S+\.sql)", re.MULTILINE)
_ENOUGH_SECONDS = 300


class MigrationFailed(RuntimeError):
    """A migration could not be applied; what the database said is the message. Those before it stay applied."""


def migrate(database_url: str, *, create: bool = False) -> list[str]:
    """Apply the migrations that ``database_url`` has not had yet and return their file names, in order.

    Safe to call again, and from several processes at once: a lock in the database makes them wait for each other.
    With ``create`` the database itself is created when it does not exist.

    Raises:
        MigrationFailed: the database is missing, unreachable, or refused a migration.
    """
    with ExitStack() as stack:
        folder = stack.enter_context(as_file(files("migrations")))
        answer = subprocess.run(  # noqa: S603 - a program of our own environment, with arguments of our own
            [
                str(_program()),
                *("--migrations-dir", str(folder), "--no-dump-schema", "--migration-lock"),
                "up" if create else "migrate",
            ],
            # In the environment and not among the arguments, which every user of the machine can list.
            env={**os.environ, "DATABASE_URL": _url(database_url)},
            cwd=folder,
            capture_output=True,
            text=True,
            timeout=_ENOUGH_SECONDS,
            check=False,
        )
    if answer.returncode != 0:
        raise MigrationFailed(answer.stderr.strip().removeprefix("Error: "))
    return _APPLIED.findall(answer.stdout)


def _program() -> Path:
    program = Path(sysconfig.get_path("scripts")) / "dbmate"
    if not program.exists():
        raise MigrationFailed("dbmate is not installed beside this Python: install the project's dependencies again")
    return program


def _url(database_url: str) -> str:
    """The address in the words of dbmate's driver, which insists on TLS unless told that it may do without."""
    parts = urlsplit(database_url)
    query = dict(parse_qsl(parts.query))
    query.setdefault("sslmode", "prefer")
    return urlunsplit(parts._replace(scheme="postgres", query=urlencode(query)))
