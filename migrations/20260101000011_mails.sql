-- migrate:up

-- What is known of the sending of each notice, written before a mail is handed over: never twice for one event. This is no
-- read model: what the relay was told cannot be made again from the log, which learns of each attempt afterwards.
create table mails (
    effect_id  text primary key,
    stream_id  text not null,
    audience   text not null,
    recipient  text not null,
    template   text not null,
    message_id text not null unique,
    attempt    integer not null,
    status     text not null check (status in ('sending', 'sent', 'deferred', 'bounced', 'uncertain', 'unaddressed')),
    code       text not null default '',
    retry_at   timestamptz,
    changed_at timestamptz not null default clock_timestamp()
);
create index mails_by_status on mails (status, changed_at);
create index mails_by_stream on mails (stream_id, changed_at);

-- migrate:down
do $$ begin raise exception 'migrations only go forward'; end $$;
