"""What a PV says about itself, inside the file: which one it is, and the digest of what the log said for it."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Literal

Kind = Literal["session", "sitting"]
_KEYWORD = re.compile(
    rb"jalon-pv/(session|sitting)/([!-'*-.0-~]+)/([!-'*-.0-~]*)/([0-9a-f]{64})/(\d{1,4})/(fr|en)(?![a-z])"
)


@dataclass(frozen=True, slots=True)
class Seal:
    """``stream``: the session or sitting; ``about``: the one pathway it is about, or empty; ``document``: the digest;
    ``signed``: how many signatures it shows."""

    kind: Kind
    stream: str
    about: str
    document: str
    signed: int
    language: str

    @property
    def keyword(self) -> str:
        """The keyword that the file bears."""
        parts = (self.kind, self.stream, self.about, self.document, str(self.signed), self.language)
        return "jalon-pv/" + "/".join(parts)


def read_seal(content: bytes) -> Seal | None:
    """The seal of a PV, None for any other file."""
    found = _KEYWORD.search(content)
    if found is None:
        return None
    kind, stream, about, document, signed, language = (part.decode("ascii") for part in found.groups())
    return Seal("session" if kind == "session" else "sitting", stream, about, document, int(signed), language)
