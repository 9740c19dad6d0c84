"""What the log is made of: facts, the header every fact gets, and sealed personal data."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from datetime import date, datetime
from hashlib import sha1
from typing import Any, ClassVar, NamedTuple
from uuid import UUID, uuid5

from pydantic import BaseModel, ConfigDict

from domain.authority import Actor

EVENT_NAMESPACE = UUID("6f0c2c4e-5f7b-5d0a-9c0e-2f5d4a1b7e11")
_NAMESPACE = EVENT_NAMESPACE.bytes
_KEPT, _SET = bytes.fromhex("ffffffffffff0fff3fffffffffffffff"), bytes.fromhex("00000000000050008000000000000000")
"""What a UUID keeps of a hash, and the version and variant that it sets."""


class Frozen(BaseModel):
    """Base of every command, fact and value: immutable, and unknown keys are errors."""

    model_config = ConfigDict(frozen=True, extra="forbid")


class Sealed(Frozen):
    """Personal data that was encrypted at the door; the rules carry it and never open it.

    ``subject`` is the person whose key seals it, ``digest`` the SHA-256 (hex) of the ciphertext, and
    ``ciphertext`` base64, present on the way in and absent from the public part of the log, which keeps
    only the digest: the ciphertext can be erased and every hash still holds.
    """

    subject: str
    key_version: int
    digest: str
    ciphertext: str | None = None

    def public(self) -> Sealed:
        """The same value without its ciphertext, as the public part of an event holds it."""
        return self if self.ciphertext is None else self.model_copy(update={"ciphertext": None})


class Fact(Frozen):
    """One thing that happened, on the day ``on`` in the scheme's zone.

    Subclasses have a ``kind`` literal, which is the event's type, and raise ``schema_version`` when their
    shape changes.
    """

    schema_version: ClassVar[int] = 1
    kind: str
    on: date


class Command(Frozen):
    """One thing that somebody asks for. Subclasses have a ``kind`` literal."""

    kind: str


class Asked(NamedTuple):
    """What was asked, at which moment of the workflow's clock, for which day; ``command`` without ciphertexts."""

    command: dict[str, Any]
    at: datetime
    on: date | None


class Recorded(NamedTuple):
    """A fact as the log holds it.

    ``occurred_at`` is when it was true in the world, ``recorded_at`` when the log learnt of it (never
    decreasing within a stream). Both are timezone-aware. ``head`` is the JSON of the public part up to the fact.
    """

    stream: str
    version: int
    command_id: str
    occurred_at: datetime
    recorded_at: datetime
    fact: Fact
    head: str

    @property
    def actor(self) -> Actor:
        """Who did it."""
        return Actor.model_validate(json.loads(f"{self.head}}}")["actor"])

    @property
    def asked(self) -> Asked | None:
        """The order that this fact is the first answer to; None for the facts that followed from the same order."""
        asked = json.loads(f"{self.head}}}").get("asked")
        if asked is None:
            return None
        on = date.fromisoformat(asked["on"]) if asked["on"] else None
        return Asked(asked["command"], datetime.fromisoformat(asked["at"]), on)

    @property
    def event_id(self) -> UUID:
        """The identity of this event."""
        return event_id(self.stream, self.version)


def event_id(stream: str, version: int) -> UUID:
    """The identity of the event at ``version`` (from 1) of ``stream``: the same on every retry."""
    return uuid5(EVENT_NAMESPACE, f"{stream}/{version}")


def event_ids(places: Sequence[str]) -> bytes:
    """The 16 bytes of the :func:`event_id` of each ``<stream>/<version>``, one after the other.

    At a third of the price, and less for many at once; a test holds the two together.
    """
    hash, namespace = sha1, _NAMESPACE
    names = [hash(namespace + place.encode(), usedforsecurity=False).digest()[:16] for place in places]
    count = len(names)
    number = int.from_bytes(b"".join(names)) & int.from_bytes(_KEPT * count) | int.from_bytes(_SET * count)
    return number.to_bytes(16 * count)


def sealed_fields(value: Any, path: str = "") -> Iterator[tuple[str, Sealed]]:
    """Every sealed value inside ``value`` with its dotted path, in a stable order."""
    if isinstance(value, Sealed):
        yield path, value
    elif isinstance(value, BaseModel):
        for name in type(value).model_fields:
            yield from sealed_fields(getattr(value, name), f"{path}.{name}" if path else name)
    elif isinstance(value, dict):
        for key in sorted(value):
            yield from sealed_fields(value[key], f"{path}.{key}" if path else str(key))
    elif isinstance(value, (list, tuple)):
        for index, item in enumerate(value):
            yield from sealed_fields(item, f"{path}.{index}" if path else str(index))
