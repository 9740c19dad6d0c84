"""``jalon candidates``: from a file to pathways under way."""

from __future__ import annotations

import asyncio
import signal
from collections.abc import AsyncIterator, Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from pathlib import Path
from typing import Annotated, Any, Protocol
from zoneinfo import ZoneInfo

import typer
from rich.table import Table

from domain.refusal import Refusal
from interfaces.candidates import CandidateFile, CandidateRow, Rejection, read_candidates
from interfaces.cli.app import app
from interfaces.cli.console import Exit, err, note, out, print_json, settings, text
from interfaces.cli.progress import Bar
from schemes.files import bundled

group = typer.Typer(name="candidates", no_args_is_help=True, help="Les candidatures, depuis un fichier.")
app.add_typer(group)

WARNINGS_SHOWN = 10


@group.callback()
def candidates() -> None:
    """Les candidatures, depuis un fichier."""


@group.command()
def start(
    file: Annotated[Path, typer.Argument(help="Tableau CSV ou XLSX, une candidature par ligne.")],
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Contrôler le fichier sans rien démarrer.")] = False,
    skip_bad: Annotated[
        bool, typer.Option("--skip-bad", help="Démarrer les bonnes lignes, laisser les autres.")
    ] = False,
    json: Annotated[bool, typer.Option("--json", help="Le résultat en JSON sur la sortie standard.")] = False,
) -> None:
    """Démarre un parcours par ligne du fichier ; le même fichier ne démarre rien deux fois.

    Code de sortie : 0 si tout est bon, 1 si une ligne est refusée, 3 si la pile est injoignable, 130 si interrompu.
    """
    found = read_candidates(file, bundled(), _today())
    _tell_faults(found, in_json=json)
    if dry_run:
        if json:
            print_json(_checked(found))
        else:
            _tell_counts(found)
        raise SystemExit(int(Exit.REFUSED if found.rejected else Exit.OK))
    if found.unusable or (found.rejected and not skip_bad) or not found.rows:
        if json:
            print_json(_checked(found) | Tally().as_json())
        else:
            _tell_counts(found)
            note("candidates.file.nothing_started_at_all" if found.unusable else "candidates.file.nothing_started")
        raise SystemExit(int(Exit.REFUSED))
    tally = _start_all(found.rows)
    if json:
        print_json(_checked(found) | tally.as_json())
    else:
        _tell_refusals(tally)
        out.print(_summary(tally))
    if tally.answered < len(found.rows):
        note("candidates.start.interrupted", done=tally.answered, total=len(found.rows))
        raise SystemExit(int(Exit.INTERRUPTED))
    raise SystemExit(int(Exit.REFUSED if found.rejected or tally.refused else Exit.OK))


class StartedLike(Protocol):
    """What the gateway says of one candidacy."""

    @property
    def row(self) -> int:
        """The row of the file."""

    @property
    def pathway(self) -> str:
        """The pathway's id."""

    @property
    def outcome(self) -> str:
        """``started``, ``already`` or ``refused``."""

    @property
    def refusal(self) -> Refusal | None:
        """Why it was refused."""


Submit = Callable[[Iterable[CandidateRow]], AsyncIterator[StartedLike]]


@dataclass
class Tally:
    """What became of the candidacies that were submitted."""

    started: int = 0
    already: int = 0
    refused: list[tuple[int, str, Refusal]] = field(default_factory=list)

    @property
    def answered(self) -> int:
        """How many candidacies have an answer."""
        return self.started + self.already + len(self.refused)

    def count(self, report: StartedLike) -> None:
        """Add one answer."""
        if report.outcome == "started":
            self.started += 1
        elif report.outcome == "already":
            self.already += 1
        else:
            self.refused.append((report.row, report.pathway, report.refusal or Refusal(code="unknown")))

    def as_json(self) -> dict[str, Any]:
        """``{"started", "already", "refused": [{"row", "pathway", "code", "message", "basis"}]}``."""
        refused = [
            {"row": row, "pathway": pathway, "code": why.code, "message": _sentence(why), "basis": why.basis}
            for row, pathway, why in sorted(self.refused, key=lambda item: item[0])
        ]
        return {"started": self.started, "already": self.already, "refused": refused}


async def submit_all(rows: Sequence[CandidateRow], submit: Submit, tally: Tally, stopping: asyncio.Event) -> None:
    """Submit ``rows`` and count the answers into ``tally``.

    The first interruption sets ``stopping``: no more rows are handed out, and those under way finish. The second gives
    them up.
    """
    task = asyncio.current_task()

    def interrupt() -> None:
        if stopping.is_set() and task is not None:
            task.cancel()
        stopping.set()
        note("candidates.start.stopping")

    def while_wanted() -> Iterator[CandidateRow]:
        for row in rows:
            if stopping.is_set():
                return
            yield row

    loop = asyncio.get_running_loop()
    for name in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(name, interrupt)
    try:
        with Bar("candidates.start.progress", len(rows)) as advance:
            async for report in submit(while_wanted()):
                tally.count(report)
                advance(tally.answered)
    except asyncio.CancelledError:
        if not stopping.is_set() or task is None:
            raise
        task.uncancel()
    finally:
        for name in (signal.SIGINT, signal.SIGTERM):
            loop.remove_signal_handler(name)


def _start_all(rows: Sequence[CandidateRow]) -> Tally:
    # Only here, so that a dry run needs neither the drivers nor the time to load them.
    from interfaces.gateway import Gateway
    from workers import shutdown

    tally = Tally()

    async def entry(stop: asyncio.Event) -> None:
        try:
            async with Gateway.open() as gateway:
                await submit_all(rows, gateway.start_candidates, tally, stop)
        except Exception:
            note("candidates.start.interrupted", done=tally.answered, total=len(rows))
            raise

    shutdown.run(entry)
    return tally


def _today() -> date:
    """The day in metropolitan France, whatever the clock of the machine is set to."""
    return datetime.now(ZoneInfo("Europe/Paris")).date()


def _checked(found: CandidateFile) -> dict[str, Any]:
    return {
        "accepted": len(found.rows),
        "rejected": [rejection.as_json(settings.language) for rejection in found.rejected],
    }


def _tell_faults(found: CandidateFile, *, in_json: bool) -> None:
    for warning in found.warnings[:WARNINGS_SHOWN]:
        err.print(text("candidates.file.warning", line=_line(warning)), style="yellow", highlight=False, markup=False)
    if len(found.warnings) > WARNINGS_SHOWN:
        note("candidates.file.and_more", count=len(found.warnings) - WARNINGS_SHOWN)
    if in_json:
        return
    for rejection in found.rejected:
        err.print(_line(rejection), style="red", highlight=False, markup=False)


def _line(remark: Rejection) -> str:
    name = "candidates.file.row_and_column" if remark.column else "candidates.file.row"
    message = remark.message(settings.language)
    return text(name, row=remark.row, column=remark.column, message=message, code=remark.code)


def _tell_counts(found: CandidateFile) -> None:
    for name, count in (("accepted", len(found.rows)), ("rejected", len(found.rejected))):
        sentence = text(f"candidates.file.{name}_one" if count == 1 else f"candidates.file.{name}", count=count)
        out.print(sentence, highlight=False, markup=False)


def _sentence(why: Refusal) -> str:
    return text(f"refusals.{why.code}", **why.params)


def _tell_refusals(tally: Tally) -> None:
    for row, _, why in sorted(tally.refused, key=lambda item: item[0]):
        line = text("candidates.file.row", row=row, message=_sentence(why), code=why.code)
        err.print(line, style="red", highlight=False, markup=False)


def _summary(tally: Tally) -> Table:
    table = Table(text("candidates.start.outcome"), text("candidates.start.count"))
    table.columns[1].justify = "right"
    for name, count in (("started", tally.started), ("already", tally.already), ("refused", len(tally.refused))):
        table.add_row(text(f"candidates.start.{name}"), str(count))
    return table
