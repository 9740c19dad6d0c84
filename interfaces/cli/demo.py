"""``jalon demo``: a certification year, played on real servers."""

from __future__ import annotations

import asyncio
import json
import sys
import time
from collections.abc import Sequence
from contextlib import ExitStack
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from importlib.resources import as_file, files
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Annotated

import typer
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

from examples.sample import as_csv, make_candidates
from interfaces.candidates import CandidateRow, read_candidates
from interfaces.cli.app import app
from interfaces.cli.console import Exit, err, note, out, settings, text
from interfaces.days import long_date
from interfaces.demo.certificates import Written, certificates_table, write_certificates
from interfaces.demo.fates import draw
from interfaces.demo.player import Player
from interfaces.demo.report import figures, outcome_table, slow_table, slowest, timeline
from interfaces.demo.stage import Stage, open_stage
from interfaces.erasing import CERTIFICATES
from schemes.files import bundled
from workers import logs, shutdown
from workers.issuing import base_address
from workers.settings import load

CANDIDATES, SEED = 60, 7


@app.command()
def demo(
    exit_at_end: Annotated[bool, typer.Option("--exit", help="Finir de soi-même, sans attendre Ctrl-C.")] = False,
    as_json: Annotated[bool, typer.Option("--json", help="Les chiffres en JSON, en dernière ligne.")] = False,
    candidates: Annotated[int, typer.Option("--candidates", min=1, max=2000, help="Nombre de candidats.")] = CANDIDATES,
    seed: Annotated[int, typer.Option("--seed", help="La graine du tirage : même graine, mêmes issues.")] = SEED,
    state: Annotated[Path | None, typer.Option("--state", help="Répertoire d'état (JALON_STATE, ./.jalon)")] = None,
) -> None:
    """Joue une année de certification sur de vrais serveurs, et montre ce qu'il en reste."""
    environment = load()
    if state is not None:
        environment = replace(environment, state=state)
    logs.configure(level="warning")

    async def entry(stop: asyncio.Event) -> int:
        playing = asyncio.create_task(_play(stop, candidates, seed))
        stopping = asyncio.create_task(stop.wait())
        await asyncio.wait({playing, stopping}, return_when=asyncio.FIRST_COMPLETED)
        if not playing.done() and not staying.is_set():
            playing.cancel()
        stopping.cancel()
        try:
            return await playing
        except asyncio.CancelledError:
            return Exit.INTERRUPTED

    staying = asyncio.Event()

    async def _play(stop: asyncio.Event, candidates: int, seed: int) -> int:
        began = time.monotonic()
        note("demo.starting", state=str(environment.state / "demo"))
        async with open_stage(environment) as stage:
            rows = sample_rows(candidates, seed)
            player = await _perform(stage, rows, seed)
            written = await write_certificates(stage)
            wall = time.monotonic() - began
            if not as_json:
                await _show(stage, player, written)
            result = await figures(stage, player, candidates, wall)
            result["certificates"] = sum(len(one.files) for one in written)
            note("demo.juries", **{name: result[name] for name in ("plans", "mails", "votes")})
            note(
                "demo.certificates.written",
                number=result["certificates"],
                folder=str(stage.settings.state / CERTIFICATES),
            )
            note("demo.ended", days=result["simulated_days"], events=result["events"], seconds=result["wall_seconds"])
            if as_json:
                _print_line(result)
            if not exit_at_end:
                staying.set()
                note("demo.pages", address=base_address(stage.settings))
                note("demo.staying", state=str(stage.settings.state))
                await stop.wait()
        return Exit.OK

    raise SystemExit(shutdown.run(entry))


def sample_rows(candidates: int, seed: int) -> list[CandidateRow]:
    """The candidacies to play: those of the example file, or as many invented ones, read as any file is."""
    with ExitStack() as stack:
        if candidates == CANDIDATES:
            file = stack.enter_context(as_file(files("examples").joinpath("candidats.csv")))
        else:
            file = Path(stack.enter_context(TemporaryDirectory())) / "candidats.csv"
            file.write_text(as_csv(make_candidates(candidates, seed)), "utf-8")
        found = read_candidates(file, bundled(), datetime.now(UTC).date())
        if found.rejected:
            raise ValueError(found.rejected[0].message())
        return found.rows


async def _perform(stage: Stage, rows: list[CandidateRow], seed: int) -> Player:
    schemes = bundled()
    with Progress(
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        TextColumn(text("demo.closed")),
        TimeElapsedColumn(),
        console=err,
        disable=not err.is_terminal,
    ) as progress:
        bar = progress.add_task(text("demo.opening"), total=len(rows))
        told = date.min

        def tell(day: date, closed: int, total: int) -> None:
            nonlocal told
            progress.update(bar, description=long_date(day, settings.language), completed=closed)
            if not err.is_terminal and day - told >= timedelta(days=90):
                told = day
                note("demo.day", day=long_date(day, settings.language), closed=closed, total=total)

        player = Player(stage.gateway, stage.reading, stage.clock, schemes, tell)
        await player.play(rows, draw(rows, schemes, seed))
    return player


async def _show(stage: Stage, player: Player, written: Sequence[Written]) -> None:
    schemes = bundled()
    out.print(outcome_table(await stage.reading.pathways(), await stage.reading.awards()))
    pathway, sentences = await timeline(stage, player, schemes)
    out.print()
    out.print(text("demo.timeline", pathway=pathway), style="bold", highlight=False)
    for _, sentence in sentences:
        out.print(f"  {sentence}", highlight=False, markup=False)
    out.print()
    out.print(slow_table(await slowest(stage, player)))
    out.print(certificates_table(written))
    out.print(text("demo.illustrative"), style="dim", highlight=False)


def _print_line(value: dict[str, object]) -> None:
    sys.stdout.write(json.dumps(value, ensure_ascii=False) + "\n")
    sys.stdout.flush()
