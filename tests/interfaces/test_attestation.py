"""The attestation of a decision born of silence: what it says, and when there is none."""

from __future__ import annotations

import io
from datetime import date
from uuid import uuid4

import pytest
from pypdf import PdfReader

from domain.aggregates import aggregate_of
from eventstore.rows import EventRow
from interfaces.attestation import NoSilence, attestation
from interfaces.streams import StreamFile
from tests.domain.decided import A, asked_for_pieces
from tests.domain.test_completeness import deciding
from tests.domain.world import World

IDENTITY = {"family_name": "Loisel", "usage_name": "", "given_name": "Zoé", "birth_date": "1990-05-01"}
TODAY = date(2027, 4, 1)


def silent(passed: str = "accept") -> World:
    world = asked_for_pieces(deciding(passed=passed))
    world.wait(days=10)
    world.give(A, "provide_pieces", pieces=["contrat de travail"])
    world.wait(days=70)
    return world


def file_of(world: World) -> StreamFile:
    aggregate = aggregate_of(A)
    events = world.logs[A]
    rows = tuple(EventRow(event, uuid4(), b"") for event in events)
    return StreamFile(A, aggregate.fold(aggregate.new(), A, events), tuple(world.records(A)), rows)


def words(content: bytes) -> str:
    return " ".join(" ".join(page.extract_text() for page in PdfReader(io.BytesIO(content)).pages).split())


@pytest.mark.parametrize(
    ("passed", "said"), [("accept", "est réputée recevable depuis le"), ("refuse", "est réputée rejetée depuis le")]
)
def test_it_says_who_what_until_when_and_what_silence_decided(passed: str, said: str) -> None:
    content = attestation(file_of(silent(passed)), IDENTITY, TODAY, "fr")
    text = words(content)
    for part in (
        "Zoé Loisel",
        "4 janvier 2027",
        "14 mars 2027",
        said,
        "art. L. 6412-2",
        "art. L. 232-3",
        "1er avril 2027",
    ):
        assert part in text, part
    assert "Suspension du lundi 4 janvier 2027" in text
    assert attestation(file_of(silent(passed)), IDENTITY, TODAY, "fr") == content


def test_english_is_written_when_asked_for() -> None:
    assert "deemed admissible since 15 March 2027" in words(attestation(file_of(silent()), IDENTITY, TODAY, "en"))


def test_where_somebody_decided_or_nobody_has_yet_there_is_nothing_to_attest() -> None:
    waiting = asked_for_pieces(deciding())
    with pytest.raises(NoSilence):
        attestation(file_of(waiting), IDENTITY, TODAY, "fr")
    waiting.give(A, "provide_pieces", pieces=["contrat de travail"])
    waiting.give(A, "decide_admissibility", admissible=True)
    with pytest.raises(NoSilence):
        attestation(file_of(waiting), IDENTITY, TODAY, "fr")
