-- migrate:up

-- What a time-stamping authority answered over a checkpoint's note (RFC 3161, DER), as it came.
create table timestamps (
    size       bigint primary key,
    authority  text not null,
    response   bytea not null,
    stamped_at timestamptz not null
);

create trigger timestamps_never_change before update or delete or truncate on timestamps
    for each statement execute function refuse_change();
alter table timestamps enable always trigger timestamps_never_change;

-- migrate:down
do $$ begin raise exception 'migrations only go forward'; end $$;
