"""``jalon recover``: every open pathway, session and sitting back on a Temporal that has lost them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from interfaces.cli.acting import JsonOption, act, say_out
from interfaces.cli.app import app
from interfaces.cli.console import print_json
from interfaces.cli.progress import Bar

if TYPE_CHECKING:
    from workers.recovery import Recovered


@app.command()
def recover(as_json: JsonOption = False) -> None:
    """Remet en marche tout ce qui est ouvert, d'après le journal seul : après la perte des données de Temporal."""
    found = act(_recover)
    if as_json:
        print_json({"open": found.open, "started": found.started, "running": found.running})
        return
    say_out("recover.done", open=found.open, started=found.started, running=found.running)


async def _recover() -> Recovered:
    from eventstore.unfinished import count_unfinished
    from interfaces.gateway import Gateway
    from workers import recovery

    async with Gateway.open() as gateway:
        pool = gateway.reading.pool
        with Bar("recover.progress", await count_unfinished(pool)) as advance:
            return await recovery.recover(gateway.client, pool, advance)
