"""``jalon session plan``: seating a session's candidates, showing, checking, publishing and exporting plans."""

from __future__ import annotations

import asyncio
import signal
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer
from rich.markup import escape

from domain.plan import Plan, Visit
from domain.plan_check import check_plan
from interfaces.cli.acting import (
    PATIENCE,
    CommandIdOption,
    Halt,
    JsonOption,
    WaitOption,
    act,
    dated,
    desk,
    execute,
    find,
    give,
    listing,
    receipt_report,
    say_out,
    show_receipt,
    today,
)
from interfaces.cli.console import Exit, err, fail, note, out, print_json, settings, text
from interfaces.findings import plan_fault_sentence
from interfaces.table_types import shown
from interfaces.telling import short

if TYPE_CHECKING:
    from interfaces.plan_names import PlanNames
    from interfaces.planning import Asked
    from planner.search import Progress


def add_plan(group: typer.Typer) -> None:
    """Give ``group`` its ``plan``."""

    @group.command()
    def plan(
        id: Annotated[str, typer.Argument(metavar="ID", help="Identifiant, entier ou son début.")],
        seconds: Annotated[float, typer.Option("--seconds", min=1, help="Temps de calcul, au plus.")] = 60,
        site: Annotated[str, typer.Option("--site", metavar="ID", help="Site des salles ; par défaut le lieu.")] = "",
        afresh: Annotated[bool, typer.Option("--afresh", help="Sans égard au plan publié.")] = False,
        from_: Annotated[
            Path | None, typer.Option("--from", metavar="FICHIER", help="Le plan de ce fichier JSON, sans calcul.")
        ] = None,
        check: Annotated[
            Path | None, typer.Option("--check", metavar="FICHIER", help="Contrôler le plan de ce fichier JSON.")
        ] = None,
        show: Annotated[bool, typer.Option("--show", help="Le plan publié, sans calcul.")] = False,
        publish: Annotated[bool, typer.Option("--publish", help="Publier ce plan.")] = False,
        export: Annotated[
            list[Path] | None, typer.Option("--export", metavar="FICHIER", help="Écrire .ics, .xlsx ou .pdf.")
        ] = None,
        command_id: CommandIdOption = "",
        wait: WaitOption = PATIENCE,
        json: JsonOption = False,
    ) -> None:
        """Planifie une session : qui est évalué où et quand, devant quel jury. Ce n'est qu'une proposition.

        Après une publication, le calcul part du plan publié et déplace le moins de candidats possible.
        Ctrl-C prend le meilleur plan trouvé jusque-là. Seuls les fichiers exportés portent des noms : les
        écrire est une consultation, inscrite comme telle.

        jalon session plan cqp-cos-2027-06 --seconds 60 --json > plan.json

        jalon session plan cqp-cos-2027-06 --from plan.json --publish

        jalon session plan cqp-cos-2027-06 --show --export plan.pdf --export plan.xlsx --export plan.ics

        Code de sortie : 0 si c'est fait, 1 si c'est refusé ou si le plan contrôlé a une faute, 2 si la ligne est mal
        écrite, 3 si la pile est injoignable.
        """
        if sum((from_ is not None, check is not None, show)) > 1:
            fail("plan.input.one_source", Exit.USAGE)
        if publish and (show or check):
            fail("plan.input.publish_what", Exit.USAGE)
        _known(export or ())
        asked = execute(lambda: _asked(id, site, afresh, show))
        if check is not None:
            _check(asked, check, json)
            return
        status = "published" if show else "proposal"
        made = _published(asked) if show else _read(asked, from_) if from_ else _computed(asked, seconds)
        _write(asked, made, export or ())
        if publish:
            show_receipt(act(lambda: _publish(asked, made, command_id, wait)), json)
        elif json:
            from interfaces.planning import report

            print_json(report(asked, made, status))
        else:
            _show(made)


def _known(files: Sequence[Path]) -> None:
    for file in files:
        if file.suffix.lower() not in (".ics", ".xlsx", ".pdf"):
            fail("plan.input.format", Exit.USAGE, file=shown(file.name))


async def _asked(id: str, site: str, afresh: bool, show: bool) -> Asked:
    from interfaces.planning import asked_of

    async with desk() as books:
        stream = await find(books.reading, "session", id)
        return await asked_of(books.reading, stream, today(), site, afresh, published=show)


def _computed(asked: Asked, seconds: float) -> Plan:
    """The plan that the planner finds; every improvement is told on standard error."""
    stop = threading.Event()

    async def work() -> Plan:
        from planner.search import plan

        note("plan.progress.begins", session=short(asked.stream), seconds=f"{seconds:g}")
        with _interrupting(stop):
            return await asyncio.to_thread(
                plan, asked.scheme, asked.problem, seconds=seconds, stop=stop, progress=_told
            )

    return execute(work)


@contextmanager
def _interrupting(stop: threading.Event) -> Iterator[None]:
    """Ctrl-C sets ``stop``; where this is not the main thread, nobody types it."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    loop = asyncio.get_running_loop()
    loop.add_signal_handler(signal.SIGINT, stop.set)
    try:
        yield
    finally:
        loop.remove_signal_handler(signal.SIGINT)


def _told(step: Progress) -> None:
    worth, bound = step.worth, step.bound
    sentence = text(
        "plan.progress.step",
        seconds=f"{step.seconds:.1f}",
        gap=_percent(step.gap),
        unseated=worth.unseated,
        least=bound.unseated,
        moved=worth.moved,
        days=worth.jury_days,
        days_bound=bound.jury_days,
        travel=worth.travel,
    )
    err.print(sentence, highlight=False, markup=False)


def _percent(share: float) -> str:
    written = f"{100 * share:.1f}"
    return written.replace(".", ",") if settings.language == "fr" else written


def _read(asked: Asked, file: Path) -> Plan:
    from interfaces.planning import as_plan

    return as_plan(asked, _visits(file))


def _visits(file: Path) -> tuple[Visit, ...]:
    from interfaces.planning import NotAPlan, read_plan

    try:
        return read_plan(file)
    except OSError as error:
        fail("plan.input.read", file=shown(str(file)), kind=error.strerror or type(error).__name__)
    except NotAPlan as no:
        fail(f"plan.input.{no.reason}", file=shown(file.name), place=no.place, line=no.line)


def _published(asked: Asked) -> Plan:
    from interfaces.planning import as_plan

    if not asked.plan:
        fail("plan.input.none_published", session=short(asked.stream))
    return as_plan(asked, asked.problem.published)


def _check(asked: Asked, file: Path, as_json: bool) -> None:
    """Say every fault of the plan in ``file``; any ends the command with 1."""
    visits = _visits(file)
    faults = check_plan(asked.scheme, asked.problem, visits)
    rows: list[dict[str, Any]] = [
        {
            **fault.model_dump(mode="json"),
            "candidate": None if fault.visit is None else visits[fault.visit].pathway,
            "sentence": plan_fault_sentence(fault, settings.language),
        }
        for fault in faults
    ]
    if as_json:
        print_json({"session": asked.stream, "visits": len(visits), "legal": not rows, "faults": rows})
    for row in () if as_json else rows:
        where = (
            text("plan.check.visit", number=row["visit"] + 1, candidate=short(row["candidate"]))
            if row["candidate"]
            else ""
        )
        say_out("plan.check.fault", where=where, sentence=row["sentence"], basis=row["basis"])
    if rows:
        fail("plan.check.faults", file=shown(file.name), count=len(rows))
    if not as_json:
        say_out("plan.check.legal", file=shown(file.name), visits=len(visits))


def _write(asked: Asked, made: Plan, files: Sequence[Path]) -> None:
    from interfaces.cli.session_pv import save

    if not files:
        return
    from interfaces.plan_export import exported

    names = execute(lambda: _named(asked, made))
    for file in files:
        content = exported(asked, made, names, file.suffix.lower())
        try:
            save(file, content)
        except Halt as halt:
            fail(halt.name, halt.exit, **halt.params)
        note("plan.exported", file=str(file), visits=len(made.visits))


async def _named(asked: Asked, made: Plan) -> PlanNames:
    from interfaces.plan_names import opened_names

    async with desk() as books:
        return await opened_names(books.reading, books.reader("session plan"), asked, made, settings.language)


async def _publish(asked: Asked, made: Plan, command_id: str, wait: float) -> dict[str, Any]:
    from interfaces.gateway import Gateway
    from interfaces.planning import order

    async with Gateway.open() as gateway:
        command = order(asked.problem, made)
        return await receipt_report(
            gateway, await give(gateway, asked.stream, command, command_id=command_id, wait=wait)
        )


def _show(made: Plan) -> None:
    """The visits in order of time, then who has none, and why."""
    from interfaces.plan_words import unseated_sentences

    columns = ("day", "hours", "candidate", "blocks", "site", "jurors")
    table = listing("plan.list", columns)
    for visit in made.visits:
        cells = (
            dated(visit.starts.date()),
            f"{visit.starts:%H:%M} – {visit.ends:%H:%M}",
            short(visit.pathway),
            ", ".join(dict.fromkeys(task.block for task in visit.tasks)),
            visit.site or text("session.modality.remote"),
            ", ".join(visit.jurors),
        )
        table.add_row(*map(escape, cells))
    out.print(table)
    seated = len({visit.pathway for visit in made.visits})
    say_out("plan.summary", seated=seated, bound=made.bound, unseated=len(made.unseated), gap=_percent(made.gap))
    for entry in made.unseated:
        rules, frees = unseated_sentences(entry, settings.language)
        say_out("plan.unseated", candidate=short(entry.pathway), blocks=", ".join(entry.blocks), rules=" ".join(rules))
        for free in frees:
            say_out("plan.freed", how=free)
