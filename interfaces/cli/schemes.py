"""``jalon schemes``: check, list and show certifications."""

from __future__ import annotations

from datetime import date, datetime
from pathlib import Path
from typing import Annotated, Any, NoReturn
from zoneinfo import ZoneInfo

import typer
from rich.markup import escape
from rich.table import Table

from domain.scheme.certificate_rules import code_taken
from domain.scheme.fault import Fault
from domain.scheme.model import Scheme
from interfaces.cli.app import app
from interfaces.cli.console import Exit, fail, note, out, print_json, settings, text
from interfaces.cli.faults import located, tell_faults
from interfaces.cli.known import SchemesOption, known_schemes
from interfaces.cli.scheme_view import register, show_scheme
from interfaces.scheme_words import unreadable_sentence
from interfaces.table_types import shown
from schemes.files import bundled, compile_scheme
from schemes.strict_yaml import Document, Unreadable, read

group = typer.Typer(name="schemes", no_args_is_help=True, help="Les dispositifs de certification.")
app.add_typer(group)

JsonOption = Annotated[bool, typer.Option("--json", help="Le résultat en JSON sur la sortie standard.")]


@group.callback()
def schemes_group() -> None:
    """Les dispositifs de certification."""


@group.command()
def check(
    file: Annotated[Path, typer.Argument(help="Fichier YAML d'un dispositif.")],
    json: JsonOption = False,
) -> None:
    """Contrôle un fichier de dispositif et dit tout ce qui ne va pas, avec l'endroit et la raison.

    Code de sortie : 0 si le fichier est conforme, 1 sinon.
    """
    try:
        document = read(file)
    except Unreadable as error:
        _unreadable(file, error, json)
    found = compile_scheme(document)
    if isinstance(found, Scheme) and (taken := code_taken(found, bundled().values())):
        found = [taken]
    if isinstance(found, Scheme):
        _good(file, found, json)
    else:
        _faulty(file, document, found, json)


@group.command(name="list")
def list_schemes(schemes: SchemesOption = None, json: JsonOption = False) -> None:
    """Liste les dispositifs connus."""
    known = known_schemes(schemes)
    if json:
        print_json([_summary(scheme) for scheme in known.values()])
        return
    columns = ("id", "version", "name", "routes", "blocks", "registration")
    table = Table(title=text("schemes.list.title"), title_justify="left")
    for column in columns:
        table.add_column(text(f"schemes.list.{column}"), no_wrap=column == "id", overflow="fold")
    for scheme in known.values():
        routes = ", ".join(text(f"schemes.route.{route.id}") for route in scheme.routes)
        blocks = ", ".join(block.id for block in scheme.blocks)
        cells = (scheme.id, scheme.version, scheme.title, routes, blocks, register(scheme, today(scheme)))
        table.add_row(*map(escape, cells))
    out.print(table, soft_wrap=False)


@group.command()
def show(
    scheme: Annotated[str, typer.Argument(metavar="ID", help="Dispositif, par exemple cqp-cos.")],
    schemes: SchemesOption = None,
    json: JsonOption = False,
) -> None:
    """Montre un dispositif : blocs, critères, voies d'accès, épreuves, jury, calendrier, délais."""
    known = known_schemes(schemes)
    found = known.get(scheme)
    if found is None:
        fail("schemes.show.unknown", value=shown(scheme), known=", ".join(sorted(known)))
    if json:
        print_json(as_json(found))
    else:
        show_scheme(found, today(found))


def as_json(scheme: Scheme) -> dict[str, Any]:
    """The whole scheme, its hash first; the frozen holidays are left out, their zone and years are not."""
    whole = scheme.model_dump(mode="json")
    del whole["calendar"]["holidays"]
    whole["registration"]["expired"] = expired(scheme)
    return {"id": scheme.id, "version": scheme.version, "hash": scheme.hash, **whole}


def _summary(scheme: Scheme) -> dict[str, Any]:
    return {
        "id": scheme.id,
        "version": scheme.version,
        "title": scheme.title,
        "hash": scheme.hash,
        "routes": [route.id for route in scheme.routes],
        "blocks": [block.id for block in scheme.blocks],
        "registration": {**scheme.registration.model_dump(mode="json"), "expired": expired(scheme)},
        "illustrative": list(scheme.illustrative),
    }


def today(scheme: Scheme) -> date:
    """The day it is where the scheme's calendar is kept."""
    return datetime.now(ZoneInfo(scheme.calendar.timezone)).date()


def expired(scheme: Scheme) -> bool:
    """Whether the entry in the national register has run out."""
    until = scheme.registration.until
    return until is not None and until < today(scheme)


def _good(file: Path, scheme: Scheme, json: bool) -> None:
    if json:
        print_json({"file": str(file), "valid": True, "id": scheme.id, "version": scheme.version, "hash": scheme.hash})
        return
    out.print(
        text("schemes.check.good", file=file.name, title=scheme.title, id=scheme.id, version=scheme.version),
        markup=False,
        highlight=False,
    )
    counts = {
        "routes": len(scheme.routes),
        "blocks": len(scheme.blocks),
        "competences": len(scheme.competences),
        "criteria": len(scheme.block_of_criterion),
        "deadlines": len(scheme.deadlines),
    }
    out.print(text("schemes.check.content", **counts), markup=False, highlight=False)
    out.print(text("schemes.check.hash", hash=scheme.hash), markup=False, highlight=False)


def _faulty(file: Path, document: Document, faults: list[Fault], json: bool) -> NoReturn:
    if not json:
        tell_faults(file, document, faults)
    listed = [
        {"path": fault.path, "line": line, "code": fault.code, "message": sentence}
        for line, fault, sentence in located(document, faults)
    ]
    print_json({"file": str(file), "valid": False, "faults": listed})
    raise SystemExit(int(Exit.REFUSED))


def _unreadable(file: Path, error: Unreadable, json: bool) -> NoReturn:
    sentence = unreadable_sentence(error, settings.language)
    if json:
        fault = {"path": "", "line": error.params.get("line"), "code": error.code, "message": sentence}
        print_json({"file": str(file), "valid": False, "faults": [fault]})
    else:
        note("schemes.check.unreadable", file=file.name, message=sentence)
    raise SystemExit(int(Exit.REFUSED))
