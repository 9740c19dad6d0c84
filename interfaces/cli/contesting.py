"""What a candidate may ask for about a decision: its notice, contesting it, what it rested on, one born of silence."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, get_args

import typer

from domain.pathway.contest.commands import Ground
from domain.pathway.state import Pathway
from interfaces.cli.acting import (
    PATIENCE,
    AsOption,
    CommandIdOption,
    ForOption,
    Halt,
    JsonOption,
    OnOption,
    RoleOption,
    WaitOption,
    desk,
    execute,
    find,
    one_of,
    say_out,
    today,
)
from interfaces.cli.console import note, print_json, settings, text
from interfaces.cli.doing import Asked, do
from interfaces.days import plain_date
from interfaces.telling import short

if TYPE_CHECKING:
    from documents.certificate import TemplateFault

_Id = Annotated[str, typer.Argument(metavar="ID", help="Parcours, entier ou son début.")]


def add_contesting(group: typer.Typer) -> None:
    """Give ``jalon pathway`` its ``contest``, ``evidence``, ``attestation`` and ``notice``."""
    group.command()(contest)
    group.command()(evidence)
    group.command()(attestation)
    group.command()(notice)


def contest(
    id: _Id,
    ground: Annotated[str, typer.Option("--ground", help=" | ".join(get_args(Ground)))],
    reason: Annotated[str, typer.Option("--reason", metavar="TEXTE", help="Pourquoi ; scellé avant de partir.")],
    block: Annotated[
        list[str] | None, typer.Option("--block", metavar="BLOC", help="Bloc refusé (tous, par défaut).")
    ] = None,
    on: OnOption = "",
    role: RoleOption = "",
    as_: AsOption = "",
    for_: ForOption = "",
    command_id: CommandIdOption = "",
    wait: WaitOption = PATIENCE,
    as_json: JsonOption = False,
) -> None:
    """Conteste la dernière décision sur un parcours, sur la procédure ou au fond ; ce sur quoi elle reposait est figé.

    Hors délai, la contestation est enregistrée, et irrecevable. La suite : « jalon pathway do ID
    decide_contest_admissibility », puis « redeliberate sitting=… », devant d'autres membres.

    Code de sortie : 0 si c'est fait, 1 si c'est refusé, 2 si la ligne est mal écrite, 3 si la pile est injoignable.
    """
    one_of("--ground", ground, get_args(Ground))
    data = json.dumps({"ground": ground, "reason": reason, "blocks": block or []})
    do("pathway", Asked(id, "contest", (), data, on, role, as_, for_, command_id, wait=wait, json=as_json))


def evidence(id: _Id, as_json: JsonOption = False) -> None:
    """Montre ce sur quoi reposait la décision contestée, figé au moment où elle l'a été, et si le journal le confirme.

    Code de sortie : 0, 1 si rien n'est contesté sur ce parcours, 3 si PostgreSQL est injoignable.
    """
    report = execute(lambda: _evidence(id))
    if as_json:
        print_json(report)
        return
    first, frozen = report["decision"], report["evidence"]
    words = {"on": plain_date(report["on"], settings.language), "ground": text(f"events.ground.{report['ground']}")}
    say_out("contesting.contested", blocks=", ".join(report["blocks"]), **words)
    day = plain_date(first["on"], settings.language)
    say_out("contesting.decision", version=first["version"], on=day, sitting=short(first["sitting"]))
    for block, decided in first["blocks"].items():
        answers = {"computed": first["computed"].get(block), "advised": first["advised"].get(block), "decided": decided}
        say_out("contesting.block", block=block, **{name: _yes(value) for name, value in answers.items()})
    say_out("contesting.members", members=", ".join(first["members"]) or text("acting.none"))
    say_out("contesting.intact" if frozen["intact"] else "contesting.changed", **frozen)


def _yes(value: bool | None) -> str:
    return text("acting.none" if value is None else "acting.yes" if value else "acting.no")


def attestation(
    id: _Id,
    out_file: Annotated[Path, typer.Option("--out", metavar="FICHIER", help="Fichier PDF à écrire.")],
) -> None:
    """Écrit l'attestation d'une décision née du silence (PDF), à la demande du candidat : CRPA, art. L. 232-3.

    Code de sortie : 0 si elle est écrite, 1 si aucune décision n'est née du silence, 3 si PostgreSQL est injoignable.
    """
    execute(lambda: _attested(id, out_file))
    say_out("attestation.written", file=str(out_file))


def notice(
    id: _Id,
    out_file: Annotated[Path, typer.Option("--out", metavar="FICHIER", help="Fichier PDF à écrire.")],
) -> None:
    """Écrit la notification du dernier résultat (PDF) : décisions, motifs, recommandations, voies de recours.

    Le même journal donne le même fichier. Code de sortie : 0 si elle est écrite, 1 si rien n'est décidé, 3 si
    PostgreSQL est injoignable.
    """
    execute(lambda: _notified(id, out_file))
    say_out("notice.written", file=str(out_file))


async def _evidence(id: str) -> dict[str, Any]:
    from domain.pathway.contest.decide import evidence as evidence_of
    from interfaces.streams import read_stream

    async with desk() as books:
        file = await read_stream(books.reading, await find(books.reading, "pathway", id))
    state: Pathway = file.state
    found = state.contest
    if found is None:
        raise Halt("contesting.none", pathway=short(file.stream))
    first = {name: value for name, value in found.decided._asdict().items() if name != "recommendations"}
    frozen = found.evidence
    return {
        "pathway": file.stream,
        "on": found.on,
        "ground": found.ground,
        "blocks": list(found.blocks),
        "status": found.status,
        "sitting": found.sitting or None,
        "decision": first,
        "evidence": {
            "version": frozen.version,
            "digest": frozen.digest,
            "intact": evidence_of(state, frozen.version) == frozen,
        },
    }


async def _attested(id: str, out_file: Path) -> None:
    from interfaces.attestation import NoSilence, attestation
    from interfaces.opened import open_file
    from interfaces.streams import read_stream

    async with desk() as books:
        file = await read_stream(books.reading, await find(books.reading, "pathway", id))
        opened = await open_file(books.reading, books.reader("pathway attestation"), file)
    identity = opened.identity
    if identity is None:
        raise Halt("attestation.erased")
    try:
        _print(out_file, lambda templates: attestation(file, identity, today(), settings.language, templates))
    except NoSilence:
        raise Halt("attestation.none", pathway=short(file.stream)) from None


async def _notified(id: str, out_file: Path) -> None:
    from documents.certificate import result_notice
    from interfaces.notice import NothingDecided, notice_facts
    from interfaces.opened import open_file
    from interfaces.streams import read_stream

    async with desk() as books:
        file = await read_stream(books.reading, await find(books.reading, "pathway", id))
        opened = await open_file(books.reading, books.reader("pathway notice"), file)
    if opened.identity is None:
        raise Halt("notice.erased")
    try:
        facts = notice_facts(file, opened.identity, opened.texts, "en" if settings.language == "en" else "fr")
    except NothingDecided:
        raise Halt("notice.none", pathway=short(file.stream)) from None
    _print(out_file, lambda templates: result_notice(facts, templates))


def _print(out_file: Path, made: Callable[[Path | None], bytes]) -> None:
    """Write what ``made`` prints with the templates that are set; those that were not used are told."""
    from documents.certificate import TemplateFault, load_templates
    from interfaces.cli.session_pv import save
    from workers.settings import load

    folder = load().templates
    for fault in load_templates(folder).faults:
        note("notice.template.unused", place=_place(fault), reason=fault.reason)
    try:
        save(out_file, made(folder))
    except TemplateFault as fault:
        raise Halt("notice.template.wrong", place=_place(fault), reason=fault.reason) from None


def _place(fault: TemplateFault) -> str:
    return f"{fault.file}:{fault.line}" if fault.line else str(fault.file)
