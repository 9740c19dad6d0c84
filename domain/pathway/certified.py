"""What a pathway owes the register of awards: its awards entered, its withdrawals told; and when a deposit is owed."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from domain.agenda import Effect
from domain.awards import book_of
from domain.pathway.depositing import state as depositing
from domain.records import Recorded

if TYPE_CHECKING:
    from domain.pathway.contest.events import AwardWithdrawn
    from domain.pathway.state import Award, Pathway


def entered(state: Pathway, record: Recorded) -> None:
    """Owe the book the award that this event made, together with those of the same decision before it.

    One effect for all of them, named after the first one, so that they get their numbers at once and in order.
    """
    if state.scheme.certificates is None:
        return
    decisions = (state.milestones.get(name) for name in ("decided", "contest_decided"))
    decision = max(milestone.version for milestone in decisions if milestone is not None)
    awards = [award for award in state.awards if award.version > decision]
    id = f"{state.stream}#{awards[0].version}/enter"
    command: dict[str, Any] = {
        "kind": "enter",
        "scheme_id": state.scheme.id,
        "scheme_hash": state.scheme_hash,
        "pathway": state.stream,
        "person": state.person,
        "route": state.route_id,
        "awards": [_claim(state, award, decision) for award in awards],
    }
    state.owed[id] = Effect(id=id, kind="deliver", target=book_of(state.scheme.id, awards[0].on), command=command)
    depositing.owed(state, record)


def _claim(state: Pathway, award: Award, decision: int) -> dict[str, Any]:
    block = state.scheme.block_by_id[award.block] if award.block else None
    return {
        "award": f"{state.stream}#{award.version}",
        "kind": "block" if block else "certification",
        "block": block.id if block else "",
        "held_as": block.held_as if block else "",
        "awarded_on": award.on.isoformat(),
        "sitting": award.sitting,
        "decision": decision,
    }


def withdrawn(state: Pathway, record: Recorded, fact: AwardWithdrawn) -> None:
    """Owe the book the withdrawal; where nothing is left that is to be deposited, no deposit is owed any more."""
    certificates = state.scheme.certificates
    if certificates is None:
        return
    command: dict[str, Any] = {
        "kind": "withdraw",
        "award": f"{state.stream}#{fact.award}",
        "withdrawal": record.version,
        "withdrawn_on": fact.on.isoformat(),
        "basis": fact.basis,
    }
    state.owe(record, "withdraw", kind="deliver", target=book_of(state.scheme.id, fact.awarded_on), command=command)
    depositing.owed_no_more(state)
