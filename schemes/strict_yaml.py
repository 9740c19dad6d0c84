"""Reading YAML as plain data, strictly, with the line of every value.

What YAML allows and nobody writes on purpose is an error: a key twice, anchors and aliases (which can grow without
bound), tags, several documents. Plain scalars follow YAML 1.2: ``no`` and ``2022-01-27`` are texts, ``true`` is not.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import yaml

MAX_BYTES = 1_000_000
MAX_DEPTH = 32

_PLAIN: dict[str, bool | None] = {
    **dict.fromkeys(("", "~", "null", "Null", "NULL")),
    **dict.fromkeys(("true", "True", "TRUE"), True),
    **dict.fromkeys(("false", "False", "FALSE"), False),
}
_INTEGER = re.compile(r"[-+]?[0-9]{1,18}\Z")
_FLOAT = re.compile(r"[-+]?(\.[0-9]+|[0-9]+(\.[0-9]*)?)([eE][-+]?[0-9]{1,4})?\Z")

_LOADER: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)

Place = tuple[str | int, ...]
"""Keys and positions from the root to a value."""


class Unreadable(Exception):
    """The file is not one plain YAML document. ``code`` names a message of the catalogue, ``params`` its parameters."""

    def __init__(self, code: str, **params: Any) -> None:
        super().__init__(code)
        self.code = code
        self.params = params


@dataclass
class Document:
    """A value made of dict, list, str, int, float, bool and None, and the line (from 1) of each place in it."""

    value: Any
    lines: dict[Place, int] = field(default_factory=dict)

    def line(self, place: Place) -> int | None:
        """The line of ``place``, or of the nearest value around it."""
        while place not in self.lines and place:
            place = place[:-1]
        return self.lines.get(place)


def read(path: Path) -> Document:
    """The document in the file at ``path``.

    Raises:
        Unreadable: ``missing``, ``not_a_file``, ``too_large``, ``empty``, ``encoding``, ``syntax`` and the like.
    """
    try:
        # A pipe that nobody writes to would keep the command waiting for ever.
        if not path.is_file() and path.exists():
            raise Unreadable("not_a_file")
        with path.open("rb") as file:
            content = file.read(MAX_BYTES + 1)
    except FileNotFoundError:
        raise Unreadable("missing") from None
    except OSError as error:
        raise Unreadable("unopenable", reason=error.strerror or type(error).__name__) from None
    return parse(content)


def parse(content: bytes) -> Document:
    """The document in ``content``; see :func:`read`."""
    if len(content) > MAX_BYTES:
        raise Unreadable("too_large", limit=MAX_BYTES // 1000)
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise Unreadable("encoding", line=content.count(b"\n", 0, error.start) + 1) from None
    if not text.strip():
        raise Unreadable("empty")
    try:
        return _Builder(yaml.parse(text, Loader=_LOADER)).document()
    except yaml.reader.ReaderError as error:
        raise Unreadable("character", line=text.count("\n", 0, error.position) + 1) from None
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        line, column = (mark.line + 1, mark.column + 1) if mark else (1, 1)
        raise Unreadable("syntax", line=line, column=column, problem=error.problem or "") from None


class _Builder:
    """Builds the document from the parser's events."""

    def __init__(self, events: Iterator[Any]) -> None:
        self.events = events
        self.lines: dict[Place, int] = {}

    def document(self) -> Document:
        next(self.events)
        event = next(self.events)
        if isinstance(event, yaml.StreamEndEvent):
            raise Unreadable("empty")
        value = self.value(next(self.events), ())
        next(self.events)
        event = next(self.events)
        if not isinstance(event, yaml.StreamEndEvent):
            raise Unreadable("several", line=_line(event))
        return Document(value, self.lines)

    def value(self, event: Any, place: Place) -> Any:
        if isinstance(event, yaml.AliasEvent) or event.anchor is not None:
            raise Unreadable("alias", line=_line(event))
        if event.tag not in (None, "!"):
            raise Unreadable("tag", line=_line(event), tag=event.tag)
        if len(place) > MAX_DEPTH:
            raise Unreadable("too_deep", line=_line(event))
        self.lines.setdefault(place, _line(event))
        if isinstance(event, yaml.MappingStartEvent):
            return self.mapping(place)
        if isinstance(event, yaml.SequenceStartEvent):
            return self.sequence(place)
        return _scalar(event)

    def mapping(self, place: Place) -> dict[str, Any]:
        found: dict[str, Any] = {}
        while not isinstance(event := next(self.events), yaml.MappingEndEvent):
            if not isinstance(event, yaml.ScalarEvent):
                raise Unreadable("key", line=_line(event))
            key = event.value
            if event.anchor is not None or (key == "<<" and event.implicit[0]):
                raise Unreadable("alias", line=_line(event))
            if key in found:
                raise Unreadable("doubled", line=_line(event), key=key, first=self.lines[(*place, key)])
            self.lines[(*place, key)] = _line(event)
            found[key] = self.value(next(self.events), (*place, key))
        return found

    def sequence(self, place: Place) -> list[Any]:
        found: list[Any] = []
        while not isinstance(event := next(self.events), yaml.SequenceEndEvent):
            found.append(self.value(event, (*place, len(found))))
        return found


def _line(event: Any) -> int:
    return int(event.start_mark.line) + 1


def _scalar(event: Any) -> Any:
    text: str = event.value
    if not event.implicit[0]:
        return text
    if text in _PLAIN:
        return _PLAIN[text]
    if _INTEGER.match(text):
        return int(text)
    return float(text) if _FLOAT.match(text) else text
