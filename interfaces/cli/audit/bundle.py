"""``jalon audit bundle``: events with everything that is needed to check them elsewhere, in one zip."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from domain.scheme.model import AggregateName
from interfaces.cli.acting import Desk, Halt, JsonOption, day_of, desk, execute, find
from interfaces.cli.audit.group import audit
from interfaces.cli.console import Exit, fail, note, out, print_json, settings, text
from interfaces.table_types import shown

if TYPE_CHECKING:
    from interfaces.bundle.contents import Selection


@audit.command()
def bundle(
    file: Annotated[Path, typer.Argument(metavar="FICHIER.zip", help="Où l'écrire ; il n'y paraît qu'entier.")],
    pathway: Annotated[
        str | None, typer.Option("--pathway", metavar="ID", help="Un parcours, et ce qui le décide.")
    ] = None,
    session: Annotated[str | None, typer.Option("--session", metavar="ID", help="Une session.")] = None,
    sitting: Annotated[str | None, typer.Option("--sitting", metavar="ID", help="Une séance.")] = None,
    register: Annotated[str | None, typer.Option("--register", metavar="ID", help="Un registre.")] = None,
    awards: Annotated[str | None, typer.Option("--awards", metavar="ID", help="Un livre des attributions.")] = None,
    since: Annotated[str | None, typer.Option("--since", metavar="DATE", help="Enregistré depuis ce jour.")] = None,
    until: Annotated[
        str | None, typer.Option("--until", metavar="DATE", help="Enregistré jusqu'à ce jour, inclus.")
    ] = None,
    sample: Annotated[
        int | None, typer.Option("--sample", metavar="N", min=1, help="N événements tirés au sort.")
    ] = None,
    seed: Annotated[
        str | None, typer.Option("--seed", metavar="TEXTE", help="La graine du tirage, qui permet de le refaire.")
    ] = None,
    names: Annotated[bool, typer.Option("--names", help="Nommer les candidats dans le récit.")] = False,
    json: JsonOption = False,
) -> None:
    """Écrit un dossier de preuve : événements, preuves, points de contrôle, clés, dispositifs, récit, et verify.py.

    Il se vérifie hors ligne : python verify.py DOSSIER.zip. Sans choix, tout le journal. Un parcours vient avec ce que
    les sessions et les séances en disent. Le même journal au même point de contrôle donne les mêmes octets. La lecture
    est consignée (« jalon audit access »).

    Code de sortie : 0, 1 si rien ne peut être écrit, 2 si la ligne est mal écrite, 3 si PostgreSQL est injoignable.
    """
    streams: dict[AggregateName, str | None] = {
        **{"pathway": pathway, "session": session},
        **{"sitting": sitting, "register": register, "awards": awards},
    }
    days = _day(since, "--since"), _day(until, "--until")
    if sum(choice is not None for choice in (*streams.values(), sample, days[0] or days[1])) > 1:
        fail("bundle.one_selection", Exit.USAGE)
    if (sample is None) != (seed is None):
        fail("bundle.seed", Exit.USAGE)

    async def work() -> dict[str, Any]:
        from interfaces.bundle.contents import OneStream, Period, Sample, WholeLog

        async with desk() as books:
            selection: Selection = WholeLog()
            for kind, id in streams.items():
                if id is not None:
                    selection = OneStream(await find(books.reading, kind, id))
            if sample is not None and seed is not None:
                selection = Sample(sample, seed)
            elif any(days):
                selection = Period(*days)
            return await _write(file, books, selection, names)

    _say(file, execute(work), json)


def _day(value: str | None, option: str) -> date | None:
    if value == "":
        fail("acting.day", option=option, value="")
    return day_of(value or "", option)


async def _write(file: Path, books: Desk, selection: Selection, names: bool) -> dict[str, Any]:
    from interfaces.bundle.writing import Bundler, NotMade

    purpose = "audit bundle --names" if names else "audit bundle"
    bundler = Bundler(books.reading, books.reader(purpose), books.actor, settings.language, names)
    try:
        return await bundler.write(file, selection)
    except NotMade as why:
        raise Halt(f"bundle.{why.code}", **why.params) from None
    except ConnectionError:
        raise
    except OSError as error:
        raise Halt("bundle.cannot_write", path=shown(str(file)), kind=error.strerror or type(error).__name__) from None


def _say(file: Path, manifest: dict[str, Any], as_json: bool) -> None:
    if as_json:
        print_json({"file": str(file), **manifest})
        return
    from interfaces.bundle.timeline import about

    what = about(manifest["selection"], settings.language)
    size = manifest["checkpoint"]["size"]
    numbers = {"events": manifest["events"], "streams": len(manifest["streams"]), "size": size}
    out.print(text("bundle.made", path=file, what=what, **numbers), markup=False, highlight=False)
    if manifest["left_out"]:
        note("bundle.left_out", number=manifest["left_out"])
    out.print(text("bundle.check", path=file), markup=False, highlight=False)
