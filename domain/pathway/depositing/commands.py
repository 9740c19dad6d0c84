"""What the queue of deposits tells a pathway, and what is told of the candidate's identity."""

from __future__ import annotations

from typing import Literal

from domain.records import Command, Sealed


class NoteDeposit(Command):
    """The Caisse des Dépôts took an award (an event of this pathway), or did not; ``fault``: the kind of its reason.

    ``identity``: it did not find out who the holder is.
    """

    kind: Literal["note_deposit"] = "note_deposit"
    number: str
    award: str
    status: Literal["accepted", "rejected"]
    fault: str = ""
    identity: bool = False


class AskIdentity(Command):
    """Ask the candidate, or the employer, for what is missing or odd in the identity: field -> the code of the rule."""

    kind: Literal["ask_identity"] = "ask_identity"
    number: str
    of: Literal["candidate", "employer"]
    faults: dict[str, str]


class CompleteIdentity(Command):
    """Tell the identity anew, whole, as sealed JSON."""

    kind: Literal["complete_identity"] = "complete_identity"
    identity: Sealed
