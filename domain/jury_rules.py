"""The rules on who may be a jury, one function each: whether it holds, and the facts that this rests on.

Facts are ids, days (ISO) and counts, never names.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import date
from fractions import Fraction
from functools import lru_cache
from typing import Any, NamedTuple

from domain.people import CandidateFacts, JurorFacts, OrganisationFacts, Part, TieFacts

Answer = tuple[bool, dict[str, Any]]
Seating = tuple[tuple[JurorFacts, Part | None], ...]
"""Everyone once, in the order of their ids, with the part they sit in."""


class Composition(NamedTuple):
    """Who would sit, on which day, for whom. ``listed``: as it was asked, somebody perhaps twice."""

    on: date
    listed: Sequence[JurorFacts]
    seating: Seating
    candidate: CandidateFacts | None
    ties: Sequence[TieFacts]

    @property
    def about(self) -> CandidateFacts:
        """The candidate, for rules that are asked only about one."""
        assert self.candidate is not None
        return self.candidate


def _upwards(organisation: OrganisationFacts) -> Iterator[OrganisationFacts]:
    """A body, and what it belongs to, as far as the register knows."""
    seen, body = set[str](), organisation
    while body.id not in seen:
        yield body
        seen.add(body.id)
        body = body.parent or body


def belongs(organisation: OrganisationFacts, body: str) -> bool:
    """Whether an organisation is ``body`` or a part of it."""
    if organisation.parent is None:
        return body in (organisation.id, organisation.part_of)
    return any(body in (one.id, one.part_of) for one in _upwards(organisation))


def accepted_to_preside(organisation: OrganisationFacts, on: date, bodies: Sequence[str] = ()) -> bool:
    """Whether somebody of this body may preside: it, or one that it belongs to, is the certifier, a delegate of it
    whose habilitation has not run out, habilitated to preside on the day, or one that the scheme names."""
    named = {body.casefold() for body in bodies}
    for body in _upwards(organisation):
        if "certifier" in body.kinds:
            return True
        spans = [held.valid for held in body.habilitations if held.what == "preside"]
        if any(span.covers(on) for span in spans) or ("delegate" in body.kinds and not spans):
            return True
        if not named.isdisjoint((body.id.casefold(), body.name.casefold(), body.part_of.casefold())):
            return True
    return False


def _of(composition: Composition, body: str) -> list[str]:
    """Members whose organisation is ``body`` or belongs to it."""
    return [member.juror for member, _ in composition.seating if body and belongs(member.organisation, body)]


def _distinct(composition: Composition, params: Mapping[str, Any]) -> Answer:
    listed = [member.juror for member in composition.listed]
    once = set(listed)
    twice = sorted(juror for juror in once if listed.count(juror) > 1) if len(once) < len(listed) else []
    return not twice, {"members": len(once), "twice": twice}


def _active(composition: Composition, params: Mapping[str, Any]) -> Answer:
    inactive = [member.juror for member, _ in composition.seating if not member.active]
    return not inactive, {"inactive": inactive}


def _available(composition: Composition, params: Mapping[str, Any]) -> Answer:
    away = [member.juror for member, _ in composition.seating if member.active and not member.can_sit(composition.on)]
    return not away, {"day": composition.on.isoformat(), "absent": away}


def _minimum(composition: Composition, params: Mapping[str, Any]) -> Answer:
    members, least = len(composition.seating), int(params["members"])
    return members >= least, {"members": members, "minimum": least}


def _president(composition: Composition, params: Mapping[str, Any]) -> Answer:
    sitting = [member for member, part in composition.seating if part == "president"]
    bodies = params.get("bodies", ())
    accepted = [one.juror for one in sitting if accepted_to_preside(one.organisation, composition.on, bodies)]
    refused = [
        {"juror": one.juror, "organisation": one.organisation.id} for one in sitting if one.juror not in accepted
    ]
    return bool(accepted), {"day": composition.on.isoformat(), "accepted": accepted, "not_accepted": refused}


def _expert(composition: Composition, params: Mapping[str, Any]) -> Answer:
    branch = composition.about.branch
    sitting = [(one.juror, one.branch or one.organisation.branch) for one, part in composition.seating
               if part == "trade_expert"]  # fmt: skip
    experts = [juror for juror, own in sitting if branch and own == branch]
    others = [{"juror": juror, "branch": own} for juror, own in sitting if juror not in experts]
    return bool(experts), {"branch": branch, "experts": experts, "others": others}


def _not_from_employer(composition: Composition, params: Mapping[str, Any]) -> Answer:
    bound = params.get("part")
    asked = [one.juror for one, part in composition.seating if bound is None or part == bound]
    found = [juror for juror in _of(composition, composition.about.employer) if juror in asked]
    return not found, {"employer": composition.about.employer, "from_employer": found}


def _trained(composition: Composition, params: Mapping[str, Any]) -> Answer:
    untrained = [
        {
            "juror": one.juror,
            "since": one.trained.since.isoformat() if one.trained and one.trained.since else None,
            "until": one.trained.until.isoformat() if one.trained and one.trained.until else None,
        }
        for one, _ in composition.seating
        if one.trained is None or not one.trained.covers(composition.on)
    ]
    return not untrained, {"day": composition.on.isoformat(), "untrained": untrained}


def _no_tie(composition: Composition, params: Mapping[str, Any]) -> Answer:
    person, members = composition.about.person, {member.juror for member, _ in composition.seating}
    found = [
        {"juror": tie.who, "tie": tie.kind, "declared_on": tie.declared_on.isoformat()}
        for tie in composition.ties
        if tie.person == person and tie.who in members
    ]
    return not found, {"ties": sorted(found, key=lambda tie: (tie["juror"], tie["tie"], tie["declared_on"]))}


@lru_cache(maxsize=64)
def _share(written: str) -> Fraction:
    return Fraction(written)


def _outside(composition: Composition, params: Mapping[str, Any]) -> Answer:
    share, body = _share(params["share"]), composition.about.training_body
    inside, members = _of(composition, body), len(composition.seating)
    outside = members - len(inside)
    facts = {"training_body": body, "outside": outside, "members": members, "share": str(share), "inside": inside}
    return outside * share.denominator >= share.numerator * members, facts


def _balance(composition: Composition, params: Mapping[str, Any]) -> Answer:
    """Balanced when women and men differ by one at most, whatever those are whose gender the register does not say."""
    genders = [member.gender for member, _ in composition.seating]
    women, men, unknown = (genders.count(gender) for gender in ("F", "M", None))
    return abs(women - men) + unknown <= 1, {"women": women, "men": men, "unknown": unknown}


def _other_body(composition: Composition, params: Mapping[str, Any]) -> Answer:
    body = composition.about.training_body
    same = _of(composition, body)
    return not same, {"training_body": body, "same_body": same}


ANSWERS: dict[str, Callable[[Composition, Mapping[str, Any]], Answer]] = {
    "distinct": _distinct,
    "active": _active,
    "available": _available,
    "minimum_members": _minimum,
    "president_from_certifier": _president,
    "trade_expert_of_branch": _expert,
    "not_from_employer": _not_from_employer,
    "trained": _trained,
    "no_tie": _no_tie,
    "outside_training_body": _outside,
    "gender_balance": _balance,
    "trainer_not_evaluator": _other_body,
}
"""Rule -> its function: ``(composition, params)`` to whether it holds, and the facts."""
