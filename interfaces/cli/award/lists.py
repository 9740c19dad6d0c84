"""``jalon award list`` and ``show``."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Annotated, Any

import typer
from rich.markup import escape

from interfaces.cli.acting import JsonOption, dated, desk, execute, listing, named, one_of, say_out, today
from interfaces.cli.award.group import NumberArgument, find_number, group
from interfaces.cli.console import Exit, fail, out, print_json, settings, text
from interfaces.cli.pathway_view import facts_table
from interfaces.telling import short

if TYPE_CHECKING:
    from eventstore.reading import Reading

_COLUMNS = ("number", "what", "pathway", "awarded_on", "state", "edition")


@group.command(name="list")
def list_awards(
    scheme: Annotated[str | None, typer.Option("--scheme", help="Dispositif.")] = None,
    year: Annotated[int | None, typer.Option("--year", metavar="AAAA", help="Année du livre.")] = None,
    person: Annotated[str | None, typer.Option("--person", metavar="ID", help="Personne.")] = None,
    status: Annotated[
        str | None, typer.Option("--status", help="waiting | issued | expired | withdrawn | erased")
    ] = None,
    names: Annotated[bool, typer.Option("--names", help="Montrer les noms ; la lecture est consignée.")] = False,
    json: JsonOption = False,
) -> None:
    """Liste les attributions par numéro ; sans --names, personne n'est nommé."""
    from interfaces.award_reports import STATUSES, counted

    one_of("--status", status, STATUSES)
    if year is not None and not 1900 <= year <= 2200:
        fail("award.year", Exit.USAGE, value=year)
    rows = execute(lambda: _list(scheme, year, person, names))
    chosen = [row for row in rows if status in (None, row["status"])]
    if json:
        print_json(chosen)
        return
    if not chosen:
        say_out("award.nothing")
        return
    columns = (*_COLUMNS, "name") if names else _COLUMNS
    table = listing("award.list", columns)
    for row in chosen:
        table.add_row(*(escape(_cell(row, column)) for column in columns))
    out.print(table)
    counts = {name: count for name, count in counted(chosen).items() if count}
    say_out("award.counts", counts=", ".join(f"{_status(name)} : {count}" for name, count in counts.items()))


async def _list(scheme: str | None, year: int | None, person: str | None, names: bool) -> list[dict[str, Any]]:
    from eventstore.books import Books
    from interfaces.award_reports import number_report
    from interfaces.cli.person import called
    from interfaces.streams import full_name, identities

    async with desk() as books:
        persons = [await called(books.reading, person)] if person is not None else None
        rows = await Books(books.reading.pool).numbers(scheme=scheme, year=year, persons=persons)
        if not names:
            return [number_report(row, today()) for row in rows]
        pathways = await books.reading.pathways_called(sorted({row.pathway_id for row in rows}))
        known = await identities(books.reader("award list"), pathways.values())
        return [number_report(row, today(), full_name(known.get(row.pathway_id)) or "") for row in rows]


@group.command()
def show(number: NumberArgument, json: JsonOption = False) -> None:
    """Montre une attribution : ce que disent le livre et le journal, ses éditions, son adresse de vérification."""
    report = execute(lambda: _report(number))
    if json:
        print_json(report)
        return
    show_award(report)


async def _report(number: str) -> dict[str, Any]:
    from eventstore.addresses import Addresses
    from interfaces.award_reports import editions_report, number_report
    from interfaces.sentences import event_sentence
    from interfaces.streams import full_name, identities, read_stream
    from workers.issuing import base_address
    from workers.settings import load

    async with desk() as books:
        row = await find_number(books.reading, number)
        file = await read_stream(books.reading, row.stream_id)
        entry = file.state.entries[row.number]
        name = await _name(books.reading, books.reader("award show"), row.pathway_id, full_name, identities)
        path = await Addresses(books.keyring.keys).path(row.number)
        told = [record for record in file.records if _about(record.fact, row.number)]
        return {
            **number_report(row, today(), name or ""),
            "book": row.stream_id,
            "award": row.award_id,
            "sitting": entry.sitting,
            "disclosure": entry.disclosure,
            "address": base_address(load()) + path,
            "editions": editions_report(entry),
            "events": [
                {
                    "version": record.version,
                    "type": record.fact.kind,
                    "on": record.fact.on,
                    "event_id": str(record.event_id),
                    "sentence": event_sentence(record, file.scheme, settings.language),
                }
                for record in told
            ],
        }


async def _name(reading: Reading, reader: Any, pathway: str, full_name: Any, identities: Any) -> str | None:
    rows = await reading.pathways_called([pathway])
    known = await identities(reader, rows.values())
    found: str | None = full_name(known.get(pathway))
    return found


def _about(fact: Any, number: str) -> bool:
    return getattr(fact, "number", "") == number or number in getattr(fact, "numbers", ())


def show_award(report: Mapping[str, Any]) -> None:
    """Print what ``show`` tells."""
    facts = [
        ("number", report["number"]),
        ("what", _what(report)),
        ("state", _status(report["status"])),
        ("holder", report["name"] or text("award.show.erased")),
        ("awarded_on", dated(report["awarded_on"])),
        ("sitting", short(report["sitting"])),
        ("route", named("route", report["route"])),
        ("valid_until", dated(report["valid_until"]) if report["valid_until"] else text("award.show.for_life")),
        ("withdrawn_on", dated(report["withdrawn_on"]) if report["withdrawn_on"] else None),
        ("pathway", report["pathway"]),
        ("address", report["address"]),
        ("disclosure", text(f"award.disclosure.{report['disclosure']}")),
    ]
    out.print(facts_table([(name, value) for name, value in facts if value], "award.show"))
    for edition in report["editions"]:
        if edition["passed_over"]:
            say_out("award.show.edition_erased", edition=edition["edition"], on=dated(edition["on"]))
        elif edition["document"] is None:
            say_out("award.show.edition_waiting", edition=edition["edition"], on=dated(edition["on"]))
        else:
            say_out(
                "award.show.edition", edition=edition["edition"], on=dated(edition["on"]), digest=edition["document"]
            )
    for event in report["events"]:
        say_out("award.show.event", version=event["version"], sentence=event["sentence"])


def show_book(report: Mapping[str, Any]) -> None:
    """Print the report of :func:`interfaces.award_reports.book_report`."""
    facts = [
        ("id", f"{report['id']} (version {report['version']})"),
        ("year", str(report["year"])),
        ("entered", str(len(report["entries"]))),
        ("withdrawn", str(sum(entry["withdrawn_on"] is not None for entry in report["entries"]))),
        ("owed", str(len(report["owed"]))),
    ]
    out.print(facts_table(facts, "award.book"))


def _cell(row: Mapping[str, Any], column: str) -> str:
    match column:
        case "what":
            return _what(row)
        case "pathway":
            return short(row["pathway"])
        case "awarded_on":
            return dated(row["awarded_on"])
        case "state":
            return _status(row["status"])
        case "edition":
            return str(row["edition"])
        case "name":
            return row["name"] or text("acting.none")
        case _:
            return str(row[column])


def _what(row: Mapping[str, Any]) -> str:
    return f"{row['title']}, {row['block']}" if row["block"] else str(row["title"])


def _status(status: str) -> str:
    return text(f"award.status.{status}")
