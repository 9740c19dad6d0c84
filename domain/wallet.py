"""The wallet of a person: the blocks that they hold, for life or until a day, and what each counts as in a scheme.

An award keeps the validity that the scheme gave it under which it was made; a block that is merely declared is measured
by the scheme that is asked to recognise it. What counts is the day: of the recognition, and then of the decision.
Schemes without ``certificates`` know neither validity nor crosswalk.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from datetime import date
from typing import Literal, NamedTuple

from domain.held import HeldBlock
from domain.records import Frozen
from domain.scheme.certificates import Crosswalk
from domain.scheme.model import Scheme

Status = Literal["valid", "expired", "withdrawn"]


class Counted(NamedTuple):
    """A held block as a scheme counts it: under which name there, and through which entry of its crosswalk."""

    held_as: str
    block: HeldBlock
    through: Crosswalk | None = None


class Holding(Frozen):
    """One thing in a wallet: an award, or (``award`` empty) what ``pathway`` recognised on somebody's word.

    ``since`` and ``until`` are the first and the last day on which it is held; ``until`` None is for life. ``number``
    and ``book``: its certificate, if it has one.
    """

    held_as: str
    scheme_id: str
    scheme_hash: str
    pathway: str
    since: date
    until: date | None = None
    withdrawn_on: date | None = None
    award: str = ""
    number: str = ""

    def status(self, on: date) -> Status:
        """What it is worth on the day ``on``; what was withdrawn is never valid again."""
        if self.withdrawn_on is not None:
            return "withdrawn"
        return "valid" if self.until is None or on <= self.until else "expired"


def valid_until(since: date, years: int | None) -> date | None:
    """The last day of what is valid for ``years`` from ``since``; None is for life."""
    if years is None:
        return None
    # The anniversary; a 29 February has it on the 28th.
    return since.replace(year=since.year + years, day=28 if (since.month, since.day) == (2, 29) else since.day)


def valid(block: HeldBlock, on: date) -> bool:
    """Whether a held block is still worth something on the day ``on``."""
    return block.until is None or on <= block.until


def counted(scheme: Scheme, block: HeldBlock) -> Counted | None:
    """What ``block`` counts as in ``scheme``, with the last day on which it does; None where it counts as nothing."""
    if scheme.certificates is None:
        known = block.held_as in scheme.block_by_held_as
        return Counted(block.held_as, block.model_copy(update={"until": None})) if known else None
    if block.until is None and block.pathway is None:
        block = block.model_copy(update={"until": valid_until(block.since, scheme.awards.block.years)})
    if block.held_as in scheme.block_by_held_as:
        return Counted(block.held_as, block)
    entry = _entry_of(scheme, block.held_as)
    return Counted(entry.counts_as, block, entry) if entry is not None else None


def _entry_of(scheme: Scheme, held_as: str) -> Crosswalk | None:
    entries = scheme.certificates.crosswalk if scheme.certificates else ()
    return next((entry for entry in entries if entry.held == held_as), None)


def renewed(scheme: Scheme, block: HeldBlock, held: Mapping[str, HeldBlock]) -> bool:
    """Whether ``block`` is one of the ``held``, valid for longer than what is held."""
    one = counted(scheme, block)
    before = held.get(one.held_as) if one is not None else None
    if one is None or before is None or before.until is None:
        return False
    return one.block.until is None or one.block.until > before.until


def through(scheme: Scheme, name: str, block: HeldBlock) -> Crosswalk | None:
    """The entry of the crosswalk by which ``block`` counts as ``name`` there; None where it is held under that name."""
    return _entry_of(scheme, block.held_as) if block.held_as != name else None


def recognisable(scheme: Scheme, blocks: Iterable[HeldBlock], on: date) -> list[HeldBlock]:
    """Those of ``blocks`` that ``scheme`` recognises on the day ``on``, at most one for each of its own blocks.

    What is held under the scheme's own name comes before what only counts as it; then whatever is valid longest, and
    was held first.
    """
    found: dict[str, Counted] = {}
    for block in blocks:
        one = counted(scheme, block)
        if one is not None and valid(one.block, on):
            before = found.get(one.held_as)
            if before is None or _rank(one) < _rank(before):
                found[one.held_as] = one
    return [one.block for one in found.values()]


def _rank(one: Counted) -> tuple[bool, date, date, str]:
    last = one.block.until or date.max
    return one.through is not None, date.min + (date.max - last), one.block.since, one.block.pathway or ""


def lapsed(scheme: Scheme, held: Mapping[str, HeldBlock], on: date) -> list[str]:
    """The names (of ``scheme``) of the ``held`` blocks whose validity has passed on the day ``on``, in its order."""
    return [block.held_as for block in scheme.blocks if (it := held.get(block.held_as)) and not valid(it, on)]


class Entry(NamedTuple):
    """A line of a wallet as it is shown: the holding, what it is worth, and where else it counts.

    ``counts_in``: scheme id and block id of each scheme that recognises it; empty for what is not valid.
    """

    holding: Holding
    block: str
    title: str
    status: Status
    counts_in: tuple[tuple[str, str], ...]


def assembled(holdings: Iterable[Holding], schemes: Mapping[str, Scheme], on: date) -> list[Entry]:
    """The wallet on the day ``on``: what is valid first, then by day. ``schemes``: every published one, by hash; of
    several versions of one certification, the one that comes last is asked whether it recognises a block.
    """
    newest = {scheme.id: scheme for scheme in schemes.values()}
    entries = [_entry(holding, schemes, newest, on) for holding in holdings]
    order = ("valid", "expired", "withdrawn")
    return sorted(entries, key=lambda e: (order.index(e.status), e.holding.since, e.holding.held_as, e.holding.award))


def _entry(holding: Holding, schemes: Mapping[str, Scheme], newest: Mapping[str, Scheme], on: date) -> Entry:
    status = holding.status(on)
    scheme = schemes.get(holding.scheme_hash)
    own = scheme.block_by_held_as.get(holding.held_as) if scheme is not None else None
    if own is None and scheme is not None:
        # Recognised on somebody's word through a crosswalk: shown as the block that it counts as.
        one = counted(scheme, HeldBlock(held_as=holding.held_as, since=holding.since))
        own = scheme.block_by_held_as[one.held_as] if one is not None else None
    counts = tuple(_counts(holding, newest.values(), on)) if status == "valid" else ()
    return Entry(holding, own.id if own else "", own.title if own else holding.held_as, status, counts)


def _counts(holding: Holding, schemes: Iterable[Scheme], on: date) -> Iterator[tuple[str, str]]:
    held = HeldBlock(held_as=holding.held_as, since=holding.since, until=holding.until, pathway=holding.pathway)
    for scheme in schemes:
        one = counted(scheme, held)
        if one is not None and valid(one.block, on):
            yield scheme.id, scheme.block_by_held_as[one.held_as].id
