"""Keys and notes: who signed, and whether the published keys are one chain."""

from __future__ import annotations

from hashlib import sha256

import pytest
from cryptography.hazmat.primitives.asymmetric.ec import SECP256R1, generate_private_key
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

from domain.note import Checkpoint, MalformedNote, Note, Rotation
from eventstore.signing import (
    BrokenChain,
    NotSigned,
    PublishedRow,
    SigningKey,
    endorsement,
    published_keys,
    read_keys,
    require_signature,
    signed,
)

ORIGIN = "jalon/test"
KEYS = [SigningKey.new() for _ in range(4)]
SIZES = (0, 10, 10, 25)


def row(number: int, origin: str = ORIGIN, old: SigningKey | None = None, size: int | None = None) -> PublishedRow:
    key = KEYS[number].verifier(ORIGIN)
    since = SIZES[number]
    if number == 0:
        return PublishedRow(key.key_id.hex(), key.format(), since, None)
    before = old or KEYS[number - 1]
    rotation = Rotation(origin, before.verifier(ORIGIN).format(), key.format(), since if size is None else size)
    return PublishedRow(key.key_id.hex(), key.format(), since, endorsement(rotation, before, KEYS[number]))


ROWS = [row(number) for number in range(4)]


def checkpoint(size: int, *keys: SigningKey, origin: str = ORIGIN) -> str:
    return signed(ORIGIN, Checkpoint(origin, size, sha256(b"root").digest()).text(), keys)


def test_a_key_file_holds_keys_one_after_the_other() -> None:
    read = read_keys(KEYS[0].pem() + KEYS[1].pem())
    assert [key.public for key in read] == [KEYS[0].public, KEYS[1].public]
    other = generate_private_key(SECP256R1()).private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()).decode()
    for text in ("", "x", KEYS[0].pem().replace("M", "N"), KEYS[0].pem() + other, KEYS[0].pem()[:-10]):
        with pytest.raises(ValueError, match="key"):
            read_keys(text)


def test_a_signature_holds_for_its_text_and_its_key() -> None:
    note = Note.parse(checkpoint(3, KEYS[0], KEYS[1]))
    require_signature(note, KEYS[0].verifier(ORIGIN))
    require_signature(note, KEYS[1].verifier(ORIGIN))
    for wrong in (KEYS[2].verifier(ORIGIN), KEYS[0].verifier("jalon/other")):
        with pytest.raises(NotSigned, match="not signed"):
            require_signature(note, wrong)
    with pytest.raises(NotSigned, match="not of this text"):
        require_signature(Note(note.text + "more\n", note.signatures), KEYS[0].verifier(ORIGIN))


def test_each_key_signs_from_where_it_took_over() -> None:
    chain = published_keys(ORIGIN, reversed(ROWS))
    assert chain.keys == tuple(key.verifier(ORIGIN) for key in KEYS)
    in_force = {size: chain.keys.index(chain.in_force(size)) for size in (0, 1, 10, 11, 25, 26, 10**9)}
    assert in_force == {0: 0, 1: 0, 10: 0, 11: 2, 25: 2, 26: 3, 10**9: 3}
    assert chain.checkpoint(checkpoint(26, KEYS[2], KEYS[3])).size == 26
    for written in (checkpoint(26, KEYS[2]), checkpoint(10, KEYS[1])):
        with pytest.raises(NotSigned):
            chain.checkpoint(written)
    with pytest.raises(MalformedNote, match="a checkpoint of"):
        chain.checkpoint(checkpoint(26, KEYS[3], origin="jalon/other"))


OTHER = KEYS[3].verifier(ORIGIN)


@pytest.mark.parametrize(
    ("rows", "where"),
    [
        ([], ""),
        (ROWS[1:], ""),
        ([ROWS[0], ROWS[2]], ROWS[2].key_id),
        ([*ROWS[:3], row(3, old=KEYS[1])], ROWS[3].key_id),
        ([*ROWS, PublishedRow(OTHER.key_id.hex(), OTHER.format(), 0, None)], OTHER.key_id.hex()),
        ([ROWS[0]._replace(since=1)], ROWS[0].key_id),
        ([ROWS[0], ROWS[1]._replace(since=11)], ROWS[1].key_id),
        ([*ROWS[:3], row(3, size=5)], ROWS[3].key_id),
        ([*ROWS[:3], row(3, size=5)._replace(since=5)], ROWS[3].key_id),
        ([ROWS[0], row(1, origin="jalon/other")], ROWS[1].key_id),
        ([ROWS[0], ROWS[1]._replace(key_id="00000000")], "00000000"),
        ([ROWS[0]._replace(vkey=ROWS[0].vkey + " ")], ROWS[0].key_id),
        ([ROWS[0]._replace(vkey="nothing")], ROWS[0].key_id),
        ([ROWS[0], ROWS[1]._replace(endorsement="nothing")], ROWS[1].key_id),
        ([ROWS[0], ROWS[1]._replace(vkey=OTHER.format(), key_id=OTHER.key_id.hex())], OTHER.key_id.hex()),
    ],
    # The keys are drawn anew by each process, and a test is called the same in all of them.
    ids=lambda value: str(len(value)),
)
def test_keys_that_are_not_one_chain_are_refused_and_the_break_is_named(rows: list[PublishedRow], where: str) -> None:
    with pytest.raises(BrokenChain) as broken:
        published_keys(ORIGIN, rows)
    assert broken.value.key_id == where


def test_the_new_key_accepts_and_the_old_one_vouches() -> None:
    rotation = Rotation(ORIGIN, ROWS[0].vkey, ROWS[1].vkey, SIZES[1])
    for signers in ((KEYS[0],), (KEYS[1],)):
        alone = ROWS[1]._replace(endorsement=signed(ORIGIN, rotation.text(), signers))
        with pytest.raises(BrokenChain, match="not signed by"):
            published_keys(ORIGIN, [ROWS[0], alone])


def test_a_rotation_is_five_lines() -> None:
    rotation = Rotation(ORIGIN, "a", "b", 5)
    assert rotation.text() == f"{ORIGIN}\nkey rotation\na\nb\n5\n"
    assert Rotation.parse(rotation.text()) == rotation
    for text in ("", rotation.text() + "\n", rotation.text().replace("5", "05"), rotation.text().replace("key", "x")):
        with pytest.raises(MalformedNote):
            Rotation.parse(text)
