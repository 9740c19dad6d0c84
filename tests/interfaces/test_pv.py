"""The PV of the professional jury: what it says, what its digest covers, and what holds a file against the log."""

from __future__ import annotations

from dataclasses import replace
from functools import cache
from io import BytesIO
from typing import Any

import pypdf
import pytest

from documents.pdf import pdf
from interfaces.pv.contents import pv_data
from interfaces.pv.dossier import Dossier, dossier_of, whole
from interfaces.pv.seal import Seal, read_seal
from tests.domain.world import World
from tests.interfaces.minuted import J1, J2, A, S, assessed, file

NAMES = {"j1": "Anne-Sophie Lefèvre", "j2": "Jean-Baptiste N’Guyen-Delacroix"}
CANDIDATE = "Marie-Éléonore d'Aubigné-Œuvré de la Rochefoucauld-Montmorency"
TEXT = "Reformule la demande ; le ton reste distant !"


@cache
def world() -> World:
    return assessed()


def dossier(world: World, stream: str = A, **names: Any) -> Dossier:
    found = dossier_of(file(world, stream), file(world, S))
    assert found is not None
    return replace(found, **{"name": CANDIDATE, "names": NAMES, "texts": {"d" * 64: TEXT}, **names})


def printed(world: World, *dossiers: Dossier, about: str = A, language: str = "fr") -> bytes:
    session: Any = world.states[S]
    return pdf("record", pv_data(session, dossiers, about, language), title="Procès-verbal", language=language)


def text(content: bytes) -> str:
    pages = pypdf.PdfReader(BytesIO(content)).pages
    return " ".join(" ".join(page.extract_text().split()) for page in pages)


def sign(world: World, juror: str) -> None:
    found = dossier(world)
    actor = {"j1": J1, "j2": J2}[juror]
    fields = {"document": found.document, "composition": found.composition.document}
    world.give(A, "sign_pv", actor=actor, signatory=juror, **fields)  # type: ignore[arg-type]


def test_it_tells_members_check_marks_joint_marks_proposal_opinion_and_reasons() -> None:
    said = text(printed(world(), dossier(world())))
    for told in (
        CANDIDATE,
        "Anne-Sophie Lefèvre",
        "Composition contrôlée à l'ouverture de la session, le 8 juin 2027",
        "Peut présider le 8 juin 2027",
        "Code du travail, art. D. 6412-6",
        "non observé",
        "divergence",
        "décidé non atteint",
        "4 sur 5 (80 %)",
        "Motif de l'écart",
        "Préconisation, TD",
        "calculée par un algorithme",
        "Anne-Sophie Lefèvre à signer",
    ):
        assert told in said.replace("\N{NO-BREAK SPACE}", " ").replace("\N{NARROW NO-BREAK SPACE}", " "), told


def test_the_same_log_gives_the_same_file_in_each_language() -> None:
    for language in ("fr", "en"):
        first = printed(world(), dossier(world()), language=language)
        assert printed(world(), dossier(world()), language=language) == first


def test_a_signature_is_shown_and_leaves_the_document_what_it_is() -> None:
    own = assessed()
    before = dossier(own)
    sign(own, "j1")
    after = dossier(own)
    assert after.document == before.document
    said = text(printed(own, after))
    assert "signé le 8 juin 2027" in said
    assert "Jean-Baptiste N’Guyen-Delacroix à signer" in said
    seal = read_seal(printed(own, after))
    assert seal == Seal("session", S, A, before.document, 1, "fr")


def test_what_the_session_recorded_of_the_jury_is_part_of_the_document() -> None:
    session, own = file(world(), S), dossier(world())
    checked = next(i for i, record in enumerate(session.records) if record.fact.kind == "jury_checked")
    fewer = replace(session, records=session.records[:checked], rows=session.rows[:checked])
    other = dossier_of(file(world(), A), fewer)
    assert other is not None
    assert other.composition.at is None
    assert other.document != own.document


def test_what_happens_in_the_session_afterwards_changes_nothing() -> None:
    own = assessed()
    before = dossier(own)
    own.wait(days=1)
    own.give(S, "hold")
    assert dossier(own) == before


def test_what_was_erased_leaves_the_document_and_its_digest_standing() -> None:
    left = dossier(world(), name=None, names={}, texts={})
    assert left.document == dossier(world()).document
    assert "(effacé)" in text(printed(world(), left))


def test_the_pv_of_a_session_holds_every_candidate_each_on_pages_of_their_own() -> None:
    streams = ("pathway:a", "pathway:b")
    own = assessed("cqp-cos", *streams)
    both = [dossier(own, stream, name=f"Candidat {stream[-1]}") for stream in streams]
    content = printed(own, *both, about="")
    pages = [page.extract_text() for page in pypdf.PdfReader(BytesIO(content)).pages]
    assert [number for number, page in enumerate(pages) if "Candidat a" in page] == [0]
    [second] = [number for number, page in enumerate(pages) if "Candidat b" in page]
    assert "Signatures" in pages[second - 1]
    seal = read_seal(content)
    assert seal is not None
    assert (seal.about, seal.document) == ("", whole(both))


def test_nobody_s_opinion_no_pv() -> None:
    own = assessed()
    session = file(own, S)
    opinion = next(i for i, record in enumerate(file(own, A).records) if record.fact.kind == "opinion_given")
    early = replace(file(own, A), records=file(own, A).records[:opinion], rows=file(own, A).rows[:opinion])
    assert dossier_of(early, session) is None


@pytest.mark.parametrize("content", [b"", b"%PDF-1.7", b"jalon-pv/session/session:s//" + b"g" * 64 + b"/0/fr"])
def test_a_file_that_bears_no_seal_is_none_of_ours(content: bytes) -> None:
    assert read_seal(content) is None
