"""The Merkle tree of RFC 9162 over leaf hashes: roots, and proofs of inclusion and consistency. Pure functions."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from hashlib import sha256
from typing import NamedTuple

EMPTY_ROOT = sha256(b"").digest()
LEVEL_BITS = 8
"""Subtrees of ``2**LEVEL_BITS`` leaves, and of as many such subtrees, are worth keeping: proofs are made from them."""

_CHUNK = 1 << LEVEL_BITS


class Node(NamedTuple):
    """A complete subtree: ``2**height`` leaves from leaf ``number << height`` on."""

    height: int
    number: int


class Kept(NamedTuple):
    """A complete subtree of ``256**level`` leaves, the ``number``-th of its level, and its hash."""

    level: int
    number: int
    hash: bytes


NodeHash = Callable[[Node], bytes]


def node_hash(left: bytes, right: bytes) -> bytes:
    """The hash of an inner node: ``SHA256(0x01 || left || right)``."""
    return sha256(b"\x01" + left + right).digest()


def complete_root(hashes: Sequence[bytes]) -> bytes:
    """The root over a power of two of node hashes of one height."""
    row = hashes
    while len(row) > 1:
        halves = iter(row)
        row = [sha256(b"\x01" + left + right).digest() for left, right in zip(halves, halves, strict=True)]
    return row[0]


class Frontier:
    """The right edge of a growing tree: enough to append and to know the root, in logarithmic space."""

    def __init__(self, size: int = 0, edge: Iterable[bytes] = ()) -> None:
        """``edge``: the hashes of :func:`subtrees` ``(0, size)``, from the left."""
        self.size = size
        self._edge = list(edge)
        if len(self._edge) != size.bit_count():
            raise ValueError(f"a tree of {size} leaves has an edge of {size.bit_count()} hashes")

    def extend(self, leaves: Sequence[bytes]) -> list[Kept]:
        """Append leaf hashes; the subtrees worth keeping that they completed, each after those within it."""
        kept: list[Kept] = []
        at, count = 0, len(leaves)
        while at < count:
            # The largest complete subtree that begins here and is at hand: its leaves are hashed row by row.
            aligned = self.size & -self.size or _CHUNK
            height = min(aligned.bit_length(), (count - at).bit_length(), LEVEL_BITS + 1) - 1
            self._add(complete_root(leaves[at : at + (1 << height)]), height, kept)
            at += 1 << height
        return kept

    def _add(self, hash: bytes, height: int, kept: list[Kept]) -> None:
        """Add a complete subtree at the right, and close those that it completes."""
        edge, index = self._edge, self.size >> height
        self.size += 1 << height
        while True:
            if height and height % LEVEL_BITS == 0:
                kept.append(Kept(height // LEVEL_BITS, index, hash))
            if not index & 1:
                break
            hash = sha256(b"\x01" + edge.pop() + hash).digest()
            index >>= 1
            height += 1
        edge.append(hash)

    def root(self) -> bytes:
        """The root of the tree as it is."""
        return _joined(self._edge) if self._edge else EMPTY_ROOT


def root_of(leaves: Sequence[bytes]) -> bytes:
    """The root of the tree over ``leaves``."""
    frontier = Frontier()
    frontier.extend(leaves)
    return frontier.root()


# --- making proofs --------------------------------------------------------------------------------------------------


def subtrees(start: int, end: int) -> list[Node]:
    """The complete subtrees that make up the leaves from ``start`` to ``end`` (excluded), from the left.

    ``start`` is 0 or begins a subtree at least as large as the range: so the ranges of proofs are.
    """
    nodes = []
    while start < end:
        height = (end - start).bit_length() - 1
        nodes.append(Node(height, start >> height))
        start += 1 << height
    return nodes


def inclusion_ranges(index: int, size: int) -> list[tuple[int, int]]:
    """The ranges of leaves whose roots prove that leaf ``index`` is in the tree of ``size``, the nearest first.

    Raises:
        ValueError: there is no such leaf.
    """
    if not 0 <= index < size:
        raise ValueError(f"no leaf {index} in a tree of {size}")
    ranges, start, end = [], 0, size
    while end - start > 1:
        middle = start + _split(end - start)
        if index < middle:
            ranges.append((middle, end))
            end = middle
        else:
            ranges.append((start, middle))
            start = middle
    return ranges[::-1]


def consistency_ranges(first: int, second: int) -> list[tuple[int, int]]:
    """The ranges of leaves whose roots prove that the tree of ``second`` begins with that of ``first``.

    Raises:
        ValueError: ``first`` is not between 0 and ``second``.
    """
    if not 0 <= first <= second:
        raise ValueError(f"a tree of {first} cannot be the beginning of one of {second}")
    if first in (0, second):
        return []
    ranges, start, end, known = [], 0, second, True
    while first < end:
        middle = start + _split(end - start)
        if first <= middle:
            ranges.append((middle, end))
            end = middle
        else:
            ranges.append((start, middle))
            start, known = middle, False
    # The root of the first tree is known to whoever asks; of a part of it, only the hash can be given.
    return [*([] if known else [(start, end)]), *ranges[::-1]]


def path(ranges: Iterable[tuple[int, int]], hash_of: NodeHash) -> list[bytes]:
    """The proof: the root of each range, made of the hashes of complete subtrees."""
    return [_joined([hash_of(node) for node in subtrees(start, end)]) for start, end in ranges]


def inclusion_path(index: int, size: int, hash_of: NodeHash) -> list[bytes]:
    """RFC 9162, 2.1.3.1. ValueError when there is no such leaf."""
    return path(inclusion_ranges(index, size), hash_of)


def consistency_path(first: int, second: int, hash_of: NodeHash) -> list[bytes]:
    """RFC 9162, 2.1.4.1; empty where ``first`` is 0. ValueError unless ``0 <= first <= second``."""
    return path(consistency_ranges(first, second), hash_of)


# --- verifying them -------------------------------------------------------------------------------------------------


def verify_inclusion(index: int, size: int, leaf: bytes, path: Sequence[bytes], root: bytes) -> bool:
    """Whether ``path`` proves that ``leaf`` is leaf ``index`` of the tree of ``size`` with this root (2.1.3.2)."""
    if not 0 <= index < size:
        return False
    fn, sn, hash = index, size - 1, leaf
    for step in path:
        if sn == 0:
            return False
        if fn & 1 or fn == sn:
            hash = node_hash(step, hash)
            while not fn & 1 and fn:
                fn, sn = fn >> 1, sn >> 1
        else:
            hash = node_hash(hash, step)
        fn, sn = fn >> 1, sn >> 1
    return sn == 0 and hash == root


def verify_consistency(first: int, second: int, first_root: bytes, second_root: bytes, path: Sequence[bytes]) -> bool:
    """Whether ``path`` proves that the second tree begins with the first (2.1.4.2)."""
    if not 0 <= first <= second:
        return False
    if first == second:
        return not path and first_root == second_root
    if first == 0:
        return not path and first_root == EMPTY_ROOT
    steps = list(path)
    if first & (first - 1) == 0:
        steps.insert(0, first_root)
    if not steps:
        return False
    fn, sn = first - 1, second - 1
    while fn & 1:
        fn, sn = fn >> 1, sn >> 1
    old = new = steps[0]
    for step in steps[1:]:
        if sn == 0:
            return False
        if fn & 1 or fn == sn:
            old, new = node_hash(step, old), node_hash(step, new)
            while not fn & 1 and fn:
                fn, sn = fn >> 1, sn >> 1
        else:
            new = node_hash(new, step)
        fn, sn = fn >> 1, sn >> 1
    return sn == 0 and old == first_root and new == second_root


def _split(size: int) -> int:
    """The largest power of two below ``size``."""
    return 1 << ((size - 1).bit_length() - 1)


def _joined(hashes: Sequence[bytes]) -> bytes:
    """The root over complete subtrees of falling size."""
    root = hashes[-1]
    for hash in reversed(hashes[:-1]):
        root = node_hash(hash, root)
    return root
