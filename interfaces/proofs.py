"""Proofs as files: that an event is in the log, that a log grew from another; made here, checked without a database."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from domain.ledger import leaf_hash
from domain.merkle import verify_consistency, verify_inclusion
from domain.note import Checkpoint, Note, VerifierKey
from domain.records import event_id
from eventstore.log import CheckpointRow, Log
from eventstore.pool import Pool, fetch
from eventstore.signing import PUBLISHED, KeyChain, NotSigned, PublishedRow, published_keys
from interfaces.bundle.writing import told

INCLUSION, CONSISTENCY = "inclusion", "consistency"
LARGEST = 4_000_000
"""Bytes that a proof may have: what is larger is none of ours."""

LARGEST_NUMBER = 2**63 - 1
"""The largest number that the log can be asked about."""


class NoProof(LookupError):
    """There is nothing to prove (yet). ``code`` names the sentence, ``params`` what it needs."""

    def __init__(self, code: str, **params: Any) -> None:
        super().__init__(code)
        self.code = code
        self.params = params


class NotProven(ValueError):
    """A proof does not hold. ``code`` names the sentence."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


# --- making ---------------------------------------------------------------------------------------------------------


async def prove_event(pool: Pool, named: str, size: int | None) -> dict[str, Any]:
    """The proof that an event (its id, or ``<stream>#<version>``) is among the first ``size`` of the log.

    ``size`` is that of a checkpoint; None: the last one's.

    Raises:
        NoProof, TornLog, StoreAway.
    """
    log = Log(pool)
    id = _identity(named)
    index = await log.index_of(id)
    if index is None:
        known = await fetch(pool, "select from events where event_id = $1", id)
        raise NoProof("not_sealed" if known else "no_event", event=named)
    checkpoint = await _checkpoint(log, size)
    if index >= checkpoint.size:
        raise NoProof("not_covered" if size is None else "later", event=named, leaf=index, size=checkpoint.size)
    [entry] = await log.at([index])
    proof = await log.inclusion(index, checkpoint.size)
    return {"proof": INCLUSION, "event": told(entry, proof), "checkpoint": checkpoint.note, "keys": await _keys(pool)}


async def prove_consistency(pool: Pool, first: int, second: int) -> dict[str, Any]:
    """The proof that the log of ``second`` events begins with the log of ``first``; both have a checkpoint.

    Raises:
        NoProof, TornLog, StoreAway.
    """
    log = Log(pool)
    first, second = sorted((first, second))
    before, after = await _checkpoint(log, first), await _checkpoint(log, second)
    steps = [step.hex() for step in await log.consistency(first, second)]
    checkpoints = {"first": before.note, "second": after.note}
    return {"proof": CONSISTENCY, **checkpoints, "path": steps, "keys": await _keys(pool)}


async def person_of(pool: Pool, stream: str) -> str | None:
    """The person whose pathway ``stream`` is; None for what is nobody's. Raises StoreAway."""
    rows = await fetch(pool, "select person_id from pathways where pathway_id = $1", stream)
    return rows[0][0] if rows else None


def _identity(named: str) -> UUID:
    stream, mark, version = named.rpartition("#")
    try:
        return event_id(stream, int(version)) if mark else UUID(named)
    except ValueError:
        raise NoProof("no_event", event=named) from None


async def _checkpoint(log: Log, size: int | None) -> CheckpointRow:
    """The checkpoint of exactly ``size``; None: the last one."""
    if size is None:
        last = await log.last_checkpoint()
        if last is None:
            raise NoProof("no_checkpoint")
        return last
    found = await log.first_checkpoint(min(size, LARGEST_NUMBER))
    if found is None:
        last = await log.last_checkpoint()
        raise NoProof("beyond", size=size, last=last.size if last else 0)
    if found.size != size:
        raise NoProof("no_such_checkpoint", size=size, next=found.size)
    return found


async def _keys(pool: Pool) -> list[dict[str, Any]]:
    return [PublishedRow(*row)._asdict() for row in await fetch(pool, PUBLISHED)]


# --- checking -------------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Proven:
    """What a proof proves. ``event``: the fields of the event, for a proof of inclusion."""

    kind: str
    origin: str
    size: int
    first: int
    root: bytes
    keys: tuple[VerifierKey, ...]
    event: Mapping[str, Any] | None = None


def check(written: bytes, key: VerifierKey | None) -> Proven:
    """What the proof in a file proves, with nothing but what is in it; ``key`` is the one that the log is known by.

    Raises:
        NotProven: it does not hold; ``malformed`` where it is no proof at all.
    """
    if len(written) > LARGEST:
        raise NotProven("malformed")
    try:
        proof = json.loads(written)
        proven = _CHECKS[proof["proof"]](proof, [PublishedRow(**row) for row in proof["keys"]])
    except NotProven:
        raise
    except Exception:
        # A file from anywhere can break what reads it in any way; that it does is the answer.
        raise NotProven("malformed") from None
    if key is not None and key not in proven.keys:
        raise NotProven("key")
    return proven


def _inclusion(proof: Mapping[str, Any], rows: list[PublishedRow]) -> Proven:
    event = proof["event"]
    chain, checkpoint = _signed(proof["checkpoint"], rows)
    leaf = leaf_hash(
        stream=event["stream"],
        version=event["version"],
        event_id=UUID(event["event_id"]),
        command_id=event["command_id"],
        command_seq=event["command_seq"],
        type=event["type"],
        schema_version=event["schema_version"],
        occurred_at=datetime.fromisoformat(event["occurred_at"]),
        recorded_at=datetime.fromisoformat(event["recorded_at"]),
        public=event["public"].encode(),
    )
    if leaf.hex() != event["leaf_hash"]:
        raise NotProven("leaf")
    if UUID(event["event_id"]) != event_id(event["stream"], event["version"]):
        raise NotProven("event_id")
    steps = [bytes.fromhex(step) for step in event["proof"]]
    if not verify_inclusion(event["leaf_index"], checkpoint.size, leaf, steps, checkpoint.root):
        raise NotProven("path")
    return Proven(INCLUSION, chain.origin, checkpoint.size, 0, checkpoint.root, chain.keys, event)


def _consistency(proof: Mapping[str, Any], rows: list[PublishedRow]) -> Proven:
    (chain, first), (_, second) = _signed(proof["first"], rows), _signed(proof["second"], rows)
    steps = [bytes.fromhex(step) for step in proof["path"]]
    if not verify_consistency(first.size, second.size, first.root, second.root, steps):
        raise NotProven("path")
    return Proven(CONSISTENCY, chain.origin, second.size, first.size, second.root, chain.keys)


_CHECKS: dict[str, Callable[[Mapping[str, Any], list[PublishedRow]], Proven]] = {
    INCLUSION: _inclusion,
    CONSISTENCY: _consistency,
}


def _signed(note: str, rows: list[PublishedRow]) -> tuple[KeyChain, Checkpoint]:
    """The checkpoint in a note, signed by the key in force of the log that it names."""
    try:
        chain = published_keys(Checkpoint.parse(Note.parse(note).text).origin, rows)
        return chain, chain.checkpoint(note)
    except NotSigned:
        raise NotProven("signature") from None
