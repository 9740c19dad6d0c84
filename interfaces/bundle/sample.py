"""Events drawn by chance that anybody can draw again."""

from __future__ import annotations

from hashlib import sha256
from itertools import count as numbers

_SPACE = 1 << 64


def draw(seed: str, root: bytes, size: int, count: int) -> list[int]:
    """``count`` distinct leaves of the tree of ``size`` leaves with this root, in order.

    ``SHA-256("jalon sample" || LF || root || counter || seed)`` for the counters 0, 1, … (8 bytes, big-endian; the seed
    in UTF-8): its first 8 bytes, big-endian, are a number; a number beyond the last multiple of ``size`` is passed
    over, so that no leaf is likelier than another; the rest of its division by ``size`` is a leaf.

    Raises:
        ValueError: there are not so many leaves.
    """
    if count > size:
        raise ValueError(f"{count} of {size}")
    drawn: set[int] = set()
    for counter in numbers():
        if len(drawn) == count:
            break
        digest = sha256(b"jalon sample\n" + root + counter.to_bytes(8, "big") + seed.encode()).digest()
        number = int.from_bytes(digest[:8], "big")
        if number < _SPACE - _SPACE % size:
            drawn.add(number % size)
    return sorted(drawn)
