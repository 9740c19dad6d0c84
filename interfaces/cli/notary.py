"""``jalon notary``: how the order stands, and a new key for who signs it."""

from __future__ import annotations

from dataclasses import asdict
from typing import TYPE_CHECKING, Any

import typer

from interfaces.cli.acting import JsonOption, desk, execute, say_out
from interfaces.cli.app import app
from interfaces.cli.console import Exit, note, print_json, text

if TYPE_CHECKING:
    from workers.notary_health import Health, Problem

notary = typer.Typer(no_args_is_help=True, help="L'ordre scellé et sa signature. / The signed order.")
app.add_typer(notary, name="notary")


@notary.command()
def status(as_json: JsonOption = False) -> None:
    """Dit ce qui attend sa place, ce qui est signé, qui est en fonction, et si les copies sont là.

    Code de sortie : 0, 1 si quelque chose ne va pas, 3 si PostgreSQL est injoignable.
    """
    health, found = execute(_status)
    if as_json:
        print_json(_as_data(health, found))
    else:
        _show(health)
        for problem in found:
            note(problem.name, **problem.params)
            note(f"{problem.name}_do", **problem.params)
    raise SystemExit(int(Exit.REFUSED if any(problem.verdict == "fault" for problem in found) else Exit.OK))


async def _status() -> tuple[Health, list[Problem]]:
    from workers.notary_health import examine_notary, problems
    from workers.settings import load

    async with desk() as open_desk:
        health = await examine_notary(open_desk.reading.pool, load())
    return health, list(problems(health))


def _as_data(health: Health, found: list[Problem]) -> dict[str, Any]:
    data = asdict(health)
    trouble = data.pop("key_trouble")
    return {
        "ok": not any(problem.verdict == "fault" for problem in found),
        **data,
        "unsigned": health.unsigned,
        "leader": health.leader and health.leader._asdict(),
        "oldest_transaction": health.oldest_transaction and health.oldest_transaction._asdict(),
        "key_trouble": trouble and trouble.name.removeprefix("notary.key."),
        "problems": [
            {
                "verdict": problem.verdict,
                "code": problem.name.removeprefix("stack.doctor."),
                "message": text(problem.name, **problem.params),
                "remedy": text(f"{problem.name}_do", **problem.params),
            }
            for problem in found
        ],
    }


def _show(health: Health) -> None:
    say_out("notary.status.sealed", count=health.sealed)
    if health.waiting:
        say_out("notary.status.waiting", count=health.waiting, seconds=round(health.lag, 1))
    else:
        say_out("notary.status.nothing_waits")
    if health.last_root is None:
        say_out("notary.status.no_checkpoint")
    else:
        say_out("notary.status.checkpoint", size=health.last_size, seconds=round(health.last_age or 0.0))
        say_out("notary.status.root", root=health.last_root)
        say_out("notary.status.unsigned", count=health.unsigned)
    _say_holder("leader", health.leader)
    _say_holder("transaction", health.oldest_transaction)
    say_out("notary.status.key" if health.key else "notary.status.no_key", key=health.key)
    for copies in health.copies:
        say_out("notary.status.copies", place=copies.place, last=copies.last or 0)
    if health.stamped_size is not None:
        say_out("notary.status.stamp", size=health.stamped_size, at=health.stamped_at)


def _say_holder(name: str, holder: Any) -> None:
    if holder is None:
        say_out(f"notary.status.no_{name}")
    else:
        pid = "-" if holder.pid is None else holder.pid
        say_out(f"notary.status.{name}", pid=pid, application=holder.application, seconds=round(holder.seconds))


@notary.command()
def rotate(as_json: JsonOption = False) -> None:
    """Donne une clé neuve au notaire ; l'ancienne se porte garante d'elle, et les deux restent publiées.

    Le notaire la prend sans être relancé. Une rotation interrompue se reprend en la demandant de nouveau.

    Code de sortie : 0, 1 si la clé en usage n'est pas à portée, 3 si PostgreSQL est injoignable.
    """
    report = execute(_rotate)
    if as_json:
        print_json(report)
        return
    say_out("notary.rotate.done", **report)
    for copy in report["copies"]:
        say_out("notary.rotate.copied" if copy["copied"] else "notary.rotate.not_copied", place=copy["place"])
    say_out("notary.rotate.next")


async def _rotate() -> dict[str, Any]:
    from domain.note import Note, Rotation, VerifierKey
    from workers import notary_key
    from workers.settings import load
    from workers.witness import CopyDiffers, Witness, WitnessAway

    settings = load()
    async with desk() as open_desk:
        row = await notary_key.rotate(open_desk.reading.pool, notary_key.KeyFile(settings.notary_key_file))
    old = VerifierKey.parse(Rotation.parse(Note.parse(row.endorsement or "").text).old)
    copies = []
    for place in settings.witness_places:
        witness = Witness(place)
        try:
            await witness.put_keys([row])
        except (WitnessAway, CopyDiffers):
            copies.append({"place": witness.place, "copied": False})
        else:
            copies.append({"place": witness.place, "copied": True})
    return {"key": row.key_id, "vkey": row.vkey, "old": old.key_id.hex(), "size": row.since, "copies": copies}
