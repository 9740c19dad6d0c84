"""One pass over the sealed order: every leaf computed anew, the tree grown from them, each stream followed."""

from __future__ import annotations

from array import array
from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime
from heapq import merge
from typing import Any, NamedTuple
from uuid import UUID

from domain.ledger import leaf_hash
from domain.merkle import LEVEL_BITS, Frontier
from domain.records import event_ids
from domain.verifying.fault import Faults
from domain.verifying.references import MENTION, References

ROOM = 1 << 16
"""So many missing leaves are stood in for, so that those after them keep their places in the tree."""

_NO_LEAF = bytes(32)


class Placed(NamedTuple):
    """A row of the sealed order and the event at its position, everything as stored: nothing of it is to be trusted.

    Any part may be None; ``leaf_index`` and ``sealed_hash`` are where an event has no place. ``xid`` and ``position``
    are what the order was made from.
    """

    leaf_index: int
    position: int
    sealed_hash: bytes
    xid: int
    stream: str
    version: int
    event_id: UUID
    command_id: str
    command_seq: int
    type: str
    schema_version: int
    occurred_at: datetime
    recorded_at: datetime
    public: bytes
    leaf_hash: bytes


class Claim(NamedTuple):
    """Somebody holds that the first ``size`` leaves have this root. ``where``: empty for the log's own checkpoints."""

    size: int
    root: bytes
    where: str


class Claims:
    """Claims kept in little space, as a log may have as many checkpoints as events: given by size, read by size."""

    def __init__(self) -> None:
        self._sizes = array("q")
        self._roots = bytearray()
        self._others: list[Claim] = []

    def own(self, size: int, root: bytes) -> None:
        """A checkpoint of the log itself; each larger than the one before."""
        self._sizes.append(size)
        self._roots += root

    def other(self, claim: Claim) -> None:
        """What somebody else claims."""
        self._others.append(claim)

    def __iter__(self) -> Iterator[Claim]:
        own = (Claim(size, bytes(self._roots[at * 32 : at * 32 + 32]), "") for at, size in enumerate(self._sizes))
        return merge(own, sorted(self._others))


class OrderCheck:
    """Takes the rows of the sealed order, from the first leaf on, then the events that have no place (yet)."""

    def __init__(self, faults: Faults, references: References, claims: Iterable[Claim] = (), floor: int = 0) -> None:
        """``references`` gathers what the events refer to. ``claims``: the smallest size first. ``floor``: positions up
        to it were ordered in another cluster, whose transaction ids are not compared.
        """
        self._references = references
        self._faults = faults
        self._claims = iter(claims)
        self._claim = next(self._claims, None)
        self._floor = floor
        # stream -> version, recorded_at, command, number within the command: of its last event.
        self._streams: dict[str, tuple[int, datetime, str, int]] = {}
        self._frontier = Frontier()
        self._cursor = (-1, -1)
        self._next = 0
        self._good, self._bad, self._ever_bad = 0, False, False
        self.events = 0
        """How many events were met, with or without a place."""
        self.unplaced = 0
        """How many of them have no place."""
        self.unplaced_since: datetime | None = None
        """When the oldest of those that wait for it was recorded."""
        self.agreed = 0
        """Up to this size, all that was claimed of the root is so."""
        self.kept: dict[tuple[int, int], bytes] = {}
        """The subtrees worth keeping, by level and number."""
        self._compare()

    @property
    def size(self) -> int:
        """How many leaves the order has."""
        return self._frontier.size

    def root(self) -> bytes:
        """The root of the leaves so far."""
        return self._frontier.root()

    # --- events that have their place -------------------------------------------------------------------------------

    def add(self, rows: Sequence[Sequence[Any]]) -> None:
        """The next rows, each as :class:`Placed` says; some hundreds at a time."""
        leaves: list[bytes] = []
        places: list[str] = []
        ids: list[bytes] = []
        streams, floor, cursor, expected = self._streams, self._floor, self._cursor, self._next
        refer = self._references.add
        for row in rows:
            (
                index, position, sealed, xid, stream, version, id, command, seq, type, schema_version,
                occurred_at, recorded_at, public, stored,
            ) = row  # fmt: skip
            last = streams.get(stream)
            try:
                leaf = leaf_hash(
                    stream=stream,
                    version=version,
                    event_id=id,
                    command_id=command,
                    command_seq=seq,
                    type=type,
                    schema_version=schema_version,
                    occurred_at=occurred_at,
                    recorded_at=recorded_at,
                    public=public,
                )
                sound = (
                    leaf == sealed == stored
                    and index == expected
                    and (position <= floor or (xid, position) > cursor)
                    and (
                        version == 1 and seq == 0
                        if last is None
                        else version == last[0] + 1
                        and recorded_at >= last[1]
                        and seq == (last[3] + 1 if command == last[2] else 0)
                    )
                )
            except Exception:
                # What is stored can be anything at all; what is wrong with it is found out below.
                sound = False
            if sound:
                leaves.append(leaf)
            else:
                leaves += self._unsound(Placed._make(row), expected, cursor)
            expected = index + 1
            if stream is not None:
                streams[stream] = (version, recorded_at, command, seq)
                places.append(f"{stream}/{version}")
                ids.append(id.bytes)
                if position > floor:
                    cursor = (xid, position)
                if version == 1 or MENTION in public:
                    refer(position, stream, version, id, public)
        self._cursor, self._next = cursor, expected
        self.events += len(ids)
        if event_ids(places) != b"".join(ids):
            self._judge_ids(rows)
        self._grow(leaves)

    def _unsound(self, row: Placed, expected: int, cursor: tuple[int, int]) -> list[bytes]:
        """Say all that is wrong with a row; the leaves that it brings to the tree, as they were sealed as far as can be
        told, so that what follows can still be judged.
        """
        leaves: list[bytes] = []
        if row.leaf_index > expected:
            lost = row.leaf_index - expected
            self._faults.add("index.gap", expected, first=expected, last=row.leaf_index - 1, count=lost)
            leaves = [_NO_LEAF] * min(lost, ROOM)
        elif row.leaf_index < expected:
            self._faults.add("index.stray", row.event_id or row.leaf_index, row.stream, leaf=row.leaf_index)
        if row.stream is None:
            self._faults.add("missing.event", row.leaf_index, leaf=row.leaf_index, position=row.position)
            return [*leaves, row.sealed_hash]
        if row.position > self._floor and (row.xid, row.position) <= cursor:
            self._faults.add("order.swapped", row.event_id, row.stream, leaf=row.leaf_index, before=row.leaf_index - 1)
        leaf = _leaf(row)
        self._judge_leaf(row, leaf)
        self._judge_event(row)
        # Two of the three say what the third one was.
        return [*leaves, row.sealed_hash if leaf is None or row.sealed_hash == row.leaf_hash else leaf]

    def _judge_leaf(self, row: Placed, leaf: bytes | None) -> None:
        version = row.version
        if leaf is None:
            self._faults.add("leaf.unreadable", row.event_id, row.stream, version=version)
        elif row.sealed_hash == row.leaf_hash != leaf:
            self._faults.add("leaf.changed", row.event_id, row.stream, version=version, leaf=row.leaf_index)
        elif leaf == row.sealed_hash != row.leaf_hash:
            self._faults.add("leaf.stored", row.event_id, row.stream, version=version)
        elif leaf == row.leaf_hash != row.sealed_hash:
            self._faults.add("leaf.sealed", row.event_id, row.stream, version=version, leaf=row.leaf_index)
        elif leaf != row.sealed_hash:
            self._faults.add("leaf.all", row.event_id, row.stream, version=version, leaf=row.leaf_index)

    def _judge_ids(self, rows: Sequence[Sequence[Any]]) -> None:
        """The identity of every event is that of its place in its stream."""
        for row in map(Placed._make, rows):
            if row.stream is not None and row.event_id.bytes != event_ids([f"{row.stream}/{row.version}"]):
                self._faults.add("event_id.other", row.event_id, row.stream, version=row.version)

    def _judge_event(self, row: Placed) -> None:
        """Its place in its stream."""
        add, about = self._faults.add, (row.event_id, row.stream)
        version, recorded_at, command, seq = self._streams.get(row.stream, (0, None, None, 0))
        if row.version > version + 1:
            add("version.gap", *about, first=version + 1, last=row.version - 1)
        elif row.version <= version:
            add("version.double", *about, version=row.version, before=version)
        if recorded_at is not None and row.recorded_at is not None and row.recorded_at < recorded_at:
            add("recorded.earlier", *about, version=row.version)
        if row.command_seq != (seq + 1 if row.command_id == command else 0):
            add("command.number", *about, version=row.version, number=row.command_seq)

    # --- the tree ---------------------------------------------------------------------------------------------------

    def _grow(self, leaves: list[bytes]) -> None:
        done = 0
        while self._claim is not None and self._claim.size <= self.size + len(leaves) - done:
            until = done + self._claim.size - self.size
            self._extend(leaves[done:until])
            done = until
            self._compare()
        self._extend(leaves[done:] if done else leaves)

    def _extend(self, leaves: list[bytes]) -> None:
        for level, number, hash in self._frontier.extend(leaves):
            self.kept[level, number] = hash

    def _compare(self) -> None:
        """Compare the root with what is claimed of this size; of several wrong in a row, the first is named."""
        while (claim := self._claim) is not None and claim.size <= self.size:
            if claim.size == self.size and claim.root == self._frontier.root():
                self._good, self._bad = claim.size, False
                self.agreed = self.agreed if self._ever_bad else claim.size
            elif not self._bad:
                self._bad = self._ever_bad = True
                first = min(self._good, max(claim.size - 1, 0))
                params: dict[str, Any] = {
                    "size": claim.size,
                    "first": first,
                    "last": max(claim.size - 1, 0),
                    "where": claim.where,
                }
                self._faults.add("root.differs", first, **params)
            self._claim = next(self._claims, None)

    def end(self) -> None:
        """All leaves were there: whatever is claimed of more leaves is lost."""
        claim, count = self._claim, 0
        largest = claim
        while claim is not None:
            largest, count, claim = claim, count + 1, next(self._claims, None)
        if largest is not None:
            params: dict[str, Any] = {"size": largest.size, "have": self.size, "count": count, "where": largest.where}
            self._faults.add("truncated.log", self.size, **params)

    def compare_kept(self, stored: Iterable[Sequence[Any]], signed: int) -> None:
        """Compare the stored subtrees (level, number, hash) with those that were found.

        ``signed``: the size of the largest checkpoint, with which the last of them were stored.
        """
        left = dict(self.kept)
        for level, number, hash in stored:
            if left.pop((level, number), None) != hash:
                self._faults.add("subtree.differs", number << LEVEL_BITS * level, level=level, number=number)
        for level, number in left:
            if (number + 1) << LEVEL_BITS * level <= signed:
                self._faults.add("subtree.missing", number << LEVEL_BITS * level, level=level, number=number)

    # --- events without a place -------------------------------------------------------------------------------------

    def add_unplaced(self, rows: Sequence[Sequence[Any]], *, here: bool = True) -> None:
        """Events that have no place, in the order in which they would get theirs; call after :meth:`end`.

        ``here``: the notary ordered the log in this cluster last, so that an event older than those that have their
        place can be told from one that is waiting for it.
        """
        self._judge_ids(rows)
        for row in map(Placed._make, rows):
            self.events, self.unplaced = self.events + 1, self.unplaced + 1
            self._references.add(row.position, row.stream, row.version, row.event_id, row.public)
            leaf = _leaf(row)
            if leaf != row.leaf_hash:
                self._faults.add("leaf.unplaced", row.event_id, row.stream, version=row.version)
            if here and (row.position <= self._floor or (row.xid, row.position) <= self._cursor):
                self._faults.add("outside.event", row.event_id, row.stream, version=row.version)
                continue
            self._judge_event(row)
            self._streams[row.stream] = (row.version, row.recorded_at, row.command_id, row.command_seq)
            self.unplaced_since = min(filter(None, (self.unplaced_since, row.recorded_at)), default=None)


def _leaf(row: Placed) -> bytes | None:
    """The leaf hash of an event; None where a part of it cannot be read."""
    try:
        return leaf_hash(
            stream=row.stream,
            version=row.version,
            event_id=row.event_id,
            command_id=row.command_id,
            command_seq=row.command_seq,
            type=row.type,
            schema_version=row.schema_version,
            occurred_at=row.occurred_at,
            recorded_at=row.recorded_at,
            public=row.public,
        )
    except Exception:
        # As above.
        return None
