"""Everything that must survive, in one file: a dump of the database, and what the log was when it was made.

The sealing key and the notary's private key are not in it, and must never lie beside it: a copy of the database alone
opens nobody's name and signs nothing.
"""

from __future__ import annotations

import asyncio
import hashlib
import json
import os
import secrets
import zipfile
import zlib
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager
from datetime import UTC, datetime
from importlib.metadata import version
from importlib.resources import files
from pathlib import Path
from typing import IO, Any

import asyncpg

from domain.note import Checkpoint, Note
from domain.records import Frozen
from eventstore.keys import Keys
from eventstore.log import Log
from eventstore.masters import Masters, WrongKey
from eventstore.migrate import MigrationFailed, migrate
from eventstore.persons import Persons
from eventstore.pool import open_pool
from eventstore.signing import PUBLISHED, BrokenChain, PublishedRow, published_keys
from workers.databases import connected, tables
from workers.notary_key import KeyFile, KeyTrouble, held_key
from workers.pgtools import dumping, program, restoring
from workers.settings import Settings, masters
from workers.tombstones import Reapplied, buried, reapply_erasures
from workers.trouble import SettingsError, StackError, Trouble
from workers.verifying import Known, Verification, verify

FORMAT = "jalon-backup/1"
MANIFEST, DUMP = "manifest.json", "jalon.dump"
CHUNK = 1 << 20


class Mark(Frozen):
    """A checkpoint: the first ``size`` leaves have this ``root`` (hex), and ``note`` is signed."""

    size: int
    root: str
    note: str


class Manifest(Frozen):
    """What the file holds, and what the log was at that moment. ``keys`` are the notary's public keys, oldest first."""

    format: str = FORMAT
    made_at: datetime
    jalon: str
    postgres: str
    migrations: tuple[str, ...]
    origin: str
    events: int
    sealed: int
    checkpoint: Mark | None
    keys: tuple[str, ...]
    dump_bytes: int
    dump_sha256: str


# --- making ---------------------------------------------------------------------------------------------------------


def place(out: Path) -> Path:
    """``out``, or in the folder ``out`` a file with the moment in its name.

    Trouble when it is there already, or out of reach.
    """
    try:
        target = out / f"jalon-{datetime.now(UTC):%Y%m%d-%H%M%S}.zip" if out.is_dir() else out
        taken = target.exists()
    except OSError as error:
        raise Trouble("backup.not_written", file=str(out), reason=error.strerror or type(error).__name__) from error
    if taken:
        raise Trouble("backup.exists", file=str(target))
    return target


async def backup(database_url: str, target: Path) -> Manifest:
    """Write the backup ``target``; what it holds.

    The dump and the manifest are of one and the same moment; nobody waits for it. The file appears whole or not at all.

    Raises:
        Trouble: the file cannot be written, no ``pg_dump`` fits the server, or it failed.
        Unreachable: PostgreSQL.
    """
    async with connected(database_url) as connection:
        tool = program("pg_dump", connection.get_server_version().major)
        async with connection.transaction(isolation="repeatable_read", readonly=True):
            # However long the dump takes.
            await connection.execute("set local idle_in_transaction_session_timeout = 0")
            facts = await _facts(connection)
            snapshot = await connection.fetchval("select pg_export_snapshot()")
            with _drafted(target) as draft:
                return await asyncio.to_thread(_write, draft, dumping(tool, database_url, snapshot), facts)


async def _facts(connection: asyncpg.Connection[Any]) -> dict[str, Any]:
    last = await connection.fetchrow(
        "select size, encode(root, 'hex'), note from checkpoints order by size desc limit 1"
    )
    keys = await connection.fetch("select vkey from notary_keys order by since, recorded_at, key_id")
    migrations = await connection.fetch("select version from schema_migrations order by version")
    return {
        "made_at": datetime.now(UTC),
        "jalon": version("jalon"),
        "postgres": await connection.fetchval("show server_version"),
        "migrations": [row[0] for row in migrations],
        "origin": await connection.fetchval("select origin from log_origin"),
        "events": await connection.fetchval("select count(*) from events"),
        "sealed": await connection.fetchval("select count(*) from log"),
        "checkpoint": dict(zip(("size", "root", "note"), last, strict=True)) if last else None,
        "keys": [row[0] for row in keys],
    }


@contextmanager
def _drafted(target: Path) -> Iterator[Path]:
    """A file that takes ``target``'s name once it is whole, and is gone if it never is."""
    draft = target.with_name(f".{target.name}.{secrets.token_hex(4)}")
    try:
        os.close(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600))
        yield draft
        draft.rename(target)
    except OSError as error:
        raise Trouble("backup.not_written", file=str(target), reason=error.strerror or type(error).__name__) from error
    finally:
        draft.unlink(missing_ok=True)


def _write(draft: Path, dump: AbstractContextManager[IO[bytes]], facts: dict[str, Any]) -> Manifest:
    digest, size = hashlib.sha256(), 0
    with draft.open("wb") as file:
        # The dump is compressed as it comes.
        with zipfile.ZipFile(file, "w", zipfile.ZIP_STORED) as archive:
            with archive.open(DUMP, "w", force_zip64=True) as entry, dump as source:
                while chunk := source.read(CHUNK):
                    digest.update(chunk)
                    size += len(chunk)
                    entry.write(chunk)
            manifest = Manifest(**facts, dump_bytes=size, dump_sha256=digest.hexdigest())
            archive.writestr(MANIFEST, manifest.model_dump_json(indent=2))
        file.flush()
        os.fsync(file.fileno())
    return manifest


# --- taking back ----------------------------------------------------------------------------------------------------


def examine(file: Path) -> Manifest:
    """What a backup says of itself, once every byte of its dump has been compared with it.

    Raises:
        Trouble: not a backup, one of a newer version, or damaged.
    """
    try:
        with zipfile.ZipFile(file) as archive:
            manifest = _manifest(file, archive)
            digest = hashlib.sha256()
            with archive.open(DUMP) as entry:
                while chunk := entry.read(CHUNK):
                    digest.update(chunk)
    except OSError as error:
        raise Trouble("backup.not_read", file=str(file), reason=error.strerror or type(error).__name__) from error
    except (zipfile.BadZipFile, zlib.error, EOFError, KeyError, NotImplementedError) as error:
        raise Trouble("backup.damaged" if zipfile.is_zipfile(file) else "backup.foreign", file=str(file)) from error
    if digest.hexdigest() != manifest.dump_sha256:
        raise Trouble("backup.damaged", file=str(file))
    known = {known.name.partition("_")[0] for known in files("migrations").iterdir()}
    if not known.issuperset(manifest.migrations):
        raise Trouble("backup.newer", file=str(file), jalon=manifest.jalon)
    return manifest


def _manifest(file: Path, archive: zipfile.ZipFile) -> Manifest:
    if {MANIFEST, DUMP} - set(archive.namelist()):
        raise Trouble("backup.foreign", file=str(file))
    try:
        said = json.loads(archive.read(MANIFEST))
        if said["format"] != FORMAT:
            raise Trouble("backup.newer", file=str(file), jalon=str(said.get("jalon", "?")))
        manifest = Manifest.model_validate(said)
        if manifest.checkpoint is not None:
            Checkpoint.parse(Note.parse(manifest.checkpoint.note).text)
        return manifest
    except (ValueError, TypeError, KeyError) as error:
        raise Trouble("backup.foreign", file=str(file)) from error


async def restore(database_url: str, file: Path) -> None:
    """Bring what ``file`` holds into a database without tables, in one transaction, then up to today's shape.

    Raises:
        Trouble: the database is not empty, or ``pg_restore`` failed; the database is as it was.
        Unreachable: PostgreSQL.
    """
    async with connected(database_url) as connection:
        if await tables(connection):
            raise Trouble("backup.not_empty")
        tool = program("pg_restore", connection.get_server_version().major)
        await asyncio.to_thread(_feed, file, restoring(tool, database_url))
    try:
        await asyncio.to_thread(migrate, database_url)
    except MigrationFailed as error:
        raise StackError("stack.failed.migrations", reason=str(error)) from error


async def verified(database_url: str, manifest: Manifest) -> Verification:
    """What a verification of the restored log finds, the checkpoint of the backup included; the rules are not asked."""
    pool = await open_pool(database_url, max_size=1)
    try:
        known = Known(manifest.checkpoint.note if manifest.checkpoint else "")
        return await verify(pool, known=known, rules=False)
    finally:
        await pool.close()


def check_graves(graves: Path) -> None:
    """Trouble when what should say who was erased cannot be read: nobody may come back because of that."""
    try:
        list(buried(graves))
    except (OSError, ValueError) as error:
        raise Trouble("backup.bad_grave", file=str(graves / str(error))) from error


async def erase_again(database_url: str, graves: Path) -> list[Reapplied]:
    """Whom the restored log had not forgotten yet, and has now; PostgreSQL keeps no old copy in its tables."""
    pool = await open_pool(database_url, max_size=1)
    try:
        # No key is opened for it: only destroyed.
        erased = await reapply_erasures(pool, Keys(pool, Masters.local()), graves)
        if erased:
            await Persons(pool).clear()
        return erased
    finally:
        await pool.close()


async def keys_missing(settings: Settings, database_url: str) -> list[str]:
    """Which secrets of the restored log are not at hand: ``sealing``, ``notary``, both or none."""
    pool = await open_pool(database_url, max_size=1)
    try:
        owners = await pool.fetch("select min(owner) from keys where master_id is not null group by master_id")
        missing = []
        try:
            await Keys(pool, masters(settings)).held([row[0] for row in owners])
        except (SettingsError, WrongKey):
            missing.append("sealing")
        published = [PublishedRow(*row) for row in await pool.fetch(PUBLISHED)]
        if published:
            try:
                chain = published_keys(await Log(pool).origin(), published)
                held_key(KeyFile(settings.notary_key_file), chain)
            except (BrokenChain, KeyTrouble):
                missing.append("notary")
        return missing
    finally:
        await pool.close()


def _feed(file: Path, sink: AbstractContextManager[IO[bytes]]) -> None:
    with zipfile.ZipFile(file) as archive, archive.open(DUMP) as entry, sink as target:
        while chunk := entry.read(CHUNK):
            target.write(chunk)
