"""The minutes of a sitting: the facts that its PV is made of."""

from __future__ import annotations

from collections.abc import Sequence

from domain.ledger import digest
from domain.records import Fact
from domain.sitting import events as e

Minute = tuple[int, Fact]
"""An event of the sitting: its version, its fact."""

KEPT: frozenset[type[Fact]] = frozenset(
    {
        e.SittingOpened,
        e.SecondConvocation,
        e.DossierReceived,
        e.AgendaClosed,
        e.MembersConvened,
        e.AttendanceRecorded,
        e.QuorumFailed,
        e.MemberRecused,
        e.DossierCalledOut,
        e.VotesCounted,
        e.ListDecided,
        e.DossierDecided,
        e.DossierPutOff,
        e.DossierWithdrawn,
        e.Proclaimed,
    }
)
"""What is kept of a sitting: what was decided, by whom, and what led to it."""


def document(stream: str, scheme_hash: str, minutes: Sequence[Minute]) -> str:
    """The digest (hex SHA-256) of what the PV says. Sealed texts count by their digests: it outlives their erasure."""
    facts = [{"version": version, "fact": fact.model_dump(mode="json")} for version, fact in minutes]
    return digest({"sitting": stream, "scheme": scheme_hash, "facts": facts})
