"""What a book of awards answers to a command: facts, or a refusal. One function per command."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from domain import mailing, settling
from domain.agenda import Due
from domain.aggregate import Context
from domain.awards import book_of
from domain.awards import commands as c
from domain.awards import events as e
from domain.awards.disclosure import SetDisclosure, set_disclosure
from domain.awards.state import Book, Entry, holds
from domain.records import Command, Fact
from domain.refusal import refuse
from domain.scheme import library
from domain.scheme.model import Scheme
from domain.settling import DeadlineReached, Settle
from domain.wallet import valid_until

MOST_TITLE = 300
"""Characters of a title that a certificate still has room for."""


def _enter(state: Book, command: c.Enter, context: Context) -> list[Fact]:
    """Give the claims that are new the next numbers, in their order."""
    scheme = library.recall(command.scheme_hash)
    if scheme.id != command.scheme_id:
        raise refuse("scheme.mismatch", scheme=command.scheme_id, hash=command.scheme_hash)
    if scheme.certificates is None:
        raise refuse("award.no_certificates", scheme=scheme.id, version=scheme.version)
    facts: list[Fact] = []
    if not state.status:
        year = command.awards[0].awarded_on.year if command.awards else context.on.year
        opened = {"scheme_id": scheme.id, "scheme_hash": command.scheme_hash, "code": scheme.certificates.code}
        facts.append(e.BookOpened(on=context.on, year=year, **opened))
    claimed: dict[str, str] = {}
    for claim in command.awards:
        _require_claim(state, scheme, command, claim)
        known = state.by_award.get(claim.award)
        if known is not None:
            _require_same(state.entries[known], claim)
            continue
        what = holds(command.person, claim.held_as)
        before = state.holding.get(what) or claimed.get(what)
        if before is not None:
            raise refuse("award.twice", award=claim.award, number=before, block=claim.block)
        sequence = len(state.entries) + len(claimed) + 1
        code = state.code or scheme.certificates.code
        claimed[what] = f"{code}-{claim.awarded_on.year}-{sequence:06d}"
        facts.append(_numbered(scheme, command, claim, claimed[what], sequence, context))
    if not claimed:
        if not command.awards:
            raise refuse("award.nothing_claimed", pathway=command.pathway)
        return []
    return facts


def _require_claim(state: Book, scheme: Scheme, command: c.Enter, claim: c.Claim) -> None:
    """Refuse what is no award of this pathway, rests on no decision, or belongs into another book."""
    pathway, _, version = claim.award.rpartition("#")
    if pathway != command.pathway or not version.isdecimal():
        raise refuse("award.of_another", award=claim.award, pathway=command.pathway)
    if not claim.sitting or not 0 < claim.decision < int(version):
        raise refuse("award.no_decision", award=claim.award)
    expected = book_of(scheme.id, claim.awarded_on)
    if expected != state.stream:
        raise refuse("award.other_book", award=claim.award, book=state.stream, expected=expected)
    block = scheme.block_by_id.get(claim.block)
    fits = claim.block == claim.held_as == "" if claim.kind == "certification" else block is not None
    if not fits or (block is not None and block.held_as != claim.held_as):
        raise refuse("award.unknown_block", award=claim.award, block=claim.block, scheme=scheme.id)


def _require_same(entry: Entry, claim: c.Claim) -> None:
    """Refuse a claim for an award that stands in the book as something else."""
    said = (claim.kind, claim.block, claim.held_as, claim.awarded_on, claim.sitting, claim.decision)
    if said != (entry.kind, entry.block, entry.held_as, entry.awarded_on, entry.sitting, entry.decision):
        raise refuse("award.claimed_otherwise", award=claim.award, number=entry.number)


def _numbered(
    scheme: Scheme, command: c.Enter, claim: c.Claim, number: str, sequence: int, context: Context
) -> e.AwardNumbered:
    kind = scheme.awards.certification if claim.kind == "certification" else scheme.awards.block
    return e.AwardNumbered(
        on=context.on,
        number=number,
        sequence=sequence,
        award=claim.award,
        kind_of_award=claim.kind,
        block=claim.block,
        held_as=claim.held_as,
        title=kind.title,
        awarded_on=claim.awarded_on,
        valid_until=valid_until(claim.awarded_on, kind.years),
        sitting=claim.sitting,
        decision=claim.decision,
        pathway=command.pathway,
        person=command.person,
        route=command.route,
        scheme_hash=command.scheme_hash,
    )


def _entry(state: Book, number: str) -> Entry:
    found = state.entries.get(number)
    if found is None:
        raise refuse("award.unknown", number=number, book=state.stream)
    return found


def _note_issued(state: Book, command: c.NoteIssued, context: Context) -> list[Fact]:
    """Take the digests of what was made; the same ones again add nothing."""
    entry = _entry(state, command.number)
    if not 0 < command.edition <= entry.edition:
        raise refuse("award.no_edition", number=entry.number, edition=command.edition, editions=entry.edition)
    known = entry.editions[command.edition - 1]
    said = (command.document, command.credential, command.key, command.passed_over)
    if known.document or known.passed_over:
        if said != (known.document, known.credential, known.key, known.passed_over):
            raise refuse("award.other_document", number=entry.number, edition=command.edition)
        return []
    named = {"number": entry.number, "edition": command.edition}
    if command.passed_over:
        return [e.CertificatePassedOver(on=context.today, why=command.passed_over, **named)]
    if not (command.document and command.credential and command.key):
        raise refuse("award.no_document", number=entry.number, edition=command.edition)
    made = {"document": command.document, "credential": command.credential, "key": command.key}
    return [e.CertificateIssued(on=context.today, **named, **made)]


def _valid(state: Book, number: str, basis: str) -> Entry:
    """The entry, refused where no other certificate of it may be made."""
    entry = _entry(state, number)
    if entry.withdrawn_on is not None:
        raise refuse("award.withdrawn", number=number, on=entry.withdrawn_on.isoformat())
    if entry.erased:
        raise refuse("award.erased", number=number)
    if not basis.strip():
        raise refuse("award.no_basis", number=number)
    return entry


def _reissue(state: Book, command: c.Reissue, context: Context) -> list[Fact]:
    entry = _valid(state, command.number, command.basis)
    return [
        e.CertificateReissued(
            on=context.on,
            number=entry.number,
            edition=entry.edition + 1,
            why=command.why,
            basis=command.basis,
            reason=command.reason,
        )
    ]


def _correct(state: Book, command: c.Correct, context: Context) -> list[Fact]:
    entry = _valid(state, command.number, command.basis)
    title = command.title.strip()
    if len(title) > MOST_TITLE:
        raise refuse("award.title_too_long", number=entry.number, most=MOST_TITLE)
    day = command.valid_until
    if title in ("", entry.title) and day in (None, entry.valid_until):
        raise refuse("award.nothing_to_correct", number=entry.number)
    if day is not None and day < entry.awarded_on:
        raise refuse("award.ends_too_early", number=entry.number, awarded_on=entry.awarded_on.isoformat())
    return [
        e.AwardCorrected(
            on=context.on,
            number=entry.number,
            edition=entry.edition + 1,
            title=title,
            valid_until=day,
            basis=command.basis,
            reason=command.reason,
        )
    ]


def _withdraw(state: Book, command: c.Withdraw, context: Context) -> list[Fact]:
    number = state.by_award.get(command.award)
    if number is None:
        raise refuse("award.not_entered", award=command.award, book=state.stream)
    if state.entries[number].withdrawn_on is not None:
        return []
    told = {"withdrawal": command.withdrawal, "withdrawn_on": command.withdrawn_on, "basis": command.basis}
    return [e.AwardStruck(on=context.today, number=number, **told)]


def _note_published(state: Book, command: c.NotePublished, context: Context) -> list[Fact]:
    """Take that a list was published; one that is no newer than the last adds nothing."""
    if command.version > state.version:
        raise refuse("award.list_of_later", version=command.version, book=state.stream)
    if command.version < state.published:
        return []
    if command.version == state.published:
        if command.digest != state.listed:
            raise refuse("award.other_list", version=command.version, book=state.stream)
        return []
    told = {"version": command.version, "digest": command.digest, "withdrawn": command.withdrawn}
    return [e.StatusPublished(on=context.today, **told)]


def _erase(state: Book, command: c.EraseSubject, context: Context) -> list[Fact]:
    entries = [entry for entry in state.entries.values() if entry.person == command.person and not entry.erased]
    if not entries:
        return []
    numbers = tuple(sorted(entry.number for entry in entries))
    return [e.HolderErased(on=context.today, person=command.person, numbers=numbers, reason=command.reason)]


def _deadline(state: Book, command: DeadlineReached, context: Context) -> list[Fact]:
    def passing(due: Due, happens: str) -> list[Fact]:
        return []

    return settling.reached(state, [], command, context, passing)


_DECIDE: dict[type[Command], Callable[[Book, Any, Context], list[Fact]]] = {
    c.Enter: _enter,
    c.NoteIssued: _note_issued,
    c.Reissue: _reissue,
    c.Correct: _correct,
    c.Withdraw: _withdraw,
    c.NotePublished: _note_published,
    SetDisclosure: set_disclosure,
    c.EraseSubject: _erase,
    DeadlineReached: _deadline,
    Settle: settling.settle,
    **mailing.DECIDE,
}


def decide(state: Book, command: Command, context: Context) -> list[Fact]:
    """The facts that ``command`` adds; none if it changes nothing.

    Raises:
        Refused: with the rule that says no.
    """
    return _DECIDE[type(command)](state, command, context)
