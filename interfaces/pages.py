"""A document made of sections of sentences, as a page to print or as plain text."""

from __future__ import annotations

import errno
import json
import os
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from functools import cache
from importlib.resources import files
from pathlib import Path
from typing import IO, Any, NamedTuple

from jinja2 import Environment, StrictUndefined, Template


class Section(NamedTuple):
    """A part of a document."""

    title: str
    lines: Sequence[str]


def as_html(title: str, sections: Sequence[Section], language: str) -> str:
    """One HTML page that needs nothing else."""
    return _template().render(title=title, sections=sections, language=language)


def as_text(title: str, sections: Sequence[Section]) -> str:
    """The document for a terminal."""
    parts = [title, *("\n".join((section.title, *(f"  {line}" for line in section.lines))) for section in sections)]
    return "\n\n".join(parts)


def write_document(out: Path, data: Mapping[str, Any], title: str, sections: Sequence[Section], language: str) -> None:
    """Write a document for its owner's eyes: JSON or HTML by the file's suffix, else text.

    Raises:
        OSError: it cannot be written; what was there before is left alone.
    """
    suffix = out.suffix.lower()
    if suffix == ".json":
        content = json.dumps(data, ensure_ascii=False, indent=2, default=str)
    elif suffix in (".html", ".htm"):
        content = as_html(title, sections, language)
    else:
        content = as_text(title, sections)
    with drafted(out) as file:
        file.write(content + "\n")


@contextmanager
def drafted(out: Path, encoding: str = "utf-8") -> Iterator[IO[str]]:
    """A file for its owner's eyes that takes the name ``out`` once it is whole, and is gone if it never is.

    Lines end as they are written. Raises OSError when it cannot be written; what was there before is left alone.
    """
    draft = out.with_name(f".{out.name}.new")
    try:
        with open(draft, "w", encoding=encoding, newline="", opener=_private) as file:
            yield file
        draft.replace(out)
    finally:
        draft.unlink(missing_ok=True)


def check_writable(out: Path) -> None:
    """OSError when no file can be written under the name ``out``: to be known before what is to be written is lost."""
    if out.is_dir():
        raise IsADirectoryError(errno.EISDIR, os.strerror(errno.EISDIR))
    draft = out.with_name(f".{out.name}.new")
    os.close(_private(str(draft), os.O_WRONLY | os.O_CREAT))
    draft.unlink()


def _private(file: str, flags: int) -> int:
    return os.open(file, flags, 0o600)


@cache
def _template() -> Template:
    environment = Environment(autoescape=True, undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True)
    return environment.from_string(files("interfaces").joinpath("page.html").read_text("utf-8"))
