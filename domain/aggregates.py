"""The three aggregates by the kind that begins their stream ids (``pathway:…``)."""

from __future__ import annotations

from typing import Any

from domain.aggregate import Aggregate
from domain.pathway.aggregate import PATHWAY
from domain.scheme.model import AggregateName
from domain.session.aggregate import SESSION
from domain.sitting.aggregate import SITTING

AGGREGATES: dict[AggregateName, Aggregate[Any]] = {
    aggregate.name: aggregate for aggregate in (PATHWAY, SESSION, SITTING)
}


def aggregate_of(stream: str) -> Aggregate[Any]:
    """The aggregate that ``stream`` belongs to, by the kind before its colon (KeyError if there is none)."""
    return {str(name): aggregate for name, aggregate in AGGREGATES.items()}[stream.partition(":")[0]]
