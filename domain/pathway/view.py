"""The rows of the read models for one pathway: what lists and screens are made of."""

from __future__ import annotations

from typing import Any

from domain.log import ViewRows
from domain.pathway.agenda import runs, todo
from domain.pathway.state import Award, Pathway
from domain.views import deadline_rows, task_rows
from domain.wallet import valid_until


def view(state: Pathway) -> ViewRows:
    """The rows as they are now; they replace those that were there."""
    scheme = state.scheme
    return ViewRows(
        main={
            "pathway_id": state.stream,
            "person_id": state.person,
            "scheme_id": scheme.id,
            "scheme_version": scheme.version,
            "scheme_hash": state.scheme_hash,
            "attempt": state.attempt,
            "route": state.route_id,
            "employer": state.employer,
            "branch": state.branch,
            "initiative": state.initiative,
            "status": state.status,
            "step": state.step,
            "outcome": state.outcome or None,
            "opened_on": state.opened_on,
            "closed_on": state.closed_on,
            "session_id": state.seat.session if state.seat else None,
            "sitting_id": state.dossier.sitting if state.dossier else None,
            "held": sorted(state.held),
            "identity_version": state.identity_version,
            "owed": len(state.owed),
            "version": state.version,
        },
        tasks=task_rows(todo(state)),
        deadlines=deadline_rows(runs(state)),
        awards=tuple(_award(state, award) for award in state.awards),
    )


def _award(state: Pathway, award: Award) -> dict[str, Any]:
    scheme = state.scheme
    kind = scheme.awards.certification if award.block is None else scheme.awards.block
    block = scheme.block_by_id[award.block] if award.block else None
    return {
        "award_id": f"{state.stream}#{award.version}",
        "person_id": state.person,
        "scheme_id": scheme.id,
        "scheme_hash": state.scheme_hash,
        "kind": "block" if block else "certification",
        "block": block.id if block else None,
        "held_as": block.held_as if block else None,
        "title": kind.title,
        "awarded_on": award.on,
        "valid_until": valid_until(award.on, kind.years),
        "withdrawn_on": award.withdrawn_on,
    }
