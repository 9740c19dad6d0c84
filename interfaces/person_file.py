"""Everything that is held about a person, as data and in sentences."""

from __future__ import annotations

import json
from base64 import b64encode
from collections.abc import Iterator, Mapping
from dataclasses import asdict
from datetime import date
from typing import Any

from domain.pathway.state import Pathway
from domain.records import Recorded, sealed_fields
from eventstore.access import AccessLog, Reader
from eventstore.books import Books
from eventstore.deposits import Deposits
from eventstore.documents import Documents
from eventstore.persons import Persons
from eventstore.reading import Reading
from interfaces.days import plain_date
from interfaces.opened import open_file, report_on
from interfaces.pages import Section
from interfaces.register_reports import register_report
from interfaces.sentences import event_sentence, name_of, role_name, status_name
from interfaces.streams import StreamFile, read_stream, sealed_texts
from interfaces.words import catalogue, say

Texts = Mapping[str, str]


async def person_file(reading: Reading, reader: Reader, person: str, today: date, language: str) -> dict[str, Any]:
    """What is held about ``person``, texts unsealed; opening it is recorded first, and told with the rest.

    Raises:
        NotRecorded, WrongKey, SealBroken, StoreAway.
    """
    persons = Persons(reading.pool)
    enrolled, erasure = await persons.enrolled_at(person), await persons.erasure(person)
    found: dict[str, Any] = {
        "person": person,
        "enrolled_at": enrolled.isoformat() if enrolled else None,
        "identity": None,
        "contact": None,
        "pathways": [],
        "registers": [],
        "awards": [],
        "deposits": [],
        "jury": [],
    }
    for pathway in await persons.pathways(person):
        file = await read_stream(reading, pathway)
        opened = await open_file(reading, reader, file)
        state: Pathway = file.state
        found["identity"] = dict(opened.identity) if opened.identity is not None else found["identity"]
        found["contact"] = _contact(file, opened.texts) or found["contact"]
        found["pathways"].append(
            {
                **report_on(file, opened, today),
                "held": [block.model_dump(mode="json", exclude={"proof"}) for block in state.held.values()],
                "events": [_event(file, record, opened.texts, language) for record in file.records],
                "notices": [
                    {"at": notice.recorded_at, "to": notice.audience, "about": notice.template, "params": notice.params}
                    for notice in await reading.notices(pathway)
                ],
            }
        )
        found["jury"] += await _jury(reading, reader, file, language)
    await _entries(reading, reader, found, language)
    await _awards(reading, reader, found)
    await _deposits(reading, reader, found)
    found["accesses"] = [
        {"at": read.at, "actor": read.actor, "role": read.role, "purpose": read.purpose, "streams": read.streams}
        async for read in AccessLog(reading.pool).accesses(person=person)
    ]
    found["erasure"] = None
    if erasure is not None and erasure.certificate is not None and erasure.ended_at is not None:
        found["erasure"] = erasure.certificate | {"ended_at": erasure.ended_at.isoformat()}
    return found


def _contact(file: StreamFile, texts: Texts) -> str | None:
    """The last contact that was told."""
    told = [sealed for record in file.records if (sealed := getattr(record.fact, "contact", None)) is not None]
    return next((texts[sealed.digest] for sealed in reversed(told) if sealed.digest in texts), None)


def _event(file: StreamFile, record: Recorded, texts: Texts, language: str) -> dict[str, Any]:
    sealed = [] if record.version in file.secret else sealed_fields(record.fact)
    return {
        "stream": record.stream,
        "version": record.version,
        "event_id": str(record.event_id),
        "type": record.fact.kind,
        "on": record.fact.on,
        "recorded_at": record.recorded_at,
        "by": record.actor.model_dump(mode="json"),
        "sentence": event_sentence(record, file.scheme, language),
        "fact": file.shown(record),
        "texts": {path: texts[value.digest] for path, value in sealed if value.digest in texts},
    }


async def _jury(reading: Reading, reader: Reader, file: StreamFile, language: str) -> list[dict[str, Any]]:
    """What sessions and sittings say of this pathway. Where others are in the same fact, only its sentence."""
    about: list[dict[str, Any]] = []
    state: Pathway = file.state
    for stream in dict.fromkeys(_meetings(file)):
        meeting = await read_stream(reading, stream)
        texts = await sealed_texts(reading, reader, [stream], {state.person})
        for record in meeting.records:
            if file.stream not in record.fact.model_dump_json():
                continue
            event = _event(meeting, record, texts, language)
            about.append(event if getattr(record.fact, "pathway", "") == file.stream else {**event, "fact": None})
    return about


def _meetings(file: StreamFile) -> Iterator[str]:
    for record in file.records:
        for name in ("session", "sitting"):
            if stream := getattr(record.fact, name, ""):
                yield stream


async def _awards(reading: Reading, reader: Reader, found: dict[str, Any]) -> None:
    """The numbers of the person's awards, and what was issued to them: credentials as they are, PDF files in base64."""
    person = found["person"]
    rows = await Books(reading.pool).numbers(persons=[person])
    await reader.enter((person, row.stream_id) for row in rows)
    kept = [] if not rows or found["enrolled_at"] is None else await Documents(reader.keys).of_person(person)
    for row in rows:
        documents = []
        for one in kept:
            if one.number == row.number and (opened := await Documents(reader.keys).read(one.number, one.edition)):
                credential = json.loads(opened.credential)
                pdf = {"pdf_sha256": opened.digest, "pdf": b64encode(opened.document).decode("ascii")}
                documents.append({"edition": one.edition, **pdf, "credential": credential})
        told = asdict(row)
        found["awards"].append({**{name: told[name] for name in _TOLD}, "documents": documents})


async def _deposits(reading: Reading, reader: Reader, found: dict[str, Any]) -> None:
    """Where the person's awards stand with the Caisse des Dépôts, and the words in which one was rejected last."""
    deposits, person = Deposits(reading.pool), found["person"]
    rows = await deposits.of_person(person)
    await reader.enter((person, row.stream_id) for row in rows)
    for row in rows:
        message = None
        if row.told_in is not None:
            told = await deposits.messages(row.stream_id, [row.told_in])
            [message] = await reader.open([told[row.number]]) if row.number in told else [None]
        said = {name: getattr(row, name) for name in ("number", "status", "flux", "tries", "fault")}
        found["deposits"].append({**said, "message": message})


_TOLD = (
    *("number", "award_id", "pathway_id", "scheme_id", "kind", "block", "title", "route", "awarded_on"),
    *("valid_until", "withdrawn_on", "edition", "issued"),
)


async def _entries(reading: Reading, reader: Reader, found: dict[str, Any], language: str) -> None:
    """What registers hold about the person: entries that are theirs, and ties of others with them."""
    person = found["person"]
    for register in await Persons(reading.pool).registers(person):
        file = await read_stream(reading, register)
        await reader.enter([(person, register)])
        texts = await sealed_texts(reading, reader, [register], {person})
        entries = [entry for entry in register_report(file, texts)["entries"] if entry["person"] == person]
        codes = {entry["code"] for entry in entries}
        events = []
        for record in file.records:
            if _is_about(record, person, codes):
                event = _event(file, record, texts, language)
                # A tie names a candidate, too: of that only the sentence is theirs.
                theirs = getattr(record.fact, "person", person) == person
                events.append(event if theirs else {**event, "fact": None})
        found["registers"].append({"register": register, "entries": entries, "events": events})


def _is_about(record: Recorded, person: str, codes: set[str]) -> bool:
    """Whether a fact of a register is about the person, or about an entry that is theirs."""
    fact: Any = record.fact
    return getattr(fact, "person", "") == person or not codes.isdisjoint(
        getattr(fact, name, None) for name in ("code", "juror", "who")
    )


# --- in sentences ---------------------------------------------------------------------------------------------------


def file_title(file: Mapping[str, Any], language: str) -> str:
    """The title of a person's file."""
    return say("person.file.title", language, person=file["person"])


def file_sections(file: Mapping[str, Any], language: str) -> list[Section]:
    """A person's file, to be read."""
    sections = [Section(say("person.file.identity", language), list(_identity(file, language)))]
    for pathway in file["pathways"]:
        sections.append(Section(_pathway_title(pathway, language), list(_events(pathway["events"], language))))
    for register in file["registers"]:
        title = say("person.file.register", language, register=register["register"])
        sections.append(Section(title, [*_entered(register, language), *_events(register["events"], language)]))
    awards = [award for pathway in file["pathways"] for award in pathway["awards"]]
    parts = {
        "awards": [_award(award, language) for award in awards],
        "certificates": [_certificate(award, language) for award in file["awards"]],
        "deadlines": [_deadline(due, language) for pathway in file["pathways"] for due in pathway["deadlines"]],
        "notices": [_notice(notice, language) for pathway in file["pathways"] for notice in pathway["notices"]],
        "jury": list(_events(file["jury"], language)),
        "accesses": [_access(access, language) for access in file["accesses"]],
    }
    none = [say("person.file.none", language)]
    return sections + [Section(say(f"person.file.{name}", language), lines or none) for name, lines in parts.items()]


def _certificate(award: Mapping[str, Any], language: str) -> str:
    status = "withdrawn" if award["withdrawn_on"] else "issued" if award["issued"] else "waiting"
    words = {"number": award["number"], "title": award["title"], "block": award["block"] or "-"}
    days = {"on": plain_date(award["awarded_on"], language), "edition": award["edition"]}
    if award["withdrawn_on"]:
        days["until"] = plain_date(award["withdrawn_on"], language)
    return say(f"person.file.certificate_{status}", language, **words, **days)


def _identity(file: Mapping[str, Any], language: str) -> Iterator[str]:
    identity = file["identity"]
    yield say("person.file.id", language, person=file["person"])
    if identity is None:
        if not any(entry["name"] for register in file["registers"] for entry in register["entries"]):
            yield say("person.file.erased", language)
        return
    for name in ("family_name", "usage_name", "given_name"):
        if identity.get(name):
            yield say(f"person.file.{name}", language, value=identity[name])
    yield say("person.file.birth_date", language, value=plain_date(identity["birth_date"], language))
    if file["contact"]:
        yield say("person.file.contact", language, value=file["contact"])


def _entered(register: Mapping[str, Any], language: str) -> Iterator[str]:
    for entry in register["entries"]:
        if entry["entity"] == "tie":
            continue
        kind = name_of("entity", entry["entity"], language)
        told = ", ".join(filter(None, (entry["name"], entry["email"], entry["language"])))
        yield say("person.file.entry", language, entity=kind, code=entry["code"], told=told)


def _pathway_title(pathway: Mapping[str, Any], language: str) -> str:
    status = status_name("pathway", pathway["status"], language)
    return say("person.file.pathway", language, title=pathway["scheme"]["title"], pathway=pathway["id"], status=status)


def _events(events: list[dict[str, Any]], language: str) -> Iterator[str]:
    for event in events:
        yield say("person.file.event", language, version=event["version"], sentence=event["sentence"])
        for field, text in event["texts"].items():
            yield say("person.file.text", language, field=_field(field, language), text=_shown(text))


def _field(path: str, language: str) -> str:
    known = catalogue(language)
    return next((known[name] for part in path.split(".") if (name := f"person.field.{part}") in known), path)


def _shown(text: str) -> str:
    try:
        value = json.loads(text)
    except ValueError:
        return text
    return ", ".join(str(item) for item in value.values() if item) if isinstance(value, dict) else text


def _award(award: Mapping[str, Any], language: str) -> str:
    words = {"title": award["title"], "on": plain_date(award["awarded_on"], language)}
    if award["withdrawn_on"] is not None:
        return say("person.file.award_withdrawn", language, **words, until=plain_date(award["withdrawn_on"], language))
    return say("person.file.award", language, **words)


def _deadline(due: Mapping[str, Any], language: str) -> str:
    by = plain_date(due["due_on"], language) if due["due_on"] else status_name("deadline", "paused", language)
    return say("person.file.deadline", language, title=due["title"], by=by)


def _notice(notice: Mapping[str, Any], language: str) -> str:
    about = catalogue(language).get(f"events.effect.{notice['about']}", notice["about"])
    day = plain_date(notice["at"].date(), language)
    return say("person.file.notice", language, about=about, to=role_name(notice["to"], language), on=day)


def _access(access: Mapping[str, Any], language: str) -> str:
    return say(
        "person.file.access",
        language,
        at=f"{access['at']:%Y-%m-%d %H:%M} UTC",
        actor=access["actor"],
        purpose=access["purpose"],
    )


def certificate_title(certificate: Mapping[str, Any], language: str) -> str:
    """The title of a certificate of erasure."""
    return say("person.certificate.title", language, person=certificate["person"])


def certificate_sections(certificate: Mapping[str, Any], language: str) -> list[Section]:
    """A certificate of erasure, to be read."""
    asked = {"by": certificate["asked_by"], "begun": certificate["begun_at"], "ended": certificate["ended_at"]}
    lines = [say("person.certificate.when", language, **asked)]
    if certificate.get("reason"):
        lines.append(say("person.certificate.reason", language, reason=certificate["reason"]))
    destroyed = certificate["destroyed"]
    gone = [say(f"person.certificate.{name}", language, count=count) for name, count in destroyed.items() if count]
    noted = [say("person.certificate.noted", language, **_plain(item)) for item in certificate["pathways"]]
    # Certificates of before registers were do not tell of any.
    noted += [
        say("person.certificate.noted_register", language, **{**item, "codes": ", ".join(item["codes"])})
        for item in certificate.get("registers", [])
    ]
    noted += [
        say("person.certificate.noted_book", language, **{**item, "numbers": ", ".join(item["numbers"])})
        for item in certificate.get("books", [])
    ]
    noted += [
        say("person.certificate.noted_deposit", language, **{**item, "numbers": ", ".join(item["numbers"])})
        for item in certificate.get("deposits", [])
    ]
    reasons = {
        (kept["keep"], kept["why"], kept["basis"]): None for item in certificate["pathways"] for kept in item["kept"]
    }
    kept = [say(f"person.certificate.keep_{keep}", language, why=why, basis=basis) for keep, why, basis in reasons]
    beyond = [say(f"person.certificate.beyond_{name}", language) for name in certificate["beyond"]]
    parts = {"asked": lines, "gone": gone, "events": noted, "kept": kept, "remains": beyond}
    return [Section(say(f"person.certificate.{name}", language), lines) for name, lines in parts.items() if lines]


def _plain(item: Mapping[str, Any]) -> dict[str, Any]:
    return {name: item[name] for name in ("pathway", "event_id", "version", "on")}
