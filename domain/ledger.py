"""Canonical bytes and leaf hashes: what makes a stored event provable."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from hashlib import sha256
from struct import Struct
from typing import Any
from uuid import UUID

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_LENGTH, _NUMBER, _NUMBERS = Struct(">I").pack, Struct(">q").pack, Struct(">3q").pack


_ALWAYS = frozenset({str, bool, type(None)})


def canonical(value: Any) -> bytes:
    """The one UTF-8 form (RFC 8785) of a JSON value made of objects, arrays, strings, booleans, null and integers.

    Floats are refused: nothing in the log is approximate, and their text form is where canonical forms
    disagree. Keys are ASCII names, for which code-point order is RFC 8785's order.

    Raises:
        ValueError: for a float, an integer beyond 2**53, or a key that is not ASCII.
    """
    _check(value)
    return json.dumps(value, ensure_ascii=False, sort_keys=True, separators=(",", ":")).encode()


def _check(value: Any) -> None:
    if isinstance(value, dict):
        for key, item in value.items():
            if not isinstance(key, str) or not key.isascii():
                raise ValueError(f"not a canonical key: {key!r}")
            # Most of what is written is text and truth, and both are always canonical.
            if type(item) not in _ALWAYS:
                _check(item)
    elif isinstance(value, (list, tuple)):
        for item in value:
            if type(item) not in _ALWAYS:
                _check(item)
    elif isinstance(value, float):
        raise ValueError("floats have no place in the log")
    elif isinstance(value, int) and not -(2**53) < value < 2**53:
        raise ValueError(f"integer beyond 2**53: {value}")


def digest(value: Any) -> str:
    """SHA-256 (hex) of the canonical form of ``value``."""
    return sha256(canonical(value)).hexdigest()


def microseconds(moment: datetime) -> int:
    """Microseconds since 1970 UTC, exactly."""
    since = moment - _EPOCH
    return (since.days * 86_400 + since.seconds) * 1_000_000 + since.microseconds


def leaf_hash(
    *,
    stream: str,
    version: int,
    event_id: UUID,
    command_id: str,
    command_seq: int,
    type: str,
    schema_version: int,
    occurred_at: datetime,
    recorded_at: datetime,
    public: bytes,
) -> bytes:
    """The RFC 9162 leaf hash (32 bytes) of one event: ``SHA256(0x00 || header || SHA256(public))``.

    The header is the fields in the order of the arguments; texts are UTF-8 behind a 4-byte big-endian length, numbers
    and moments (microseconds since 1970 UTC) are 8-byte big-endian, the event id its 16 bytes. ``public`` holds the
    digest of every sealed field, so the ciphertexts are covered without being needed. This is the one
    place that computes it; whoever verifies, in whatever language, works from this text.
    """
    texts = [stream.encode(), command_id.encode(), type.encode()]
    return sha256(
        b"".join(
            (
                *(b"\x00", _LENGTH(len(texts[0])), texts[0], _NUMBER(version), event_id.bytes),
                *(_LENGTH(len(texts[1])), texts[1], _NUMBER(command_seq), _LENGTH(len(texts[2])), texts[2]),
                _NUMBERS(schema_version, microseconds(occurred_at), microseconds(recorded_at)),
                sha256(public).digest(),
            )
        )
    ).digest()
