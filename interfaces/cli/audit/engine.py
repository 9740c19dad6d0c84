"""``jalon audit replay-engine``: kept histories against today's workflow code."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Annotated, Any

import typer

from interfaces.cli.acting import JsonOption, act, desk, find, say_out
from interfaces.cli.audit.group import audit
from interfaces.cli.console import Exit, note, print_json
from interfaces.cli.progress import Bar

if TYPE_CHECKING:
    from workers.replaying import Replayed


@dataclass
class Tally:
    """How many histories there were of each verdict, and those that should worry somebody."""

    verdicts: Counter[str] = field(default_factory=Counter)
    bad: list[dict[str, Any]] = field(default_factory=list)

    @property
    def report(self) -> dict[str, Any]:
        """The answer of ``--json``."""
        counts = {name: self.verdicts[name] for name in ("replays", "erased", "differs", "fails")}
        return {"ok": not self.bad, "histories": self.verdicts.total(), **counts, "faults": self.bad}

    def count(self, replayed: Replayed) -> None:
        """Take one more into account."""
        self.verdicts[replayed.verdict] += 1
        difference, history = replayed.difference, replayed.history
        if difference is not None:
            self.bad.append(
                {
                    "verdict": replayed.verdict,
                    "stream": history.run.stream,
                    "run": history.run.run_id,
                    "workflow": history.workflow_type,
                    "event_id": difference.event_id,
                    "event": difference.event,
                    "command": difference.command,
                    "detail": difference.detail,
                }
            )


@audit.command("replay-engine")
def replay_engine(
    stream: Annotated[
        str | None, typer.Option("--stream", metavar="ID", help="Seulement ce parcours, cette session ou cette séance.")
    ] = None,
    as_json: JsonOption = False,
    if_up: Annotated[bool, typer.Option("--if-up", help="Sans pile en marche, le dire et s'en tenir là.")] = False,
) -> None:
    """Rejoue les historiques conservés du moteur avec le code d'aujourd'hui, et nomme ceux qui diffèrent."""
    from workers.embedded.found import find_stack
    from workers.settings import load

    settings = load()
    if if_up and settings.database_url is None and find_stack(settings.state) is None:
        note("engine.no_stack", state=str(settings.state.absolute()))
        return
    tally = act(lambda: _replay(stream))
    if as_json:
        print_json(tally.report)
    else:
        _show(tally)
    raise SystemExit(int(Exit.REFUSED if tally.bad else Exit.OK))


async def _replay(stream: str | None) -> Tally:
    from domain.aggregates import AGGREGATES
    from eventstore.histories import Histories
    from workers import logs
    from workers.publishing import learn_published
    from workers.replaying import replay

    # What the engine says about a history that differs is told once, in our words.
    logs.configure(level="critical")
    tally = Tally()
    async with desk() as open_desk:
        if stream is not None:
            kind = stream.partition(":")[0]
            stream = await find(open_desk.reading, kind if kind in AGGREGATES else "pathway", stream)
        await learn_published(open_desk.reading)
        histories = Histories(open_desk.reading.pool)
        with Bar("engine.progress", await histories.count(stream)) as advance:
            async for replayed in replay(histories.kept(stream), open_desk.keyring.keys):
                tally.count(replayed)
                advance(tally.verdicts.total())
    return tally


def _show(tally: Tally) -> None:
    for fault in tally.bad:
        told = "event_gone" if fault["command"] is None else "event_other"
        name = fault["verdict"] if fault["event"] is None else told
        say_out(f"engine.{name}", **fault)
    say_out("engine.sum", **tally.report)
