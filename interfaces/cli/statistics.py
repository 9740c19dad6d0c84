"""``jalon statistics``: how many, by which way, where, how fast; without anybody who could be recognised."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

import typer
from rich.markup import escape
from rich.table import Table

from domain.small_cells import LEAST
from interfaces.cli.acting import Halt, JsonOption, desk, execute
from interfaces.cli.app import app
from interfaces.cli.console import Exit, fail, note, out, print_json, settings, text
from interfaces.table_types import shown


@app.command()
def statistics(
    scheme: Annotated[str | None, typer.Option("--scheme", help="Dispositif, par exemple cqp-cos.")] = None,
    year: Annotated[int | None, typer.Option("--year", metavar="AAAA", help="Une seule année.")] = None,
    least: Annotated[
        int, typer.Option("--threshold", metavar="N", min=1, help="Les nombres de 1 à N - 1 ne sont pas montrés.")
    ] = LEAST,
    xlsx: Annotated[
        Path | None, typer.Option("--xlsx", metavar="FICHIER", help="Écrire un classeur, une feuille par tableau.")
    ] = None,
    json: JsonOption = False,
) -> None:
    """Dit ce que compte le registre : attributions, réussite par bloc, délais, et ce que demande le RNCP.

    Tout est par dispositif et par année. Les petits nombres sont cachés, et d'autres avec eux s'ils permettaient de
    les retrouver ; les attributions retirées sont à part ; les personnes effacées comptent toujours.

    Code de sortie : 0 ; 1 si le dispositif est inconnu ou le fichier impossible à écrire ; 3 si PostgreSQL est
    injoignable.
    """
    if least == 2:
        fail("statistics.threshold", Exit.USAGE)
    if year is not None and not 1900 <= year <= 2200:
        fail("statistics.year", Exit.USAGE, value=shown(str(year)))
    if xlsx is not None and xlsx.suffix.lower() != ".xlsx":
        fail("statistics.suffix", Exit.USAGE, file=shown(str(xlsx)))
    report = execute(lambda: _report(scheme, year, least))
    if xlsx is not None:
        _write(xlsx, report, least)
    if json:
        print_json(report)
    elif xlsx is None:
        _show(report, least)


async def _report(scheme: str | None, year: int | None, least: int) -> dict[str, Any]:
    from domain.figures import tables
    from domain.register import register_of
    from domain.scheme import library
    from eventstore.figures import figures
    from workers import logs
    from workers.publishing import learn_published

    logs.configure(level="warning")
    async with desk() as books:
        await learn_published(books.reading)
        published = [library.recall(hash) for hash in await books.reading.published_hashes()]
        known = sorted({found.id for found in published})
        if scheme is not None and scheme not in known:
            raise Halt("acting.not_found.scheme", id=shown(scheme), known=", ".join(known))
        registers = {found.hash: register_of(found) for found in published}
        counts = await figures(books.reading.pool, registers, scheme, year)
    return {"scheme": scheme, "year": year, "threshold": least, "tables": tables(counts, least)}


def _write(file: Path, report: dict[str, Any], least: int) -> None:
    from interfaces.figures_sheet import workbook

    try:
        file.write_bytes(workbook(report["tables"], least, settings.language))
    except OSError as error:
        fail("statistics.not_written", file=str(file), reason=error.strerror or type(error).__name__)
    note("statistics.written", file=str(file))


def _show(report: dict[str, Any], least: int) -> None:
    from interfaces.figures_sheet import cells, explained, titles

    found = {table: rows for table, rows in report["tables"].items() if rows}
    if not found:
        where = [
            text(f"statistics.where_{name}", **{name: report[name]}) for name in ("scheme", "year") if report[name]
        ]
        out.print(text("statistics.none", where="".join(where)), markup=False, highlight=False)
        return
    for table, rows in found.items():
        shown_table = Table(*titles(table, settings.language), title=text(f"statistics.table.{table}"))
        shown_table.title_justify = "left"
        for column, name in zip(shown_table.columns, rows[0], strict=True):
            column.overflow = "fold"
            if name not in ("scheme", "route", "session", "region", "branch", "block", "step"):
                column.justify = "right"
        for row in rows:
            shown_table.add_row(*(escape(str(cell)) for cell in cells(table, row, settings.language)))
        out.print(shown_table, soft_wrap=False)
    for line in explained(least, settings.language):
        out.print(line, markup=False, highlight=False)
