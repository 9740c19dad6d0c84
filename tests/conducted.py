"""The bundled schemes conducted in other ways: juries checked, sessions planned, sittings that vote."""

from __future__ import annotations

from functools import cache
from typing import Any

from domain.scheme import library
from domain.scheme.model import Scheme
from tests.by_hand import by_hand

CONTESTATION = {"basis": "Règlement de certification"}


@cache
def conducted(id: str) -> Scheme:
    """The scheme ``id`` in a version of its own that has a conduct, all by default."""
    return with_conduct(id, contestation=CONTESTATION)


def with_conduct(id: str, **conduct: Any) -> Scheme:
    """The scheme ``id`` conducted as ``conduct`` says; the library knows it."""
    plain = by_hand()[id].model_dump(mode="json", exclude_defaults=True)
    scheme = Scheme.model_validate({**plain, "version": f"{plain['version']}-c", "conduct": conduct})
    library.learn(scheme)
    return scheme
