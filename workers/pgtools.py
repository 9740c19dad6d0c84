"""PostgreSQL's own programs for dumps: found for the server at hand, run without its password on the command line."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import IO
from urllib.parse import parse_qsl, unquote, urlencode, urlsplit, urlunsplit

from workers.embedded.places import packaged_programs
from workers.trouble import Trouble

INSTALLED = "/usr/lib/postgresql/*/bin"


def program(name: str, server: int) -> Path:
    """``pg_dump`` or ``pg_restore`` for a server of major version ``server``: of the same version, or the next above.

    Raises:
        Trouble: there is none.
    """
    found = {path: _major(path) for path in _candidates(name)}
    fitting = [path for path, major in found.items() if major >= server]
    if not fitting:
        raise Trouble("backup.no_program", program=name, version=server)
    return min(fitting, key=lambda path: found[path])


def _candidates(name: str) -> Iterator[Path]:
    packaged = packaged_programs() / "bin" / name
    if packaged.exists():
        yield packaged
    if beside := shutil.which(name):
        yield Path(beside)
    yield from (folder / name for folder in Path("/").glob(INSTALLED.removeprefix("/")) if (folder / name).exists())


def _major(path: Path) -> int:
    try:
        said = subprocess.run([str(path), "--version"], capture_output=True, text=True, timeout=20, check=True).stdout  # noqa: S603
    except (OSError, subprocess.SubprocessError):
        return 0
    number = re.search(r"(\d+)", said)
    return int(number.group(1)) if number else 0


@contextmanager
def dumping(program: Path, database_url: str, snapshot: str) -> Iterator[IO[bytes]]:
    """The dump of a database as it is in ``snapshot``, in PostgreSQL's custom format.

    Raises:
        Trouble: the program failed.
    """
    options = ["--format=custom", "--no-owner", "--no-privileges", "--exclude-schema=rebuilt", f"--snapshot={snapshot}"]
    with _running(program, options, database_url) as process:
        assert process.stdout is not None
        yield process.stdout


@contextmanager
def restoring(program: Path, database_url: str) -> Iterator[IO[bytes]]:
    """Takes such a dump, and carries it out in one transaction.

    Raises:
        Trouble: the program failed; the database is as it was.
    """
    options = ["--no-owner", "--no-privileges", "--exit-on-error", "--single-transaction"]
    with _running(program, options, database_url) as process:
        assert process.stdin is not None
        yield process.stdin
        process.stdin.close()


@contextmanager
def _running(program: Path, options: Sequence[str], database_url: str) -> Iterator[subprocess.Popen[bytes]]:
    address, environment = _address(database_url)
    with tempfile.TemporaryFile() as errors:
        process = subprocess.Popen(  # noqa: S603
            [str(program), "--no-password", *options, f"--dbname={address}"],
            env=environment,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=errors,
        )
        try:
            yield process
        except BrokenPipeError:
            # It ended before it had read everything: what it says explains more.
            pass
        except BaseException:
            process.kill()
            process.wait()
            raise
        if process.wait():
            errors.seek(0)
            said = errors.read().decode("utf-8", "replace").strip().splitlines()
            raise Trouble("backup.program_failed", program=program.name, reason=said[0] if said else process.returncode)


def _address(database_url: str) -> tuple[str, Mapping[str, str]]:
    """The address without its password, and the environment that holds it: every user may list the arguments."""
    parts = urlsplit(database_url)
    query = dict(parse_qsl(parts.query))
    password = query.pop("password", None) or (unquote(parts.password) if parts.password else None)
    credentials, at, place = parts.netloc.rpartition("@")
    address = urlunsplit(parts._replace(netloc=f"{credentials.partition(':')[0]}{at}{place}", query=urlencode(query)))
    return address, {**os.environ, **({"PGPASSWORD": password} if password else {})}
