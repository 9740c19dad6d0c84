-- migrate:up

-- Which college presides a sitting, once its members are convened: presidency alternates from one to the next.
alter table sittings add column presides text;

-- migrate:down
do $$ begin raise exception 'migrations only go forward'; end $$;
