"""Numbers against awards: every award of a pathway has its number in a book, every number its award, and what was
issued is what the book heard of."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any, NamedTuple

from domain.awards import book_of
from domain.awards.state import Book, Entry
from domain.pathway.state import Award, Pathway
from domain.records import event_id
from domain.verifying.fault import Fault


class _Number(NamedTuple):
    """What a book says of an award, as much of it as the pathway says too."""

    book: str
    version: int
    number: str
    said: tuple[Any, ...]
    withdrawn: bool


class Numbers:
    """Takes the books, then the pathways, and what is left of either is at fault."""

    def __init__(self) -> None:
        self._numbers: dict[str, _Number] = {}

    def book(self, state: Book) -> Iterator[Fault]:
        """Take a book; its faults: what stands in it twice, or not in its place."""
        for place, entry in enumerate(sorted(state.entries.values(), key=lambda entry: entry.sequence), start=1):
            version = entry.editions[0].version
            if entry.sequence != place or entry.number != state.number(place):
                yield _fault("gap", state.stream, version, number=entry.number)
            said = (entry.block or None, entry.awarded_on, entry.sitting, state.stream)
            self._numbers[entry.award] = _Number(
                state.stream, version, entry.number, said, entry.withdrawn_on is not None
            )

    def pathway(self, state: Pathway) -> Iterator[Fault]:
        """The faults of a pathway whose books were taken before: awards without a number, or with another one's.

        What it still owes a book has not arrived.
        """
        if state.scheme.certificates is None:
            return
        owed = {effect.command.get("kind") for effect in state.owed.values()}
        for award in state.awards:
            id = f"{state.stream}#{award.version}"
            found = self._numbers.pop(id, None)
            if found is None:
                if "enter" not in owed:
                    yield _fault("unnumbered", state.stream, award.version, award=id)
            elif found.said != _said(state, award):
                yield _fault("misnumbered", found.book, found.version, award=id, number=found.number)
            elif found.withdrawn and award.withdrawn_on is None:
                yield _fault("struck", found.book, found.version, award=id, number=found.number)
            elif not found.withdrawn and award.withdrawn_on is not None and "withdraw" not in owed:
                yield _fault("unstruck", found.book, found.version, award=id, number=found.number)

    def rest(self) -> Iterator[Fault]:
        """The numbers of which no pathway knows the award."""
        for id, found in self._numbers.items():
            yield _fault("numberless", found.book, found.version, award=id, number=found.number)


def _said(state: Pathway, award: Award) -> tuple[Any, ...]:
    return (award.block, award.on, award.sitting, book_of(state.scheme.id, award.on))


def document_faults(state: Book, documents: Iterable[Mapping[str, Any]], lists: Mapping[int, str]) -> Iterator[Fault]:
    """How what is kept of a book differs from what it heard of. ``documents``: rows of that table (numbers, digests);
    ``lists``: digests of the published lists by version.
    """
    kept = {(row["number"], row["edition"]): row for row in documents}
    for entry in state.entries.values():
        for number, edition in enumerate(entry.editions, start=1):
            row = kept.pop((entry.number, number), None)
            if row is None:
                # What was issued to somebody who is erased is gone, and is to be.
                if edition.document and not entry.erased:
                    yield _told("document_missing", state, entry, number)
            elif edition.document and (row["digest"], row["person_id"]) != (edition.document, entry.person):
                yield _told("document", state, entry, number)
    for number, edition_number in kept:
        params = {"number": number, "edition": edition_number}
        yield Fault("award.document_invented", None, state.stream, params)
    if state.published and lists.get(state.published) != state.listed:
        yield Fault("award.list", None, state.stream, {"version": state.published})


def _told(code: str, state: Book, entry: Entry, edition: int) -> Fault:
    return _fault(code, state.stream, entry.version, number=entry.number, edition=edition)


def _fault(code: str, stream: str, version: int, **params: Any) -> Fault:
    return Fault(f"award.{code}", str(event_id(stream, version)), stream, params)
