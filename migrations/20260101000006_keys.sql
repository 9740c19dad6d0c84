-- migrate:up

-- The master keys that wrap what is in keys; the keys themselves are never here. A master that has left this table can
-- wrap nothing any more: whoever still holds it is told so by the reference below.
create table masters (
    master_id text primary key,
    since     timestamptz not null default clock_timestamp()
);

-- Enters the master key that wraps the first key of this database; of two that come at once, one.
create function first_master(id text) returns void language plpgsql as $$
begin
    lock table masters in share row exclusive mode;
    insert into masters (master_id) select id where not exists (select from masters);
end
$$;

-- One key for each owner: a person, a stream (what Temporal is told about it), or the blind index. A destroyed key leaves
-- its row, so that its version is never given again.
create table keys (
    owner        text not null,
    version      integer not null,
    wrapped_key  bytea,
    master_id    text references masters,
    created_at   timestamptz not null default clock_timestamp(),
    destroyed_at timestamptz,
    primary key (owner, version),
    check ((wrapped_key is null) = (destroyed_at is not null) and (wrapped_key is null) = (master_id is null))
);
create index keys_by_master on keys (master_id, owner);
create index keys_destroyed on keys (destroyed_at) where destroyed_at is not null;

alter table persons drop column wrapped_key, drop column key_version;

-- Whose data is being destroyed, or was. The certificate holds nothing personal.
create table erasures (
    person_id   text primary key,
    begun_at    timestamptz not null default clock_timestamp(),
    begun_by    text not null,
    ended_at    timestamptz,
    certificate jsonb
);

create function only_erase() returns trigger language plpgsql as $$
begin
    if new.ciphertext is null
        and (new.stream_id, new.version, new.field, new.subject_id, new.key_version, new.digest)
          = (old.stream_id, old.version, old.field, old.subject_id, old.key_version, old.digest)
        and exists (select from erasures where person_id = old.subject_id)
    then
        return new;
    end if;
    raise exception 'update on sealed is refused: only the ciphertexts of an erased person may be taken away'
        using errcode = 'restrict_violation';
end
$$;

alter table sealed alter column ciphertext drop not null;
drop trigger sealed_never_change on sealed;
create trigger sealed_never_change before delete or truncate on sealed
    for each statement execute function refuse_change();
create trigger sealed_only_erased before update on sealed for each row execute function only_erase();
alter table sealed enable always trigger sealed_never_change;
alter table sealed enable always trigger sealed_only_erased;

-- migrate:down
do $$ begin raise exception 'migrations only go forward'; end $$;
