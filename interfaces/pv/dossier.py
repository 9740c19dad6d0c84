"""What the PV of one candidate's jury is made of: the assessment as the log has it, and who is behind the ids."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import cast

from domain.ledger import digest
from domain.pathway import minutes
from domain.pathway.aggregate import PATHWAY
from domain.pathway.events import OpinionGiven, PvSigned
from domain.pathway.state import Pathway, Seat
from domain.records import Recorded
from interfaces.pv.composition import Composition, composition
from interfaces.reports import Texts
from interfaces.streams import StreamFile


@dataclass(frozen=True, slots=True)
class Dossier:
    """``state`` is the pathway's as the opinion left it; ``names``: juror -> name, where it is known and not erased;
    ``texts``: what was unsealed, by digest; ``name``: the candidate's, None where it was erased."""

    state: Pathway
    seat: Seat
    opinion: Recorded
    signatures: tuple[Recorded, ...]
    composition: Composition
    name: str | None = None
    names: Mapping[str, str] = field(default_factory=dict)
    texts: Texts = field(default_factory=dict)

    @property
    def advice(self) -> OpinionGiven:
        """The opinion."""
        return cast(OpinionGiven, self.opinion.fact)

    @property
    def document(self) -> str:
        """The digest that the PV bears and its signatories sign."""
        state = self.state
        return minutes.document(state.stream, state.scheme_hash, state.minutes, self.composition.document)

    @property
    def jurors(self) -> tuple[str, ...]:
        """The members of the jury."""
        return tuple(sorted({*self.seat.jurors, *self.state.sheets}))


def dossier_of(pathway: StreamFile, session: StreamFile) -> Dossier | None:
    """The assessment of ``pathway`` in ``session``, without names and texts; None if no opinion was given there."""
    state, found = PATHWAY.new(), None
    for record, row in zip(pathway.records, pathway.rows, strict=True):
        seat = state.seat
        PATHWAY.fold(state, pathway.stream, [row.event])
        if isinstance(record.fact, OpinionGiven) and seat is not None and seat.session == session.stream:
            found = (state.copy(), seat, record)
    if found is None:
        return None
    then, seat, opinion = found
    signed = [
        record
        for record in pathway.records
        if isinstance(record.fact, PvSigned) and record.fact.session == session.stream and record.version > then.version
    ]
    jury = {*seat.jurors, *then.sheets}
    seen = composition(session, pathway.stream, jury, opinion.recorded_at)
    return Dossier(then, seat, opinion, tuple(signed), seen)


def whole(dossiers: list[Dossier]) -> str:
    """The digest of a PV that holds these: its own for one, one over all for several."""
    if len(dossiers) == 1:
        return dossiers[0].document
    return digest({"documents": [dossier.document for dossier in dossiers]})
