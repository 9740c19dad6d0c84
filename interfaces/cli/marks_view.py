"""The marks of one candidate on a terminal: as far as whoever looks may see them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace
from typing import Any

from rich.markup import escape
from rich.table import Table

from domain.authority import Actor
from domain.marks import Mark
from interfaces.cli.acting import Halt, actor_of, desk, execute, find, say_out
from interfaces.cli.console import fail, out, print_json, text
from interfaces.telling import short

Row = Mapping[str, Any]


def show_marks(id: str, role: str, as_: str, as_json: bool) -> None:
    """Print who has marked, and what the viewer may see of it."""
    report = execute(lambda: _report("marks show", id, role, as_))
    if as_json:
        print_json(report)
        return
    count, assessors = len(report["given"]), report["assessors"]
    if not count:
        say_out("marks.show.nobody", assessors=assessors)
        return
    if report["criteria"]:
        title = text("marks.show.title", pathway=short(report["pathway"]), session=short(report["session"]))
        jurors = list(report["criteria"][0]["marks"])
        out.print(_table(title, report["criteria"], jurors, None if report["secret"] else "mark"))
    say_out("marks.show.given", jurors=", ".join(report["given"]), count=count, assessors=assessors)
    if report["secret"]:
        say_out("marks.show.yours" if report["criteria"] else "marks.show.secret")
    elif report["joint_by"]:
        say_out("marks.show.joint", juror=report["joint_by"])
    elif report["open"]:
        say_out("marks.show.open", criteria=", ".join(report["open"]))
    else:
        say_out("marks.show.settled")


def show_divergences(id: str, as_json: bool) -> None:
    """Print the criteria that the sheets leave to settle, with what each assessor marked and said."""
    report = execute(lambda: _report("marks divergences", id))
    if report["secret"] or len(report["given"]) < report["assessors"]:
        fail("marks.divergences.hidden", count=len(report["given"]), assessors=report["assessors"])
    rows = [row for row in report["criteria"] if row["state"] != "agreed"]
    if as_json:
        print_json({**report, "criteria": rows})
        return
    if not rows:
        say_out("marks.divergences.none")
        return
    title = text("marks.divergences.title", pathway=short(report["pathway"]))
    out.print(_table(title, rows, list(rows[0]["marks"]), "mark", why=True))
    if report["open"]:
        say_out("marks.divergences.prompt", pathway=short(report["pathway"]))


async def _report(purpose: str, id: str, role: str = "", as_: str = "") -> dict[str, Any]:
    from interfaces.marks_report import marks_report
    from interfaces.streams import read_stream, sealed_texts

    async with desk() as books:
        viewer: Actor = actor_of(books.actor, role, as_, "")
        file = await read_stream(books.reading, await find(books.reading, "pathway", id))
        state = file.state
        if state.seat is None:
            raise Halt("marks.show.none", pathway=short(file.stream))
        reader = replace(books, actor=viewer).reader(purpose)
        await reader.enter([(state.person, file.stream)])
        texts = await sealed_texts(books.reading, reader, [file.stream], {state.person})
        return marks_report(state, state.seat, texts, viewer)


def _table(title: str, rows: Iterable[Row], jurors: list[str], settled: str | None, why: bool = False) -> Table:
    table = Table(title=escape(title), title_justify="left")
    table.add_column(text("marks.show.criterion"), no_wrap=True)
    table.add_column(text("marks.show.what"), overflow="fold")
    if why:
        table.add_column(text("marks.divergences.why"))
    for juror in jurors:
        table.add_column(escape(juror))
    if settled:
        table.add_column(text("marks.show.mark"))
    for row in rows:
        reason = [text(f"marks.divergences.{row['state']}")] if why else []
        marks = [mark_word(row["marks"][juror]) for juror in jurors]
        end = [_settled(row)] if settled else []
        table.add_row(row["criterion"], escape("\n".join(_said(row))), *reason, *marks, *end)
    return table


def _said(row: Row) -> Iterable[str]:
    """The wording of a criterion, and every note on it."""
    yield row["title"]
    for juror, note in row["notes"].items():
        yield text("marks.show.note", juror=juror, text=note or text("marks.show.erased"))
    if row["decided"] or row["said"]:
        yield text("marks.show.said", text=row["said"] or text("marks.show.erased"))


def mark_word(mark: Mark) -> str:
    """A mark, in words."""
    return text({True: "marks.mark_of.met", False: "marks.mark_of.unmet", None: "marks.mark_of.unseen"}[mark])


def _settled(row: Row) -> str:
    if row["decided"]:
        return text("marks.mark_of.decided")
    if row["mark"] is None and row["state"] != "agreed":
        return text("marks.mark_of.open")
    return mark_word(row["mark"])
