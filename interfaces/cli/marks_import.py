"""``jalon marks import``: a marks file recorded as one juror's marks."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING, Any

from domain.authority import Actor
from domain.ledger import digest
from domain.marks import Mark
from domain.scheme.model import Scheme
from interfaces.cli.acting import act, desk, execute, find, give, receipt_report, show_receipt

if TYPE_CHECKING:
    from interfaces.streams import StreamFile

ReadMarks = Callable[[Scheme, Sequence[str] | None], dict[str, Mark]]
"""Scheme, and the blocks of the seat (None without a seat) -> the marks; a bad file ends the command."""


@dataclass(frozen=True, slots=True)
class Import:
    """What was asked for."""

    pathway: str
    juror: str
    on: date | None
    command_id: str
    wait: float


def import_marks(asked: Import, read: ReadMarks, as_json: bool) -> None:
    """Read the marks with the scheme that the pathway is pinned to, and record them."""
    file = execute(lambda: _file(asked.pathway))
    seat = file.state.seat
    marks = read(file.scheme, seat.blocks if seat else None)
    show_receipt(act(lambda: _record(asked, file, marks)), as_json)


async def _file(pathway: str) -> StreamFile:
    from interfaces.streams import read_stream

    async with desk() as books:
        return await read_stream(books.reading, await find(books.reading, "pathway", pathway))


async def _record(asked: Import, file: StreamFile, marks: dict[str, Mark]) -> dict[str, Any]:
    from interfaces.gateway import Gateway

    seat = file.state.seat
    # The same marks for the same seat are the same command: a file imported twice is recorded once.
    content = {"seat": seat.request if seat else "", "juror": asked.juror, "marks": marks, "on": str(asked.on or "")}
    command_id = asked.command_id or f"marks:{digest(content)[:32]}"
    command = {"kind": "record_marks", "juror": asked.juror, "marks": marks}
    async with Gateway.open() as gateway:
        actor = Actor(id=gateway.actor.id, role=gateway.actor.role, on_behalf_of=asked.juror)
        given = await give(
            gateway, file.stream, command, on=asked.on, command_id=command_id, actor=actor, wait=asked.wait
        )
        return await receipt_report(gateway, given)


def kept(marks: dict[str, Mark], scheme: Scheme, blocks: Sequence[str] | None) -> dict[str, Mark]:
    """The marks of ``blocks``; all of them where no blocks were named."""
    if blocks is None:
        return marks
    return {criterion: mark for criterion, mark in marks.items() if scheme.block_of_criterion[criterion] in blocks}
