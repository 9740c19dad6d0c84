"""What somebody holds across pathways: blocks that count through a crosswalk, or until a day."""

from __future__ import annotations

from domain.authority import SYSTEM
from tests.certified import crosswalk, with_certificates
from tests.domain.decided import begin
from tests.domain.world import World


def everything() -> World:
    """Blocks that count through a crosswalk or until a day, and then no longer."""
    world = World()
    held = [
        {"held_as": "old:GRU", "since": "2026-06-01", "pathway": "pathway:elsewhere"},
        {"held_as": "ucanss:MDR", "since": "2022-06-01", "until": "2027-06-01"},
    ]
    begin(world, "pathway:a", with_certificates("cqp-gc", crosswalk=crosswalk(GRU="ucanss:GRU")), held=held)
    world.give("pathway:a", "note_withdrawal", actor=SYSTEM, held_as="old:GRU", pathway="pathway:elsewhere")
    world.wait(days=200)
    return world
