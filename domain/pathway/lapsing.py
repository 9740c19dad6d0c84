"""Blocks that count on a pathway until a day: what counts is the day of the decision.

A block that was valid when it was recognised, and is so no more when the jury decides, is assessed again like any
other.
What a certification once rested on, it rests on, whatever lapses afterwards.
"""

from __future__ import annotations

from datetime import date

from domain import calendar, wallet
from domain.agenda import Due
from domain.aggregate import Context
from domain.pathway.contest import events as e
from domain.pathway.state import Pathway

LAPSE = "block_lapse"
"""The moment after the last day on which a block that counts here is valid."""


def dues(state: Pathway) -> list[Due]:
    """The moments at which blocks lapse while the pathway is open."""
    scheme = state.scheme
    if state.status != "open" or state.certified or scheme.certificates is None:
        return []
    days = {block.until for block in state.held.values() if block.until is not None}
    # A calendar covers its own years: beyond them nobody waits.
    known = sorted(day for day in days if scheme.calendar.first_year <= day.year <= scheme.calendar.last_year)
    return [
        Due(id=f"{LAPSE}:{day}", deadline=LAPSE, on=day, at=calendar.instant(scheme.calendar, day)) for day in known
    ]


def lapses(state: Pathway, day: date, context: Context) -> list[e.BlockNoLongerHeld]:
    """The blocks that counted here and whose validity has passed on ``day``."""
    scheme = state.scheme
    if scheme.certificates is None or state.certified:
        return []
    found = [(name, state.held[name]) for name in wallet.lapsed(scheme, state.held, day)]
    return [
        e.BlockNoLongerHeld(
            on=context.on,
            held_as=name,
            pathway=block.pathway or "",
            until=block.until,
            through=wallet.through(scheme, name, block),
        )
        for name, block in found
    ]
