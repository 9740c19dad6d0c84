"""One register for each certifier: bodies, places, jurors, members, and the ties that bar them from a candidate.

Read in the order entries, commands, events, state, decide, agenda, view.
"""

from __future__ import annotations

import re
import unicodedata

from domain.scheme.model import Scheme


def slug_of(scheme: Scheme) -> str:
    """The scheme's certifier as streams are named after it: every scheme of one certifier shares it."""
    plain = unicodedata.normalize("NFKD", scheme.certifier.casefold())
    letters = "".join(character for character in plain if not unicodedata.combining(character))
    return re.sub(r"[^a-z0-9]+", "-", letters).strip("-")


def register_of(scheme: Scheme) -> str:
    """The stream of the register of the scheme's certifier."""
    return f"register:{slug_of(scheme)}"
