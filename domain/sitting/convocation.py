"""What the members who are convened to a sitting are told: its agenda, without anything personal, and its day."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import date, timedelta
from typing import TYPE_CHECKING, Any

from domain.sitting.events import DossierReceived

if TYPE_CHECKING:
    from domain.sitting.state import Sitting

MOST_LISTED = 200
"""So many dossiers are listed; how many more there are is told as a number."""
MOST_SIGNS = 30_000
"""So many characters the list may take: the notices to all members travel together."""


def notice(state: Sitting) -> dict[str, Any]:
    """What every member is told when they are convened; the appointment is each one's own."""
    # On a second convocation, dossiers may still be on their way: its agenda is that of the first.
    pathways = state.expected or tuple(state.dossiers)
    listed = _listed(pathways, state.dossiers)
    return {
        "dossiers": len(pathways),
        "held_on": str(state.held_on),
        "place": state.place,
        "presides": state.presides,
        "second": bool(state.second_of),
        "agenda": listed,
        "more": len(pathways) - len(listed),
        "blocks": sorted({block for entry in listed for block in entry["blocks"]}),
    }


def appointment(state: Sitting, member: str, cancelled: bool = False) -> dict[str, Any]:
    """The whole day of the sitting, in the calendar of ``member``."""
    assert state.held_on is not None
    day: date = state.held_on
    entry = {
        "uid": f"{state.stream}/{member}",
        "start": day.isoformat(),
        "end": (day + timedelta(days=1)).isoformat(),
        "place": state.place,
    }
    return {**entry, "cancelled": True} if cancelled else entry


def _listed(pathways: tuple[str, ...], dossiers: Mapping[str, DossierReceived]) -> list[dict[str, Any]]:
    listed: list[dict[str, Any]] = []
    signs = 0
    for pathway in pathways[:MOST_LISTED]:
        entry = _entry(pathway, dossiers.get(pathway))
        signs += len(json.dumps(entry))
        if signs > MOST_SIGNS:
            break
        listed.append(entry)
    return listed


def _entry(pathway: str, dossier: DossierReceived | None) -> dict[str, Any]:
    """One dossier. ``file`` is its pathway's id without the kind: no name is looked up for it."""
    file = pathway.removeprefix("pathway:")
    if dossier is None:
        return {"file": file, "blocks": []}
    return {
        "file": file,
        "blocks": list(dossier.blocks),
        "computed": _answers(dossier.blocks, dossier.computed),
        "advised": _answers(dossier.blocks, dossier.advised),
        "anew": dossier.anew,
    }


def _answers(blocks: tuple[str, ...], given: Mapping[str, bool]) -> dict[str, list[str]]:
    """The ``blocks`` to which ``given`` says yes, and those to which it says no."""
    return {
        "yes": [block for block in blocks if given.get(block) is True],
        "no": [block for block in blocks if given.get(block) is False],
    }
