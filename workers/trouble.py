"""What stands in the way of running: a setting, a server. Said as the name of a message, shown by the doors."""

from __future__ import annotations

from typing import Any


class Trouble(Exception):
    """Something outside the rules prevents the work. ``name`` is a message of the catalogue, filled with ``params``."""

    def __init__(self, name: str, **params: Any) -> None:
        super().__init__(f"{name} {params}")
        self.name = name
        self.params = params


class SettingsError(Trouble):
    """A setting is missing or wrong."""


class StackError(Trouble):
    """A part of the embedded stack did not start."""


class Unreachable(Trouble):
    """PostgreSQL or Temporal does not answer."""
