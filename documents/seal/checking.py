"""Is this a sealed document, whole and as it was sealed? Asked of bytes that anyone may have made.

The bytes are never read as a PDF: a signature says itself which bytes it covers, and a document that it covers wholly
is byte for byte the one that was sealed, whatever a reader would make of it. So nothing is unpacked, followed, looked
up or fetched, and the time taken grows with the size alone.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Collection
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import Literal

from asn1crypto import cms
from pyhanko.sign.general import extract_certificate_info, extract_signer_info
from pyhanko.sign.validation.generic_cms import extract_self_reported_ts, validate_sig_integrity

from documents.seal.trial import TEST_NAME

MAX_BYTES = 20 * 1024 * 1024
"""A longer file is not looked at."""

SealCode = Literal[
    "intact", "unknown_signer", "extended", "altered", "unreadable", "unsigned", "not_pdf", "empty", "too_large"
]

_MAX_SIGNATURES = 16
_MAX_CMS_BYTES = 256 * 1024
_MAX_NAME = 200
_DIGESTS = frozenset({"sha256", "sha384", "sha512"})
_NUMBER = rb"[\0\t\n\f\r ]{1,64}(\d{1,10})"
_RANGE = re.compile(rb"/ByteRange[\0\t\n\f\r ]{0,64}\[[\0\t\n\f\r ]{0,64}0" + _NUMBER * 3 + rb"[\0\t\n\f\r ]{0,64}\]")
_MENTION = b"/ByteRange"
_TIME = re.compile(rb"/M[\0\t\n\f\r ]{0,8}\(D(?::|\\072)(\d{14})(?:Z|([+-])(\d\d)'(\d\d)'?)?")
_DICTIONARY = 4096
"""How far around its signature the rest of a signature's dictionary is looked for, in bytes."""


@dataclass(frozen=True)
class SealReport:
    """What was seen of a file's seal.

    ``code``: ``intact``: sealed with a key that is known here, and nothing was changed or added since.
    ``unknown_signer``: the same, with some other key, whose certificate says what its maker wanted it to say.
    ``extended``: what was sealed is there unchanged, and something was added behind it. ``altered``: changed since it
    was sealed, or the signature is false. ``unreadable``: it bears a signature that cannot be read. ``unsigned``: a PDF
    that bears none. ``not_pdf``, ``empty``, ``too_large``: not looked at further.

    ``signer``, ``fingerprint`` (SHA-256 of the certificate, hexadecimal), ``known``, ``test`` (the key says that it is
    for tests) and ``signed_at`` (UTC; the signer's own word) are those of the signature that the code is about, and are
    only said when it is true: with ``intact``, ``unknown_signer`` and ``extended``. ``signatures``: how many there are.

    The signature itself stands in a place that it cannot cover, and a few of its bytes mean nothing (the case of its
    digits). Whether a file is the very one that was issued, its digest says, which the log holds.
    """

    code: SealCode
    signatures: int = 0
    signer: str = ""
    fingerprint: str = ""
    known: bool = False
    test: bool = False
    signed_at: datetime | None = None

    @property
    def intact(self) -> bool:
        """Sealed with a known key, and whole."""
        return self.code == "intact"


def check_seal(pdf: bytes, trusted: Collection[bytes] = ()) -> SealReport:
    """What the bytes of a file say of its seal. Never raises, whatever they are; asks nobody.

    ``trusted``: the certificates that are known here, each in DER or as its SHA-256 digest (32 bytes).
    """
    if len(pdf) > MAX_BYTES:
        return SealReport("too_large")
    if not pdf:
        return SealReport("empty")
    if b"%PDF-" not in pdf[:1024]:
        return SealReport("not_pdf")
    mentions = pdf.count(_MENTION)
    if not mentions:
        return SealReport("unsigned")
    known = {item if len(item) == 32 else hashlib.sha256(item).digest() for item in trusted}
    seen = [SealReport("unreadable")]
    for number, found in enumerate(_RANGE.finditer(pdf)):
        if number == _MAX_SIGNATURES:
            break
        seen.append(_looked_at(pdf, found, known))
    # What is known counts before what is not: a known seal that was added to stays one, whoever signed the whole.
    best = max(seen, key=_weight)
    return replace(best, signatures=mentions)


def _weight(report: SealReport) -> int:
    if report.code == "intact":
        return 5
    if report.code == "extended":
        return 4 if report.known else 2
    return {"unknown_signer": 3, "altered": 1}.get(report.code, 0)


def _looked_at(pdf: bytes, found: re.Match[bytes], known: set[bytes]) -> SealReport:
    """What one signature says of the bytes that it says it covers."""
    start, resume, rest = (int(found[number]) for number in (1, 2, 3))
    end = resume + rest
    # Its own numbers are among the bytes that it covers: else they could be written anew, for another place.
    covered = found.end() <= start or resume <= found.start() < found.end() <= end
    if not (0 < start < resume <= end <= len(pdf) and covered):
        return SealReport("altered")
    try:
        return _verified(pdf, found, (start, resume, end), known)
    except Exception:
        # The libraries below say in many ways that they were given nonsense, and all of them mean this.
        return SealReport("unreadable")


def _verified(pdf: bytes, found: re.Match[bytes], bounds: tuple[int, int, int], known: set[bytes]) -> SealReport:
    start, resume, end = bounds
    if resume - start > 2 * _MAX_CMS_BYTES or pdf[start : start + 1] != b"<" or pdf[resume - 1 : resume] != b">":
        return SealReport("unreadable")
    content = bytes.fromhex(pdf[start + 1 : resume - 1].decode("ascii"))
    info = cms.ContentInfo.load(content)
    # Behind the signature there may be room that it did not need, and nothing else.
    if content[len(info.dump()) :].strip(b"\0") or info["content_type"].native != "signed_data":
        return SealReport("unreadable")
    signed = info["content"]
    if signed["encap_content_info"]["content_type"].native != "data":
        return SealReport("unreadable")
    signer = extract_signer_info(signed)
    if signer["sid"].name != "issuer_and_serial_number":
        return SealReport("unreadable")
    certificate = extract_certificate_info(signed).signer_cert
    algorithm = signer["digest_algorithm"]["algorithm"].native
    if algorithm not in _DIGESTS or not signer["signed_attrs"]:
        return SealReport("unreadable")
    digest = hashlib.new(algorithm, memoryview(pdf)[:start])
    digest.update(memoryview(pdf)[resume:end])
    whole, true = validate_sig_integrity(signer, certificate, "data", digest.digest())
    if not (whole and true):
        return SealReport("altered")
    identity = hashlib.sha256(certificate.dump())
    is_known = identity.digest() in known
    name = _name(certificate.subject.native)
    code: SealCode = "extended" if end < len(pdf) else "intact" if is_known else "unknown_signer"
    return SealReport(
        code,
        signer=name,
        fingerprint=identity.hexdigest(),
        known=is_known,
        test=name == TEST_NAME,
        signed_at=_reported(extract_self_reported_ts(signer)) or _stated(pdf, found, bounds),
    )


def _name(subject: dict[str, str | list[str]]) -> str:
    """Whom a certificate names: on one line, as long as a line, without what does not print."""
    value = subject.get("common_name") or subject.get("organization_name") or ""
    text = value if isinstance(value, str) else ", ".join(value)
    return "".join(sign if sign.isprintable() else " " for sign in text[:_MAX_NAME]).strip()


def _reported(time: datetime | None) -> datetime | None:
    return time.astimezone(UTC) if time is not None else None


def _stated(pdf: bytes, found: re.Match[bytes], bounds: tuple[int, int, int]) -> datetime | None:
    """The time in the signature's dictionary, which the signature covers: before its bytes or behind them."""
    start, resume, end = bounds
    behind = pdf[resume : min(end, max(resume, found.end()) + _DICTIONARY)].partition(b"endobj")[0]
    before = pdf[max(0, start - _DICTIONARY) : start].rpartition(b" obj")[2]
    time = _TIME.search(behind) or _TIME.search(before)
    if time is None:
        return None
    try:
        moment = datetime.strptime(time[1].decode(), "%Y%m%d%H%M%S").replace(tzinfo=UTC)
        offset = timedelta(hours=int(time[3] or 0), minutes=int(time[4] or 0))
        return moment + offset if time[2] == b"-" else moment - offset
    except (ValueError, OverflowError):
        return None
