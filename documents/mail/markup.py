"""The little markup of mail templates, as plain text and as HTML.

Both are made from the same blocks, so a mail never says in one what it does not say in the other.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from html import escape
from typing import Literal

_SPECIAL = re.compile(r"([\\*\[\]()#-])")
_INLINE = re.compile(
    r"\\(?P<plain>.)|\*\*(?P<strong>(?:\\.|[^*\\])+)\*\*|\[(?P<words>(?:\\.|[^\]\\])+)\]\((?P<link>[^)\s]+)\)"
)
# Whatever ends a line, and the controls that no text needs.
_BREAKS = re.compile(r"\s*[\n-\r\x1c-\x1e\x85\u2028\u2029]\s*")
_CONTROLS = re.compile(r"[\x00-\x08\x0e-\x1b\x1f\x7f]")
_SAFE_LINK = re.compile(r"(https://|mailto:)")


@dataclass(frozen=True, slots=True)
class Block:
    """A paragraph, a title, or a list; ``lines`` are the items of a list, otherwise one line."""

    kind: Literal["paragraph", "title", "list"]
    lines: tuple[str, ...]


def literal(value: object) -> str:
    """``value`` as the markup for exactly these characters, on one line."""
    return _SPECIAL.sub(r"\\\1", _BREAKS.sub(" ", _CONTROLS.sub("", str(value))))


def blocks(source: str) -> list[Block]:
    """The blocks of a text: separated by blank lines; items of a list stay together whatever stands between them."""
    found: list[Block] = []
    for chunk in re.split(r"\n[ \t]*\n", source):
        for block in _of(chunk):
            if block.kind == "list" and found and found[-1].kind == "list":
                found[-1] = Block("list", found[-1].lines + block.lines)
            else:
                found.append(block)
    return found


def _of(chunk: str) -> Iterator[Block]:
    paragraph: list[str] = []
    for line in (line.strip() for line in chunk.splitlines()):
        item, title = line.startswith("- "), line.startswith("## ")
        if paragraph and (item or title):
            yield Block("paragraph", (" ".join(paragraph),))
            paragraph = []
        if item:
            yield Block("list", (line[2:].strip(),))
        elif title:
            yield Block("title", (line[3:].strip(),))
        elif line:
            paragraph.append(line)
    if paragraph:
        yield Block("paragraph", (" ".join(paragraph),))


def as_text(found: list[Block]) -> str:
    """Plain text: blocks separated by a blank line, items after a dash, links as ``words (address)``."""
    parts = []
    for block in found:
        lines = [_text(line) for line in block.lines]
        parts.append("\n".join(f"- {line}" for line in lines) if block.kind == "list" else lines[0])
    return "\n\n".join(parts) + "\n"


def as_html(found: list[Block]) -> str:
    """The same as elements of HTML."""
    return "\n".join(_element(block) for block in found)


def _element(block: Block) -> str:
    match block.kind:
        case "list":
            return "<ul>\n" + "\n".join(f"<li>{_html(line)}</li>" for line in block.lines) + "\n</ul>"
        case "title":
            return f"<h2>{_html(block.lines[0])}</h2>"
        case "paragraph":
            return f"<p>{_html(block.lines[0])}</p>"


def plain(line: str) -> str:
    """One line without its markup."""
    return _text(line)


def _text(line: str) -> str:
    def one(match: re.Match[str]) -> str:
        if match["plain"] is not None:
            return match["plain"]
        if match["strong"] is not None:
            return _text(match["strong"])
        return f"{_text(match['words'])} ({match['link']})"

    return _INLINE.sub(one, line)


def _html(line: str) -> str:
    written, at = [], 0
    for match in _INLINE.finditer(line):
        written.append(escape(line[at : match.start()]))
        at = match.end()
        if match["plain"] is not None:
            written.append(escape(match["plain"]))
        elif match["strong"] is not None:
            written.append(f"<strong>{_html(match['strong'])}</strong>")
        elif _SAFE_LINK.match(match["link"]):
            written.append(f'<a href="{escape(match["link"])}">{_html(match["words"])}</a>')
        else:
            written.append(f"{_html(match['words'])} ({escape(match['link'])})")
    return "".join(written) + escape(line[at:])
