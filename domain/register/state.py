"""What stands in a register: the fold of its events."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, Literal, NamedTuple

from domain.aggregate import Standing
from domain.people import TieFacts
from domain.records import Fact, Recorded
from domain.register import events as e
from domain.register.entries import Entity, JurorProfile, Profile, tie_code


class Entry(NamedTuple):
    """One entry as events up to ``version`` leave it.

    ``person``: whose data is sealed (for a tie: the candidate); ``identity`` and ``contact``: the versions of the
    events that told them last, None if none did. ``active``: in use.
    """

    entity: Entity
    code: str
    facts: Profile
    version: int
    person: str = ""
    identity: int | None = None
    contact: int | None = None
    active: bool = True
    erased: bool = False


@dataclass(slots=True)
class Register(Standing):
    """One register. ``entries`` by code, in the order of their first entry; what left is still there."""

    status: Literal["", "open"] = ""
    certifier: str = ""
    entries: dict[str, Entry] = field(default_factory=dict)

    def entry(self, entity: Entity, code: str) -> Entry | None:
        """The entry of this kind called ``code``, in use or not."""
        found = self.entries.get(code)
        return found if found is not None and found.entity == entity else None

    def juror(self, code: str) -> JurorProfile:
        """What the register says of a juror who is known to stand in it."""
        facts = self.entries[code].facts
        assert isinstance(facts, JurorProfile)
        return facts

    def profile(self, record: Recorded, facts: JurorProfile) -> None:
        """Take over what an event says of a juror."""
        self.entries[facts.juror] = self.entries[facts.juror]._replace(facts=facts, version=record.version)


def _opened(state: Register, record: Recorded, fact: e.RegisterOpened) -> None:
    state.scheme_hash, state.certifier = fact.scheme_hash, fact.certifier
    state.status = "open"
    state.reached("opened", record)


def _enter(state: Register, record: Recorded, entity: Entity, code: str, fact: Any) -> None:
    before = state.entries.get(code)

    def told(name: Literal["identity", "contact"]) -> int | None:
        if getattr(fact, name, None) is not None:
            return record.version
        earlier: int | None = getattr(before, name) if before else None
        return earlier

    state.entries[code] = Entry(
        entity=entity,
        code=code,
        facts=fact.facts,
        version=record.version,
        person=getattr(fact, "person", "") or (before.person if before else ""),
        identity=told("identity"),
        contact=told("contact"),
    )


def _left(state: Register, record: Recorded, fact: e.EntryLeft) -> None:
    state.entries[fact.code] = state.entries[fact.code]._replace(active=False, version=record.version)


def _absent(state: Register, record: Recorded, fact: e.AbsenceDeclared) -> None:
    facts = state.juror(fact.juror)
    state.profile(record, facts.model_copy(update={"absent": (*facts.absent, fact.absence)}))


def _present(state: Register, record: Recorded, fact: e.AbsenceLifted) -> None:
    facts = state.juror(fact.juror)
    left = tuple(absence for absence in facts.absent if absence != fact.absence)
    state.profile(record, facts.model_copy(update={"absent": left}))


def _trained(state: Register, record: Recorded, fact: e.TrainingNoted) -> None:
    state.profile(record, state.juror(fact.juror).model_copy(update={"trained": fact.trained}))


def _tied(state: Register, record: Recorded, fact: e.TieDeclared) -> None:
    facts = TieFacts(who=fact.who, person=fact.person, kind=fact.tie, declared_on=fact.on, declared_by=fact.declared_by)
    code = tie_code(fact.who, fact.person, fact.tie)
    state.entries[code] = Entry("tie", code, facts, record.version, fact.person)


def _untied(state: Register, record: Recorded, fact: e.TieLifted) -> None:
    code = tie_code(fact.who, fact.person, fact.tie)
    state.entries[code] = state.entries[code]._replace(active=False, version=record.version)


def _erased(state: Register, record: Recorded, fact: e.EntrantErased) -> None:
    for code in fact.codes:
        entry = state.entries[code]._replace(identity=None, contact=None, version=record.version)
        # A body outlives whoever answered for it.
        body = entry.entity == "organisation"
        state.entries[code] = entry._replace(person="") if body else entry._replace(active=False, erased=True)


_APPLY: dict[type[Fact], Callable[[Register, Recorded, Any], None]] = {
    e.RegisterOpened: _opened,
    e.OrganisationEntered: lambda state, record, fact: _enter(state, record, "organisation", fact.facts.id, fact),
    e.SiteEntered: lambda state, record, fact: _enter(state, record, "site", fact.facts.id, fact),
    e.JurorEntered: lambda state, record, fact: _enter(state, record, "juror", fact.facts.juror, fact),
    e.MemberEntered: lambda state, record, fact: _enter(state, record, "member", fact.facts.member, fact),
    e.OfficeEntered: lambda state, record, fact: _enter(state, record, "office", fact.facts.role, fact),
    e.EntryLeft: _left,
    e.AbsenceDeclared: _absent,
    e.AbsenceLifted: _present,
    e.TrainingNoted: _trained,
    e.TieDeclared: _tied,
    e.TieLifted: _untied,
    e.EntrantErased: _erased,
}


def apply(state: Register, record: Recorded) -> None:
    """Advance ``state`` in place by one event. Total over the register's facts."""
    _APPLY[type(record.fact)](state, record, record.fact)
