"""Making the PV of a sitting of the paritaire jury from the log, and holding a file against it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace

from documents.pdf import pdf
from domain.records import Recorded
from domain.sitting.events import MinutesSigned
from domain.sitting.minutes import document
from domain.sitting.state import Sitting
from eventstore.access import Reader
from eventstore.reading import NotFound, Reading
from interfaces.opened import open_file
from interfaces.pv.making import Outcome, register_names
from interfaces.pv.seal import Seal
from interfaces.pv.sitting_contents import pv_data
from interfaces.reports import Texts
from interfaces.streams import StreamFile, read_stream
from interfaces.words import say


@dataclass(frozen=True, slots=True)
class SittingPv:
    """``people``: member -> name; ``names``: pathway -> the candidate's; both without those who were erased. ``texts``:
    what was unsealed, by digest. ``signatures``: those that it shows."""

    file: StreamFile
    signatures: tuple[Recorded, ...]
    people: Mapping[str, str] = field(default_factory=dict)
    names: Mapping[str, str | None] = field(default_factory=dict)
    texts: Texts = field(default_factory=dict)

    @property
    def state(self) -> Sitting:
        """The sitting."""
        state: Sitting = self.file.state
        return state

    @property
    def over(self) -> bool:
        """Whether there is a PV: of what was decided, or of a quorum that failed."""
        return self.state.conduct is not None and self.state.status in ("proclaimed", "adjourned")

    @property
    def document(self) -> str:
        """The digest that it bears."""
        return document(self.state.stream, self.state.scheme_hash, self.state.minutes)

    def print(self, language: str) -> bytes:
        """The PDF file."""
        seal = Seal("sitting", self.state.stream, "", self.document, len(self.signatures), language)
        data = pv_data(self.state, self.signatures, seal, self.people, self.names, self.texts)
        return pdf("record", data, title=say("sitting_pv.title", language), language=language)


async def gathered(reading: Reading, reader: Reader, sitting: str) -> SittingPv:
    """The PV of ``sitting``, whether it is over or not; opening personal data is recorded first.

    Raises:
        NotRecorded, WrongKey, SealBroken, StoreAway.
    """
    file = await read_stream(reading, sitting)
    signed = tuple(record for record in file.records if isinstance(record.fact, MinutesSigned))
    pv = SittingPv(file, signed)
    if not pv.over:
        return pv
    opened = await open_file(reading, reader, file)
    people = await register_names(reading, reader, file, [member.member for member in pv.state.members])
    return replace(pv, people=people, names=opened.names, texts=opened.texts)


@dataclass(frozen=True, slots=True)
class VerifiedSitting:
    """What became of holding a file against the log; ``today`` is the digest that the log gives, empty if none."""

    outcome: Outcome
    today: str = ""
    pv: SittingPv | None = None


async def verified(reading: Reading, reader: Reader, seal: Seal, content: bytes) -> VerifiedSitting:
    """Whether ``content``, which bears ``seal``, is the PV that the log gives, as it was with so many signatures.

    Raises:
        NotRecorded, WrongKey, SealBroken, StoreAway.
    """
    try:
        sitting = (await reading.sitting(seal.stream)).sitting_id
    except NotFound:
        return VerifiedSitting("unknown")
    pv = await gathered(reading, reader, sitting)
    if not pv.over:
        return VerifiedSitting("unknown")
    if pv.document != seal.document:
        return VerifiedSitting("other", pv.document, pv)
    then = replace(pv, signatures=pv.signatures[: seal.signed])
    outcome: Outcome = "same" if then.print(seal.language) == content else "altered"
    return VerifiedSitting(outcome, pv.document, pv)
