"""``jalon award reissue``, ``correct`` and ``disclose``: what is asked of a number, by the office or its holder."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any

import typer

from interfaces.cli.acting import (
    PATIENCE,
    CommandIdOption,
    JsonOption,
    WaitOption,
    act,
    day_of,
    give,
    one_of,
    receipt_report,
    show_receipt,
)
from interfaces.cli.award.group import NumberArgument, find_number, group
from interfaces.cli.console import Exit, fail

BasisOption = Annotated[str, typer.Option("--basis", help="Sur quel fondement : règle, pièce, article.")]
ReasonOption = Annotated[str, typer.Option("--reason", help="Pourquoi, en toutes lettres ; scellé pour le titulaire.")]


@group.command()
def reissue(
    number: NumberArgument,
    why: Annotated[str, typer.Option("--why", help="lost (perdu) | name_changed (changement de nom)")],
    basis: BasisOption,
    reason: ReasonOption,
    command_id: CommandIdOption = "",
    wait: WaitOption = PATIENCE,
    json: JsonOption = False,
) -> None:
    """Fait refaire un certificat : une édition de plus, qui remplace les précédentes. Le numéro et l'adresse restent.

    Pour un changement de nom, rectifiez d'abord l'identité : « jalon pathway do PARCOURS correct_candidacy ».
    """
    one_of("--why", why, ("lost", "name_changed"))
    _require(reason)
    _ask(number, {"kind": "reissue", "why": why, "basis": basis, "reason": reason}, command_id, wait, json)


@group.command()
def correct(
    number: NumberArgument,
    basis: BasisOption,
    reason: ReasonOption,
    title: Annotated[str, typer.Option("--title", help="Le titre tel qu'il aurait dû être.")] = "",
    valid_until: Annotated[str, typer.Option("--valid-until", metavar="DATE", help="Dernier jour de validité.")] = "",
    command_id: CommandIdOption = "",
    wait: WaitOption = PATIENCE,
    json: JsonOption = False,
) -> None:
    """Rectifie ce qu'un certificat dit à tort, et en fait refaire une édition."""
    _require(reason)
    day = day_of(valid_until, "--valid-until")
    until = {"valid_until": day.isoformat()} if day is not None else {}
    command = {"kind": "correct", "title": title, **until, "basis": basis, "reason": reason}
    _ask(number, command, command_id, wait, json)


@group.command()
def disclose(
    number: NumberArgument,
    shown: Annotated[str, typer.Argument(metavar="NOM", help="none (rien) | initials (initiales) | full (le nom)")],
    command_id: CommandIdOption = "",
    wait: WaitOption = PATIENCE,
    json: JsonOption = False,
) -> None:
    """Dit ce que la page publique d'un certificat montre du nom, au choix de qui le détient."""
    one_of("NOM", shown, ("none", "initials", "full"))
    _ask(number, {"kind": "set_disclosure", "shown": shown}, command_id, wait, json)


def _require(reason: str) -> None:
    """End the command unless a reason is given: once it is sealed nobody sees that there was none."""
    if not reason.strip():
        fail("award.no_reason", Exit.USAGE)


def _ask(number: str, command: Mapping[str, Any], command_id: str, wait: float, as_json: bool) -> None:
    show_receipt(act(lambda: _give(number, command, command_id, wait)), as_json)


async def _give(number: str, command: Mapping[str, Any], command_id: str, wait: float) -> dict[str, Any]:
    from interfaces.gateway import Gateway

    async with Gateway.open() as gateway:
        row = await find_number(gateway.reading, number)
        asked = {"number": row.number, **command}
        given = await give(gateway, row.stream_id, asked, subject=row.person_id, command_id=command_id, wait=wait)
        return await receipt_report(gateway, given)
