"""How every command speaks: results on standard output, everything else on standard error."""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from enum import IntEnum
from typing import Any, NoReturn

from rich.console import Console

from domain.refusal import Refusal
from interfaces.sentences import refusal_sentence
from interfaces.words import say

WIDE = 200
"""Columns of a table that nobody's terminal bounds: into a file or another program nothing is folded."""

# A word between colons is a word, not a picture: ``did:key:``.
out = Console(emoji=False, soft_wrap=True, width=None if sys.stdout.isatty() or "COLUMNS" in os.environ else WIDE)
err = Console(emoji=False, stderr=True, soft_wrap=True)


class Exit(IntEnum):
    """What a command's exit code means."""

    OK = 0
    REFUSED = 1
    """The input is bad, or a rule says no."""
    USAGE = 2
    """The command line itself is wrong."""
    UNREACHABLE = 3
    """PostgreSQL or Temporal is not there."""
    UNEXPECTED = 70
    """A fault of ours."""
    INTERRUPTED = 130


@dataclass
class Settings:
    """What the options before the command set: language of the sentences."""

    language: str = "fr"


settings = Settings()


def text(name: str, /, **params: Any) -> str:
    """A sentence of the catalogue in the chosen language."""
    return say(name, settings.language, **params)


def print_json(value: Any) -> None:
    """One JSON document on standard output, and nothing else there."""
    sys.stdout.write(json.dumps(value, ensure_ascii=False, indent=2, default=str) + "\n")
    sys.stdout.flush()


def note(name: str, /, **params: Any) -> None:
    """A sentence on standard error."""
    err.print(text(name, **params), highlight=False, markup=False)


def fail(name: str, exit: Exit = Exit.REFUSED, /, **params: Any) -> NoReturn:
    """Say in one or two sentences what is wrong, and end with ``exit``."""
    note(name, **params)
    raise SystemExit(int(exit))


def refused(refusal: Mapping[str, Any]) -> NoReturn:
    """Print a rule's refusal (code, sentence, basis) and end."""
    said = Refusal.model_validate(refusal)
    suffix = f" [{said.basis}]" if said.basis else ""
    err.print(f"{said.code} : {refusal_sentence(said, settings.language)}{suffix}", highlight=False, markup=False)
    raise SystemExit(int(Exit.REFUSED))
