"""How much of the holder's name the public page of an award shows: initials, unless the holder chose otherwise."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

from domain.records import Command, Fact, Recorded
from domain.refusal import refuse

if TYPE_CHECKING:
    from domain.aggregate import Context
    from domain.awards.state import Book

Disclosure = Literal["none", "initials", "full"]

UNLESS_CHOSEN: Disclosure = "initials"


class SetDisclosure(Command):
    """Show so much of the holder's name on the public page of ``number``, from now on."""

    kind: Literal["set_disclosure"] = "set_disclosure"
    number: str
    shown: Disclosure


class DisclosureSet(Fact):
    """The public page of ``number`` shows so much of the holder's name."""

    kind: Literal["disclosure_set"] = "disclosure_set"
    number: str
    shown: Disclosure


def set_disclosure(state: Book, command: SetDisclosure, context: Context) -> list[Fact]:
    """Take the holder's choice; the same again adds nothing. Whoever is erased has no name to show."""
    entry = state.entries.get(command.number)
    if entry is None:
        raise refuse("award.unknown", number=command.number, book=state.stream)
    if entry.erased:
        raise refuse("award.erased", number=command.number)
    if entry.disclosure == command.shown:
        return []
    return [DisclosureSet(on=context.on, number=entry.number, shown=command.shown)]


def apply_disclosure(state: Book, record: Recorded, fact: DisclosureSet) -> None:
    """Advance ``state`` in place."""
    state.put(record, state.entries[fact.number]._replace(disclosure=fact.shown))
