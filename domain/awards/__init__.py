"""The register of awards: one book for each certification and year, in which every award gets its number.

Read in the order commands, events, state, decide, agenda, view.
"""

from __future__ import annotations

from datetime import date


def book_of(scheme_id: str, on: date) -> str:
    """The stream of the book in which an award of that day is entered."""
    return f"awards:{scheme_id}:{on.year}"
