-- migrate:up

-- "stable" although nothing here depends on the session: marked immutable, a function around convert_to and extract is
-- not inlined into the append, and costs it a tenth of its speed.

-- A text in a leaf header: its UTF-8 bytes behind their number as 4 bytes.
create function leaf_text(value text) returns bytea language sql stable parallel safe
    return int4send(octet_length(value)) || convert_to(value, 'UTF8');

-- A moment in a leaf header: microseconds since 1970 UTC as 8 bytes. The epoch is numeric, hence exact.
create function leaf_moment(value timestamptz) returns bytea language sql stable parallel safe
    return int8send((extract(epoch from value) * 1000000)::bigint);

-- The same hash as domain/ledger.py computes; a test holds the two against each other.
create function leaf_hash(
    stream_id text, version integer, event_id uuid, command_id text, command_seq integer, type text,
    schema_version integer, occurred_at timestamptz, recorded_at timestamptz, public bytea
) returns bytea language sql stable parallel safe
    return sha256(
        '\x00'::bytea
        || leaf_text(stream_id) || int8send(version::bigint) || uuid_send(event_id)
        || leaf_text(command_id) || int8send(command_seq::bigint) || leaf_text(type)
        || int8send(schema_version::bigint) || leaf_moment(occurred_at) || leaf_moment(recorded_at)
        || sha256(public)
    );

-- What an append hands over: arrays of these cost a third less to send and to read than an array per column.
create type new_append as (stream_id text, aggregate text, expected integer, added integer);
create type new_event as (
    stream_id text, version integer, event_id uuid, command_id text, command_seq integer, type text,
    schema_version integer, occurred_at timestamptz, public bytea
);
create type new_sealed as (
    stream_id text, version integer, field text, subject_id text, key_version integer, ciphertext bytea, digest bytea
);

-- migrate:down
do $$ begin raise exception 'migrations only go forward'; end $$;
