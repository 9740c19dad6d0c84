"""The sessions and sittings that still take somebody, and the pathways that wait for one to open."""

from __future__ import annotations

from typing import Literal

from domain.meetings import OpenSession, OpenSitting
from eventstore.pool import fetch
from eventstore.reading import Reading

_TASK = {"sessions": "await_session", "sittings": "await_sitting"}


class Meetings:
    """Queries on what is open. Every method raises ``StoreAway`` when PostgreSQL cannot be reached."""

    def __init__(self, reading: Reading) -> None:
        self._reading = reading

    async def sessions(self, scheme: str) -> list[OpenSession]:
        """The sessions of ``scheme`` (any version) whose registration is open, the earliest first."""
        return [
            OpenSession(
                session=row.session_id,
                opens=row.opens,
                closes=row.closes,
                registration_closes=row.registration_closes,
                blocks=tuple(block for block, seats in row.capacity.items() if seats),
            )
            for row in await self._reading.sessions(scheme=scheme, status="open")
        ]

    async def sittings(self, scheme: str) -> list[OpenSitting]:
        """The sittings of ``scheme`` (any version) whose agenda is open, the earliest first."""
        rows = await self._reading.sittings(scheme=scheme, status="open")
        return [OpenSitting(sitting=row.sitting_id, held_on=row.held_on) for row in rows]

    async def seekers(self, scheme: str, what: Literal["sessions", "sittings"]) -> list[str]:
        """The pathways of ``scheme`` that wait for a session or a sitting to open, the longest first."""
        query = """
            select p.pathway_id from pathways p join tasks t on t.stream_id = p.pathway_id
            where p.scheme_id = $1 and t.kind = $2 order by t.since, p.pathway_id"""
        return [row[0] for row in await fetch(self._reading.pool, query, scheme, _TASK[what])]
