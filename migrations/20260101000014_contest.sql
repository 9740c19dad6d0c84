-- migrate:up

-- An award that was unlawful is withdrawn: the row stays and says since when.
alter table awards add column withdrawn_on date;

-- migrate:down
do $$ begin raise exception 'migrations only go forward'; end $$;
