"""``jalon sitting pv`` and ``sign``: the PV of a sitting as a file, held against the log, and signed."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

import typer

from domain.authority import Role
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
    desk,
    execute,
    find,
    give,
    receipt_report,
    say_out,
    show_receipt,
)
from interfaces.cli.console import Exit, fail, print_json, settings
from interfaces.cli.session_pv import save
from interfaces.cli.sitting.group import IdArgument, group
from interfaces.days import plain_date
from interfaces.table_types import shown
from interfaces.telling import short


@group.command()
def pv(
    id: Annotated[str, typer.Argument(metavar="[ID]", help="Séance, entière ou son début.")] = "",
    out: Annotated[Path | None, typer.Option("--out", metavar="FICHIER", help="Fichier PDF à écrire.")] = None,
    verify: Annotated[
        Path | None, typer.Option("--verify", metavar="FICHIER", help="Confronter ce fichier au journal.")
    ] = None,
    json: JsonOption = False,
) -> None:
    """Établit le procès-verbal d'une séance terminée en PDF (PDF/A-3a, PDF/UA-1), ou en vérifie un.

    jalon sitting pv cqp-cos-2027-07 --out pv.pdf

    jalon sitting pv --verify pv.pdf

    Le même journal donne le même fichier. Code de sortie : 0 ; 1 si le fichier vérifié n'est pas ce que donne le
    journal, ou si la séance n'est pas terminée ; 2 si la ligne est mal écrite ; 3 si PostgreSQL est injoignable.
    """
    if verify is not None:
        _verify(verify, json)
    elif id and out is not None:
        _write(id, out, json)
    else:
        fail("sitting_pv.said.id", Exit.USAGE)


@group.command()
def sign(
    id: IdArgument,
    member: Annotated[str, typer.Option("--member", metavar="ID", help="Membre qui signe.")],
    document: Annotated[
        str, typer.Option("--document", metavar="EMPREINTE", help="Empreinte portée par le procès-verbal relu.")
    ],
    on: OnOption = "",
    role: RoleOption = "",
    as_: AsOption = "",
    command_id: CommandIdOption = "",
    wait: WaitOption = PATIENCE,
    json: JsonOption = False,
) -> None:
    """Signe le procès-verbal d'une séance : un acte inscrit au journal, sur l'empreinte du document relu.

    Un membre signe pour lui-même : --role paritaire --as member:ID.

    Code de sortie : 0 si c'est fait, 1 si c'est refusé, 2 si la ligne est mal écrite, 3 si la pile est injoignable.
    """
    command = {"kind": "sign_minutes", "member": member, "document": document.strip().lower()}
    day = day_of(on, "--on")

    async def work() -> dict[str, Any]:
        from interfaces.gateway import Gateway

        async with Gateway.open() as gateway:
            stream = await find(gateway.reading, "sitting", id)
            actor = actor_of(gateway.actor, role, as_, "" if role == Role.PARITAIRE else member)
            given = await give(gateway, stream, command, on=day, command_id=command_id, actor=actor, wait=wait)
            return await receipt_report(gateway, given)

    show_receipt(act(work), json)


def _write(id: str, out: Path, as_json: bool) -> None:
    async def work() -> dict[str, Any]:
        from interfaces.pv.sitting import gathered

        async with desk() as books:
            sitting = await find(books.reading, "sitting", id)
            found = await gathered(books.reading, books.reader("sitting pv"), sitting)
            if not found.over:
                raise Halt("sitting_pv.said.not_over", sitting=short(sitting))
            save(out, found.print(settings.language))
            return {
                "file": str(out),
                "sitting": sitting,
                "count": len(found.state.decisions),
                "document": found.document,
            }

    report = execute(work)
    if as_json:
        print_json(report)
    else:
        say_out("sitting_pv.said.done", **report)


def _verify(file: Path, as_json: bool) -> None:
    from interfaces.pv.seal import read_seal

    try:
        content = file.read_bytes()
    except OSError as error:
        fail("pv.input.read", file=shown(str(file)), kind=error.strerror or type(error).__name__)
    seal = read_seal(content)
    if seal is None or seal.kind != "sitting":
        fail("pv.verified.not_ours", file=shown(str(file)))

    async def work() -> dict[str, Any]:
        from interfaces.pv.sitting import verified

        async with desk() as books:
            found = await verified(books.reading, books.reader("sitting pv"), seal, content)
        return {
            "file": str(file),
            "outcome": found.outcome,
            "sitting": seal.stream,
            "document": seal.document,
            "today": found.today or None,
            "signatures": [_signature(record) for record in found.pv.signatures] if found.pv else [],
        }

    report = execute(work)
    if as_json:
        print_json(report)
    words = {"file": shown(str(file)), "document": seal.document, "today": report["today"]}
    if report["outcome"] != "same":
        fail(f"pv.verified.{report['outcome']}", **words, stream=seal.stream)
    if not as_json:
        say_out("pv.verified.same", **words)
        for signature in report["signatures"]:
            on = plain_date(signature["on"], settings.language)
            say_out("sitting_pv.said.signature", member=signature["member"], on=on)


def _signature(record: Any) -> dict[str, Any]:
    return {"member": record.fact.member, "on": record.fact.on, "version": record.version}
