"""``jalon audit search``: events of the whole log by what they are, who acted, when, on which certification."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Annotated, Any

import typer

from domain.authority import Role
from interfaces.cli.acting import Desk, Halt, JsonOption, day_of, desk, execute, find_any, one_of, say_out
from interfaces.cli.audit.group import audit
from interfaces.cli.console import Exit, note, print_json, settings
from interfaces.table_types import shown
from interfaces.telling import short

if TYPE_CHECKING:
    from eventstore.search import Sought

SHOWN = 100
"""Events told, unless ``--limit`` says otherwise."""


@audit.command()
def search(
    types: Annotated[
        list[str] | None, typer.Option("--type", metavar="TYPE", help="Type d'événement ; peut se répéter.")
    ] = None,
    actor: Annotated[
        str | None, typer.Option("--actor", metavar="ID", help="Qui a agi, ou pour le compte de qui.")
    ] = None,
    role: Annotated[str | None, typer.Option("--role", metavar="RÔLE", help=" | ".join(Role))] = None,
    since: Annotated[str, typer.Option("--from", metavar="DATE", help="Vrai à partir de ce jour.")] = "",
    until: Annotated[str, typer.Option("--until", metavar="DATE", help="Vrai jusqu'à ce jour compris.")] = "",
    known_since: Annotated[str, typer.Option("--known-from", metavar="DATE", help="Su à partir de ce jour.")] = "",
    known_until: Annotated[str, typer.Option("--known-until", metavar="DATE", help="Su jusqu'à ce jour compris.")] = "",
    scheme: Annotated[
        str | None, typer.Option("--scheme", metavar="ID", help="Dispositif, par exemple cqp-cos.")
    ] = None,
    block: Annotated[str | None, typer.Option("--block", metavar="BLOC", help="Ce qui porte sur ce bloc.")] = None,
    stream: Annotated[
        str | None,
        typer.Option(
            "--stream", metavar="ID", help="Parcours, session:…, sitting:…, register:… ; entier ou son début."
        ),
    ] = None,
    limit: Annotated[int, typer.Option("--limit", min=1, metavar="N", help="Nombre d'événements au plus.")] = SHOWN,
    json: JsonOption = False,
) -> None:
    """Cherche des événements dans tout le journal, dans l'ordre scellé ; ceux qui n'y sont pas encore viennent ensuite.

    Les critères s'ajoutent. « Vrai » est le jour du fait, « su » celui où le journal l'a appris. --json donne
    {"events", "more"}. Rien de personnel n'est ouvert.

    Code de sortie : 0, 1 si un critère ne convient pas, 2 si l'option est mal écrite, 3 si PostgreSQL est injoignable.
    """
    from interfaces.searching import known_types

    for type in types or ():
        one_of("--type", type, known_types())
    one_of("--role", role, tuple(Role))
    days = {
        "true_from": day_of(since, "--from"),
        "true_until": day_of(until, "--until"),
        "known_from": day_of(known_since, "--known-from"),
        "known_until": day_of(known_until, "--known-until"),
    }
    criteria = {"types": tuple(types or ()), "actor": actor, "role": role, **days}
    found = execute(lambda: _search(criteria, scheme, block, stream, limit + 1))
    report = {"events": found[:limit], "more": len(found) > limit}
    if json:
        print_json(report)
        return
    for event in found[:limit]:
        _show(event)
    if not found:
        note("search.none")
    elif report["more"]:
        note("search.more", shown=limit)


async def _search(
    criteria: Mapping[str, Any], scheme: str | None, block: str | None, stream: str | None, limit: int
) -> Sequence[Mapping[str, Any]]:
    from interfaces.searching import match_report, matches

    reports = []
    async with desk() as books:
        async for match in matches(books.reading, await _sought(books, criteria, scheme, block, stream)):
            reports.append(match_report(match, settings.language))
            if len(reports) == limit:
                break
    return reports


async def _sought(
    books: Desk, criteria: Mapping[str, Any], scheme: str | None, block: str | None, stream: str | None
) -> Sought:
    """The criteria, once those that only the database can check are known to exist."""
    from eventstore.search import Sought
    from interfaces.searching import known_schemes, words_of

    schemes = await known_schemes(books.reading)
    _require("--scheme", scheme, [item.id for item in schemes])
    considered = [item for item in schemes if scheme in (None, item.id)]
    _require("--block", block, [id for item in considered for id in item.block_by_id])
    if stream is not None:
        stream = await find_any(books.reading, stream)
        if stream.startswith("pathway:"):
            row = await books.reading.pathway(stream)
            await books.reader("audit search").enter([(row.person_id, stream)])
    return Sought(**criteria, scheme=scheme, words=words_of(block, considered) if block else (), stream=stream)


def _require(option: str, value: str | None, known: Sequence[str]) -> None:
    if value is not None and value not in known:
        listed = ", ".join(sorted(set(known)))
        raise Halt("acting.one_of", Exit.USAGE, option=option, value=shown(value), known=listed)


def _show(event: Mapping[str, Any]) -> None:
    name = "search.line" if event["leaf_index"] is not None else "search.line_unsealed"
    words = {"leaf": event["leaf_index"], "stream": short(event["stream"]), "version": event["version"]}
    say_out(name, **words, sentence=event["sentence"])
