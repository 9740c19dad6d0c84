"""The short way to the canonical form ends in the same bytes as the long one."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from documents.credentials import Unacceptable
from documents.credentials import shapes as short
from documents.credentials.jsonld import canonical
from documents.credentials.shapes import canonical_form
from documents.credentials.vocabulary import CREDENTIAL, KNOWN, text
from domain.certificate import CertifiedBlock, Holder
from domain.scheme.certificates import Alignment
from tests.documents.credentials import signed, unsigned

TEXT = st.text(st.characters(exclude_categories=("Cs", "Cc"), include_characters="\n\t"), max_size=20)
MARKUP = st.sampled_from(
    [
        '"',
        "\\",
        "%s",
        "%",
        "%%d",
        "urn:jalon:mark:0:",
        '"urn:jalon:mark:1:"',
        "<urn:jalon:mark:2:>",
        "_:b0",
        "a\nb",
        "é",
        "𐍈",
        "\u2028",
    ]
)
WORDS = TEXT | MARKUP
NAMES = WORDS.filter(lambda name: bool(name.strip()))
ADDRESSES = st.sampled_from(
    [
        "https://a.example/x",
        "https://a.example:8443/x?y=1#z",
        "http://127.0.0.1:8000/v/1",
        "urn:uuid:1",
        "did:web:a.example%3A8443",
        "https://[::1]/x",
        "https://a.example/é",
        "https://a.example/a b",
        "https://a.example/../x",
        "mailto:a@b.example",
        "name:x",
        "type",
        "x",
        "",
    ]
)


def outcome(way: Any, document: dict[str, Any]) -> str:
    try:
        return str(way(document))
    except Unacceptable as error:
        return f"refused: {error.code}"


@given(
    st.lists(st.tuples(WORDS, NAMES, st.lists(WORDS, max_size=2)), min_size=1, max_size=4),
    st.lists(st.tuples(NAMES, NAMES), max_size=3),
    WORDS,
    WORDS,
)
@settings(max_examples=40)
def test_for_every_award(
    blocks: list[tuple[str, str, list[str]]], alignments: list[tuple[str, str]], certifier: str, family: str
) -> None:
    document = unsigned(
        blocks=tuple(CertifiedBlock(id=i, title=t, competences=tuple(c)) for i, t, c in blocks),
        alignments=tuple(Alignment(framework="ROME", code=code, title=title) for code, title in alignments),
        certifier=certifier,
        holder=Holder(family_name=family, given_name="Zoé"),
    )
    assert outcome(canonical_form, document) == outcome(canonical, document)


NODES = st.fixed_dictionaries(
    {},
    optional={
        "id": ADDRESSES,
        "type": st.sampled_from(["Alignment", "Achievement", ["Achievement", "Profile"], "Result"]),
        "name": WORDS | st.lists(WORDS, max_size=3) | st.booleans() | st.integers(-9, 9),
        "targetName": WORDS,
        "targetUrl": ADDRESSES,
        "description": st.fixed_dictionaries({"@value": WORDS, "@language": st.sampled_from(["fr", "en"])}),
    },
)
TREES = st.recursive(
    NODES,
    lambda inner: st.builds(
        lambda node, items: {**node, "type": "Achievement", "alignment": items}, NODES, st.lists(inner, max_size=3)
    ),
    max_leaves=6,
)


@given(ADDRESSES, TREES, WORDS)
@settings(max_examples=150)
@example("urn:uuid:1", {"id": "urn:uuid:1", "name": ["a", "a"]}, "x")
@example("urn:uuid:1", {"alignment": [{"name": "a"}, {"name": "a"}], "type": "Achievement"}, "x")
def test_for_every_document(own: str, subject: dict[str, Any], name: str) -> None:
    document = {
        "@context": [*CREDENTIAL],
        "id": own,
        "type": ["VerifiableCredential"],
        "name": name,
        "credentialSubject": subject,
    }
    # Twice: the shape may be known or not.
    assert outcome(canonical_form, document) == outcome(canonical, document)
    assert outcome(canonical_form, document) == outcome(canonical, document)


def test_awards_of_one_kind_take_the_short_way(monkeypatch: pytest.MonkeyPatch) -> None:
    expected = canonical(unsigned(3, number="COS-2027-000004"))
    canonical_form(unsigned())
    monkeypatch.setattr(short, "canonical", lambda document: pytest.fail("the long way was taken"))
    assert canonical_form(unsigned(3, number="COS-2027-000004")) == expected


def test_threads_that_sign_at_once_sign_the_same() -> None:
    numbers = [f"COS-2031-{number:06}" for number in range(1, 41)]
    expected = [signed(number=number, level=7) for number in numbers]
    short._shapes.clear()
    with ThreadPoolExecutor(8) as pool:
        assert [*pool.map(lambda number: signed(number=number, level=7), numbers)] == expected


@pytest.mark.parametrize("context", sorted(KNOWN))
def test_no_context_defines_a_scheme_of_addresses_as_a_term(context: str) -> None:
    defined = text(context)["@context"]
    assert not {"http", "https", "urn", "did"} & set(defined)
