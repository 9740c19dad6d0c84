"""A queue of deposits as programs and screens are told of it, without a name."""

from __future__ import annotations

from typing import Any

from domain.deposit.agenda import todo
from domain.deposit.state import Deposit, Passage
from interfaces.reports import scheme_report
from interfaces.streams import StreamFile


def queue_report(file: StreamFile) -> dict[str, Any]:
    """Everything that stands in a queue: passages, files, and what the office has to do."""
    state: Deposit = file.state
    return {
        "id": state.stream,
        "version": state.version,
        "scheme": scheme_report(state.scheme),
        "status": state.status,
        "certifier": state.certifier,
        "passages": [_passage(passage) for passage in state.passages.values()],
        "fluxes": [
            {"flux": id, "on": flux.on, "passages": len(flux.numbers), "unanswered": flux.unanswered}
            for id, flux in state.fluxes.items()
        ],
        "next": [{"task": task.kind, "who": task.who.value, "by": task.by} for task in todo(state)],
        "deadlines": [],
        "owed": sorted(state.owed),
    }


def _passage(passage: Passage) -> dict[str, Any]:
    return {
        "number": passage.number,
        "award": passage.award,
        "pathway": passage.pathway,
        "status": passage.status,
        "flux": passage.flux or None,
        "tries": passage.tries,
        "fault": passage.fault or None,
        "asked": passage.asked or None,
        "withdrawn": bool(passage.withdrawn),
        "erased": passage.erased,
    }
