"""The schemes that a command works with: the bundled ones and those of a directory."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from domain.scheme.fault import Fault
from domain.scheme.model import Scheme
from interfaces.cli.console import err, fail, settings
from interfaces.scheme_words import fault_sentence, unreadable_sentence
from schemes.files import BadScheme, available

SchemesOption = Annotated[
    Path | None,
    typer.Option("--schemes", envvar="JALON_SCHEMES", help="Dossier d'autres dispositifs (fichiers YAML)."),
]
"""``--schemes DIR``: what a command's ``schemes`` parameter is declared with."""


def known_schemes(directory: Path | None) -> dict[str, Scheme]:
    """The bundled schemes and those of ``directory``, by id; a file that cannot be used ends the command."""
    try:
        return available(directory)
    except BadScheme as bad:
        if bad.unreadable is not None:
            _tell(bad.file, unreadable_sentence(bad.unreadable, settings.language))
        for fault in bad.faults:
            _tell(bad.file, _located(fault))
        fail("schemes.check.directory", file=bad.file)


def _located(fault: Fault) -> str:
    return f"{fault.path} : {fault_sentence(fault, settings.language)}"


def _tell(file: str, sentence: str) -> None:
    err.print(f"{file} : {sentence}", highlight=False, markup=False)
