"""A certifier's seal on a PDF: what it leaves as it was, who accepts it, why it refuses."""

from __future__ import annotations

import socket
import subprocess
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from io import BytesIO
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pikepdf
import pytest
from asn1crypto import x509 as asn1
from cryptography.hazmat.primitives import hashes
from pyhanko.pdf_utils.incremental_writer import IncrementalPdfFileWriter
from pyhanko.pdf_utils.reader import PdfFileReader
from pyhanko.sign.fields import MDPPerm, SigFieldSpec, append_signature_field
from pyhanko.sign.validation import async_validate_pdf_signature
from pyhanko.sign.validation.status import SignatureCoverageLevel
from pyhanko_certvalidator import ValidationContext

from documents.seal import (
    TEST_NAME,
    AlreadySealed,
    CertificateExpired,
    CertificateMissing,
    CertificateNotYetValid,
    DocumentUnfit,
    KeyFileMissing,
    KeyFileUnreadable,
    KeyMissing,
    KeyUnusable,
    Seal,
    SealError,
    WrongPassword,
    check_seal,
    make_test_key,
)
from interfaces.words import LANGUAGES, catalogue, say
from tests.documents.sealing import AT, REASON, SINCE, UNTIL, certificate, document, key, key_file, seal_of
from tests.tools import needs
from workers.seal_key import SealTrouble, open_seal
from workers.trouble import SettingsError

KINDS = ("rsa", "p256", "p384", "ed25519")


@pytest.fixture(scope="module")
def seal(tmp_path_factory: pytest.TempPathFactory) -> Seal:
    return seal_of(tmp_path_factory.mktemp("keys"))


@pytest.fixture(scope="module")
def sealed(seal: Seal) -> bytes:
    return seal.apply(document(), at=AT, reason=REASON)


@needs("pdfsig", "poppler-utils")
@pytest.mark.parametrize("kind", ["rsa", "p256", "p384"])
def test_poppler_finds_the_seal_valid_and_over_the_whole_document(kind: str, tmp_path: Path) -> None:
    path = tmp_path / "sealed.pdf"
    path.write_bytes(seal_of(tmp_path, kind).apply(document(), at=AT, reason=REASON))
    said = subprocess.run(["pdfsig", "-nocert", str(path)], capture_output=True, text=True, check=True).stdout
    assert "Signature is Valid" in said
    assert "Total document signed" in said
    assert "ETSI.CAdES.detached" in said
    assert "Signature #2" not in said


@pytest.mark.parametrize("kind", KINDS)
async def test_another_validator_finds_the_seal_valid_and_forbidding_every_change(kind: str, tmp_path: Path) -> None:
    seal = seal_of(tmp_path, kind)
    (signature,) = PdfFileReader(BytesIO(seal.apply(document(), at=AT, reason=REASON))).embedded_signatures
    trust = ValidationContext(
        trust_roots=[asn1.Certificate.load(seal.certificate)], allow_fetching=False, moment=AT + timedelta(days=1)
    )
    status = await async_validate_pdf_signature(signature, trust)
    assert status.bottom_line
    assert status.coverage == SignatureCoverageLevel.ENTIRE_FILE
    assert signature.docmdp_level == MDPPerm.NO_CHANGES
    assert signature.self_reported_timestamp == AT
    assert signature.sig_object["/SubFilter"] == "/ETSI.CAdES.detached"
    # PAdES: the certificate is signed too, and the time stands in the dictionary alone.
    names = {attribute["type"].native for attribute in signature.signer_info["signed_attrs"]}
    assert names == {"content_type", "message_digest", "signing_certificate_v2"}


def test_the_document_stays_as_it_was_and_the_seal_stands_behind_it(sealed: bytes) -> None:
    assert sealed.startswith(document())
    with pikepdf.open(BytesIO(document())) as before, pikepdf.open(BytesIO(sealed)) as after:
        assert not after.check_pdf_syntax()
        assert after.Root.Metadata.read_bytes() == before.Root.Metadata.read_bytes()
        assert dict(after.docinfo) == dict(before.docinfo)
        for name in ("/StructTreeRoot", "/OutputIntents", "/MarkInfo", "/Lang", "/ViewerPreferences"):
            assert repr(after.Root[name]) == repr(before.Root[name])
        assert after.trailer.ID[0] == before.trailer.ID[0]
        assert after.trailer.ID[1] != before.trailer.ID[1]


@pytest.mark.parametrize(("language", "name"), [("fr", "Cachet électronique"), ("en", "Electronic seal")])
def test_its_field_keeps_to_pdf_a_and_pdf_ua(language: str, name: str, seal: Seal) -> None:
    with pikepdf.open(BytesIO(seal.apply(document(language), at=AT, reason=REASON))) as after:
        form = after.Root.AcroForm
        assert "/NeedAppearances" not in form
        (field,) = form.Fields
        hidden, printed = 0b10, 0b100
        flags = int(field.F)
        assert flags & printed, "PDF/A: an annotation is printed"
        assert not flags & (hidden | 0b1 | 0b100000), "PDF/A: and neither hidden, invisible nor out of view"
        left, low, right, high = (float(side) for side in field.Rect)
        assert (left, low) == (right, high), "PDF/A: without an appearance it has no extent"
        edges = [float(side) for side in after.pages[0].mediabox]
        assert right < edges[0], "PDF/UA: what is in no tag is outside the page"
        assert high < edges[1]
        assert str(field.TU) == name
        assert str(field["/T"]) == "Jalon"
        assert after.pages[0].Tabs == "/S", "PDF/UA: a page with annotations has an order of them"
        assert set(after.Root.Perms.keys()) == {"/DocMDP"}
        (reference,) = after.Root.Perms.DocMDP.Reference
        assert not {"/DigestLocation", "/DigestMethod", "/DigestValue"} & set(reference.keys())


@pytest.mark.parametrize("kind", KINDS)
def test_the_same_document_time_and_key_give_the_same_bytes_and_others_others(kind: str, tmp_path: Path) -> None:
    first, second = seal_of(tmp_path, kind), seal_of(tmp_path, kind)
    assert first.fingerprint == second.fingerprint or kind.startswith("p"), "ECDSA certificates differ, by chance"
    made = first.apply(document(), at=AT, reason=REASON)
    assert first.apply(document(), at=AT, reason=REASON) == made
    again = Seal.from_pkcs12(tmp_path / f"{kind}-Ucanss.p12", "secret")
    assert again.apply(document(), at=AT, reason=REASON) == second.apply(document(), at=AT, reason=REASON)
    assert first.apply(document(), at=AT + timedelta(seconds=1), reason=REASON) != made
    assert first.apply(document(), at=AT, reason="Autre") != made


def test_the_machines_time_zone_does_not_matter(seal: Seal, sealed: bytes) -> None:
    assert seal.apply(document(), at=AT.astimezone(ZoneInfo("Europe/Paris")), reason=REASON) == sealed


async def test_the_certificates_above_its_own_are_in_the_seal(tmp_path: Path) -> None:
    authority = certificate(key("other"), "Autorité", signs=False)
    own = certificate(key("rsa"), issuer=("Autorité", key("other")))
    path = key_file(tmp_path / "seal.p12", key("rsa"), own, chain=[authority])
    seal = Seal.from_pkcs12(path, "secret")
    sealed = seal.apply(document(), at=AT, reason=REASON)
    assert Seal.from_pkcs12(path, "secret").apply(document(), at=AT, reason=REASON) == sealed
    assert check_seal(sealed, [seal.certificate]).intact
    (signature,) = PdfFileReader(BytesIO(sealed)).embedded_signatures
    (above,) = signature.other_embedded_certs
    assert above.sha256 == authority.fingerprint(hashes.SHA256())
    trust = ValidationContext(trust_roots=[above], allow_fetching=False, moment=AT)
    assert (await async_validate_pdf_signature(signature, trust)).bottom_line


def test_a_time_without_a_zone_is_a_mistake(seal: Seal) -> None:
    with pytest.raises(ValueError, match="aware"):
        seal.apply(document(), at=AT.replace(tzinfo=None), reason=REASON)


def test_it_says_what_its_certificate_says(seal: Seal) -> None:
    known = certificate(key("rsa"))
    assert seal.fingerprint == known.fingerprint(hashes.SHA256()).hex()
    assert (seal.subject, seal.not_before, seal.not_after, seal.is_test) == ("CN=Ucanss", SINCE, UNTIL, False)


async def test_it_seals_in_a_thread_in_which_a_loop_runs(seal: Seal, sealed: bytes) -> None:
    assert seal.apply(document(), at=AT, reason=REASON) == sealed


def test_threads_share_a_seal(seal: Seal, sealed: bytes) -> None:
    with ThreadPoolExecutor(4) as pool:
        made = list(pool.map(lambda _: seal.apply(document(), at=AT, reason=REASON), range(24)))
    assert set(made) == {sealed}


def test_nothing_is_asked_of_the_network(seal: Seal, monkeypatch: pytest.MonkeyPatch) -> None:
    def forbidden(*arguments: Any, **named: Any) -> None:
        raise AssertionError("a socket was opened")

    monkeypatch.setattr(socket, "socket", forbidden)
    monkeypatch.setattr(socket, "getaddrinfo", forbidden)
    assert check_seal(seal.apply(document(), at=AT, reason=REASON), [seal.certificate]).intact


# The test key


def test_a_test_key_says_so_wherever_it_is_shown(tmp_path: Path) -> None:
    make_test_key(tmp_path / "seal.p12")
    seal = Seal.from_pkcs12(tmp_path / "seal.p12", None)
    assert seal.is_test
    assert "CLÉ D’ESSAI SANS VALEUR" in seal.subject
    made, reasons = {}, {}
    for language in ("fr", "en"):
        made[language] = seal.apply(document(language), at=AT, reason=REASON)
        with pikepdf.open(BytesIO(made[language])) as after:
            reasons[language] = str(after.Root.Perms.DocMDP.Reason)
    assert reasons["fr"] == f"CACHET D’ESSAI SANS VALEUR\N{NO-BREAK SPACE}: {REASON}"
    assert reasons["en"] == f"TEST SEAL WITHOUT VALUE: {REASON}"
    report = check_seal(made["fr"], [seal.certificate])
    assert (report.code, report.test, report.signer) == ("intact", True, TEST_NAME)


def test_a_test_key_is_for_its_owners_eyes_and_lasts_as_long_as_a_demonstration_may_play(tmp_path: Path) -> None:
    make_test_key(tmp_path / "seal.p12", "secret")
    assert (tmp_path / "seal.p12").stat().st_mode & 0o777 == 0o600
    assert [path.name for path in tmp_path.iterdir()] == ["seal.p12"]
    seal = Seal.from_pkcs12(tmp_path / "seal.p12", "secret")
    assert seal.not_before <= AT.replace(year=2021)
    assert seal.not_after >= AT.replace(year=2056)


def test_a_key_that_is_there_stays(tmp_path: Path) -> None:
    path = tmp_path / "seal.p12"
    make_test_key(path)
    before = path.read_bytes()
    make_test_key(path)
    assert path.read_bytes() == before
    assert [path.name for path in tmp_path.iterdir()] == ["seal.p12"]


def test_two_that_start_at_once_share_one_key(tmp_path: Path) -> None:
    with ThreadPoolExecutor(4) as pool:
        seals = list(pool.map(lambda _: open_seal(None, None, None, None, tmp_path / "seal.p12"), range(4)))
    assert len({seal.fingerprint for seal in seals}) == 1
    assert [path.name for path in tmp_path.iterdir()] == ["seal.p12"]


# Refusals


def test_a_file_that_is_not_there_is_named(tmp_path: Path) -> None:
    with pytest.raises(KeyFileMissing) as refused:
        Seal.from_pkcs12(tmp_path / "none.p12", "secret")
    assert refused.value.params == {"file": str(tmp_path / "none.p12")}


@pytest.mark.parametrize("content", [b"", b"not a key", b"0\x03\x02\x01\x03", b"0" * (1 << 21)])
def test_a_file_that_is_no_pkcs12_is_refused(content: bytes, tmp_path: Path) -> None:
    path = tmp_path / "seal.p12"
    path.write_bytes(content)
    with pytest.raises(KeyFileUnreadable):
        Seal.from_pkcs12(path, "secret")


def test_a_folder_is_no_key(tmp_path: Path) -> None:
    with pytest.raises(KeyFileUnreadable) as refused:
        Seal.from_pkcs12(tmp_path, None)
    assert refused.value.params["reason"]


@pytest.mark.parametrize("password", ["not this one", "", None])
def test_a_wrong_password_is_told_from_a_broken_file_and_never_repeated(password: str | None, tmp_path: Path) -> None:
    path = key_file(tmp_path / "seal.p12", key("rsa"), certificate(key("rsa")))
    with pytest.raises(WrongPassword) as refused:
        Seal.from_pkcs12(path, password)
    assert "not this one" not in str(refused.value)


def test_a_file_without_a_private_key_or_its_certificate_is_refused(tmp_path: Path) -> None:
    with pytest.raises(KeyMissing):
        Seal.from_pkcs12(key_file(tmp_path / "a.p12", None, certificate(key("rsa"))), "secret")
    with pytest.raises(CertificateMissing):
        Seal.from_pkcs12(key_file(tmp_path / "b.p12", key("rsa"), None), "secret")


@pytest.mark.parametrize("kind", ["weak", "p192"])
def test_a_key_too_weak_or_of_an_odd_kind_is_refused(kind: str, tmp_path: Path) -> None:
    with pytest.raises(KeyUnusable) as refused:
        seal_of(tmp_path, kind)
    assert refused.value.params["reason"] in ("RSA 1024 < 2048", "secp192r1")


def test_a_certificate_that_is_not_for_signatures_is_refused(tmp_path: Path) -> None:
    with pytest.raises(KeyUnusable) as refused:
        seal_of(tmp_path, signs=False)
    assert refused.value.params["reason"] == "keyUsage"


def test_nothing_is_sealed_before_the_certificate_is_valid_or_after(seal: Seal) -> None:
    with pytest.raises(CertificateExpired) as expired:
        seal.apply(document(), at=UNTIL + timedelta(seconds=1), reason=REASON)
    assert expired.value.params["until"] == "2029-01-01T00:00:00+00:00"
    with pytest.raises(CertificateNotYetValid) as early:
        seal.apply(document(), at=SINCE - timedelta(seconds=1), reason=REASON)
    assert early.value.params["since"] == "2026-01-01T00:00:00+00:00"
    for at in (SINCE, UNTIL):
        assert seal.apply(document(), at=at, reason=REASON)


def test_a_second_seal_is_refused_and_so_is_a_field_that_waits_for_one(seal: Seal, sealed: bytes) -> None:
    with pytest.raises(AlreadySealed):
        seal.apply(sealed, at=AT, reason=REASON, field_name="Autre")
    writer = IncrementalPdfFileWriter(BytesIO(document()))
    append_signature_field(writer, SigFieldSpec("Signez ici"))
    waiting = BytesIO()
    writer.write(waiting)
    with pytest.raises(AlreadySealed):
        seal.apply(waiting.getvalue(), at=AT, reason=REASON)


def _encrypted(content: bytes) -> bytes:
    made = BytesIO()
    with pikepdf.open(BytesIO(content)) as pdf:
        pdf.save(made, encryption=pikepdf.Encryption(owner="x", user="y"))
    return made.getvalue()


@pytest.mark.parametrize(
    "broken",
    [
        lambda content: b"",
        lambda content: b"hello",
        lambda content: content[: len(content) // 2],
        lambda content: content.replace(b"/Pages", b"/Sages"),
        _encrypted,
    ],
)
def test_what_is_no_whole_and_open_pdf_is_refused(broken: Callable[[bytes], bytes], seal: Seal) -> None:
    with pytest.raises(DocumentUnfit) as refused:
        seal.apply(broken(document()), at=AT, reason=REASON)
    assert refused.value.params["reason"]


# The seal of the settings


def test_without_settings_a_test_key_is_made_once_and_used_again(tmp_path: Path) -> None:
    first = open_seal(None, None, None, None, tmp_path / "seal.p12")
    assert first.is_test
    assert open_seal(None, None, None, None, tmp_path / "seal.p12").fingerprint == first.fingerprint


def test_a_key_that_the_settings_name_is_never_made_up(tmp_path: Path) -> None:
    with pytest.raises(SealTrouble) as refused:
        open_seal(tmp_path / "mine.p12", None, None, None, tmp_path / "seal.p12")
    assert refused.value.name == "seal.file.missing"
    assert not list(tmp_path.iterdir())
    path = key_file(tmp_path / "mine.p12", key("rsa"), certificate(key("rsa")))
    assert open_seal(path, "secret", None, None, tmp_path / "seal.p12").subject == "CN=Ucanss"


def test_two_keys_at_once_are_refused(tmp_path: Path) -> None:
    with pytest.raises(SettingsError) as refused:
        open_seal(tmp_path / "mine.p12", None, "pkcs11:", None, tmp_path / "seal.p12")
    assert refused.value.name == "seal.two_keys"


def test_a_folder_that_is_not_there_is_said(tmp_path: Path) -> None:
    with pytest.raises(SealTrouble) as refused:
        open_seal(None, None, None, None, tmp_path / "none" / "seal.p12")
    assert refused.value.name == "seal.file.unreadable"


PARAMS = {
    "file": "f",
    "where": "w",
    "reason": "r",
    "subject": "s",
    "until": "u",
    "since": "s",
    "at": "a",
    "what": "w",
    "module": "m",
    "token": "t",
}


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_refusal_has_a_sentence_and_what_to_do(language: str) -> None:
    codes = {error.code for error in SealError.__subclasses__()} | {"seal.two_keys"}
    wanted = {name for code in codes for name in (code, f"{code}_do")}
    assert wanted <= catalogue(language).keys()
    for name in wanted:
        assert say(name, language, **PARAMS)
