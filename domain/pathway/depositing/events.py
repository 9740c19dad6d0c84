"""What can happen to the deposit of a pathway's awards."""

from __future__ import annotations

from typing import Literal

from domain.records import Fact, Sealed


class DepositNoted(Fact):
    """What the Caisse des Dépôts answered about an award."""

    kind: Literal["deposit_noted"] = "deposit_noted"
    number: str
    award: str
    status: Literal["accepted", "rejected"]
    fault: str
    identity: bool


class IdentityAsked(Fact):
    """What is missing or odd in the identity was asked for."""

    kind: Literal["identity_asked"] = "identity_asked"
    number: str
    of: Literal["candidate", "employer"]
    faults: dict[str, str]


class IdentityCompleted(Fact):
    """The identity, as it was told anew: it takes the place of what was known."""

    kind: Literal["identity_completed"] = "identity_completed"
    identity: Sealed
