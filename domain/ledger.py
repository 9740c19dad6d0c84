"""Canonical bytes and leaf hashes: what makes a stored event provable."""

from __future__ import annotations

import hashlib
import json
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)


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
            _check(item)
    elif isinstance(value, (list, tuple)):
        for item in value:
            _check(item)
    elif isinstance(value, float):
        raise ValueError("floats have no place in the log")
    elif isinstance(value, int) and not -(2**53) < value < 2**53:
        raise ValueError(f"integer beyond 2**53: {value}")


def digest(value: Any) -> str:
    """SHA-256 (hex) of the canonical form of ``value``."""
    return hashlib.sha256(canonical(value)).hexdigest()


def microseconds(moment: datetime) -> int:
    """Microseconds since 1970 UTC, exactly."""
    return (moment - _EPOCH) // _MICROSECOND


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
    digest of every sealed field, so the ciphertexts are covered without being needed. PostgreSQL computes the
    same hash when it appends (``migrations/``); a test holds the two against each other.
    """

    def text(value: str) -> bytes:
        raw = value.encode()
        return len(raw).to_bytes(4, "big") + raw

    def number(value: int) -> bytes:
        return value.to_bytes(8, "big", signed=True)

    return hashlib.sha256(
        b"\x00"
        + text(stream)
        + number(version)
        + event_id.bytes
        + text(command_id)
        + number(command_seq)
        + text(type)
        + number(schema_version)
        + number(microseconds(occurred_at))
        + number(microseconds(recorded_at))
        + hashlib.sha256(public).digest()
    ).digest()
