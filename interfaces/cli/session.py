"""``jalon session``: opening sessions of the professional jury, and what becomes of them."""

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
from interfaces.cli.app import app
from interfaces.cli.console import fail, note, out, print_json, text
from interfaces.cli.doing import add_do
from interfaces.cli.history import show_history
from interfaces.cli.session_jury import add_jury
from interfaces.cli.session_plan import add_plan
from interfaces.cli.session_pv import add_pv
from interfaces.table_types import shown
from interfaces.telling import short

group = typer.Typer(name="session", no_args_is_help=True, help="Les sessions du jury professionnel.")
app.add_typer(group)

IdArgument = Annotated[
    str, typer.Argument(metavar="ID", help="Identifiant, entier ou son début, avec ou sans « session: ».")
]


@group.callback()
def session() -> None:
    """Les sessions du jury professionnel."""


@group.command(name="open")
def open_session(
    scheme: Annotated[str, typer.Option("--scheme", help="Dispositif, par exemple cqp-cos.")],
    opens: Annotated[str, typer.Option("--opens", metavar="DATE", help="Premier jour.")],
    closes: Annotated[str, typer.Option("--closes", metavar="DATE", help="Dernier jour.")],
    registration: Annotated[
        str, typer.Option("--registration-closes", metavar="DATE", help="Dernier jour des inscriptions.")
    ],
    capacity: Annotated[
        list[str], typer.Option("--capacity", metavar="BLOC=N", help="Places par bloc ; un nombre seul : chaque bloc.")
    ],
    more: Annotated[list[str] | None, typer.Argument(metavar="[BLOC=N]…", help="Places d'autres blocs.")] = None,
    announced: Annotated[
        str, typer.Option("--registration-opens", metavar="DATE", help="Premier jour des inscriptions.")
    ] = "",
    place: Annotated[str, typer.Option("--place", help="Lieu.")] = "",
    remote: Annotated[bool, typer.Option("--remote", help="À distance, si le dispositif l'admet.")] = False,
    id: Annotated[str, typer.Option("--id", help="Identifiant ; par défaut DISPOSITIF-AAAA-MM.")] = "",
    command_id: CommandIdOption = "",
    wait: WaitOption = PATIENCE,
    json: JsonOption = False,
) -> None:
    """Ouvre une session aux inscriptions. Un bloc sans place n'y est pas évalué.

    jalon session open --scheme cqp-cos --opens 2027-06-07 --closes 2027-06-15 --registration-closes 2027-05-10
    --place Paris --capacity GRU=10 MDR=10 POS=8 TD=8

    Code de sortie : 0 si c'est fait, 1 si c'est refusé, 2 si la ligne est mal écrite, 3 si la pile est injoignable.
    """
    window = {"--opens": opens, "--closes": closes, "--registration-closes": registration}
    first, last, until = (_day(value, option) for option, value in window.items())
    fields: dict[str, Any] = {
        "opens": first.isoformat(),
        "closes": last.isoformat(),
        "registration_closes": until.isoformat(),
        "modality": "remote" if remote else "in_person",
        "place": place,
        "capacity": _capacity([*capacity, *(more or ())]),
    }
    if announced:
        fields["registration_opens"] = _day(announced, "--registration-opens").isoformat()
    report = act(lambda: _open(scheme, first, fields, id, command_id, wait))
    show_receipt(report, json)


@group.command(name="list")
def list_sessions(
    scheme: Annotated[str | None, typer.Option("--scheme", help="Dispositif, par exemple cqp-cos.")] = None,
    status: Annotated[
        str | None,
        typer.Option("--status", help="announced | open | closed | convened | begun | held | completed | cancelled"),
    ] = None,
    json: JsonOption = False,
) -> None:
    """Liste les sessions, la plus proche d'abord : fenêtre, lieu, places, inscrits, liste d'attente."""
    known = ("announced", "open", "closed", "convened", "begun", "held", "completed", "cancelled")
    one_of("--status", status, known)
    rows = execute(lambda: _listed(scheme, status))
    if json:
        print_json(rows)
        return
    if not rows:
        note("session.list.none")
        return
    columns = ("id", "window", "registration", "seated")
    table = listing("session.list", columns)
    unwrapped(table, [row["id"] for row in rows])
    for row in rows:
        place = row["place"] or text(f"session.modality.{row['modality']}")
        seated = f"{row['seated']} (+{row['waiting']})" if row["waiting"] else str(row["seated"])
        cells = (
            f"{short(row['id'])}\n{row['scheme']}, {place}",
            f"{dated(row['opens'])}\n{dated(row['closes'])}",
            dated(row["registration_closes"]),
            f"{seated}\n{named('status.session', row['status'])}",
        )
        table.add_row(*map(escape, cells))
    out.print(table)


@group.command()
def show(id: IdArgument, json: JsonOption = False) -> None:
    """Montre une session : places par bloc, jurés, inscrits et liste d'attente dans l'ordre, la suite, les délais."""
    from interfaces.cli.jury_view import show_session

    report = execute(lambda: _report(id))
    if json:
        print_json(report)
    else:
        show_session(report)


@group.command()
def history(id: IdArgument, json: JsonOption = False) -> None:
    """Raconte une session, un événement par ligne, du premier au dernier."""
    show_history("session", id, json)


add_jury(group)
add_plan(group)
add_pv(group)


add_do(
    group,
    "session",
    """Donne une commande à une session : désigner un juré, clore les inscriptions, convoquer, tenir, annuler.

jalon session do cqp-cos-2027-06 appoint_juror juror=j1 part=president organisation=Ucanss

jalon session do cqp-cos-2027-06 hold absent.1a2b3c4d=oui

Code de sortie : 0 si c'est fait, 1 si c'est refusé, 2 si la ligne est mal écrite, 3 si la pile est injoignable.""",
)


def _day(value: str, option: str) -> date:
    day = day_of(value, option)
    if day is None:
        fail("acting.day", option=option, value="")
    return day


def _capacity(written: list[str]) -> dict[str, int]:
    """Seats per block; ``*`` for every block. What cannot be read ends the command."""
    seats: dict[str, int] = {}
    for item in (part for entry in written for part in entry.split(",") if part.strip()):
        block, equals, number = item.strip().rpartition("=")
        if not number.isdecimal() or not number.isascii() or len(number) > 6 or (equals and not block):
            fail("session.capacity", value=shown(item))
        seats[block or "*"] = int(number)
    return seats


async def _open(
    scheme: str, month: date, fields: dict[str, Any], id: str, command_id: str, wait: float
) -> dict[str, Any]:
    from interfaces.cli.opening import open_stream

    return await open_stream("session", scheme, month, fields, id=id, command_id=command_id, wait=wait)


async def _listed(scheme: str | None, status: str | None) -> list[dict[str, Any]]:
    async with desk() as books:
        rows = await books.reading.sessions(scheme=scheme, status=status)
    return [
        {
            "id": row.session_id,
            "scheme": row.scheme_id,
            "scheme_hash": row.scheme_hash,
            "status": row.status,
            "opens": row.opens,
            "closes": row.closes,
            "registration_closes": row.registration_closes,
            "modality": row.modality,
            "place": row.place,
            "capacity": row.capacity,
            "seated": row.seated,
            "waiting": row.waiting,
            "version": row.version,
        }
        for row in rows
    ]


async def _report(id: str) -> dict[str, Any]:
    from interfaces.opened import open_file, report_on
    from interfaces.streams import read_stream

    async with desk() as books:
        file = await read_stream(books.reading, await find(books.reading, "session", id))
        return report_on(file, await open_file(books.reading, books.reader("session show"), file), today())
