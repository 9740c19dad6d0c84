"""Who signs: keys in a file, their addresses, and keys that were before."""

from __future__ import annotations

import json
import stat
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric.ec import SECP256R1, generate_private_key
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from hypothesis import given
from hypothesis import strategies as st
from openvc.multibase import encode_multibase

from documents.credentials import BadKeyFile, Issuer, add_key, key_of_did_key, keys_of, sign, verify
from documents.credentials.issuer import did_key, did_web
from documents.credentials.multibase import base58, from_base58, from_multikey, multikey
from tests.documents.credentials import AT, issuer, unsigned


def test_a_key_is_made_once_for_its_owner_alone(tmp_path: Path) -> None:
    path = tmp_path / "state" / "issuer.key"
    first = Issuer.load_or_make(path, name="Ucanss")
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert Issuer.load_or_make(path, name="Ucanss").public == first.public
    assert [each.name for each in path.parent.iterdir()] == ["issuer.key"]


def test_processes_that_start_at_once_share_one_key(tmp_path: Path) -> None:
    path = tmp_path / "issuer.key"
    with ThreadPoolExecutor(8) as pool:
        made = [*pool.map(lambda _: Issuer.load_or_make(path, name="Ucanss").public, range(16))]
    assert len(set(made)) == 1


def test_what_an_earlier_key_signed_is_still_verified(tmp_path: Path) -> None:
    path = tmp_path / "issuer.key"
    before = Issuer.load_or_make(path, name="Ucanss", public_url="https://certif.example.org")
    document = sign(unsigned(by=before), before, AT)
    add_key(path)
    after = Issuer.load_or_make(path, name="Ucanss", public_url="https://certif.example.org")
    assert after.method != before.method
    assert verify(document, keys_of(after.document())).good
    assert verify(sign(unsigned(by=after), after, AT), keys_of(after.document())).good
    assert stat.S_IMODE(path.stat().st_mode) == 0o600


@pytest.mark.parametrize(
    "content", [b"", b"hello", b"\xff", b"-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----\n"]
)
def test_a_file_without_a_key_is_refused_by_name(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "issuer.key"
    path.write_bytes(content)
    with pytest.raises(BadKeyFile, match=r"issuer\.key"):
        Issuer.load_or_make(path, name="Ucanss")


def test_a_key_of_another_kind_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "issuer.key"
    path.write_bytes(generate_private_key(SECP256R1()).private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()))
    with pytest.raises(BadKeyFile, match="Ed25519"):
        Issuer.load_or_make(path, name="Ucanss")


@pytest.mark.parametrize(
    ("url", "did"),
    [
        ("https://certif.example.org", "did:web:certif.example.org"),
        ("https://certif.example.org/", "did:web:certif.example.org"),
        ("http://127.0.0.1:8700", "did:web:127.0.0.1%3A8700"),
        ("https://example.org/jalon/v1", "did:web:example.org:jalon:v1"),
        ("https://éducation.example", "did:web:xn--ducation-90a.example"),
    ],
)
def test_a_served_issuer_is_known_by_its_address(url: str, did: str) -> None:
    assert did_web(url) == did


@pytest.mark.parametrize(
    "url", ["", "ftp://example.org", "https://", "https://example.org/?x", "https://me@example.org"]
)
def test_what_is_no_address_makes_no_did(url: str) -> None:
    with pytest.raises(ValueError, match="not an address"):
        did_web(url)


def test_without_an_address_an_issuer_is_its_key() -> None:
    own = issuer(public_url=None)
    assert own.id == did_key(own.public[-1])
    assert own.method == f"{own.id}#{own.id.removeprefix('did:key:')}"
    assert key_of_did_key(own.id) == own.keys()
    assert key_of_did_key("did:key:zzz") == {}


def test_the_did_document_lists_every_key_and_no_secret() -> None:
    own = issuer(1, 2)
    document = own.document()
    assert keys_of(document) == own.keys()
    assert len(document["verificationMethod"]) == len(document["assertionMethod"]) == 2
    assert [each["controller"] for each in document["verificationMethod"]] == [own.id] * 2
    assert "secret" not in json.dumps(document)
    assert repr(own) == "Issuer(did:web:certif.example.org)"


def test_only_own_keys_meant_for_assertions_count() -> None:
    document = issuer(1, 2).document()
    document["assertionMethod"].pop()
    document["verificationMethod"].append({"id": 7})
    document["verificationMethod"].append("x")
    assert [*keys_of(document).values()] == [issuer(1).public[0]]
    document["verificationMethod"][0]["controller"] = "did:web:else.example"
    assert keys_of(document) == {}


@given(st.binary(max_size=100))
def test_base58_gives_back_the_bytes(data: bytes) -> None:
    assert from_base58(base58(data)) == data


@given(st.binary(min_size=32, max_size=32))
def test_a_multikey_gives_back_the_key(public: bytes) -> None:
    assert multikey(public).startswith("z6Mk")
    assert from_multikey(multikey(public)) == public


@given(st.text(max_size=300))
def test_other_text_is_no_key(text: str) -> None:
    with pytest.raises(ValueError, match="not"):
        from_multikey(text)


@given(st.binary(min_size=64, max_size=64))
def test_another_implementation_writes_the_same_text(data: bytes) -> None:
    assert base58(data) == encode_multibase(data)
    assert multikey(data[:32]) == encode_multibase(b"\xed\x01" + data[:32])
