"""What every entry of a register must fulfil, whatever it is."""

from __future__ import annotations

from collections.abc import Iterable

from domain.people import Span
from domain.records import Sealed
from domain.refusal import refuse
from domain.register.entries import CODE, Entity
from domain.register.state import Entry, Register


def require_code(state: Register, entity: Entity, code: str) -> Entry | None:
    """The entry that is called ``code`` already, if any; refuse a code that cannot be used for this ``entity``."""
    if not CODE.fullmatch(code):
        raise refuse("register.code", entry=code[:80])
    before = state.entries.get(code)
    if before is not None and before.entity != entity:
        raise refuse("register.code_taken", entry=code, entity=before.entity)
    if before is not None and before.erased:
        raise refuse("register.code_erased", entry=code)
    return before


def require_organisation(state: Register, code: str, organisation: str) -> None:
    """Refuse an entry of a body that does not stand in the register."""
    body = state.entry("organisation", organisation)
    if body is None or not body.active or organisation == code:
        raise refuse("register.no_organisation", entry=code, organisation=organisation)


def require_sites(state: Register, code: str, sites: Iterable[str]) -> None:
    """Refuse places that do not stand in the register."""
    missing = sorted(site for site in sites if state.entry("site", site) is None)
    if missing:
        raise refuse("register.no_site", entry=code, sites=missing)


def require_span(code: str, span: Span | None) -> None:
    """Refuse days that end before they begin."""
    if span is not None and span.since is not None and span.until is not None and span.until < span.since:
        raise refuse("register.days", entry=code, since=span.since.isoformat(), until=span.until.isoformat())


def require_person(before: Entry | None, code: str, person: str, sealed: Iterable[Sealed | None]) -> None:
    """Refuse to seal for somebody else than the person whom the code has always meant."""
    meant = before.person if before is not None else ""
    if not person or (meant and meant != person) or any(item is not None and item.subject != person for item in sealed):
        raise refuse("register.other_person", entry=code)
