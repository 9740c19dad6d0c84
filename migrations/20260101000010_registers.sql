-- migrate:up

-- Who juries are made of: one register for each certifier, one row for each entry. Facts are what rules see of an entry,
-- without any name; names and addresses are sealed beside the events of these versions.

create table registers (
    register_id text primary key,
    certifier   text not null,
    scheme_id   text not null,
    scheme_hash text not null,
    status      text not null,
    owed        integer not null,
    version     integer not null
);

create table register_entries (
    stream_id        text not null,
    entity           text not null,
    code             text not null,
    person_id        text not null,
    identity_version integer,
    contact_version  integer,
    active           boolean not null,
    facts            jsonb not null,
    version          integer not null,
    primary key (stream_id, entity, code)
);
create index register_entries_by_person on register_entries (person_id);

-- migrate:down
do $$ begin raise exception 'migrations only go forward'; end $$;
