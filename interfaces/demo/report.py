"""What the demonstration shows at its end: outcomes, one pathway's timeline, the slowest deadlines, and the figures."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from rich.box import SIMPLE_HEAD
from rich.table import Table

from domain.pathway.state import Pathway
from domain.scheme.model import Scheme
from eventstore.rows import AwardRow, PathwayRow
from interfaces.cli.console import settings, text
from interfaces.demo.player import Player
from interfaces.demo.stage import Stage
from interfaces.sentences import event_sentence
from interfaces.streams import read_stream
from interfaces.telling import bare

OUTCOMES = ("certified", "partial", "none", "inadmissible", "withdrawn", "expired")
SHOWN_DEADLINES = 8


@dataclass(frozen=True, slots=True)
class Slow:
    """How long one deadline's period took on one pathway, against what it allows."""

    pathway: str
    title: str
    days: int
    allowed: int

    @property
    def used(self) -> float:
        """The share of the allowed days that was used."""
        return self.days / self.allowed if self.allowed else 0.0


def outcome_table(pathways: Sequence[PathwayRow], awards: Sequence[AwardRow]) -> Table:
    """Outcomes per scheme."""
    table = Table(title=text("demo.outcomes.title"), title_justify="left", box=SIMPLE_HEAD)
    table.add_column(text("demo.outcomes.scheme"), no_wrap=True)
    met = {row.outcome or "open" for row in pathways}
    shown = [name for name in (*OUTCOMES, "open") if name in met]
    for name in ("candidates", *shown, "ccp"):
        table.add_column(text(f"demo.outcomes.{name}"), justify="right")
    for scheme_id in sorted({row.scheme_id for row in pathways}):
        rows = [row for row in pathways if row.scheme_id == scheme_id]
        outcomes = Counter(row.outcome or "open" for row in rows)
        blocks = sum(award.scheme_id == scheme_id and award.kind == "block" for award in awards)
        counts = [len(rows), *(outcomes[name] for name in shown), blocks]
        table.add_row(scheme_id, *(str(count) if count else "·" for count in counts))
    return table


async def timeline(stage: Stage, player: Player, schemes: Mapping[str, Scheme]) -> tuple[str, list[tuple[date, str]]]:
    """The story worth telling: the pathway with the richest history among those with a story; its sentences."""
    rows = await stage.reading.pathways()
    told = [row for row in rows if player.fates[row.pathway_id].story == "sovereign"] or rows
    chosen = min(told, key=lambda row: (-row.version, player.rows[row.pathway_id]))
    records = (await read_stream(stage.reading, chosen.pathway_id)).records
    scheme = schemes[chosen.scheme_id]
    sentences = [(record.fact.on, event_sentence(record, scheme, settings.language)) for record in records]
    return chosen.pathway_id, sentences


async def slowest(stage: Stage, player: Player) -> list[Slow]:
    """The deadlines that came closest to their end, or went past it."""
    found = []
    for pathway in sorted(player.rows, key=lambda id: player.rows[id]):
        found += _periods((await read_stream(stage.reading, pathway)).state)
    return sorted(found, key=lambda slow: -slow.used)[:SHOWN_DEADLINES]


def _periods(state: Pathway) -> list[Slow]:
    days = {"calendaires": 1.0, "francs": 1.0, "ouvrables": 7 / 6, "ouvres": 7 / 5, "mois": 30.44, "ans": 365.25}
    found = []
    for deadline in state.scheme.deadlines_of("pathway"):
        start = state.milestones.get(deadline.starts)
        ends = [state.milestones[end] for end in deadline.ends if end in state.milestones]
        if start is None or not ends or deadline.passed == "expire":
            continue
        end = max(ends)
        if end.version > start.version:
            allowed = round(deadline.amount * days[deadline.unit])
            found.append(Slow(state.stream, deadline.title, (end.on - start.on).days, allowed))
    return found


def slow_table(found: Sequence[Slow]) -> Table:
    """The slowest deadlines as a table."""
    table = Table(title=text("demo.slow.title"), title_justify="left", box=SIMPLE_HEAD)
    for name in ("deadline", "pathway", "days", "allowed"):
        table.add_column(text(f"demo.slow.{name}"), justify="right" if name in ("days", "allowed") else "left")
    for slow in found:
        style = "red" if slow.used > 1 else ""
        table.add_row(slow.title, bare(slow.pathway)[:8], str(slow.days), str(slow.allowed), style=style)
    return table


async def figures(stage: Stage, player: Player, candidates: int, wall_seconds: float) -> dict[str, Any]:
    """The one JSON object of ``--json``."""
    pathways = await stage.reading.pathways()
    awards = await stage.reading.awards()
    outcomes = Counter(row.outcome or "open" for row in pathways)
    plans, mails, votes = await stage.reading.counts("plan_published", "mail_sent", "votes_counted")
    return {
        "candidates": candidates,
        "pathways": len(pathways),
        "cqp": sum(award.kind == "certification" for award in awards),
        "ccp": sum(award.kind == "block" for award in awards),
        **{name: outcomes[name] for name in (*OUTCOMES, "open")},
        "plans": plans,
        "mails": mails,
        "votes": votes,
        "events": await stage.reading.event_count(),
        "simulated_days": (player.today - player.starts).days,
        "wall_seconds": round(wall_seconds, 1),
        "history_events": await _history_events(stage),
    }


async def _history_events(stage: Stage) -> int:
    """The length of the last run of every workflow, as Temporal tells it."""
    total = 0
    for stream in await stage.reading.streams():
        handle = stage.gateway.client.get_workflow_handle(stream)
        history = await handle.fetch_history()
        total += len(history.events)
    return total
