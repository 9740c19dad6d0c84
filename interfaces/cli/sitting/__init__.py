"""``jalon sitting``: the sittings of the paritaire jury, from their agenda to their PV."""

from __future__ import annotations

from interfaces.cli.sitting import day, record, running, tally

__all__ = ["day", "record", "running", "tally"]
