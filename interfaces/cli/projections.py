"""``jalon projections``: the read models, compared with the log and made again from it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from interfaces.cli.acting import Halt, JsonOption, desk, execute, listing, say_out
from interfaces.cli.app import app
from interfaces.cli.console import Exit, out, print_json, text
from interfaces.cli.progress import Bar

if TYPE_CHECKING:
    from eventstore.projections import Rebuild

COLUMNS = ("table", "rows", "missing", "extra", "different")

projections = typer.Typer(no_args_is_help=True, help="Les tables de lecture. / Read models.")
app.add_typer(projections, name="projections")


@projections.command()
def rebuild(
    check: Annotated[bool, typer.Option("--check", help="Comparer seulement, sans rien changer.")] = False,
    as_json: JsonOption = False,
) -> None:
    """Refait toutes les tables de lecture d'après le journal, les compare à l'octet, et corrige ce qui diffère."""
    found = execute(lambda: _rebuild(check))
    if as_json:
        tables = [
            {**{column: getattr(table, column) for column in COLUMNS}, "same": table.same} for table in found.tables
        ]
        print_json(
            {"same": found.same, "corrected": not (check or found.same), "events": found.events, "tables": tables}
        )
    else:
        _show(found, check)
    raise SystemExit(int(Exit.REFUSED if check and not found.same else Exit.OK))


async def _rebuild(check: bool) -> Rebuild:
    from eventstore import projections as work
    from workers import logs
    from workers.publishing import learn_published

    logs.configure(level="warning")
    async with desk() as open_desk:
        await learn_published(open_desk.reading)
        try:
            with Bar("projections.progress", await open_desk.reading.event_count()) as advance:
                return await work.rebuild(open_desk.reading.pool, check=check, progress=advance)
        except work.RebuildUnderWay:
            raise Halt("projections.under_way") from None
        except work.AppendsNotHeld:
            raise Halt("projections.not_held") from None
        except work.Unfoldable as fault:
            raise Halt("projections.unfoldable", stream=fault.stream, version=fault.version) from None


def _show(found: Rebuild, check: bool) -> None:
    table = listing("projections", COLUMNS)
    for report in found.tables:
        numbers = (report.rows, report.missing, report.extra, report.different)
        table.add_row(text(f"projections.name.{report.table}"), *map(str, numbers))
    out.print(table)
    say_out(f"projections.{'same' if found.same else 'differs' if check else 'corrected'}", events=found.events)
