"""Who a notice is for: where they are written to, in which language, and whatever its template names.

Everything personal is opened through one reader, so that each sending is in the access log before it happens.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from documents.mail.templates import LANGUAGES, Telling, short
from domain.agenda import Effect
from domain.authority import SYSTEM
from domain.register import register_of
from domain.scheme import library
from domain.scheme.model import Scheme
from eventstore.access import AccessLog, Reader
from eventstore.keyring import Keyring
from eventstore.reading import Reading
from eventstore.roster import Roster, SealedText
from eventstore.rows import PathwayRow

_CODES = ("juror", "jurors", "member", "members")
"""The keys of a notice's parameters under which codes of the register stand."""
_PATHWAY = "pathway:"
_RESULT = "result"


@dataclass(frozen=True, slots=True)
class Addressee:
    """Where a notice goes (empty: nobody knows), what its template may say, and the persons whose data is in it."""

    address: str
    language: str
    telling: Telling
    persons: frozenset[str]


@dataclass(frozen=True)
class Offices:
    """Addresses of the office and its head, for a register that has none."""

    administrator: str = ""
    head: str = ""


class Addressees:
    """Finds them."""

    def __init__(self, reading: Reading, keyring: Keyring, offices: Offices) -> None:
        self._reading = reading
        self._keyring = keyring
        self._roster = Roster(reading.pool)
        self._offices = offices

    async def of(self, stream: str, effect: Effect) -> Addressee:
        """The addressee of a notice that ``stream`` owes.

        Raises:
            NotRecorded, KeyringError, StoreAway: nothing was opened, or it cannot be now.
        """
        reader = Reader(AccessLog(self._reading.pool), self._keyring, SYSTEM, f"mail {effect.template}")
        return await _Search(self._reading, self._roster, reader, self._offices, stream, effect).addressee()


@dataclass
class _Search:
    """One search."""

    reading: Reading
    roster: Roster
    reader: Reader
    offices: Offices
    stream: str
    effect: Effect
    registered: frozenset[str] = frozenset()
    """The persons behind the codes of the register whose names were opened."""

    async def addressee(self) -> Addressee:
        scheme = await self._scheme()
        register = register_of(scheme)
        rows = await self.reading.pathways_called([self.stream, *_pathways(self.effect.params), self.effect.to])
        about = rows.get(self.effect.to) or rows.get(self.stream)
        names = await self._names(register, rows)
        contact, person = await self._contact(register, about)
        office, _ = await self._office(register, "administrator")
        to = about.pathway_id if self.effect.audience == "candidate" and about else self.effect.to
        telling = Telling(
            params=self.effect.params,
            audience=self.effect.audience,
            scheme=scheme.title,
            reference=short(about.pathway_id if about else self.stream),
            name=names.get(to, ""),
            candidate=names.get(about.pathway_id, "") if about else "",
            office=office.get("email", ""),
            zone=scheme.calendar.timezone,
            titles={**{item.id: item.title for item in scheme.deadlines}, **{b.id: b.title for b in scheme.blocks}},
            persons=names,
            recommendations=await self._recommendations(about),
        )
        language = contact.get("language", "")
        persons = {row.person_id for row in rows.values()} | {person}
        return Addressee(
            address=contact.get("email", ""),
            language=language if language in LANGUAGES else LANGUAGES[0],
            telling=telling,
            persons=frozenset(persons - {""}) | self.registered,
        )

    async def _scheme(self) -> Scheme:
        kind = self.stream.partition(":")[0]
        row: Any = await {
            "pathway": self.reading.pathway,
            "session": self.reading.session,
            "sitting": self.reading.sitting,
        }[kind](self.stream)
        return library.recall(row.scheme_hash)

    async def _names(self, register: str, rows: Mapping[str, PathwayRow]) -> dict[str, str]:
        """Pathway, juror and member ids -> names, for whoever the notice is to or about."""
        codes = {code for code in _codes(self.effect.params)}
        if self.effect.audience in ("juror", "member"):
            codes.add(self.effect.to)
        behind = await self.roster.names(register, sorted(codes)) if codes else {}
        self.registered = frozenset(text.person for text in behind.values())
        told = [(row.pathway_id, row.identity, row.identity_context) for row in rows.values()]
        sealed = [(id, value, context) for id, value, context in told if value is not None and context is not None]
        sealed += [(code, text.sealed, text.context) for code, text in behind.items()]
        texts = await self.reader.open([(value, context) for _, value, context in sealed])
        found = {id: json.loads(text) for (id, _, _), text in zip(sealed, texts, strict=True) if text is not None}
        return {id: _full(identity) for id, identity in found.items()}

    async def _recommendations(self, about: PathwayRow | None) -> dict[str, str]:
        """What the jury recommends for the blocks that are not validated, where the notice tells the result."""
        if about is None or self.effect.template != _RESULT:
            return {}
        told = await self.reading.recommendations(about.pathway_id, about.person_id, self.effect.version)
        texts = await self.reader.open(list(told.values()))
        return {block: text for block, text in zip(told, texts, strict=True) if text is not None}

    async def _contact(self, register: str, about: PathwayRow | None) -> tuple[dict[str, str], str]:
        """The contact of whoever the notice is for, and the person whose it is."""
        audience, to = self.effect.audience, self.effect.to
        match audience:
            case "candidate":
                return await self._candidate(about)
            case "administrator" | "head":
                return await self._office(register, audience)
            case "employer":
                # An employer may be named by the notice, or be that of the candidate.
                named = to if not to.startswith(_PATHWAY) else ""
                return await self._registered(register, named or (about.employer or "" if about else ""))
            case _:
                return await self._registered(register, to)

    async def _candidate(self, about: PathwayRow | None) -> tuple[dict[str, str], str]:
        if about is None:
            return {}, ""
        told = [value for value in await self.reading.sealed_values(about.pathway_id) if _is_contact(value.field)]
        if not told or told[-1].sealed.ciphertext is None:
            return {}, ""
        [text] = await self.reader.open([(told[-1].sealed, told[-1].context)])
        return _contact(text), about.person_id

    async def _office(self, register: str, audience: str) -> tuple[dict[str, str], str]:
        found, person = await self._registered(register, audience)
        if found.get("email"):
            return found, person
        return {"email": self.offices.head if audience == "head" else self.offices.administrator}, ""

    async def _registered(self, register: str, who: str) -> tuple[dict[str, str], str]:
        text: SealedText | None = await self.roster.contact(register, who) if who else None
        if text is None:
            return {}, ""
        [opened] = await self.reader.open([(text.sealed, text.context)])
        return _contact(opened), text.person


def _is_contact(field: str) -> bool:
    return field.rpartition(".")[2] == "contact"


def _contact(text: str | None) -> dict[str, str]:
    """An address alone, as candidacies have it, or JSON with a language, as the registers do."""
    if not text:
        return {}
    return dict(json.loads(text)) if text.startswith("{") else {"email": text}


def _full(identity: Mapping[str, str]) -> str:
    return f"{identity.get('given_name', '')} {identity.get('usage_name') or identity.get('family_name', '')}".strip()


def _pathways(value: Any) -> Iterator[str]:
    """Every pathway that the parameters name."""
    if isinstance(value, str) and value.startswith(_PATHWAY):
        yield value
    elif isinstance(value, Mapping):
        for item in value.values():
            yield from _pathways(item)
    elif isinstance(value, (list, tuple)):
        for item in value:
            yield from _pathways(item)


def _codes(value: Any) -> Iterator[str]:
    """Every juror and member that the parameters name."""
    if isinstance(value, Mapping):
        for key, item in value.items():
            if key in _CODES:
                yield from [item] if isinstance(item, str) else item
            else:
                yield from _codes(item)
    elif isinstance(value, (list, tuple)):
        for item in value:
            yield from _codes(item)
