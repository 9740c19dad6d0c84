"""What verify.py computes for itself, against the standards' own vectors and against what Jalon computes."""

from __future__ import annotations

from hashlib import sha256

import pytest
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from hypothesis import given, settings
from hypothesis import strategies as st

from domain import merkle
from domain.merkle import Node
from interfaces.bundle import sample, verify

# RFC 8032, section 7.1: public key, message, signature.
VECTORS = [
    (
        "d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a",
        "",
        "e5564300c360ac729086e2cc806e828a84877f1eb8e5d974d873e065224901555fb8821590a33bacc61e39701cf9b46bd25bf5f0595bbe"
        "24655141438e7a100b",
    ),
    (
        "3d4017c3e843895a92b70aa74d1b7ebc9c982ccf2ec4968cc0cd55f12af4660c",
        "72",
        "92a009a9f0d4cab8720e820b5f642540a2b27b5416503f8fb3762223ebdb69da085ac1e43e15996e458f3613d0f11d8c387b2eaeb4302a"
        "eeb00d291612bb0c00",
    ),
    (
        "fc51cd8e6218a1a38da47ed00230f0580816ed13ba3303ac5deb911548908025",
        "af82",
        "6291d657deec24024827e69c3abe01a30ce548a284743a445e3680d7db5ac3ac18ff9b538d16f290ae67f760984dc6594a7c15e9716ed2"
        "8dc027beceea1ec40a",
    ),
    (
        "ec172b93ad5e563bf4932c70e1245034c35467ef2efd4d64ebf819683467e2bf",
        "ddaf35a193617abacc417349ae20413112e6fa4e89a97ea20a9eeee64b55d39a2192992a274fc1a836ba3c23a3feebbd454d4423643ce8"
        "0e2a9ac94fa54ca49f",
        "dc2a4459e7369633a52b1bf277839a00201009a3efbf3ecb69bea2186c26b58909351fc9ac90b3ecfdfbc7c66431e0303dca179c138ac1"
        "7ad9bef1177331a704",
    ),
]


def by_library(public: bytes, message: bytes, signature: bytes) -> bool:
    try:
        Ed25519PublicKey.from_public_bytes(public).verify(signature, message)
    except (InvalidSignature, ValueError):
        return False
    return True


@pytest.mark.parametrize("vector", VECTORS)
def test_the_signatures_of_the_standard_hold(vector: tuple[str, str, str]) -> None:
    public, message, signature = map(bytes.fromhex, vector)
    assert verify.ed25519_pure(public, message, signature)
    assert verify.ed25519(public, message, signature)
    assert not verify.ed25519_pure(public, message + b"x", signature)


@settings(max_examples=40, deadline=None)
@given(seed=st.binary(min_size=32, max_size=32), message=st.binary(max_size=80), bit=st.integers(0, 511))
def test_signatures_hold_for_the_library_and_for_the_page_of_arithmetic_alike(
    seed: bytes, message: bytes, bit: int
) -> None:
    private = Ed25519PrivateKey.from_private_bytes(seed)
    public, signature = private.public_key().public_bytes_raw(), private.sign(message)
    assert verify.ed25519_pure(public, message, signature)
    forged = (int.from_bytes(signature, "little") ^ (1 << bit)).to_bytes(64, "little")
    assert verify.ed25519_pure(public, message, forged) == by_library(public, message, forged) is False
    # Another scalar of the same class would be a second signature of the same message.
    scalar = int.from_bytes(signature[32:], "little") + verify.ORDER
    if scalar < 1 << 256:
        second = signature[:32] + scalar.to_bytes(32, "little")
        assert verify.ed25519_pure(public, message, second) == by_library(public, message, second) is False


@settings(deadline=None)
@given(public=st.binary(min_size=32, max_size=32), signature=st.binary(max_size=70), message=st.binary(max_size=8))
def test_what_is_no_key_or_no_signature_is_refused_quietly(public: bytes, signature: bytes, message: bytes) -> None:
    assert verify.ed25519_pure(public, message, signature) == by_library(public, message, signature) is False


def _tree(leaves: list[bytes]) -> merkle.NodeHash:
    def hash_of(node: Node) -> bytes:
        start = node.number << node.height
        return merkle.root_of(leaves[start : start + (1 << node.height)])

    return hash_of


@settings(deadline=None)
@given(st.data())
def test_proofs_mean_here_what_they_mean_to_the_log(data: st.DataObject) -> None:
    size = data.draw(st.integers(1, 130))
    leaves = [sha256(str(number).encode()).digest() for number in range(size)]
    index, first = data.draw(st.integers(0, size - 1)), data.draw(st.integers(0, size))
    root, before = merkle.root_of(leaves), merkle.root_of(leaves[:first])
    path = merkle.inclusion_path(index, size, _tree(leaves))
    assert verify.root_from_inclusion(index, size, leaves[index], path) == root
    other = data.draw(st.integers(0, size - 1))
    assert (verify.root_from_inclusion(other, size, leaves[index], path) == root) == (other == index)
    steps = merkle.consistency_path(first, size, _tree(leaves))
    assert verify.is_consistent(first, size, before, root, steps)
    wrong = data.draw(st.sampled_from([[*steps, root], steps[:-1] if steps else [root]]))
    assert not verify.is_consistent(first, size, before, root, wrong)
    assert verify.is_consistent(first, size, root, root, steps) == (first == size)


@settings(deadline=None)
@given(size=st.integers(1, 500), count=st.integers(0, 500), seed=st.text(st.characters(codec="utf-8"), max_size=20))
def test_a_sample_can_be_drawn_again_from_its_seed(size: int, count: int, seed: str) -> None:
    root = sha256(seed.encode()).digest()
    if count > size:
        with pytest.raises(ValueError, match="of"):
            sample.draw(seed, root, size, count)
        return
    drawn = sample.draw(seed, root, size, count)
    assert len(set(drawn)) == count
    assert all(0 <= leaf < size for leaf in drawn)
    assert verify.draw(seed, root, size, count) == drawn == sorted(drawn)


def test_the_way_of_drawing_never_changes() -> None:
    assert sample.draw("graine", bytes(32), 1_000_000, 5) == [31132, 111245, 369580, 755170, 932211]
