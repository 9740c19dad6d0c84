"""``jalon deadlines``: what is due, how late it is, and how each date was computed."""

from __future__ import annotations

from datetime import UTC, date, datetime
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.markup import escape

from domain.refusal import Refused
from interfaces.cli.acting import (
    Halt,
    JsonOption,
    dated,
    day_of,
    desk,
    execute,
    find_any,
    noon,
    say_out,
    today,
)
from interfaces.cli.app import app
from interfaces.cli.console import fail, note, out, print_json, refused, settings
from interfaces.cli.pathway_view import show_deadlines
from interfaces.table_types import shown
from interfaces.telling import short

group = typer.Typer(name="deadlines", help="Les délais : ce qui est dû, en retard ou suspendu, et pourquoi.")
app.add_typer(group)


@group.callback(invoke_without_command=True)
def deadlines(
    context: typer.Context,
    late: Annotated[bool, typer.Option("--late", help="Seulement ceux qui sont dépassés.")] = False,
    within: Annotated[
        int | None, typer.Option("--within", metavar="N", min=0, help="Seulement ceux des N jours qui viennent.")
    ] = None,
    as_of: Annotated[str, typer.Option("--as-of", metavar="DATE", help="Compter le retard à cette date.")] = "",
    json: JsonOption = False,
) -> None:
    """Liste les délais qui courent, sont suspendus ou ont été dépassés : échéance, retard, qui doit agir, fondement.

    Ce sont les délais d'aujourd'hui ; --as-of change la date à laquelle leur retard se compte.
    « jalon deadlines explain ID » dit comment une échéance a été calculée.

    Code de sortie : 0, ou 3 si PostgreSQL est injoignable.
    """
    if context.invoked_subcommand is not None:
        return
    day = day_of(as_of, "--as-of")
    reports = execute(lambda: _listed(day, late, within))
    if json:
        print_json(reports)
        return
    show_deadlines(reports)
    number = {0: "_none", 1: "_one"}.get(len(reports), "")
    say_out(f"deadlines.list.count{number}", count=len(reports))


@group.command()
def explain(
    id: Annotated[
        str,
        typer.Argument(
            metavar="ID", help="Un parcours, une session, une séance ; ou un seul délai : 1a2b/admissibility:4."
        ),
    ],
    json: JsonOption = False,
) -> None:
    """Explique chaque délai de ID, ceux qui sont finis ou à venir compris, ou le seul délai que ID nomme.

    Fondement, départ, calendrier, jours sautés, suspensions, où il en est, ce qui y a mis fin, qui doit agir, et ce
    qui arrive une fois l'échéance passée. Sans version (1a2b/admissibility), tous les délais de ce nom.

    Code de sortie : 0 si tout est bon, 1 si ID ou ce délai n'existe pas, 3 si PostgreSQL est injoignable.
    """
    reports, one = execute(lambda: _explained(id))
    if json:
        print_json(reports[0] if one else {"id": reports[0]["stream"] if reports else id, "deadlines": reports})
        return
    for report in reports:
        out.print(f"[bold]{escape(report['title'])}[/bold] ({escape(report['id'])})", highlight=False)
        for sentence in report["sentences"]:
            out.print(sentence, markup=False, highlight=False)
        if not one:
            out.print()


@group.command(name="forecast")
def foresee(json: JsonOption = False) -> None:
    """Annonce les délais que les sessions et séances prévues ne permettent pas de tenir, et ce qui les sauverait.

    Un délai qui court, et que seule une session ou une séance peut éteindre, quand elle vient trop tard ou n'est pas
    prévue.

    Code de sortie : 0, ou 3 si PostgreSQL est injoignable.
    """
    reports = execute(_foreseen)
    if json:
        print_json(reports)
        return
    if not reports:
        note("deadlines.forecast.none")
    for report in reports:
        words = {"due": dated(report["due_on"]), "stream": short(report["stream"])}
        say_out("deadlines.forecast.line", title=report["title"], sentence=report["sentence"], **words)


@group.command(name="simulate")
def simulate_file(
    file: Annotated[Path, typer.Argument(metavar="FICHIER", help="Un délai à compter, en JSON.")],
    json: JsonOption = False,
) -> None:
    """Compte le délai que FICHIER décrit : départ, longueur, unité, zone, suspensions. Rien n'est lu ailleurs.

    {"start": "2026-01-05", "amount": 2, "unit": "mois", "zone": "metropole",
    "pauses": [{"from": "2026-02-01", "to": "2026-02-10"}], "after_pause": "resume"}

    unit : calendaires, ouvrables, ouvres, francs, mois ou ans. Le jour de départ ne compte pas, ceux d'une suspension
    (from et to compris) non plus. after_pause : resume, le délai reprend ; restart, il repart de zéro le jour « to ».
    Une suspension sans « to » dure encore : il n'y a pas d'échéance.

    Code de sortie : 0 si tout est bon, 1 si le fichier ne décrit pas un délai, 2 si la ligne est mal écrite.
    """
    from interfaces.days import explained
    from interfaces.reckoning import BadCase, read_case, simulate

    try:
        reckoning = simulate(read_case(file))
    except BadCase as bad:
        fail(f"deadlines.case.{bad.name}", **bad.params)
    except Refused as no:
        refused(no.refusal.model_dump())
    sentences = explained(reckoning.derivation, settings.language)
    if json:
        steps = [{**step, "sentence": said} for step, said in zip(reckoning.derivation, sentences, strict=True)]
        print_json({"due": reckoning.due, "derivation": steps})
        return
    for sentence in sentences:
        out.print(sentence, markup=False, highlight=False)


async def _listed(day: date | None, late: bool, within: int | None) -> list[dict[str, Any]]:
    from interfaces.reports import late_days
    from interfaces.streams import names_of

    as_of = noon(day) if day else datetime.now(UTC)
    async with desk() as books:
        rows = await books.reading.deadlines(as_of=as_of, late=late, within_days=within)
        names = await names_of(books.reading, books.reader("deadlines"), {row.stream_id for row in rows})
    return [
        {
            "id": f"{row.stream_id}/{row.deadline_id}",
            "stream": row.stream_id,
            "name": names.get(row.stream_id),
            "deadline": row.deadline,
            "title": row.title,
            "status": row.status,
            "starts_on": row.starts_on,
            "due_on": row.due_on,
            "late_days": late_days(row.due_on, day or today()),
            "who": row.who,
            "basis": row.basis,
            "passed": row.passed,
        }
        for row in rows
    ]


async def _foreseen() -> list[dict[str, Any]]:
    from interfaces.forecasting import forecast

    async with desk() as books:
        return await forecast(books.reading, today(), settings.language)


async def _explained(id: str) -> tuple[list[dict[str, Any]], bool]:
    """The reports that ``id`` asks for, and whether it names one deadline."""
    from interfaces.deadline_reports import deadline_book
    from interfaces.streams import read_stream

    head, slash, deadline = id.partition("/")
    if not head or (slash and not deadline):
        raise Halt("deadlines.bad_id", id=shown(id))
    async with desk() as books:
        file = await read_stream(books.reading, await find_any(books.reading, head))
    reports = deadline_book(file, today(), settings.language)
    if not slash:
        return reports, False
    named = [report for report in reports if report["id"] == f"{file.stream}/{deadline}"]
    named = named or [report for report in reports if report["deadline"] == deadline]
    if not named:
        known = any(item.id == deadline.partition(":")[0] for item in file.scheme.every_deadline)
        raise Halt("deadlines.over" if known else "deadlines.unknown", id=shown(deadline), stream=short(file.stream))
    return named, len(named) == 1
