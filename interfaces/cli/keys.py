"""``jalon keys``: which keys there are, and replacing the master key that wraps them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import typer

from interfaces.cli.acting import JsonOption, desk, execute, say_out
from interfaces.cli.app import app
from interfaces.cli.console import print_json
from interfaces.cli.progress import Bar

if TYPE_CHECKING:
    from eventstore.keys import Keys

KINDS = ("person", "stream", "index")

group = typer.Typer(name="keys", no_args_is_help=True, help="Les clés : combien, et par quelle clé maîtresse.")
app.add_typer(group)


@group.callback()
def keys() -> None:
    """Les clés : combien, et par quelle clé maîtresse."""


@group.command()
def status(json: JsonOption = False) -> None:
    """Dit combien de clés il y a, de qui, et quelle clé maîtresse les enveloppe. Aucune clé n'est montrée.

    Code de sortie : 0, ou 1 si une clé maîtresse manque.
    """
    report = execute(_status)
    if json:
        print_json(report)
    else:
        for kind in KINDS:
            numbers = {"held": report["held"][kind], "destroyed": report["destroyed"][kind]}
            say_out(f"keys.status.{kind}", **numbers)
        for master in report["masters"]:
            name = "current" if master["current"] else "old" if master["at_hand"] else "missing"
            say_out(f"keys.status.{name}", id=master["id"], keys=master["keys"])
    if not all(master["at_hand"] for master in report["masters"]):
        raise SystemExit(1)


@group.command(name="rotate-master")
def rotate_master(json: JsonOption = False) -> None:
    """Remplace la clé maîtresse : chaque clé est enveloppée par la nouvelle, rien d'autre ne change.

    Avec la pile embarquée, la nouvelle clé est fabriquée ici, et l'ancienne disparaît à la fin. Avec votre propre base,
    donnez d'abord JALON_SEALING_KEY (la nouvelle) et JALON_SEALING_KEY_PREVIOUS (l'ancienne) à tous les processus.
    Interrompue, la même commande reprend où elle en était.
    """
    from workers import rotation
    from workers.settings import load, resolve

    settings = load()
    resolve(settings)  # who finds no database makes no key
    execute(_all_at_hand)  # nor does who could not open what the new key is to wrap
    rotation.prepare(settings)
    report = execute(_rotated)
    if json:
        print_json(report)
    else:
        say_out("keys.rotated", count=report["wrapped"], id=report["master"])


async def _status() -> dict[str, Any]:
    async with desk() as books:
        return await _report(books.keyring.keys)


async def _report(keys: Keys) -> dict[str, Any]:
    census = await keys.census()
    at_hand = {master.id for master in keys.masters.at_hand}
    wrapped = {id: sum(number for (_, by), number in census.held.items() if by == id) for id in census.masters}
    return {
        "held": {kind: sum(n for (of, _), n in census.held.items() if of == kind) for kind in KINDS},
        "destroyed": {kind: census.destroyed.get(kind, 0) for kind in KINDS},
        "masters": [
            {"id": id, "keys": wrapped[id], "at_hand": id in at_hand, "current": id == keys.masters.current.id}
            for id in census.masters
        ],
    }


async def _all_at_hand() -> None:
    from eventstore.masters import WrongKey

    async with desk() as books:
        report = await _report(books.keyring.keys)
    missing = [master["id"] for master in report["masters"] if master["keys"] and not master["at_hand"]]
    if missing:
        raise WrongKey(f"the master keys {', '.join(missing)} are not at hand")


async def _rotated() -> dict[str, Any]:
    from workers import rotation
    from workers.settings import load

    async with desk() as books:
        keys = books.keyring.keys
        census = await keys.census()
        current = keys.masters.current.id
        left = sum(number for (_, master), number in census.held.items() if master != current)
        with Bar("keys.progress", left) as advance:
            return {"master": current, "wrapped": await rotation.rotate(keys, load(), advance)}
