"""PDF documents: a typst template and data already in words become PDF/A-3a and PDF/UA-1 files.

The same data gives the same bytes, with the same version of typst on the same kind of machine: fonts are those that
typst brings, and the only date is the document's own. Typst checks both standards while it writes, and fails rather
than write a file that does not keep to them.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from datetime import UTC, datetime
from functools import cache
from pathlib import Path
from threading import Lock
from typing import Any, Literal

from typst import Compiler, TypstError

_STANDARDS: list[Literal["a-3a", "ua-1"]] = ["a-3a", "ua-1"]
_HERE = Path(__file__).parent
_BEFORE, _AFTER = re.compile(" ([:;!?»%])"), re.compile("« ")
_WIDE = frozenset(":»")
_ENDLESS, _DIGEST, _PIECE = re.compile(r"[^\s-]{31,}"), re.compile(r"[0-9a-f]{64}"), re.compile(".{1,12}")
_NO_GLYPH = re.compile(r'the text `"(?:\\u\{(?P<code>[0-9a-f]+)\}|(?P<text>.+?))"` could not be displayed')


class _Press:
    """A compiler kept ready: what it has read and laid out once serves again."""

    def __init__(self, folder: Path) -> None:
        self._lock = Lock()
        self._compiler = Compiler(ignore_system_fonts=True)
        self._templates = {path.name: path.read_bytes() for path in folder.glob("*.typ")}

    def print(self, template: str, data: Mapping[str, Any], language: str, on: datetime) -> bytes:
        """The document made of ``data``. A character that no font has is written as its code: ``[U+5C71]``."""
        while True:
            try:
                return self._compile(template, _written(data, language), on)
            except TypstError as error:
                found = _NO_GLYPH.search(str(error))
                if found is None:
                    raise
                missing = chr(int(found["code"], 16)) if found["code"] else found["text"]
                data = _coded(data, set(missing))

    def _compile(self, template: str, data: str, on: datetime) -> bytes:
        # Not as an input of the system: everything would be laid out again when it changes.
        given = {"data.json": data.encode(), "main.typ": self._templates[template]}
        # What a compile is given stays in the compiler, so two at once would mix.
        with self._lock:
            made = self._compiler.compile(
                self._templates | given,  # type: ignore[type-var]  # files by name, which the stub forgets
                format="pdf",
                pdf_standards=[*_STANDARDS],
                timestamp=on,
            )
        assert isinstance(made, bytes)
        return made


@cache
def _press(folder: Path) -> _Press:
    return _Press(folder)


def pdf(template: str, data: Mapping[str, Any], *, title: str, language: str = "fr") -> bytes:
    """The document ``documents/<template>.typ`` made of ``data``, which is JSON and holds ``issued_on`` (ISO date).

    What ``data`` may hold besides is said in ``base.typ`` and in the template. In French, spaces before double
    punctuation and inside quotation marks become no-break spaces.

    Raises:
        typst.TypstError: a fault of the template or of what it was given.
    """
    on = datetime.fromisoformat(str(data["issued_on"])).replace(tzinfo=UTC)
    return _press(_HERE).print(f"{template}.typ", {**data, "title": title, "language": language}, language, on)


def _written(data: Mapping[str, Any], language: str) -> str:
    """``data`` as JSON, fit to be printed."""
    # Compact, so that only texts have spaces.
    written = json.dumps(_foldable(data), ensure_ascii=False, separators=(",", ":"))
    return _french(written) if language == "fr" else written


def _foldable(value: Any) -> Any:
    """``value`` where a line may be broken within what was written without spaces; a digest stays whole."""
    if isinstance(value, str):
        return _ENDLESS.sub(_folded, value) if len(value) > 30 else value
    if isinstance(value, Mapping):
        return {key: item if key == "keywords" else _foldable(item) for key, item in value.items()}
    if isinstance(value, (list, tuple)):
        return [_foldable(item) for item in value]
    return value


def _folded(found: re.Match[str]) -> str:
    word = found[0]
    return word if _DIGEST.fullmatch(word) else "\N{ZERO WIDTH SPACE}".join(_PIECE.findall(word))


def _french(text: str) -> str:
    return _AFTER.sub("«\N{NO-BREAK SPACE}", _BEFORE.sub(_spaced, text))


def _spaced(found: re.Match[str]) -> str:
    space = "\N{NO-BREAK SPACE}" if found[1] in _WIDE else "\N{NARROW NO-BREAK SPACE}"
    return space + found[1]


def _coded(value: Any, missing: set[str]) -> Any:
    """``value`` with the code of each ``missing`` character in its place."""
    if isinstance(value, str):
        return "".join(f"[U+{ord(char):04X}]" if char in missing else char for char in value)
    if isinstance(value, Mapping):
        return {key: _coded(item, missing) for key, item in value.items()}
    if isinstance(value, (list, tuple)):
        return [_coded(item, missing) for item in value]
    return value
