"""The rules after a decision: what may be contested until when, how it is decided anew, when an award is withdrawn."""

from __future__ import annotations

from collections.abc import Set as AbstractSet
from datetime import date

from domain import calendar, wallet
from domain.aggregate import Context
from domain.ledger import digest
from domain.marks import certificate
from domain.pathway import events as p
from domain.pathway.commands import NoteDecision, NoteDossier
from domain.pathway.contest import commands as c
from domain.pathway.contest import events as e
from domain.pathway.contest.state import Contestation, Decided
from domain.pathway.guards import require_date, unknown
from domain.pathway.lapsing import lapses
from domain.pathway.state import Award, Pathway
from domain.proposals import differing, require_blocks, require_reasons, require_recommendations
from domain.records import Fact
from domain.refusal import refuse
from domain.scheme.conduct import Contestation as Terms


def _terms(state: Pathway) -> Terms:
    """What the scheme says about contesting and withdrawing."""
    if not state.status:
        raise refuse("pathway.unknown", pathway=state.stream)
    conduct = state.scheme.conduct
    if conduct is None or conduct.contestation is None:
        raise refuse("contest.not_provided", scheme=state.scheme.id, version=state.scheme.version)
    return conduct.contestation


def contest(state: Pathway, command: c.Contest, context: Context) -> list[Fact]:
    """Take a contestation of the last decision; one that comes too late is recorded, and inadmissible."""
    terms = _terms(state)
    if state.erased:
        raise refuse("contest.erased", pathway=state.stream)
    if command.ground not in terms.grounds:
        raise refuse("contest.ground", basis=terms.basis, ground=command.ground, grounds=list(terms.grounds))
    decided = _contestable(state, terms)
    require_date(context, decided.on)
    until = last_day(state, terms)
    contested = e.DecisionContested(
        on=context.on,
        decision=decided.version,
        ground=command.ground,
        blocks=_blocks(state, decided, command.blocks, terms),
        evidence=evidence(state, decided.version),
        until=until,
        basis=terms.basis,
        reason=command.reason,
    )
    if until is None or context.on <= until:
        return [contested]
    return [contested, e.ContestAnswered(on=context.on, admissible=False, late=True, basis=terms.basis)]


def _contestable(state: Pathway, terms: Terms) -> Decided:
    if state.decided is None:
        raise refuse("contest.nothing_decided", basis=terms.basis, pathway=state.stream)
    earlier = state.contest
    if earlier is not None and earlier.pending:
        raise refuse("contest.under_way", basis=terms.basis, since=earlier.on.isoformat())
    if earlier is not None and earlier.status == "decided" and earlier.decided.version == state.decided.version:
        raise refuse("contest.already_decided", basis=terms.basis, on=str(state.milestones["contest_decided"].on))
    return state.decided


def _blocks(state: Pathway, decided: Decided, wanted: tuple[str, ...], terms: Terms) -> tuple[str, ...]:
    held = state.held_blocks()
    refused = tuple(block for block, validated in decided.blocks.items() if not validated and block not in held)
    if not refused:
        raise refuse("contest.nothing_refused", basis=terms.basis, pathway=state.stream)
    wrong = unknown(wanted, refused)
    if wrong:
        raise refuse("contest.blocks", basis=terms.basis, blocks=wrong, refused=list(refused))
    return tuple(block for block in refused if block in wanted) or refused


def last_day(state: Pathway, terms: Terms) -> date | None:
    """The last day for contesting the last decision; None as long as it is not notified."""
    notified = state.milestones.get("notified")
    if state.decided is None or notified is None or notified.version < state.decided.version:
        return None
    pauses = tuple(pause for pause in state.suspensions if pause.until is None or pause.until > notified.on)
    return calendar.add(state.scheme.calendar, notified.on, terms.within, terms.within_unit, pauses).due


def evidence(state: Pathway, version: int) -> e.Evidence:
    """What the stream held when event ``version`` was written, told by a digest that the log can confirm."""
    orders = [[done.first, done.last, done.digest] for done in state.commands.values() if done.first <= version]
    return e.Evidence(version=version, digest=digest(sorted(orders)))


def _pending(state: Pathway, *statuses: str) -> Contestation:
    found = state.contest
    if found is None or found.status not in statuses:
        raise refuse("contest.none_pending", pathway=state.stream)
    return found


def answer(state: Pathway, command: c.DecideContestAdmissibility, context: Context) -> list[Fact]:
    """Say whether the contestation is admissible."""
    terms = _terms(state)
    found = _pending(state, "filed")
    require_date(context, found.on)
    if not command.admissible and command.reason is None:
        raise refuse("contest.reason_needed", basis=terms.basis)
    return [e.ContestAnswered(on=context.on, admissible=command.admissible, basis=terms.basis, reason=command.reason)]


def redeliberate(state: Pathway, command: c.Redeliberate, context: Context) -> list[Fact]:
    """Send the decision, as it was taken, to another sitting."""
    terms = _terms(state)
    found = _pending(state, "admitted")
    if found.sitting:
        raise refuse("contest.already_sent", basis=terms.basis, sitting=found.sitting)
    first = found.decided
    if command.sitting == first.sitting:
        raise refuse("contest.same_sitting", basis=terms.basis, sitting=command.sitting)
    return [
        e.ContestSent(
            on=context.on,
            sitting=command.sitting,
            blocks=found.blocks,
            computed={id: first.computed[id] for id in found.blocks if id in first.computed},
            advised={id: first.advised[id] for id in found.blocks if id in first.advised},
            excluded=tuple(sorted({*first.jurors, *first.members})),
        )
    ]


def concerns(state: Pathway, sitting: str) -> bool:
    """Whether what ``sitting`` says is about the contested decision and not about the dossier on its way."""
    return state.contest is not None and state.contest.status == "admitted" and state.contest.sitting == sitting


def note_dossier(state: Pathway, command: NoteDossier, context: Context) -> list[Fact]:
    """Take what the sitting did with the contested decision before deciding."""
    assert state.contest is not None
    if not command.accepted:
        return [e.ContestReturned(on=context.on, sitting=command.sitting, reason=command.reason)]
    return [] if state.contest.accepted else [e.ContestAccepted(on=context.on, sitting=command.sitting)]


def note_decision(state: Pathway, command: NoteDecision, context: Context) -> list[Fact]:
    """Take the new decision: what it validates is awarded; what was awarded before is not touched by it."""
    found = state.contest
    assert found is not None
    first = found.decided
    again = sorted(set(command.deliberated_by) & set(first.members))
    if again:
        return [e.ContestReturned(on=context.on, sitting=command.sitting, reason="same_members")]
    require_blocks(command.blocks, found.blocks)
    require_reasons(differing(command.blocks, first.computed, first.advised), command.reasons)
    require_recommendations(command.blocks, command.recommendations)
    gone = lapses(state, context.on, context)
    decided = e.ContestDecided(
        on=context.on,
        sitting=command.sitting,
        decision=first.version,
        ground=_ground(found),
        blocks=command.blocks,
        changed=differing(command.blocks, first.blocks),
        members=command.deliberated_by,
        reasons=command.reasons,
        recommendations=command.recommendations,
    )
    held = state.held.keys() - {fact.held_as for fact in gone}
    return [*gone, decided, *deliberated(command, context), *_awards(state, command, held, context)]


def deliberated(command: NoteDecision, context: Context) -> list[Fact]:
    """Who took the decision, and how; nothing where the sitting does not say it."""
    if not command.deliberated_by:
        return []
    return [
        e.Deliberated(
            on=context.on,
            sitting=command.sitting,
            members=command.deliberated_by,
            votes=command.votes,
            algorithmic=command.algorithmic,
        )
    ]


def _ground(found: Contestation) -> c.Ground:
    return "merit" if found.ground == "merit" else "procedure"


def _awards(state: Pathway, command: NoteDecision, held: AbstractSet[str], context: Context) -> list[Fact]:
    validated = {block for block, value in command.blocks.items() if value}
    facts: list[Fact] = [
        p.BlockAwarded(on=context.on, block=block.id, held_as=block.held_as, sitting=command.sitting)
        for block in state.scheme.blocks
        if block.id in validated and block.held_as not in held
    ]
    all_held = validated | {block.id for block in state.scheme.blocks if block.held_as in held}
    if facts and certificate(state.scheme, all_held) and not state.certified:
        blocks = tuple(block.id for block in state.scheme.blocks)
        facts.append(p.CertificationAwarded(on=context.on, sitting=command.sitting, blocks=blocks))
        if state.status != "closed":
            facts += _close(state, context)
    return facts


def _close(state: Pathway, context: Context) -> list[Fact]:
    """Nothing is left to be assessed: the pathway ends, and a seat that was still asked for is given back."""
    seat = state.seat
    waiting = seat is not None and seat.status in ("requested", "granted", "waiting", "convened")
    given_up = [p.SeatGivenUp(on=context.on, session=seat.session)] if seat is not None and waiting else []
    return [*given_up, p.PathwayClosed(on=context.on, outcome="certified")]


def withdraw(state: Pathway, command: c.WithdrawAward, context: Context) -> list[Fact]:
    """Withdraw an unlawful award, while the law allows it; with a block goes the certification that rests on it."""
    terms = _terms(state)
    wanted = [award for award in state.awards if award.withdrawn_on is None and (award.block or "") == command.block]
    if not wanted:
        awarded = [award.block or "" for award in state.awards if award.withdrawn_on is None]
        raise refuse("award.none", basis=terms.withdrawal_basis, block=command.block, awarded=awarded)
    if not command.basis.strip():
        raise refuse("award.basis_needed", basis=terms.withdrawal_basis)
    resting = [award for award in state.awards if award.block is None and award.withdrawn_on is None]
    return [
        _withdrawal(state, award, command, context, terms) for award in (*wanted, *(resting if command.block else ()))
    ]


def _withdrawal(
    state: Pathway, award: Award, command: c.WithdrawAward, context: Context, terms: Terms
) -> e.AwardWithdrawn:
    require_date(context, award.on)
    until = calendar.add(state.scheme.calendar, award.on, terms.withdrawal, "mois").due
    assert until is not None
    # The day on which it is told counts, and not only the one it is dated: nobody may date back into the period.
    if context.today > until:
        raise refuse("award.too_late", basis=terms.withdrawal_basis, awarded_on=str(award.on), until=until.isoformat())
    return e.AwardWithdrawn(
        on=context.on,
        award=award.version,
        block=award.block or "",
        held_as=state.scheme.block_by_id[award.block].held_as if award.block else "",
        awarded_on=award.on,
        until=until,
        basis=command.basis,
        reason=command.reason,
    )


def note_withdrawal(state: Pathway, command: c.NoteWithdrawal, context: Context) -> list[Fact]:
    """Let go of a block whose award, on another pathway, was withdrawn; nothing where it comes from elsewhere.

    Where the person holds it by another award, which counts here, the block rests on that one from now on.
    """
    found = [
        (name, block)
        for name, block in state.held.items()
        if (block.held_as, block.pathway) == (command.held_as, command.pathway)
    ]
    if not found:
        return []
    name, block = found[0]
    scheme = state.scheme
    if command.instead is not None and scheme.certificates is not None:
        one = wallet.counted(scheme, command.instead)
        if one is not None and one.held_as == name and wallet.valid(one.block, context.today):
            return [p.BlockRecognised(on=context.today, block=one.block, through=one.through)]
    through = wallet.through(scheme, name, block)
    return [e.BlockNoLongerHeld(on=context.today, held_as=name, pathway=command.pathway, through=through)]
