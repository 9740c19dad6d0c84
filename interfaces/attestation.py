"""The attestation of a decision born of silence (CRPA, art. L. 232-3): what was asked, until when, and what follows."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from pathlib import Path
from typing import Any

from documents.certificate import attestation as printed
from domain.pathway.events import AdmissibilityDecided
from domain.pathway.state import Pathway
from interfaces.days import explained, plain_date
from interfaces.deadline_reports import deadline_book
from interfaces.streams import StreamFile, full_name
from interfaces.telling import bare
from interfaces.words import say


class NoSilence(LookupError):
    """No decision on this pathway was born of silence."""


def attestation(
    file: StreamFile, identity: Mapping[str, str], issued_on: date, language: str, templates: Path | None = None
) -> bytes:
    """The attestation as a PDF: the same bytes for the same day, person and log.

    Raises:
        NoSilence: somebody decided, or nothing is decided yet.
        TemplateFault: an administrator's template cannot print it.
    """
    record = next((item for item in file.records if _silent(item.fact)), None)
    if record is None:
        raise NoSilence(file.stream)
    fact = record.fact
    assert isinstance(fact, AdmissibilityDecided)
    data = _data(file, fact, identity, issued_on, language)
    data["reference"] = [
        say("attestation.reference", language, pathway=bare(file.stream), version=record.version),
        str(record.event_id),
    ]
    return printed(data, title=say("attestation.title", language), language=language, templates=templates)


def _silent(fact: Any) -> bool:
    return isinstance(fact, AdmissibilityDecided) and fact.silence


def _data(
    file: StreamFile, fact: AdmissibilityDecided, identity: Mapping[str, str], issued_on: date, language: str
) -> dict[str, Any]:
    def told(name: str, **words: str) -> str:
        return say(f"attestation.{name}", language, **words)

    def day(value: date | str) -> str:
        return plain_date(value, language)

    state: Pathway = file.state
    scheme = state.scheme
    [clock] = [item for item in deadline_book(file, issued_on, language) if item["id"].endswith(f"/{fact.due}")]
    answer = "admissible" if fact.admissible else "refused"
    about = [
        [told("candidate"), full_name(identity)],
        [told("born"), day(identity["birth_date"])],
        [told("certification"), scheme.title],
        [told("route"), state.route.title],
        [told("filed"), day(state.milestones["file_submitted"].on)],
        [told("complete"), day(clock["starts_on"])],
        [told("last_day"), day(clock["due_on"])],
    ]
    decision = [
        told(f"decision_{answer}", certification=scheme.title, due=day(clock["due_on"]), on=day(fact.on)),
        told("basis", basis=fact.basis),
    ]
    return {
        "issued_on": issued_on.isoformat(),
        "certifier": scheme.certifier,
        "subtitle": scheme.title,
        "sections": [
            {"title": told("about"), "facts": about},
            {"title": told("decision"), "paragraphs": decision},
            {"title": told("computation"), "paragraphs": explained(clock["derivation"], language)},
            {"title": told("delivered"), "paragraphs": [told("delivered_on", on=day(issued_on)), told("article")]},
        ],
    }
