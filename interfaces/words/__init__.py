"""The message catalogue: every sentence that a person reads, French first, English second.

One TOML file per subject and language; a message's full name is ``<file>.<table>.<key>``. Messages are
``str.format`` templates, so ``{block}`` takes the parameter of that name.
"""

from __future__ import annotations

import tomllib
from collections.abc import Iterator, Mapping
from functools import cache
from importlib.resources import files
from typing import Any

LANGUAGES = ("fr", "en")


def _flatten(prefix: str, table: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    for key, value in table.items():
        name = f"{prefix}.{key}"
        if isinstance(value, Mapping):
            yield from _flatten(name, value)
        else:
            yield name, str(value)


@cache
def catalogue(language: str) -> dict[str, str]:
    """All messages of one language, by full name."""
    messages: dict[str, str] = {}
    for file in sorted(files(__name__).joinpath(language).iterdir(), key=lambda file: file.name):
        if file.name.endswith(".toml"):
            messages.update(_flatten(file.name.removesuffix(".toml"), tomllib.loads(file.read_text("utf-8"))))
    return messages


def say(name: str, language: str = "fr", /, **params: Any) -> str:
    """The sentence called ``name``. An unknown name or a missing parameter is a programming error (KeyError)."""
    return catalogue(language)[name].format(**params)
