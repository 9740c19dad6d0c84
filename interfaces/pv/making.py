"""Making a PV from the log, and holding a file against it."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from typing import Literal

from documents.pdf import pdf
from domain.register import register_of
from eventstore.access import Reader
from eventstore.reading import NotFound, Reading
from eventstore.roster import Roster
from interfaces.pv.contents import pv_data
from interfaces.pv.dossier import Dossier, dossier_of, whole
from interfaces.pv.seal import Seal
from interfaces.streams import StreamFile, full_name, identities, read_stream, sealed_texts
from interfaces.words import say


@dataclass(frozen=True, slots=True)
class Pv:
    """Who and what a PV is made of; ``about`` is the one candidate's pathway, empty for a whole session."""

    session: StreamFile
    about: str
    dossiers: tuple[Dossier, ...]

    @property
    def document(self) -> str:
        """The digest that it bears."""
        return whole(list(self.dossiers))

    def print(self, language: str) -> bytes:
        """The PDF file."""
        data = pv_data(self.session.state, self.dossiers, self.about, language)
        return pdf("record", data, title=say("pv.title", language), language=language)


async def gathered(reading: Reading, reader: Reader, session: str, about: str) -> Pv:
    """The PV of ``session``, or of the one candidate ``about``; opening personal data is recorded first.

    Raises:
        NotRecorded, WrongKey, SealBroken, StoreAway.
    """
    file = await read_stream(reading, session)
    found = []
    for pathway in [about] if about else file.state.seated:
        dossier = dossier_of(await read_stream(reading, pathway), file)
        if dossier is not None:
            found.append(dossier)
    await reader.enter((dossier.state.person, dossier.state.stream) for dossier in found)
    return Pv(file, about, tuple(await _opened(reading, reader, file, found)))


async def _opened(reading: Reading, reader: Reader, session: StreamFile, dossiers: list[Dossier]) -> list[Dossier]:
    """The dossiers with names and texts."""
    rows = await reading.pathways_called([dossier.state.stream for dossier in dossiers])
    known = await identities(reader, rows.values())
    jurors = await register_names(reading, reader, session, {juror for dossier in dossiers for juror in dossier.jurors})
    return [
        replace(
            dossier,
            name=full_name(known.get(dossier.state.stream)),
            names=jurors,
            texts=await sealed_texts(reading, reader, [dossier.state.stream], {dossier.state.person}),
        )
        for dossier in dossiers
    ]


async def register_names(reading: Reading, reader: Reader, file: StreamFile, codes: Iterable[str]) -> Mapping[str, str]:
    """Juror or member of ``file`` -> name, of those whom the register knows and who were not erased."""
    sealed = await Roster(reading.pool).names(register_of(file.scheme), sorted(codes))
    texts = await reader.open([(text.sealed, text.context) for text in sealed.values()])
    return {
        code: name
        for code, text in zip(sealed, texts, strict=True)
        if text is not None and (name := full_name(json.loads(text)))
    }


Outcome = Literal["unknown", "same", "other", "altered"]


@dataclass(frozen=True, slots=True)
class Verified:
    """What became of holding a file against the log; ``today`` is the digest that the log gives, empty if none."""

    outcome: Outcome
    today: str = ""
    pv: Pv | None = None


async def verified(reading: Reading, reader: Reader, seal: Seal, content: bytes) -> Verified:
    """Whether ``content``, which bears ``seal``, is the PV that the log gives, as it was with so many signatures.

    Raises:
        NotRecorded, WrongKey, SealBroken, StoreAway.
    """
    try:
        session = (await reading.session(seal.stream)).session_id
        about = (await reading.pathway(seal.about)).pathway_id if seal.about else ""
    except NotFound:
        return Verified("unknown")
    pv = await gathered(reading, reader, session, about)
    if not pv.dossiers:
        return Verified("unknown")
    if pv.document != seal.document:
        return Verified("other", pv.document, pv)
    printed = _as_of(pv, seal.signed).print(seal.language)
    return Verified("same" if printed == content else "altered", pv.document, pv)


def _as_of(pv: Pv, signed: int) -> Pv:
    """The PV as it was with its first ``signed`` signatures."""
    every = [record for dossier in pv.dossiers for record in dossier.signatures]
    every.sort(key=lambda record: (record.recorded_at, record.stream, record.version))
    first = {record.event_id for record in every[:signed]}
    kept = (
        replace(dossier, signatures=tuple(record for record in dossier.signatures if record.event_id in first))
        for dossier in pv.dossiers
    )
    return replace(pv, dossiers=tuple(kept))
