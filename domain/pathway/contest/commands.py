"""What can be asked about a decision once it is taken."""

from __future__ import annotations

from typing import Literal

from domain.held import HeldBlock
from domain.records import Command, Sealed

Ground = Literal["procedure", "merit"]


class Contest(Command):
    """Contest the last decision on ``blocks`` (default: all that it refused and that are not held since)."""

    kind: Literal["contest"] = "contest"
    ground: Ground
    reason: Sealed
    blocks: tuple[str, ...] = ()


class DecideContestAdmissibility(Command):
    """Answer whether the contestation is admissible; that it is not needs a reason."""

    kind: Literal["decide_contest_admissibility"] = "decide_contest_admissibility"
    admissible: bool
    reason: Sealed | None = None


class Redeliberate(Command):
    """Send the contested decision to a sitting whose members did not take it."""

    kind: Literal["redeliberate"] = "redeliberate"
    sitting: str


class WithdrawAward(Command):
    """Withdraw an unlawful award: that of ``block``, or (empty) the certification; ``basis``: the text it broke."""

    kind: Literal["withdraw_award"] = "withdraw_award"
    block: str = ""
    reason: Sealed
    basis: str


class NoteWithdrawal(Command):
    """Another pathway of the person lost the award of a block: it counts here no longer.

    ``instead``: another award of the same block, which the person still holds.
    """

    kind: Literal["note_withdrawal"] = "note_withdrawal"
    held_as: str
    pathway: str
    instead: HeldBlock | None = None
