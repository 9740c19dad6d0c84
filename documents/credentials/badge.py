"""The image of an award's badge, as SVG and PNG: its code, title, certifier and year. It names nobody."""

from __future__ import annotations

import json
import re
from functools import cache
from pathlib import Path
from threading import Lock
from typing import Literal

from typst import Compiler

from documents.credentials.baking import bake_png, bake_svg
from domain.certificate import CertificateFacts

_HERE = Path(__file__).parent
_LOCK = Lock()
_PIXELS_PER_INCH = 144
_KINDS = {
    ("certification", "fr"): "Certification",
    ("certification", "en"): "Certification",
    ("block", "fr"): "Bloc de compétences",
    ("block", "en"): "Block of competences",
}
_LONGEST = 240
_SPACED = re.compile(" ([:;!?»])")


@cache
def _compiler() -> Compiler:
    # As with documents: fonts are those that typst brings, so that images are the same everywhere.
    return Compiler(ignore_system_fonts=True)


def badge_svg(facts: CertificateFacts) -> bytes:
    """The badge as SVG, its letters as outlines: 320 points wide and high. The same award gives the same bytes."""
    return _drawn(facts, "svg")


def badge_png(facts: CertificateFacts) -> bytes:
    """The badge as PNG: 640 pixels wide and high, transparent around it. The same award gives the same bytes."""
    return _drawn(facts, "png")


def baked_svg(facts: CertificateFacts, credential: bytes) -> bytes:
    """The badge as SVG with the signed credential in it."""
    return bake_svg(badge_svg(facts), credential)


def baked_png(facts: CertificateFacts, credential: bytes) -> bytes:
    """The badge as PNG with the signed credential in it."""
    return bake_png(badge_png(facts), credential)


def _drawn(facts: CertificateFacts, form: Literal["svg", "png"]) -> bytes:
    language = facts.languages[0]
    title = facts.title if len(facts.title) <= _LONGEST else facts.title[: _LONGEST - 1] + "…"
    if language == "fr":
        title = _SPACED.sub("\u00a0\\1", title).replace("« ", "«\u00a0")
    data = {
        "language": language,
        "kind": _KINDS[facts.kind, language],
        "code": facts.number.split("-", 1)[0],
        "title": title,
        "certifier": facts.certifier[:_LONGEST],
        "year": str(facts.awarded_on.year),
    }
    files: dict[str, bytes] = {"main.typ": (_HERE / "badge.typ").read_bytes(), "data.json": json.dumps(data).encode()}
    with _LOCK:
        made = _compiler().compile(files, format=form, ppi=_PIXELS_PER_INCH)  # type: ignore[type-var]  # files by name, which the stub forgets
    assert isinstance(made, bytes)
    return made
