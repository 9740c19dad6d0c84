"""What events refer to: sealed values, which must be those that were vouched for, and scheme versions."""

from __future__ import annotations

import json
import re
from array import array
from collections.abc import Container, Sequence
from hashlib import sha256
from typing import Any
from uuid import UUID

from domain.records import event_id
from domain.verifying.fault import Faults

MENTION = b'"key_version":'
"""Within the canonical form of an event there is a sealed value only where this is."""

_FACT = b',"fact":'
_VALUE = re.compile(rb'\{"digest":"([0-9a-f]{64})","key_version":\d{1,9},"subject":"[^"\\]*"\}')
_SCHEME = re.compile(rb'"scheme_hash":"([^"]*)"')


class References:
    """Gathers what events refer to, in little space."""

    def __init__(self) -> None:
        self.schemes: dict[str, tuple[str, str]] = {}
        """The scheme versions that streams are pinned to: hash -> the first event and stream that are."""
        self._digests = array("Q")
        self._positions = array("q")

    def add(self, position: int, stream: str, version: int, event: UUID, public: bytes) -> None:
        """What one event refers to; those that begin no stream and do not hold :data:`MENTION` can be left out."""
        if version == 1:
            for hash in _SCHEME.findall(public):
                self.schemes.setdefault(hash.decode("utf-8", "replace"), (str(event), stream))
        for digest in set(_VALUE.findall(public, max(public.find(_FACT), 0))):
            self._digests.append(int(digest[:16], 16))
            self._positions.append(position)

    def lost(self, stored: Container[int]) -> list[int]:
        """The positions of events that hold the digest of a value which is not stored anywhere.

        A value is stored beside the event that brought it in; later facts (the same recommendation, told to a sitting)
        repeat its digest. ``stored``: see :attr:`ValuesCheck.stored`.
        """
        pairs = zip(self._digests, self._positions, strict=True)
        return [position for digest, position in pairs if digest not in stored]


class ValuesCheck:
    """Takes the sealed values that are stored, each with the event beside which it stands."""

    def __init__(self, faults: Faults, erased: Container[str]) -> None:
        """``erased``: the persons whose ciphertexts may be gone."""
        self._faults = faults
        self._erased = erased
        self.stored: set[int] = set()
        """The first 8 bytes of each digest: two that agree in them are beyond anybody's means."""

    def add(self, rows: Sequence[Sequence[Any]]) -> None:
        """Values: stream, version, field, person, version of the key, ciphertext, digest, public part of the event."""
        for stream, version, field, subject, key_version, ciphertext, digest, public in rows:
            if public is None:
                self._faults.add("sealed.orphan", None, stream, version=version, field=field)
                continue
            self.stored.add(int.from_bytes(digest[:8]))
            expected = {"digest": digest.hex(), "key_version": key_version, "subject": subject}
            wrong = []
            if _at(public.partition(_FACT)[2], field) != expected:
                wrong.append("unvouched")
            if ciphertext is None and subject not in self._erased:
                wrong.append("taken")
            if ciphertext is not None and sha256(ciphertext).digest() != digest:
                wrong.append("changed")
            for code in wrong:
                self._faults.add(f"sealed.{code}", event_id(stream, version), stream, version=version, field=field)


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
