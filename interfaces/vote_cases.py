"""A vote as a case on its own: who is in office, who came, who voted what; and the answer that the rules give.

No log is asked and nothing is written: anybody can put a case through the rules that sittings keep to.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any, Literal

from pydantic import ValidationError

from domain.attendance import Proxy, president, presiding_college, seats
from domain.deliberation import Tally, Vote, require_able, tally
from domain.people import College, MemberFacts
from domain.records import Frozen
from domain.refusal import Refusal, Refused
from domain.scheme.conduct import SittingConduct
from interfaces.sentences import name_of, refusal_sentence
from interfaces.words import say


class CaseMember(Frozen):
    """A member in office; titular unless it is said otherwise."""

    member: str
    college: College
    standing: Literal["titular", "substitute"] = "titular"
    replaces: str = ""


class Case(Frozen):
    """One vote. ``rules``: as in the scheme's ``conduct.sitting``. ``last``: the college that presided the sitting
    before; where it is given, the presidency alternates. ``votes`` left out: only whether the jury may decide is asked.
    """

    rules: SittingConduct = SittingConduct()
    members: tuple[CaseMember, ...]
    present: tuple[str, ...] = ()
    remote: tuple[str, ...] = ()
    proxies: tuple[Proxy, ...] = ()
    recused: tuple[str, ...] = ()
    president: str = ""
    last: College | None = None
    second: bool = False
    votes: dict[str, Vote] | None = None


class BadCase(ValueError):
    """What was given is no case; ``where`` names the field (empty: the whole)."""

    def __init__(self, reason: str, where: str = "") -> None:
        super().__init__(reason)
        self.reason = reason
        self.where = where


def read_cases(text: str) -> tuple[list[Case], bool]:
    """The cases of a JSON text, and whether it is a list of them.

    Raises:
        BadCase: it is neither one case nor a list of cases.
    """
    try:
        given = json.loads(text, object_pairs_hook=_once)
    except (ValueError, RecursionError) as error:
        raise BadCase("twice" if isinstance(error, _Twice) else "json", str(error)) from None
    several = isinstance(given, list)
    return [
        _case(item, f"{number}." if several else "") for number, item in enumerate(given if several else [given])
    ], several


class _Twice(ValueError):
    pass


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    names = [name for name, _ in pairs]
    twice = next((name for name in names if names.count(name) > 1), None)
    if twice is not None:
        raise _Twice(twice)
    return dict(pairs)


def _case(item: Any, prefix: str) -> Case:
    try:
        case = Case.model_validate(item)
    except ValidationError as error:
        first = error.errors()[0]
        raise BadCase("field", prefix + ".".join(map(str, first["loc"]))) from None
    ids = [member.member for member in case.members]
    twice = next((id for id in ids if ids.count(id) > 1), None)
    if twice is not None:
        raise BadCase("twice", twice)
    return case


def answer(case: Case, language: str = "fr") -> dict[str, Any]:
    """What the rules say of a case: ``legal`` (whether it can be decided so), ``adopted`` (None without votes), the
    ``code`` and ``sentence`` of what stands in the way, the ``tally`` and its ``explained`` derivation.
    """
    found: dict[str, Any] = {
        "legal": True,
        "adopted": None,
        "code": None,
        "sentence": None,
        "basis": "",
        "president": "",
    }
    try:
        members = [MemberFacts(**member.model_dump()) for member in case.members]
        voices = seats(case.rules, members, case.present, case.remote, case.proxies)
        found["seats"] = [seat.model_dump(mode="json") for seat in voices]
        head = case.president
        if not head or case.last is not None:
            head = president(voices, presiding_college(case.rules, case.last), case.president)
        found["president"] = head
        if case.votes is None:
            quorum = require_able(case.rules, members, voices, case.recused, second=case.second)
            return {**found, "quorum": quorum.model_dump(mode="json")}
        counted = tally(
            case.rules, members, voices, case.votes, president=head, recused=case.recused, second=case.second
        )
    except Refused as refused:
        return {**found, "legal": False, **_said(refused.refusal, language)}
    return {
        **found,
        "adopted": counted.adopted,
        "casting": counted.casting,
        "quorum": counted.quorum.model_dump(mode="json"),
        "tally": counted.model_dump(mode="json", exclude={"derivation", "quorum"}),
        "derivation": list(counted.derivation),
        "explained": explained(counted, language),
    }


def _said(refusal: Refusal, language: str) -> dict[str, Any]:
    sentence = refusal_sentence(refusal, language)
    return {"code": refusal.code, "params": refusal.params, "sentence": sentence, "basis": refusal.basis}


def explained(counted: Tally, language: str) -> list[str]:
    """The derivation of a vote in sentences."""
    return [_step(step, language) for step in counted.derivation]


def _step(step: Mapping[str, Any], language: str) -> str:
    words = {name: name_of("college", value, language) if name == "college" else value for name, value in step.items()}
    return say(f"sitting.step.{_variant(step)}", language, **words)


def _variant(step: Mapping[str, Any]) -> str:
    kind = str(step["step"])
    match kind:
        case "quorum":
            return "quorum_second" if step["second"] else "quorum"
        case "parity":
            if not step["asked"]:
                return "parity_none"
            return "parity_weights" if "weights" in step else "parity_absent" if "absent" in step else "parity"
        case "equal":
            return f"equal_{step['casting'] or 'none'}"
        case "answer" | "result":
            return f"{kind}_{'adopted' if step['adopted'] else 'rejected'}"
    return kind
