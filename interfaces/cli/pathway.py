"""``jalon pathway``: who stands where, what happened, what comes next, and giving a command."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated, Any, get_args

import typer
from rich.markup import escape

from domain.scheme.model import RouteId
from interfaces.cli.acting import (
    JsonOption,
    dated,
    desk,
    execute,
    find,
    listing,
    named,
    one_of,
    today,
)
from interfaces.cli.app import app
from interfaces.cli.console import note, out, print_json, settings, text
from interfaces.cli.contesting import add_contesting
from interfaces.cli.doing import add_do
from interfaces.cli.history import show_history
from interfaces.sentences import role_name, task_sentence
from interfaces.telling import short

if TYPE_CHECKING:
    from eventstore.rows import PathwayRow, TaskRow

group = typer.Typer(name="pathway", no_args_is_help=True, help="Les parcours : où en est chacun, et la suite.")
app.add_typer(group)

SHOWN = 100
"""Rows of a table, unless ``--limit`` says otherwise; ``--json`` gives them all."""

IdArgument = Annotated[
    str, typer.Argument(metavar="ID", help="Identifiant, entier ou son début, avec ou sans « pathway: ».")
]


@group.callback()
def pathway() -> None:
    """Les parcours : où en est chacun, et la suite."""


@group.command(name="list")
def list_pathways(
    scheme: Annotated[str | None, typer.Option("--scheme", help="Dispositif, par exemple cqp-cos.")] = None,
    route: Annotated[str | None, typer.Option("--route", help="training | vae | free_candidacy")] = None,
    status: Annotated[str | None, typer.Option("--status", help="open | suspended | closed")] = None,
    step: Annotated[
        str | None, typer.Option("--step", help="Étape en cours, telle que le dispositif la nomme.")
    ] = None,
    employer: Annotated[str | None, typer.Option("--employer", help="Organisme employeur, écrit en entier.")] = None,
    limit: Annotated[int | None, typer.Option("--limit", min=1, help="Nombre de parcours affichés.")] = None,
    json: JsonOption = False,
) -> None:
    """Liste les parcours, dans l'ordre de leur ouverture : qui, où ils en sont, ce qui vient, qui doit agir.

    Le tableau en montre 100, ou --limit ; --json les donne tous.

    Code de sortie : 0, ou 3 si PostgreSQL est injoignable.
    """
    one_of("--route", route, get_args(RouteId))
    one_of("--status", status, ("open", "suspended", "closed"))
    filters: dict[str, Any] = {"scheme": scheme, "route": route, "status": status, "step": step, "employer": employer}
    wanted = limit if json or limit else SHOWN
    found = execute(lambda: _listed(filters, wanted))
    if json:
        print_json(found.reports)
        return
    if not found.reports:
        note("pathway.list.none")
        return
    columns = ("id", "name", "scheme", "where", "next", "by")
    table = listing("pathway.list", columns)
    for report in found.reports:
        table.add_row(*map(escape, _cells(report)))
    out.print(table)
    if found.more:
        note("pathway.list.more", shown=len(found.reports))


@group.command()
def show(id: IdArgument, json: JsonOption = False) -> None:
    """Montre un parcours : qui, quelle certification, où il en est, la suite, chaque bloc, les délais.

    Pour chaque bloc, ce que les notations calculent, ce que le jury professionnel conseille et ce que le jury
    paritaire décide restent trois réponses distinctes.
    """
    from interfaces.cli.pathway_view import show_pathway

    report = execute(lambda: _report(id))
    if json:
        print_json(report)
    else:
        show_pathway(report)


@group.command()
def history(id: IdArgument, json: JsonOption = False) -> None:
    """Raconte un parcours, un événement par ligne, du premier au dernier.

    --json donne chaque événement tel que le journal le tient : version, event_id, type, occurred_at, recorded_at,
    actor, fact, leaf_hash. Les données personnelles n'y sont que par leur empreinte.
    """
    show_history("pathway", id, json)


add_contesting(group)

add_do(
    group,
    "pathway",
    """Donne une commande à un parcours et dit ce qui a été écrit, ce qui vient, qui doit agir et quand.

Qui agit : l'opérateur local, en administrateur, sauf --role, --as et --for. Les textes libres sont scellés avant de
partir.

jalon pathway do 1a2b3c4d record_positioning body=CFP needs=GRU.1,MDR.2

jalon pathway do 1a2b3c4d give_opinion juror=j1 blocks.GRU=oui blocks.TD=non recommendations.TD="À revoir"

Code de sortie : 0 si c'est fait, 1 si c'est refusé, 2 si la ligne est mal écrite, 3 si la pile est injoignable.""",
)


@dataclass(frozen=True, slots=True)
class _Listed:
    reports: list[dict[str, Any]]
    more: bool


async def _listed(filters: Mapping[str, Any], limit: int | None) -> _Listed:
    from interfaces.streams import full_name, identities

    async with desk() as books:
        rows = await books.reading.pathways(**filters, limit=limit + 1 if limit else None)
        more = limit is not None and len(rows) > limit
        rows = rows[:limit]
        tasks = await books.reading.tasks_of([row.pathway_id for row in rows])
        known = await identities(books.reader("pathway list"), rows)
    names = {id: full_name(identity) for id, identity in known.items()}
    return _Listed([_row_report(row, names.get(row.pathway_id), tasks.get(row.pathway_id, [])) for row in rows], more)


def _row_report(row: PathwayRow, name: str | None, tasks: list[TaskRow]) -> dict[str, Any]:
    return {
        "id": row.pathway_id,
        "person": row.person_id,
        "name": name,
        "scheme": row.scheme_id,
        "scheme_version": row.scheme_version,
        "scheme_hash": row.scheme_hash,
        "attempt": row.attempt,
        "route": row.route,
        "employer": row.employer,
        "branch": row.branch,
        "initiative": row.initiative,
        "status": row.status,
        "step": row.step,
        "outcome": row.outcome,
        "opened_on": row.opened_on,
        "closed_on": row.closed_on,
        "session": row.session_id,
        "sitting": row.sitting_id,
        "held": list(row.held),
        "version": row.version,
        "next": [{"task": task.kind, "who": task.who, "since": task.since, "by": task.due_on} for task in tasks],
    }


def _cells(report: Mapping[str, Any]) -> tuple[str, ...]:
    where = report["step"] if report["status"] == "open" else named("status.pathway", report["status"])
    if report["outcome"]:
        where = named("outcome", report["outcome"])
    task = report["next"][0] if report["next"] else None
    language = settings.language
    route = text(f"schemes.route.{report['route']}")
    return (
        short(report["id"]),
        report["name"] or text("acting.unnamed"),
        f"{report['scheme']} · {route}",
        where or text("acting.none"),
        f"{task_sentence(task['task'], language)} ({role_name(task['who'], language)})"
        if task
        else text("acting.none"),
        dated(task["by"] if task else None),
    )


async def _report(id: str) -> dict[str, Any]:
    from interfaces.opened import open_file, report_on
    from interfaces.streams import read_stream

    async with desk() as books:
        file = await read_stream(books.reading, await find(books.reading, "pathway", id))
        return report_on(file, await open_file(books.reading, books.reader("pathway show"), file), today())
