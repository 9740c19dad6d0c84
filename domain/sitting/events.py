"""What can happen to a sitting."""

from __future__ import annotations

from datetime import date
from typing import Any, ClassVar, Literal

from domain.records import Fact, Sealed
from domain.settling import DeadlineMissed, EffectSettled, ReminderDue
from domain.upcasting import upcaster


class SittingOpened(Fact):
    """The sitting has a date; its agenda is open."""

    kind: Literal["sitting_opened"] = "sitting_opened"
    scheme_id: str
    scheme_hash: str
    held_on: date
    place: str


class DossierReceived(Fact):
    """A dossier is on the agenda."""

    kind: Literal["dossier_received"] = "dossier_received"
    pathway: str
    blocks: tuple[str, ...]
    computed: dict[str, bool]
    advised: dict[str, bool]
    recommendations: dict[str, Sealed]


class DossierTurnedAway(Fact):
    """A dossier came too late for this sitting."""

    kind: Literal["dossier_turned_away"] = "dossier_turned_away"
    pathway: str
    reason: str


class AgendaClosed(Fact):
    """The agenda is complete: members are convened with it.

    ``dossiers`` are the pathways on it, in its order; None where the event is of before it said so (version 1).
    """

    schema_version: ClassVar[int] = 2
    kind: Literal["agenda_closed"] = "agenda_closed"
    due: str = ""
    dossiers: tuple[str, ...] | None


@upcaster("sitting", "agenda_closed", 1)
def _agenda_unsaid(fact: dict[str, Any]) -> dict[str, Any]:
    return {**fact, "dossiers": None}


class DossierDecided(Fact):
    """The paritaire jury decided; ``listed``: by list, as advised. ``differs``: from what was computed or advised."""

    kind: Literal["dossier_decided"] = "dossier_decided"
    pathway: str
    blocks: dict[str, bool]
    listed: bool
    differs: tuple[str, ...] = ()
    reasons: Sealed | None = None
    recommendations: dict[str, Sealed]


class DossierPostponed(Fact):
    """A dossier was taken off this sitting."""

    kind: Literal["dossier_postponed"] = "dossier_postponed"
    pathway: str
    reason: str


class DossierWithdrawn(Fact):
    """The pathway ended before the sitting: there is nothing to decide any more."""

    kind: Literal["dossier_withdrawn"] = "dossier_withdrawn"
    pathway: str


class Proclaimed(Fact):
    """The decisions were proclaimed."""

    kind: Literal["proclaimed"] = "proclaimed"
    dossiers: int


class SittingCancelled(Fact):
    """The sitting will not take place."""

    kind: Literal["sitting_cancelled"] = "sitting_cancelled"
    reason: str


FACTS: tuple[type[Fact], ...] = (
    SittingOpened,
    DossierReceived,
    DossierTurnedAway,
    AgendaClosed,
    DossierDecided,
    DossierPostponed,
    DossierWithdrawn,
    Proclaimed,
    SittingCancelled,
    DeadlineMissed,
    ReminderDue,
    EffectSettled,
)
