"""The rules by which a candidate comes to a jury by itself: conditions, the next session, the sitting."""

from __future__ import annotations

from collections.abc import Collection
from datetime import date, timedelta

from domain.agenda import Due
from domain.aggregate import Context
from domain.meetings import (
    BEFORE_THE_SITTING,
    NEAR_DAYS,
    MeetingNear,
    endangered,
    first_session,
    first_sitting,
)
from domain.pathway import commands as c
from domain.pathway import events as e
from domain.pathway.agenda import runs
from domain.pathway.guards import require_open, require_step
from domain.pathway.state import Pathway
from domain.records import Fact
from domain.refusal import refuse


def set_conditions(state: Pathway, command: c.SetConditions, context: Context) -> list[Fact]:
    """Set what is given, keep what is not; nothing if it changes nothing."""
    require_open(state, suspended=True)
    given = command.model_dump(exclude={"kind", "proof"}, exclude_none=True)
    if not given and command.proof is None:
        raise refuse("conditions.empty")
    conditions = state.conditions._replace(**given)
    if conditions == state.conditions and command.proof is None:
        return []
    return [e.ConditionsSet(on=context.on, **conditions._asdict(), proof=command.proof)]


def note_sessions(state: Pathway, command: c.NoteSessions, context: Context) -> list[Fact]:
    """Ask the earliest session that fits for a seat; nothing if the candidate does not seek one any more."""
    if state.seeking != "sessions" or state.status != "open" or state.seat is not None:
        return []
    blocks = tuple(block.id for block in state.remaining())
    found = first_session(command.sessions, blocks, context.today)
    if found is not None:
        return [e.SeatRequested(on=context.today, session=found.session, blocks=blocks)]
    return [] if state.unfound else [e.NoSessionFound(on=context.today, inquiry=command.inquiry)]


def note_sittings(state: Pathway, command: c.NoteSittings, context: Context) -> list[Fact]:
    """Send the dossier to the earliest sitting; warn where even that one comes too late for a deadline."""
    if state.seeking != "sittings" or state.status != "open" or state.dossier is not None:
        return []
    found = first_sitting(command.sittings, context.today)
    if found is None:
        return [] if state.unfound else [e.NoSittingFound(on=context.today, inquiry=command.inquiry)]
    late = threats(state, BEFORE_THE_SITTING, found.sitting, found.held_on, context)
    return [dossier_sent(state, found.sitting, context.today), *late]


def dossier_sent(state: Pathway, sitting: str, on: date) -> e.DossierSent:
    """The dossier as it goes to ``sitting``: the blocks to decide, with what was computed and advised for each."""
    blocks = state.to_decide()
    return e.DossierSent(
        on=on,
        sitting=sitting,
        blocks=blocks,
        computed={id: state.computed[id] for id in blocks if id in state.computed},
        advised={id: state.advised[id] for id in blocks},
    )


def reject_absence(state: Pathway, command: c.RejectAbsence, context: Context) -> list[Fact]:
    """Reject an absence that awaits its decision."""
    require_step(state, "jury")
    if state.seat is None or state.seat.status != "absent":
        raise refuse("absence.none", pathway=state.stream)
    return [e.AbsenceRejected(on=context.on, reason=command.reason)]


def reminded(state: Pathway, entry: Due, context: Context) -> list[Fact]:
    """The candidate and the employer are reminded of the session."""
    assert state.seat is not None
    held_on = entry.on + timedelta(days=NEAR_DAYS)
    return [MeetingNear(on=context.today, due=entry.id, meeting=state.seat.session, held_on=held_on)]


def threats(state: Pathway, ends: Collection[str], meeting: str, held_on: date | None, context: Context) -> list[Fact]:
    """The deadlines that ``meeting`` comes too late for, each told once; none where the scheme has no conduct."""
    if state.scheme.conduct is None or held_on is None:
        return []
    return [
        late
        for late in endangered(runs(state), ends, meeting, held_on, context.today)
        if f"{late.deadline}/{late.meeting}" not in state.endangered
    ]
