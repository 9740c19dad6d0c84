-- migrate:up

-- Read models, written in the transaction of the events they follow from. They can always be made again from the log.

create table pathways (
    pathway_id       text primary key,
    person_id        text not null,
    scheme_id        text not null,
    scheme_version   text not null,
    scheme_hash      text not null,
    attempt          integer not null,
    route            text not null,
    employer         text,
    branch           text,
    initiative       text,
    status           text not null,
    step             text,
    outcome          text,
    opened_on        date not null,
    closed_on        date,
    session_id       text,
    sitting_id       text,
    held             text[] not null default '{}',
    identity_version integer not null,
    owed             integer not null,
    version          integer not null
) with (fillfactor = 70);
create index pathways_by_person on pathways (person_id, scheme_id);
create index pathways_by_scheme on pathways (scheme_id, status, step);
create index pathways_by_prefix on pathways (pathway_id text_pattern_ops);

create table sessions (
    session_id          text primary key,
    scheme_id           text not null,
    scheme_hash         text not null,
    status              text not null,
    opens               date not null,
    closes              date not null,
    modality            text not null,
    place               text,
    registration_closes date,
    capacity            jsonb not null default '{}',
    seated              integer not null,
    waiting             integer not null,
    owed                integer not null,
    version             integer not null
);
create index sessions_by_scheme on sessions (scheme_id, opens);

create table sittings (
    sitting_id  text primary key,
    scheme_id   text not null,
    scheme_hash text not null,
    status      text not null,
    held_on     date not null,
    place       text,
    dossiers    integer not null,
    decided     integer not null,
    owed        integer not null,
    version     integer not null
);
create index sittings_by_scheme on sittings (scheme_id, held_on);

create table tasks (
    stream_id text not null,
    task_id   text not null,
    kind      text not null,
    who       text not null,
    since     date not null,
    due_on    date,
    params    jsonb not null default '{}',
    primary key (stream_id, task_id)
);
create index tasks_by_role on tasks (who, due_on);

create table deadlines (
    stream_id   text not null,
    deadline_id text not null,
    deadline    text not null,
    title       text not null,
    status      text not null,
    starts_on   date not null,
    due_on      date,
    due_at      timestamptz,
    who         text not null,
    basis       text not null,
    passed      text not null,
    derivation  jsonb not null,
    primary key (stream_id, deadline_id)
);
create index deadlines_by_day on deadlines (due_on);

create table awards (
    award_id    text primary key,
    stream_id   text not null,
    person_id   text not null,
    scheme_id   text not null,
    scheme_hash text not null,
    kind        text not null,
    block       text,
    held_as     text,
    title       text not null,
    awarded_on  date not null,
    valid_until date
);
create index awards_by_person on awards (person_id);
create index awards_by_stream on awards (stream_id);

create table notices (
    notice_id   text primary key,
    stream_id   text not null,
    audience    text not null,
    template    text not null,
    params      jsonb not null default '{}',
    recorded_at timestamptz not null default clock_timestamp()
);
create index notices_by_stream on notices (stream_id, recorded_at);

-- migrate:down
do $$ begin raise exception 'migrations only go forward'; end $$;
