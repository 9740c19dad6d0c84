"""The notice of a result: what it says of the last decision, and of the ways of contesting it."""

from __future__ import annotations

import io
from dataclasses import replace
from typing import Any, Literal
from uuid import uuid4

import pytest
from pypdf import PdfReader

from documents.certificate import result_notice
from domain.aggregates import aggregate_of
from domain.authority import SYSTEM
from eventstore.rows import EventRow
from interfaces.notice import NothingDecided, notice_facts
from interfaces.streams import StreamFile
from tests.conducted import with_conduct
from tests.domain.decided import TEXT, A, T, U, admitted, before_the_sitting, decide, decided
from tests.domain.world import World

IDENTITY = {"family_name": "Loisel", "usage_name": "", "given_name": "Zoé", "birth_date": "1990-05-01"}
SAID = "Revoir le contrôle des pièces ; *#[x]*"
TEXTS = {TEXT["digest"]: SAID}


def file_of(world: World) -> StreamFile:
    aggregate = aggregate_of(A)
    events = world.logs[A]
    rows = tuple(EventRow(event, uuid4(), b"") for event in events)
    return StreamFile(A, aggregate.fold(aggregate.new(), A, events), tuple(world.records(A)), rows)


def words(file: StreamFile, language: Literal["fr", "en"] = "fr") -> str:
    content = result_notice(notice_facts(file, IDENTITY, TEXTS, language))
    return " ".join(" ".join(page.extract_text() for page in PdfReader(io.BytesIO(content)).pages).split())


def test_it_says_to_whom_what_was_decided_on_each_block_why_and_what_is_recommended() -> None:
    said = words(file_of(decided()))
    for part in (
        "Zoé Loisel",
        "1er mai 1990",
        "CQP Conseiller offres de services",
        "Jury paritaire national",
        "obtenue en partie",
        "Gestion de la relation usagers de la Sécurité sociale Validé",
        "Traitement et fiabilité des données de la Sécurité sociale Non validé",
        "Motifs",
        "Recommandations du jury",
    ):
        assert part in said, part
    assert said.count(SAID) == 2, "the reasons, and what is recommended for the block that was refused"


def test_it_says_within_which_period_of_which_notification_it_can_be_contested_and_on_what_that_rests() -> None:
    world = decided()
    facts = notice_facts(file_of(world), IDENTITY, TEXTS, "fr")
    contest, until, court = facts.recourse
    assert "dans le délai de 2 mois à compter de sa notification" in contest
    assert "sur la procédure ou au fond" in contest
    assert "(Règlement de certification)" in contest
    assert "Dernier jour" in until
    assert "tribunal compétent" in court
    assert facts.notified_on == facts.issued_on == world.today


def test_on_one_ground_only_that_one_is_named_and_without_a_contestation_only_the_court() -> None:
    terms = {"within": 1, "answer": 2, "basis": "Règlement, art. 7", "grounds": ["procedure"]}
    procedure = decided(scheme=with_conduct("cqp-cos", contestation=terms))
    assert (
        "administration, sur la procédure, dans le délai de 1 mois"
        in notice_facts(file_of(procedure), IDENTITY, TEXTS, "fr").recourse[0]
    )
    [court] = notice_facts(file_of(decided(scheme=with_conduct("cqp-cos"))), IDENTITY, TEXTS, "fr").recourse
    assert "tribunal" in court


def test_where_nothing_was_refused_there_is_nothing_to_contest() -> None:
    facts = notice_facts(file_of(decided(failed=())), IDENTITY, TEXTS, "fr")
    assert facts.result == "full"
    assert len(facts.recourse) == 1
    assert "La certification est obtenue." in words(file_of(decided(failed=())))


def test_where_no_block_is_validated_it_says_so() -> None:
    world = decided(failed=("GRU", "MDR", "POS", "TD"))
    assert "Aucun bloc n’est validé" in words(file_of(world))


def test_before_it_is_notified_it_says_no_last_day() -> None:
    world = before_the_sitting()
    said: dict[str, Any] = {"recommendations": {"TD": TEXT}, "deliberated_by": ["m1"]}
    world.give(A, "note_decision", actor=SYSTEM, sitting=T, blocks=dict(world.pathway(A).advised), **said)
    facts = notice_facts(file_of(world), IDENTITY, TEXTS, "fr")
    assert facts.notified_on is None
    assert not [sentence for sentence in facts.recourse if "Dernier jour" in sentence]


def test_a_decision_taken_anew_takes_its_place_and_only_the_court_is_left() -> None:
    world = admitted()
    world.give(A, "redeliberate", sitting=U)
    world.give(A, "note_dossier", actor=SYSTEM, sitting=U, accepted=True)
    decide(world, sitting=U, members=("m3", "m4"), TD=True)
    facts = notice_facts(file_of(world), IDENTITY, TEXTS, "fr")
    assert facts.again
    assert facts.result == "full"
    assert [(block.title, block.validated) for block in facts.blocks] == [
        ("Traitement et fiabilité des données de la Sécurité sociale", True)
    ]
    assert len(facts.recourse) == 1
    assert "Nouvelle délibération du" in words(file_of(world))


def test_what_is_told_later_does_not_change_what_was_decided() -> None:
    world = decided()
    before = notice_facts(file_of(world), IDENTITY, TEXTS, "fr")
    world.wait(days=3)
    world.give(A, "withdraw_award", block="POS", basis="Code du travail, art. D. 6412-6", reason=TEXT)
    assert notice_facts(file_of(world), IDENTITY, TEXTS, "fr") == before


def test_english_is_written_when_asked_for_and_erased_texts_are_left_out() -> None:
    file = file_of(decided())
    said = words(file, "en")
    assert "Not validated" in said
    assert "within 2 months of its notification" in said
    facts = notice_facts(file, IDENTITY, {}, "fr")
    assert facts.reasons == ""
    assert not [block for block in facts.blocks if block.recommendation]


def test_the_same_log_gives_the_same_file() -> None:
    file = file_of(decided())
    first = result_notice(notice_facts(file, IDENTITY, TEXTS, "fr"))
    assert result_notice(notice_facts(replace(file), IDENTITY, TEXTS, "fr")) == first


def test_before_a_decision_there_is_nothing_to_notify() -> None:
    with pytest.raises(NothingDecided):
        notice_facts(file_of(before_the_sitting()), IDENTITY, TEXTS, "fr")
