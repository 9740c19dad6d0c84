"""``jalon award wallet``: the blocks that a person holds, whichever pathway they were earned on."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Annotated, Any

import typer
from rich.markup import escape

from interfaces.cli.acting import Halt, JsonOption, desk, execute, listing, say_out, today
from interfaces.cli.award.group import find_number, group
from interfaces.cli.console import out, print_json, settings, text
from interfaces.days import plain_date
from interfaces.table_types import shown
from interfaces.telling import short

if TYPE_CHECKING:
    from domain.wallet import Entry
    from eventstore.reading import Reading

_NUMBER = re.compile(r"[A-Z][A-Z0-9]*-[0-9]{4}-[0-9]+\Z")
_COLUMNS = ("block", "number", "pathway", "since", "until", "state", "counts_in")


@group.command()
def wallet(
    id: Annotated[
        str,
        typer.Argument(
            metavar="ID", help="La personne, un de ses parcours (entier ou son début) ou un de ses numéros."
        ),
    ],
    json: JsonOption = False,
) -> None:
    """Montre le portefeuille d'une personne : ses blocs, d'où ils viennent, depuis quand, jusqu'à quand.

    Un bloc vaut à vie ou pour la durée que donnait son dispositif. Ce qui est retiré reste, et n'est plus jamais
    acquis ; ce qui est expiré aussi. La lecture est consignée.
    """
    entries = execute(lambda: _entries(id))
    if json:
        print_json([_report(entry) for entry in entries])
        return
    if not entries:
        say_out("wallet.none")
        return
    table = listing("wallet.list", _COLUMNS)
    for entry in entries:
        table.add_row(*map(escape, _cells(entry)))
    out.print(table)


async def _entries(id: str) -> list[Entry]:
    from domain.scheme import library
    from domain.wallet import assembled
    from eventstore.wallets import Wallets
    from workers import logs
    from workers.publishing import learn_published

    logs.configure(level="warning")
    async with desk() as books:
        person = await _person(books.reading, id)
        await learn_published(books.reading)
        holdings = await Wallets(books.reading.pool).of(person)
        pathways = [(person, holding.pathway) for holding in holdings]
        await books.reader("award wallet").enter(pathways)
        schemes = {hash: library.recall(hash) for hash in await books.reading.published_hashes()}
        return assembled(holdings, schemes, today())


async def _person(reading: Reading, id: str) -> str:
    """Whose wallet is meant. Raises Halt for nobody, or more than one."""
    from eventstore.persons import Persons
    from eventstore.reading import Ambiguous, NotFound

    if _NUMBER.match(id):
        return (await find_number(reading, id)).person_id
    try:
        if not id.startswith("pathway:"):
            try:
                return await Persons(reading.pool).called(id)
            except NotFound:
                pass
        return (await reading.pathway(id)).person_id
    except NotFound:
        raise Halt("person.not_found", id=shown(id)) from None
    except Ambiguous as several:
        raise Halt("person.ambiguous", id=shown(id), candidates=", ".join(several.candidates)) from None


def _report(entry: Entry) -> dict[str, Any]:
    holding = entry.holding
    return {
        "held_as": holding.held_as,
        "block": entry.block or None,
        "title": entry.title,
        "scheme": holding.scheme_id,
        "pathway": holding.pathway,
        "award": holding.award or None,
        "number": holding.number or None,
        "since": holding.since,
        "until": holding.until,
        "withdrawn_on": holding.withdrawn_on,
        "status": entry.status,
        "counts_in": [{"scheme": scheme, "block": block} for scheme, block in entry.counts_in],
    }


def _cells(entry: Entry) -> tuple[str, ...]:
    holding, language = entry.holding, settings.language
    until = (
        text("wallet.until", until=plain_date(holding.until, language)) if holding.until else text("wallet.for_life")
    )
    withdrawn = plain_date(holding.withdrawn_on, language) if holding.withdrawn_on else ""
    return (
        text("events.block", title=entry.title, id=entry.block or holding.held_as),
        holding.number or ("" if holding.award else text("wallet.declared")),
        short(holding.pathway),
        plain_date(holding.since, language),
        until if entry.status != "withdrawn" else "",
        text(f"wallet.status.{entry.status}", on=withdrawn),
        ", ".join(text("wallet.counts", scheme=scheme, block=block) for scheme, block in entry.counts_in),
    )
