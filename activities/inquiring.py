"""Answering what aggregates ask the read models: each question is answered by a command to the stream that asked."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from datetime import date
from typing import Any

from pydantic import BaseModel

from domain.agenda import Effect
from eventstore.roster import Roster


class Inquiries:
    """What the registers answer, by what is asked (the effect's template)."""

    def __init__(self, roster: Roster) -> None:
        self._roster = roster
        self._answers: dict[str, Callable[[str, dict[str, Any]], Awaitable[dict[str, Any]]]] = {
            "jurors": self._jurors,
            "members": self._members,
        }

    async def answer(self, stream: str, effect: Effect) -> dict[str, Any]:
        """The command that answers ``effect``, which ``stream`` owes.

        Raises:
            StoreAway: PostgreSQL cannot be reached.
        """
        register = await self._roster.register_for(stream)
        return {**await self._answers[effect.template](register, effect.params), "inquiry": effect.id}

    async def _jurors(self, register: str, params: dict[str, Any]) -> dict[str, Any]:
        """``jurors``: whom alone; ``persons``: the candidates whose ties alone; all where it is not said."""
        ids, persons = params.get("jurors"), params.get("persons")
        jurors = await self._roster.jurors(register, ids)
        ties = await self._roster.ties(register, persons, who=[facts.juror for facts in jurors])
        sites = await self._roster.sites(register)
        return {"kind": "note_jurors", "jurors": _json(jurors), "sites": _json(sites), "ties": _json(ties)}

    async def _members(self, register: str, params: dict[str, Any]) -> dict[str, Any]:
        """``on``: the day on which they must be in office; all who ever were where it is not said. ``sitting``: the one
        that asks, before which another one was presided."""
        on = date.fromisoformat(params["on"]) if params.get("on") else None
        members = await self._roster.members(register, on)
        ties = await self._roster.ties(register, who=[id for facts in members for id in (facts.member, facts.juror)])
        last = await self._roster.last_presiding(params["sitting"])
        return {"kind": "note_members", "members": _json(members), "ties": _json(ties), "last": last}


def _json(facts: Sequence[BaseModel]) -> list[dict[str, Any]]:
    return [fact.model_dump(mode="json") for fact in facts]
