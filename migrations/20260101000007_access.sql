-- migrate:up

-- Who read about whom: one row for each person whose file an act of reading opened, written before it is opened.
create table access_log (
    access_id bigint generated always as identity primary key,
    at        timestamptz not null default clock_timestamp(),
    actor     text not null,
    role      text not null,
    purpose   text not null,
    person_id text,
    streams   text[] not null,
    check (person_id is not null or streams <> '{}')
);
create index access_log_by_person on access_log (person_id, access_id);

create trigger access_log_never_changes before update or delete or truncate on access_log
    for each statement execute function refuse_change();
alter table access_log enable always trigger access_log_never_changes;

-- migrate:down
do $$ begin raise exception 'migrations only go forward'; end $$;
