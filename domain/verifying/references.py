"""What events refer to: sealed values, which must be those that were vouched for, and scheme versions."""

from __future__ import annotations

import json
import re
from collections.abc import Container, Sequence
from hashlib import sha256
from typing import Any, NamedTuple

from domain.verifying.fault import Faults

_VERSION = b'"key_version":'
"""Within the canonical form of an event there is a sealed value only where this is."""

_FACT = b',"fact":'
_VALUE = re.compile(rb'\{"digest":"([0-9a-f]{64})","key_version":\d{1,9},"subject":"[^"\\]*"\}')
_SCHEME = re.compile(rb'"scheme_hash":"([^"]*)"')


class Mention(NamedTuple):
    """An event whose public part holds the digest of a sealed value that does not stand beside it."""

    event: str
    stream: str


class ReferencesCheck:
    """Takes the same rows as the order's check.

    A value is stored beside the event that brought it in; later facts (the same recommendation, told to a sitting) only
    repeat its digest. Those are gathered in :attr:`elsewhere`, by digest, until they are looked for.
    """

    def __init__(self, faults: Faults, erased: Container[str]) -> None:
        """``erased``: the persons whose ciphertexts may be gone."""
        self._faults = faults
        self._erased = erased
        self.elsewhere: dict[bytes, Mention] = {}
        self.schemes: dict[str, tuple[str, str]] = {}
        """The scheme versions that streams are pinned to: hash -> the first event and stream that are."""

    def add(self, rows: Sequence[Sequence[Any]]) -> None:
        """Judge what these rows refer to."""
        # Few events refer to anything: those are picked out first.
        for row in [row for row in rows if row[15] is not None or row[5] == 1 or _VERSION in (row[13] or b"")]:
            if row[5] == 1:
                for hash in _SCHEME.findall(row[13] or b""):
                    self.schemes.setdefault(hash.decode("utf-8", "replace"), (str(row[6]), row[4]))
            self._judge(row)

    def _judge(self, row: Sequence[Any]) -> None:
        stream, version, id, public, values = row[4], row[5], row[6], row[13], row[15]
        fact = (public or b"").partition(_FACT)[2]
        told = set(_VALUE.findall(fact)) if _VERSION in fact else set()
        for field, subject, key_version, ciphertext, digest in values or ():
            hexed, about = digest.hex(), {"version": version, "field": field}
            told.discard(hexed.encode())
            if _at(fact, field) != {"digest": hexed, "key_version": key_version, "subject": subject}:
                self._faults.add("sealed.unvouched", id, stream, **about)
            if ciphertext is None:
                if subject not in self._erased:
                    self._faults.add("sealed.taken", id, stream, **about)
            elif sha256(ciphertext).digest() != digest:
                self._faults.add("sealed.changed", id, stream, **about)
        for hexed in told:
            self.elsewhere[bytes.fromhex(hexed.decode())] = Mention(str(id), stream)

    def found(self, digests: Container[bytes]) -> None:
        """Of the values gathered so far, these stand beside another event."""
        for digest, mention in self.elsewhere.items():
            if digest not in digests:
                self._faults.add("sealed.lost", mention.event, mention.stream)
        self.elsewhere = {}


def _at(fact: bytes, path: str) -> Any:
    """What stands at a dotted path of a fact (the public part from there on); None where nothing does."""
    try:
        value = json.loads(fact[:-1])
        for name in path.split("."):
            value = value[int(name)] if isinstance(value, list) else value[name]
    except Exception:
        # Whatever a forger wrote there. An event that is what was sealed can be read.
        return None
    return value
