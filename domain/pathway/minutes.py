"""The minutes of an assessment: the facts that the PV of the professional jury is made of, and what they leave open."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import NamedTuple

from domain.ledger import digest
from domain.marks import Mark
from domain.pathway import events as e
from domain.records import Fact, Recorded

Minute = tuple[int, Fact]
"""An event of the assessment: its version, its fact."""

KEPT: frozenset[type[Fact]] = frozenset(
    {
        e.SeatRequested,
        e.VisitsSet,
        e.Convened,
        e.JuryAttended,
        e.SheetGiven,
        e.JointMarksRecorded,
        e.ProposalComputed,
        e.OpinionGiven,
    }
)
"""What is kept of an assessment; a new request for a seat begins another one."""


class OpenCriteria(NamedTuple):
    """Criteria on which observers differ, and criteria that nobody observed, in the order of the sheets."""

    diverging: tuple[str, ...]
    unobserved: tuple[str, ...]

    @property
    def all(self) -> tuple[str, ...]:
        """All of them."""
        return (*self.diverging, *self.unobserved)

    def __bool__(self) -> bool:
        return bool(self.all)


def open_criteria(sheets: Mapping[str, Mapping[str, Mark]]) -> OpenCriteria:
    """What the sheets of all assessors leave to settle. A criterion that one of them did not observe is the other's."""
    seen: dict[str, set[bool]] = {}
    for marks in sheets.values():
        for criterion, mark in marks.items():
            seen.setdefault(criterion, set()).update(() if mark is None else (mark,))
    return OpenCriteria(
        tuple(criterion for criterion, found in seen.items() if len(found) == 2),
        tuple(criterion for criterion, found in seen.items() if not found),
    )


def document(stream: str, scheme_hash: str, minutes: Sequence[Minute], composition: str) -> str:
    """The digest (hex SHA-256) of what the PV says: the facts of the assessment and, by its own digest, the composition
    of the jury as the session knows it. Sealed texts count by their digests, so it outlives their erasure.
    """
    return digest(
        {
            "pathway": stream,
            "scheme": scheme_hash,
            "minutes": [{"version": version, "fact": fact.model_dump(mode="json")} for version, fact in minutes],
            "composition": composition,
        }
    )


def hidden(records: Iterable[Recorded], assessors: int) -> frozenset[int]:
    """The versions of the sheets that nobody but their juror may see: not all ``assessors`` have given theirs."""
    held: set[int] = set()
    alone: dict[str, list[int]] = {}
    for record in records:
        fact = record.fact
        if isinstance(fact, e.SeatRequested):
            alone = {}
        elif isinstance(fact, e.SheetGiven):
            alone.setdefault(fact.juror, []).append(record.version)
            held.add(record.version)
            if len(alone) >= assessors:
                held -= {version for versions in alone.values() for version in versions}
    return frozenset(held)
