-- migrate:up

-- Texts are hashed as UTF-8 bytes; any other server encoding could not hold them all.
do $$
begin
    if current_setting('server_encoding') <> 'UTF8' then
        raise exception 'jalon needs a database in UTF8, this one is in %', current_setting('server_encoding');
    end if;
end
$$;

-- Positions are handed out before commit, so they are not an order to read by: readers go by (xid, position) and stop
-- below the oldest transaction still running.
create table events (
    position       bigint generated always as identity primary key,
    xid            xid8 not null default pg_current_xact_id(),
    stream_id      text not null,
    version        integer not null,
    event_id       uuid not null unique,
    command_id     text not null,
    command_seq    integer not null,
    type           text not null,
    schema_version integer not null,
    occurred_at    timestamptz not null,
    recorded_at    timestamptz not null,
    public         bytea not null,
    leaf_hash      bytea not null,
    unique (stream_id, version),
    unique (stream_id, command_id, command_seq)
);
create index events_in_order on events (xid, position);

-- Personal data stands beside the event, each value with the person it is about; the event holds its digest only.
create table sealed (
    stream_id   text not null,
    version     integer not null,
    field       text not null,
    subject_id  text not null,
    key_version integer not null,
    ciphertext  bytea not null,
    digest      bytea not null,
    primary key (stream_id, version, field)
);
create index sealed_by_subject on sealed (subject_id);

create table persons (
    person_id   text primary key,
    blind_index bytea not null unique,
    wrapped_key bytea not null,
    key_version integer not null,
    created_at  timestamptz not null default clock_timestamp()
);

create table schemes (
    hash         text primary key,
    scheme_id    text not null,
    version      text not null,
    content      bytea not null,
    published_at timestamptz not null default clock_timestamp(),
    unique (scheme_id, version)
);

create function refuse_change() returns trigger language plpgsql as $$
begin
    raise exception '% on % is refused: what is recorded is never changed', lower(tg_op), tg_table_name
        using errcode = 'restrict_violation';
end
$$;

create trigger events_never_change before update or delete or truncate on events
    for each statement execute function refuse_change();
create trigger sealed_never_change before update or delete or truncate on sealed
    for each statement execute function refuse_change();
create trigger schemes_never_change before update or delete or truncate on schemes
    for each statement execute function refuse_change();
-- "always": a session that plays a replica's part is refused too.
alter table events enable always trigger events_never_change;
alter table sealed enable always trigger sealed_never_change;
alter table schemes enable always trigger schemes_never_change;

-- migrate:down
do $$ begin raise exception 'migrations only go forward'; end $$;
