"""What a verification finds wrong, and how much of it is kept."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

LISTED = 100
"""Faults kept of each kind, and listed in all; the others are counted."""

KINDS = (
    *("schema", "origin", "epoch", "truncated", "missing", "leaf", "index", "order", "event_id", "version"),
    *(
        "recorded",
        "command",
        "outside",
        "root",
        "subtree",
        "key",
        "checkpoint",
        "copy",
        "kept",
        "sealed",
        "scheme",
        "view",
    ),
    *("rule", "award", "mail", "triggers"),
)
"""The kinds of faults, those that explain others first."""


@dataclass(frozen=True, slots=True)
class Fault:
    """One thing that is not as it must be.

    ``code`` is ``<kind>.<what>``; ``event`` the id of the event, or the number of the leaf where no event is left;
    ``params`` what its sentence needs. Nothing of it is personal.
    """

    code: str
    event: str | None = None
    stream: str | None = None
    params: Mapping[str, Any] = field(default_factory=dict)

    @property
    def kind(self) -> str:
        """One of :data:`KINDS`."""
        return self.code.partition(".")[0]


class Faults:
    """Collects faults in little space: some of each kind, and the number of all."""

    def __init__(self) -> None:
        self._kept: dict[str, list[Fault]] = {kind: [] for kind in KINDS}
        self._counts: Counter[str] = Counter()

    @property
    def total(self) -> int:
        """How many there are."""
        return self._counts.total()

    def add(self, code: str, event: object = None, stream: str | None = None, **params: Any) -> None:
        """Note a fault."""
        fault = Fault(code, None if event is None else str(event), stream, params)
        self._counts[fault.kind] += 1
        if self._counts[fault.kind] <= LISTED:
            self._kept[fault.kind].append(fault)

    def extend(self, faults: Iterable[Fault]) -> None:
        """Note several."""
        for fault in faults:
            self.add(fault.code, fault.event, fault.stream, **fault.params)

    def more(self, kind: str, count: int) -> None:
        """Count further faults of a kind, not told one by one."""
        self._counts[kind] += count

    def first(self) -> list[Fault]:
        """Those to list: by kind, each kind in the order in which it was found."""
        return [fault for kind in KINDS for fault in self._kept[kind]][:LISTED]
