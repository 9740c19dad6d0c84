"""A stream with the personal data that stands beside it, opened by a reader, and the report that screens make of both.

``file`` may be a stream as it stood on an earlier day.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from domain.aggregates import aggregate_of
from eventstore.access import Reader
from eventstore.reading import Reading
from eventstore.rows import PathwayRow
from interfaces.award_reports import book_report
from interfaces.deposit.queue_report import queue_report
from interfaces.jury_reports import Names, session_report, sitting_report
from interfaces.register_reports import register_report
from interfaces.reports import Texts, pathway_report
from interfaces.streams import StreamFile, full_name, identities, identity_in, sealed_texts


@dataclass(frozen=True, slots=True)
class Opened:
    """Who a pathway is about, who is on a session or a sitting, and the texts by digest; what was erased is absent."""

    identity: Mapping[str, str] | None
    names: Names
    texts: Texts


async def open_file(reading: Reading, reader: Reader, file: StreamFile) -> Opened:
    """The personal data that a report on ``file`` shows.

    Raises:
        NotRecorded, WrongKey, SealBroken, StoreAway.
    """
    state = file.state
    match aggregate_of(file.stream).name:
        case "pathway":
            # What a sitting wrote down is sealed there, and told here by its digest.
            sittings = [sitting for record in file.records if (sitting := getattr(record.fact, "sitting", ""))]
            streams = [file.stream, *sittings]
            await reader.enter((state.person, stream) for stream in streams)
            texts = await sealed_texts(reading, reader, streams, {state.person})
            told: Any = file.record(state.identity_version).fact
            identity = texts.get(told.identity.digest)
            return Opened(json.loads(identity) if identity is not None else None, {}, texts)
        case "session":
            rows = await _entered(reading, reader, file, [*state.seated, *state.waiting])
            known = await identities(reader, rows.values())
            # What is about nobody in particular is sealed under the session's own key.
            texts = await sealed_texts(reading, reader, [file.stream], {file.stream})
            return Opened(None, {id: full_name(identity) for id, identity in known.items()}, texts)
        case "sitting":
            rows = await _entered(reading, reader, file, state.dossiers)
            # What is about nobody in particular is sealed under the sitting's own key.
            persons = {row.person_id for row in rows.values()} | {file.stream}
            # The professional jury's recommendations are sealed in the pathways they are about.
            texts = await sealed_texts(reading, reader, [file.stream, *rows], persons)
            return Opened(None, {id: full_name(identity_in(texts, row)) for id, row in rows.items()}, texts)
        case "register":
            persons = {entry.person for entry in state.entries.values() if entry.person}
            await reader.enter((person, file.stream) for person in sorted(persons))
            return Opened(None, {}, await sealed_texts(reading, reader, [file.stream], persons))
        case "awards":
            # Why a certificate was made again or corrected is sealed for whoever holds it.
            persons = {entry.person for entry in state.entries.values() if entry.edition > 1 or entry.erased}
            return Opened(None, {}, await sealed_texts(reading, reader, [file.stream], persons))
        case "deposit":
            # The words in which a passage was rejected are sealed for whoever it is about.
            persons = {passage.person for passage in state.passages.values()}
            return Opened(None, {}, await sealed_texts(reading, reader, [file.stream], persons))


async def _entered(
    reading: Reading, reader: Reader, file: StreamFile, pathways: Iterable[str]
) -> dict[str, PathwayRow]:
    """The rows of the pathways that are on ``file``, once it is recorded that all of them are read."""
    rows = await reading.pathways_called(list(pathways))
    await reader.enter((row.person_id, stream) for row in rows.values() for stream in (row.pathway_id, file.stream))
    return rows


def report_on(file: StreamFile, opened: Opened, today: date) -> dict[str, Any]:
    """What ``show`` tells of a stream; ``today`` is the day from which lateness is counted."""
    match aggregate_of(file.stream).name:
        case "pathway":
            return pathway_report(file, opened.identity, opened.texts, today)
        case "session":
            return session_report(file, opened.names, opened.texts, today)
        case "sitting":
            return sitting_report(file, opened.names, opened.texts, today)
        case "register":
            return register_report(file, opened.texts)
        case "awards":
            return book_report(file)
        case "deposit":
            return queue_report(file)
