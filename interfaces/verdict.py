"""What a verification found, in sentences."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from domain.verifying.fault import Fault
from interfaces.table_types import shown
from interfaces.words import say
from workers.signatures import KEPT
from workers.verifying import Verification

LONGEST = 200
"""Signs of a name in a sentence."""


def fault_sentence(fault: Fault, language: str) -> str:
    """What is wrong, in one sentence; whatever somebody wrote into the database is made fit for a screen."""
    params = {name: shown(value, LONGEST) if isinstance(value, str) else value for name, value in fault.params.items()}
    if "where" in params:
        where = params["where"]
        claim = "own" if not where else "kept" if where == KEPT else "copy"
        params["claim"] = say(f"verify.claim.{claim}", language, place=where)
    return say(f"verify.fault.{fault.code}", language, **params)


def touched(fault: Mapping[str, Any], language: str) -> str:
    """What a fault touches: its event and its stream, or its place; empty where it is none of a stream's."""
    parts = []
    if fault["event"] is not None:
        parts.append(say("verify.leaf" if fault["event"].isdigit() else "verify.event", language, event=fault["event"]))
    if fault["stream"] is not None:
        parts.append(say("verify.stream", language, stream=shown(fault["stream"], LONGEST)))
    return ", ".join(parts)


def report(found: Verification, language: str) -> dict[str, Any]:
    """The verdict as data; the first fault is the one to look at first."""
    return {
        "ok": found.ok,
        "events": found.events,
        "sealed": found.sealed,
        "unsealed": found.unsealed,
        "root": found.root.hex(),
        "checkpoints": found.checkpoints,
        "faults": [
            {
                "kind": fault.kind,
                "event": fault.event,
                "stream": fault.stream,
                "detail": fault_sentence(fault, language),
                "code": fault.code,
            }
            for fault in found.faults
        ],
        "faults_total": found.total,
        "unsealed_since": found.unsealed_since,
        "protected": found.protected,
        "rechecked": found.rechecked,
        "keys": found.keys,
        "places": found.places,
        "places_away": found.away,
    }


def notes(found: Verification, language: str, *, key_known: bool) -> list[str]:
    """What the verdict does not cover, and what would make it stronger."""
    said = [say("verify.away", language, place=place) for place in found.away]
    newer = found.events - found.protected
    if not found.protected:
        said.append(say("verify.unprotected", language))
    elif newer:
        said.append(say("verify.protected", language, protected=found.protected, count=newer))
    else:
        said.append(say("verify.protected_all", language))
    if not key_known:
        said.append(say("verify.no_key", language))
    if found.rechecked is None:
        said.append(say("verify.no_rules", language))
    said.append(say("verify.not_covered", language))
    return said
