"""The deposit of holders with the Caisse des Dépôts: one queue for each certifier, and what became of each passage.

Read in the order commands, events, state, decide, agenda, view.
"""

from __future__ import annotations

from domain.register import slug_of
from domain.scheme.model import Scheme


def queue_of(scheme: Scheme) -> str:
    """The stream of the queue of the scheme's certifier: every scheme of one certifier shares it."""
    return f"deposit:{slug_of(scheme)}"
