"""The bundled schemes with certificates: their own, or of any kind (crosswalks, blocks valid for some years)."""

from __future__ import annotations

from functools import cache
from typing import Any

from domain.scheme import library
from domain.scheme.model import Scheme
from schemes.files import bundled
from tests.by_hand import by_hand
from tests.conducted import conducted

BASIS = "Décision de la CPNEFP du 13 juillet 2026"


def with_certificates(id: str, version: str = "k", years: int | None = None, **certificates: Any) -> Scheme:
    """The scheme ``id`` in a version of its own with these ``certificates``; blocks are valid for ``years``."""
    plain = by_hand()[id].model_dump(mode="json", exclude_defaults=True)
    code = id.removeprefix("cqp-").replace("-", "").upper()[:12]
    awards = plain["awards"]
    block = {**awards["block"], **({"years": years} if years else {})}
    scheme = Scheme.model_validate(
        {
            **plain,
            "version": f"{plain['version']}-{version}",
            "awards": {**awards, "block": block},
            "certificates": {"code": code, **certificates},
        }
    )
    library.learn(scheme)
    return scheme


def crosswalk(**counts_as: str) -> list[dict[str, str]]:
    """Entries ``old:<name>`` -> the name given."""
    return [{"held": f"old:{held}", "counts_as": name, "basis": BASIS} for held, name in counts_as.items()]


def renamed(scheme: Scheme, id: str, held_as: dict[str, str]) -> Scheme:
    """The referential before ``scheme``: another certification ``id``, whose blocks are held under other names."""
    plain = scheme.model_dump(mode="json", exclude_defaults=True)
    blocks = [{**block, "held_as": held_as.get(block["id"], block["held_as"])} for block in plain["blocks"]]
    code = {"code": "".join(sign for sign in id.upper() if sign.isalnum())[:12]}
    twin = Scheme.model_validate({**plain, "id": id, "blocks": blocks, "certificates": code})
    library.learn(twin)
    return twin


@cache
def certified(id: str) -> Scheme:
    """The scheme ``id`` in a version of its own that numbers its awards; the library knows it."""
    plain = conducted(id).model_dump(mode="json", exclude_defaults=True)
    section = bundled()[id].certificates
    assert section is not None
    certificates = section.model_dump(mode="json", exclude_defaults=True)
    scheme = Scheme.model_validate({**plain, "version": f"{plain['version']}-n", "certificates": certificates})
    library.learn(scheme)
    return scheme
