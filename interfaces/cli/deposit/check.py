"""``jalon deposit check`` and ``ask``: who cannot be told yet, which field, how long it may take, and asking for it."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from domain.deposit.identity import FIELDS
from interfaces.cli.acting import JsonOption, act, dated, desk, execute, listing, one_of, say_out, today
from interfaces.cli.console import Exit, err, out, print_json, settings, text
from interfaces.cli.deposit.group import (
    SchemeOption,
    asked_of,
    group,
    holder_name,
    numbered,
    queue_meant,
    require_suffix,
    write_whole,
)

if TYPE_CHECKING:
    from collections.abc import Sequence

    from eventstore.access import Reader
    from eventstore.deposits import PassageRow
    from eventstore.reading import Reading
    from interfaces.deposit.holders import Holder

PENDING = ("waiting", "rejected")
"""Where a passage stands that is still to be deposited."""


@group.command()
def check(
    scheme: SchemeOption = "",
    identities: Annotated[
        Path | None,
        typer.Option(
            "--identities", metavar="FICHIER", help="Contrôler les identités d'un tableau, sans aucun serveur."
        ),
    ] = None,
    xlsx: Annotated[
        Path | None, typer.Option("--xlsx", metavar="FICHIER", help="Le rapport complet, en classeur.")
    ] = None,
    json: JsonOption = False,
) -> None:
    """Dit qui ne peut pas encore être déposé, quel champ manque ou étonne, et combien de jours restent.

    --identities lit un CSV ou un XLSX : nom, nom d'usage, prénom, deuxième prénom, troisième prénom, sexe, date de
    naissance (00/00/1985 si le jour et le mois sont inconnus), code commune de naissance (Insee), commune de
    naissance, code postal de naissance, pays de naissance (nom, 99352 ou 352). Aucune colonne n'est obligatoire : ce
    qui manque est un défaut de la ligne.

    Code de sortie : 0 si tous peuvent être déposés, 1 sinon, 3 si PostgreSQL est injoignable.
    """
    if identities is not None:
        _identities(identities, json)
        return
    report, book = execute(lambda: _checked(scheme, xlsx))
    if book is not None and not json:
        say_out("deposit.cli.report", file=book)
    if json:
        print_json(report)
    else:
        _show(report)
    raise SystemExit(int(Exit.REFUSED if report["missing"] else Exit.OK))


@group.command()
def ask(
    number: Annotated[str, typer.Argument(metavar="NUMÉRO", help="Numéro de l'attribution.")] = "",
    every: Annotated[bool, typer.Option("--all", help="Pour tous ceux dont l'identité n'est pas complète.")] = False,
    of: Annotated[str, typer.Option("--of", metavar="À QUI", help="candidate | employer")] = "candidate",
    scheme: SchemeOption = "",
    json: JsonOption = False,
) -> None:
    """Demande au candidat, ou à l'employeur, ce qui manque à l'état civil : une tâche et un courriel, une fois."""
    one_of("--of", of, ("candidate", "employer"))
    if bool(number) == every:
        raise typer.BadParameter("NUMÉRO ou --all")
    asked = act(lambda: _ask(number, of, scheme))
    if json:
        print_json(asked)
        return
    if not asked:
        say_out("deposit.cli.asked_none")
    for item in asked:
        fields = ", ".join(text(f"deposit.field.{field}") for field in item["faults"])
        say_out("deposit.cli.asked", number=item["number"], fields=fields)


async def pending(reading: Reading, reader: Reader, rows: Sequence[PassageRow]) -> list[Holder]:
    """The holders of these passages as they are known now."""
    from interfaces.deposit.holders import holders

    return [holder async for holder in holders(reading, reader, rows)]


def describe(holder: Holder, asked: bool) -> dict[str, Any]:
    """One passage as reports tell it."""
    from interfaces.deposit.wording import days_left, fault_sentence

    row = holder.row
    left = days_left(holder.scheme, row.awarded_on, today())
    return {
        "number": row.number,
        "pathway": row.pathway_id,
        "name": holder_name(holder.identity),
        "scheme": row.scheme_id,
        "code": holder.scheme.registration.code,
        "status": row.status,
        "awarded_on": row.awarded_on,
        "days_left": left,
        "identified": holder.line is not None,
        "asked": asked,
        "fault": row.fault,
        "faults": [
            {
                "field": item.field,
                "code": item.code,
                "blocking": item.blocking,
                "message": fault_sentence(item, settings.language),
            }
            for item in holder.faults
        ],
    }


async def _checked(scheme: str, xlsx: Path | None) -> tuple[dict[str, Any], Path | None]:
    from eventstore.deposits import Deposits

    require_suffix(xlsx, ".xlsx")
    async with desk() as books:
        queue = await queue_meant(books.reading, scheme)
        deposits = Deposits(books.reading.pool)
        rows = await deposits.passages(queue=queue.deposit_id, statuses=PENDING, scheme=scheme or None)
        reader = books.reader("deposit check")
        found = await pending(books.reading, reader, rows)
        tasks = await books.reading.tasks_of(sorted({row.pathway_id for row in rows}))
        told = [describe(holder, asked_of(holder, tasks)) for holder in found]
        report = {
            "queue": queue.deposit_id,
            "pending": len(told),
            "identified": sum(item["identified"] for item in told),
            "missing": sum(not item["identified"] for item in told),
            "doubtful": sum(item["identified"] and bool(item["faults"]) for item in told),
            "rejected": sum(item["status"] == "rejected" for item in told),
            "dropped": len(
                await deposits.passages(queue=queue.deposit_id, statuses=("dropped",), scheme=scheme or None)
            ),
            "passages": told,
        }
        if xlsx is not None:
            withdrawn = await deposits.passages(queue=queue.deposit_id, statuses=("to_suppress",))
            write_whole(xlsx, _workbook(report, withdrawn))
    return report, xlsx


def _workbook(report: dict[str, Any], withdrawn: Sequence[PassageRow]) -> bytes:
    """For the person in charge: what can go, what is missing and where, what was refused, what is to be suppressed."""
    from datetime import timedelta

    from interfaces.deposit.report import workbook
    from interfaces.deposit.wording import meaning_sentence

    said, language = report["passages"], settings.language

    def row(item: dict[str, Any]) -> list[Any]:
        last = None if item["days_left"] is None else today() + timedelta(days=item["days_left"])
        name = item["name"] or text("acting.unnamed")
        return [item["number"], name, item["scheme"], item["code"], item["awarded_on"], last, item["days_left"]]

    common = ("number", "name", "scheme", "code", "awarded_on", "last_day", "days_left")
    ready = [item for item in said if item["identified"] and item["status"] == "waiting"]
    missing = [(item, fault) for item in said for fault in item["faults"]]
    summary = [
        (text("deposit.sheet.ready"), len(ready)),
        (text("deposit.sheet.missing"), report["missing"]),
        (text("deposit.sheet.doubts"), report["doubtful"]),
        (text("deposit.sheet.rejected"), sum(item["status"] == "rejected" for item in said)),
        (text("deposit.sheet.withdrawn"), len(withdrawn)),
        (text("deposit.sheet.dropped"), report["dropped"]),
    ]
    sheets: list[tuple[str, tuple[str, ...], list[Any]]] = [
        ("summary", ("what", "count"), summary),
        ("ready", common, [row(item) for item in ready]),
        (
            "missing",
            (*common, "field", "fault", "blocking", "asked"),
            [
                [
                    *row(item),
                    text(f"deposit.field.{fault['field']}"),
                    fault["message"],
                    _yes(fault["blocking"]),
                    _yes(item["asked"]),
                ]
                for item, fault in missing
            ],
        ),
        (
            "rejected",
            (*common, "meaning"),
            [
                [*row(item), meaning_sentence(item["fault"] or "other", language)]
                for item in said
                if item["status"] == "rejected"
            ],
        ),
        (
            "withdrawn",
            ("number", "scheme", "awarded_on", "flux"),
            [[item.number, item.scheme_id, item.awarded_on, item.flux] for item in withdrawn],
        ),
    ]
    return workbook(sheets, language)


def _yes(value: bool) -> str:
    return text(f"deposit.cli.{'yes' if value else 'no'}")


def _show(report: dict[str, Any]) -> None:
    odd = [item for item in report["passages"] if item["faults"]]
    if odd:
        table = listing("deposit.list", ("number", "name", "awarded_on", "left", "what", "asked"))
        for item in odd:
            what = "\n".join(fault["message"] for fault in item["faults"])
            name = item["name"] or text("acting.unnamed")
            asked = _yes(item["asked"])
            table.add_row(item["number"], name, dated(item["awarded_on"]), left(item["days_left"]), what, asked)
        out.print(table)
    counts = {name: report[name] for name in ("identified", "missing", "doubtful", "rejected")}
    say_out("deposit.cli.counts", **counts)
    if report["dropped"]:
        say_out("deposit.cli.dropped", number=report["dropped"])


def left(days: int | None) -> str:
    """How many days are left, or by how many it is late."""
    if days is None:
        return text("acting.none")
    return text("deposit.cli.days_left", days=days) if days >= 0 else text("deposit.cli.days_late", days=-days)


async def _ask(number: str, of: str, scheme: str) -> list[dict[str, Any]]:
    from eventstore.deposits import Deposits
    from interfaces.gateway import Gateway

    async with Gateway.open() as gateway:
        reading = gateway.reading
        if number:
            rows = list((await numbered(reading, [number])).values())
        else:
            queue = await queue_meant(reading, scheme)
            rows = await Deposits(reading.pool).passages(
                queue=queue.deposit_id, statuses=PENDING, scheme=scheme or None
            )
        tasks = await reading.tasks_of(sorted({row.pathway_id for row in rows}))
        asked = []
        for holder in await pending(reading, gateway.reader("deposit ask"), rows):
            faults = {item.field: item.code for item in reversed(holder.blocking) if item.field in FIELDS}
            if not faults or asked_of(holder, tasks):
                continue
            command = {"kind": "ask_identity", "number": holder.row.number, "of": of, "faults": faults}
            await gateway.give(holder.row.stream_id, command)
            asked.append({"number": holder.row.number, "of": of, "faults": faults})
        return asked


def _identities(file: Path, as_json: bool) -> None:
    from interfaces.deposit.identity_file import read_identities

    found = read_identities(file, today())
    for warning in found.warnings:
        err.print(warning.message(settings.language), style="yellow", highlight=False, markup=False)
    good = sum(row.identified for row in found.rows)
    if as_json:
        print_json(
            {
                "rows": len(found.rows),
                "identified": good,
                "rejected": [rejection.as_json(settings.language) for rejection in found.rejected],
                "identities": [row.as_json(settings.language) for row in found.rows],
            }
        )
    else:
        for row in found.rows:
            for fault in row.as_json(settings.language)["faults"]:
                name = "deposit.cli.row" if fault["blocking"] else "deposit.cli.row_doubt"
                say_out(name, row=row.row, message=fault["message"])
        say_out("deposit.cli.identities", identified=good, rows=len(found.rows))
        for rejection in found.rejected:
            err.print(text("deposit.cli.row", row=rejection.row, message=rejection.message(settings.language)))
    bad = found.rejected or good < len(found.rows)
    raise SystemExit(int(Exit.REFUSED if bad else Exit.OK))
