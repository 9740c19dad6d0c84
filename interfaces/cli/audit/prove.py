"""``jalon audit prove``, ``prove-consistency`` and ``check-proof``: proofs to take away, and whether one holds."""

from __future__ import annotations

import json
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from domain.authority import Actor
from interfaces.cli.acting import Halt, JsonOption, execute, say_out
from interfaces.cli.audit.group import audit
from interfaces.cli.audit.verify import known_key
from interfaces.cli.console import Exit, fail, print_json
from interfaces.table_types import shown

if TYPE_CHECKING:
    from eventstore.pool import Pool

OutOption = Annotated[Path | None, typer.Option("--out", metavar="FICHIER", help="Écrire la preuve dans ce fichier.")]


@audit.command()
def prove(
    event: Annotated[str, typer.Argument(metavar="ÉVÉNEMENT", help="Son identifiant, ou DOSSIER#NUMÉRO.")],
    at: Annotated[
        int | None, typer.Option("--at", metavar="N", min=1, help="Le point de contrôle de N événements.")
    ] = None,
    out: OutOption = None,
) -> None:
    """Prouve qu'un événement est dans le journal signé : un fichier JSON qui se vérifie sans Jalon ni base.

    « jalon audit check-proof » le vérifie. La lecture est consignée (« jalon audit access »).

    Code de sortie : 0, 1 si l'événement n'existe pas ou n'est pas encore signé, 3 si PostgreSQL est injoignable.
    """

    async def work(pool: Pool, actor: Actor) -> dict[str, Any]:
        from eventstore.access import AccessLog
        from interfaces.proofs import person_of, prove_event

        proof = await prove_event(pool, event, at)
        stream = proof["event"]["stream"]
        person = await person_of(pool, stream)
        if person is not None:
            await AccessLog(pool).record(actor, "audit prove", [(person, [stream])])
        return proof

    _hand_over(_made(work), out)


@audit.command("prove-consistency")
def prove_consistency(
    first: Annotated[int, typer.Argument(metavar="A", min=0, help="Taille d'un point de contrôle.")],
    second: Annotated[int, typer.Argument(metavar="B", min=0, help="Taille d'un autre.")],
    out: OutOption = None,
) -> None:
    """Prouve que le journal de B événements commence par celui de A : rien n'a été changé, retiré ni déplacé.

    Code de sortie : 0, 1 si l'un des points de contrôle n'existe pas, 3 si PostgreSQL est injoignable.
    """

    async def work(pool: Pool, _: Actor) -> dict[str, Any]:
        from interfaces.proofs import prove_consistency

        return await prove_consistency(pool, first, second)

    _hand_over(_made(work), out)


@audit.command("check-proof")
def check_proof(
    file: Annotated[Path, typer.Argument(metavar="FICHIER", help="La preuve.")],
    key: Annotated[
        str | None, typer.Option("--key", metavar="CLÉ|FICHIER", help="La clé publique du notaire que vous connaissez.")
    ] = None,
    as_json: JsonOption = False,
) -> None:
    """Vérifie une preuve, sans base ni réseau : empreinte, chemin jusqu'à la racine, signature, suite des clés.

    Code de sortie : 0 si elle tient, 1 sinon.
    """
    from interfaces.proofs import NotProven, check

    known = known_key(key)
    try:
        proven = check(file.read_bytes(), known)
    except OSError:
        fail("prove.unreadable", file=shown(str(file)))
    except NotProven as broken:
        if as_json:
            print_json({"ok": False, "why": broken.code})
        fail(f"prove.broken.{broken.code}", file=shown(str(file)))
    if as_json:
        told = {"size": proven.size, "first": proven.first, "root": proven.root.hex(), "origin": proven.origin}
        print_json({"ok": True, "proof": proven.kind, **told, "keys": [each.format() for each in proven.keys]})
        return
    if proven.event is not None:
        event = {"stream": shown(proven.event["stream"]), "version": proven.event["version"]}
        say_out("prove.holds.inclusion", **event, leaf=proven.event["leaf_index"], size=proven.size)
    else:
        say_out("prove.holds.consistency", first=proven.first, size=proven.size)
    say_out("prove.holds.root", root=proven.root.hex(), origin=shown(proven.origin))
    say_out("prove.holds.known" if known else "prove.holds.unknown", key=proven.keys[0].format())


def _made(work: Callable[[Pool, Actor], Awaitable[dict[str, Any]]]) -> dict[str, Any]:
    async def ask() -> dict[str, Any]:
        from eventstore.log import TornLog
        from interfaces.proofs import NoProof
        from workers.settings import load, open_database, resolve_database

        environment = load()
        pool = await open_database(resolve_database(environment))
        try:
            return await work(pool, environment.actor)
        except NoProof as none:
            params: dict[str, Any] = {name: shown(str(value)) for name, value in none.params.items()}
            raise Halt(f"prove.none.{none.code}", **params) from None
        except TornLog:
            raise Halt("prove.torn") from None
        finally:
            await pool.close()

    return execute(ask)


def _hand_over(proof: dict[str, Any], out: Path | None) -> None:
    """The proof on standard output, or in the file, which must not be there yet."""
    if out is None:
        print_json(proof)
        return
    try:
        with out.open("x", encoding="utf-8") as written:
            json.dump(proof, written, ensure_ascii=False, indent=2)
            written.write("\n")
    except FileExistsError:
        fail("prove.exists", file=shown(str(out)))
    except OSError as error:
        fail("prove.unwritable", Exit.REFUSED, file=shown(str(out)), reason=error.strerror)
    say_out("prove.written", file=shown(str(out)))
