"""The communes of France by their Insee code, with those that are delegated or associated, and arrondissements.

``communes.txt.xz``: one a line, code and name, from the Code officiel géographique of Insee for 2026 as the npm package
``@etalab/decoupage-administratif`` 6.0.0 has it (data under the Licence Ouverte). A commune that was abolished before
and left nothing behind is not there: that a code is not listed is a doubt, and no fault.
"""

from __future__ import annotations

import lzma
from functools import cache
from importlib.resources import files


@cache
def communes() -> dict[str, str]:
    """Insee code -> name."""
    packed = files(__package__).joinpath("communes.txt.xz").read_bytes()
    lines = lzma.decompress(packed).decode().splitlines()
    return {code: name for code, _, name in (line.partition(" ") for line in lines)}
