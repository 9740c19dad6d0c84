"""Setting sittings of the paritaire jury, listing and showing them, giving them any command."""

from __future__ import annotations

from datetime import date
from typing import Annotated, Any

import typer
from rich.markup import escape

from interfaces.cli.acting import (
    PATIENCE,
    CommandIdOption,
    JsonOption,
    WaitOption,
    act,
    dated,
    day_of,
    desk,
    execute,
    find,
    listing,
    named,
    one_of,
    show_receipt,
    today,
    unwrapped,
)
from interfaces.cli.console import fail, note, out, print_json
from interfaces.cli.doing import add_do
from interfaces.cli.history import show_history
from interfaces.cli.sitting.group import IdArgument, group
from interfaces.telling import short


@group.command(name="open")
def open_sitting(
    scheme: Annotated[str, typer.Option("--scheme", help="Dispositif, par exemple cqp-cos.")],
    on: Annotated[str, typer.Option("--date", metavar="DATE", help="Jour de la séance.")],
    place: Annotated[str, typer.Option("--place", help="Lieu.")] = "",
    id: Annotated[str, typer.Option("--id", help="Identifiant ; par défaut DISPOSITIF-AAAA-MM.")] = "",
    command_id: CommandIdOption = "",
    wait: WaitOption = PATIENCE,
    json: JsonOption = False,
) -> None:
    """Fixe une séance du jury paritaire et ouvre son ordre du jour.

    Code de sortie : 0 si c'est fait, 1 si c'est refusé, 2 si la ligne est mal écrite, 3 si la pile est injoignable.
    """
    day = day_of(on, "--date")
    if day is None:
        fail("acting.day", option="--date", value="")
    show_receipt(act(lambda: _open(scheme, day, place, id, command_id, wait)), json)


@group.command(name="list")
def list_sittings(
    scheme: Annotated[str | None, typer.Option("--scheme", help="Dispositif, par exemple cqp-cos.")] = None,
    status: Annotated[
        str | None, typer.Option("--status", help="open | closed | proclaimed | cancelled | adjourned")
    ] = None,
    json: JsonOption = False,
) -> None:
    """Liste les séances, la plus proche d'abord : jour, lieu, dossiers reçus, dossiers décidés."""
    one_of("--status", status, ("open", "closed", "proclaimed", "cancelled", "adjourned"))
    rows = execute(lambda: _listed(scheme, status))
    if json:
        print_json(rows)
        return
    if not rows:
        note("sitting.list.none")
        return
    columns = ("id", "held_on", "decided", "status")
    table = listing("sitting.list", columns)
    unwrapped(table, [row["id"] for row in rows])
    for row in rows:
        cells = (
            f"{short(row['id'])}\n{', '.join(filter(None, (row['scheme'], row['place'])))}",
            dated(row["held_on"]),
            f"{row['decided']} / {row['dossiers']}",
            named("status.sitting", row["status"]),
        )
        table.add_row(*map(escape, cells))
    out.print(table)


@group.command()
def show(id: IdArgument, json: JsonOption = False) -> None:
    """Montre une séance : l'ordre du jour et, par bloc, ce qui est calculé, conseillé et décidé."""
    from interfaces.cli.jury_view import show_sitting

    report = execute(lambda: _report(id))
    if json:
        print_json(report)
    else:
        show_sitting(report)


@group.command()
def history(id: IdArgument, json: JsonOption = False) -> None:
    """Raconte une séance, un événement par ligne, du premier au dernier."""
    show_history("sitting", id, json)


add_do(
    group,
    "sitting",
    """Donne une commande à une séance : clore l'ordre du jour, décider, reporter, proclamer, annuler.

jalon sitting do cqp-cos-2027-07 decide_dossier pathway=1a2b3c4d blocks.GRU=oui blocks.TD=oui reasons="…"

jalon sitting do cqp-cos-2027-07 decide_list

Code de sortie : 0 si c'est fait, 1 si c'est refusé, 2 si la ligne est mal écrite, 3 si la pile est injoignable.""",
)


async def _open(scheme: str, day: date, place: str, id: str, command_id: str, wait: float) -> dict[str, Any]:
    from interfaces.cli.opening import open_stream

    fields = {"held_on": day.isoformat(), "place": place}
    return await open_stream("sitting", scheme, day, fields, id=id, command_id=command_id, wait=wait)


async def _listed(scheme: str | None, status: str | None) -> list[dict[str, Any]]:
    async with desk() as books:
        rows = await books.reading.sittings(scheme=scheme, status=status)
    return [
        {
            "id": row.sitting_id,
            "scheme": row.scheme_id,
            "scheme_hash": row.scheme_hash,
            "status": row.status,
            "held_on": row.held_on,
            "place": row.place,
            "dossiers": row.dossiers,
            "decided": row.decided,
            "version": row.version,
        }
        for row in rows
    ]


async def _report(id: str) -> dict[str, Any]:
    from interfaces.opened import open_file, report_on
    from interfaces.streams import read_stream

    async with desk() as books:
        file = await read_stream(books.reading, await find(books.reading, "sitting", id))
        return report_on(file, await open_file(books.reading, books.reader("sitting show"), file), today())
