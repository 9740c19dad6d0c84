"""The day of a sitting from files: members convened, who attends, who votes what."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from interfaces.cli.acting import (
    PATIENCE,
    AsOption,
    CommandIdOption,
    Halt,
    JsonOption,
    OnOption,
    RoleOption,
    WaitOption,
    act,
    actor_of,
    day_of,
    find,
    give,
    receipt_report,
    show_receipt,
    tell,
)
from interfaces.cli.console import fail, settings
from interfaces.cli.doing import Asked, do
from interfaces.cli.sitting.group import IdArgument, group
from interfaces.table_types import shown

if TYPE_CHECKING:
    from interfaces.gateway import Gateway
    from interfaces.sitting_files import Sheet


@group.command()
def convene(
    id: IdArgument, command_id: CommandIdOption = "", wait: WaitOption = PATIENCE, json: JsonOption = False
) -> None:
    """Convoque à une séance les membres en exercice ce jour-là, d'après le registre. La clôture le fait d'elle-même.

    Convoque de nouveau quand le registre a changé : seuls les nouveaux membres reçoivent une convocation.

    Code de sortie : 0 si c'est fait, 1 si c'est refusé, 2 si la ligne est mal écrite, 3 si la pile est injoignable.
    """

    async def work() -> dict[str, Any]:
        from interfaces.gateway import Gateway

        async with Gateway.open() as gateway:
            stream = await find(gateway.reading, "sitting", id)
            row = await gateway.reading.sitting(stream)
            command = {"kind": "note_members", **await _members(gateway, stream, row.held_on)}
            given = await give(gateway, stream, command, command_id=command_id, wait=wait)
            return await receipt_report(gateway, given)

    show_receipt(act(work), json)


async def _members(gateway: Gateway, stream: str, on: date) -> dict[str, Any]:
    """What the register says of the members, as the sitting's own question would be answered."""
    from activities.inquiring import members_of
    from eventstore.roster import Roster
    from interfaces.cli.acting import scheme_of

    await scheme_of(gateway.reading, stream)
    roster = Roster(gateway.reading.pool)
    return await members_of(roster, await roster.register_for(stream), stream, on)


@group.command()
def attendance(
    id: IdArgument,
    file: Annotated[Path, typer.Argument(metavar="FICHIER", help="CSV ou XLSX : membre, présence, mandataire.")],
    president: Annotated[
        str, typer.Option("--president", metavar="ID", help="Qui préside, si ce n'est le premier du collège.")
    ] = "",
    on: OnOption = "",
    role: RoleOption = "",
    as_: AsOption = "",
    command_id: CommandIdOption = "",
    wait: WaitOption = PATIENCE,
    json: JsonOption = False,
) -> None:
    """Relève les présences d'une séance : présent, à distance, mandat (avec le mandataire), absent.

    Sans quorum, la séance s'arrête là et la seconde convocation se fait d'elle-même.

    Code de sortie : 0 si c'est fait, 1 si c'est refusé, 2 si la ligne est mal écrite, 3 si la pile est injoignable.
    """
    from interfaces.sitting_files import read_attendance

    fields, day = _read(read_attendance(file), file), day_of(on, "--on")

    async def work() -> dict[str, Any]:
        from interfaces.gateway import Gateway

        async with Gateway.open() as gateway:
            stream = await find(gateway.reading, "sitting", id)
            row = await gateway.reading.sitting(stream)
            ties = (await _members(gateway, stream, row.held_on))["ties"]
            command = {"kind": "record_attendance", "president": president, "ties": ties, **fields}
            actor = actor_of(gateway.actor, role, as_, "")
            given = await give(gateway, stream, command, on=day, command_id=command_id, actor=actor, wait=wait)
            return await receipt_report(gateway, given)

    show_receipt(act(work), json)


@group.command()
def vote(
    id: IdArgument,
    pathway: Annotated[str, typer.Argument(metavar="PARCOURS", help="Le dossier, par son parcours.")],
    file: Annotated[Path, typer.Argument(metavar="FICHIER", help="CSV ou XLSX : membre, vote, désaccord.")],
    fields: Annotated[
        list[str] | None, typer.Argument(metavar="CHAMP=VALEUR…", help="blocks.TD=non reasons=… recommendations.TD=…")
    ] = None,
    on: OnOption = "",
    role: RoleOption = "",
    as_: AsOption = "",
    command_id: CommandIdOption = "",
    wait: WaitOption = PATIENCE,
    json: JsonOption = False,
) -> None:
    """Décide d'un dossier par un vote : pour, contre, abstention. Sans « blocks », la proposition suit l'avis du jury.

    jalon sitting vote cqp-cos-2027-07 1a2b3c4d votes.csv blocks.TD=oui reasons="…"

    Code de sortie : 0 si c'est fait, 1 si c'est refusé, 2 si la ligne est mal écrite, 3 si la pile est injoignable.
    """
    import json as codec

    from interfaces.cli.acting import execute
    from interfaces.sitting_files import read_votes

    sheet = _read(read_votes(file), file)
    advised = execute(lambda: _advised(id, pathway))
    data = codec.dumps({**sheet, "blocks": advised})
    asked = Asked(
        id,
        "decide_dossier",
        (f"pathway={pathway}", *(fields or ())),
        data,
        on=on,
        role=role,
        as_=as_,
        command_id=command_id,
        wait=wait,
        json=json,
    )
    do("sitting", asked)


async def _advised(id: str, pathway: str) -> dict[str, bool]:
    """What the professional jury advised on the dossier, block by block."""
    from interfaces.cli.acting import desk
    from interfaces.streams import read_stream

    async with desk() as books:
        file = await read_stream(books.reading, await find(books.reading, "sitting", id))
        stream = await find(books.reading, "pathway", pathway)
    dossier = file.state.dossiers.get(stream)
    if dossier is None:
        raise Halt("sitting.file.dossier", pathway=shown(pathway), sitting=file.stream)
    return {block: dossier.advised[block] for block in dossier.blocks if block in dossier.advised}


def _read(sheet: Sheet, file: Path) -> dict[str, Any]:
    """The fields of a sheet; what is wrong with it is said line by line and ends the command."""
    if sheet.faults:
        tell([fault.message(settings.language) for fault in sheet.faults])
        fail("sitting.file.bad", file=shown(str(file)), count=len(sheet.faults))
    return sheet.fields
