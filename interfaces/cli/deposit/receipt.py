"""``jalon deposit receipt``: what the Caisse des Dépôts answered, read once."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any
from uuid import uuid4

import typer

from interfaces.cli.acting import Halt, JsonOption, act, say_out
from interfaces.cli.console import print_json, settings
from interfaces.cli.deposit.group import group, queue_meant

if TYPE_CHECKING:
    from eventstore.deposits import PassageRow
    from interfaces.deposit.receipt import Receipt
    from interfaces.gateway import Gateway

TOGETHER = 300
"""Rejections in one order; ten times as many acceptances, which are shorter. See ``export.MOST``."""


@group.command()
def receipt(
    file: Annotated[Path, typer.Argument(metavar="ACCUSÉ", help="L'accusé de traitement, en XML.")],
    json: JsonOption = False,
) -> None:
    """Lit l'accusé de traitement d'un fichier déposé : les passages acceptés, les refus avec leur message expliqué.

    Un refus ouvre une tâche ; s'il tient à l'identité, une autre pour le candidat, et le passage repart dès qu'elle est
    complétée. Les passages dont l'accusé ne dit rien restent sans réponse. Le même accusé, relu, ne change rien.

    Code de sortie : 0 si l'accusé est lu, 1 s'il est refusé (rien n'est alors enregistré), 3 si la pile est absente.
    """
    report = act(lambda: _read(file))
    if json:
        print_json(report)
        return
    if report["repeated"]:
        say_out("deposit.cli.receipt_repeated")
    counts = {"accepted": len(report["accepted"]), "rejected": len(report["rejected"]), "left": report["left"]}
    say_out("deposit.cli.receipt", flux=report["flux"], treatment=report["treatment"], **counts)
    for item in report["rejected"]:
        say_out("deposit.cli.rejected", **{name: item[name] for name in ("number", "message", "meaning")})


async def _read(file: Path) -> dict[str, Any]:
    from eventstore.deposits import Deposits
    from interfaces.deposit.messages import meaning
    from interfaces.deposit.receipt import BadReceipt, read_receipt
    from interfaces.deposit.wording import meaning_sentence
    from interfaces.gateway import Gateway
    from interfaces.streams import read_stream

    try:
        found = read_receipt(file)
    except BadReceipt as bad:
        raise Halt(f"deposit.receipt_fault.{bad.code}", **bad.params) from None
    async with Gateway.open() as gateway:
        known = await Deposits(gateway.reading.pool).numbered([*found.accepted, *found.rejected])
        queues = {row.stream_id for row in known.values()}
        queue = queues.pop() if len(queues) == 1 else (await queue_meant(gateway.reading)).deposit_id
        before = await gateway.reading.stream_version(queue)
        await _give(gateway, queue, found, known)
        file_after = await read_stream(gateway.reading, queue)
        wrote = any(
            record.version > before and getattr(record.fact, "treatment", "") == found.treatment
            for record in file_after.records
        )
    return {
        "queue": queue,
        "file": found.file,
        "flux": found.flux,
        "treatment": found.treatment,
        "repeated": not wrote,
        "accepted": list(found.accepted),
        "rejected": [
            {
                "number": number,
                "message": message,
                "code": (said := meaning(message)).code,
                "identity": said.identity,
                "meaning": meaning_sentence(said.code, settings.language),
            }
            for number, message in found.rejected.items()
        ],
        "left": file_after.state.fluxes[found.flux].unanswered,
    }


async def _give(gateway: Gateway, queue: str, found: Receipt, known: dict[str, PassageRow]) -> None:
    """Give the answer, in parts where it is long, once the whole of it is known to be one of ours."""
    from domain.refusal import refuse

    accepted, rejected = list(found.accepted), list(found.rejected.items())
    await _require(gateway, queue, found)
    if set(found.accepted) & set(found.rejected):
        both = sorted(set(found.accepted) & set(found.rejected))
        raise refuse("deposit.receipt_contradicts", numbers=both[:20])
    parts = max(1, -(-len(accepted) // (10 * TOGETHER)), -(-len(rejected) // TOGETHER))
    for part in range(parts):
        command_id = str(uuid4())
        taken = accepted[part * 10 * TOGETHER : (part + 1) * 10 * TOGETHER]
        refused = rejected[part * TOGETHER : (part + 1) * TOGETHER]
        command = {
            "kind": "read_receipt",
            "flux": found.flux,
            "treatment": found.treatment,
            "digest": found.digest,
            "accepted": taken,
            "rejected": [
                await _sealed(gateway, queue, command_id, place, known.get(number), number, message)
                for place, (number, message) in enumerate(refused)
            ],
            "part": part + 1,
            "parts": parts,
        }
        await gateway.give(queue, command, command_id=command_id)


async def _require(gateway: Gateway, queue: str, found: Receipt) -> None:
    """Refuse the whole answer for what is wrong with any part of it: none is read then."""
    from domain.refusal import refuse
    from interfaces.streams import read_stream

    state = (await read_stream(gateway.reading, queue)).state
    flux = state.fluxes.get(found.flux)
    if flux is None:
        raise refuse("deposit.flux_unknown", flux=found.flux)
    strangers = sorted({*found.accepted, *found.rejected} - set(flux.numbers))
    if strangers:
        raise refuse("deposit.not_in_flux", flux=found.flux, numbers=strangers[:20])


async def _sealed(
    gateway: Gateway, queue: str, command_id: str, place: int, row: PassageRow | None, number: str, message: str
) -> dict[str, Any]:
    """A rejection with its words under the key of whoever it is about; without them where that person was erased."""
    from domain.refusal import Refused
    from interfaces.deposit.messages import meaning
    from interfaces.sealing import Sealer

    said, sealed = meaning(message), None
    if row is not None and message:
        sealer = Sealer(gateway.keyring, queue, command_id, row.person_id)
        try:
            sealed = await sealer.seal(f"rejected.{place}.message", message)
        except Refused as no:
            if no.refusal.code != "seal.erased":
                raise
    return {"number": number, "code": said.code, "identity": said.identity, "message": sealed}
