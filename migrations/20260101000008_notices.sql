-- migrate:up

-- A notice is recorded when the event that owed it was, so that it can be made again from the log to the byte.
alter table notices alter column recorded_at drop default;

-- migrate:down
do $$ begin raise exception 'migrations only go forward'; end $$;
