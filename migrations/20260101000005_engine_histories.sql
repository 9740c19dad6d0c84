-- migrate:up

-- Every run of a workflow that asked anything of the log, in the order in which they were noted. ``fate``: null while
-- its history is still to be kept, ``kept`` once it is in histories, ``lost`` when Temporal did not know the run any more.
create table runs (
    number    bigint generated always as identity primary key,
    run_id    text not null unique,
    stream_id text not null,
    fate      text check (fate in ('kept', 'lost')),
    noted_at  timestamptz not null default clock_timestamp(),
    looked_at timestamptz
);
create index runs_by_stream on runs (stream_id, number);
create index runs_to_keep on runs (number) where fate is null;

-- What Temporal kept of a run that has closed: gzip of its JSON, payloads as Temporal holds them.
create table histories (
    run_id        text primary key references runs (run_id),
    workflow_type text not null,
    status        text not null,
    events        integer not null,
    started_at    timestamptz not null,
    closed_at     timestamptz not null,
    kept_at       timestamptz not null default clock_timestamp(),
    content       bytea not null
);
alter table histories alter content set storage external;

-- migrate:down
do $$ begin raise exception 'migrations only go forward'; end $$;
