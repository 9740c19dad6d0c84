"""The bundled schemes in their versions without conduct or certificates: pathways live under them for years to come."""

from __future__ import annotations

from functools import cache

from domain.scheme import library
from domain.scheme.model import Scheme
from schemes.files import bundled

VERSIONS = {"cqp-cos": "2022.1", "cqp-gc": "2022.1", "cqp-conseiller-retraite": "2019.1", "clea": "2021.1"}


@cache
def by_hand() -> dict[str, Scheme]:
    """The schemes that leave sessions and sittings to people, by id; the library knows them."""
    found = {}
    for id, version in VERSIONS.items():
        plain = bundled()[id].model_dump(mode="json", exclude_defaults=True)
        for later in ("conduct", "certificates"):
            del plain[later]
            plain["illustrative"].remove(later)
        found[id] = Scheme.model_validate({**plain, "version": version})
        library.learn(found[id])
    return found
