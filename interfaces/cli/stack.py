"""``jalon up`` and ``jalon doctor``: the servers, started and examined."""

from __future__ import annotations

import asyncio
import os
import time
from collections.abc import Coroutine
from dataclasses import replace
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.table import Table
from temporalio.service import RPCError

from interfaces.cli.app import app
from interfaces.cli.console import Exit, note, out, print_json, text
from workers import logs, shutdown
from workers.doctor import Finding, examine, worker_polls
from workers.embedded.stack import Stack
from workers.mailbox import folder_of
from workers.settings import Settings, connect_temporal, load, resolve, without_password
from workers.trouble import Unreachable

WORKER_SECONDS = 20.0
MARKS = {"ok": "[green]✓[/]", "warning": "[yellow]![/]", "fault": "[red]✗[/]"}

StateOption = Annotated[
    Path | None, typer.Option("--state", help="Répertoire d'état / state directory (JALON_STATE, ./.jalon)")
]


def settings_for(state: Path | None) -> Settings:
    """The settings of the environment, with the state directory of the command line if it names one."""
    settings = load()
    return replace(settings, state=state) if state is not None else settings


@app.command()
def up(state: StateOption = None) -> None:
    """Démarre PostgreSQL, Temporal et un travailleur, jusqu'à Ctrl-C. / Start the stack, until Ctrl-C."""
    settings = settings_for(state)
    logs.configure(level=settings.log_level)
    raise SystemExit(shutdown.run(lambda stop: run_stack(settings, stop)))


async def run_stack(settings: Settings, stop: asyncio.Event) -> int:
    """Start the stack, say where everything is, keep it alive until ``stop``, stop it in order."""
    stack = Stack(settings)
    note("stack.up.starting", state=str(stack.state))
    try:
        if not await _unless(stop, stack.start()):
            return Exit.OK
        os.environ["JALON_STATE"] = str(stack.state)
        announcing = asyncio.create_task(_announce(stack))
        try:
            await _unless(stop, stack.keep_alive())
        finally:
            announcing.cancel()
            await asyncio.gather(announcing, return_exceptions=True)
    finally:
        note("stack.up.stopping")
        await stack.stop()
    note("stack.up.stopped")
    return Exit.OK


async def _unless(stop: asyncio.Event, work: Coroutine[Any, Any, None]) -> bool:
    """Do ``work``, or give it up when ``stop`` comes first; whether it was done. Its errors are raised."""
    working = asyncio.create_task(work)
    stopping = asyncio.create_task(stop.wait())
    await asyncio.wait({working, stopping}, return_when=asyncio.FIRST_COMPLETED)
    stopping.cancel()
    if not working.done():
        working.cancel()
        await asyncio.gather(working, return_exceptions=True)
        return False
    working.result()
    return True


async def _announce(stack: Stack) -> None:
    polling = await _worker_arrives(stack)
    out.print(_table(stack))
    if not polling:
        note("stack.up.worker_late", log=str(stack.state / "logs" / "worker.log"))
    note("stack.up.ready")


async def _worker_arrives(stack: Stack) -> bool:
    """Whether the worker asks for work within some seconds."""
    deadline = time.monotonic() + WORKER_SECONDS
    while time.monotonic() < deadline:
        try:
            client = await connect_temporal(resolve(stack.settings), None)
            if await worker_polls(client):
                return True
        except (Unreachable, RPCError):
            logs.get_logger("stack").info("temporal_away", address=stack.info.temporal_address)
        await asyncio.sleep(0.2)
    return False


def _table(stack: Stack) -> Table:
    info, state = stack.info, stack.state
    table = Table(title=text("stack.up.title"), title_justify="left", show_header=False, box=None, pad_edge=False)
    rows = [
        ("postgres", without_password(info.database_url), info.postgres_pid),
        ("temporal", f"{info.temporal_address} ({info.temporal_namespace})", info.temporal_pid),
        ("worker", str(state / "logs" / "worker.log"), info.worker_pid),
        ("notary", str(state / "logs" / "notary.log"), info.notary_pid),
        ("public", info.public_address or text("stack.up.unpublished"), info.public_pid),
        ("mailbox", str(folder_of(state)) if info.smtp_address else text("stack.up.relay"), None),
        ("state", str(state), info.pid),
        ("logs", str(state / "logs"), None),
    ]
    for name, value, pid in rows:
        table.add_row(text(f"stack.up.{name}"), value, f"pid {pid}" if pid else "")
    table.add_row(text("stack.up.next"), text("stack.up.next_commands"), "")
    return table


@app.command()
def doctor(
    state: StateOption = None,
    as_json: Annotated[bool, typer.Option("--json", help="JSON sur la sortie standard / on standard output")] = False,
) -> None:
    """Dit ce qui manque, ne répond pas ou est trop vieux. / Say what is missing, unreachable or too old."""
    findings = asyncio.run(_findings(settings_for(state)))
    if as_json:
        print_json({"healthy": _healthy(findings), "findings": [_as_data(finding) for finding in findings]})
    else:
        for finding in findings:
            _show(finding)
        note("stack.doctor.healthy" if _healthy(findings) else "stack.doctor.ill")
    raise SystemExit(int(Exit.OK if _healthy(findings) else Exit.REFUSED))


async def _findings(settings: Settings) -> list[Finding]:
    return [finding async for finding in examine(settings)]


def _healthy(findings: list[Finding]) -> bool:
    return all(finding.verdict != "fault" for finding in findings)


def _remedy(finding: Finding) -> str | None:
    return None if finding.verdict == "ok" else text(f"{finding.name}_do", **finding.params)


def _as_data(finding: Finding) -> dict[str, Any]:
    return {
        "check": finding.check,
        "verdict": finding.verdict,
        "code": finding.name.removeprefix("stack."),
        "message": text(finding.name, **finding.params),
        "remedy": _remedy(finding),
    }


def _show(finding: Finding) -> None:
    out.print(MARKS[finding.verdict], text(finding.name, **finding.params), highlight=False)
    remedy = _remedy(finding)
    if remedy:
        out.print("  →", remedy, highlight=False)
