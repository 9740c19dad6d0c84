"""``jalon deposit retry``, ``abandon`` and ``suppress``: what the office decides about passages and files."""

from __future__ import annotations

from typing import Annotated, Any

import typer

from interfaces.cli.acting import JsonOption, act, give, say_out
from interfaces.cli.console import print_json
from interfaces.cli.deposit.group import group, numbered, queue_meant

NumbersArgument = Annotated[list[str], typer.Argument(metavar="NUMÉRO…", help="Numéros d'attributions.")]


@group.command()
def retry(numbers: NumbersArgument, json: JsonOption = False) -> None:
    """Remet à déposer des passages refusés, une fois corrigé ce qui n'est pas l'identité (contrat, certification…)."""
    _about(numbers, "retry", "deposit.cli.retried", json)


@group.command()
def suppress(numbers: NumbersArgument, json: JsonOption = False) -> None:
    """Note que la Caisse des Dépôts a été priée de supprimer ces passages, dont l'attribution est retirée."""
    _about(numbers, "note_suppressed", "deposit.cli.suppressed", json)


@group.command()
def abandon(
    flux: Annotated[str, typer.Argument(metavar="FLUX", help="Identifiant du flux (idFlux).")], json: JsonOption = False
) -> None:
    """Abandonne un fichier qui n'a jamais été déposé : ses passages sans réponse sont de nouveau à déposer.

    Si une réponse arrive pourtant, elle est lue, et ce qu'elle accepte ne repart plus.
    """

    async def work() -> dict[str, Any]:
        from interfaces.gateway import Gateway

        async with Gateway.open() as gateway:
            queue = (await queue_meant(gateway.reading)).deposit_id
            given = await give(gateway, queue, {"kind": "abandon_flux", "flux": flux})
            number = sum(len(getattr(record.fact, "numbers", ())) for record in given.records)
            return {"queue": queue, "flux": flux, "number": number, "version": given.receipt.version}

    report = act(work)
    if json:
        print_json(report)
    else:
        say_out("deposit.cli.abandoned", flux=flux, number=report["number"])


def _about(numbers: list[str], kind: str, told: str, as_json: bool) -> None:
    async def work() -> dict[str, Any]:
        from interfaces.gateway import Gateway

        async with Gateway.open() as gateway:
            known = await numbered(gateway.reading, list(dict.fromkeys(numbers)))
            [queue] = {row.stream_id for row in known.values()} or {""}
            given = await give(gateway, queue, {"kind": kind, "numbers": numbers})
            return {"queue": queue, "numbers": numbers, "version": given.receipt.version}

    report = act(work)
    if as_json:
        print_json(report)
    else:
        say_out(told, number=len(numbers))
