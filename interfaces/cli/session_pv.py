"""``jalon session pv`` and ``sign``: the PV of the professional jury as a file, held against the log, and signed."""

from __future__ import annotations

import os
from collections.abc import Mapping
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

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
from interfaces.days import plain_date
from interfaces.table_types import shown
from interfaces.telling import short

if TYPE_CHECKING:
    from interfaces.cli.acting import Desk
    from interfaces.pv.making import Pv

CandidateOption = Annotated[
    str, typer.Option("--candidate", metavar="PARCOURS", help="Le seul procès-verbal de ce candidat.")
]


def add_pv(group: typer.Typer) -> None:
    """Give ``group`` its ``pv`` and its ``sign``."""

    @group.command()
    def pv(
        id: Annotated[str, typer.Argument(metavar="[ID]", help="Session, entière ou son début.")] = "",
        candidate: CandidateOption = "",
        out: Annotated[Path | None, typer.Option("--out", metavar="FICHIER", help="Fichier PDF à écrire.")] = None,
        verify: Annotated[
            Path | None, typer.Option("--verify", metavar="FICHIER", help="Confronter ce fichier au journal.")
        ] = None,
        json: JsonOption = False,
    ) -> None:
        """Établit le procès-verbal du jury professionnel en PDF (PDF/A-3a, PDF/UA-1), ou en vérifie un.

        jalon session pv cqp-cos-2027-06 --candidate 1a2b3c4d --out pv.pdf

        jalon session pv --verify pv.pdf

        Le même journal donne le même fichier. Code de sortie : 0 ; 1 si le fichier vérifié n'est pas ce que donne le
        journal, ou si aucun avis n'est donné ; 2 si la ligne est mal écrite ; 3 si PostgreSQL est injoignable.
        """
        if verify is not None:
            _verify(verify, json)
        elif id and out is not None:
            _write(id, candidate, out, json)
        else:
            fail("pv.input.id", Exit.USAGE)

    @group.command()
    def sign(
        id: Annotated[str, typer.Argument(metavar="ID", help="Session, entière ou son début.")],
        candidate: CandidateOption,
        juror: Annotated[str, typer.Option("--juror", metavar="ID", help="Membre du jury qui signe.")],
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
        """Signe le procès-verbal d'un candidat : un acte inscrit au journal, sur l'empreinte du document relu.

        Un juré signe pour lui-même : --role juror --as juror:ID.

        Code de sortie : 0 si c'est fait, 1 si c'est refusé, 2 si la ligne est mal écrite, 3 si la pile est injoignable.
        """
        asked = {"juror": juror, "document": document, "role": role, "as_": as_, "command_id": command_id}
        day = day_of(on, "--on")
        show_receipt(act(lambda: _sign(id, candidate, asked, day, wait)), json)


def _write(id: str, candidate: str, out: Path, as_json: bool) -> None:
    async def work() -> dict[str, Any]:
        async with desk() as books:
            pv = await _gathered(books, "session pv", id, candidate)
            save(out, pv.print(settings.language))
            count = len(pv.dossiers)
            return {"file": str(out), "session": pv.session.stream, "count": count, "document": pv.document}

    report = execute(work)
    if as_json:
        print_json(report)
    else:
        say_out("pv.written.done", **report)


async def _gathered(books: Desk, purpose: str, id: str, candidate: str) -> Pv:
    from interfaces.pv.making import gathered

    session = await find(books.reading, "session", id)
    about = await find(books.reading, "pathway", candidate) if candidate else ""
    pv = await gathered(books.reading, books.reader(purpose), session, about)
    if pv.session.scheme.conduct is None:
        raise Halt("pv.input.not_conducted", session=short(session))
    if not pv.dossiers:
        name = "pv.input.none_for" if about else "pv.input.none"
        raise Halt(name, pathway=short(about), session=short(session))
    return pv


def save(file: Path, content: bytes) -> None:
    """Write ``content`` to ``file``, whole or not at all.

    Raises:
        Halt: where it cannot be written.
    """
    draft = file.with_name(f".{file.name}.{os.getpid()}")
    try:
        draft.write_bytes(content)
        draft.replace(file)
    except OSError as error:
        draft.unlink(missing_ok=True)
        kind = error.strerror or type(error).__name__
        raise Halt("pv.input.write", file=shown(str(file)), kind=kind) from None


def _verify(file: Path, as_json: bool) -> None:
    from interfaces.pv.seal import read_seal

    try:
        content = file.read_bytes()
    except OSError as error:
        fail("pv.input.read", file=shown(str(file)), kind=error.strerror or type(error).__name__)
    seal = read_seal(content)
    if seal is None or seal.kind != "session":
        fail("pv.verified.not_ours", file=shown(str(file)))

    async def work() -> dict[str, Any]:
        from interfaces.pv.making import verified

        async with desk() as books:
            found = await verified(books.reading, books.reader("session pv"), seal, content)
        signed = [record for dossier in found.pv.dossiers for record in dossier.signatures] if found.pv else []
        return {
            "file": str(file),
            "outcome": found.outcome,
            "session": seal.stream,
            "candidate": seal.about or None,
            "document": seal.document,
            "today": found.today or None,
            "signatures": [_signature(record.fact, record.version) for record in signed],
        }

    report = execute(work)
    if as_json:
        print_json(report)
    _tell(report, as_json)


def _signature(fact: Any, version: int) -> dict[str, Any]:
    return {"juror": fact.signatory, "on": fact.on, "document": fact.document, "version": version}


def _tell(report: Mapping[str, Any], as_json: bool) -> None:
    """Say how it went; anything but the very file ends the command with 1."""
    words = {"file": shown(report["file"]), "document": report["document"], "today": report["today"]}
    if report["outcome"] != "same":
        fail(f"pv.verified.{report['outcome']}", **words, stream=report["session"])
    if as_json:
        return
    say_out("pv.verified.same", **words)
    for signature in report["signatures"]:
        say_out("pv.verified.signature", juror=signature["juror"], on=plain_date(signature["on"], settings.language))


async def _sign(id: str, candidate: str, asked: Mapping[str, str], on: date | None, wait: float) -> dict[str, Any]:
    from interfaces.gateway import Gateway
    from interfaces.pv.dossier import dossier_of
    from interfaces.streams import read_stream

    async with Gateway.open() as gateway:
        reading = gateway.reading
        session = await read_stream(reading, await find(reading, "session", id))
        pathway = await read_stream(reading, await find(reading, "pathway", candidate))
        dossier = dossier_of(pathway, session)
        if dossier is None:
            raise Halt("pv.input.none_for", pathway=short(pathway.stream), session=short(session.stream))
        command = {
            "kind": "sign_pv",
            "signatory": asked["juror"],
            "document": asked["document"].strip().lower(),
            "composition": dossier.composition.document,
        }
        for_ = "" if asked["role"] == Role.JUROR else asked["juror"]
        actor = actor_of(gateway.actor, asked["role"], asked["as_"], for_)
        given = await give(
            gateway, pathway.stream, command, on=on, command_id=asked["command_id"], actor=actor, wait=wait
        )
        return await receipt_report(gateway, given)
