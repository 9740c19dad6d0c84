# ruff: noqa: S608 - the statements are put together from constants and from nothing else
"""The questions that a verification asks of its snapshot. Rows come as they are stored, whatever was done to them."""

from __future__ import annotations

from eventstore.statements import COLUMNS, MAIN

# A moment that no calendar of ours can hold would break the reading of every row that comes with it.
_MOMENT = "case when e.{0} between '0001-01-02' and '9999-12-30' then e.{0} end as {0}"

_EVENT = f"""e.stream_id, e.version, e.event_id, e.command_id, e.command_seq, e.type, e.schema_version,
       {_MOMENT.format("occurred_at")}, {_MOMENT.format("recorded_at")}, e.public, e.leaf_hash"""

PLACED = f"""
select l.leaf_index, l.position, l.leaf_hash as sealed_hash, e.xid, {_EVENT}
from log l left join events e on e.position = l.position order by l.leaf_index"""
"""The sealed order, as :class:`domain.verifying.order.Placed` takes it."""

UNPLACED = f"""
select null::bigint, e.position, null::bytea, e.xid, {_EVENT}
from events e where not exists (select from log l where l.position = e.position) order by e.xid, e.position"""
"""The events without a place, likewise."""

IN_ORDER = {"enable_hashjoin": "off", "enable_mergejoin": "off", "enable_sort": "off", "enable_seqscan": "off"}
"""For :data:`PLACED`: from one index to the other, so that the first rows come at once and nothing is sorted."""

AT_LARGE = {"enable_seqscan": "on", "plan_cache_mode": "auto"}
"""For questions about whole tables."""

COUNT = "select count(*) from log"
EVENTS = "select count(*) from events"
ORIGIN = "select origin from log_origin"
ERASED = "select person_id from erasures"
SUBTREES = "select level, number, hash from subtrees"
SIGNED = "select exists(select from checkpoints)"
CHECKPOINTS = "select size, root, note from checkpoints order by size"
SCHEMES = "select hash, scheme_id, version, content from schemes order by hash"
CLUSTER = "select system_identifier::text from pg_catalog.pg_control_system()"
WRITTEN_HERE = """
select e.xmin::text::numeric = e.xid::text::numeric % 4294967296
from log l join events e using (position) order by l.leaf_index desc limit 1"""
"""Whether the last event in the order was written by a transaction of this cluster, rather than brought to it."""

EPOCHS = "select epoch, cluster, floor_position, first_xid from epochs order by epoch"

FUTURE = """
select event_id, stream_id, version from events
where xid >= pg_snapshot_xmax(pg_current_snapshot()) and position > $1 order by xid, position limit $2"""
"""Events beyond the floor ``$1`` that name a transaction which has not begun: nothing would be ordered after them."""

VALUES = """
select s.stream_id, s.version, s.field, s.subject_id, s.key_version, s.ciphertext, s.digest, e.public
from sealed s left join events e on e.stream_id = s.stream_id and e.version = s.version
order by s.stream_id, s.version, s.field"""
"""The sealed values, as :class:`domain.verifying.references.ValuesCheck` takes them."""

AT = "select event_id, stream_id from events where position = any($1::bigint[]) order by position"
"""The events at these positions."""

UNTOLD = """
with entrants as materialized (
    select e.public from registers r join events e on e.stream_id = r.register_id and e.type = 'entrant_erased'
)
select s.stream_id, s.version, s.field from sealed s where s.ciphertext is null and not exists (
    select from pathways p join events e on e.stream_id = p.pathway_id and e.type = 'subject_erased'
    where p.person_id = s.subject_id
) and not exists (
    select from entrants e where position(convert_to(format('"person":"%s"', s.subject_id), 'UTF8') in e.public) > 0
)
order by s.stream_id, s.version, s.field"""
"""Ciphertexts that are gone although no event says that the person was erased."""

_MAIN = " union all ".join(f"select {COLUMNS[table][0]} as stream_id, version from {table}" for table in MAIN.values())
VIEWS = f"""
select v.stream_id, v.version, coalesce(e.version, 0) as last from ({_MAIN}) v
left join lateral (select max(version) as version from events e where e.stream_id = v.stream_id) e on true
where v.version is distinct from coalesce(e.version, 0) order by v.stream_id"""
"""Streams that the read models know at another version than their last event's."""

_STORED = f"""e.version, e.command_id, e.type, e.schema_version, {_MOMENT.format("occurred_at")},
       {_MOMENT.format("recorded_at")}, e.public"""

HISTORIES = f"""
select e.stream_id, {_STORED} from events e where (e.stream_id, e.version) > ($1, $2)
order by e.stream_id, e.version limit $3"""
"""Events by stream, after the version ``$2`` of the stream ``$1``."""

HISTORY = f"select {_STORED} from events e where e.stream_id = $1 order by e.version"

_DAY = "case when a.{0} is not null then greatest(least(a.{0}, '9999-12-31'), '0001-01-01') end as {0}"
_AWARD = ", ".join(
    _DAY.format(column) if column in ("awarded_on", "valid_until", "withdrawn_on") else f"a.{column}"
    for column in COLUMNS["awards"]
)
AWARDS = f"select {_AWARD} from awards a where a.stream_id = any($1::text[]) order by a.award_id"

MAILS = """
select m.effect_id, m.stream_id, m.audience, m.recipient, m.template, m.message_id, m.attempt, m.status, m.code
from mails m where m.stream_id = any($1::text[]) order by m.effect_id"""
"""What the book of mails says of these streams."""

DOCUMENTS = "select number, edition, person_id, digest from documents where stream_id = $1"
"""What is kept of a book: nothing of it is opened."""

LISTS = """
select version, encode(sha256(convert_to(content, 'UTF8')), 'hex') from status_lists where stream_id = $1"""
"""The digests of the lists that a book published."""

STRAY_AWARDS = """
select a.award_id, a.stream_id from awards a
where not exists (select from events e where e.stream_id = a.stream_id and e.stream_id like 'pathway:%')
order by a.award_id"""
"""Awards of no pathway at all."""

AWARDED = "select distinct stream_id, held_as from awards where stream_id = any($1::text[]) and held_as is not null"
