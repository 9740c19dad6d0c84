"""``jalon marks import`` and ``joint``: a marks file recorded as one juror's marks, or as what the jury settled."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING, Any

from domain.authority import Role
from domain.ledger import digest
from domain.scheme.model import Scheme
from interfaces.cli.acting import Given, act, actor_of, desk, execute, find, give, receipt_report, show_receipt
from interfaces.marks_file import MarksFile

if TYPE_CHECKING:
    from interfaces.streams import StreamFile

ReadMarks = Callable[[Scheme, Sequence[str] | None], MarksFile]
"""Scheme, and the blocks of the seat (None without a seat) -> the marks and notes; a bad file ends the command."""


@dataclass(frozen=True, slots=True)
class Import:
    """What was asked for."""

    pathway: str
    juror: str
    on: date | None
    role: str
    as_: str
    command_id: str
    wait: float


def import_marks(asked: Import, read: ReadMarks, as_json: bool) -> None:
    """Read the marks with the scheme that the pathway is pinned to, and record them."""

    def command(found: MarksFile) -> dict[str, Any]:
        notes = {"notes": found.notes} if found.notes else {}
        return {"kind": "record_marks", "juror": asked.juror, "marks": found.marks, **notes}

    _import(asked, read, command, as_json)


def import_joint(asked: Import, read: ReadMarks, as_json: bool) -> None:
    """Record what the jury settled: a criterion without a mark is decided, and its note is the reason."""

    def command(found: MarksFile) -> dict[str, Any]:
        marks = {criterion: mark for criterion, mark in found.marks.items() if mark is not None}
        decided = {criterion: found.notes.get(criterion, "") for criterion in found.marks if criterion not in marks}
        notes = {criterion: note for criterion, note in found.notes.items() if criterion in marks}
        return {"kind": "record_joint_marks", "juror": asked.juror, "marks": marks, "decided": decided, "notes": notes}

    _import(asked, read, command, as_json)


def _import(asked: Import, read: ReadMarks, command: Callable[[MarksFile], dict[str, Any]], as_json: bool) -> None:
    file = execute(lambda: _file(asked.pathway))
    seat = file.state.seat
    given = command(read(file.scheme, seat.blocks if seat else None))
    show_receipt(act(lambda: _record(asked, file, given)), as_json)


async def _file(pathway: str) -> StreamFile:
    from interfaces.streams import read_stream

    async with desk() as books:
        return await read_stream(books.reading, await find(books.reading, "pathway", pathway))


async def _record(asked: Import, file: StreamFile, command: Mapping[str, Any]) -> dict[str, Any]:
    from interfaces.gateway import Gateway

    seat = file.state.seat
    # The same marks for the same seat are the same command: a file imported twice is recorded once.
    said = {name: value for name, value in command.items() if name != "kind"}
    content = {"seat": seat.request if seat else "", **said, "on": str(asked.on or "")}
    kind = "marks" if command["kind"] == "record_marks" else "joint"
    command_id = asked.command_id or f"{kind}:{digest(content)[:32]}"
    async with Gateway.open() as gateway:
        for_ = "" if asked.role == Role.JUROR else asked.juror
        actor = actor_of(gateway.actor, asked.role, asked.as_, for_)
        # What is sealed is sealed anew each time, so an order that was carried out is looked for, not given again.
        before = None if asked.command_id else _repeated(file, command_id)
        given = before or await give(
            gateway,
            file.stream,
            command,
            subject=file.state.person,
            on=asked.on,
            command_id=command_id,
            actor=actor,
            wait=asked.wait,
        )
        return await receipt_report(gateway, given)


def _repeated(file: StreamFile, command_id: str) -> Given | None:
    """The order called ``command_id`` as it was carried out, if it was."""
    from activities.contracts import Next, Receipt
    from domain.aggregates import aggregate_of

    records = tuple(record for record in file.records if record.command_id == command_id)
    if not records:
        return None
    tasks = aggregate_of(file.stream).todo(file.state)
    versions = {"from_version": records[0].version - 1, "version": records[-1].version}
    coming = tuple(Next(task=task.kind, who=task.who.value, by=task.by) for task in tasks)
    return Given(command_id, True, Receipt(stream=file.stream, **versions, repeated=True, next=coming), records)


def kept(found: MarksFile, scheme: Scheme, blocks: Sequence[str] | None) -> MarksFile:
    """What was read on ``blocks``; all of it where no blocks were named."""
    if blocks is None:
        return found
    within = {criterion for criterion in found.marks if scheme.block_of_criterion[criterion] in blocks}
    return MarksFile(
        {criterion: mark for criterion, mark in found.marks.items() if criterion in within},
        {criterion: note for criterion, note in found.notes.items() if criterion in within},
    )
