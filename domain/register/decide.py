"""What a register answers to a command: facts, or a refusal. One function per command."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from domain.aggregate import Context
from domain.people import SiteFacts
from domain.records import Command, Fact
from domain.refusal import refuse
from domain.register import commands as c
from domain.register import events as e
from domain.register import register_of
from domain.register.checks import require_code, require_organisation, require_person, require_sites, require_span
from domain.register.entries import JurorEntry, JurorProfile, MemberEntry, MemberProfile, OfficeEntry, tie_code
from domain.register.state import Entry, Register
from domain.scheme import library


def _open(state: Register, command: c.Open, context: Context) -> list[Fact]:
    if state.status:
        raise refuse("register.already_open", register=state.stream)
    scheme = library.recall(command.scheme_hash)
    if scheme.id != command.scheme_id:
        raise refuse("scheme.mismatch", scheme=command.scheme_id, hash=command.scheme_hash)
    if register_of(scheme) != state.stream:
        raise refuse("register.of_another", register=state.stream, expected=register_of(scheme))
    return [
        e.RegisterOpened(
            on=context.on, scheme_id=scheme.id, scheme_hash=command.scheme_hash, certifier=scheme.certifier
        )
    ]


def _once(codes: Sequence[str]) -> None:
    """Refuse an entry that comes twice in one command: which of the two would hold?"""
    twice = sorted({code for code in codes if codes.count(code) > 1})
    if twice:
        raise refuse("register.twice", codes=twice)


def _supersedes(before: Entry | None) -> int | None:
    return before.version if before is not None else None


def _organisations(state: Register, command: c.EnterOrganisations, context: Context) -> list[Fact]:
    given = [entry.facts.id for entry in command.entries]
    _once(given)
    facts: list[Fact] = []
    for entry in command.entries:
        body = entry.facts
        before = require_code(state, "organisation", body.id)
        if body.part_of and (body.part_of == body.id or body.part_of not in given):
            require_organisation(state, body.id, body.part_of)
        for habilitation in body.habilitations:
            require_span(body.id, habilitation.valid)
        if entry.contact is not None:
            require_person(before, body.id, entry.person, (entry.contact,))
        if _changes(before, body, entry.contact):
            fields = {"facts": body, "person": entry.person, "contact": entry.contact}
            facts.append(e.OrganisationEntered(on=context.on, supersedes=_supersedes(before), **fields))
    return facts


def _changes(before: Entry | None, facts: Any, *sealed: Any) -> bool:
    """Whether an entry says anything that the register does not say already."""
    return before is None or not before.active or before.facts != facts or any(item is not None for item in sealed)


def _sites(state: Register, command: c.EnterSites, context: Context) -> list[Fact]:
    _once([entry.facts.id for entry in command.entries])
    facts: list[Fact] = []
    for entry in command.entries:
        before = require_code(state, "site", entry.facts.id)
        require_organisation(state, entry.facts.id, entry.facts.organisation)
        _require_coordinates(entry.facts)
        if _changes(before, entry.facts):
            facts.append(e.SiteEntered(on=context.on, facts=entry.facts, supersedes=_supersedes(before)))
    return facts


def _require_coordinates(site: SiteFacts) -> None:
    if (site.latitude is None) != (site.longitude is None) or abs(site.latitude or 0) > 90:
        raise refuse("register.coordinates", entry=site.id)


def _jurors(state: Register, command: c.EnterJurors, context: Context) -> list[Fact]:
    _once([entry.facts.juror for entry in command.entries])
    facts: list[Fact] = []
    for entry in command.entries:
        before = require_code(state, "juror", entry.facts.juror)
        profile = _kept(entry, before)
        if not profile.parts:
            raise refuse("register.no_part", entry=profile.juror)
        require_organisation(state, profile.juror, profile.organisation)
        require_sites(state, profile.juror, profile.sites)
        for span in (profile.trained, *profile.available, *profile.absent):
            require_span(profile.juror, span)
        facts += _person(e.JurorEntered, entry, profile.juror, profile, before, context)
    return facts


def _kept(entry: JurorEntry, before: Entry | None) -> JurorProfile:
    if before is None or not isinstance(before.facts, JurorProfile):
        return entry.facts
    return entry.facts.model_copy(update={name: getattr(before.facts, name) for name in entry.keeps})


def _person(
    fact: type[e.JurorEntered] | type[e.MemberEntered] | type[e.OfficeEntered],
    entry: JurorEntry | MemberEntry | OfficeEntry,
    code: str,
    profile: Any,
    before: Entry | None,
    context: Context,
) -> list[Fact]:
    """The fact that somebody stands in the register as told; none if nothing is new."""
    require_person(before, code, entry.person, (entry.identity, entry.contact))
    if not isinstance(entry, OfficeEntry) and entry.identity is None and (before is None or before.identity is None):
        raise refuse("register.identity_needed", entry=code)
    if not _changes(before, profile, entry.identity, entry.contact):
        return []
    return [
        fact(
            on=context.on,
            facts=profile,
            person=entry.person,
            identity=entry.identity,
            contact=entry.contact,
            supersedes=_supersedes(before),
        )
    ]


def _members(state: Register, command: c.EnterMembers, context: Context) -> list[Fact]:
    given = {entry.facts.member: entry.facts for entry in command.entries}
    _once([entry.facts.member for entry in command.entries])
    facts: list[Fact] = []
    for entry in command.entries:
        profile = entry.facts
        before = require_code(state, "member", profile.member)
        if profile.organisation:
            require_organisation(state, profile.member, profile.organisation)
        require_span(profile.member, profile.mandate)
        if profile.juror and state.entry("juror", profile.juror) is None:
            raise refuse("register.no_juror", entry=profile.member, juror=profile.juror)
        if profile.replaces:
            _require_titular(state, given, profile)
        facts += _person(e.MemberEntered, entry, profile.member, profile, before, context)
    return facts


def _require_titular(state: Register, given: dict[str, MemberProfile], profile: MemberProfile) -> None:
    """Refuse a stand-in for somebody who is no titular member of the same college."""
    known = state.entry("member", profile.replaces)
    titular = given.get(profile.replaces) or (known.facts if known is not None else None)
    fits = isinstance(titular, MemberProfile) and titular.standing == "titular" and titular.college == profile.college
    if profile.standing != "substitute" or not fits:
        raise refuse("register.replaces", entry=profile.member, replaces=profile.replaces)


def _office(state: Register, command: c.EnterOffice, context: Context) -> list[Fact]:
    _once([entry.facts.role for entry in command.entries])
    facts: list[Fact] = []
    for entry in command.entries:
        before = require_code(state, "office", entry.facts.role)
        if entry.contact is None and (before is None or before.contact is None):
            raise refuse("register.contact_needed", entry=entry.facts.role)
        facts += _person(e.OfficeEntered, entry, entry.facts.role, entry.facts, before, context)
    return facts


def _leave(state: Register, command: c.Leave, context: Context) -> list[Fact]:
    entry = state.entry(command.entity, command.code)
    if entry is None:
        raise refuse("register.unknown", entity=command.entity, entry=command.code)
    if not entry.active:
        raise refuse("register.already_left", entity=command.entity, entry=command.code)
    if command.entity == "organisation":
        of_it = [
            other.code
            for other in state.entries.values()
            if other.active and getattr(other.facts, "organisation", "") == command.code
        ]
        if of_it:
            raise refuse("register.still_used", entry=command.code, by=sorted(of_it)[:20], number=len(of_it))
    return [e.EntryLeft(on=context.on, entity=command.entity, code=command.code, supersedes=entry.version)]


def _require_juror(state: Register, code: str) -> JurorProfile:
    entry = state.entry("juror", code)
    if entry is None or not entry.active:
        raise refuse("register.unknown", entity="juror", entry=code)
    return state.juror(code)


def _absent(state: Register, command: c.DeclareAbsence, context: Context) -> list[Fact]:
    profile = _require_juror(state, command.juror)
    require_span(command.juror, command.absence)
    if command.absence in profile.absent:
        return []
    return [e.AbsenceDeclared(on=context.on, juror=command.juror, absence=command.absence)]


def _present(state: Register, command: c.LiftAbsence, context: Context) -> list[Fact]:
    profile = _require_juror(state, command.juror)
    if command.absence not in profile.absent:
        raise refuse("register.no_absence", juror=command.juror, **command.absence.model_dump(mode="json"))
    return [e.AbsenceLifted(on=context.on, juror=command.juror, absence=command.absence)]


def _trained(state: Register, command: c.NoteTraining, context: Context) -> list[Fact]:
    profile = _require_juror(state, command.juror)
    require_span(command.juror, command.trained)
    if command.trained == profile.trained:
        return []
    return [e.TrainingNoted(on=context.on, juror=command.juror, trained=command.trained)]


def _tie(state: Register, command: c.DeclareTies, context: Context) -> list[Fact]:
    actor = context.actor
    facts: list[Fact] = []
    for tie in dict.fromkeys(command.ties):
        if state.entry("juror", tie.who) is None and state.entry("member", tie.who) is None:
            raise refuse("register.nobody", entry=tie.who)
        known = state.entry("tie", tie_code(tie.who, tie.person, tie.tie))
        if known is not None and known.active:
            continue
        by = f"{actor.role.value}:{actor.on_behalf_of or actor.id}"
        told = {"who": tie.who, "person": tie.person, "tie": tie.tie, "note": tie.note}
        facts.append(e.TieDeclared(on=context.on, declared_by=by, **told))
    return facts


def _untie(state: Register, command: c.LiftTie, context: Context) -> list[Fact]:
    known = state.entry("tie", tie_code(command.who, command.person, command.tie))
    if known is None or not known.active:
        raise refuse("register.no_tie", who=command.who, person=command.person, tie=command.tie)
    return [e.TieLifted(on=context.on, **command.model_dump(exclude={"kind", "reason"}), reason=command.reason)]


def _erase(state: Register, command: c.EraseSubject, context: Context) -> list[Fact]:
    codes = tuple(
        entry.code
        for entry in state.entries.values()
        if entry.entity != "tie" and entry.person == command.person and not entry.erased
    )
    if not codes:
        return []
    return [e.EntrantErased(on=context.today, person=command.person, codes=codes, reason=command.reason)]


_DECIDE: dict[type[Command], Callable[[Register, Any, Context], list[Fact]]] = {
    c.Open: _open,
    c.EnterOrganisations: _organisations,
    c.EnterSites: _sites,
    c.EnterJurors: _jurors,
    c.EnterMembers: _members,
    c.EnterOffice: _office,
    c.Leave: _leave,
    c.DeclareAbsence: _absent,
    c.LiftAbsence: _present,
    c.NoteTraining: _trained,
    c.DeclareTies: _tie,
    c.LiftTie: _untie,
    c.EraseSubject: _erase,
}


def decide(state: Register, command: Command, context: Context) -> list[Fact]:
    """The facts that ``command`` adds; none if it changes nothing.

    Raises:
        Refused: with the rule that says no.
    """
    if not state.status and not isinstance(command, c.Open):
        raise refuse("register.unknown_stream", register=state.stream)
    return _DECIDE[type(command)](state, command, context)
