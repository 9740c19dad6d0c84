"""``jalon register import`` and ``columns``: a register from tables."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, cast

import typer

from interfaces.cli.acting import JsonOption, act, say_out
from interfaces.cli.console import err, fail, note, print_json, settings, text
from interfaces.cli.register.group import KINDS, SchemeOption, group, require_kind, scheme_meant

if TYPE_CHECKING:
    from interfaces.candidates import Rejection
    from interfaces.register_file import FileKind, RegisterFile
    from interfaces.registering import Imported

KindOption = Annotated[str, typer.Option("--kind", metavar="TABLE", help=" | ".join(KINDS))]


@group.command(name="import")
def import_file(
    file: Annotated[Path, typer.Argument(help="Tableau CSV ou XLSX, une inscription par ligne.")],
    kind: KindOption,
    scheme: SchemeOption = "",
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Contrôler le fichier sans rien inscrire.")] = False,
    json: JsonOption = False,
) -> None:
    """Inscrit au registre ce que dit un tableau, contrôlé d'abord : rien n'est inscrit si une ligne est fausse.

    Le même fichier ne change rien deux fois ; d'un fichier corrigé, seul ce qui a changé est écrit. Une ligne qui
    manque ne retire personne (« jalon register leave »). Colonnes : « jalon register columns --kind jurors ».

    Code de sortie : 0 si c'est fait, 1 si une ligne est refusée, 2 si la commande est mal écrite, 3 si la pile est
    injoignable.
    """
    from interfaces.register_file import read_register

    require_kind(kind)
    found = read_register(file, cast("FileKind", kind))
    for warning in found.warnings:
        err.print(text("candidates.file.warning", line=_line(warning)), style="yellow", highlight=False, markup=False)
    done = None if found.rejected else act(lambda: _bring_in(found, scheme, dry_run))
    if json:
        print_json(_report(found, done, dry_run))
    elif done is not None:
        numbers = {"entered": done.entered, "corrected": done.corrected, "unchanged": done.unchanged}
        say_out("register.import.checked" if dry_run else "register.import.done", register=done.register, **numbers)
    if found.rejected:
        if not json:
            for rejection in found.rejected:
                err.print(_line(rejection), style="red", highlight=False, markup=False)
        fail("register.import.nothing", count=len(found.rejected))


@group.command()
def columns(kind: KindOption, json: JsonOption = False) -> None:
    """Dit quelles colonnes un tableau peut avoir, et ce qu'elles contiennent."""
    from interfaces.register_file import FIELDS

    require_kind(kind)
    listed: list[dict[str, Any]] = [
        {
            "name": field.column.name,
            "headings": list(field.column.headings),
            "required": field.column.required,
            "what": text(f"register.column.{field.column.name}"),
        }
        for field in FIELDS[cast("FileKind", kind)]
    ]
    if json:
        print_json(listed)
        return
    for field in listed:
        needed = text(f"register.columns.{'required' if field['required'] else 'optional'}")
        say_out("register.columns.line", heading=field["headings"][0], needed=needed, what=field["what"])
    note("register.columns.items")


async def _bring_in(file: RegisterFile, scheme_id: str, dry_run: bool) -> Imported | None:
    from interfaces.gateway import Gateway
    from interfaces.registering import Registrar

    async with Gateway.open() as gateway:
        scheme = await scheme_meant(gateway.reading, scheme_id)
        registrar = Registrar(gateway, scheme, gateway.reader("register import"), settings.language)
        return await registrar.bring_in(file, dry_run=dry_run)


def _report(file: RegisterFile, done: Imported | None, dry_run: bool) -> dict[str, Any]:
    return {
        "register": done.register if done else None,
        "dry_run": dry_run,
        "entered": done.entered if done else 0,
        "corrected": done.corrected if done else 0,
        "unchanged": done.unchanged if done else 0,
        "version": done.version if done else None,
        "rejected": [rejection.as_json(settings.language) for rejection in file.rejected],
    }


def _line(remark: Rejection) -> str:
    name = "candidates.file.row_and_column" if remark.column else "candidates.file.row"
    message = remark.message(settings.language)
    return text(name, row=remark.row, column=remark.column, message=message, code=remark.code)
