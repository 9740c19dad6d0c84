"""What stands in a book of awards: the fold of its events."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import date
from itertools import takewhile
from typing import Any, Literal, NamedTuple

from domain.aggregate import Standing
from domain.awards import depositing
from domain.awards import events as e
from domain.awards.disclosure import UNLESS_CHOSEN, Disclosure, DisclosureSet, apply_disclosure
from domain.certificate import AwardKind
from domain.records import Fact, Recorded
from domain.settling import EffectSettled, apply_settled

ISSUE = "issue"
"""The name of the effect that makes the documents of an edition."""


class Edition(NamedTuple):
    """One edition of a certificate, from the event ``version`` on; ``document`` and ``credential`` are digests.

    ``why``: empty for the first one. ``passed_over``: why it is never made.
    """

    version: int
    on: date
    why: Literal["", "lost", "name_changed", "correction"] = ""
    document: str = ""
    credential: str = ""
    key: str = ""
    passed_over: str = ""


class Entry(NamedTuple):
    """One award as events up to ``version`` leave it; ``editions``: the last one counts, those before it are void."""

    number: str
    sequence: int
    award: str
    kind: AwardKind
    block: str
    held_as: str
    title: str
    awarded_on: date
    valid_until: date | None
    sitting: str
    decision: int
    pathway: str
    person: str
    route: str
    scheme_hash: str
    version: int
    editions: tuple[Edition, ...]
    withdrawn_on: date | None = None
    withdrawal: int = 0
    erased: bool = False
    disclosure: Disclosure = UNLESS_CHOSEN

    @property
    def edition(self) -> int:
        """The number of the edition that counts."""
        return len(self.editions)

    @property
    def issued(self) -> int:
        """The number of the last edition of which there are documents; 0 where there is none."""
        return next((n for n in range(len(self.editions), 0, -1) if self.editions[n - 1].document), 0)


@dataclass(slots=True)
class Book(Standing):
    """One book. ``entries`` by number, the one that changed last standing last, so that what changed since some version
    is found without looking at all of them; ``by_award``: numbers by award.

    ``holding``: who holds what, not withdrawn, as ``person/held_as`` -> number. ``withdrawn``: sequences of withdrawn
    awards. ``published``: the version as of which the list of these was published last, ``listed`` its digest.
    ``issued``: awards of which there are documents.
    """

    status: Literal["", "open"] = ""
    scheme_id: str = ""
    code: str = ""
    year: int = 0
    entries: dict[str, Entry] = field(default_factory=dict)
    by_award: dict[str, str] = field(default_factory=dict)
    holding: dict[str, str] = field(default_factory=dict)
    withdrawn: set[int] = field(default_factory=set)
    issued: int = 0
    published: int = 0
    listed: str = ""

    def number(self, sequence: int) -> str:
        """The number of the ``sequence``-th award."""
        return f"{self.code}-{self.year}-{sequence:06d}"

    def changed(self, since: int) -> Iterator[Entry]:
        """The entries that events after ``since`` changed, the last one first."""
        return takewhile(lambda entry: entry.version > since, reversed(self.entries.values()))

    def put(self, record: Recorded, entry: Entry) -> None:
        """Take over an entry as this event leaves it."""
        self.entries.pop(entry.number, None)
        self.entries[entry.number] = entry._replace(version=record.version)

    def owe_publication(self, record: Recorded) -> None:
        """Owe a new list of what is withdrawn, and no other: it replaces any that was not published yet."""
        for id in [effect.id for effect in self.owed.values() if effect.kind == "publish"]:
            del self.owed[id]
        self.owe(record, "publish", kind="publish", params={"version": record.version})

    def owe_issue(self, record: Recorded, number: str, edition: int) -> None:
        """Owe the documents of an edition."""
        self.owe(record, ISSUE, kind="issue", params={"number": number, "edition": edition})


def holds(person: str, held_as: str) -> str:
    """What ``holding`` calls that a person holds a block, or the certification (empty ``held_as``)."""
    return f"{person}/{held_as}"


def _opened(state: Book, record: Recorded, fact: e.BookOpened) -> None:
    state.scheme_id, state.scheme_hash = fact.scheme_id, fact.scheme_hash
    state.code, state.year, state.status = fact.code, fact.year, "open"
    state.owe_publication(record)


def _numbered(state: Book, record: Recorded, fact: e.AwardNumbered) -> None:
    entry = Entry(
        number=fact.number,
        sequence=fact.sequence,
        award=fact.award,
        kind=fact.kind_of_award,
        block=fact.block,
        held_as=fact.held_as,
        title=fact.title,
        awarded_on=fact.awarded_on,
        valid_until=fact.valid_until,
        sitting=fact.sitting,
        decision=fact.decision,
        pathway=fact.pathway,
        person=fact.person,
        route=fact.route,
        scheme_hash=fact.scheme_hash,
        version=record.version,
        editions=(Edition(record.version, fact.on),),
    )
    state.put(record, entry)
    state.by_award[fact.award] = fact.number
    state.holding[holds(fact.person, fact.held_as)] = fact.number
    state.owe_issue(record, fact.number, 1)
    depositing.queued(state, record, fact)


def _settle_issue(state: Book, edition: Edition) -> None:
    """The documents of an edition are not owed any more: the debt is named after the event that made it."""
    state.owed.pop(f"{state.stream}#{edition.version}/{ISSUE}", None)


def _edit(state: Book, record: Recorded, number: str, edition: int, **change: Any) -> None:
    entry = state.entries[number]
    editions = list(entry.editions)
    editions[edition - 1] = editions[edition - 1]._replace(**change)
    state.put(record, entry._replace(editions=tuple(editions)))
    _settle_issue(state, editions[edition - 1])


def _issued(state: Book, record: Recorded, fact: e.CertificateIssued) -> None:
    if not state.entries[fact.number].issued:
        state.issued += 1
    _edit(*(state, record, fact.number, fact.edition), document=fact.document, credential=fact.credential, key=fact.key)


def _passed_over(state: Book, record: Recorded, fact: e.CertificatePassedOver) -> None:
    _edit(state, record, fact.number, fact.edition, passed_over=fact.why)


def _again(state: Book, record: Recorded, number: str, edition: Edition, **change: Any) -> None:
    entry = state.entries[number]
    state.put(record, entry._replace(editions=(*entry.editions, edition), **change))
    state.owe_issue(record, number, len(entry.editions) + 1)


def _reissued(state: Book, record: Recorded, fact: e.CertificateReissued) -> None:
    _again(state, record, fact.number, Edition(record.version, fact.on, fact.why))


def _corrected(state: Book, record: Recorded, fact: e.AwardCorrected) -> None:
    entry = state.entries[fact.number]
    title, valid_until = fact.title or entry.title, fact.valid_until or entry.valid_until
    edition = Edition(record.version, fact.on, "correction")
    _again(state, record, fact.number, edition, title=title, valid_until=valid_until)


def _struck(state: Book, record: Recorded, fact: e.AwardStruck) -> None:
    entry = state.entries[fact.number]
    state.put(record, entry._replace(withdrawn_on=fact.withdrawn_on, withdrawal=fact.withdrawal))
    state.withdrawn.add(entry.sequence)
    state.holding.pop(holds(entry.person, entry.held_as), None)
    for edition in entry.editions:
        # No certificate is made of what is not valid.
        _settle_issue(state, edition)
    state.owe_publication(record)
    depositing.withdrawn(state, record, entry, fact.basis)


def _published(state: Book, record: Recorded, fact: e.StatusPublished) -> None:
    state.published, state.listed = fact.version, fact.digest
    for id in [effect.id for effect in state.owed.values() if effect.kind == "publish"]:
        if state.owed[id].version <= fact.version:
            del state.owed[id]


def _erased(state: Book, record: Recorded, fact: e.HolderErased) -> None:
    for number in fact.numbers:
        state.put(record, state.entries[number]._replace(erased=True))


_APPLY: dict[type[Fact], Callable[[Book, Recorded, Any], None]] = {
    e.BookOpened: _opened,
    e.AwardNumbered: _numbered,
    e.CertificateIssued: _issued,
    e.CertificatePassedOver: _passed_over,
    e.CertificateReissued: _reissued,
    e.AwardCorrected: _corrected,
    e.AwardStruck: _struck,
    e.StatusPublished: _published,
    DisclosureSet: apply_disclosure,
    e.HolderErased: _erased,
    EffectSettled: lambda state, record, fact: apply_settled(state, fact),
}


def apply(state: Book, record: Recorded) -> None:
    """Advance ``state`` in place by one event. Total over the book's facts."""
    _APPLY[type(record.fact)](state, record, record.fact)
