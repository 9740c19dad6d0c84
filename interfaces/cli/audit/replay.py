"""``jalon audit replay``: a stream as it stood on a day, why each event was allowed, what differs between two days."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from typing import TYPE_CHECKING, Annotated, Any

import typer

from interfaces.cli.acting import Desk, Halt, JsonOption, day_of, desk, execute, find_any, say_out, today
from interfaces.cli.audit.group import audit
from interfaces.cli.console import Exit, fail, out, print_json, settings, text
from interfaces.days import plain_date
from interfaces.telling import short

if TYPE_CHECKING:
    from eventstore.reading import Reading
    from interfaces.replaying import History


@audit.command()
def replay(
    id: Annotated[
        str, typer.Argument(metavar="ID", help="Parcours, session:…, sitting:… ou register:… ; entier ou son début.")
    ],
    as_of: Annotated[
        str, typer.Option("--as-of", metavar="DATE", help="Ce qui était vrai ce jour-là (rectifications comprises).")
    ] = "",
    known_on: Annotated[
        str, typer.Option("--known-on", metavar="DATE", help="Seulement ce que le journal savait ce jour-là.")
    ] = "",
    step: Annotated[bool, typer.Option("--step", help="Après chaque événement, ce qu'il a changé.")] = False,
    diff: Annotated[
        tuple[str, str] | None,
        typer.Option("--diff", metavar="DATE1 DATE2", help="Seulement ce qui diffère entre ces deux jours."),
    ] = None,
    json: JsonOption = False,
) -> None:
    """Rejoue un dossier : où il en était un jour donné, chaque événement, et pourquoi il était permis.

    Deux axes : --as-of retient ce qui était vrai ce jour-là, --known-on ce que l'on en savait. Une rectification vaut
    depuis le jour du fait qu'elle rectifie, et se sait depuis le sien. Chaque demande est posée de nouveau aux règles.
    La lecture est consignée (« jalon audit access »).

    Code de sortie : 0, 1 si le dossier ou la date ne convient pas, 3 si PostgreSQL est injoignable.
    """
    if diff is not None and (as_of or step):
        fail("replay.exclusive", Exit.USAGE)
    days = {"--as-of": day_of(as_of, "--as-of"), "--known-on": day_of(known_on, "--known-on")}
    if diff is not None:
        first, second = (_given(day) for day in diff)
        report = execute(lambda: _difference(id, first, second, days["--known-on"]))
        print_json(report) if json else _show_difference(report)
        return
    report = execute(lambda: _replayed(id, days["--as-of"], days["--known-on"], step))
    print_json(report) if json else _show(report)


def _given(written: str) -> date:
    day = day_of(written, "--diff")
    if day is None:
        fail("acting.day", option="--diff", value="")
    return day


async def _replayed(id: str, as_of: date | None, known_on: date | None, changing: bool) -> dict[str, Any]:
    from interfaces.opened import open_file
    from interfaces.replaying import NOTHING, event_reports, left_out_reports, state_report

    async with desk() as books:
        history = await _history(books.reading, id)
        await _require_past(books.reading, history, {"--as-of": as_of, "--known-on": known_on})
        steps = history.at(as_of, known_on)
        file = history.file(steps)
        opened = await open_file(books.reading, books.reader("audit replay"), file) if file else NOTHING
        if file is None:
            await _enter(books, history)
    language = settings.language
    return {
        "stream": history.stream,
        "as_of": as_of,
        "known_on": known_on,
        "first_day": history.first_day,
        "state": state_report(file, opened, as_of or today(), language) if file else None,
        "events": event_reports(history, steps, opened, language, changing=changing),
        "left_out": left_out_reports(history, steps, language),
    }


async def _difference(id: str, first: date, second: date, known_on: date | None) -> dict[str, Any]:
    from interfaces.replaying import difference

    async with desk() as books:
        history = await _history(books.reading, id)
        await _require_past(books.reading, history, {"--diff": max(first, second), "--known-on": known_on})
        await _enter(books, history)
    days = {"from": first, "to": second, "known_on": known_on}
    return {"stream": history.stream, **days, **difference(history, first, second, known_on, settings.language)}


async def _enter(books: Desk, history: History) -> None:
    """Record that a pathway is read, where none of its texts is opened."""
    if history.stream.startswith("pathway:"):
        opening: Any = history.events[0].record.fact
        await books.reader("audit replay").enter([(opening.person, history.stream)])


async def _history(reading: Reading, id: str) -> History:
    from interfaces.replaying import Unfoldable, read_history

    stream = await find_any(reading, id)
    try:
        return await read_history(reading, stream)
    except Unfoldable as broken:
        raise Halt("replay.unfoldable", stream=short(stream), version=broken.version) from None


async def _require_past(reading: Reading, history: History, days: Mapping[str, date | None]) -> None:
    """Refuse a day that nobody has lived, neither here nor in the log, whose clock may have been played."""
    last = max(today(), await reading.last_day(history.scheme.calendar.timezone))
    for option, day in days.items():
        if day is not None and day > last:
            raise Halt("replay.future", option=option, day=_day(day), last=_day(last))


# --- on a terminal --------------------------------------------------------------------------------------------------


def _show(report: Mapping[str, Any]) -> None:
    _headline(report)
    if report["state"] is None:
        say_out("replay.nothing", stream=short(report["stream"]), first=_day(report["first_day"]))
        return
    _show_state(report["state"])
    out.print()
    say_out("replay.events", count=len(report["events"]), total=len(report["events"]) + len(report["left_out"]))
    for event in report["events"]:
        _show_event(event)
    for event in report["left_out"]:
        say_out(f"replay.left_out.{event['reason']}", version=event["version"], sentence=event["sentence"])


def _headline(report: Mapping[str, Any]) -> None:
    name = "_".join(name for name in ("as_of", "known_on") if report[name]) or "now"
    words = {name: _day(report[name]) for name in ("as_of", "known_on") if report[name]}
    out.print(text(f"replay.headline.{name}", **words), style="bold", markup=False, highlight=False)


def _show_state(state: Mapping[str, Any]) -> None:
    from interfaces.cli.award.lists import show_book
    from interfaces.cli.deposit.lists import show_queue
    from interfaces.cli.jury_view import show_session, show_sitting
    from interfaces.cli.pathway_view import show_pathway
    from interfaces.cli.register_view import show_register

    show = {
        **{"pathway": show_pathway, "session": show_session, "sitting": show_sitting},
        **{"register": show_register, "awards": show_book, "deposit": show_queue},
    }
    show[state["id"].partition(":")[0]](state)
    for deadline in state["deadlines"]:
        say_out("replay.deadline", title=deadline["title"])
        _indented(deadline["sentences"])


def _show_event(event: Mapping[str, Any]) -> None:
    say_out("replay.event", version=event["version"], sentence=event["sentence"])
    _indented(event["why"]["sentences"])
    for name, words in event["texts"].items():
        if name not in ("identity", "contact"):
            _indented([text("replay.text" if words is not None else "replay.text_gone", field=name, text=words)])
    for found in event.get("changes", {}).values():
        _indented([change["text"] for change in found])


def _show_difference(report: Mapping[str, Any]) -> None:
    say_out("replay.difference.headline", first=_day(report["from"]), second=_day(report["to"]))
    if not any(report[name] for name in ("added", "removed", "changed", "events")):
        say_out("replay.difference.none")
    for name in ("changed", "added", "removed"):
        _indented([change["text"] for change in report[name]])
    if report["events"]:
        say_out("replay.difference.events")
    for event in report["events"]:
        say_out("replay.event", version=event["version"], sentence=event["sentence"])


def _indented(sentences: Sequence[str]) -> None:
    for sentence in sentences:
        out.print(f"      {sentence}", markup=False, highlight=False)


def _day(day: date) -> str:
    return plain_date(day, settings.language)
