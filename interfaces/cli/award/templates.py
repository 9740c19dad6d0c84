"""``jalon award templates`` and ``preview``: the templates of certificates, and what they look like."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

import typer

from interfaces.cli.acting import JsonOption, execute, listing, one_of, say_out
from interfaces.cli.award.group import FileOption, group, write_file
from interfaces.cli.console import Exit, err, out, print_json, text

TEMPLATES = ("certificate", "annex", "notice", "attestation")


@group.command()
def templates(json: JsonOption = False) -> None:
    """Liste les modèles des certificats, dit lesquels sont à vous (JALON_TEMPLATES) et ce qui les empêche de servir.

    Un modèle qui ne s'imprime pas ne sert pas : celui d'avant reste. Code de sortie : 1 s'il y en a un.
    """
    from documents.certificates.templates import FOLDER, load_templates
    from workers.settings import load

    folder = load().templates
    found = load_templates(folder)
    rows = [{"name": name, "own": f"{name}.typ" in found.used} for name in TEMPLATES]
    faults = [str(fault) for fault in found.faults]
    if json:
        print_json({"folder": str(folder / FOLDER) if folder else None, "templates": rows, "faults": faults})
    else:
        table = listing("award.templates", ("name", "origin"))
        for row in rows:
            table.add_row(str(row["name"]), text("award.templates.own" if row["own"] else "award.templates.bundled"))
        out.print(table)
        for fault in faults:
            err.print(text("award.template_fault", fault=fault), markup=False, highlight=False)
        if not faults:
            say_out("award.templates_good")
    if faults:
        raise SystemExit(int(Exit.REFUSED))


@group.command()
def preview(
    out_file: FileOption,
    template: Annotated[str, typer.Option("--template", help="certificate | annex | notice | attestation")] = (
        "certificate"
    ),
) -> None:
    """Imprime un modèle avec un exemple, qui n'est le certificat de personne, pour le regarder."""
    one_of("--template", template, TEMPLATES)
    write_file(out_file, execute(lambda: _printed(template)))


async def _printed(template: str) -> Any:
    from documents.certificates.samples import SAMPLES
    from documents.certificates.templates import load_templates
    from workers.settings import load

    sample = SAMPLES[template][0]
    folder: Path | None = load().templates
    return load_templates(folder).print(template, sample.data, sample.files)
