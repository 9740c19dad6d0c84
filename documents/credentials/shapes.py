"""The canonical form of a document in a fraction of the time, for documents that differ in their texts only.

Credentials of one certification have the same shape: the same terms, types and numbers at the same places. What a
shape becomes as RDF is worked out once, by the long way of :mod:`documents.credentials.jsonld`, with marks where
texts stand; then the texts take the places of the marks, and blank nodes the labels that RDFC-1.0 gives them. Where
the short way is not certain to end in the same bytes (an unusual address, blank nodes that look alike), the long way
is taken.
"""

from __future__ import annotations

import re
from collections import OrderedDict
from collections.abc import Callable, Hashable, Mapping, Sequence
from hashlib import sha256
from operator import itemgetter
from threading import Lock
from typing import Any, NamedTuple

from documents.credentials.jsonld import MOST_TEXT, Unacceptable, canonical, nquads

_MOST_SHAPES = 256
# Parts of a skeleton that no key can be.
_OBJECT, _LIST, _TEXT, _END = object(), object(), object(), object()
_CONSTANT = frozenset({"@context", "type", "@language", "proofPurpose", "cryptosuite"})
_MARK = "urn:jalon:mark:{}:"
_TOKEN = re.compile(r'"urn:jalon:mark:(?P<text>\d+):"|<urn:jalon:mark:(?P<address>\d+):>|(?P<node>_:b\d+)')
_LITERAL = re.compile(r'"(?:[^"\\]|\\.)*"')
_LETTER = r"(?:[A-Za-z0-9._~!$&'()*+,;=:@/?-]|%[0-9A-Fa-f]{2})"
# Addresses that JSON-LD and RDF take as they are. No context defines these schemes as terms.
_ADDRESS = re.compile(
    rf"(?:https?://[A-Za-z0-9.-]+(?::[0-9]{{1,5}})?(?:[/?]{_LETTER}*)?|(?:urn|did):[a-z0-9]+:{_LETTER}+)(?:#{_LETTER}*)?"
)
# Of UTF-8, everything but the control characters that the long way refuses.
_FIT = bytes({*range(256)} - {*range(9), 0x0B, 0x0C, *range(0x0E, 0x20), 0x7F})
_ESCAPES = (("\\", "\\\\"), ('"', '\\"'), ("\n", "\\n"), ("\r", "\\r"), ("\t", "\\t"))


class _Frame:
    """Lines of N-Quads with ``%s`` where values go, and which values those are, in order."""

    def __init__(self, lines: Sequence[tuple[str, tuple[int, ...]]]) -> None:
        self._text = "\n".join(frame for frame, _ in lines)
        places = [place for _, found in lines for place in found]
        # With one place it would give that value, and not a tuple of it.
        self._pick = itemgetter(*places) if len(places) > 1 else lambda values: tuple(values[at] for at in places)

    def filled(self, values: Sequence[str]) -> list[str]:
        """The lines, in the order of the frame."""
        return (self._text % self._pick(values)).split("\n")


class _Shape(NamedTuple):
    """How the canonical form is made of texts.

    ``quads`` takes the texts and then the labels of the blank nodes; ``looks`` the texts alone: for one blank node
    after the other, as many quads as ``sizes`` says, as RDFC-1.0 hashes them at first sight.
    """

    quads: _Frame
    looks: _Frame
    sizes: tuple[int, ...]
    addresses: tuple[int, ...]


_shapes: OrderedDict[tuple[Hashable, ...], _Shape | None] = OrderedDict()
_lock = Lock()


def canonical_form(document: Mapping[str, Any]) -> str:
    """What :func:`documents.credentials.jsonld.canonical` gives for ``document``, sooner.

    Raises:
        Unacceptable: as there.
    """
    skeleton: list[Hashable] = []
    texts: list[str] = []
    _take_apart(dict(document), skeleton, texts)
    shape = _shape(tuple(skeleton), document)
    filled = _filled(shape, texts) if shape else None
    return canonical(document) if filled is None else filled


def _take_apart(value: Any, skeleton: list[Hashable], texts: list[str]) -> None:
    """What is the same in all documents of a shape goes to ``skeleton``, the texts to ``texts``.

    In an object, a key that nothing follows but the next one has a text.
    """
    if isinstance(value, dict):
        skeleton.append(_OBJECT)
        for key, item in value.items():
            skeleton.append(key)
            if key in _CONSTANT:
                skeleton.append((repr(item),))
            elif type(item) is str:
                texts.append(item)
            else:
                _take_apart(item, skeleton, texts)
        skeleton.append(_END)
    elif isinstance(value, list):
        skeleton.append(_LIST)
        for item in value:
            _take_apart(item, skeleton, texts)
        skeleton.append(_END)
    elif isinstance(value, str):
        skeleton.append(_TEXT)
        texts.append(value)
    else:
        skeleton.append((repr(value),))


def _marked(value: Any, key: str, count: list[int]) -> Any:
    """``value`` with a mark for each text, in the order of :func:`_take_apart`."""
    if key in _CONSTANT:
        return value
    if isinstance(value, str):
        count[0] += 1
        return _MARK.format(count[0] - 1)
    if isinstance(value, dict):
        return {name: _marked(item, name, count) for name, item in value.items()}
    if isinstance(value, list):
        return [_marked(item, "", count) for item in value]
    return value


def _shape(skeleton: tuple[Hashable, ...], document: Mapping[str, Any]) -> _Shape | None:
    with _lock:
        if skeleton in _shapes:
            _shapes.move_to_end(skeleton)
            return _shapes[skeleton]
    made = _worked_out(document)
    with _lock:
        _shapes[skeleton] = made
        while len(_shapes) > _MOST_SHAPES:
            _shapes.popitem(last=False)
    return made


def _worked_out(document: Mapping[str, Any]) -> _Shape | None:
    """The shape of ``document``, or nothing where a mark did not come through as a text or an address."""
    count = [0]
    try:
        quads = nquads(_marked(document, "", count)).splitlines()
    except Unacceptable:
        # The long way says what is wrong with the document itself, not with its marks.
        return None
    places: dict[str, int] = {}
    addresses: set[int] = set()
    seen: set[int] = set()

    def place(token: re.Match[str]) -> int:
        if token["node"]:
            return count[0] + places.setdefault(token["node"], len(places))
        number = int(token["text"] or token["address"])
        seen.add(number)
        if token["address"]:
            addresses.add(number)
        return number

    lines = [_line(quad, place) for quad in quads]
    if seen != set(range(count[0])):
        return None
    nodes = range(count[0], count[0] + len(places))
    looks: list[tuple[str, tuple[int, ...]]] = []
    sizes: list[int] = []
    for node in nodes:
        mine = [_seen(frame, found, node, count[0]) for frame, found in lines if node in found]
        looks.extend(mine)
        sizes.append(len(mine))
    return _Shape(_Frame(lines), _Frame(looks), tuple(sizes), tuple(sorted(addresses)))


def _seen(frame: str, found: Sequence[int], node: int, texts: int) -> tuple[str, tuple[int, ...]]:
    """A line as it looks from ``node``: itself ``_:a``, any other blank node ``_:z``."""
    labels = tuple("%s" if place < texts else "_:a" if place == node else "_:z" for place in found)
    # Filled once already: what stood doubled must be doubled again.
    return frame.replace("%%", "%%%%") % labels, tuple(place for place in found if place < texts)


def _line(quad: str, place: Callable[[re.Match[str]], int]) -> tuple[str, tuple[int, ...]]:
    frame: list[str] = []
    found: list[int] = []
    at = 0
    # Constant texts could look like a mark inside: they are stepped over whole.
    while at < len(quad):
        token = _TOKEN.match(quad, at)
        if token:
            found.append(place(token))
            frame.append('"%s"' if token["text"] else "<%s>" if token["address"] else "%s")
            at = token.end()
            continue
        step = _LITERAL.match(quad, at)
        end = step.end() if step else at + 1
        frame.append(quad[at:end].replace("%", "%%"))
        at = end
    return "".join(frame), tuple(found)


def _filled(shape: _Shape, texts: Sequence[str]) -> str | None:
    """The canonical form with ``texts``, or nothing where only the long way is certain."""
    together = " ".join(["", *texts])
    try:
        unfit = together.encode().translate(None, _FIT)
    except UnicodeEncodeError:
        return None
    if unfit or " _:" in together or len(together) > MOST_TEXT:
        return None
    addresses = [texts[number] for number in shape.addresses]
    if len(set(addresses)) < len(addresses) or not all(map(_ADDRESS.fullmatch, addresses)):
        return None
    values = list(texts)
    for letter, escaped in _ESCAPES:
        if letter in together:
            values = [text.replace(letter, escaped) for text in values]
    labels = _labels(shape, values)
    if labels is None:
        return None
    values.extend(labels)
    lines = shape.quads.filled(values)
    # A quad that is there twice counts once in a dataset, and the labels above did not know.
    if len(set(lines)) < len(lines):
        return None
    lines.sort()
    lines.append("")
    return "\n".join(lines)


def _labels(shape: _Shape, values: Sequence[str]) -> list[str] | None:
    """The canonical labels of the blank nodes, in the order of their first-degree hashes; nothing if two are alike."""
    if len(shape.sizes) < 2:
        return ["_:c14n0"] * len(shape.sizes)
    lines = shape.looks.filled(values)
    hashes: list[tuple[bytes, int]] = []
    start = 0
    for node, size in enumerate(shape.sizes):
        mine = lines[start : start + size]
        start += size
        mine.sort()
        mine.append("")
        hashes.append((sha256("\n".join(mine).encode()).digest(), node))
    hashes.sort()
    labels = [""] * len(hashes)
    for number, (digest, node) in enumerate(hashes):
        if number and digest == hashes[number - 1][0]:
            return None
        labels[node] = f"_:c14n{number}"
    return labels
