"""The counts that the register gives: one statement over the read models and, once, over the log.

Everything is added up by PostgreSQL: what comes back grows with certifications, years, sessions and bodies, and not
with pathways.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

from eventstore.errors import away, is_away
from eventstore.pool import Pool

WAY: tuple[tuple[str, tuple[str, ...], tuple[str, ...]], ...] = (
    ("admissibility", ("admissibility_filed", "pieces_provided"), ("admissibility_decided",)),
    ("training", ("training_planned",), ("training_completed",)),
    ("convocation", ("seat_requested",), ("convened",)),
    ("opinion", ("convened",), ("opinion_given",)),
    ("decision", ("opinion_given",), ("decision_recorded",)),
    ("notification", ("decision_recorded",), ("effect_settled",)),
    ("contest", ("decision_contested",), ("contest_answered", "contest_decided")),
    ("whole", ("candidacy_registered",), ("pathway_closed",)),
)
"""The steps whose days are counted: the name, the events that begin it, and those that end it.

What begins anew before it ends is counted from its last beginning. Two more, ``certificate`` and ``deposit``, run from
the day of an award to that of its first certificate, and to the acceptance by the Caisse des Dépôts.
"""

_TYPES = sorted(
    {type for _, begins, ends in WAY for type in (*begins, *ends)}
    | {"block_awarded", "certificate_issued", "certification_awarded", "deposit_noted"}
)

# "offset 0": the fact is read once, and not once for each of its columns.
_TOLD = """
told as materialized (
    select e.stream_id, e.version, e.command_id, e.type, p.scheme_id, (x.fact ->> 'on')::date as day,
           x.fact ->> 'session' as session, x.fact -> 'blocks' as blocks, x.fact ->> 'decision' as decision,
           coalesce(x.fact ->> 'award', x.fact ->> 'number') as award,
           case e.type
               when 'admissibility_filed' then (x.fact ->> 'complete')::boolean
               when 'pieces_provided' then (x.fact ->> 'complete')::boolean
               when 'effect_settled' then x.fact ->> 'audience' = 'candidate' and x.fact ->> 'refused' is null
               when 'contest_answered' then not (x.fact ->> 'admissible')::boolean
               when 'pathway_closed' then x.fact ->> 'outcome' = 'certified'
               when 'deposit_noted' then x.fact ->> 'status' = 'accepted'
               when 'certificate_issued' then x.fact ->> 'edition' = '1'
               else true
           end as counts
    from events e left join pathways p on p.pathway_id = e.stream_id
    cross join lateral (select convert_from(e.public, 'UTF8')::jsonb -> 'fact' as fact offset 0) x
    where e.type = any($3::text[]) and ($1::text is null or p.scheme_id = $1 or e.type = 'certificate_issued')
    and (e.type <> 'effect_settled' or e.public like '%"about":"result"%'::bytea)
)"""

# The session of an award is that to which the candidate was convened last before it.
_AWARDED = """
awarded as materialized (
    select a.scheme_id, a.kind, a.withdrawn_on is null as stands, extract(year from a.awarded_on)::integer as year,
           p.route, coalesce(t.sat[2], '') as session, coalesce(a.block, '') as block,
           coalesce(nullif(p.branch, ''), r.facts ->> 'branch', '') as branch,
           coalesce(r.facts ->> 'department', '') as department
    from (
        select stream_id, version, type, max(array[lpad(version::text, 9, '0'), session])
               filter (where type = 'convened') over (partition by stream_id order by version) as sat
        from told where type in ('convened', 'block_awarded', 'certification_awarded')
    ) t
    join awards a on a.award_id = t.stream_id || '#' || t.version
    join pathways p on p.pathway_id = a.stream_id
    left join unnest($6::text[], $7::text[]) g(scheme_hash, register) on g.scheme_hash = p.scheme_hash
    left join register_entries r
        on r.stream_id = g.register and r.entity = 'organisation' and r.code = nullif(p.employer, '')
    where t.type <> 'convened'
)"""

# A block that was validated anew counts for the decision that was contested; one that was withdrawn counts no longer.
_DECIDED = """
gone as (
    select t.stream_id, t.command_id, a.block from told t join awards a on a.award_id = t.stream_id || '#' || t.version
    where t.type = 'block_awarded' and a.withdrawn_on is not null
), anew as (
    select t.stream_id, t.decision::integer as version, b.key as block, bool_or(g.block is null) as stands
    from told t cross join lateral jsonb_each(t.blocks) b
    left join gone g on g.stream_id = t.stream_id and g.command_id = t.command_id and g.block = b.key
    where t.type = 'contest_decided' and b.value = 'true' group by 1, 2, 3
), decided as (
    select t.scheme_id, extract(year from t.day)::integer as year, b.key as block,
           (b.value = 'true' and g.block is null) or coalesce(n.stands, false) as validated
    from told t cross join lateral jsonb_each(t.blocks) b
    left join gone g on g.stream_id = t.stream_id and g.command_id = t.command_id and g.block = b.key
    left join anew n on n.stream_id = t.stream_id and n.version = t.version and n.block = b.key
    where t.type = 'decision_recorded'
)"""

# An end counts where the event of the same step before it is a beginning.
_TIMED = """
paired as (
    select t.scheme_id, w.step, w.role, t.day, lag(w.role) over way as before, lag(t.day) over way as since
    from told t join unnest($4::text[], $5::text[], $8::text[]) w(step, type, role) on w.type = t.type
    where t.counts window way as (partition by w.step, t.stream_id order by t.version)
), timed as (
    select scheme_id, step, day, day - since as days from paired where role = 'ends' and before = 'begins'
    union all
    select t.scheme_id, 'deposit', t.day, t.day - a.awarded_on from told t join awards a on a.award_id = t.award
    where t.type = 'deposit_noted' and t.counts
    union all
    select n.scheme_id, 'certificate', t.day, t.day - n.awarded_on
    from told t join numbered_awards n on n.stream_id = t.stream_id and n.number = t.award
    where t.type = 'certificate_issued' and t.counts and ($1::text is null or n.scheme_id = $1)
)"""

_COUNTS = """
counts as (
    select 'awards' as section, a.scheme_id, a.year, d.dimension, d.value,
           count(*) filter (where kind = 'certification' and stands) as a,
           count(*) filter (where kind = 'block' and stands) as b,
           count(*) filter (where kind = 'certification' and not stands) as c,
           count(*) filter (where kind = 'block' and not stands) as d
    from awarded a cross join lateral (values
        ('all', ''), ('route', a.route), ('session', a.session), ('branch', a.branch), ('department', a.department),
        ('block', a.block)
    ) d(dimension, value)
    group by 2, 3, 4, 5
    union all
    select 'rates', scheme_id, year, 'block', block, count(*), count(*) filter (where validated), 0, 0
    from decided group by 2, 3, 5
    union all
    select 'delays', scheme_id, extract(year from day)::integer, 'step', step, count(*),
           percentile_disc(0.5) within group (order by days), percentile_disc(0.9) within group (order by days), 0
    from timed group by 2, 3, 5
    union all
    select 'candidacies', scheme_id, extract(year from opened_on)::integer, '', '', count(*), 0, 0, 0
    from pathways where $1::text is null or scheme_id = $1 group by 2, 3
    union all
    select 'presented', scheme_id, extract(year from day)::integer, '', '', count(distinct stream_id), 0, 0, 0
    from told where type in ('decision_recorded', 'contest_decided') group by 2, 3
)"""

_FIGURES = f"""
with {", ".join((_TOLD, _AWARDED, _DECIDED, _TIMED, _COUNTS))}
select section, scheme_id, year, dimension, value, a, b, c, d from counts
where $2::integer is null or year = $2 order by section, scheme_id, year, dimension, value"""  # noqa: S608


class Figure(NamedTuple):
    """One row of counts, as :mod:`domain.figures` takes them."""

    section: str
    scheme: str
    year: int
    dimension: str
    value: str
    a: int
    b: int
    c: int
    d: int


async def figures(
    pool: Pool, registers: Mapping[str, str], scheme: str | None = None, year: int | None = None
) -> list[Figure]:
    """The counts of every certification and year, or of one. ``registers``: scheme hash -> the register of its bodies.

    Raises:
        StoreAway: when PostgreSQL cannot be reached or goes away meanwhile.
    """
    way = [
        (step, type, role)
        for step, begins, ends in WAY
        for role, types in (("begins", begins), ("ends", ends))
        for type in types
    ]
    steps, types, roles = (list(column) for column in zip(*way, strict=True))
    arguments = (scheme, year, _TYPES, steps, types, list(registers), list(registers.values()), roles)
    try:
        async with pool.acquire() as connection, connection.transaction(readonly=True):
            # The log is read once and whole: an index, which is all that the connections are set to use, costs more.
            await connection.execute("set local enable_seqscan = on; set local plan_cache_mode = force_custom_plan")
            rows = await connection.fetch(_FIGURES, *arguments)
    except Exception as error:
        if is_away(error):
            raise away(error) from error
        raise
    return [Figure(*row.values()) for row in rows]
