"""Memory that lives as long as the process."""

from __future__ import annotations

import gc

NEWBORN = 20_000
"""Containers made before the collector looks among them. A stream folded makes some hundreds, and no cycles."""


def settle() -> None:
    """Set what is loaded so far (modules, validators, schemes) aside from the collector, once, when starting is over.

    Walking through all of it again and again would cost a busy worker a tenth of its time.
    """
    gc.collect()
    gc.freeze()
    gc.set_threshold(NEWBORN, 20, 20)
