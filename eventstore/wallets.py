"""What persons hold: the blocks that they were awarded, and those that a pathway recognised on somebody's word."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

from domain.held import HeldBlock
from domain.wallet import Holding
from eventstore.pool import Pool, fetch

_AWARDED = """
select a.person_id, a.held_as, a.scheme_id, a.scheme_hash, a.stream_id as pathway, a.awarded_on as since,
       a.valid_until as until, a.withdrawn_on, a.award_id as award, coalesce(n.number, '') as number
from awards a left join numbered_awards n using (award_id)
where a.person_id = any($1::text[]) and a.held_as is not null order by a.person_id, a.awarded_on, a.award_id"""

_DECLARED = """
select t.scheme_id, t.scheme_hash, t.stream_id as pathway, t.block ->> 'held_as' as held_as,
       (t.block ->> 'since')::date as since, (t.block ->> 'until')::date as until
from (
    select p.scheme_id, p.scheme_hash, e.stream_id, convert_from(e.public, 'UTF8')::jsonb #> '{fact,block}' as block
    from pathways p join events e on e.stream_id = p.pathway_id
    where p.person_id = $1 and e.type = 'block_recognised'
) t
where t.block ->> 'pathway' is null order by since, held_as, pathway"""


class Wallets:
    """Queries on what persons hold. Every method raises ``StoreAway`` when PostgreSQL cannot be reached."""

    def __init__(self, pool: Pool) -> None:
        self._pool = pool

    async def held(self, persons: Sequence[str]) -> dict[str, list[HeldBlock]]:
        """The blocks that each person was awarded, without those withdrawn, in the order of their days."""
        found: dict[str, list[HeldBlock]] = {}
        for row in await fetch(self._pool, _AWARDED, list(persons)):
            if row["withdrawn_on"] is None:
                block = HeldBlock(
                    held_as=row["held_as"], since=row["since"], pathway=row["pathway"], until=row["until"]
                )
                found.setdefault(row["person_id"], []).append(block)
        return found

    async def other(self, person: str, held_as: str, pathway: str, on: date) -> HeldBlock | None:
        """A block called ``held_as`` that ``person`` was awarded elsewhere than on ``pathway`` and holds on ``on``."""
        held = (await self.held([person])).get(person, [])
        found = [block for block in held if block.held_as == held_as and block.pathway != pathway]
        lasting = [block for block in found if block.until is None or block.until >= on]
        return max(lasting, key=lambda block: block.until or date.max, default=None)

    async def of(self, person: str) -> list[Holding]:
        """Everything in the wallet of ``person``, what was withdrawn too."""
        awarded = [dict(row) for row in await fetch(self._pool, _AWARDED, [person])]
        declared = [dict(row) for row in await fetch(self._pool, _DECLARED, person)]
        for row in awarded:
            del row["person_id"]
        return [Holding.model_validate(row) for row in (*awarded, *declared)]
