"""What lies ahead of a register: nothing that any deadline waits for."""

from __future__ import annotations

from domain.agenda import Due, Task
from domain.deadlines import Running
from domain.register.state import Register


def runs(state: Register) -> list[Running]:
    """The scheme's deadlines that run on a register: none."""
    return []


def due(state: Register) -> list[Due]:
    """The moments at which something happens by itself: none."""
    return []


def todo(state: Register) -> list[Task]:
    """What somebody must do now: nothing."""
    return []
