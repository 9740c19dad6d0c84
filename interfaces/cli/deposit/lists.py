"""``jalon deposit list``, ``show`` and ``withdrawn``: where each passage stands."""

from __future__ import annotations

import csv
import io
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any

import typer

from interfaces.cli.acting import JsonOption, dated, desk, execute, listing, one_of, say_out
from interfaces.cli.console import out, print_json, settings, text
from interfaces.cli.deposit.check import left
from interfaces.cli.deposit.group import (
    STATUSES,
    SchemeOption,
    group,
    numbered,
    queue_meant,
    require_suffix,
    write_whole,
)


@group.command(name="list")
def list_passages(
    status: Annotated[str | None, typer.Option("--status", metavar="ÉTAT", help=" | ".join(STATUSES))] = None,
    scheme: SchemeOption = "",
    json: JsonOption = False,
) -> None:
    """Liste les passages : où chacun en est, dans quel fichier, combien de jours restent. Personne n'est nommé."""
    one_of("--status", status, STATUSES)
    reports = execute(lambda: _listed(status, scheme))
    if json:
        print_json(reports)
        return
    table = listing("deposit.list", ("number", "scheme", "status", "awarded_on", "left", "tries", "flux", "fault"))
    for item in reports:
        table.add_row(
            item["number"],
            item["scheme"],
            text(f"deposit.status.{item['status']}"),
            dated(item["awarded_on"]),
            left(item["days_left"]) if item["status"] in ("waiting", "sent", "rejected") else text("acting.none"),
            str(item["tries"]),
            item["flux"] or text("acting.none"),
            text(f"deposit.ko.{item['fault']}.name") if item["fault"] else text("acting.none"),
        )
    out.print(table)


@group.command()
def show(
    number: Annotated[str, typer.Argument(metavar="NUMÉRO", help="Numéro de l'attribution.")], json: JsonOption = False
) -> None:
    """Montre un passage : son titulaire, ce que le fichier en dit, le dernier refus en entier. La lecture est notée."""
    report = execute(lambda: _shown(number))
    if json:
        print_json(report)
        return
    for name in ("number", "name", "status", "awarded_on", "flux", "tries"):
        value = report[name]
        if name == "status":
            value = text(f"deposit.status.{value}")
        elif name == "awarded_on":
            value = dated(value)
        out.print(
            f"{text(f'deposit.list.{name}')} : {value if value is not None else text('acting.none')}", markup=False
        )
    for fault in report["faults"]:
        out.print(fault["message"], markup=False, highlight=False)
    if report["message"] is not None:
        told = {"number": number, "message": report["message"], "meaning": report["meaning"]}
        say_out("deposit.cli.rejected", **told)


@group.command()
def withdrawn(
    file: Annotated[
        Path | None, typer.Option("--out", metavar="FICHIER", help="En CSV ou en XLSX, pour le support.")
    ] = None,
    json: JsonOption = False,
) -> None:
    """Liste les passages acceptés dont l'attribution est retirée : à faire supprimer, puis « deposit suppress »."""
    reports = execute(lambda: _withdrawn(file))
    if json:
        print_json(reports)
        return
    table = listing("deposit.list", ("number", "scheme", "awarded_on", "flux"))
    for item in reports:
        table.add_row(item["number"], item["scheme"], dated(item["awarded_on"]), item["flux"] or text("acting.none"))
    out.print(table)
    if file is not None:
        say_out("deposit.cli.report", file=file)


def show_queue(report: Mapping[str, Any]) -> None:
    """Print the report of :func:`interfaces.deposit.queue_report.queue_report`."""
    say_out("acting.receipt.stream", stream=report["id"], version=report["version"])
    for status in STATUSES:
        number = sum(passage["status"] == status for passage in report["passages"])
        if number:
            out.print(f"{text(f'deposit.status.{status}')} : {number}", markup=False)


async def _listed(status: str | None, scheme: str) -> list[dict[str, Any]]:
    from domain.scheme import library
    from eventstore.deposits import Deposits
    from interfaces.cli.acting import today
    from interfaces.deposit.wording import days_left
    from interfaces.streams import learn

    async with desk() as books:
        queue = await queue_meant(books.reading, scheme)
        statuses = [status] if status else None
        rows = await Deposits(books.reading.pool).passages(
            queue=queue.deposit_id, statuses=statuses, scheme=scheme or None
        )
        for hash in {row.scheme_hash for row in rows}:
            await learn(books.reading, hash)
    return [
        {
            "number": row.number,
            "pathway": row.pathway_id,
            "scheme": row.scheme_id,
            "kind": row.kind,
            "block": row.block,
            "status": row.status,
            "awarded_on": row.awarded_on,
            "days_left": days_left(library.recall(row.scheme_hash), row.awarded_on, today()),
            "tries": row.tries,
            "flux": row.flux,
            "fault": row.fault,
        }
        for row in rows
    ]


async def _shown(number: str) -> dict[str, Any]:
    from eventstore.deposits import Deposits
    from interfaces.cli.deposit.check import describe, pending
    from interfaces.deposit.wording import meaning_sentence

    async with desk() as books:
        row = (await numbered(books.reading, [number]))[number]
        reader = books.reader("deposit show")
        [holder] = await pending(books.reading, reader, [row])
        message = None
        if row.told_in is not None:
            told = await Deposits(books.reading.pool).messages(row.stream_id, [row.told_in])
            if number in told:
                [message] = await reader.open([told[number]])
    meaning = meaning_sentence(row.fault, settings.language) if row.fault else None
    said = {"queue": row.stream_id, "version": row.version, "tries": row.tries, "flux": row.flux}
    return {**describe(holder, False), **said, "message": message or ("" if row.fault else None), "meaning": meaning}


async def _withdrawn(file: Path | None) -> list[dict[str, Any]]:
    from eventstore.deposits import Deposits

    require_suffix(file, ".csv", ".xlsx")
    async with desk() as books:
        queue = await queue_meant(books.reading)
        rows = await Deposits(books.reading.pool).passages(queue=queue.deposit_id, statuses=("to_suppress",))
    reports = [
        {"number": row.number, "scheme": row.scheme_id, "awarded_on": row.awarded_on, "flux": row.flux} for row in rows
    ]
    if file is not None:
        write_whole(file, _as_csv(reports) if file.suffix.lower() == ".csv" else _as_workbook(reports))
    return reports


_COLUMNS = ("number", "scheme", "awarded_on", "flux")


def _as_csv(reports: list[dict[str, Any]]) -> bytes:
    content = io.StringIO()
    writer = csv.writer(content, delimiter=";", lineterminator="\n")
    writer.writerow([text(f"deposit.sheet.{name}") for name in _COLUMNS])
    writer.writerows([[item[name] for name in _COLUMNS] for item in reports])
    return content.getvalue().encode("utf-8-sig")


def _as_workbook(reports: list[dict[str, Any]]) -> bytes:
    from interfaces.deposit.report import workbook

    rows = [[item[name] for name in _COLUMNS] for item in reports]
    return workbook([("withdrawn", _COLUMNS, rows)], settings.language)
