# ruff: noqa: S608 - the statements are put together from constants; every value is a parameter
"""What the registers say, as the snapshots that rules are given; and, sealed, who is behind the codes."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from datetime import date
from typing import Any, Literal, NamedTuple

from domain.people import College, JurorFacts, MemberFacts, OrganisationFacts, SiteFacts, TieFacts
from domain.records import Sealed
from domain.register import register_of
from domain.scheme import library
from eventstore.pool import Pool, fetch
from eventstore.reading import context_of, sealed_in
from eventstore.statements import COLUMNS, MAIN

_COLUMNS = ", ".join(f"r.{column}" for column in COLUMNS["register_entries"])
_SEALED = """
select r.code, r.person_id, s.subject_id, s.key_version, s.ciphertext, s.digest, e.command_id
from register_entries r
join sealed s on s.stream_id = r.stream_id and s.version = r.{field}_version and s.field = '{field}'
join events e on e.stream_id = r.stream_id and e.version = r.{field}_version
where r.stream_id = $1 and s.ciphertext is not null"""


class SealedText(NamedTuple):
    """A text of the entry ``code`` about ``person``, sealed in ``context``: what a keyring or a reader opens."""

    code: str
    person: str
    sealed: Sealed
    context: str


class Roster:
    """Queries on the registers. Every method raises ``StoreAway`` when PostgreSQL cannot be reached.

    ``register`` is a stream id (see ``domain.register.register_of``). One that nobody opened holds nothing.
    """

    def __init__(self, pool: Pool) -> None:
        self._pool = pool

    async def register_for(self, stream: str) -> str:
        """The register that a session's or a sitting's jury comes from. Raises UnknownScheme."""
        kind = stream.partition(":")[0]
        query = f"select scheme_hash from {MAIN[kind]} where {COLUMNS[MAIN[kind]][0]} = $1"
        return register_of(library.recall((await fetch(self._pool, query, stream))[0][0]))

    async def entries(
        self, register: str, entity: str, codes: Collection[str] | None = None, *, active: bool | None = None
    ) -> list[dict[str, Any]]:
        """The entries of one kind as rows, in the order of their codes: all, or those called ``codes``."""
        query = f"""select {_COLUMNS} from register_entries r
            where r.stream_id = $1 and r.entity = $2 and ($3::text[] is null or r.code = any($3))
            and ($4::boolean is null or r.active = $4) order by r.code"""
        chosen = None if codes is None else list(codes)
        return [dict(row) for row in await fetch(self._pool, query, register, entity, chosen, active)]

    async def organisations(self, register: str) -> list[OrganisationFacts]:
        """The bodies in use."""
        rows = await self.entries(register, "organisation", active=True)
        return [OrganisationFacts.model_validate(row["facts"]) for row in rows]

    async def sites(self, register: str) -> list[SiteFacts]:
        """The places in use."""
        return [SiteFacts.model_validate(row["facts"]) for row in await self.entries(register, "site", active=True)]

    async def jurors(self, register: str, ids: Collection[str] | None = None) -> list[JurorFacts]:
        """All jurors, or those called ``ids``; also those who left, who are not ``active``."""
        bodies = {row["code"]: row["facts"] for row in await self.entries(register, "organisation")}
        return [
            JurorFacts.model_validate(
                {**row["facts"], "organisation": _body(bodies, row["facts"]["organisation"]), "active": row["active"]}
            )
            for row in await self.entries(register, "juror", ids)
        ]

    async def members(self, register: str, on: date | None = None) -> list[MemberFacts]:
        """All members of the paritaire jury, also those who left; with ``on``, those who are in office that day."""
        jurors = {row["person_id"]: row["code"] for row in await self.entries(register, "juror")}
        members = [
            MemberFacts.model_validate(
                {**row["facts"], "active": row["active"], "juror": jurors.get(row["person_id"], "")}
            )
            for row in await self.entries(register, "member")
        ]
        return [member for member in members if on is None or (member.active and member.mandate.covers(on))]

    async def last_presiding(self, sitting: str) -> College | None:
        """The college that presided the last sitting of the certification that proclaimed; None if there is none."""
        query = """select last.presides from sittings last join sittings this using (scheme_id)
            where this.sitting_id = $1 and last.sitting_id <> $1 and last.status = 'proclaimed'
            and last.presides is not null order by last.held_on desc, last.sitting_id desc limit 1"""
        found = await fetch(self._pool, query, sitting)
        college: College | None = found[0][0] if found else None
        return college

    async def ties(
        self, register: str, persons: Collection[str] | None = None, who: Collection[str] | None = None
    ) -> list[TieFacts]:
        """The ties that were declared and not lifted: of all, of these candidates, of these jurors or members."""
        query = """select r.facts from register_entries r
            where r.stream_id = $1 and r.entity = 'tie' and r.active
            and ($2::text[] is null or r.person_id = any($2)) and ($3::text[] is null or r.facts->>'who' = any($3))
            order by r.code"""
        chosen = [None if given is None else list(given) for given in (persons, who)]
        return [TieFacts.model_validate(row["facts"]) for row in await fetch(self._pool, query, register, *chosen)]

    async def contact(self, register: str, who: str) -> SealedText | None:
        """How ``who`` is written to: a juror, a member, an organisation, ``administrator`` or ``head``.

        The text is JSON with ``email`` (perhaps empty) and ``language`` (``fr`` or ``en``). None for whoever is
        unknown, left, was erased or gave no address.
        """
        query = f"{_SEALED.format(field='contact')} and r.code = $2 and r.active"
        rows = await fetch(self._pool, query, register, who)
        return _sealed(register, "contact", rows[0]) if rows else None

    async def contacts(self, register: str, codes: Sequence[str] | None = None) -> dict[str, SealedText]:
        """How everybody, or whoever is called ``codes``, is written to, by code; also those who left."""
        return await self._texts(register, "contact", codes)

    async def names(self, register: str, codes: Sequence[str] | None = None) -> dict[str, SealedText]:
        """Who is behind the codes of jurors and members: JSON with ``family_name`` and ``given_name``.

        Those of erased persons are left out.
        """
        return await self._texts(register, "identity", codes)

    async def _texts(
        self, register: str, field: Literal["identity", "contact"], codes: Sequence[str] | None
    ) -> dict[str, SealedText]:
        query = f"{_SEALED.format(field=field)} and ($2::text[] is null or r.code = any($2)) order by r.code"
        rows = await fetch(self._pool, query, register, None if codes is None else list(codes))
        return {row["code"]: _sealed(register, field, row) for row in rows}


def _body(bodies: Mapping[str, Mapping[str, Any]], code: str, below: tuple[str, ...] = ()) -> dict[str, Any]:
    """A body with those that it belongs to, as far as they are registered and do not go round in a circle."""
    above = bodies[code].get("part_of", "")
    if above not in bodies or above in (*below, code):
        return dict(bodies[code])
    return {**bodies[code], "parent": _body(bodies, above, (*below, code))}


def _sealed(register: str, field: str, row: Any) -> SealedText:
    return SealedText(row["code"], row["person_id"], sealed_in(row), context_of(register, row["command_id"], field))
