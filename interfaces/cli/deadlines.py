"""``jalon deadlines``: what is due, how late it is, and how each date was computed."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.markup import escape

from domain.refusal import Refused
from interfaces.cli.acting import (
    Desk,
    Halt,
    JsonOption,
    day_of,
    desk,
    execute,
    find_any,
    named,
    noon,
    say_out,
    today,
)
from interfaces.cli.app import app
from interfaces.cli.console import fail, out, print_json, refused, settings, text
from interfaces.cli.pathway_view import show_deadlines
from interfaces.days import long_date
from interfaces.sentences import event_sentence, status_name
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
    say_out("deadlines.list.count_one" if len(reports) == 1 else "deadlines.list.count", count=len(reports))


@group.command()
def explain(
    id: Annotated[str, typer.Argument(metavar="ID", help="Tel que la liste l'affiche : 1a2b3c4d/admissibility:4.")],
    json: JsonOption = False,
) -> None:
    """Explique une échéance : fondement, départ, unité, jours sautés, suspensions, et ce qui arrive une fois passée.

    Code de sortie : 0 si tout est bon, 1 si ce délai n'existe pas, 3 si PostgreSQL est injoignable.
    """
    report = execute(lambda: _explained(id))
    if json:
        print_json(report)
        return
    out.print(f"[bold]{escape(report['title'])}[/bold] ({escape(report['id'])})", highlight=False)
    for sentence in report["sentences"]:
        out.print(sentence, markup=False, highlight=False)


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


async def _explained(id: str) -> dict[str, Any]:
    async with desk() as books:
        return await explanation(books, id)


async def explanation(books: Desk, id: str) -> dict[str, Any]:
    """How a deadline that runs was computed, as data and in sentences.

    Raises:
        Halt: no such stream, no such deadline, or it does not run any more.
    """
    from domain.aggregates import aggregate_of, runs_of
    from interfaces.reports import deadline_report
    from interfaces.streams import read_stream

    head, slash, deadline = id.rpartition("/")
    if not slash or not head or not deadline:
        raise Halt("deadlines.bad_id", id=shown(id))
    file = await read_stream(books.reading, await find_any(books.reading, head))
    aggregate = aggregate_of(file.stream).name
    run = next((run for run in runs_of(file.state) if run.id == deadline), None)
    if run is None:
        known = any(item.id == deadline.partition(":")[0] for item in file.scheme.deadlines_of(aggregate))
        raise Halt("deadlines.over" if known else "deadlines.unknown", id=shown(deadline), stream=short(file.stream))
    start = file.record(int(run.id.rpartition(":")[2]))
    report = {
        **deadline_report(file.stream, run, today()),
        "due_at": run.at.isoformat() if run.at else None,
        "amount": run.deadline.amount,
        "unit": run.deadline.unit,
        "before": run.deadline.before,
        "starts": run.deadline.starts,
        "ends": list(run.deadline.ends),
        "start_event": {
            "version": start.version,
            "event_id": str(start.event_id),
            "type": start.fact.kind,
            "sentence": event_sentence(start, file.scheme, settings.language),
        },
        "paused_by_completeness": run.deadline.paused_by_completeness,
        "remind": list(run.deadline.remind),
        "derivation": [dict(step) for step in run.derivation],
    }
    return {**report, "sentences": _sentences(report)}


def _sentences(report: Mapping[str, Any]) -> list[str]:
    from interfaces.days import explained

    language = settings.language
    milestones = ", ".join(_milestone(end) for end in report["ends"])
    sentences = [
        text("deadlines.explain.basis", basis=report["basis"]),
        text(
            "deadlines.explain.start",
            milestone=_milestone(report["starts"]),
            version=report["start_event"]["version"],
            sentence=report["start_event"]["sentence"],
        ),
        *explained(report["derivation"], language),
        text("deadlines.explain.status", status=status_name("deadline", report["status"], language)),
        text("deadlines.explain.ends", milestones=milestones),
        text("deadlines.explain.who", who=named("role", report["who"])),
        text("deadlines.explain.passed", what=text(f"schemes.passed.{report['passed']}")),
    ]
    if report["paused_by_completeness"] != "no":
        sentences.append(text(f"deadlines.explain.{report['paused_by_completeness']}"))
    if report["remind"]:
        sentences.append(text("deadlines.explain.remind", days=", ".join(map(str, report["remind"]))))
    if report["late_days"]:
        due = long_date(report["due_on"], language)
        name = "deadlines.explain.late_one" if report["late_days"] == 1 else "deadlines.explain.late"
        sentences.append(text(name, days=report["late_days"], due=due))
    return sentences


def _milestone(id: str) -> str:
    return text(f"schemes.milestone.{id}")
