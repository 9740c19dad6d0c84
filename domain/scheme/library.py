"""The published schemes that this process knows, by content hash.

A hash always means the same bytes, so reading from this memory is deterministic. Workers fill it before they
poll and again when a scheme is published.
"""

from __future__ import annotations

from domain.scheme.model import Scheme

_known: dict[str, Scheme] = {}


class UnknownScheme(LookupError):
    """The hash is not in this process's memory (yet): a reason to try again, not to fail."""


def learn(scheme: Scheme) -> None:
    """Make a published scheme known."""
    _known.setdefault(scheme.hash, scheme)


def knows(hash: str) -> bool:
    """Whether :func:`recall` would answer."""
    return hash in _known


def recall(hash: str) -> Scheme:
    """The scheme version called ``hash``.

    Raises:
        UnknownScheme: when no such version was learnt.
    """
    try:
        return _known[hash]
    except KeyError:
        raise UnknownScheme(hash) from None
