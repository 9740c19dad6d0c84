"""Notes, checkpoints and keys in their written form."""

from __future__ import annotations

import base64
from hashlib import sha256

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.note import Checkpoint, MalformedNote, Note, Signature, VerifierKey

ROOT = sha256(b"root").digest()
TEXT = Checkpoint("jalon/test", 42, ROOT).text()


def test_a_checkpoint_is_three_lines() -> None:
    assert f"jalon/test\n42\n{base64.b64encode(ROOT).decode()}\n" == TEXT


@given(
    st.integers(0, 2**63), st.binary(min_size=32, max_size=32), st.lists(st.binary(min_size=1, max_size=80), min_size=1)
)
def test_what_is_written_is_read_again(size: int, root: bytes, signatures: list[bytes]) -> None:
    checkpoint = Checkpoint("jalon/test", size, root)
    note = Note(checkpoint.text(), tuple(Signature("jalon/test", b"abcd", each) for each in signatures))
    assert Note.parse(note.format()) == note
    assert Checkpoint.parse(note.text) == checkpoint


def test_a_published_key_of_another_implementation_is_read() -> None:
    # The example of the Go package golang.org/x/mod/sumdb/note.
    written = "PeterNeumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW"
    key = VerifierKey.parse(written)
    assert key.name == "PeterNeumann"
    assert key.format() == written


@pytest.mark.parametrize(
    "text",
    [
        "",
        "jalon/test\n42\n",
        "jalon/test\nx\n" + base64.b64encode(ROOT).decode() + "\n",
        "jalon/test\n042\n" + base64.b64encode(ROOT).decode() + "\n",
        "jalon/test\n-1\n" + base64.b64encode(ROOT).decode() + "\n",
        "jalon/test\n42\nAAAA\n",
        "jalon/test\n42\n!\n",
        "\n42\n" + base64.b64encode(ROOT).decode() + "\n",
    ],
)
def test_what_is_no_checkpoint_is_refused(text: str) -> None:
    with pytest.raises(MalformedNote):
        Checkpoint.parse(text)


@pytest.mark.parametrize(
    "text", ["", TEXT, TEXT + "\n", TEXT + "\n- a AAAAAAA=\n", TEXT + "\n\u2014 a AAAA\n", "\n\n\n"]
)
def test_what_is_no_note_is_refused(text: str) -> None:
    with pytest.raises(MalformedNote):
        Note.parse(text)


@pytest.mark.parametrize(
    "key", ["", "a+b", "a+00000000+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW", "a+00000000+AAAA"]
)
def test_what_is_no_key_is_refused(key: str) -> None:
    with pytest.raises(MalformedNote):
        VerifierKey.parse(key)
