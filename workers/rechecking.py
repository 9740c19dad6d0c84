"""Every history asked again, stream by stream; every award traced to the decision that it rests on, every mail to the
book of mails."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import AsyncIterator, Callable, Sequence
from typing import Any

from domain.aggregate import Standing
from domain.awards.state import Book
from domain.pathway.state import Pathway
from domain.sitting.aggregate import SITTING
from domain.sitting.state import Sitting
from domain.verifying.fault import Faults
from domain.verifying.histories import award_faults, basis_faults, mail_faults, recognised, retell, stored_events
from domain.verifying.numbers import Numbers, document_faults
from eventstore.errors import StoreAway
from eventstore.verifying import questions
from eventstore.verifying.snapshot import Snapshot, Unanswered

PAGE = 2000
STREAMS = 64
"""Streams whose awards, or mails, are looked at together."""

SITTINGS = 32
"""Sittings kept at hand: pathways that came before the same one seldom stand together."""

Rows = Sequence[Sequence[Any]]


async def recheck_histories(read: Snapshot, faults: Faults, progress: Callable[[int], None]) -> int:
    """Ask every order again; how many events were looked at. The scheme versions must be known (``library``).

    Raises:
        Unanswered, StoreAway.
    """
    awards, mails, events = _Awards(read, faults), _Mails(read, faults), 0
    numbers = _Numbers(read, faults)
    async for stream, rows in _histories(read):
        retold = retell(stream, rows)
        faults.extend(retold.faults)
        if isinstance(retold.state, Pathway):
            await awards.add(retold.state)
        await numbers.add(retold.state)
        if retold.state is not None:
            await mails.add(retold.state)
        events += len(rows)
        progress(events)
    await awards.flush()
    await mails.flush()
    numbers.end()
    for id, stream in await read.fetch(questions.STRAY_AWARDS):
        faults.add("award.invented", None, stream, award=id)
    return events


async def _histories(read: Snapshot) -> AsyncIterator[tuple[str, Rows]]:
    """Every stream with its events, in the order of their ids."""
    stream, events = "", list[Sequence[Any]]()
    after = ("", 0)
    while rows := await read.fetch(questions.HISTORIES, *after, PAGE):
        for row in rows:
            if row[0] != stream:
                if events:
                    yield stream, events
                stream, events = row[0], []
            events.append(row[1:])
        after = (rows[-1][0], rows[-1][1])
    if events:
        yield stream, events


class _Awards:
    """Awards against decisions, for some pathways at a time."""

    def __init__(self, read: Snapshot, faults: Faults) -> None:
        self._read = read
        self._faults = faults
        self._pathways: list[Pathway] = []
        self._sittings: OrderedDict[str, Sitting | None] = OrderedDict()

    async def add(self, pathway: Pathway) -> None:
        self._pathways.append(pathway)
        if len(self._pathways) == STREAMS:
            await self.flush()

    async def flush(self) -> None:
        pathways, self._pathways = self._pathways, []
        stored: dict[str, list[dict[str, Any]]] = {pathway.stream: [] for pathway in pathways}
        for row in await self._read.fetch(questions.AWARDS, list(stored)):
            stored[row["stream_id"]].append(dict(row))
        others = {origin for pathway in pathways for origin, _ in recognised(pathway)}
        rows = await self._read.fetch(questions.AWARDED, list(others)) if others else []
        awarded = {(row[0], row[1]) for row in rows}
        for pathway in pathways:
            for sitting in {award.sitting for award in pathway.awards}:
                await self._learn(sitting)
            try:
                self._faults.extend(award_faults(pathway, stored[pathway.stream]))
                self._faults.extend(basis_faults(pathway, self._sittings))
            except Exception as error:
                # A state that forged facts led to can break anything; that it does is the finding.
                self._faults.add("award.untold", None, pathway.stream, why=type(error).__name__)
            for origin, held_as in recognised(pathway):
                if (origin, held_as) not in awarded:
                    self._faults.add("award.unfounded", None, pathway.stream, origin=origin, held_as=held_as)
        while len(self._sittings) > SITTINGS:
            self._sittings.popitem(last=False)

    async def _learn(self, sitting: str) -> None:
        """Have the sitting at hand, as its history leaves it; None for one that cannot be told."""
        if sitting in self._sittings:
            self._sittings.move_to_end(sitting)
            return
        rows = await self._read.fetch(questions.HISTORY, sitting)
        try:
            state = SITTING.fold(SITTING.new(), sitting, stored_events(rows)) if rows else None
        except Exception:
            # As above; the sitting's own history says more.
            state = None
        self._sittings[sitting] = state


class _Numbers:
    """Numbers against awards, and what was issued against what the books heard of."""

    def __init__(self, read: Snapshot, faults: Faults) -> None:
        self._read = read
        self._faults = faults
        self._numbers = Numbers()

    async def add(self, state: Standing | None) -> None:
        """Take a stream. The streams of books come before those of pathways: that is the order of their names."""
        try:
            if isinstance(state, Book):
                self._faults.extend(self._numbers.book(state))
                documents = [dict(row) for row in await self._read.fetch(questions.DOCUMENTS, state.stream)]
                lists = {row[0]: row[1] for row in await self._read.fetch(questions.LISTS, state.stream)}
                self._faults.extend(document_faults(state, documents, lists))
            elif isinstance(state, Pathway):
                self._faults.extend(self._numbers.pathway(state))
        except (StoreAway, Unanswered):
            raise
        except Exception as error:
            # As above.
            self._faults.add("award.untold", None, state.stream if state else None, why=type(error).__name__)

    def end(self) -> None:
        """Every stream was taken."""
        self._faults.extend(self._numbers.rest())


class _Mails:
    """The book of mails against what the streams tell, for some streams at a time."""

    def __init__(self, read: Snapshot, faults: Faults) -> None:
        self._read = read
        self._faults = faults
        self._told: dict[str, Standing] = {}

    async def add(self, state: Standing) -> None:
        if state.mails:
            self._told[state.stream] = state
        if len(self._told) == STREAMS:
            await self.flush()

    async def flush(self) -> None:
        told, self._told = self._told, {}
        rows: dict[str, list[dict[str, Any]]] = {stream: [] for stream in told}
        for row in await self._read.fetch(questions.MAILS, list(told)) if told else ():
            rows[row["stream_id"]].append(dict(row))
        for stream, state in told.items():
            try:
                self._faults.extend(mail_faults(state, rows[stream]))
            except Exception as error:
                # As above.
                self._faults.add("mail.untold", None, stream, why=type(error).__name__)
