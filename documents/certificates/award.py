"""What the templates of a certificate and of its annex are given, from the facts of an award."""

from __future__ import annotations

import io
import unicodedata
from typing import Any

import segno

from domain.certificate import CertificateFacts, Holder

_PIECES = ("/", "?", "&")


def award_data(facts: CertificateFacts) -> dict[str, Any]:
    """The fields of ``README.md``, as JSON."""
    said = facts.model_dump(mode="json", exclude={"holder", "route", "scheme_id"})
    return {
        **plain(said),
        "award": plain(facts.title),
        "title": _title(facts),
        **named(facts.holder),
        "address": facts.address,
        "address_shown": _breakable(facts.address),
        "keywords": [facts.number],
        "language": facts.languages[0],
    }


def _title(facts: CertificateFacts) -> str:
    """What the file is called in lists and windows; no personal data."""
    title = facts.title if facts.kind == "certification" else f"{facts.title} – {facts.blocks[0].title}"
    return str(plain(f"{title} – {facts.number}"))


def named(holder: Holder) -> dict[str, Any]:
    """The name of birth is what a certificate is made out to; the one in use stands beneath it where it is another."""
    return {
        "name": plain(f"{holder.given_name} {holder.family_name}"),
        "usage_name": plain(holder.usage_name) if holder.usage_name != holder.family_name else "",
        "birth_date": holder.birth_date.isoformat() if holder.birth_date else None,
    }


def qr_code(address: str) -> bytes:
    """The address as an SVG drawing, with the quiet zone that readers need; some 15 % of it may be lost."""
    drawn = io.BytesIO()
    # One mask for all: the best of eight is not easier to read, and finding it takes longer than all the rest.
    code = segno.make_qr(address, error="m", mask=2, boost_error=False)
    code.save(drawn, kind="svg", border=4, xmldecl=False, svgclass=None, lineclass=None, omitsize=True, dark="#14233c")
    return drawn.getvalue()


def plain(value: Any) -> Any:
    """``value`` with every text on one line, composed, and without characters that would change how others are read.

    Controls and the marks that reverse the order of writing become their codes: ``[U+202E]``.
    """
    if isinstance(value, str):
        text = " ".join(unicodedata.normalize("NFC", value).split())
        return "".join(f"[U+{ord(char):04X}]" if _turns(char) else char for char in text)
    if isinstance(value, dict):
        return {key: plain(item) for key, item in value.items()}
    if isinstance(value, (list, tuple)):
        return [plain(item) for item in value]
    return value


def _turns(char: str) -> bool:
    return unicodedata.category(char) in ("Cc", "Cs") or "\u202a" <= char <= "\u202e" or "\u2066" <= char <= "\u2069"


def _breakable(address: str) -> str:
    """``address`` with places where a line may end: behind a slash, and within what is long."""
    for piece in _PIECES:
        address = address.replace(piece, f"{piece}\N{ZERO WIDTH SPACE}")
    return address.replace(":/\N{ZERO WIDTH SPACE}/", "://")
