"""What the check of a seal says of bytes that anyone may have made: never that they are what they are not."""

from __future__ import annotations

import hashlib
import re
import tempfile
import time
from datetime import datetime
from functools import cache
from io import BytesIO
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.serialization import NoEncryption, pkcs12
from hypothesis import given, settings
from hypothesis import strategies as st
from pyhanko.pdf_utils.incremental_writer import IncrementalPdfFileWriter
from pyhanko.sign.fields import SigSeedSubFilter
from pyhanko.sign.signers import PdfSignatureMetadata, SimpleSigner
from pyhanko.sign.signers.pdf_signer import PdfSigner

from documents.seal import MAX_BYTES, Seal, SealReport, check_seal
from tests.documents.sealing import AT, REASON, certificate, document, key, seal_of


@cache
def seal() -> Seal:
    with tempfile.TemporaryDirectory() as folder:
        return seal_of(Path(folder))


@cache
def sealed() -> bytes:
    return seal().apply(document(), at=AT, reason=REASON)


@cache
def hole() -> tuple[int, int]:
    """Where the signature itself stands, which it cannot cover."""
    found = re.search(rb"/ByteRange \[0 (\d+) (\d+) (\d+)\]", sealed())
    assert found is not None
    return int(found[1]), int(found[2])


def known() -> list[bytes]:
    return [seal().certificate]


def another(name: str = "Quelqu’un") -> SimpleSigner:
    """Someone with a key of their own, whose certificate says what they like."""
    private = key("other")
    content = pkcs12.serialize_key_and_certificates(b"x", private, certificate(private, name), None, NoEncryption())
    made = SimpleSigner.load_pkcs12_data(content, other_certs=[])
    assert isinstance(made, SimpleSigner)
    return made


async def signed_by_another(content: bytes) -> bytes:
    """The document with the signature that a common program makes."""
    asked = PdfSignatureMetadata(field_name="Autre", subfilter=SigSeedSubFilter.ADOBE_PKCS7_DETACHED)
    output = await PdfSigner(asked, another()).async_sign_pdf(IncrementalPdfFileWriter(BytesIO(content)))
    return bytes(output.getvalue())


async def written_over(content: bytes, entries: bytes = b"", name: str = "Ucanss") -> bytes:
    """The document with a signature of someone who keeps to no rule: over all of it, with these entries beside it."""
    room = 8000
    before = content + b"\n99 0 obj\n<< /Contents "
    numbers = b"%10d %10d" % (len(before), len(before) + room + 2)
    ending = b"] " + entries + b" >>\nendobj\n"
    behind = b" /ByteRange [0 " + numbers + b" "
    behind += b"%10d" % (len(behind) + 10 + len(ending)) + ending
    digest = hashlib.sha256(before + behind).digest()
    signature: bytes = (await another(name).async_sign(digest, "sha256", use_pades=True)).dump()
    return before + b"<" + signature.hex().encode().ljust(room, b"0") + b">" + behind


def test_a_sealed_document_is_intact_and_says_who_sealed_it_and_when() -> None:
    assert check_seal(sealed(), known()) == SealReport(
        "intact", signatures=1, signer="Ucanss", fingerprint=seal().fingerprint, known=True, signed_at=AT
    )


@pytest.mark.parametrize("kind", ["p256", "p384", "ed25519"])
def test_every_kind_of_key_that_seals_is_checked(kind: str, tmp_path: Path) -> None:
    other = seal_of(tmp_path, kind)
    assert check_seal(other.apply(document(), at=AT, reason=REASON), [other.certificate]).intact


def test_a_key_is_known_by_its_certificate_or_by_the_digest_of_it() -> None:
    assert check_seal(sealed(), [bytes.fromhex(seal().fingerprint)]).intact
    assert check_seal(sealed(), [bytes(32), *known()]).intact


def test_a_key_that_nobody_here_knows_is_said_to_be_so_whatever_it_calls_itself(tmp_path: Path) -> None:
    forged = seal_of(tmp_path, "other", "Ucanss").apply(document(), at=AT, reason=REASON)
    report = check_seal(forged, known())
    assert (report.code, report.known, report.signer) == ("unknown_signer", False, "Ucanss")
    assert check_seal(sealed()).code == "unknown_signer"


def test_what_was_added_behind_a_seal_is_seen() -> None:
    for added in (b"\n", b"%%EOF\n", document()):
        report = check_seal(sealed() + added, known())
        assert (report.code, report.known, report.signed_at) == ("extended", True, AT)


async def test_a_signature_put_over_ours_hides_nothing() -> None:
    report = check_seal(await written_over(sealed()), known())
    assert (report.code, report.known, report.fingerprint) == ("extended", True, seal().fingerprint)
    assert (report.signatures, report.signed_at) == (2, AT)


async def test_what_other_programs_sign_is_read_too() -> None:
    signed = await signed_by_another(document())
    report = check_seal(signed, [])
    assert (report.code, report.signer, report.signatures) == ("unknown_signer", "Quelqu’un", 1)
    assert report.signed_at is not None
    # Known by its certificate it would be as good as ours.
    assert check_seal(signed, [bytes.fromhex(report.fingerprint)]).intact


@pytest.mark.parametrize(
    ("content", "code"),
    [
        (b"", "empty"),
        (b"hello", "not_pdf"),
        (b"PK\x03\x04 /ByteRange [0 1 2 3]", "not_pdf"),
        (b"%PDF-1.7\n%%EOF", "unsigned"),
        (b"%PDF-1.7 /ByteRange [0 1 2", "unreadable"),
        (b"%PDF-1.7" + bytes(MAX_BYTES), "too_large"),
    ],
)
def test_what_bears_no_seal_is_told_apart(content: bytes, code: str) -> None:
    assert check_seal(content, known()).code == code


def test_an_unsealed_document_is_unsigned() -> None:
    assert check_seal(document(), known()) == SealReport("unsigned")


@given(st.integers(0, 10**9), st.integers(1, 255))
@settings(deadline=None, max_examples=400)
def test_one_changed_byte_is_seen(place: int, change: int) -> None:
    content = bytearray(sealed())
    place %= len(content)
    content[place] ^= change
    report = check_seal(bytes(content), known())
    start, resume = hole()
    if start < place < resume - 1:
        # In what holds the signature, a byte may mean nothing (the case of a digit); it never makes another seal.
        assert report.code != "intact" or report == check_seal(sealed(), known())
    else:
        assert report.code in ("altered", "unreadable", "unsigned", "not_pdf")
        assert not report.known


@given(st.integers(0, 10**9))
@settings(deadline=None, max_examples=200)
def test_a_file_cut_short_is_never_whole(length: int) -> None:
    report = check_seal(sealed()[: length % len(sealed())], known())
    assert not report.intact
    assert not report.known


@given(
    st.lists(st.tuples(st.integers(0, 10**9), st.binary(max_size=40), st.integers(0, 60)), min_size=1, max_size=8),
    st.integers(0, 3),
)
@settings(deadline=None, max_examples=400)
def test_spliced_bytes_never_make_it_raise_nor_say_that_they_are_whole(
    splices: list[tuple[int, bytes, int]], near: int
) -> None:
    content = sealed()
    start, resume = hole()
    for place, new, gone in splices:
        # Mostly where the signature is: there is more to be misread.
        place = start + place % (resume - start + 200) if near else place % len(content)
        content = content[:place] + new + content[place + gone :]
    report = check_seal(content, known())
    covered = sealed()[:start] + sealed()[resume:]
    if report.intact:
        assert content[:start] + content[resume:] == covered


@given(st.binary(max_size=3000))
@settings(deadline=None, max_examples=200)
def test_any_content_in_the_place_of_the_signature_is_refused(content: bytes) -> None:
    start, resume = hole()
    room = (resume - start - 2) // 2
    filled = content[:room].ljust(room, b"\0").hex().encode()
    report = check_seal(sealed()[: start + 1] + filled + sealed()[resume - 1 :], known())
    assert report.code in ("unreadable", "altered")


@given(st.binary(max_size=400).map(lambda tail: b"%PDF-1.7\n/ByteRange [0 9 20 30]" + tail))
@settings(deadline=None, max_examples=200)
def test_any_bytes_get_an_answer(content: bytes) -> None:
    assert not check_seal(content, known()).intact


def test_the_signature_cannot_be_moved_within_the_document() -> None:
    """The covered bytes stay the same ones, in the same order; where the signature stands is one of them."""
    start, resume = hole()
    body, signature = sealed()[:start] + sealed()[resume:], sealed()[start:resume]
    for place in (20, start - 40, start + 400):
        moved = body[:place] + signature + body[place:]
        assert not check_seal(moved, known()).known
        numbers = b"[0 %d %d %d]" % (place, place + len(signature), len(body) - place)
        for text in (moved + b"/ByteRange " + numbers, moved.replace(b"[0 %d " % start, numbers + b"%%")):
            assert not check_seal(text, known()).known


def test_what_stands_behind_the_signature_in_its_place_is_seen() -> None:
    """The room that the signature did not need could hide something."""
    start, resume = hole()
    signature = bytes.fromhex(sealed()[start + 1 : resume - 1].decode())
    assert check_seal(_with_place(signature + b"\0" * 8), known()).code in ("altered", "unreadable")
    assert check_seal(_with_place(signature[:-1] + b"\x01"), known()).code in ("altered", "unreadable")


def _with_place(content: bytes) -> bytes:
    start, resume = hole()
    return sealed()[: start + 1] + content.hex().encode() + sealed()[resume - 1 :]


def _nested(depth: int) -> bytes:
    made = b""
    for _ in range(depth):
        size = len(made)
        made = b"\x30" + (bytes([size]) if size < 128 else b"\x83" + size.to_bytes(3, "big")) + made
        if len(made) > 100_000:
            break
    return made


HOSTILE = {
    "many ranges": b"%PDF-1.7\n" + b"/ByteRange [0 1 2 3]\n" * 900_000,
    "one range again and again": b"%PDF-1.7 <00> " + b"/ByteRange [0 9 13 20971000]\n" * 700_000,
    "huge numbers": b"%PDF-1.7\n/ByteRange [0 " + b"9" * 15_000_000 + b" 2 3]",
    "much space": b"%PDF-1.7\n" + (b"/ByteRange" + b" " * 100) * 180_000,
    "brackets": b"%PDF-1.7\n/ByteRange " + b"[" * 15_000_000,
    "dictionaries": b"%PDF-1.7\n/ByteRange [0 1 2 3] " + b"<<" * 9_000_000,
    "times": b"%PDF-1.7\n/ByteRange [0 9 12 9]" + b"/M (D:" * 3_000_000,
    "nested": b"%PDF-1.7\n<"
    + (inner := _nested(40_000).hex().encode())
    + b">/ByteRange [0 9 %d 40]" % (9 + len(inner) + 2),
}


@pytest.mark.parametrize("name", HOSTILE)
def test_it_takes_time_by_the_size_alone(name: str) -> None:
    content = HOSTILE[name][:MAX_BYTES]
    before = time.process_time()
    report = check_seal(content, known())
    assert report.code in ("unreadable", "altered")
    # Hashing all of it once for each signature that is looked at would take a tenth of this.
    assert time.process_time() - before < 5


def test_the_largest_file_is_read_to_its_end() -> None:
    padded = sealed() + bytes(MAX_BYTES - len(sealed()))
    assert check_seal(padded, known()).code == "extended"


@pytest.mark.parametrize(
    ("entry", "at"),
    [
        (b"/M (D:20270412103000Z)", AT),
        (b"/M(D:20270412123000+02'00')", AT),
        (b"/M (D:20270412053000-05'00)", AT),
        (b"/M (D\\07220270412103000Z)", AT),
        (b"/M (D:20270412103000)", AT),
        (b"/M (D:99999999999999Z)", None),
        (b"/M (D:20270230103000Z)", None),
        (b"/M (D:00010101000000+23'59')", None),
        (b"/M (hier)", None),
        (b"", None),
    ],
)
async def test_the_time_is_the_one_that_the_signature_covers_or_none(entry: bytes, at: datetime | None) -> None:
    report = check_seal(await written_over(document(), entry), known())
    assert (report.code, report.signed_at) == ("unknown_signer", at)


async def test_a_signers_name_is_one_short_line() -> None:
    name = "A\n\x1b[31mB\N{RIGHT-TO-LEFT OVERRIDE}" + "C" * 50
    report = check_seal(await written_over(document(), name=name), known())
    assert report.signer == "A  [31mB " + "C" * 50
