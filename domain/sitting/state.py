"""Where a sitting stands: the fold of its events."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import date
from typing import Any, Literal, NamedTuple

from domain.aggregate import Standing
from domain.deadlines import Milestone
from domain.records import Fact, Recorded
from domain.settling import (
    DeadlineMissed,
    EffectSettled,
    ReminderDue,
    apply_missed,
    apply_reminder,
    apply_settled,
)
from domain.sitting import events as e


class Decision(NamedTuple):
    """What was decided on a dossier, in event ``version``."""

    version: int
    fact: e.DossierDecided


@dataclass(slots=True)
class Sitting(Standing):
    """One sitting. ``dossiers`` keeps the order of the agenda."""

    status: Literal["", "open", "closed", "proclaimed", "cancelled"] = ""
    held_on: date | None = None
    place: str = ""
    dossiers: dict[str, e.DossierReceived] = field(default_factory=dict)
    decisions: dict[str, Decision] = field(default_factory=dict)

    def tell(self, record: Recorded, pathway: str, command: dict[str, Any]) -> None:
        """Owe a command to a pathway."""
        self.owe(record, f"{command['kind']}/{pathway}", kind="deliver", target=pathway, command=command)

    def hand_back(self, record: Recorded, pathway: str, reason: str) -> None:
        """Owe a pathway the news that its dossier was not decided here."""
        command = {"kind": "note_dossier", "sitting": self.stream, "accepted": False, "reason": reason}
        self.tell(record, pathway, command)


def _opened(state: Sitting, record: Recorded, fact: e.SittingOpened) -> None:
    state.scheme_hash = fact.scheme_hash
    state.status = "open"
    state.held_on, state.place = fact.held_on, fact.place
    state.reached("opened", record)
    state.milestones["sitting_date"] = Milestone(record.version, fact.held_on)


def _received(state: Sitting, record: Recorded, fact: e.DossierReceived) -> None:
    state.dossiers[fact.pathway] = fact
    state.tell(record, fact.pathway, {"kind": "note_dossier", "sitting": state.stream, "accepted": True})


def _turned_away(state: Sitting, record: Recorded, fact: e.DossierTurnedAway) -> None:
    state.hand_back(record, fact.pathway, fact.reason)


def _agenda_closed(state: Sitting, record: Recorded, fact: e.AgendaClosed) -> None:
    state.status = "closed"
    state.reached("agenda_closed", record)
    if fact.due:
        state.passed.add(fact.due)
    params = {"dossiers": len(state.dossiers), "held_on": str(state.held_on)}
    state.owe(record, "convocation", kind="notice", audience="paritaire", template="sitting", params=params)


def _decided(state: Sitting, record: Recorded, fact: e.DossierDecided) -> None:
    state.decisions[fact.pathway] = Decision(record.version, fact)


def _postponed(state: Sitting, record: Recorded, fact: e.DossierPostponed) -> None:
    state.dossiers.pop(fact.pathway)
    state.decisions.pop(fact.pathway, None)
    state.hand_back(record, fact.pathway, fact.reason)


def _withdrawn(state: Sitting, record: Recorded, fact: e.DossierWithdrawn) -> None:
    state.dossiers.pop(fact.pathway)
    state.decisions.pop(fact.pathway, None)


def _proclaimed(state: Sitting, record: Recorded, fact: e.Proclaimed) -> None:
    state.status = "proclaimed"
    state.reached("proclaimed", record)
    for pathway, decision in state.decisions.items():
        decided = decision.fact
        command = {
            "kind": "note_decision",
            "sitting": state.stream,
            "blocks": decided.blocks,
            "reasons": decided.reasons.model_dump(mode="json") if decided.reasons else None,
            "recommendations": {
                block: sealed.model_dump(mode="json") for block, sealed in decided.recommendations.items()
            },
        }
        state.tell(record, pathway, command)


def _cancelled(state: Sitting, record: Recorded, fact: e.SittingCancelled) -> None:
    state.status = "cancelled"
    state.reached("proclaimed", record)
    for pathway in state.dossiers:
        state.hand_back(record, pathway, "sitting_cancelled")
    state.dossiers, state.decisions = {}, {}


_APPLY: dict[type[Fact], Callable[[Sitting, Recorded, Any], None]] = {
    e.SittingOpened: _opened,
    e.DossierReceived: _received,
    e.DossierTurnedAway: _turned_away,
    e.AgendaClosed: _agenda_closed,
    e.DossierDecided: _decided,
    e.DossierPostponed: _postponed,
    e.DossierWithdrawn: _withdrawn,
    e.Proclaimed: _proclaimed,
    e.SittingCancelled: _cancelled,
    DeadlineMissed: lambda state, record, fact: apply_missed(state, fact),
    ReminderDue: apply_reminder,
    EffectSettled: lambda state, record, fact: apply_settled(state, fact),
}


def apply(state: Sitting, record: Recorded) -> None:
    """Advance ``state`` in place by one event. Total over the sitting's facts."""
    _APPLY[type(record.fact)](state, record, record.fact)
