"""Status lists: one bit an award, the same bytes for the same awards, read within bounds."""

from __future__ import annotations

import base64
import gzip
import zlib
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from openvc.status.bitstring import decode_bitstring, get_status_bit

from documents.credentials import is_set, list_size, status_list, verify, written
from documents.credentials.status import MOST_BYTES
from tests.documents.credentials import AT, LIST, issuer

SIZE = list_size(0)


def made(*bits: int) -> dict[str, Any]:
    return status_list(issuer(), LIST, bits, SIZE, AT)


def encoded(data: bytes) -> str:
    return "u" + base64.urlsafe_b64encode(data).rstrip(b"=").decode()


@given(st.sets(st.integers(0, SIZE - 1), max_size=20), st.integers(0, SIZE - 1))
@settings(max_examples=20)
def test_a_position_is_set_if_and_only_if_it_was_given(bits: set[int], other: int) -> None:
    listed = made(*bits)
    assert all(is_set(listed, bit) for bit in bits)
    assert is_set(listed, other) == (other in bits)


def test_another_implementation_reads_the_same_bits() -> None:
    bits = decode_bitstring(made(0, 9)["credentialSubject"]["encodedList"])
    assert [get_status_bit(bits, index) for index in (0, 1, 8, 9, 10)] == [1, 0, 0, 1, 0]


def test_the_first_position_is_the_highest_bit_of_the_first_byte() -> None:
    text = made(0, 9)["credentialSubject"]["encodedList"]
    assert gzip.decompress(base64.urlsafe_b64decode(text[1:] + "=" * (-len(text[1:]) % 4)))[:2] == bytes([0x80, 0x40])


def test_a_list_is_signed_and_always_the_same() -> None:
    assert verify(made(3), issuer().keys()).good
    assert written(made(3, 5)) == written(made(5, 3))


@pytest.mark.parametrize(("awards", "bits"), [(0, 131_072), (131_072, 131_072), (131_073, 131_080), (200_001, 200_008)])
def test_a_list_is_long_enough_and_never_short(awards: int, bits: int) -> None:
    assert list_size(awards) == bits


@pytest.mark.parametrize("index", [-1, SIZE])
def test_a_position_outside_is_refused(index: int) -> None:
    with pytest.raises(ValueError, match="position"):
        made(index)
    with pytest.raises(ValueError, match="position"):
        is_set(made(), index)


@pytest.mark.parametrize(
    "text",
    [
        None,
        7,
        "",
        "u",
        "H4sI",
        "u###",
        "ué",
        encoded(b"hello"),
        encoded(gzip.compress(b"\0" * 100)[:-5]),
        encoded(zlib.compress(b"\0" * 100)),
        encoded(gzip.compress(b"\0" * (MOST_BYTES + 1))),
        encoded(gzip.compress(b"\0" * (64 * MOST_BYTES))),
    ],
    ids=range(12),
)
def test_a_list_that_is_broken_or_a_bomb_is_refused(text: Any) -> None:
    listed = made()
    listed["credentialSubject"]["encodedList"] = text
    with pytest.raises(ValueError, match="list"):
        is_set(listed, 0)


@pytest.mark.parametrize("subject", [None, {}, {"type": "BitstringStatusList", "statusPurpose": "suspension"}])
def test_another_document_is_no_list_of_withdrawals(subject: Any) -> None:
    with pytest.raises(ValueError, match="list"):
        is_set({"credentialSubject": subject}, 0)
