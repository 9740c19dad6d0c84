"""``jalon register list``, ``show`` and ``history``: what stands in a register."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Annotated, Any

import typer

from interfaces.cli.acting import Desk, JsonOption, desk, execute
from interfaces.cli.console import note, print_json
from interfaces.cli.history import show_history
from interfaces.cli.register.group import KINDS, SchemeOption, called, group, register_meant, require_kind

if TYPE_CHECKING:
    from eventstore.roster import SealedText


@group.command(name="list")
def list_entries(
    kind: Annotated[str, typer.Argument(metavar="TABLE", help=" | ".join(KINDS))],
    scheme: SchemeOption = "",
    everything: Annotated[bool, typer.Option("--all", help="Aussi ce qui est retiré.")] = False,
    json: JsonOption = False,
) -> None:
    """Liste une table du registre. La lecture des noms est consignée (« jalon audit access »)."""
    from interfaces.cli.register_view import show_entries

    require_kind(kind, "TABLE")
    entries = execute(lambda: _listed(KINDS[kind], scheme, everything))
    if json:
        print_json(entries)
    elif not entries:
        note("register.list.none")
    else:
        show_entries(KINDS[kind], entries)


@group.command()
def show(
    code: Annotated[str, typer.Argument(metavar="CODE", help="Code de l'inscription.")],
    scheme: SchemeOption = "",
    json: JsonOption = False,
) -> None:
    """Montre une inscription, avec ses liens. La lecture est consignée (« jalon audit access »)."""
    from interfaces.cli.register_view import show_entry

    entry = execute(lambda: _shown(code, scheme))
    if json:
        print_json(entry)
    else:
        show_entry(entry)


@group.command()
def history(scheme: SchemeOption = "", json: JsonOption = False) -> None:
    """Raconte le registre, un événement par ligne, du premier au dernier."""
    show_history("register", execute(lambda: _stream(scheme)), json)


async def _stream(scheme: str) -> str:
    async with desk() as books:
        return await register_meant(books.reading, scheme)


async def _listed(entity: str, scheme: str, everything: bool) -> list[dict[str, Any]]:
    from eventstore.roster import Roster

    async with desk() as books:
        stream = await register_meant(books.reading, scheme)
        rows = await Roster(books.reading.pool).entries(stream, entity, active=None if everything else True)
        return await _opened(books, stream, rows, "register list")


async def _shown(code: str, scheme: str) -> dict[str, Any]:
    from eventstore.roster import Roster

    async with desk() as books:
        stream = await register_meant(books.reading, scheme)
        [entry] = await _opened(books, stream, [await called(books.reading, stream, code)], "register show")
        ties = await Roster(books.reading.pool).ties(stream, who=[code])
    return {**entry, "ties": [tie.model_dump(mode="json", exclude={"who"}) for tie in ties]}


async def _opened(books: Desk, stream: str, rows: Sequence[dict[str, Any]], purpose: str) -> list[dict[str, Any]]:
    """The entries with the names and addresses behind their codes, once it is recorded that they are read."""
    from eventstore.roster import Roster
    from interfaces.register_reports import entry_report

    roster, reader = Roster(books.reading.pool), books.reader(purpose)
    codes = [row["code"] for row in rows if row["entity"] != "tie"]
    found: dict[tuple[str, str], SealedText] = {}
    for name, texts in (
        ("identity", await roster.names(stream, codes)),
        ("contact", await roster.contacts(stream, codes)),
    ):
        found |= {(code, name): text for code, text in texts.items()}
    opened = await reader.open([(text.sealed, text.context) for text in found.values()])
    known = dict(zip(found, opened, strict=True))
    return [
        entry_report(row, known.get((row["code"], "identity")), known.get((row["code"], "contact"))) for row in rows
    ]
