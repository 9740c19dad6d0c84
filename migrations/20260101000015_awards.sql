-- migrate:up

-- The register of awards: one book for each certification and year, one row for each number in it.
create table award_books (
    book_id     text primary key,
    scheme_id   text not null,
    scheme_hash text not null,
    year        integer not null,
    status      text not null,
    entered     integer not null,
    issued      integer not null,
    withdrawn   integer not null,
    owed        integer not null,
    version     integer not null
);

create table numbered_awards (
    stream_id    text not null,
    number       text not null,
    sequence     integer not null,
    award_id     text not null,
    pathway_id   text not null,
    person_id    text not null,
    scheme_id    text not null,
    scheme_hash  text not null,
    kind         text not null,
    block        text,
    held_as      text,
    title        text not null,
    route        text not null,
    awarded_on   date not null,
    valid_until  date,
    withdrawn_on date,
    edition      integer not null,
    issued       integer not null,
    document     text,
    erased       boolean not null,
    version      integer not null,
    primary key (stream_id, number)
);
create unique index numbered_awards_by_number on numbered_awards (number);
create unique index numbered_awards_by_award on numbered_awards (award_id);
create index numbered_awards_by_person on numbered_awards (person_id);
create index numbered_awards_by_pathway on numbered_awards (pathway_id);

-- What was issued, kept under the person's key: erasing the key, or the row, erases it, and the log keeps its digest. This
-- is no read model: a seal cannot be made again.
create table documents (
    number     text not null,
    edition    integer not null,
    stream_id  text not null,
    person_id  text not null,
    document   bytea not null,
    credential bytea not null,
    digest     text not null,
    kept_at    timestamptz not null default clock_timestamp(),
    primary key (number, edition)
);
create index documents_by_person on documents (person_id);

-- The lists that tell which awards are withdrawn, each version as it was signed; they tell nothing about anybody.
create table status_lists (
    stream_id    text not null,
    version      integer not null,
    content      text not null,
    published_at timestamptz not null default clock_timestamp(),
    primary key (stream_id, version)
);

-- migrate:down
do $$ begin raise exception 'migrations only go forward'; end $$;
