"""``jalon award pdf`` and ``credential``: what was issued, as files."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from interfaces.cli.acting import Desk, Halt, desk, execute, one_of
from interfaces.cli.award.group import EditionOption, FileOption, NumberArgument, find_number, group, write_file
from interfaces.cli.console import note, settings
from interfaces.days import long_date

if TYPE_CHECKING:
    from eventstore.books import NumberRow
    from eventstore.documents import Kept

FORMATS = ("json", "png", "svg")


@group.command()
def pdf(number: NumberArgument, out_file: FileOption, edition: EditionOption = None) -> None:
    """Écrit le certificat scellé, octet pour octet tel qu'il a été émis. La lecture est consignée."""

    async def work() -> bytes:
        async with desk() as books:
            return (await _kept(books, await find_number(books.reading, number), edition, "award pdf")).document

    write_file(out_file, execute(work))


@group.command()
def credential(
    number: NumberArgument,
    out_file: FileOption,
    format: Annotated[str, typer.Option("--format", help="json | png | svg")] = "",
    edition: EditionOption = None,
) -> None:
    """Écrit l'attestation numérique (Open Badges 3.0) : en JSON, ou dans l'image d'un badge. La lecture est consignée.

    Sans --format, l'extension du fichier en décide.
    """
    chosen = format or out_file.suffix.lstrip(".").lower() or "json"
    one_of("--format", chosen, FORMATS)
    write_file(out_file, execute(lambda: _credential(number, edition, chosen)))


async def _credential(number: str, edition: int | None, format: str) -> bytes:
    from activities.award_facts import AwardFacts
    from documents.credentials.badge import baked_png, baked_svg
    from documents.credentials.reading import parsed
    from interfaces.streams import learn

    async with desk() as books:
        row = await find_number(books.reading, number)
        kept = await _kept(books, row, edition, "award credential")
        if format == "json":
            return kept.credential
        await learn(books.reading, row.scheme_hash)
        facts_of = AwardFacts(books.reading, books.keyring, actor=books.actor, purpose="award credential")
        told = await facts_of.edition_called(row.stream_id, row.number, kept.edition)
        facts = await facts_of.facts(told, str(parsed(kept.credential)["id"]))
        return baked_png(facts, kept.credential) if format == "png" else baked_svg(facts, kept.credential)


async def _kept(books: Desk, row: NumberRow, edition: int | None, purpose: str) -> Kept:
    """What was issued of an edition, once it is recorded that it is read.

    Raises:
        Halt: there is none, or not yet, or not any more.
    """
    from eventstore.documents import Documents
    from eventstore.keyring import UnknownPerson

    if row.erased:
        raise Halt("award.erased", number=row.number)
    wanted = edition or row.edition
    if wanted > row.edition:
        raise Halt("award.no_edition", number=row.number, edition=wanted, editions=row.edition)
    await books.reader(purpose).enter([(row.person_id, row.stream_id)])
    try:
        kept = await Documents(books.keyring.keys).read(row.number, wanted)
    except UnknownPerson:
        raise Halt("award.erased", number=row.number) from None
    if kept is None:
        raise Halt("award.waiting", number=row.number, edition=wanted)
    if row.withdrawn_on is not None:
        note("award.is_withdrawn", number=row.number, on=long_date(row.withdrawn_on, settings.language))
    elif wanted != row.edition:
        note("award.is_void", number=row.number, edition=wanted, last=row.edition)
    return kept
