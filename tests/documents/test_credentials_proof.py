"""What is signed is what is verified: whole, within bounds, and with nothing dropped in silence."""

from __future__ import annotations

import copy
import time
from collections.abc import Iterator
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pyld import jsonld as reference

from documents.credentials import Unacceptable, parsed, sign, verify, written
from documents.credentials.jsonld import DEEPEST, MOST_TEXT, MOST_VALUES, canonical
from documents.credentials.vocabulary import CREDENTIAL, UnknownContext, loader
from tests.documents.credentials import AT, issuer, signed, unsigned

KEYS = issuer().keys()


def places(value: Any, path: tuple[Any, ...] = ()) -> Iterator[tuple[tuple[Any, ...], Any]]:
    """Every text, number and truth of a document, with the way to it."""
    if isinstance(value, dict):
        for key, item in value.items():
            yield from places(item, (*path, key))
    elif isinstance(value, list):
        for number, item in enumerate(value):
            yield from places(item, (*path, number))
    else:
        yield path, value


def with_change(document: dict[str, Any], path: tuple[Any, ...], value: Any) -> dict[str, Any]:
    changed = copy.deepcopy(document)
    node: Any = changed
    for step in path[:-1]:
        node = node[step]
    node[path[-1]] = value
    return changed


def with_member(document: dict[str, Any], path: tuple[str, ...], key: str, value: Any) -> dict[str, Any]:
    changed = copy.deepcopy(document)
    node: Any = changed
    for step in path:
        node = node[step]
    node[key] = value
    return changed


def minimal(**members: Any) -> dict[str, Any]:
    return {"@context": [*CREDENTIAL], "id": "urn:uuid:1", "type": ["VerifiableCredential"], **members}


def code_of(document: dict[str, Any]) -> str:
    with pytest.raises(Unacceptable) as refusal:
        sign(document, issuer(), AT)
    return refusal.value.code


def test_a_signed_credential_is_verified() -> None:
    assert verify(signed(), KEYS).good


def test_the_same_document_key_and_instant_give_the_same_bytes() -> None:
    assert written(signed()) == written(signed())


def test_the_canonical_form_is_that_of_another_implementation() -> None:
    options = {"algorithm": "URDNA2015", "format": "application/n-quads", "documentLoader": loader}
    assert canonical(unsigned()) == reference.normalize(unsigned(), options)


@pytest.mark.parametrize("path", [path for path, _ in places(signed())], ids=lambda path: ".".join(map(str, path)))
def test_whatever_is_changed_the_proof_no_longer_holds(path: tuple[Any, ...]) -> None:
    document = signed()
    value = dict(places(document))[path]
    other = (not value) if isinstance(value, bool) else f"{value}x"
    assert not verify(with_change(document, path, other), KEYS).good


@pytest.mark.parametrize("part", [("credentialSubject",), ("credentialSubject", "achievement"), ("issuer",), ()])
def test_a_term_that_no_context_defines_is_refused_by_signer_and_verifier(part: tuple[str, ...]) -> None:
    assert code_of(with_member(unsigned(), part, "mention", "très bien")) == "unknown_term"
    verdict = verify(with_member(signed(), part, "mention", "très bien"), KEYS)
    assert (verdict.good, verdict.code) == (False, "unknown_term")
    assert "mention" in verdict.why


@pytest.mark.parametrize(
    ("key", "value"),
    [
        ("type", ["VerifiableCredential", "Diploma"]),
        ("id", "relative/address"),
        ("https://example.org/grade", "A"),
        ("schema:grade", "A"),
        ("@type", "https://example.org/T"),
        ("@id", "urn:uuid:2"),
        ("@graph", []),
        ("@included", []),
        ("@reverse", {}),
        ("@foo", "x"),
    ],
)
def test_what_json_ld_would_drop_or_read_around_the_terms_is_refused(key: str, value: Any) -> None:
    assert code_of({**minimal(), key: value}) == "unknown_term"


@pytest.mark.parametrize(
    "contexts",
    [
        None,
        [],
        "https://example.org/context",
        [CREDENTIAL[1], CREDENTIAL[0]],
        [CREDENTIAL[0], "https://example.org/context"],
        [CREDENTIAL[0], {"mention": "https://example.org/mention"}],
        [CREDENTIAL[0], ["nested"]],
        [*CREDENTIAL] * 1000,
    ],
)
def test_a_context_that_is_not_bundled_is_refused_and_never_fetched(contexts: Any) -> None:
    assert code_of({**minimal(), "@context": contexts}) == "contexts"


def test_a_context_of_its_own_further_down_is_refused() -> None:
    document = minimal(credentialSubject={"@context": {"x": "https://example.org/x"}, "x": "y"})
    assert code_of(document) == "unknown_term"


def test_the_loader_knows_the_bundled_contexts_alone() -> None:
    with pytest.raises(UnknownContext):
        loader("https://www.w3.org/2018/credentials/v1")


@pytest.mark.parametrize("value", [None, 1.5, float("nan"), 2**60, "a\x00b", "a\x7fb", "\ud800", "_:b0"])
def test_values_that_implementations_write_differently_are_refused(value: Any) -> None:
    assert code_of(minimal(name=value)) == "malformed"


def test_what_is_said_of_something_stands_in_one_place() -> None:
    """The graph is the same wherever it stands, but whoever reads the JSON would look in one place only."""
    expiring = {"id": "urn:uuid:1", "type": "VerifiableCredential", "validUntil": "2028-01-01T00:00:00Z"}
    assert code_of(minimal(credentialSubject=expiring)) == "malformed"


def test_a_document_that_is_signed_is_not_signed_again() -> None:
    assert code_of(signed()) == "malformed"


def nested(depth: int) -> Any:
    value: Any = {"id": "urn:uuid:9"}
    for _ in range(depth):
        value = {"credentialSubject": value}
    return value


@pytest.mark.parametrize(
    ("document", "code"),
    [
        (minimal(credentialSubject=nested(DEEPEST + 1)), "too_deep"),
        (minimal(name=["x"] * (MOST_VALUES + 1)), "too_large"),
        (minimal(name="x" * (MOST_TEXT + 1)), "too_large"),
    ],
)
def test_documents_beyond_a_bound_are_refused(document: dict[str, Any], code: str) -> None:
    assert code_of(document) == code
    bad = {**document, "proof": signed()["proof"]}
    assert verify(bad, KEYS).code == code


def test_a_graph_that_would_take_for_ever_to_put_in_order_is_refused_at_once() -> None:
    # Two alike parents with twelve alike children each: 12! ways to order them.
    children = [{"type": "Alignment", "targetName": "x"} for _ in range(12)]
    twin = {"type": "Achievement", "alignment": children}
    document = minimal(credentialSubject={"type": "AchievementSubject", "achievement": [twin, copy.deepcopy(twin)]})
    start = time.process_time()
    assert code_of(document) == "too_large"
    assert verify({**document, "proof": signed()["proof"]}, KEYS).code == "too_large"
    assert time.process_time() - start < 5


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"type": "Ed25519Signature2020"}, "unsupported"),
        ({"cryptosuite": "eddsa-jcs-2022"}, "unsupported"),
        ({"proofPurpose": "authentication"}, "unsupported"),
        ({"expires": "2020-01-01T00:00:00Z"}, "unsupported"),
        ({"verificationMethod": "did:web:else.example#key-1"}, "unknown_key"),
        ({"verificationMethod": 7}, "malformed"),
        ({"proofValue": ["z"]}, "malformed"),
        ({"proofValue": "z" + "1" * 10_000}, "bad_signature"),
        ({"proofValue": "z0OIl"}, "bad_signature"),
        ({"proofValue": ""}, "bad_signature"),
        ({"created": "2027-06-08T10:30:01Z"}, "bad_signature"),
        ({"created": 7}, "bad_signature"),
    ],
)
def test_another_proof_than_ours_is_refused(change: dict[str, Any], code: str) -> None:
    document = signed()
    document["proof"] = {**document["proof"], **change}
    assert verify(document, KEYS)[:2] == (False, code)


@pytest.mark.parametrize(("proof", "code"), [(None, "no_proof"), ([], "unsupported"), ("x", "unsupported")])
def test_a_document_without_one_proof_is_refused(proof: Any, code: str) -> None:
    assert verify({**unsigned(), "proof": proof}, KEYS).code == code


def test_a_key_of_another_issuer_does_not_verify() -> None:
    stranger = issuer(2)
    document = signed()
    keys = {document["proof"]["verificationMethod"]: stranger.public[0]}
    assert verify(document, keys).code == "bad_signature"


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text() | st.sampled_from(["urn:x:y", "_:b", "@id"]),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(
                [
                    "id",
                    "type",
                    "name",
                    "issuer",
                    "proof",
                    "credentialSubject",
                    "@value",
                    "@language",
                    "@list",
                    "achievement",
                ]
            )
            | st.text(max_size=4),
            inner,
            max_size=4,
        )
    ),
    max_leaves=12,
)


@given(st.dictionaries(st.sampled_from(["id", "type", "issuer", "credentialSubject", "name", "validFrom"]), JSON))
def test_verifying_never_raises(members: dict[str, Any]) -> None:
    document = {"@context": [*CREDENTIAL], **members, "proof": signed()["proof"]}
    assert not verify(document, KEYS).good


def test_a_file_gives_back_what_was_written() -> None:
    assert parsed(written(signed())) == signed()


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"[]",
        b"{",
        b"\xff{}",
        b'{"a": 1, "a": 2}',
        b'{"a": {"b": 1, "b": 1}}',
        b'{"a": NaN}',
        b"[" * 100_000,
        b'{"a":' * 100_000,
        b" " * (MOST_TEXT + 1),
        b'{"a": "\\ud800"}',
    ],
    ids=range(11),
)
def test_a_file_that_is_no_document_is_refused_with_a_sentence(data: bytes) -> None:
    with pytest.raises(Unacceptable, match=r"The document|not a number"):
        parsed(data)
