"""``jalon backup`` and ``jalon restore``: everything that must survive, in one file, and back."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from interfaces.cli.acting import JsonOption, execute, say_out
from interfaces.cli.app import app
from interfaces.cli.console import Exit, note, print_json

if TYPE_CHECKING:
    from workers.backup import Manifest

OutArgument = Annotated[
    Path, typer.Argument(metavar="SORTIE", help="Fichier à écrire, ou dossier où l'écrire sous un nom daté.")
]
FileArgument = Annotated[Path, typer.Argument(metavar="FICHIER", help="Une sauvegarde faite par « jalon backup ».")]


@app.command()
def backup(out: OutArgument, as_json: JsonOption = False) -> None:
    """Sauvegarde la base en un fichier, sans rien arrêter. Les clés secrètes n'y sont pas : gardez-les à part."""
    file, manifest = execute(lambda: _backup(out))
    if as_json:
        print_json({"file": str(file), **manifest.model_dump(mode="json")})
        return
    size, checkpoint = f"{manifest.dump_bytes / 2**20:.1f}", manifest.checkpoint
    say_out("backup.done", file=str(file), size=size, events=manifest.events)
    if checkpoint is None:
        say_out("backup.no_checkpoint")
    else:
        say_out(
            "backup.checkpoint", size=checkpoint.size, root=checkpoint.root, after=manifest.events - checkpoint.size
        )
    note("backup.keys_apart")


async def _backup(out: Path) -> tuple[Path, Manifest]:
    from workers import backup as work
    from workers.databases import at_hand
    from workers.settings import load

    target = work.place(out)
    async with at_hand(load()) as database_url:
        note("backup.copying")
        return target, await work.backup(database_url, target)


@app.command()
def restore(file: FileArgument, as_json: JsonOption = False) -> None:
    """Remet une sauvegarde dans une base vide : celle du répertoire d'état, ou JALON_DATABASE_URL ; puis la vérifie."""
    report = execute(lambda: _restore(file))
    if as_json:
        print_json(report)
    else:
        say_out("backup.restored", file=str(file), **report)
    verified = report["verified"]
    note("backup.verified" if verified["ok"] else "backup.not_verified", **verified)
    for erased in report["erased_again"]:
        note("backup.erased_again" if erased["complete"] else "backup.erased_in_part", person=erased["person"])
    for key in report["keys_missing"]:
        note(f"backup.missing.{key}")
    note("backup.recover")
    raise SystemExit(int(Exit.OK if verified["ok"] else Exit.REFUSED))


async def _restore(file: Path) -> dict[str, Any]:
    from workers import backup as work
    from workers.databases import to_fill
    from workers.settings import load
    from workers.tombstones import folder

    settings = load()
    note("backup.examining")
    manifest = await asyncio.to_thread(work.examine, file)
    graves = folder(settings)
    work.check_graves(graves)
    async with to_fill(settings) as database_url:
        note("backup.restoring")
        await work.restore(database_url, file)
        note("backup.verifying")
        found = await work.verified(database_url, manifest)
        erased = await work.erase_again(database_url, graves)
        return {
            "made_at": manifest.made_at.isoformat(timespec="seconds"),
            "events": manifest.events,
            "sealed": manifest.sealed,
            "unsealed": manifest.events - manifest.sealed,
            "verified": {"ok": found.ok, "faults": found.total, "root": found.root.hex()},
            "erased_again": [{"person": each.person, "complete": each.complete} for each in erased],
            "keys_missing": await work.keys_missing(settings, database_url),
        }
