"""What can happen to a decision once it is taken."""

from __future__ import annotations

from datetime import date
from typing import Any, Literal

from pydantic import SerializerFunctionWrapHandler, model_serializer

from domain.deliberation import Votes
from domain.pathway.contest.commands import Ground
from domain.records import Fact, Frozen, Sealed
from domain.scheme.certificates import Crosswalk


class Evidence(Frozen):
    """What the contested decision rested on: the stream up to ``version``, whatever comes after it.

    ``digest``: SHA-256 (hex) over the canonical list of ``[first, last, digest]`` of every order carried out until
    then, in the order of the stream; the log holds each of them beside its events.
    """

    version: int
    digest: str


class Deliberated(Fact):
    """Who deliberated on the decision that was just recorded: none of them may deliberate on it again.

    ``votes``: how they voted, where they did. ``algorithmic``: a proposal computed from the marks was before them
    (CRPA, art. L. 311-3-1).
    """

    kind: Literal["deliberated"] = "deliberated"
    sitting: str
    members: tuple[str, ...]
    votes: Votes | None = None
    algorithmic: bool = False


class DecisionContested(Fact):
    """The candidate contests the decision of event ``decision``; what it rested on is frozen.

    ``until``: the last day for it; None where the decision was not notified yet.
    """

    kind: Literal["decision_contested"] = "decision_contested"
    decision: int
    ground: Ground
    blocks: tuple[str, ...]
    evidence: Evidence
    until: date | None
    basis: str
    reason: Sealed


class ContestAnswered(Fact):
    """The contestation is admissible, or not; ``late``: it came after its last day, which nobody had to decide."""

    kind: Literal["contest_answered"] = "contest_answered"
    admissible: bool
    late: bool = False
    basis: str
    reason: Sealed | None = None


class ContestSent(Fact):
    """The contested decision goes to another sitting, as it was computed and advised then.

    ``excluded``: those who took it or had assessed the candidate, and do not sit on it.
    """

    kind: Literal["contest_sent"] = "contest_sent"
    sitting: str
    blocks: tuple[str, ...]
    computed: dict[str, bool]
    advised: dict[str, bool]
    excluded: tuple[str, ...]


class ContestAccepted(Fact):
    """The sitting put the contested decision on its agenda."""

    kind: Literal["contest_accepted"] = "contest_accepted"
    sitting: str


class ContestReturned(Fact):
    """The sitting did not decide on the contestation, or could not: it goes to another one."""

    kind: Literal["contest_returned"] = "contest_returned"
    sitting: str
    reason: str


class ContestDecided(Fact):
    """What was decided anew, block by block; ``changed`` are those on which the first decision does not stand."""

    kind: Literal["contest_decided"] = "contest_decided"
    sitting: str
    decision: int
    ground: Ground
    blocks: dict[str, bool]
    changed: tuple[str, ...]
    members: tuple[str, ...]
    reasons: Sealed | None = None
    recommendations: dict[str, Sealed]


class AwardWithdrawn(Fact):
    """The award of event ``award`` was unlawful and is withdrawn; ``until`` was the last day for it.

    ``block`` and ``held_as`` are empty for the certification.
    """

    kind: Literal["award_withdrawn"] = "award_withdrawn"
    award: int
    block: str
    held_as: str
    awarded_on: date
    until: date
    basis: str
    reason: Sealed


class BlockNoLongerHeld(Fact):
    """The block counts here no longer: its award, on the pathway ``pathway``, was withdrawn; or (``until`` given) its
    validity passed. ``pathway`` is empty where it was held on somebody's word.

    ``held_as`` is its name here; ``through``: the entry of the crosswalk by which it counted as that.
    """

    kind: Literal["block_no_longer_held"] = "block_no_longer_held"
    held_as: str
    pathway: str
    until: date | None = None
    through: Crosswalk | None = None

    @model_serializer(mode="wrap")
    def _as_ever(self, write: SerializerFunctionWrapHandler) -> dict[str, Any]:
        # What was withdrawn under its own name is told in the words in which it always was.
        written: dict[str, Any] = write(self)
        return {key: value for key, value in written.items() if value is not None or key not in ("until", "through")}
