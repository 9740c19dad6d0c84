"""The contexts that credentials are written with. They lie beside this module: nothing is ever fetched."""

from __future__ import annotations

import json
from functools import cache
from pathlib import Path
from typing import Any

VC = "https://www.w3.org/ns/credentials/v2"
OPEN_BADGES = "https://purl.imsglobal.org/spec/ob/v3p0/context-3.0.3.json"
DATA_INTEGRITY = "https://w3id.org/security/data-integrity/v2"
MULTIKEY = "https://w3id.org/security/multikey/v1"
DID = "https://www.w3.org/ns/did/v1"
"""The context that DID documents name first. Those are read as JSON, so its text is not needed here."""

CREDENTIAL = (VC, OPEN_BADGES)
"""What a credential of an award names."""

_FOLDER = Path(__file__).with_name("contexts")
_FILES = {
    VC: "credentials-v2.json",
    OPEN_BADGES: "open-badges-3.0.3.json",
    DATA_INTEGRITY: "data-integrity-v2.json",
    MULTIKEY: "multikey-v1.json",
}
KNOWN = frozenset(_FILES)
"""The addresses of all contexts that may be named."""


class UnknownContext(LookupError):
    """A context that is not among the bundled ones was asked for."""


@cache
def text(url: str) -> dict[str, Any]:
    """The context published at ``url``.

    Raises:
        UnknownContext: it is not bundled.
    """
    if url not in _FILES:
        raise UnknownContext(url)
    found: dict[str, Any] = json.loads((_FOLDER / _FILES[url]).read_bytes())
    return found


def loader(url: str, options: object = None) -> dict[str, Any]:
    """A document loader for PyLD that knows the bundled contexts, and nothing else."""
    return {"contentType": "application/ld+json", "contextUrl": None, "documentUrl": url, "document": text(url)}
