"""The events of a bundle as a page that people read."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cache, partial
from importlib.resources import files
from typing import Any
from zoneinfo import ZoneInfo

from jinja2 import Environment, StrictUndefined, Template

from domain.records import Recorded
from domain.scheme.model import Scheme
from eventstore.log import LogEntry
from eventstore.reading import Reading
from interfaces.days import plain_date
from interfaces.grounds import grounds
from interfaces.replaying import Unfoldable, read_history
from interfaces.sentences import actor_sentence
from interfaces.telling import Teller, bare, short
from interfaces.words import say

TOLD = 1000
"""Events that the page tells; beyond them it refers to the file that holds them all."""


@dataclass(frozen=True, slots=True)
class Line:
    """One event as the page tells it. ``why`` is empty, and ``allowed`` None, where its history cannot be read."""

    leaf: int
    version: int
    stream: str
    on: str
    recorded: str
    what: str
    who: str
    basis: str
    allowed: bool | None
    why: Sequence[str]


@dataclass(frozen=True, slots=True)
class Part:
    """One stream of the bundle. ``name`` is None where nobody is named."""

    stream: str
    name: str | None
    scheme: str
    whole: bool
    events: int


async def tell(reading: Reading, entries: Sequence[LogEntry], language: str) -> list[Line]:
    """The events in words, in their order; each with why it was allowed, for which its whole stream is read.

    Raises:
        StoreAway: PostgreSQL cannot be reached.
    """
    wanted: dict[str, set[int]] = {}
    for entry in entries:
        wanted.setdefault(entry.stream, set()).add(entry.version)
    known = {stream: await _lines(reading, stream, versions, language) for stream, versions in wanted.items()}
    return [_placed(known[entry.stream].get(entry.version), entry, language) for entry in entries]


async def _lines(reading: Reading, stream: str, versions: Collection[int], language: str) -> dict[int, Line]:
    """Version -> what is told of it, still without its place; empty where the history was tampered with."""
    try:
        history = await read_history(reading, stream)
    except Unfoldable:
        return {}
    why = grounds(history.aggregate, stream, history.events, history.faults, language, versions)
    return {
        event.record.version: _line(event.record, history.scheme, why[event.record.version], language)
        for event in history.events
        if event.record.version in versions
    }


def _line(record: Recorded, scheme: Scheme, why: Mapping[str, Any], language: str) -> Line:
    what = Teller(scheme, language).what(record.fact)
    local = record.recorded_at.astimezone(ZoneInfo(scheme.calendar.timezone))
    return Line(
        leaf=0,
        version=record.version,
        stream=record.stream,
        on=plain_date(record.fact.on, language),
        recorded=f"{local:%d/%m/%Y %H:%M:%S}" if language == "fr" else f"{local:%Y-%m-%d %H:%M:%S}",
        what=what[:1].upper() + what[1:],
        who=actor_sentence(record.actor, language),
        basis=" ; ".join(why["basis"]),
        allowed=why["allowed"],
        why=why["sentences"],
    )


def _placed(line: Line | None, entry: LogEntry, language: str) -> Line:
    if line is None:
        unreadable = say("bundle.page.unreadable", language, type=entry.type)
        return Line(entry.leaf_index, entry.version, entry.stream, "", "", unreadable, "", "", None, ())
    return replace(line, leaf=entry.leaf_index)


def render(told: Mapping[str, Any], parts: Sequence[Part], lines: Sequence[Line], language: str) -> str:
    """The page. ``told`` is the manifest so far."""
    return _template().render(
        told=told,
        parts=parts,
        lines=lines,
        language=language,
        about=about(told["selection"], language),
        text=partial(_text, language),
        bare=bare,
        short=short,
        whole={part.stream: part.whole for part in parts},
    )


def about(selection: Mapping[str, Any], language: str) -> str:
    """What a bundle is about, from what its manifest says."""
    kind = selection["kind"]
    if kind == "period" and not (selection["since"] and selection["until"]):
        kind = "period_since" if selection["since"] else "period_until"
    return say(f"bundle.what.{kind}", language, **selection)


def _text(language: str, name: str, **params: Any) -> str:
    return say(f"bundle.{name}", language, **params)


@cache
def _template() -> Template:
    # What is put in is escaped, wherever it comes from.
    environment = Environment(autoescape=True, undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True)
    return environment.from_string(files(__package__).joinpath("timeline.html").read_text("utf-8"))
