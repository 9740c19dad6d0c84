"""JSON-LD as RDF in its canonical form (RDFC-1.0), strictly: nothing fetched, nothing dropped, nothing unbounded.

JSON-LD drops what its contexts do not define, so a signature over the rest would say nothing about it. Here such a
document is refused, by whoever signs as by whoever verifies. Canonical labels can take exponential time when many
blank nodes look alike; a document with more than a few of those is refused before the work begins.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Mapping
from hashlib import sha256
from threading import Lock
from typing import Any, Literal

from pyld import jsonld
from pyoxigraph import BlankNode, CanonicalizationAlgorithm, Dataset, RdfFormat, parse

from documents.credentials.vocabulary import KNOWN, VC, loader

MOST_TEXT = 4 * 2**20
"""Characters in all texts of a document; the longest are status lists."""
MOST_VALUES = 5_000
DEEPEST = 16
MOST_ALIKE = 6
"""Blank nodes that look alike at first sight: the work grows with the factorial of this."""

UNFIT = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\ud800-\udfff]")
"""Characters that implementations escape in different ways, or that no text may hold."""
_TERM = re.compile(r"[A-Za-z_][A-Za-z0-9_-]*")
_ABSOLUTE = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*:\S+")
_VALUE_KEYS = frozenset({"@value", "@language"})
# What stands under these is a term itself; that it has a meaning shows in the expanded form.
_TERMS = frozenset({"type", "@language", "proofPurpose"})
_LARGEST = 2**53 - 1
_LOCK = Lock()

Fault = Literal["contexts", "unknown_term", "too_deep", "too_large", "malformed"]


class Unacceptable(ValueError):
    """A document that is neither signed nor verified. ``code`` says the kind of fault, the message what and where."""

    def __init__(self, code: Fault, why: str) -> None:
        super().__init__(why)
        self.code = code


def canonical(document: Mapping[str, Any]) -> str:
    """The canonical N-Quads of ``document``, each line ended by a line feed.

    Raises:
        Unacceptable: it breaks a bound, names a context that is not bundled, or says what no context defines.
    """
    dataset = Dataset(parse(nquads(document), format=RdfFormat.N_QUADS))
    _bounded(dataset)
    dataset.canonicalize(CanonicalizationAlgorithm.RDFC_1_0)
    return "".join(sorted({f"{quad} .\n" for quad in dataset}))


def nquads(document: Mapping[str, Any]) -> str:
    """The N-Quads of ``document``, blank nodes named as they come.

    Raises:
        Unacceptable: as :func:`canonical`.
    """
    said = _checked(document)
    # Without a base: PyLD would make one up, and every word an address below it.
    options = {"documentLoader": loader, "processingMode": "json-ld-1.1", "base": None}
    dropped: list[str] = []
    try:
        # PyLD keeps what it resolved in a cache that knows nothing of threads.
        with _LOCK:
            expanded = jsonld.expand(
                dict(document), options, on_property_dropped=lambda term: dropped.append(str(term))
            )
            if not dropped:
                text = jsonld.to_rdf(expanded, {**options, "format": "application/n-quads"})
    except (jsonld.JsonLdError, ValueError, TypeError, LookupError, AttributeError, RecursionError) as error:
        raise Unacceptable("contexts", f"The document cannot be read with its contexts: {_told(error)}") from None
    if dropped:
        raise Unacceptable("unknown_term", f"The contexts do not define {dropped[0]!r}.")
    kept = Counter(_leaves(expanded))
    lost = said - kept
    if lost:
        # A type that is no term, a relative address, a value where none may stand.
        raise Unacceptable("unknown_term", f"The contexts give no meaning to {next(iter(lost))[:80]!r}.")
    assert isinstance(text, str)
    return text


def _told(error: BaseException) -> str:
    while error.__cause__ is not None:
        error = error.__cause__
    return str(error).split("\n", 1)[0][:200]


def _checked(document: Mapping[str, Any]) -> Counter[str]:
    """The texts that ``document`` says, after it was found to keep within bounds. Types are left out."""
    contexts = document.get("@context")
    names = [contexts] if isinstance(contexts, str) else contexts
    if not isinstance(names, list) or not names or names[0] != VC:
        raise Unacceptable("contexts", f"“@context” must begin with {VC}.")
    if len(names) > len(KNOWN):
        # Each is worked through anew, however often it is named.
        raise Unacceptable("contexts", f"“@context” names more than {len(KNOWN)} contexts.")
    for name in names:
        if not isinstance(name, str) or name not in KNOWN:
            raise Unacceptable("contexts", f"The context {str(name)[:120]!r} is not known here, and none is fetched.")
    said: Counter[str] = Counter()
    length = 0
    # Whoever reads the JSON must find all that is said of something in one place, as signatures do not see places.
    described: set[str] = {str(document.get("id"))}
    walk = _walk({key: item for key, item in document.items() if key != "@context"})
    for number, (where, depth, value) in enumerate(walk):
        if depth > DEEPEST:
            raise Unacceptable("too_deep", f"The document is nested more than {DEEPEST} deep.")
        if number >= MOST_VALUES:
            raise Unacceptable("too_large", f"The document has more than {MOST_VALUES} values.")
        if isinstance(value, str):
            length += len(value)
            if length > MOST_TEXT:
                raise Unacceptable("too_large", f"The document has more than {MOST_TEXT} characters.")
            if UNFIT.search(value):
                raise Unacceptable("malformed", f"{where} has a character that no text may hold.")
            if value.startswith("_:"):
                raise Unacceptable("malformed", f"{where} names a blank node.")
            if where not in _TERMS:
                said[value] += 1
        elif isinstance(value, bool):
            pass
        elif isinstance(value, int):
            if abs(value) > _LARGEST:
                raise Unacceptable("malformed", f"{where} is too large a number.")
        elif isinstance(value, dict):
            own = value.get("id")
            if isinstance(own, str) and len(value) > 1:
                if own in described:
                    raise Unacceptable("malformed", f"{own[:120]} is described in two places.")
                described.add(own)
        elif not isinstance(value, list):
            raise Unacceptable("malformed", f"{where} is neither a text, a whole number, a list nor an object.")
    return said


def _walk(document: Mapping[str, Any]) -> Iterator[tuple[str, int, Any]]:
    """Each value below ``document``: the key that it stands under, how deep, itself. Keys are checked on the way."""
    waiting: list[tuple[str, int, Any]] = [("", 0, document)]
    while waiting:
        where, depth, value = waiting.pop()
        if depth:
            yield where, depth, value
        if isinstance(value, Mapping):
            for key, item in value.items():
                if not isinstance(key, str) or not (key in _VALUE_KEYS or _TERM.fullmatch(key)):
                    raise Unacceptable("unknown_term", f"{str(key)[:80]!r} is no term.")
                waiting.append((key, depth + 1, item))
        elif isinstance(value, list):
            waiting.extend((where, depth + 1, item) for item in value)


def _leaves(expanded: Any) -> Iterator[str]:
    """The texts of an expanded document; every address in it must be whole."""
    waiting = [expanded]
    while waiting:
        node = waiting.pop()
        if isinstance(node, list):
            waiting.extend(node)
        elif isinstance(node, dict):
            if isinstance(node.get("@value"), str):
                yield node["@value"]
            if "@value" in node:
                continue
            for key, value in node.items():
                if key == "@id":
                    _whole(value)
                    yield value
                elif key == "@type":
                    for name in value:
                        _whole(name)
                else:
                    if key != "@list":
                        _whole(key)
                    waiting.append(value)


def _whole(address: object) -> None:
    if not isinstance(address, str) or not _ABSOLUTE.fullmatch(address):
        raise Unacceptable("unknown_term", f"The contexts give no meaning to {str(address)[:80]!r}.")


def _bounded(dataset: Dataset) -> None:
    """Refuses a dataset in which too many blank nodes look alike at first sight."""
    lines: dict[str, list[str]] = {}
    for quad in dataset:
        parts = (quad.subject, quad.predicate, quad.object, quad.graph_name)
        nodes = {part.value for part in parts if isinstance(part, BlankNode)}
        for node in nodes:
            shown = (
                ("_:a" if part.value == node else "_:z") if isinstance(part, BlankNode) else str(part) for part in parts
            )
            lines.setdefault(node, []).append(" ".join(shown))
    looks = Counter(sha256("\n".join(sorted(mine)).encode()).digest() for mine in lines.values())
    if sum(number for number in looks.values() if number > 1) > MOST_ALIKE:
        raise Unacceptable("too_large", "Too many nameless nodes of the document look alike.")
