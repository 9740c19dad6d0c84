"""How the paritaire jury deliberates: the quorum, parity between the colleges, and what a vote gives.

Pure rules over facts; no sitting and no dossier is known here, so that any case can be put through them. Sources: CRPA,
art. R. 133-10 to R. 133-12, as far as the scheme does not say otherwise.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from fractions import Fraction
from typing import Any, Literal

from domain.attendance import COLLEGES, Seat, counting, titulars
from domain.people import College, MemberFacts
from domain.records import Frozen
from domain.refusal import refuse
from domain.scheme.conduct import SittingConduct

QUORUM = "CRPA, art. R. 133-10"
MAJORITY = "CRPA, art. R. 133-11"
RECUSAL = "CRPA, art. R. 133-12"

Vote = Literal["for", "against", "abstain"]


class Quorum(Frozen):
    """``counted`` of ``members`` in office count, ``required`` must. Nothing is required on second convocation."""

    members: int
    required: int
    counted: int
    holds: bool


class Count(Frozen):
    """How one college voted, voice by voice. Silence is an abstention."""

    voices: int
    in_favour: int
    against: int
    abstained: int


class Votes(Frozen):
    """How a vote ended, voice by voice, without saying whose: ``casting`` is set where the president settled it."""

    voices: int
    in_favour: int
    against: int
    abstained: int
    casting: Literal["", "for", "against"] = ""


class Tally(Frozen):
    """What a vote gives, with its derivation. ``casting``: how the president decided where votes were equal.

    ``derivation``: steps in order, each a ``step`` with its facts; numbers of voices are written as fractions where
    parity makes a voice weigh less than one.
    """

    quorum: Quorum
    colleges: dict[College, Count]
    president: str
    casting: Literal["", "for", "against"] = ""
    adopted: bool
    derivation: tuple[dict[str, Any], ...]

    def summary(self) -> Votes:
        """What is told outside the sitting."""
        counts = self.colleges.values()
        return Votes(
            voices=sum(count.voices for count in counts),
            in_favour=sum(count.in_favour for count in counts),
            against=sum(count.against for count in counts),
            abstained=sum(count.abstained for count in counts),
            casting=self.casting,
        )


# --- whether it may decide ------------------------------------------------------------------------------------------


def quorum(
    rules: SittingConduct, members: Sequence[MemberFacts], seats: Sequence[Seat], *, second: bool = False
) -> Quorum:
    """The share of the members in office that counts. On second convocation whoever comes is enough."""
    composed = len(titulars(members))
    least = 1 if second else max(1, -(-composed * rules.quorum.numerator // rules.quorum.denominator))
    required = 0 if second else least
    return Quorum(members=composed, required=required, counted=len(seats), holds=len(seats) >= least)


def _weights(
    rules: SittingConduct, colleges: Mapping[College, Sequence[Seat]], second: bool
) -> tuple[dict[College, Fraction], dict[str, Any]]:
    """What a voice of each college weighs, and the step that says why."""
    sizes: dict[str, int] = {college: len(here) for college, here in colleges.items()}
    step: dict[str, Any] = {"step": "parity", "asked": rules.parity, **sizes}
    whole: dict[College, Fraction] = {college: Fraction(1) for college in COLLEGES}
    if not rules.parity or len(set(sizes.values())) == 1:
        return whole, step
    if not min(sizes.values()):
        if not second:
            absent = next(college for college in COLLEGES if not sizes[college])
            raise refuse("parity.college_absent", college=absent)
        return whole, {**step, "absent": True}
    if rules.unequal == "refuse":
        raise refuse("parity.unequal", employers=sizes["employers"], employees=sizes["employees"])
    least = min(sizes.values())
    weights = {college: Fraction(least, sizes[college]) for college in COLLEGES}
    return weights, {**step, "weights": {college: str(weight) for college, weight in weights.items()}}


# --- what a vote gives ----------------------------------------------------------------------------------------------


def require_able(
    rules: SittingConduct,
    members: Sequence[MemberFacts],
    seats: Sequence[Seat],
    recused: Collection[str] = (),
    *,
    second: bool = False,
) -> Quorum:
    """The quorum on a dossier on which ``recused`` do not count.

    Raises:
        Refused: no quorum, or no parity where the scheme bars that.
    """
    voices = counting(seats, recused)
    found = quorum(rules, members, voices, second=second)
    if not found.holds:
        raise refuse("quorum.not_met", basis=QUORUM, counted=found.counted, required=max(1, found.required))
    _weights(rules, _by_college(voices), second)
    return found


def tally(
    rules: SittingConduct,
    members: Sequence[MemberFacts],
    seats: Sequence[Seat],
    votes: Mapping[str, Vote],
    *,
    president: str = "",
    recused: Collection[str] = (),
    second: bool = False,
) -> Tally:
    """What ``votes`` (member -> vote) give. A proxy of which nothing is said votes as its holder does; who is silent
    abstains. Adopted with more voices for than against; equal voices are settled by the president, if the scheme has it
    so and the president votes; where each college votes for itself, each must adopt.

    Raises:
        Refused: no quorum, no parity, a vote of somebody who is absent, recused or without a voice, or no vote at all.
    """
    found = require_able(rules, members, seats, recused, second=second)
    voices = counting(seats, recused)
    _require_voters(members, seats, voices, votes, recused)
    said = {seat.member: votes.get(seat.member) or votes.get(seat.holder) or "abstain" for seat in voices}
    colleges = _by_college(voices)
    weights, parity = _weights(rules, colleges, second)
    counts = {college: _count(here, said) for college, here in colleges.items()}
    head = _president(voices, president)
    steps: list[dict[str, Any]] = [
        {"step": "quorum", **found.model_dump(), "second": second, "recused": sorted(recused)},
        parity,
        *({"step": "college", "college": college, **count.model_dump()} for college, count in counts.items()),
    ]
    settle = _by_colleges if rules.vote == "by_college" else _overall
    adopted, casting, last = settle(rules, voices, counts, weights, head, said)
    return Tally(
        quorum=found,
        colleges=counts,
        president=head,
        casting=casting,
        adopted=adopted,
        derivation=(*steps, *last, {"step": "result", "adopted": adopted}),
    )


def _require_voters(
    members: Sequence[MemberFacts],
    seats: Sequence[Seat],
    voices: Sequence[Seat],
    votes: Mapping[str, Vote],
    recused: Collection[str],
) -> None:
    known = {member.member for member in members}
    seated = {seat.member for seat in seats}
    may = {seat.member for seat in voices}
    for member in sorted(votes):
        if member not in known:
            raise refuse("vote.unknown_member", member=member)
        if member in recused:
            raise refuse("vote.recused", basis=RECUSAL, member=member)
        if member not in seated:
            raise refuse("vote.absent", basis=MAJORITY, member=member)
        if member not in may:
            raise refuse("vote.holder_recused", basis=RECUSAL, member=member)
    if not votes:
        raise refuse("vote.none", basis=MAJORITY)


def _by_college(voices: Sequence[Seat]) -> dict[College, tuple[Seat, ...]]:
    return {college: tuple(seat for seat in voices if seat.college == college) for college in COLLEGES}


def _count(here: Sequence[Seat], said: Mapping[str, str]) -> Count:
    given = [said[seat.member] for seat in here]
    return Count(
        voices=len(given),
        in_favour=given.count("for"),
        against=given.count("against"),
        abstained=given.count("abstain"),
    )


def _president(voices: Sequence[Seat], president: str) -> str:
    """Who presides on this dossier: where the president does not attend with a voice on it, nobody has a casting vote.

    A proxy carries the voice of whoever gave it, not the presidency."""
    return president if any(seat.member == president and not seat.holder for seat in voices) else ""


Settled = tuple[bool, Literal["", "for", "against"], list[dict[str, Any]]]


def _overall(
    rules: SittingConduct,
    voices: Sequence[Seat],
    counts: Mapping[College, Count],
    weights: Mapping[College, Fraction],
    head: str,
    said: Mapping[str, str],
) -> Settled:
    in_favour = sum((weights[college] * count.in_favour for college, count in counts.items()), Fraction(0))
    against = sum((weights[college] * count.against for college, count in counts.items()), Fraction(0))
    steps: list[dict[str, Any]] = [{"step": "overall", "in_favour": str(in_favour), "against": str(against)}]
    if in_favour != against:
        return in_favour > against, "", steps
    casting = _casting(rules, head, said)
    return casting == "for", casting, [*steps, {"step": "equal", "president": head, "casting": casting}]


def _by_colleges(
    rules: SittingConduct,
    voices: Sequence[Seat],
    counts: Mapping[College, Count],
    weights: Mapping[College, Fraction],
    head: str,
    said: Mapping[str, str],
) -> Settled:
    """Each college that is there adopts by its own majority; the president settles equality in their own college."""
    own = next((seat.college for seat in voices if seat.member == head), None)
    casting: Literal["", "for", "against"] = ""
    steps: list[dict[str, Any]] = []
    adopted = True
    for college, count in counts.items():
        if not count.voices:
            continue
        agrees = count.in_favour > count.against
        if count.in_favour == count.against and college == own:
            casting = _casting(rules, head, said)
            agrees = casting == "for"
            steps.append({"step": "equal", "college": college, "president": head, "casting": casting})
        adopted = adopted and agrees
        steps.append({"step": "answer", "college": college, "adopted": agrees})
    return adopted, casting, steps


def _casting(rules: SittingConduct, head: str, said: Mapping[str, str]) -> Literal["", "for", "against"]:
    vote = said.get(head, "") if rules.casting_vote and head else ""
    return "for" if vote == "for" else "against" if vote == "against" else ""
