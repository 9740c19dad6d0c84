"""Answering what aggregates ask the read models: each question is answered by a command, mostly to who asked."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Collection, Sequence
from datetime import date
from typing import Any, Literal

from pydantic import BaseModel

from domain.agenda import Effect
from eventstore.meetings import Meetings
from eventstore.roster import Roster


class Inquiries:
    """What the registers and the lists of meetings answer, by what is asked (the effect's template).

    ``seekers`` turns it round: a session or a sitting that opens is told to the pathways that wait for one.
    """

    def __init__(self, roster: Roster, meetings: Meetings) -> None:
        self._roster = roster
        self._meetings = meetings
        self._answers: dict[str, Callable[[str, dict[str, Any]], Awaitable[dict[str, Any]]]] = {
            "jurors": self._jurors,
            "members": self._members,
        }

    async def answer(self, stream: str, effect: Effect) -> dict[str, Any]:
        """The command that answers ``effect``, which ``stream`` owes.

        Raises:
            StoreAway: PostgreSQL cannot be reached.
        """
        what = effect.params.get("what", effect.template)
        if what in ("sessions", "sittings"):
            return {**await self._open(what, effect.params["scheme"]), "inquiry": effect.id}
        register = await self._roster.register_for(stream)
        return {**await self._answers[effect.template](register, effect.params), "inquiry": effect.id}

    async def addressees(self, stream: str, effect: Effect) -> list[str]:
        """Who is told the answer to ``effect``."""
        if effect.template != "seekers":
            return [stream]
        return await self._meetings.seekers(effect.params["scheme"], effect.params["what"])

    async def _open(self, what: Literal["sessions", "sittings"], scheme: str) -> dict[str, Any]:
        if what == "sessions":
            return {"kind": "note_sessions", "sessions": _json(await self._meetings.sessions(scheme))}
        return {"kind": "note_sittings", "sittings": _json(await self._meetings.sittings(scheme))}

    async def _jurors(self, register: str, params: dict[str, Any]) -> dict[str, Any]:
        """``jurors``: whom alone; ``persons``: the candidates whose ties alone; all where it is not said."""
        found = await jurors_of(self._roster, register, params.get("jurors"), params.get("persons"))
        return {"kind": "note_jurors", **found}

    async def _members(self, register: str, params: dict[str, Any]) -> dict[str, Any]:
        """``on``: the day on which they must be in office; ``sitting``: the one that asks."""
        found = await members_of(self._roster, register, params["sitting"], date.fromisoformat(params["on"]))
        return {"kind": "note_members", **found}


async def jurors_of(
    roster: Roster, register: str, ids: Collection[str] | None = None, persons: Collection[str] | None = None
) -> dict[str, Any]:
    """The jurors called ``ids`` (default: all), the places, and their ties with the candidates ``persons`` (default:
    with anybody), as fields of ``note_jurors``.

    Raises:
        StoreAway: PostgreSQL cannot be reached.
    """
    jurors = await roster.jurors(register, ids)
    ties = await roster.ties(register, persons, who=[facts.juror for facts in jurors])
    return {"jurors": _json(jurors), "sites": _json(await roster.sites(register)), "ties": _json(ties)}


async def members_of(roster: Roster, register: str, sitting: str, on: date) -> dict[str, Any]:
    """Who sits in ``sitting`` on the day ``on``, as fields of ``note_members``: the members in office, their ties, and
    the college that presided the sitting before.

    Raises:
        StoreAway: PostgreSQL cannot be reached.
    """
    members = await roster.members(register, on)
    ties = await roster.ties(register, who=[id for facts in members for id in (facts.member, facts.juror)])
    return {"members": _json(members), "ties": _json(ties), "last": await roster.last_presiding(sitting)}


def _json(facts: Sequence[BaseModel]) -> list[dict[str, Any]]:
    return [fact.model_dump(mode="json") for fact in facts]
