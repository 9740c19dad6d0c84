"""The group that every command on sittings belongs to."""

from __future__ import annotations

from typing import Annotated

import typer

from interfaces.cli.app import app

group = typer.Typer(name="sitting", no_args_is_help=True, help="Les séances du jury paritaire.")
app.add_typer(group)

IdArgument = Annotated[
    str, typer.Argument(metavar="ID", help="Identifiant, entier ou son début, avec ou sans « sitting: ».")
]


@group.callback()
def sitting() -> None:
    """Les séances du jury paritaire."""
