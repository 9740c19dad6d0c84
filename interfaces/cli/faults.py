"""What is wrong with a YAML or JSON file, line by line on standard error."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import NoReturn

from domain.scheme.fault import Fault
from interfaces.cli.console import Exit, err, note, settings, text
from interfaces.scheme_words import fault_sentence
from schemes.strict_yaml import Document


def located(document: Document, faults: Sequence[Fault]) -> list[tuple[int | None, Fault, str]]:
    """Each fault with its line and its sentence, in the order of the lines."""
    lines = sorted(((document.line(fault.place), fault) for fault in faults), key=lambda pair: pair[0] or 0)
    return [(line, fault, fault_sentence(fault, settings.language)) for line, fault in lines]


def tell_faults(file: Path, document: Document, faults: Sequence[Fault]) -> NoReturn:
    """Say all that is wrong with ``file``, and end."""
    told = located(document, faults)
    for line, fault, sentence in told:
        path = fault.path or text("schemes.check.root")
        name = "schemes.check.fault" if line is None else "schemes.check.fault_line"
        err.print(text(name, path=path, line=line, message=sentence), markup=False, highlight=False)
    note("schemes.check.count_one" if len(told) == 1 else "schemes.check.count", file=file.name, count=len(told))
    raise SystemExit(int(Exit.REFUSED))
