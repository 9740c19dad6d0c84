"""Who is behind each passage: what the deposit file tells of them, or which fault is in the way.

Read from the pathway's events up to a version, so that what a file was made from can be read again when everything has
changed since. Identities are opened through a reader, which records it first.
"""

from __future__ import annotations

import json
import re
from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from documents.deposit import INITIATIVES, Passage
from domain.deposit.faults import Fault, fault
from domain.deposit.identity import examine
from domain.pathway.aggregate import PATHWAY
from domain.pathway.events import Convened
from domain.pathway.state import Pathway
from domain.scheme import library
from domain.scheme.model import Scheme
from eventstore.access import Reader
from eventstore.deposits import Deposits, PassageRow
from eventstore.reading import Reading
from interfaces.deposit.places import communes
from interfaces.streams import learn

AT_ONCE = 200
"""Pathways read together."""

_POSTAL_CODE = re.compile(r"(?<!\d)\d{5}(?!\d)")


@dataclass(frozen=True)
class Holder:
    """One passage with whoever holds it. ``line``: what the file tells, unless a fault blocks it.

    ``identity`` is None where it was erased; ``version``: of the pathway, as it was read. In the clear: never logged.
    """

    row: PassageRow
    scheme: Scheme
    version: int
    identity: dict[str, Any] | None
    faults: tuple[Fault, ...]
    line: Passage | None

    @property
    def blocking(self) -> tuple[Fault, ...]:
        """The faults that are in the way."""
        return tuple(item for item in self.faults if item.blocking)


async def holders(
    reading: Reading, reader: Reader, rows: Sequence[PassageRow], versions: Sequence[int] | None = None
) -> AsyncIterator[Holder]:
    """The holders of these passages, in their order; ``versions``: up to which their pathways are read (all).

    Raises:
        NotRecorded, KeyringError, StoreAway.
    """
    deposits = Deposits(reading.pool)
    upto = versions or [0] * len(rows)
    for start in range(0, len(rows), AT_ONCE):
        chunk = list(zip(rows[start : start + AT_ONCE], upto[start : start + AT_ONCE], strict=True))
        streams = list(dict.fromkeys(row.pathway_id for row, _ in chunk))
        histories, sealed = await deposits.histories(streams), await deposits.identities(streams)
        for row, _ in chunk:
            await learn(reading, row.scheme_hash)
        pathways = [await _pathway(reading, row, upto, histories[row.pathway_id]) for row, upto in chunk]
        values = [sealed.get((state.stream, state.identity_version)) for state, _ in pathways]
        known = [value for value in values if value is not None]
        texts = iter(await reader.open(known))
        for (row, _), (state, convened), value in zip(chunk, pathways, values, strict=True):
            text = next(texts) if value is not None else None
            yield _holder(row, state, convened, json.loads(text) if text is not None else None)


async def _pathway(
    reading: Reading, row: PassageRow, upto: int, events: Sequence[Any]
) -> tuple[Pathway, Convened | None]:
    """The pathway as it stood, and the convocation before which the candidate came last."""
    state, convened = PATHWAY.new(), None
    for event in events:
        if upto and event.version > upto:
            break
        record, _ = PATHWAY.read(row.pathway_id, event)
        await learn(reading, getattr(record.fact, "scheme_hash", ""))
        PATHWAY.fold(state, row.pathway_id, (event,))
        if isinstance(record.fact, Convened):
            convened = record.fact
    return state, convened


def _holder(row: PassageRow, state: Pathway, convened: Convened | None, identity: dict[str, Any] | None) -> Holder:
    scheme = library.recall(row.scheme_hash)
    if identity is None:
        return Holder(row, scheme, state.version, None, (fault("identity", "erased"),), None)
    found = examine(identity, row.awarded_on, communes())
    faults = found.faults
    if not scheme.registration.code:
        faults = (*faults, fault("certification", "no_code"))
    line = None
    if found.titular is not None and scheme.registration.code:
        exam, modality, postal_code = _exam(state, convened, row.awarded_on)
        line = Passage(
            number=row.number,
            awarded_on=row.awarded_on,
            valid_until=row.valid_until,
            route=row.route,
            initiative=state.initiative if state.initiative in INITIATIVES else "other",
            registered_on=state.opened_on or row.awarded_on,
            titular=found.titular,
            exam=exam,
            modality=modality,
            postal_code=postal_code,
        )
    return Holder(row, scheme, state.version, identity, faults, line)


def _exam(state: Pathway, convened: Convened | None, awarded_on: date) -> tuple[tuple[date, date] | None, str, str]:
    """When, how and where (postal code) the candidate came before the jury, as far as the pathway knows."""
    if convened is None or convened.opens > awarded_on:
        return None, "", ""
    days = (convened.opens, convened.closes)
    sites: set[bool] = set()
    if state.seat is not None and state.seat.session == convened.session and state.seat.visits:
        days = (
            min(visit.starts.date() for visit in state.seat.visits),
            max(visit.ends.date() for visit in state.seat.visits),
        )
        sites = {bool(visit.site) for visit in state.seat.visits}
    there = sites or {bool(convened.place)}
    modality = "mixed" if len(there) == 2 else "in_person" if there == {True} else "remote"
    postal_code = _POSTAL_CODE.search(convened.place)
    return days, modality, postal_code[0] if postal_code else ""
