-- migrate:up

-- The deposit of holders with the Caisse des Dépôts: one queue for each certifier, one row for each passage. What a receipt
-- said in words is sealed beside the event of the version given here.
create table deposits (
    deposit_id  text primary key,
    certifier   text not null,
    scheme_id   text not null,
    scheme_hash text not null,
    status      text not null,
    waiting     integer not null,
    sent        integer not null,
    accepted    integer not null,
    rejected    integer not null,
    owed        integer not null,
    version     integer not null
);

create table passages (
    stream_id   text not null,
    number      text not null,
    pathway_id  text not null,
    person_id   text not null,
    scheme_id   text not null,
    scheme_hash text not null,
    kind        text not null,
    block       text,
    route       text not null,
    awarded_on  date not null,
    valid_until date,
    status      text not null,
    flux        text,
    tries       integer not null,
    fault       text,
    told_in     integer,
    version     integer not null,
    primary key (stream_id, number)
);
create index passages_by_status on passages (status, awarded_on);
create index passages_by_person on passages (person_id);
create index passages_by_pathway on passages (pathway_id);

-- migrate:down
do $$ begin raise exception 'migrations only go forward'; end $$;
