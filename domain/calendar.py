"""Counting days as the law counts them, with the computation as data.

Four counts of days: *calendaires* (every day), *ouvrables* (every day but Sundays and holidays), *ouvrés* (Monday to
Friday but holidays), *francs* (whole days: neither the day that starts nor the day that ends counts; if the end falls on a
Saturday, Sunday or holiday, it moves to the next working day). Months and years end on the same day number, or on the
month's last day. The day that starts a count never counts. Days of a pause do not count.
"""

from __future__ import annotations

from datetime import date, timedelta

from domain.records import Frozen

_DAY = timedelta(days=1)


class Pause(Frozen):
    """Days that do not count, both ends included; ``until`` is None while it lasts."""

    since: date
    until: date | None = None


class Reckoning(Frozen):
    """A computed date and how it came about. ``due`` is None while a pause is open.

    ``derivation`` is a list of steps, each ``{"step": code, ...}``, which the message catalogue turns into sentences.
    """

    due: date | None
    derivation: tuple[dict[str, str | int], ...]
