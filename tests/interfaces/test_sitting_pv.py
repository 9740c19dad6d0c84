"""The PV of a sitting: what it says of who decided what, made of the log, in both languages."""

from __future__ import annotations

import json
from io import BytesIO
from typing import Any

import pytest
from pypdf import PdfReader

from documents.pdf import pdf
from domain.sitting.events import MinutesSigned
from domain.sitting.minutes import document
from interfaces.pv.seal import Seal, read_seal
from interfaces.pv.sitting_contents import pv_data
from tests.domain.deliberated import T, adjourned, sitting, voted
from tests.domain.world import World

PEOPLE = {"e1": "Zoé Loisel", "e2": "Noël Ménard", "s1": "Anaïs Le Goff", "s2": "Ömer Aydın"}


def data(world: World, language: str = "fr") -> dict[str, Any]:
    state = sitting(world)
    signed = tuple(record for record in world.records(T) if isinstance(record.fact, MinutesSigned))
    digest = document(T, state.scheme_hash, state.minutes)
    seal = Seal("sitting", T, "", digest, len(signed), language)
    return pv_data(state, signed, seal, PEOPLE, {"pathway:b": "Élise Nguyen"}, {})


@pytest.mark.parametrize("language", ["fr", "en"])
def test_the_record_names_who_sat_and_says_how_each_dossier_was_decided(language: str) -> None:
    said = json.dumps(data(voted(), language), ensure_ascii=False)
    for name in PEOPLE.values():
        assert name in said
    assert "Élise Nguyen" in said
    assert "L. 311-3-1" in said
    assert {"fr": "voix est prépondérante", "en": "has the casting vote"}[language] in said
    assert {"fr": "Désaccord de Anaïs Le Goff", "en": "Dissent of Anaïs Le Goff"}[language] in said


def test_sections_follow_the_sitting() -> None:
    titles = [section["title"] for section in data(voted())["sections"]]
    assert titles[:5] == [
        "La séance",
        "Membres",
        "Quorum",
        "Membres qui n'ont pas pris part à un dossier",
        "Dossiers décidés par liste",
    ]
    assert titles[-2:] == ["Dossiers reportés ou retirés", "Signatures"]
    signatures = data(voted())["sections"][-1]["table"]["rows"]
    assert [row[2].startswith("signé") for row in signatures] == [True, False, False, False]


def test_without_a_quorum_the_record_says_that_nothing_was_decided() -> None:
    found = data(adjourned())
    assert [section["title"] for section in found["sections"]] == ["La séance", "Membres", "Quorum", "Signatures"]
    assert "séance t-2" in found["sections"][0]["paragraphs"][-1]


def test_the_file_is_tagged_and_bears_the_digest_of_what_the_log_says() -> None:
    world = voted()
    content = pdf("record", data(world), title="Procès-verbal", language="fr")
    state = sitting(world)
    seal = read_seal(content)
    assert seal == Seal("sitting", T, "", document(T, state.scheme_hash, state.minutes), 1, "fr")
    reader = PdfReader(BytesIO(content))
    marked: Any = reader.root_object["/MarkInfo"]
    assert marked["/Marked"]
    assert "Anaïs Le Goff" in "".join(page.extract_text() for page in reader.pages)
    assert content == pdf("record", data(voted()), title="Procès-verbal", language="fr")
