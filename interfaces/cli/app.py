"""The root of the command line: global options, and one module per group of commands."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Annotated

import typer
from typer import rich_utils

from interfaces.cli.console import settings

rich_utils.ARGUMENTS_PANEL_TITLE = "Arguments"
rich_utils.COMMANDS_PANEL_TITLE = "Commandes"
rich_utils.ERRORS_PANEL_TITLE = "Erreur"
rich_utils.REQUIRED_LONG_STRING = "[obligatoire]"
rich_utils.DEFAULT_STRING = "[par défaut : {}]"
rich_utils.RICH_HELP = "[blue]{command_path} {help_option}[/] dit comment l'écrire."

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
