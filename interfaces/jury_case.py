"""A composition written in a file: who would sit, for whom, on which day, and who could still be asked."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from datetime import date
from typing import Any

from pydantic import ValidationError

from domain.people import CandidateFacts, JurorFacts, OrganisationFacts, Part, TieFacts
from domain.records import Frozen
from domain.scheme.check import misshapen
from domain.scheme.fault import Fault, Place, entries, fault, text
from domain.scheme.model import Scheme


class SittingJuror(JurorFacts):
    """A juror with the part they sit in; None: any that the register gives them."""

    part: Part | None = None


class JuryCase(Frozen):
    """What ``jalon jury check`` reads. ``organisations``: bodies that members name by their id."""

    scheme: str = ""
    on: date
    members: tuple[SittingJuror, ...]
    candidate: CandidateFacts | None = None
    ties: tuple[TieFacts, ...] = ()
    pool: tuple[SittingJuror, ...] = ()
    organisations: tuple[OrganisationFacts, ...] = ()

    def parts(self) -> dict[str, Part]:
        """In which part whoever sits, or would sit, in a given one does; a member's goes before."""
        return {juror.juror: juror.part for juror in (*self.pool, *self.members) if juror.part is not None}


def read_case(value: Any, scheme: Scheme, on: date | None) -> JuryCase | list[Fault]:
    """The case that a document describes, or all that is wrong with it.

    ``on`` goes before the day in the file. What only names somebody (pathway, person, who declared a tie) may be left
    out; so may route and blocks, which no rule of a jury asks about.
    """
    if not isinstance(value, dict):
        return [fault((), "wrong_type", wanted="mapping")]
    raw = json.loads(json.dumps(value))
    unknown = list(_expand(raw))
    day = on.isoformat() if on else raw.get("on")
    candidate = raw.get("candidate")
    if isinstance(candidate, dict):
        route = scheme.routes[0].id
        known = {"pathway": "", "person": "", "scheme_hash": scheme.hash, "route": route, "blocks": []}
        candidate = raw["candidate"] = {**known, **candidate}
    person = candidate["person"] if isinstance(candidate, dict) else ""
    for _, tie in entries(raw, "ties"):
        tie.update({"person": person, "declared_on": day, "declared_by": "", **tie})
    if day is not None:
        raw["on"] = day
    try:
        case = JuryCase.model_validate_json(json.dumps(raw), strict=True)
    except ValidationError as error:
        return [*unknown, *misshapen(error)]
    return unknown or case


def _expand(raw: dict[str, Any]) -> Iterator[Fault]:
    """Put bodies in the place of their ids, and parents where a body is part of one in the file."""
    bodies = {id: body for _, body in entries(raw, "organisations") if (id := text(body, "id"))}
    for group in ("members", "pool"):
        for place, juror in entries(raw, group):
            named = juror.get("organisation")
            if not isinstance(named, str):
                continue
            if named in bodies:
                juror["organisation"] = _with_parents(bodies, named)
            else:
                yield _unknown((*place, "organisation"), named, bodies)
                juror["organisation"] = {"id": named, "name": named, "kinds": []}


def _with_parents(bodies: Mapping[str, dict[str, Any]], id: str, below: tuple[str, ...] = ()) -> dict[str, Any]:
    above = text(bodies[id], "part_of")
    if above is None or above not in bodies or above in (*below, id):
        return bodies[id]
    return {**bodies[id], "parent": _with_parents(bodies, above, (*below, id))}


def _unknown(place: Place, named: str, bodies: Mapping[str, Any]) -> Fault:
    return fault(place, "unknown_body", id=named, known=", ".join(sorted(bodies)) or "—")
