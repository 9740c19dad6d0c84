"""``history``: the events of a stream, told in sentences or as the log holds them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from domain.scheme.model import AggregateName
from interfaces.cli.acting import desk, execute, find
from interfaces.cli.console import out, print_json, settings, text
from interfaces.sentences import event_sentence

if TYPE_CHECKING:
    from interfaces.streams import StreamFile


def show_history(aggregate: AggregateName, id: str, as_json: bool) -> None:
    """Print the events of the stream that ``id`` means."""
    file = execute(lambda: _read(aggregate, id))
    if as_json:
        print_json(history_report(file))
        return
    for record in file.records:
        sentence = event_sentence(record, file.scheme, settings.language)
        out.print(
            text("pathway.history.event", version=record.version, sentence=sentence), markup=False, highlight=False
        )


def history_report(file: StreamFile) -> list[dict[str, Any]]:
    """The events as the log holds them: personal data by digest only, and no marks that are still secret."""
    return [
        {
            "version": record.version,
            "event_id": str(row.event_id),
            "type": row.event.type,
            "schema_version": row.event.schema_version,
            "command_id": record.command_id,
            "occurred_at": record.occurred_at.isoformat(),
            "recorded_at": record.recorded_at.isoformat(),
            "actor": record.actor.model_dump(mode="json"),
            "fact": file.shown(record),
            "sentence": event_sentence(record, file.scheme, settings.language),
            "leaf_hash": row.leaf_hash.hex(),
        }
        for record, row in zip(file.records, file.rows, strict=True)
    ]


async def _read(aggregate: AggregateName, id: str) -> StreamFile:
    from interfaces.streams import read_stream

    async with desk() as books:
        file = await read_stream(books.reading, await find(books.reading, aggregate, id))
        if aggregate == "pathway":
            await books.reader("pathway history").enter([(file.state.person, file.stream)])
        return file
