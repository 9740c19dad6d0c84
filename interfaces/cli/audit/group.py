"""The group of ``jalon audit``, to which each module beside this one adds its commands."""

from __future__ import annotations

import typer

from interfaces.cli.app import app

audit = typer.Typer(no_args_is_help=True, help="Rejouer, vérifier, prouver. / Replay, verify, prove.")
app.add_typer(audit, name="audit")
