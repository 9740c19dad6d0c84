"""A block that somebody holds, wherever it comes from."""

from __future__ import annotations

from datetime import date
from typing import Any

from pydantic import SerializerFunctionWrapHandler, model_serializer

from domain.records import Frozen, Sealed


class HeldBlock(Frozen):
    """A block that the person already holds, under its wallet name, and where it comes from.

    ``until``: the last day on which it is valid; None is for life.
    """

    held_as: str
    since: date
    pathway: str | None = None
    proof: Sealed | None = None
    until: date | None = None

    @model_serializer(mode="wrap")
    def _as_ever(self, write: SerializerFunctionWrapHandler) -> dict[str, Any]:
        # What is held for life is written in the words in which it always was: it is in logs.
        written: dict[str, Any] = write(self)
        if self.until is None:
            written.pop("until", None)
        return written
