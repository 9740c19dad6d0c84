"""PDF documents: a typst template and data already in words become PDF/A-3a and PDF/UA-1 files.

The same data gives the same bytes, with the same version of typst on the same kind of machine: fonts are those that
typst brings or that Jalon ships, and the only date is the document's own. Typst checks both standards while it writes,
and fails rather than write a file that does not keep to them.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
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
_WHOLE = frozenset(("keywords", "address", "name"))
"""What is read by machines, or shrinks until it fits: never folded."""
_ENDLESS, _DIGEST, _PIECE = re.compile(r"[^\s-]{31,}"), re.compile(r"[0-9a-f]{64}"), re.compile(".{1,12}")
_NO_GLYPH = re.compile(r'the text `"(?:\\u\{(?P<code>[0-9a-f]+)\}|(?P<text>.+?))"` could not be displayed')


class Press:
    """A compiler kept ready: what it has read and laid out once serves again.

    ``files``: by name, what templates may read besides their data; ``fonts``: folders of fonts, next to those that
    typst brings. Beneath ``root`` lies everything else that a template could reach: nothing outside of it is read.
    """

    def __init__(self, files: Mapping[str, bytes], root: Path, fonts: Sequence[Path] = ()) -> None:
        self._lock = Lock()
        self._compiler = Compiler(root=root, font_paths=[*fonts], ignore_system_fonts=True)
        self._files = dict(files)

    def print(
        self,
        template: str,
        data: Mapping[str, Any],
        language: str,
        on: datetime,
        *,
        files: Mapping[str, bytes] | None = None,
        ending: str = "",
    ) -> bytes:
        """The document made of ``data`` by the file ``template``, which ``ending`` is put behind.

        ``files``: what belongs to this document alone. A press that is given a name once is given it each time: what it
        was given before is still there. A character that no font has is written as its code: ``[U+5C71]``.

        Raises:
            typst.TypstError: a fault of the template or of what it was given.
        """
        main = self._files[template] + ending.encode()
        while True:
            given = {"data.json": written(data, language).encode(), "main.typ": main, **(files or {})}
            try:
                return self._compile(given, on)
            except TypstError as error:
                missing = {
                    char
                    for found in _NO_GLYPH.finditer(str(error))
                    for char in (chr(int(found["code"], 16)) if found["code"] else found["text"])
                }
                without = coded(data, missing)
                # What is left is the template's own.
                if without == data:
                    raise
                data = without

    def _compile(self, given: Mapping[str, bytes], on: datetime) -> bytes:
        # Not as an input of the system: everything would be laid out again when it changes. And what a compile is given
        # stays in the compiler, so two at once would mix.
        with self._lock:
            made = self._compiler.compile(
                {**self._files, **given},  # type: ignore[type-var]  # files by name, which the stub forgets
                format="pdf",
                pdf_standards=[*_STANDARDS],
                timestamp=on,
            )
        assert isinstance(made, bytes)
        return made


@cache
def _press(folder: Path) -> Press:
    return Press({path.name: path.read_bytes() for path in folder.glob("*.typ")}, folder)


def pdf(template: str, data: Mapping[str, Any], *, title: str, language: str = "fr") -> bytes:
    """The document ``documents/<template>.typ`` made of ``data``, which is JSON and holds ``issued_on`` (ISO date).

    What ``data`` may hold besides is said in ``base.typ`` and in the template. In French, spaces before double
    punctuation and inside quotation marks become no-break spaces.

    Raises:
        typst.TypstError: a fault of the template or of what it was given.
    """
    on = datetime.fromisoformat(str(data["issued_on"])).replace(tzinfo=UTC)
    return _press(_HERE).print(f"{template}.typ", {**data, "title": title, "language": language}, language, on)


def written(data: Mapping[str, Any], language: str) -> str:
    """``data`` as JSON, fit to be printed."""
    # Compact, so that only texts have spaces.
    text = json.dumps(_foldable(data), ensure_ascii=False, separators=(",", ":"))
    return _french(text) if language == "fr" else text


def _foldable(value: Any) -> Any:
    """``value`` where a line may be broken within what was written without spaces; a digest stays whole."""
    if isinstance(value, str):
        return _ENDLESS.sub(_folded, value) if len(value) > 30 else value
    if isinstance(value, Mapping):
        return {key: item if key in _WHOLE else _foldable(item) for key, item in value.items()}
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


def coded(value: Any, missing: set[str]) -> Any:
    """``value`` with the code of each ``missing`` character in its place."""
    if isinstance(value, str):
        return "".join(f"[U+{ord(char):04X}]" if char in missing else char for char in value)
    if isinstance(value, Mapping):
        return {key: coded(item, missing) for key, item in value.items()}
    if isinstance(value, (list, tuple)):
        return [coded(item, missing) for item in value]
    return value
