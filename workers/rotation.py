"""Replacing the master key while everybody works. Interrupted anywhere, it goes on when it is asked for again."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

from eventstore.keys import Keys
from eventstore.pool import fetch
from workers.settings import KEY_FILE, PREVIOUS_KEY_FILE, Settings, new_key_file
from workers.trouble import Trouble

NEXT_KEY_FILE = "sealing.key.next"


def prepare(settings: Settings) -> None:
    """Have a new master key at hand beside the one that it replaces.

    In a state directory that is a new file, and the old one under another name. Keys of the environment were put there
    by hand; Trouble when there is only one, for then there is nothing to replace it with.
    """
    if settings.sealing_key is None:
        _replace_file(settings.state)
    elif settings.previous_sealing_key in (None, settings.sealing_key):
        raise Trouble("keys.no_previous")


def _replace_file(state: Path) -> None:
    """Three steps, each whole or not at all: a new key exists, the old one has its second name, the new its first."""
    key, previous, next = state / KEY_FILE, state / PREVIOUS_KEY_FILE, state / NEXT_KEY_FILE
    if not previous.exists():
        if not next.exists():
            new_key_file(next)
        os.link(key, previous)
    if next.exists():
        next.replace(key)


async def rotate(keys: Keys, settings: Settings, advance: Callable[[int], None]) -> int:
    """Wrap every key with the current master key and let no other wrap any more; how many were wrapped anew.

    ``advance`` is told how many so far. No event and no sealed value is touched.

    Raises:
        WrongKey: a key is wrapped by a master key that is not at hand.
        StoreAway: PostgreSQL cannot be reached.
    """
    await keys.register(keys.masters.current.id)
    done = 0
    while True:
        while number := await keys.rewrap():
            done += number
            advance(done)
        # Whoever made a key meanwhile may have wrapped it with the old master.
        if await keys.retire():
            break
    # The old wrappings are still in the table's file.
    await fetch(keys.pool, "vacuum full keys")
    if settings.sealing_key is None:
        (settings.state / PREVIOUS_KEY_FILE).unlink(missing_ok=True)
    return done
