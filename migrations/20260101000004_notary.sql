-- migrate:up

-- The order that everyone reads: dense, gapless, given by the notary alone, never changed.
create table log (
    leaf_index bigint primary key,
    position   bigint not null unique,
    leaf_hash  bytea not null
);

-- Hashes of complete subtrees of 256, 256 * 256, … leaves (levels 1, 2, …): a proof needs few of them and few leaves.
create table subtrees (
    level  smallint not null,
    number bigint not null,
    hash   bytea not null,
    primary key (level, number)
);

create table checkpoints (
    size        bigint primary key,
    root        bytea not null,
    note        text not null,
    recorded_at timestamptz not null
);

-- Every key that ever signed; each but the first is endorsed by the one before, in a note of its own.
create table notary_keys (
    key_id      text primary key,
    vkey        text not null,
    since       bigint not null,
    endorsement text,
    recorded_at timestamptz not null default clock_timestamp()
);

-- Transaction ids order the events of one cluster only. A log that comes to another one (a dump restored) gets an epoch
-- there: what came along is in order already, and positions beyond the floor are ordered by the new ids.
create table epochs (
    epoch          integer primary key,
    cluster        text not null,
    floor_position bigint not null,
    first_xid      xid8 not null,
    opened_at      timestamptz not null default clock_timestamp()
);

-- What this log is called in its checkpoints; given once, and kept through every dump.
create table log_origin (
    one    boolean primary key default true check (one),
    origin text not null
);
insert into log_origin (origin) values ('jalon/' || gen_random_uuid());

create trigger log_never_changes before update or delete or truncate on log
    for each statement execute function refuse_change();
create trigger subtrees_never_change before update or delete or truncate on subtrees
    for each statement execute function refuse_change();
create trigger checkpoints_never_change before update or delete or truncate on checkpoints
    for each statement execute function refuse_change();
create trigger notary_keys_never_change before update or delete or truncate on notary_keys
    for each statement execute function refuse_change();
create trigger epochs_never_change before update or delete or truncate on epochs
    for each statement execute function refuse_change();
create trigger log_origin_never_changes before update or delete or truncate on log_origin
    for each statement execute function refuse_change();
alter table log enable always trigger log_never_changes;
alter table subtrees enable always trigger subtrees_never_change;
alter table checkpoints enable always trigger checkpoints_never_change;
alter table notary_keys enable always trigger notary_keys_never_change;
alter table epochs enable always trigger epochs_never_change;
alter table log_origin enable always trigger log_origin_never_changes;

-- migrate:down
do $$ begin raise exception 'migrations only go forward'; end $$;
