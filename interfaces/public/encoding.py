"""How what programs read is written."""

from __future__ import annotations

import json
from typing import Any


def as_json(value: Any) -> bytes:
    """JSON as it is served and exported: the same bytes for the same facts."""
    return (json.dumps(value, ensure_ascii=False, indent=2) + "\n").encode()
