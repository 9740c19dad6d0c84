"""The root of the command line: global options, and one module per group of commands."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Annotated

import typer

from interfaces.cli.console import settings

app = typer.Typer(name="jalon", no_args_is_help=True, add_completion=False, pretty_exceptions_enable=False)


@app.callback()
def root(
    lang: Annotated[str, typer.Option("--lang", envvar="JALON_LANG", help="fr ou en")] = "fr",
    state: Annotated[Path | None, typer.Option("--state", help="Répertoire d'état (JALON_STATE, ./.jalon)")] = None,
) -> None:
    """Jalon : les parcours de certification, chaque étape prouvée."""
    if state is not None:
        # The one way in which settings reach every part, child processes included.
        os.environ["JALON_STATE"] = str(state)
    if lang not in ("fr", "en"):
        raise typer.BadParameter("fr, en", param_hint="--lang")
    settings.language = lang
