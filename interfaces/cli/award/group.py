"""The group of the commands on awards, and the award that a number means."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from interfaces.cli.acting import Halt
from interfaces.cli.app import app
from interfaces.cli.console import fail, note
from interfaces.table_types import shown

if TYPE_CHECKING:
    from eventstore.books import NumberRow
    from eventstore.reading import Reading

group = typer.Typer(
    name="award", no_args_is_help=True, help="Les attributions : numéros, certificats, attestations, vérification."
)
app.add_typer(group)

NumberArgument = Annotated[str, typer.Argument(metavar="NUMÉRO", help="Numéro du certificat : COS-2027-000001.")]
FileOption = Annotated[Path, typer.Option("--out", metavar="FICHIER", help="Fichier à écrire.")]
EditionOption = Annotated[
    int | None, typer.Option("--edition", metavar="N", min=1, help="Une autre édition que la dernière.")
]


@group.callback()
def award() -> None:
    """Les attributions : numéros, certificats, attestations, vérification.

    Les numéros se donnent d'eux-mêmes, après la décision d'une séance. Pour retirer une attribution :
    « jalon pathway do PARCOURS withdraw_award », qui la raye ici et publie la liste des certificats retirés.
    """


async def find_number(reading: Reading, number: str) -> NumberRow:
    """The award called ``number``. Raises Halt when there is none."""
    from eventstore.books import Books
    from eventstore.reading import NotFound

    try:
        return await Books(reading.pool).number(number)
    except NotFound:
        raise Halt("award.not_found", number=shown(number)) from None


def write_file(file: Path, content: bytes) -> None:
    """Write a result, or end the command with the reason why not."""
    try:
        file.write_bytes(content)
    except OSError as error:
        fail("award.not_written", file=str(file), reason=error.strerror or type(error).__name__)
    note("award.written", file=str(file))
