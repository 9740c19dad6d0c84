"""What a book of awards owes the queue of deposits: awards that are to be deposited, and those that are withdrawn."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from domain.awards.events import AwardNumbered
from domain.certificate import AwardKind
from domain.deposit import queue_of
from domain.records import Recorded
from domain.scheme import library

if TYPE_CHECKING:
    from domain.awards.state import Book, Entry


def queued(state: Book, record: Recorded, fact: AwardNumbered) -> None:
    """Owe the queue an award that its scheme deposits."""
    if not _deposited(fact.scheme_hash, fact.kind_of_award):
        return
    command: dict[str, Any] = {
        "kind": "queue",
        "scheme_id": state.scheme_id,
        "scheme_hash": fact.scheme_hash,
        "number": fact.number,
        "award": fact.award,
        "pathway": fact.pathway,
        "person": fact.person,
        "kind_of_award": fact.kind_of_award,
        "block": fact.block,
        "route": fact.route,
        "awarded_on": fact.awarded_on.isoformat(),
        "valid_until": fact.valid_until.isoformat() if fact.valid_until else None,
    }
    _owe(state, record, fact.scheme_hash, command)


def withdrawn(state: Book, record: Recorded, entry: Entry, basis: str) -> None:
    """Owe the queue the withdrawal of an award that is there."""
    if _deposited(entry.scheme_hash, entry.kind):
        command = {"kind": "withdraw", "number": entry.number, "basis": basis}
        _owe(state, record, entry.scheme_hash, command)


def _owe(state: Book, record: Recorded, scheme_hash: str, command: dict[str, Any]) -> None:
    target = queue_of(library.recall(scheme_hash))
    state.owe(record, "deposit", kind="deliver", target=target, command=command)


def _deposited(scheme_hash: str, kind: AwardKind) -> bool:
    """Whether the scheme deposits awards of this kind."""
    certificates = library.recall(scheme_hash).certificates
    return certificates is not None and certificates.deposit is not None and kind in certificates.deposit.awards
