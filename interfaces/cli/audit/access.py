"""``jalon audit access``: who read about whom, when, for what."""

from __future__ import annotations

import csv
from collections.abc import Callable, Mapping
from dataclasses import asdict
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any
from zoneinfo import ZoneInfo

import typer

from interfaces.cli.acting import JsonOption, day_of, desk, execute, named, say_out
from interfaces.cli.audit.group import audit
from interfaces.cli.console import Exit, fail, note, print_json
from interfaces.telling import short

if TYPE_CHECKING:
    from eventstore.access import Access

ZONE = ZoneInfo("Europe/Paris")
"""Whose days ``--from`` and ``--until`` are, and whose hours are shown."""

COLUMNS = ("id", "at", "actor", "role", "purpose", "person", "streams")


@audit.command()
def access(
    person: Annotated[
        str | None, typer.Option("--person", metavar="ID", help="Personne lue, identifiant entier ou début.")
    ] = None,
    actor: Annotated[
        str | None, typer.Option("--actor", metavar="ID", help="Qui a lu, par exemple operator:ada.")
    ] = None,
    since: Annotated[str, typer.Option("--from", metavar="DATE", help="À partir de ce jour.")] = "",
    until: Annotated[str, typer.Option("--until", metavar="DATE", help="Jusqu'à ce jour compris.")] = "",
    file: Annotated[Path | None, typer.Option("--csv", metavar="FICHIER", help="Écrire un tableau CSV.")] = None,
    json: JsonOption = False,
) -> None:
    """Dit qui a lu les données de qui, quand, et pour quelle commande ; la plus ancienne lecture d'abord.

    Chaque lecture est consignée avant d'être montrée, une ligne par personne et par commande, et ne s'efface pas.

    Code de sortie : 0, 1 si une option ne convient pas, 3 si PostgreSQL est injoignable.
    """
    if json and file is not None:
        fail("access.exclusive", Exit.USAGE)
    first, last = day_of(since, "--from"), day_of(until, "--until")
    filters = {"person": person, "actor": actor, "since": _start(first), "until": _start(last, days=1)}
    if json:
        found: list[Access] = []
        execute(lambda: _each(filters, found.append))
        print_json([{**asdict(access), "at": access.at.isoformat()} for access in found])
    elif file is not None:
        _export(file, filters)
    elif execute(lambda: _each(filters, _show)) == 0:
        note("access.none")


def _start(day: date | None, days: int = 0) -> datetime | None:
    """The moment at which ``day`` (or so many days after) begins."""
    if day is None:
        return None
    return datetime.combine(day + timedelta(days=days), datetime.min.time(), ZONE)


async def _each(filters: Mapping[str, Any], use: Callable[[Access], object]) -> int:
    """Give every reading found to ``use`` as it comes; how many there were."""
    from eventstore.access import AccessLog

    count = 0
    from interfaces.cli.person import called

    async with desk() as books:
        if filters["person"] is not None:
            filters = {**filters, "person": await called(books.reading, filters["person"])}
        async for found in AccessLog(books.reading.pool).accesses(**filters):
            use(found)
            count += 1
    return count


def _show(found: Access) -> None:
    say_out(
        "access.line" if found.person else "access.line_nobody",
        at=f"{found.at.astimezone(ZONE):%Y-%m-%d %H:%M:%S}",
        actor=found.actor,
        role=named("role", found.role),
        purpose=found.purpose,
        person=found.person,
        streams=", ".join(map(short, found.streams)),
    )


def _export(file: Path, filters: Mapping[str, Any]) -> None:
    """Write a CSV that spreadsheets open in French: semicolons, and the mark that says UTF-8."""
    from interfaces.pages import check_writable, drafted

    try:
        check_writable(file)
    except OSError as error:
        fail("access.unwritable", file=file, reason=error.strerror)
    with drafted(file, "utf-8-sig") as opened:
        writer = csv.writer(opened, delimiter=";")
        writer.writerow(COLUMNS)

        def write(found: Access) -> None:
            row = {**asdict(found), "at": found.at.isoformat(), "streams": " ".join(found.streams)}
            writer.writerow([row[name] for name in COLUMNS])

        count = execute(lambda: _each(filters, write))
    note("access.written", count=count, file=file)
