"""The aggregates by the kind that begins their stream ids (``pathway:…``)."""

from __future__ import annotations

from typing import Any

from domain.aggregate import Aggregate, Standing
from domain.awards import agenda as awards_agenda
from domain.awards.aggregate import AWARDS
from domain.deadlines import Running
from domain.deposit import agenda as deposit_agenda
from domain.deposit.aggregate import DEPOSIT
from domain.pathway import agenda as pathway_agenda
from domain.pathway.aggregate import PATHWAY
from domain.register import agenda as register_agenda
from domain.register.aggregate import REGISTER
from domain.scheme.model import AggregateName
from domain.session import agenda as session_agenda
from domain.session.aggregate import SESSION
from domain.sitting import agenda as sitting_agenda
from domain.sitting.aggregate import SITTING

AGGREGATES: dict[AggregateName, Aggregate[Any]] = {
    aggregate.name: aggregate for aggregate in (PATHWAY, SESSION, SITTING, REGISTER, AWARDS, DEPOSIT)
}


def aggregate_of(stream: str) -> Aggregate[Any]:
    """The aggregate that ``stream`` belongs to, by the kind before its colon (KeyError if there is none)."""
    return {str(name): aggregate for name, aggregate in AGGREGATES.items()}[stream.partition(":")[0]]


_RUNS: dict[AggregateName, Any] = {
    "pathway": pathway_agenda.runs,
    "session": session_agenda.runs,
    "sitting": sitting_agenda.runs,
    "register": register_agenda.runs,
    "awards": awards_agenda.runs,
    "deposit": deposit_agenda.runs,
}


def runs_of(state: Standing) -> list[Running]:
    """The deadlines that run on the stream of which ``state`` is the state; none before its first event."""
    found: list[Running] = _RUNS[aggregate_of(state.stream).name](state) if state.version else []
    return found
