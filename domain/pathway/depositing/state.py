"""Which awards of a pathway are deposited, what is asked about the holder, and when a deposit is owed."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import date
from typing import TYPE_CHECKING, Any, NamedTuple

from domain.deadlines import Milestone
from domain.deposit import queue_of
from domain.pathway.depositing import events as e
from domain.records import Fact, Recorded

if TYPE_CHECKING:
    from domain.pathway.state import Award, Pathway

OWED, DONE = "deposit_owed", "deposited"
"""The milestones between which the period for depositing runs."""


class Answer(NamedTuple):
    """What was answered last about an award."""

    number: str
    on: date
    accepted: bool


class Question(NamedTuple):
    """What is asked about the holder's identity, and of whom; ``faults`` by field."""

    on: date
    of: str
    faults: Mapping[str, str]


def outstanding(state: Pathway) -> list[Award]:
    """The awards that are to be deposited and are not yet, the oldest first."""
    certificates = state.scheme.certificates
    kinds = certificates.deposit.awards if certificates is not None and certificates.deposit is not None else ()
    return [
        award for award in state.awards if _kind(award) in kinds and not award.withdrawn_on and not _taken(state, award)
    ]


def _kind(award: Award) -> str:
    return "block" if award.block else "certification"


def _taken(state: Pathway, award: Award) -> bool:
    answer = state.deposits.get(f"{state.stream}#{award.version}")
    return answer is not None and answer.accepted


def owed(state: Pathway, record: Recorded) -> None:
    """An award was made: where no other waits to be deposited, the period for it begins."""
    left = outstanding(state)
    if left and left[0].version == record.version:
        state.reached(OWED, record)


def owed_no_more(state: Pathway) -> None:
    """An award was withdrawn: where none is left to deposit, nothing is owed any more."""
    if not outstanding(state):
        state.milestones.pop(OWED, None)


def identity_changed(state: Pathway, record: Recorded) -> None:
    """Tell the queue that the holder is told anew, where anything waits there."""
    state.question = None
    if outstanding(state):
        command = {"kind": "note_identity", "pathway": state.stream}
        state.owe(record, "note-identity", kind="deliver", target=queue_of(state.scheme), command=command)


def _noted(state: Pathway, record: Recorded, fact: e.DepositNoted) -> None:
    accepted = fact.status == "accepted"
    state.deposits[fact.award] = Answer(fact.number, fact.on, accepted)
    if not accepted:
        if fact.identity:
            _ask(state, record, "candidate", {"identity": fact.fault})
        return
    left = outstanding(state)
    started = state.milestones.get(OWED)
    if not left:
        state.question = None
        state.reached(DONE, record)
    elif started is not None and left[0].on != started.on:
        state.milestones[OWED] = Milestone(record.version, left[0].on)


def _asked(state: Pathway, record: Recorded, fact: e.IdentityAsked) -> None:
    _ask(state, record, fact.of, fact.faults)


def _ask(state: Pathway, record: Recorded, of: str, faults: Mapping[str, str]) -> None:
    if state.erased:
        return
    state.question = Question(record.fact.on, of, faults)
    notice: dict[str, Any] = {"audience": of, "template": "identity_asked", "params": {"fields": sorted(faults)}}
    if of == "employer":
        notice["to"] = state.employer
    state.owe(record, "identity-asked", kind="notice", **notice)


def _completed(state: Pathway, record: Recorded, fact: e.IdentityCompleted) -> None:
    state.identity_version = record.version
    identity_changed(state, record)


APPLY: dict[type[Fact], Callable[[Pathway, Recorded, Any], None]] = {
    e.DepositNoted: _noted,
    e.IdentityAsked: _asked,
    e.IdentityCompleted: _completed,
}
"""What each event does to the pathway."""
