"""``jalon public``: the verification pages, served, exported, and where one of them is."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from interfaces.cli.acting import Halt, JsonOption, execute
from interfaces.cli.app import app
from interfaces.cli.console import Exit, fail, note, out, print_json, settings, text
from interfaces.table_types import shown

if TYPE_CHECKING:
    from interfaces.public.export import Exported
    from interfaces.public.serving import Place

group = typer.Typer(name="public", no_args_is_help=True, help="Les pages où chacun vérifie un certificat.")
app.add_typer(group)


@group.callback()
def public() -> None:
    """Les pages où chacun vérifie un certificat."""


@group.command()
def serve(
    source: Annotated[
        Path | None,
        typer.Option("--from", metavar="DOSSIER", help="Répondre d'après cette copie, sans base ni clé."),
    ] = None,
    listen: Annotated[
        str, typer.Option("--listen", metavar="HÔTE:PORT", help="Où écouter (JALON_PUBLIC_LISTEN).")
    ] = "",
) -> None:
    """Ouvre les pages de vérification, jusqu'à Ctrl-C. « jalon up » le fait déjà.

    Avec une base, une copie est tenue à jour dans le répertoire d'état, et prend le relais quand la base ne répond
    plus. Avec --from, il ne faut que la copie : ni base, ni clé, ni compte.
    """
    place = _place(listen)

    async def work() -> None:
        from interfaces.public.folder import Folder
        from interfaces.public.rendering import Page
        from interfaces.public.serving import serve
        from workers import logs
        from workers.settings import load
        from workers.shutdown import STOP_SIGNALS

        environment = load()
        logs.configure(level="warning", engine=False)
        if source is not None:
            found = Folder.open(source)
            if found is None:
                raise Halt("public.command.no_export", folder=shown(str(source)))
            moment = Page("en" if settings.language == "en" else "fr").moment(found.written_at)
            note("public.command.from_export", **moment)
        stop = asyncio.Event()
        for number in STOP_SIGNALS:
            asyncio.get_running_loop().add_signal_handler(number, stop.set)
        await serve(
            environment,
            stop,
            source=source,
            place=place,
            ready=lambda address: note("public.command.ready", address=address),
        )

    execute(work)


def _place(listen: str) -> Place | None:
    from interfaces.public.serving import Place

    if not listen:
        return None
    host, _, port = listen.rpartition(":")
    if not host or not port.isdecimal() or int(port) > 65_535:
        fail("public.command.listen_bad", Exit.USAGE, value=shown(listen))
    return Place(host.strip("[]"), int(port))


@group.command()
def export(
    folder: Annotated[Path, typer.Argument(metavar="DOSSIER", help="Où l'écrire ; une copie d'avant est remplacée.")],
    as_json: JsonOption = False,
) -> None:
    """Écrit tout ce qui est public en fichiers : pages, jumeaux JSON, listes, clés.

    N'importe quel serveur web peut les servir ; « jalon public serve --from » aussi, qui examine les fichiers envoyés.
    La copie est un dossier neuf, et DOSSIER un lien vers lui : rien n'est jamais à moitié écrit.

    Code de sortie : 0, 1 si DOSSIER contient autre chose, 3 si PostgreSQL est injoignable.
    """

    async def work() -> Exported:
        from interfaces.public.export import NotOurs, write_export
        from interfaces.public.serving import Database
        from workers.settings import load

        database = Database(load())
        try:
            return await write_export(await database.live(), folder)
        except NotOurs:
            raise Halt("public.command.not_ours", folder=shown(str(folder))) from None
        except PermissionError as error:
            raise Halt("public.command.unwritable", folder=shown(str(folder)), reason=error.strerror or "") from None
        finally:
            await database.close()

    written = execute(work)
    if as_json:
        print_json({"folder": str(folder), "awards": written.awards, "lists": written.lists, "made": written.made})
        return
    said = text("public.command.written", awards=written.awards, lists=written.lists, folder=shown(str(folder)))
    out.print(said, highlight=False, markup=False)


@group.command()
def address(
    number: Annotated[str, typer.Argument(metavar="NUMÉRO", help="Numéro du certificat, COS-2027-000001.")],
) -> None:
    """Dit où chacun vérifie un certificat : l'adresse que porte son code QR."""

    async def work() -> str:
        from eventstore.addresses import Addresses
        from eventstore.books import Books
        from eventstore.keys import Keys
        from eventstore.reading import NotFound
        from workers.issuing import base_address
        from workers.settings import load, masters, open_database, resolve_database

        environment = load()
        pool = await open_database(resolve_database(environment))
        try:
            row = await Books(pool).number(number)
            return base_address(environment) + await Addresses(Keys(pool, masters(environment))).path(row.number)
        except NotFound:
            raise Halt("public.command.unknown_number", number=shown(number)) from None
        finally:
            await pool.close()

    out.print(execute(work), highlight=False, markup=False)
