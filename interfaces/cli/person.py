"""``jalon person``: finding somebody, everything that is held about them, and forgetting them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from interfaces.cli.acting import Halt, JsonOption, act, day_of, desk, execute, today
from interfaces.cli.app import app
from interfaces.cli.console import Exit, fail, note, out, print_json, settings
from interfaces.table_types import shown

if TYPE_CHECKING:
    from eventstore.reading import Reading
    from interfaces.pages import Section

group = typer.Typer(name="person", no_args_is_help=True, help="Les personnes : retrouver, relire, exporter, effacer.")
app.add_typer(group)

IdArgument = Annotated[str, typer.Argument(metavar="ID", help="Identifiant de la personne, entier ou son début.")]
OutOption = Annotated[
    Path | None, typer.Option("--out", metavar="FICHIER", help="Fichier à écrire : .json, .html, ou du texte.")
]


@group.callback()
def person() -> None:
    """Les personnes : retrouver, relire, exporter, effacer."""


@group.command()
def find(
    family: Annotated[str, typer.Option("--family", help="Nom de famille.")],
    given: Annotated[str, typer.Option("--given", help="Prénom.")],
    birth: Annotated[str, typer.Option("--birth", metavar="DATE", help="Date de naissance.")],
    json: JsonOption = False,
) -> None:
    """Retrouve l'identifiant d'une personne par son identité exacte, quelle que soit la façon de l'écrire.

    La base ne contient aucun nom : la recherche passe par une empreinte, et rien d'approchant ne se trouve.
    """
    from eventstore.identity import Identity

    born = day_of(birth, "--birth")
    if born is None or not family.strip() or not given.strip():
        fail("person.name_needed", Exit.USAGE)
    found = execute(lambda: _found(Identity(family, given, born)))
    if json:
        print_json({"person": found})
    else:
        out.print(found, markup=False, highlight=False)


@group.command()
def show(id: IdArgument, json: JsonOption = False) -> None:
    """Montre tout ce que Jalon tient sur une personne ; pour une personne effacée, le certificat sans son motif."""
    from interfaces.person_file import certificate_sections, certificate_title, file_sections, file_title

    file = execute(lambda: _file(id, "person show"))
    if json:
        print_json(file)
    elif file["erasure"]:
        erasure = file["erasure"]
        _print(certificate_title(erasure, settings.language), certificate_sections(erasure, settings.language))
    else:
        _print(file_title(file, settings.language), file_sections(file, settings.language))


@group.command()
def export(id: IdArgument, out_file: OutOption = None) -> None:
    """Écrit tout ce que Jalon tient sur une personne, lisible : à lui remettre si elle le demande.

    Sans --out, en JSON sur la sortie standard.
    """
    from interfaces.person_file import file_sections, file_title

    file = execute(lambda: _file(id, "person export"))
    if out_file is None:
        print_json(file)
    else:
        _write(out_file, file, file_title(file, settings.language), file_sections(file, settings.language))


@group.command()
def erase(
    id: IdArgument,
    reason: Annotated[str, typer.Option("--reason", help="Pourquoi : la demande, sa date, son fondement.")],
    end: Annotated[bool, typer.Option("--end", help="Clore d'abord les parcours ouverts, par un abandon.")] = False,
    out_file: OutOption = None,
    json: JsonOption = False,
) -> None:
    """Efface une personne pour toujours : sa clé, ce qu'elle scellait, et ce que Temporal savait de ses parcours.

    Les faits restent, sans identité, avec le motif et le fondement que le dispositif en donne ; toutes les preuves
    tiennent. Interrompu, l'effacement se termine en redonnant la même commande. Le certificat s'affiche, ou s'écrit
    avec --out.

    Code de sortie : 0 si c'est fait, 1 si c'est refusé (parcours ouverts, personne inconnue ou déjà effacée).
    """
    from interfaces.person_file import certificate_sections, certificate_title

    if not reason.strip():
        fail("person.no_reason", Exit.USAGE)
    if out_file is not None:
        _check_writable(out_file)
    certificate = act(lambda: _erased(id, reason.strip(), end))
    title = certificate_title(certificate, settings.language)
    sections = certificate_sections(certificate, settings.language)
    if out_file is not None:
        _write(out_file, certificate, title, sections)
    if json:
        print_json(certificate)
    elif out_file is None:
        _print(title, sections)
    note("person.ended", person=certificate["person"])
    note("person.reason_again")


async def _found(identity: Any) -> str:
    async with desk() as books:
        person = await books.keyring.find(identity)
    if person is None:
        raise Halt("person.found_nobody")
    return person


async def _file(id: str, purpose: str) -> dict[str, Any]:
    from interfaces.person_file import person_file

    async with desk() as books:
        person = await called(books.reading, id)
        reader = books.reader(purpose)
        return await person_file(books.reading, reader, person, today(), settings.language)


async def _erased(id: str, reason: str, end: bool) -> dict[str, Any]:
    from interfaces.erasing import CERTIFICATES, Eraser
    from interfaces.gateway import Gateway
    from workers.mailbox import folder_of
    from workers.settings import load
    from workers.tombstones import folder

    async with Gateway.open() as gateway:
        person = await called(gateway.reading, id)
        environment = load()
        places = folder(environment), folder_of(environment.state)
        eraser = Eraser(gateway, *places, person, reason, environment.state / CERTIFICATES)
        return await eraser.erase(end=end)


async def called(reading: Reading, id: str) -> str:
    """The person that ``id`` means. Raises Halt when there is none, or more than one."""
    from eventstore.persons import Persons
    from eventstore.reading import Ambiguous, NotFound

    try:
        return await Persons(reading.pool).called(id)
    except NotFound:
        raise Halt("person.not_found", id=shown(id)) from None
    except Ambiguous as several:
        raise Halt("person.ambiguous", id=shown(id), candidates=", ".join(several.candidates)) from None


def _print(title: str, sections: Sequence[Section]) -> None:
    from interfaces.pages import as_text

    out.print(as_text(title, sections), markup=False, highlight=False)


def _check_writable(file: Path) -> None:
    """The reason is in the certificate alone: a certificate that cannot be written must be known before erasing."""
    from interfaces.pages import check_writable

    try:
        check_writable(file)
    except OSError as error:
        fail("person.not_written", file=str(file), reason=error.strerror or type(error).__name__)


def _write(file: Path, data: Mapping[str, Any], title: str, sections: Sequence[Section]) -> None:
    from interfaces.pages import write_document

    try:
        write_document(file, data, title, sections, settings.language)
    except OSError as error:
        fail("person.not_written", file=str(file), reason=error.strerror or type(error).__name__)
    note("person.written", file=str(file))
