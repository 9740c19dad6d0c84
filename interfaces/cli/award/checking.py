"""``jalon award verify``: whether a file is what it says, line by line."""

from __future__ import annotations

import errno
import os
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from interfaces.cli.acting import Halt, JsonOption, desk, execute
from interfaces.cli.award.group import group
from interfaces.cli.console import Exit, fail, out, print_json, settings, text

if TYPE_CHECKING:
    from interfaces.public.checks import Report

MOST_BYTES = 32 * 1024 * 1024
"""Of a file that is looked into: no certificate comes near it."""


@group.command()
def verify(
    file: Annotated[Path, typer.Argument(metavar="FICHIER", help="PDF, JSON, PNG ou SVG.")],
    keys: Annotated[
        Path | None,
        typer.Option(
            "--keys", metavar="RÉPERTOIRE", help="Une copie des pages publiques : aucune base n'est demandée."
        ),
    ] = None,
    json: JsonOption = False,
) -> None:
    """Vérifie un certificat ou une attestation : cachet, signature, numéro, empreinte, journal, retrait, validité.

    Code de sortie : 0 si tout ce qui a été vérifié est bon, 1 si quelque chose ne l'est pas.
    """
    from interfaces.public.checks import sentence_of

    try:
        size = file.stat().st_size
    except OSError as error:
        fail("award.not_read", file=str(file), reason=error.strerror or type(error).__name__)
    if not file.is_file():
        # A folder, or what has no end: nothing is waited for.
        fail("award.not_read", file=str(file), reason=os.strerror(errno.EISDIR if file.is_dir() else errno.EINVAL))
    if size > MOST_BYTES:
        fail("award.too_large", file=str(file), limit=MOST_BYTES // 2**20)
    report = execute(lambda: _verified(file, keys))
    lines = [
        {"check": line.check, "outcome": line.outcome, "code": line.code, "text": sentence_of(line, settings.language)}
        for line in report.lines
    ]
    if json:
        told: dict[str, Any] = {"verdict": report.verdict, "kind": report.kind, "sha256": report.digest}
        print_json({**told, "number": report.number or None, "checks": lines})
    else:
        for line in lines:
            mark, said = text(f"award.outcome.{line['outcome']}"), line["text"]
            out.print(f"{mark:<14}{said}", markup=False, highlight=False)
        out.print(text(f"award.verdict.{report.verdict}"), style="bold", markup=False, highlight=False)
    if report.verdict not in ("good", "test", "part"):
        raise SystemExit(int(Exit.REFUSED))


async def _verified(file: Path, keys: Path | None) -> Report:
    from interfaces.public.examining import Examiner
    from interfaces.public.folder import Folder
    from interfaces.public.source import Chosen
    from interfaces.public.verifying import verify as verified

    with file.open("rb") as opened:
        if keys is not None:
            export = Folder.open(keys)
            if export is None:
                raise Halt("award.no_export", Exit.USAGE, folder=str(keys))
            return (await verified(Chosen(None, lambda: export), Examiner(), opened))[0]
        async with desk() as books:
            from interfaces.public.live import Live
            from workers import logs
            from workers.issuing import base_address, find_issuer
            from workers.settings import load

            logs.configure(level="warning")
            environment = load()
            live = Live(books.reading, books.keyring, find_issuer(environment), base_address(environment))
            return (await verified(Chosen(live, lambda: None), Examiner(), opened))[0]
