"""Where a contested decision stands, and what each of its events changes on the pathway."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import date
from typing import TYPE_CHECKING, Any, Literal, NamedTuple

from domain.pathway import certified
from domain.pathway.contest import events as e
from domain.records import Fact, Recorded, Sealed
from domain.wallet import valid_until

if TYPE_CHECKING:
    from domain.pathway.state import Pathway

DOSSIER = "contest_dossier"
"""The name of the effect that sends a contested decision to a sitting."""


class Decided(NamedTuple):
    """A decision as it was taken, with everything that it was held against; ``jurors`` are those who had assessed,
    ``members`` those who deliberated.
    """

    version: int
    on: date
    sitting: str
    blocks: dict[str, bool]
    computed: dict[str, bool]
    advised: dict[str, bool]
    recommendations: dict[str, Sealed]
    jurors: tuple[str, ...]
    members: tuple[str, ...] = ()


class Contestation(NamedTuple):
    """A contestation of ``decided``; ``sitting`` is where it is deliberated anew (empty: nowhere yet)."""

    version: int
    on: date
    ground: str
    blocks: tuple[str, ...]
    evidence: e.Evidence
    decided: Decided
    status: Literal["filed", "admitted", "inadmissible", "decided", "abandoned"]
    sitting: str = ""
    accepted: bool = False

    @property
    def pending(self) -> bool:
        """Whether somebody still has to answer it."""
        return self.status in ("filed", "admitted")


def _tell(state: Pathway, record: Recorded, template: str, params: dict[str, Any], *audiences: str) -> None:
    for audience in audiences:
        state.owe(record, f"{template}-{audience}", kind="notice", audience=audience, template=template, params=params)


def _moved(state: Pathway, **change: Any) -> None:
    assert state.contest is not None
    state.contest = state.contest._replace(**change)


def _deliberated(state: Pathway, record: Recorded, fact: e.Deliberated) -> None:
    # Who decides on a contestation is told by that decision; the first one stays whose it was.
    if state.decided is not None and state.decided.sitting == fact.sitting:
        state.decided = state.decided._replace(members=fact.members)


def _contested(state: Pathway, record: Recorded, fact: e.DecisionContested) -> None:
    assert state.decided is not None
    state.contest = Contestation(
        record.version, fact.on, fact.ground, fact.blocks, fact.evidence, state.decided, "filed"
    )
    state.reached("contested", record)
    params = {"ground": fact.ground, "blocks": list(fact.blocks)}
    _tell(state, record, "contest_received", params, "candidate", "administrator")


def _answered(state: Pathway, record: Recorded, fact: e.ContestAnswered) -> None:
    _moved(state, status="admitted" if fact.admissible else "inadmissible")
    state.reached("contest_answered", record)
    if fact.admissible:
        state.reached("contest_admitted", record)
    params = {"answer": "admissible" if fact.admissible else "refused", "late": fact.late}
    _tell(state, record, "contest_admissible", params, "candidate")


def _sent(state: Pathway, record: Recorded, fact: e.ContestSent) -> None:
    assert state.contest is not None
    _moved(state, sitting=fact.sitting, accepted=False)
    command = {
        "kind": "receive_dossier",
        "pathway": state.stream,
        "blocks": list(fact.blocks),
        "computed": fact.computed,
        "advised": fact.advised,
        "recommendations": {
            block: sealed.model_dump(mode="json")
            for block, sealed in state.contest.decided.recommendations.items()
            if block in fact.blocks
        },
        "person": state.person,
        "excluded": list(fact.excluded),
        "anew": True,
    }
    state.owe(record, DOSSIER, kind="deliver", target=fact.sitting, command=command)


def _accepted(state: Pathway, record: Recorded, fact: e.ContestAccepted) -> None:
    _moved(state, accepted=True)


def _returned(state: Pathway, record: Recorded, fact: e.ContestReturned) -> None:
    _moved(state, sitting="", accepted=False)


def refused(state: Pathway, effect: str) -> bool:
    """Take the refusal of an effect; whether it was a contested decision that a sitting would not receive."""
    if not effect.endswith(f"/{DOSSIER}") or state.contest is None:
        return False
    _moved(state, sitting="", accepted=False)
    return True


def _decided(state: Pathway, record: Recorded, fact: e.ContestDecided) -> None:
    _moved(state, status="decided")
    state.reached("contest_decided", record)
    given = {block: text for block, text in state.recommendations.items() if not fact.blocks.get(block)}
    state.recommendations = {**given, **fact.recommendations}
    params = {"blocks": fact.blocks, "changed": list(fact.changed)}
    _tell(state, record, "contest_decided", params, "candidate", "employer")
    held = [state.scheme.block_by_id[block].held_as for block, validated in fact.blocks.items() if validated]
    if held:
        share(state, record, held)


def until_of(state: Pathway, since: date) -> date | None:
    """The last day on which a block awarded here on ``since`` counts; None is for life."""
    scheme = state.scheme
    return valid_until(since, scheme.awards.block.years) if scheme.certificates is not None else None


def share(state: Pathway, record: Recorded, blocks: Sequence[str]) -> None:
    """Owe the person's other pathways the news that these blocks (by the names of a wallet) were awarded."""
    on, until = record.fact.on, until_of(state, record.fact.on)
    params: dict[str, Any] = {"blocks": {held_as: on.isoformat() for held_as in blocks}}
    if until is not None:
        params["until"] = until.isoformat()
    state.owe(record, "share", kind="share", target=state.person, params=params)


def _withdrawn(state: Pathway, record: Recorded, fact: e.AwardWithdrawn) -> None:
    state.awards = [
        award._replace(withdrawn_on=fact.on) if award.version == fact.award else award for award in state.awards
    ]
    if fact.block:
        _lose(state, fact.held_as)
        state.owe(record, "share", kind="share", target=state.person, params={"withdrawn": [fact.held_as]})
    certified.withdrawn(state, record, fact)
    state.reached("award_withdrawn", record)
    if state.status == "closed":
        state.outcome = outcome_of(state)
    params = {"block": fact.block, "basis": fact.basis}
    _tell(state, record, "award_withdrawn", params, "candidate", "employer")


def _no_longer_held(state: Pathway, record: Recorded, fact: e.BlockNoLongerHeld) -> None:
    block = _lose(state, fact.held_as)
    if fact.until is not None:
        # What was lawful and has lapsed puts nothing in doubt.
        return
    state.lost.add(block)
    if state.certified:
        _tell(state, record, "award_doubtful", {"held_as": fact.held_as}, "administrator")


def _lose(state: Pathway, held_as: str) -> str:
    """The block is to be assessed again: what an unlawful award rested on is no ground for another one. Its id."""
    state.held.pop(held_as, None)
    block = state.scheme.block_by_held_as[held_as].id
    state.computed.pop(block, None)
    state.advised.pop(block, None)
    state.proven.discard(block)
    return block


def abandon(state: Pathway, record: Recorded) -> None:
    """Let a contestation go with the person who made it."""
    if state.contest is None or not state.contest.pending:
        return
    if state.contest.sitting:
        command = {"kind": "withdraw_dossier", "pathway": state.stream}
        state.owe(record, DOSSIER, kind="deliver", target=state.contest.sitting, command=command)
    _moved(state, status="abandoned", sitting="")


def outcome_of(state: Pathway) -> str:
    """How a closed pathway ended, with what is awarded on it now."""
    if state.outcome not in ("certified", "partial", "none"):
        return "certified" if state.certified else state.outcome
    return "certified" if state.certified else "partial" if state.blocks_awarded() else "none"


APPLY: dict[type[Fact], Callable[[Pathway, Recorded, Any], None]] = {
    e.Deliberated: _deliberated,
    e.DecisionContested: _contested,
    e.ContestAnswered: _answered,
    e.ContestSent: _sent,
    e.ContestAccepted: _accepted,
    e.ContestReturned: _returned,
    e.ContestDecided: _decided,
    e.AwardWithdrawn: _withdrawn,
    e.BlockNoLongerHeld: _no_longer_held,
}
"""What each event does to the pathway."""
