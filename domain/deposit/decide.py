"""What a queue of deposits answers to a command: facts, or a refusal. One function per command.

What it never allows: a passage in two files that wait for their answer, a passage again that was accepted, an answer to
a file that was never written, or about passages that were not in it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

from domain import mailing, settling
from domain.aggregate import Context
from domain.deposit import commands as c
from domain.deposit import events as e
from domain.deposit import queue_of
from domain.deposit.agenda import due
from domain.deposit.state import DEPOSITED, Deposit, Flux, Passage, PassageStatus
from domain.records import Command, Fact
from domain.refusal import refuse
from domain.scheme import library
from domain.settling import DeadlineReached, Settle

SHOWN = 20
"""Numbers that a refusal names at most."""


def _queue(state: Deposit, command: c.Queue, context: Context) -> list[Fact]:
    scheme = library.recall(command.scheme_hash)
    if scheme.id != command.scheme_id:
        raise refuse("scheme.mismatch", scheme=command.scheme_id, hash=command.scheme_hash)
    if queue_of(scheme) != state.stream:
        raise refuse("deposit.of_another", deposit=state.stream, expected=queue_of(scheme))
    deposit = scheme.certificates.deposit if scheme.certificates else None
    if deposit is None or command.kind_of_award not in deposit.awards:
        raise refuse("deposit.not_deposited", scheme=scheme.id, award=command.kind_of_award)
    queued = e.PassageQueued(on=context.today, **command.model_dump(exclude={"kind"}))
    known = state.passages.get(command.number)
    if known is not None:
        if (known.award, known.scheme_hash) != (command.award, command.scheme_hash):
            raise refuse("deposit.number_taken", number=command.number)
        return []
    if state.status:
        return [queued]
    opened = e.DepositOpened(on=context.today, scheme_id=scheme.id, scheme_hash=scheme.hash, certifier=scheme.certifier)
    return [opened, queued]


def _known(state: Deposit, number: str) -> Passage:
    passage = state.passages.get(number)
    if passage is None:
        raise refuse("deposit.unknown_passage", numbers=[number])
    return passage


def _numbers(state: Deposit, numbers: Iterable[str]) -> list[Passage]:
    """The passages of these numbers, of which there must be one, each told once and known."""
    told = list(numbers)
    if not told:
        raise refuse("deposit.nothing")
    twice = sorted({number for number in told if told.count(number) > 1}) if len(set(told)) < len(told) else []
    if twice:
        raise refuse("deposit.twice", numbers=twice[:SHOWN])
    unknown = [number for number in told if number not in state.passages]
    if unknown:
        raise refuse("deposit.unknown_passage", numbers=unknown[:SHOWN])
    return [state.passages[number] for number in told]


def _require(passages: Iterable[Passage], status: PassageStatus) -> None:
    """Refuse passages that stand anywhere else."""
    others = [passage for passage in passages if passage.status != status]
    if others:
        numbers, statuses = [passage.number for passage in others], sorted({passage.status for passage in others})
        code = (
            "deposit.not_waiting"
            if status == "waiting"
            else "deposit.not_rejected"
            if status == "rejected"
            else "deposit.not_to_suppress"
        )
        raise refuse(code, numbers=numbers[:SHOWN], statuses=statuses)


def _ask(state: Deposit, command: c.AskIdentity, context: Context) -> list[Fact]:
    passage = _known(state, command.number)
    if passage.status not in ("waiting", "rejected"):
        raise refuse("deposit.not_waiting", numbers=[passage.number], statuses=[passage.status])
    if not command.faults:
        raise refuse("deposit.nothing_to_ask", number=passage.number)
    asked = {"number": passage.number, "pathway": passage.pathway, "of": command.of, "faults": command.faults}
    return [e.IdentityRequested(on=context.today, **asked)]


def _note_identity(state: Deposit, command: c.NoteIdentity, context: Context) -> list[Fact]:
    passages = state.of_pathway(command.pathway)
    again = tuple(item.number for item in passages if item.status == "rejected" and item.identity)
    if not again and not any(item.asked for item in passages):
        return []
    return [e.IdentityNoted(on=context.today, pathway=command.pathway, numbers=again)]


def _write(state: Deposit, command: c.WriteFlux, context: Context) -> list[Fact]:
    known = state.fluxes.get(command.flux)
    if known is not None:
        if (known.digest, known.numbers) != (command.digest, command.numbers):
            raise refuse("deposit.flux_other", flux=command.flux)
        return []
    _require(_numbers(state, command.numbers), "waiting")
    if len(command.versions) != len(command.numbers):
        raise refuse("deposit.versions", flux=command.flux)
    return [e.FluxWritten(on=context.today, **command.model_dump(exclude={"kind"}))]


def _flux(state: Deposit, flux: str) -> Flux:
    known = state.fluxes.get(flux)
    if known is None:
        raise refuse("deposit.flux_unknown", flux=flux)
    return known


def _abandon(state: Deposit, command: c.AbandonFlux, context: Context) -> list[Fact]:
    flux = _flux(state, command.flux)
    if not flux.unanswered:
        raise refuse("deposit.flux_closed", flux=command.flux)
    left = tuple(
        number
        for number in flux.numbers
        if state.passages[number].status == "sent" and state.passages[number].flux == command.flux
    )
    return [e.FluxAbandoned(on=context.today, flux=command.flux, numbers=left, reason=command.reason)]


def _receipt(state: Deposit, command: c.ReadReceipt, context: Context) -> list[Fact]:
    flux = _flux(state, command.flux)
    known = state.receipts.get(command.treatment)
    if known is not None and known != command.digest:
        raise refuse("deposit.receipt_other", treatment=command.treatment)
    if (command.treatment, command.part) in state.read:
        return []
    rejected = [rejection.number for rejection in command.rejected]
    told = [*command.accepted, *rejected]
    if not told:
        raise refuse("deposit.receipt_empty", flux=command.flux)
    strangers = sorted(set(told) - set(flux.numbers))
    if strangers:
        raise refuse("deposit.not_in_flux", flux=command.flux, numbers=strangers[:SHOWN])
    both = sorted(set(command.accepted) & set(rejected))
    contradicted = both or [
        number
        for number in rejected
        if state.passages[number].flux == command.flux and state.passages[number].status in DEPOSITED
    ]
    if contradicted:
        raise refuse("deposit.receipt_contradicts", numbers=contradicted[:SHOWN])
    if len(set(told)) < len(told):
        raise refuse("deposit.twice", numbers=sorted({number for number in told if told.count(number) > 1})[:SHOWN])
    fields = {name: getattr(command, name) for name in type(command).model_fields if name != "kind"}
    return [e.ReceiptRead(on=context.today, **fields)]


def _retry(state: Deposit, command: c.Retry, context: Context) -> list[Fact]:
    _require(_numbers(state, command.numbers), "rejected")
    return [e.PassagesRetried(on=context.today, numbers=command.numbers)]


def _withdraw(state: Deposit, command: c.Withdraw, context: Context) -> list[Fact]:
    passage = _known(state, command.number)
    if passage.withdrawn or passage.status in ("dropped", "suppressed"):
        return []
    return [e.PassageWithdrawn(on=context.today, number=command.number, basis=command.basis)]


def _suppress(state: Deposit, command: c.NoteSuppressed, context: Context) -> list[Fact]:
    _require(_numbers(state, command.numbers), "to_suppress")
    return [e.PassagesSuppressed(on=context.today, numbers=command.numbers)]


def _erase(state: Deposit, command: c.EraseSubject, context: Context) -> list[Fact]:
    numbers = tuple(
        passage.number for passage in state.passages.values() if passage.person == command.person and not passage.erased
    )
    if not numbers:
        return []
    return [e.TitularErased(on=context.today, person=command.person, numbers=numbers, reason=command.reason)]


def _deadline(state: Deposit, command: DeadlineReached, context: Context) -> list[Fact]:
    return settling.reached(state, due(state), command, context, lambda entry, happens: [])


_DECIDE: dict[type[Command], Callable[[Deposit, Any, Context], list[Fact]]] = {
    c.Queue: _queue,
    c.Withdraw: _withdraw,
    c.AskIdentity: _ask,
    c.NoteIdentity: _note_identity,
    c.WriteFlux: _write,
    c.AbandonFlux: _abandon,
    c.ReadReceipt: _receipt,
    c.Retry: _retry,
    c.NoteSuppressed: _suppress,
    c.EraseSubject: _erase,
    DeadlineReached: _deadline,
    Settle: settling.settle,
    **mailing.DECIDE,
}


def decide(state: Deposit, command: Command, context: Context) -> list[Fact]:
    """The facts that ``command`` adds; none if it changes nothing.

    Raises:
        Refused: with the rule that says no.
    """
    if not state.status and not isinstance(command, c.Queue):
        raise refuse("deposit.unknown_stream", deposit=state.stream)
    return _DECIDE[type(command)](state, command, context)
