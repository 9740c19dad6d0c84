"""The rules by which the paritaire jury decides: by list or one by one, with recusals and votes.

Where the scheme has no conduct, what is decided is recorded, and nobody asks who decided it.
"""

from __future__ import annotations

from collections.abc import Sequence

from domain.aggregate import Context
from domain.authority import Role
from domain.deliberation import require_able, tally
from domain.proposals import differing, require_blocks, require_reasons, require_recommendations
from domain.records import Fact
from domain.refusal import refuse
from domain.scheme.conduct import SittingConduct
from domain.sitting import commands as c
from domain.sitting import events as e
from domain.sitting.convening import require_conduct
from domain.sitting.guards import require_day, require_live, require_undecided
from domain.sitting.minutes import document
from domain.sitting.state import Sitting, as_advised


def recuse(state: Sitting, command: c.Recuse, context: Context) -> list[Fact]:
    """Note that a member takes no part in a dossier, before it is decided; nothing if they do not anyway."""
    require_live(state)
    require_conduct(state)
    require_undecided(state, command.pathway)
    _require_member(state, command.member)
    if command.member in state.declared.get(command.pathway, ()):
        return []
    return [e.MemberRecused(on=context.on, pathway=command.pathway, member=command.member, reason=command.reason)]


def call_out(state: Sitting, command: c.CallOut, context: Context) -> list[Fact]:
    """Take a dossier out of the list, to be discussed; any member may, who takes part in it."""
    require_live(state)
    require_conduct(state)
    require_undecided(state, command.pathway)
    _require_member(state, command.member)
    if command.member in state.recused(command.pathway):
        raise refuse("vote.recused", member=command.member)
    if command.pathway in state.called_out:
        return []
    return [e.DossierCalledOut(on=context.on, pathway=command.pathway, member=command.member)]


def _require_member(state: Sitting, member: str) -> None:
    if all(member != known.member for known in state.members):
        raise refuse("vote.unknown_member", member=member)


def decide_dossier(state: Sitting, command: c.DecideDossier, context: Context) -> list[Fact]:
    """Decide on one dossier. Where members vote, the vote is a fact of its own, and decides only if it adopts."""
    require_day(state, context)
    dossier = require_undecided(state, command.pathway)
    require_blocks(command.blocks, dossier.blocks)
    differs = differing(command.blocks, dossier.computed, dossier.advised)
    require_reasons(dossier.blocks if dossier.anew else differs, command.reasons)
    recommendations = {
        block: sealed
        for block, sealed in {**dossier.recommendations, **command.recommendations}.items()
        if not command.blocks.get(block, True)
    }
    require_recommendations(command.blocks, recommendations)
    decided = e.DossierDecided(
        on=context.on,
        pathway=command.pathway,
        blocks=command.blocks,
        listed=False,
        differs=differs,
        reasons=command.reasons,
        recommendations=recommendations,
    )
    if state.conduct is None:
        return [decided]
    voted = _vote(state, state.conduct, command, dossier, context)
    return [voted, decided] if voted.tally.adopted else [voted]


def _vote(
    state: Sitting, rules: SittingConduct, command: c.DecideDossier, dossier: e.DossierReceived, context: Context
) -> e.VotesCounted:
    attendance = _require_attendance(state)
    recused = state.recused(command.pathway)
    counted = tally(
        rules,
        state.members,
        attendance.seats,
        command.votes,
        president=attendance.president,
        recused=recused,
        second=bool(state.second_of),
    )
    seated = {seat.member for seat in attendance.seats}
    strangers = sorted(member for member in command.dissents if member not in seated or member in recused)
    if strangers:
        raise refuse("vote.no_dissent", members=strangers)
    return e.VotesCounted(
        on=context.on,
        pathway=command.pathway,
        blocks=command.blocks,
        votes=command.votes,
        recused=recused,
        tally=counted,
        dissents=command.dissents,
        algorithmic=bool(dossier.computed),
    )


def _require_attendance(state: Sitting) -> e.AttendanceRecorded:
    if state.attendance is None:
        raise refuse("sitting.no_attendance", sitting=state.stream)
    return state.attendance


def decide_list(state: Sitting, command: c.DecideList, context: Context) -> list[Fact]:
    """Decide as advised on a list; where members vote, by consensus and as one fact."""
    require_day(state, context)
    if state.conduct is not None:
        _require_attendance(state)
    chosen = tuple(dict.fromkeys(command.pathways)) or tuple(
        pathway
        for pathway, dossier in state.dossiers.items()
        if pathway not in state.decisions and pathway not in state.called_out and not dossier.anew
    )
    if not chosen:
        raise refuse("decision.nothing_to_decide", sitting=state.stream)
    decided = [_by_list(state, pathway, context) for pathway in chosen]
    if state.conduct is None:
        return list(decided)
    recused = {pathway: members for pathway in chosen if (members := state.recused(pathway))}
    _require_able(state, state.conduct, [recused.get(pathway, ()) for pathway in chosen])
    algorithmic = any(state.dossiers[pathway].computed for pathway in chosen)
    return [e.ListDecided(on=context.on, dossiers=chosen, recused=recused, algorithmic=algorithmic)]


def _require_able(state: Sitting, rules: SittingConduct, parts: Sequence[tuple[str, ...]]) -> None:
    """Refuse unless the jury may decide without each of these groups of members."""
    for recused in dict.fromkeys(parts):
        require_able(rules, state.members, state.seats, recused, second=bool(state.second_of))


def _by_list(state: Sitting, pathway: str, context: Context) -> e.DossierDecided:
    """The decision that follows the advice. Where the advice itself departs from the computed proposal, its reason is
    the opinion's, and a paritaire jury that shares it says so on that dossier alone: it cannot go by list.
    """
    dossier = require_undecided(state, pathway)
    if pathway in state.called_out:
        raise refuse("decision.called_out", pathway=pathway, member=state.called_out[pathway])
    if dossier.anew:
        raise refuse("decision.contested", pathway=pathway)
    decided = as_advised(dossier, context.on)
    differs = differing(decided.blocks, dossier.computed)
    if differs:
        raise refuse("decision.not_by_list", pathway=pathway, blocks=list(differs))
    require_recommendations(decided.blocks, decided.recommendations)
    return decided


def sign_minutes(state: Sitting, command: c.SignMinutes, context: Context) -> list[Fact]:
    """Sign the PV: the very document that the log gives, by a member who attended, once."""
    require_conduct(state)
    if state.status not in ("proclaimed", "adjourned"):
        raise refuse("minutes.not_over", sitting=state.stream)
    if all(seat.member != command.member or seat.holder for seat in state.seats):
        raise refuse("minutes.not_there", member=command.member, sitting=state.stream)
    if context.actor.role is Role.PARITAIRE and context.actor.id != f"member:{command.member}":
        raise refuse("minutes.not_yours", member=command.member)
    if command.member in state.signed:
        raise refuse("minutes.already_signed", member=command.member)
    if command.document != document(state.stream, state.scheme_hash, state.minutes):
        raise refuse("minutes.other_document", document=command.document)
    return [e.MinutesSigned(on=context.on, member=command.member, document=command.document)]
