"""Old events read as new ones: pure functions from one schema version's JSON to the next; stored bytes never change.

Register with :func:`upcaster`; a golden file per event type and version (``tests/golden``) holds what was once written.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

from domain.ledger import canonical

Upcaster = Callable[[dict[str, Any]], dict[str, Any]]

_steps: dict[tuple[str, str, int], Upcaster] = {}


class MissingUpcaster(LookupError):
    """An event of an older (or newer) shape has no way to today's."""


def upcaster(aggregate: str, type: str, version: int) -> Callable[[Upcaster], Upcaster]:
    """Register the step from ``version`` to ``version + 1`` of a fact's JSON."""

    def register(step: Upcaster) -> Upcaster:
        _steps[aggregate, type, version] = step
        return step

    return register


def upcast(aggregate: str, type: str, version: int, current: int, public: str) -> str:
    """The public JSON of an event in canonical form, its fact lifted from ``version`` to ``current``.

    Raises:
        MissingUpcaster: when a step is missing, or the event is newer than this code.
    """
    value = json.loads(public)
    for step in range(version, max(current, version + 1)):
        lift = _steps.get((aggregate, type, step))
        if lift is None:
            raise MissingUpcaster(f"{aggregate}.{type}: no step from version {step} (today's is {current})")
        value["fact"] = lift(value["fact"])
    return canonical(value).decode()
